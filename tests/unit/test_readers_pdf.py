"""PDF files made with reportlab, read back: text against pdftotext, structure, marks on the page, bad files."""

import io
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    ListFlowable,
    PageBreak,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from ingest.readers import Source, read
from ingest.readers.pdf_view import locate, render
from rag.core.errors import Damaged, NoText, PasswordProtected
from rag.core.types import BlockKind, PageStatus, ParsedDocument

STYLES = getSampleStyleSheet()
PROSE = (
    "The refrigerator is read twice a day and the temperature is written on the sheet beside the door. Whoever finds "
    "it outside the range moves the vials into the cold box, marks them and telephones the district officer at once. "
)


def _texts(parsed: ParsedDocument, kind: BlockKind) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks if block.kind is kind]


def _head_and_foot(canvas: Canvas, _: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, A4[1] - 40, "Health Centre Manual")
    canvas.drawRightString(A4[0] - 72, 30, f"Page {canvas.getPageNumber()}")


def _rows(count: int) -> list[list[str]]:
    return [["Medicine", "Unit", "Minimum"], *([f"Medicine number {n}", "tablet", str(n * 10)] for n in range(count))]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Two chapters, a list, a table over two pages, running heads."""
    path = tmp_path / "book.pdf"
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]
    story: list[Any] = [
        Paragraph("1 Cold chain", STYLES["Heading1"]),
        Paragraph(PROSE * 2, STYLES["BodyText"]),
        Paragraph("1.1 When it is too warm", STYLES["Heading2"]),
        Paragraph("Do these things in order:", STYLES["BodyText"]),
        ListFlowable([Paragraph(text, STYLES["BodyText"]) for text in ("Close the door.", "Call for help.")]),
        PageBreak(),
        Paragraph("2 Stock", STYLES["Heading1"]),
        Paragraph(PROSE, STYLES["BodyText"]),
        Table(_rows(60), repeatRows=1, style=grid),
        Paragraph(PROSE, STYLES["BodyText"]),
    ]
    SimpleDocTemplate(str(path), pagesize=A4, title="Manual of the centre").build(
        story, onFirstPage=_head_and_foot, onLaterPages=_head_and_foot
    )
    return path


def test_structure_of_a_book(book: Path) -> None:
    parsed = read(Source(book))
    assert parsed.title == "Manual of the centre"
    headings = [(block.level, parsed.slice(block.span)) for block in parsed.blocks if block.kind is BlockKind.HEADING]
    assert headings == [(1, "1 Cold chain"), (2, "1.1 When it is too warm"), (1, "2 Stock")]
    assert _texts(parsed, BlockKind.LIST_ITEM) == ["1 Close the door.", "2 Call for help."]
    assert PROSE.strip() in _texts(parsed, BlockKind.PARAGRAPH)
    furniture = _texts(parsed, BlockKind.FURNITURE)
    assert furniture.count("Health Centre Manual") == len(parsed.pages)
    assert "Page 2" in furniture


def test_a_table_over_two_pages_is_one_group_with_its_head_on_each(book: Path) -> None:
    parsed = read(Source(book))
    rows = [block for block in parsed.blocks if block.kind is BlockKind.TABLE_ROW]
    heads = [block for block in parsed.blocks if block.kind is BlockKind.TABLE_HEAD]
    assert len(rows) == 60
    assert {row.span.page for row in rows} == {2, 3}
    assert {parsed.slice(head.span) for head in heads} == {"Medicine | Unit | Minimum"}
    assert [head.span.page for head in heads] == [2, 3]
    assert len({block.group for block in rows + heads}) == 1
    assert parsed.slice(rows[7].span) == "Medicine number 7 | tablet | 70"


def test_cells_of_several_lines_stay_in_their_row(tmp_path: Path) -> None:
    path = tmp_path / "wrapped.pdf"
    cell = ParagraphStyle("cell", fontSize=9, leading=11)
    data = [
        [Paragraph(text, cell) for text in row]
        for row in (
            ("<b>Post</b>", "<b>Duties</b>"),
            ("Clinical officer in charge of the ward", PROSE),
            ("Midwife", "Deliveries and " + PROSE),
        )
    ]
    SimpleDocTemplate(str(path)).build(
        [Table(data, colWidths=[120, 300], style=[("GRID", (0, 0), (-1, -1), 1, "black")])]
    )
    parsed = read(Source(path))
    assert _texts(parsed, BlockKind.TABLE_HEAD) == ["Post | Duties"]
    assert _texts(parsed, BlockKind.TABLE_ROW) == [
        f"Clinical officer in charge of the ward | {PROSE.strip()}",
        f"Midwife | Deliveries and {PROSE.strip()}",
    ]


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "columns.pdf"
    document = BaseDocTemplate(str(path), pagesize=A4)
    frames = [Frame(60, 60, 225, 700, id="left"), Frame(310, 60, 225, 700, id="right")]
    document.addPageTemplates([PageTemplate(frames=frames)])
    words = [f"Paragraph {number} of many. {PROSE}" for number in range(11)]
    document.build([Paragraph(text, STYLES["BodyText"]) for text in words])
    page = re.sub(r"\s+", " ", read(Source(path)).pages[0].text)
    places = [page.find(f"Paragraph {number} of many.") for number in range(11)]
    assert -1 not in places
    assert places == sorted(places)
    assert words[0].strip() in page


def test_contents_lists_are_furniture(tmp_path: Path) -> None:
    path = tmp_path / "contents.pdf"
    canvas = Canvas(str(path))
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(72, 760, "Contents")
    canvas.setFont("Helvetica", 10)
    for number in range(1, 7):
        canvas.drawString(72, 740 - 16 * number, f"Chapter {number} " + ". " * 40 + str(number + 2))
    canvas.showPage()
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 700, "The text itself begins here and goes on.")
    canvas.save()
    parsed = read(Source(path))
    assert len(_texts(parsed, BlockKind.FURNITURE)) == 7
    assert _texts(parsed, BlockKind.PARAGRAPH) == ["The text itself begins here and goes on."]


def test_words_broken_at_a_line_end_are_joined_unless_the_hyphen_is_theirs(tmp_path: Path) -> None:
    path = tmp_path / "hyphens.pdf"
    canvas = Canvas(str(path))
    canvas.setFont("Helvetica", 10)
    lines = (
        "A follow-up visit is due. The patient must be exam-",
        "ined again, and for the follow-",
        "up a card is written.",
    )
    for place, line in enumerate(lines):
        canvas.drawString(72, 700 - 13 * place, line)
    canvas.save()
    assert read(Source(path)).pages[0].text == (
        "A follow-up visit is due. The patient must be examined again, and for the follow-up a card is written."
    )


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def test_the_words_are_those_that_pdftotext_finds(book: Path) -> None:
    parsed = read(Source(book))
    told = subprocess.run(["pdftotext", str(book), "-"], capture_output=True, text=True, check=True).stdout
    expected, found = _words(told), _words("\n".join(page.text for page in parsed.pages))
    assert (expected & found).total() >= 0.95 * expected.total()
    assert (expected & found).total() >= 0.95 * found.total()


def _rotated(source: Path, target: Path, angle: int) -> Path:
    writer = PdfWriter(clone_from=str(source))
    for page in writer.pages:
        page.rotate(angle)
    writer.write(str(target))
    return target


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_page_reads_the_same(book: Path, tmp_path: Path, angle: int) -> None:
    turned = read(Source(_rotated(book, tmp_path / "turned.pdf", angle)))
    assert [page.text for page in turned.pages] == [page.text for page in read(Source(book)).pages]


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_quotation_is_marked_where_it_is_drawn(tmp_path: Path, angle: int) -> None:
    path = tmp_path / "plain.pdf"
    canvas = Canvas(str(path), pagesize=(400, 400))
    canvas.setFont("Helvetica", 12)
    canvas.drawString(40, 340, "Something else is said up here.")
    canvas.drawString(40, 100, "The night bell is beside the gate.")
    canvas.save()
    if angle:
        path = _rotated(path, tmp_path / "turned.pdf", angle)
    marks = locate(path, 1, "the  Night bell\nis beside")
    assert len(marks) == 1
    plain = Image.open(io.BytesIO(render(path, 1, 400))).convert("RGB")
    marked = Image.open(io.BytesIO(render(path, 1, 400, marks))).convert("RGB")
    assert marked.size == (400, 400)
    x0, top, x1, bottom = (round(value * 400) for value in marks[0])
    grey = plain.convert("L").tobytes()
    dark = [(place % 400, place // 400) for place, value in enumerate(grey) if value < 70]
    within = [(x, y) for x, y in dark if x0 <= x <= x1 and top <= y <= bottom]
    # Of two sentences of about the same length most of one is inside, nothing of the other.
    assert 0.3 < len(within) / len(dark) < 0.6
    assert marked.getpixel((x0 + 2, (top + bottom) // 2)) != plain.getpixel((x0 + 2, (top + bottom) // 2))


def test_a_row_and_a_wrapped_sentence_are_located(book: Path) -> None:
    assert len(locate(book, 2, "Medicine number 7 | tablet | 70")) == 3
    assert len(locate(book, 1, PROSE)) >= 2
    assert locate(book, 1, "nothing of the kind is printed") == []
    with pytest.raises(ValueError, match="no page 99"):
        locate(book, 99, "x")


def test_pages_that_show_pictures_only_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    picture = tmp_path / "scan.png"
    Image.new("RGB", (60, 60), "grey").save(picture)
    canvas = Canvas(str(path))
    for number in range(1, 7):
        if number in (2, 5, 6):
            canvas.drawImage(str(picture), 100, 100)
        elif number != 4:
            canvas.drawString(72, 700, f"Text of page {number} is here.")
        canvas.showPage()
    canvas.save()
    parsed = read(Source(path, ocr="off"))
    assert parsed.warnings == ("3 pages show pictures only and could not be read: 2, 5-6.",)
    assert [page.status for page in parsed.pages] == [
        PageStatus.TEXT, PageStatus.IMAGE_ONLY, PageStatus.TEXT, PageStatus.EMPTY, PageStatus.IMAGE_ONLY,
        PageStatus.IMAGE_ONLY,
    ]  # fmt: skip


def _scanned(path: Path) -> None:
    picture = path.with_suffix(".png")
    Image.new("RGB", (60, 60), "grey").save(picture)
    canvas = Canvas(str(path))
    canvas.drawImage(str(picture), 100, 100)
    canvas.save()


def _locked(path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(str(path))


def _cut_off(path: Path) -> None:
    path.write_bytes(b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog")


def _without_pages(path: Path) -> None:
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\n"
        b"endobj\ntrailer\n<< /Root 1 0 R /Size 3 >>\n%%EOF\n"
    )


def _blank(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.showPage()
    canvas.save()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (_scanned, NoText, "scanned"),
        (_blank, NoText, "no text"),
        (_locked, PasswordProtected, "password"),
        (_cut_off, Damaged, "damaged"),
        (_without_pages, Damaged, "damaged"),
    ],
)
def test_files_without_readable_text(
    tmp_path: Path, make: Callable[[Path], None], error: type[Exception], words: str
) -> None:
    path = tmp_path / "bad.pdf"
    make(path)
    with pytest.raises(error, match=words):
        read(Source(path, ocr="off"))


def test_text_in_a_locked_file_that_opens_without_a_password_is_read(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "owner.pdf"
    writer = PdfWriter(clone_from=PdfReader(str(book)))
    writer.encrypt(user_password="", owner_password="secret", algorithm="AES-256")
    writer.write(str(path))
    assert "1 Cold chain" in read(Source(path)).pages[0].text


class _Empty(str):
    """No password; pypdf would take a plain "" for the user's."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


def test_a_locked_file_whose_owner_has_no_password_is_read(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    writer = PdfWriter(clone_from=PdfReader(str(book)))
    writer.encrypt(user_password="secret", owner_password=_Empty(), algorithm="AES-256")
    writer.write(str(path))
    parsed = read(Source(path))
    assert "Cold chain" in parsed.pages[0].text
    assert [warning for warning in parsed.warnings if "locked" in warning]


def test_a_form_printed_twice_is_text_not_furniture(tmp_path: Path) -> None:
    path = tmp_path / "forms.pdf"
    canvas = Canvas(str(path))
    for _ in range(3):
        canvas.drawString(72, 800, "Visitor card of the clinic")
        canvas.showPage()
    canvas.save()
    assert _texts(read(Source(path)), BlockKind.FURNITURE) == []


def test_spacer_is_no_block(tmp_path: Path) -> None:
    path = tmp_path / "spaced.pdf"
    SimpleDocTemplate(str(path)).build(
        [Paragraph("One.", STYLES["BodyText"]), Spacer(1, 60), Paragraph("Two.", STYLES["BodyText"])]
    )
    assert _texts(read(Source(path)), BlockKind.PARAGRAPH) == ["One.", "Two."]


def test_what_was_filled_into_a_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "Name of the patient")
    canvas.acroForm.textfield(name="patient", x=200, y=690, width=200, height=24, value="Zawadi Omari")
    canvas.save()
    assert "Zawadi Omari" in read(Source(path)).pages[0].text
    assert len(locate(path, 1, "Zawadi Omari")) == 1


def test_a_sentence_over_two_columns_is_one(tmp_path: Path) -> None:
    path = tmp_path / "columns.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 10)
    left = ["The syrup is kept in the fridge and is", "shaken well before each use. It is never"]
    right = ["given to infants below three kilograms.", "Others are given five millilitres of it", "with food.", ""]
    for x, lines in ((72, [*["Wash your hands before you begin."] * 3, "", *left]), (310, [*right, "Nurses know."])):
        for place, line in enumerate(lines):
            canvas.drawString(x, 760 - 14 * place, line)
    canvas.save()
    parsed = read(Source(path))
    texts = [parsed.slice(block.span) for block in parsed.blocks]
    assert any("It is never given to infants below three kilograms. Others" in text for text in texts)
    assert texts[-1] == "Nurses know."
