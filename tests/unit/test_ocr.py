"""Text recognition without an engine: garbled text, mending of pictures, words to blocks, marks, what to install."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from ingest.ocr import engines, languages
from ingest.ocr.marks import marks_of
from ingest.ocr.picture import is_blank, mend, rules_of, slant_of
from ingest.ocr.quality import fault
from ingest.ocr.words import Reading, Word
from ingest.readers.builder import DocumentBuilder
from ingest.readers.pages import Recognised, with_words, write_pages
from rag.core.types import BlockKind, PageStatus, ParsedDocument, Span, WordBox

GOOD = {
    "en": "Children under five years of age are weighed at each visit, and the weight is written on the card that the "
    "mother keeps at home. Give 20 mg of zinc a day for ten days.",
    "fr": "Les déchets piquants sont jetés dans la boîte jaune dès l'usage, sans remettre le capuchon. La boîte est "
    "fermée quand elle est remplie aux trois quarts, puis brûlée le vendredi.",
    "sw": "Chemsha maji kwa dakika tano kabla ya kunywa, kisha yaache yapoe ndani ya chombo safi chenye mfuniko. Nawa "
    "mikono kwa sabuni kabla ya kula na baada ya kutoka chooni.",
    "es": "El almacén recibe el café los lunes y los jueves por la mañana. Cada saco se pesa delante del socio, y el "
    "peso se anota en el recibo antes de descargar el camión.",
    "ar": "يحق للمريض أن يعرف نتيجة الفحص في اليوم نفسه، وأن يسأل الطبيب عن العلاج الذي وصفه له. تبدأ مواعيد الزيارة "
    "في الساعة الرابعة مساء وتنتهي في السادسة.",
    "ur": "ہر ماں اور بچے سے پیدائش کے بعد چار بار ملاقات کی جاتی ہے۔ پہلی ملاقات چوبیس گھنٹے کے اندر ہونی چاہیے اور "
    "بچے کا وزن کارڈ پر لکھا جاتا ہے۔",
    "hi": "लैंप को रोज़ धूप में रखें और बैटरी पूरी भर जाने पर ही रात में जलाएँ। पैनल को नरम कपड़े से साफ़ करें और उसे पानी में "
    "कभी न डुबोएँ। वारंटी दो साल की है।",
    "zh": "每天早晚各测量一次冰箱的温度，并把结果写在门旁的表格上。如果温度超出范围，请立即把疫苗移到冷藏箱里，"
    "做好标记，然后打电话通知地区负责人。请不要打开冰箱门太久，也不要把食物放在里面。",
    "th": "อ่านอุณหภูมิของตู้เย็นวันละสองครั้งและเขียนลงในแผ่นบันทึกข้างประตู หากอุณหภูมิสูงเกินไปให้ย้ายวัคซีนไปยังกล่องเย็นทันที",
    "table": "Amoxicillin 250 mg 3 x 1 7 days\nParacetamol 500 mg 4 x 1 3 days\nORS sachet 1 L 2 x 1 5 days\n"
    "Zinc 20 mg 1 x 1 10 days\nIbuprofen 400 mg 3 x 1 3 days",
    "markup": "<table> <tr> <td> </td> <td colspan=2> </td> </tr> </table> " * 12,
    "code": "<html><head><title>Stock</title></head><body><table><tr><td>Item</td><td>Price</td></tr></table></body>",
}


def _exchanged(text: str) -> str:
    letters = list("abcdefghijklmnopqrstuvwxyz")
    random.Random(7).shuffle(letters)
    return text.lower().translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "".join(letters)))


ENGLISH = (
    f"{GOOD['en']} Whoever finds the refrigerator outside the range moves the vials into the cold box, marks them and "
    "telephones the district officer before opening hours."
)
GARBLED = {
    "letters exchanged": _exchanged(ENGLISH),
    "codes shifted": "".join(chr(ord(char) - 29) if char > " " else " " for char in ENGLISH),
    "private use": "".join(chr(0xF000 + ord(char)) if char > " " else " " for char in ENGLISH),
    "replacement characters": "".join("\ufffd" if char > " " else " " for char in ENGLISH),
    "signs": "".join("#$%&*+@\\^"[ord(char) % 9] if char > " " else " " for char in ENGLISH),
    "mojibake": GOOD["ar"].encode().decode("cp1252", "replace"),
    "backwards": " ".join(word[::-1] for word in (GOOD["ur"] + " " + GOOD["ar"]).split()),
    "vowel signs first": " ".join(word[1:] + word[:1] for word in GOOD["hi"].split()),
    "several alphabets": "".join(chr((0x61, 0x391, 0x430)[n % 3] + n % 20) if c > " " else c for n, c in
                                 enumerate(ENGLISH)),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good_text_is_not_called_garbled(name: str) -> None:
    assert fault(GOOD[name]) == ""


@pytest.mark.parametrize("name", GARBLED)
def test_garbled_text_is_found(name: str) -> None:
    assert fault(GARBLED[name])


def _lines(size: tuple[int, int] = (800, 1000)) -> Image.Image:
    """A page whose dark bars lie as lines of words do."""
    page, chance = Image.new("L", size, 250), random.Random(3)
    pen = ImageDraw.Draw(page)
    for top in range(100, size[1] - 100, 26):
        left = 80
        while left < size[0] - 120:
            width = chance.randrange(20, 70)
            pen.rectangle((left, top, left + width, top + 11), fill=20)
            left += width + 12
    return page


@pytest.mark.parametrize("angle", [-10.0, -3.3, 0.0, 0.7, 8.0])
@pytest.mark.parametrize("sideways", [False, True])
def test_the_slant_of_a_page_is_found(angle: float, sideways: bool) -> None:
    page = _lines()
    if sideways:
        page = page.transpose(Image.Transpose.ROTATE_90)
    slant = slant_of(page.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=250))
    assert slant.angle == pytest.approx(-angle, abs=0.2)
    assert slant.sideways is sideways


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-10, 10), st.integers(0, 3), st.integers(40, 240), st.integers(40, 340),
)  # fmt: skip
def test_a_box_of_the_mended_picture_lies_on_its_place_of_the_shown_one(
    angle: float, turns: int, left: int, top: int
) -> None:
    shown = Image.new("L", (300, 400), 255)
    ImageDraw.Draw(shown).rectangle((left, top, left + 19, top + 9), fill=0)
    mended = mend(shown, angle, turns)
    dark = mended.picture.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert dark is not None
    x0, y0, x1, y1 = mended.mark(*dark)
    found = (x0 * 300, y0 * 400, x1 * 300, y1 * 400)
    # A box around a turned box is larger, by at most the sine of the angle; its middle stays.
    assert (found[0] + found[2]) / 2 == pytest.approx(left + 10, abs=1.5)
    assert (found[1] + found[3]) / 2 == pytest.approx(top + 5, abs=1.5)
    assert found[2] - found[0] <= 20 + 2 * 5 + 3


def test_rules_and_blank_pages() -> None:
    page = Image.new("L", (600, 800), 250)
    assert is_blank(page)
    ImageDraw.Draw(page).line((100, 300, 500, 300), fill=0, width=2)
    assert not is_blank(page)
    ((x0, top, x1, bottom),) = rules_of(page)
    assert x0 == pytest.approx(100, abs=4)
    assert x1 == pytest.approx(501, abs=4)
    assert 298 <= top < bottom <= 304


def _reading(lines: Iterable[tuple[float, float, str]], *, size: float = 26) -> Reading:
    """Words of lines that begin at (x, y) and are so high, in a picture of 1000 x 1400 pixels."""
    words = []
    for number, (x, y, text) in enumerate(lines):
        for word in text.split():
            top = y if re.search(r"[bdfhkltA-Z0-9•]", word) else y + 0.2 * size
            bottom = y + (0.94 if re.search("[gjpqy,;]", word) else 0.73) * size
            words.append(Word(word, 0.9, x, top, x + 0.42 * size * len(word), bottom, number, number))
            x += 0.42 * size * (len(word) + 1)
    boxes = [(word.x0 / 1000, word.top / 1400, word.x1 / 1000, word.bottom / 1400) for word in words]
    return Reading(tuple(words), tuple(boxes), 1000, 1400, (), 0)


def _document(*readings: Reading) -> ParsedDocument:
    document = DocumentBuilder("image/tiff")
    recognised = {index: Recognised(reading, 842.0) for index, reading in enumerate(readings)}
    statuses = [PageStatus.OCR] * len(readings)
    words = write_pages(document, [None] * len(readings), statuses, recognised)
    return with_words(document.build("scan"), recognised, words, "engine 1")


def _blocks(parsed: ParsedDocument, *kinds: BlockKind) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks if block.kind in kinds]


def test_a_table_is_read_row_by_row_whatever_order_the_engine_gives() -> None:
    columns = [
        (100, ["Medicine", "Amoxicillin", "Zinc", "Ibuprofen"]),
        (450, ["Dose", "250 mg", "20 mg", "400 mg"]),
        (750, ["Days", "7", "10", "3"]),
    ]
    by_column = [(x, 200.0 + 40 * row, cell) for x, cells in columns for row, cell in enumerate(cells)]
    parsed = _document(_reading([*by_column, (100, 460, "Give all of it with food and plenty of water.")]))
    assert _blocks(parsed, BlockKind.TABLE_HEAD) == ["Medicine | Dose | Days"]
    assert _blocks(parsed, BlockKind.TABLE_ROW) == [
        "Amoxicillin | 250 mg | 7",
        "Zinc | 20 mg | 10",
        "Ibuprofen | 400 mg | 3",
    ]
    page = parsed.pages[0]
    row = next(block.span for block in parsed.blocks if parsed.slice(block.span).startswith("Zinc"))
    assert [round(mark[1] * 1400) for mark in marks_of(page.words, row)] == [280, 280, 280]


def test_columns_of_text_are_read_one_after_the_other() -> None:
    left = [(60, 200.0 + 30 * n, f"left column line {n:02d} of running words") for n in range(12)]
    right = [(540, 200.0 + 30 * n, f"right column line {n:02d} of running words") for n in range(12)]
    by_row = [line for pair in zip(left, right, strict=True) for line in pair]
    text = _document(_reading(by_row)).pages[0].text
    assert text.rindex("left column") < text.index("right column")


def test_headings_lists_and_broken_words() -> None:
    large = _reading([(100, 100, "Water")], size=44)
    body = _reading([
        (100, 220, "The pipe behind the laundry is being re-"),
        (100, 250, "placed on Saturday and the whole night after."),
        (100, 340, "• Fill the cans"),
        (100, 370, "• Close the taps"),
    ])  # fmt: skip
    words = (*large.words, *(word._replace(line=word.line + 9) for word in body.words))
    parsed = _document(Reading(words, large.boxes + body.boxes, 1000, 1400, (), 0))
    assert _blocks(parsed, BlockKind.HEADING) == ["Water"]
    assert _blocks(parsed, BlockKind.PARAGRAPH) == [
        "The pipe behind the laundry is being replaced on Saturday and the whole night after."
    ]
    assert _blocks(parsed, BlockKind.LIST_ITEM) == ["• Fill the cans", "• Close the taps"]
    page = parsed.pages[0]
    start = page.text.index("replaced")
    assert len(marks_of(page.words, Span(1, start, start + 8))) == 2


def test_running_heads_of_a_scanned_book_are_furniture() -> None:
    pages = [
        _reading(
            [
                (100, 40, "Health Centre Manual"),
                (100, 300, f"Only this sheet says this, {n} times over."),
                (480, 1360, f"{n}"),
            ]
        )
        for n in range(1, 5)
    ]
    parsed = _document(*pages)
    assert _blocks(parsed, BlockKind.FURNITURE).count("Health Centre Manual") == 4
    assert len(_blocks(parsed, BlockKind.PARAGRAPH)) == 4


WORDS = st.text(st.characters(categories=("L", "N", "P"), exclude_characters="|¦│"), min_size=1, max_size=9)
PLACED = st.lists(
    st.tuples(st.sampled_from((60, 80, 400, 640)), st.integers(1, 40), st.lists(WORDS, min_size=1, max_size=5)),
    min_size=1, max_size=25, unique_by=lambda each: each[:2],
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(PLACED)
def test_spans_and_words_slice_back_to_the_page(lines: list[tuple[int, int, list[str]]]) -> None:
    reading = _reading([(float(x), 30.0 * row, " ".join(words)) for x, row, words in lines], size=20)
    parsed = _document(reading)
    page = parsed.pages[0]
    end = 0
    for block in parsed.blocks:
        assert end <= block.span.start < block.span.end <= len(page.text)
        assert page.text[block.span.start : block.span.end].strip()
        end = block.span.end
    # A drawn ligature may hold a blank ("\ufc5e"), so that blanks within words do not count.
    placed = Counter(char for word in page.words for char in page.text[word.start : word.end] if char != " ")
    printed = Counter(char for block in parsed.blocks for char in parsed.slice(block.span) if char not in " |\n")
    assert placed == printed
    boxes = sorted(page.words)
    assert all(first.end <= second.start for first, second in pairwise(boxes))


BOXES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), min_size=1, max_size=30, unique=True)


@given(BOXES, st.integers(0, 200), st.integers(0, 200))
def test_marks_cover_every_word_of_the_span(places: list[tuple[int, int]], one: int, other: int) -> None:
    words = [
        WordBox(7 * n, 7 * n + 6, column / 20, row / 10, column / 20 + 0.04, row / 10 + 0.02)
        for n, (row, column) in enumerate(sorted(places))
    ]
    span = Span(1, min(one, other), max(one, other))
    marks = marks_of(words, span)
    meant = [word for word in words if word.start < span.end and word.end > span.start]
    assert len(marks) <= len(meant)
    for word in meant:
        assert any(
            mark[0] <= word.x0 and mark[1] <= word.top and mark[2] >= word.x1 and mark[3] >= word.bottom
            for mark in marks
        )
    rows = {word.top for word in meant}
    assert len(marks) >= len(rows)


def test_what_is_to_be_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert "apt install tesseract-ocr-urd" in languages.how_to_install(["urd"])
    assert "apt install tesseract-ocr-chi-sim tesseract-ocr-hin" in languages.how_to_install(["chi_sim", "hin"])
    monkeypatch.setattr("sys.platform", "darwin")
    assert "brew install" in languages.how_to_install(["urd"])
    monkeypatch.setattr("sys.platform", "win32")
    assert "Urdu" in languages.how_to_install(["urd"])


def test_languages_of_a_script_are_tried_in_a_sensible_way() -> None:
    installed = ["ara", "eng", "fra", "urd", "xyz"]
    assert languages.scripts(installed) == ["Latin", "Arabic"]
    assert languages.candidates("Latin", installed) == ["eng+fra"]
    assert languages.candidates("Arabic", installed) == ["ara", "urd"]
    assert languages.candidates("Thai", installed) == []


def test_switched_off_is_said() -> None:
    known = engines.describe("off")
    assert known.engines == ()
    assert "ocr = auto" in known.advice
    assert "ocr = auto" in engines.hint_for_nothing_read("off", {}, [])
