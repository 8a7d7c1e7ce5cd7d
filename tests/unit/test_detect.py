"""Media types by content, with the name deciding only between kinds of plain text."""

import io
import struct
import zipfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import Source, detect
from ingest.readers.encoding import decode
from ingest.readers.formats import (
    CSV,
    DOC,
    DOCX,
    EML,
    EPUB,
    HTML,
    JPEG,
    JSON,
    MARKDOWN,
    MBOX,
    MSG,
    ODP,
    ODS,
    ODT,
    PDF,
    PNG,
    PPT,
    PPTX,
    RTF,
    TEXT,
    TIFF,
    TSV,
    WEBP,
    XLS,
    XLSX,
    XML,
    ZIP,
)
from rag.core.errors import Damaged, IngestError, NoText, PasswordProtected, TooLarge, UnsupportedFormat


def _packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _zip(*names: str, content: bytes = b"x") -> bytes:
    return _packed(dict.fromkeys(names, content))


def _locked(data: bytes) -> bytes:
    """A ZIP file whose first entry is marked as encrypted, in its own header and in the directory."""
    marked = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        marked[data.index(magic) + offset] |= 1
    return bytes(marked)


_OOXML = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/part.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.{}.main+xml"/></Types>'
)
_MESSAGE = b"Message-ID: <1@example.org>\nFrom: a@example.org\nSubject: Hello\n\nText\n"


def _office(kind: str) -> bytes:
    return _packed({"[Content_Types].xml": _OOXML.format(kind).encode(), "part.xml": b"<a/>"})


def _ole(*streams: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"".join(name.encode("utf-16-le") for name in streams)


def _open_document(kind: str) -> bytes:
    return _packed({"mimetype": b"application/vnd.oasis.opendocument." + kind.encode(), "content.xml": b"<a/>"})


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.pdf", b"%PDF-1.4\n", PDF),
        ("a.pdf", b"junk from a printer\n%PDF-1.4\n1 0 obj", PDF),
        ("a.docx", _zip("word/document.xml"), DOCX),
        ("a.docx", _office("wordprocessingml.document"), DOCX),
        ("a.xlsx", _zip("xl/workbook.xml"), XLSX),
        ("a.xlsx", _office("spreadsheetml.sheet"), XLSX),
        ("a.pptx", _office("presentationml.slideshow"), PPTX),
        ("a.odt", _open_document("text"), ODT),
        ("a.ott", _open_document("text-template"), ODT),
        ("a.ods", _open_document("spreadsheet"), ODS),
        ("a.odp", _open_document("presentation"), ODP),
        ("a.epub", _packed({"mimetype": b"application/epub+zip"}), EPUB),
        ("a.epub", _zip("META-INF/container.xml", "book.html"), EPUB),
        ("a.zip", _zip("one.txt", "word/two.txt"), ZIP),
        ("a.doc", _ole("WordDocument"), DOC),
        ("a.xls", _ole("Workbook"), XLS),
        ("a.xls", b"\x09\x08\x08\x00\x00\x05\x10\x00" + bytes(20), XLS),
        ("a.ppt", _ole("PowerPoint Document"), PPT),
        ("a.msg", _ole("__properties_version1.0"), MSG),
        ("a.rtf", b"{\\rtf1 text}", RTF),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(40), PNG),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(40), JPEG),
        ("a.tiff", b"II*\x00" + bytes(40), TIFF),
        ("a.webp", b"RIFF\x20\x00\x00\x00WEBPVP8 " + bytes(20), WEBP),
        ("a.eml", b"Subject: Hello\nTo: a@example.org\n\nText", EML),
        ("a.eml", b"From a@example.org Mon Jan  5 10:00:00 2026\n" + _MESSAGE, EML),
        ("message", _MESSAGE, EML),
        ("a.mbox", b"From a@example.org Mon Jan  5 10:00:00 2026\n" + _MESSAGE, MBOX),
        ("Inbox", b"From a@example.org Mon Jan  5 10:00:00 2026\n" + _MESSAGE, MBOX),
        ("memo.txt", b"From: the office\nTo: all\nSubject: Keys\nDate: Monday\n\nBring them back.", TEXT),
        ("a.csv", b"a,b\n1,2\n", CSV),
        ("a.tsv", b"a\tb\n1\t2\n", TSV),
        ("a.md", b"# Title\n\nText", MARKDOWN),
        ("a.txt", b"Just text", TEXT),
        ("a.txt", b"[1] Smith, A. The first of the references.", TEXT),
        ("a.txt", b"From here on: nothing.\nSubject: to change", TEXT),
        ("a.txt", b"A file of this kind begins with %PDF-1.4 and a line break.", TEXT),
        ("a.html", b"<p>Text</p>", HTML),
        ("a.json", b'{"a": 1}', JSON),
        ("data", b'[{"a": 1}, {"a": 2}]', JSON),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', JSON),
        ("a.txt", b'{"a": 1}\n{"a": 2}\n', JSON),
        ("a.xml", b"<?xml version='1.0'?><a/>", XML),
        ("a.xml", b"<!-- note --><a>text</a>", XML),
        ("feed", b"<?xml version='1.0'?><rss/>", XML),
        ("LICENSE", b"Just text", TEXT),
    ],
)
def test_each_format_is_told_by_its_content(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = detect(Source(path))
    assert (found.media_type, found.warning) == (expected, "")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("letter.docx", b"%PDF-1.7\n", PDF),
        ("page.txt", b"<!DOCTYPE html><html><body><p>Hello there</p></body></html>", HTML),
        ("table.pdf", _zip("xl/workbook.xml"), XLSX),
        ("letter.doc", b"{\\rtf1 text}", RTF),
        ("deck.zip", _office("presentationml.presentation"), PPTX),
        ("notes.pdf", b"Only words in here.", TEXT),
    ],
)
def test_a_wrong_name_is_read_by_content_and_said(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = detect(Source(path))
    assert found.media_type == expected
    assert path.suffix in found.warning


def test_a_pdf_stored_first_in_an_archive_does_not_make_it_one(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", b"%PDF-1.4\n1 0 obj")
    assert detect(Source(path)).media_type == ZIP


@pytest.mark.parametrize(
    ("name", "data", "error", "words"),
    [
        ("a.pdf", b"", NoText, "is empty"),
        ("a.gif", b"GIF89a" + bytes(40), UnsupportedFormat, "GIF picture"),
        ("a.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedFormat, "drawing"),
        ("a.mp4", b"\x00\x00\x00\x20ftypisom" + bytes(40), UnsupportedFormat, "film"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00" + bytes(40), UnsupportedFormat, "RAR archive"),
        (
            "a.xlsb",
            _packed({"[Content_Types].xml": b"application/vnd.ms-excel.sheet.binary.macroEnabled.main"}),
            UnsupportedFormat,
            ".xlsb",
        ),
        ("a.odg", _open_document("graphics"), UnsupportedFormat, "OpenDocument drawing"),
        ("a.vsd", _ole("VisioDocument"), UnsupportedFormat, "old Office file"),
        ("a.xlsx", _ole("EncryptedPackage"), PasswordProtected, "password"),
        (
            "a.odt",
            _packed(
                {
                    "mimetype": b"application/vnd.oasis.opendocument.text",
                    "content.xml": b"",
                    "META-INF/manifest.xml": b"<manifest:encryption-data/>",
                }
            ),
            PasswordProtected,
            "password",
        ),
        ("a.zip", _locked(_zip("one.txt")), PasswordProtected, "password"),
        ("a.docx", _zip("word/document.xml")[:40], Damaged, "damaged"),
        ("a.docx", _zip("word/document.xml", content=bytes(150 * 1024**2)), TooLarge, "unpacks"),
        ("a.bin", bytes(range(256)) * 40, UnsupportedFormat, "binary"),
    ],
    # Bytes of an archive have the time in them, and a test is called the same each time.
    ids=lambda value: "bytes" if isinstance(value, bytes) else None,
)
def test_what_cannot_be_read_says_what_it_seems_to_be(
    tmp_path: Path, name: str, data: bytes, error: type[IngestError], words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        detect(Source(path))
    assert words in caught.value.message
    assert name in caught.value.message
    assert caught.value.hint


def test_an_archive_that_lists_a_million_files_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04" + b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 9, 9, 100 * 1024**2, 4, 0))
    with pytest.raises(TooLarge, match="too many files"):
        detect(Source(path))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso-8859-1"]
)
def test_the_usual_encodings_of_western_text(encoding: str) -> None:
    text = "Die Öffnungszeiten für Ärzte und Gäste.\nCafé, crème brûlée, señor, naïve façade. " * 5
    decoded = decode(text.encode(encoding))
    assert decoded
    assert decoded.text == text


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "Вакцины: от 2 до 8 градусов. Не замораживать.",
        "تحفظ اللقاحات بين ٢ و ٨ درجات. لا تجمد أبدا.\n",
        "टीके 2 से 8 डिग्री पर रखें। जमने न दें।",
        "疫苗应保存在二至八摄氏度的冰箱中。\n不可冷冻。\n",
    ],
)
def test_wide_text_of_any_script_needs_no_byte_order_mark(text: str, order: str) -> None:
    for written in (text, text * 100):
        assert decode(written.encode(order)) == (written, order, False)


@pytest.mark.parametrize("seed", range(20))
def test_bytes_with_zeros_are_no_wide_text(seed: int) -> None:
    drawn = Random(seed)
    assert decode(bytes(drawn.choice((0, drawn.randrange(256), drawn.randrange(256))) for _ in range(1000))) is None


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        ("Вакцины хранятся при температуре от двух до восьми градусов.", ["cp1251", "koi8-r", "cp866", "iso-8859-5"]),
        ("Τα εμβόλια φυλάσσονται στο ψυγείο. Η θερμοκρασία ελέγχεται.", ["cp1253", "iso-8859-7"]),
        ("تحفظ اللقاحات في الثلاجة بين درجتين وثماني درجات.", ["cp1256", "iso-8859-6"]),
        ("疫苗应保存在二至八摄氏度的冰箱中。每天检查两次冰箱温度。", ["gb18030"]),
        ("疫苗應保存在二至八攝氏度的冰箱中。每天檢查兩次冰箱溫度。", ["big5"]),
        ("ワクチンは二度から八度の冷蔵庫で保管します。", ["shift_jis", "euc-jp"]),
        ("백신은 섭씨 2도에서 8도 사이의 냉장고에 보관합니다.", ["cp949"]),
        ("Szczepionki przechowuje się w lodówce, także w święta. Źle działająca łączność.", ["cp1250", "iso-8859-2"]),
        ("Az oltóanyagokat hűtőszekrényben tároljuk, naponta kétszer ellenőrizzük.", ["cp1250", "iso-8859-2"]),
        ("Aşılar buzdolabında saklanır. Çocuklar için şişe. Günde iki kez kontrol edilir.", ["cp1254"]),
        ("Impfstoffe werden im Kühlschrank aufbewahrt, der täglich geprüft wird.", ["cp1252", "cp850"]),
        ("Les vaccins sont conservés au réfrigérateur, même à Noël. Ça coûte 5 francs.", ["cp1252", "cp850"]),
        ("Las vacunas se guardan en el frigorífico. ¿Cuándo se revisa? ¡También mañana!", ["cp1252", "cp850"]),
    ],
)
def test_texts_in_the_old_code_pages_of_their_languages(text: str, encodings: list[str]) -> None:
    for encoding in encodings:
        decoded = decode((text * 3).encode(encoding))
        assert decoded is not None
        assert (decoded.text, decoded.doubtful) == (text * 3, False), encoding


@pytest.mark.parametrize(
    "text",
    [
        "Drug,Dose\nDigoxin,125 µg\nLevothyroxine,50 µg\nFentanyl,25 µg/h\nVitamin D,10 µ",
        "Item,Price\nConsultation,£40\nX-ray,£85\n",
        "Don’t give it to children. The patient’s weight is needed.",
        "Give ½ tablet, later 1¼ tablets, never more than ¾.",
        "At 37 ± 0.5 °C, 5 m³ of air over 20 m², 3 × 10³ cells",
        "Take 5\u00a0ml of the syrup\u00a0– “as needed” – for 5–10 days…",
        "Le café coûte 5 £ – l’été, la 2ème visite : 50 µg.",
        "Dosis: 50 µg täglich, für Kinder ½ Tablette zu 20 €.",
        "As crianças não devem tomar mais de 50 µg. Atenção à refrigeração. 1ª dose, nº 5",
        "multiply 2 × 3 ÷ 4",
    ],
)
@pytest.mark.parametrize("times", [1, 60])
def test_signs_of_the_western_code_page(text: str, times: int) -> None:
    repeated = f"{text}\n" * times
    assert decode(repeated.encode("cp1252")) == (repeated, "cp1252", False)


_PHRASES = (
    *("50 µg", "£40", "½ tablet", "¼ tablet", "37 ± 0.5 °C", "5 m³", "20 m²", "don’t", "the child’s", "“as needed”"),
    *("2 – 3 days", "5–10 mg", "€ 20", "100 µl", "× 2", "3 × 10³", "5\u00a0ml"),
)


@given(st.lists(st.sampled_from(_PHRASES), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_no_amount_changes_when_an_english_text_is_read(phrases: list[str], random: Random) -> None:
    words = "give the child these tablets with water and food every morning until the fever goes down".split()
    text = " ".join(f"{' '.join(random.sample(words, 5))} {phrase}" for phrase in phrases)
    decoded = decode(text.encode("cp1252"))
    assert decoded is not None
    assert decoded.text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Los niños deben tomar más líquidos; la dosis máxima es de 10 mg según el peso. £40, 37 °C", "cp850"),
        ("Läkemedlet får inte frysas. Åtta gånger per dag, 37 °C, 5 m²", "cp850"),
        ("Dziecko było chore. Podać łyżeczkę syropu, 37 °C, później także w święta.", "iso8859_2"),
        ("Liek užívajte trikrát denne. Dieťa môže jesť ľahké jedlo, ťava, mäkčeň.", "cp1250"),
    ],
)
def test_signs_make_no_western_text_of_another(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded is not None
    assert decoded.text == text


def test_signs_of_frames_in_any_order_make_no_text_sure() -> None:
    frame = "┌──────┬────┐\n│ Dosis für Kinder │5 mg│\n├──────┼────┤\n│ Höchstens │ 10 │\n└──────┴────┘\n"
    assert decode(frame.encode("cp850")) == (frame, "cp850", False)
    decoded = decode("Notes: 剂量5毫克每天\n".encode("gbk") * 3)
    assert decoded is not None
    assert decoded.doubtful


@pytest.mark.parametrize("text", ["用法用量", "每日三次,饭后服用。", "剂量5毫克每天\n" * 3])
def test_a_guess_from_few_characters_is_told_as_one(text: str) -> None:
    decoded = decode(text.encode("gbk"))
    assert decoded is not None
    assert decoded.doubtful


def test_a_first_foreign_letter_far_down_is_looked_at() -> None:
    text = "Only plain letters here. " * 2000 + "Źle działająca łączność w święta, także później."
    assert decode(text.encode("cp1250")) == (text, "cp1250", False)


def test_a_beginning_that_ends_within_a_character_is_text() -> None:
    data = "Überall Größe".encode()
    assert decode(data[:1], whole=False) == ("", "utf-8", False)
    assert decode(data[:10], whole=False) is not None


@pytest.mark.parametrize("data", [bytes(range(256)) * 4, b"\x7fELF" + bytes(200), b"\x00\x01\x02\x03" * 50])
def test_binary_is_no_text(data: bytes) -> None:
    assert decode(data) is None
