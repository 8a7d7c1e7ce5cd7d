"""PDF text from right to left comes out in the order of reading; powers, subscripts and filled forms are kept."""

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from ingest.readers import Source, read
from ingest.readers.pdf_bidi import mend_brackets, reading_order
from ingest.readers.pdf_view import locate
from rag.core.notes import note_blocks
from rag.core.types import BlockKind

HEBREW = (
    "החיסונים נשמרים בין 2 ל-8 מעלות צלזיוס.",
    'המינון של פרצטמול הוא 15 מ"ג לכל ק"ג כל 6 שעות (Paracetamol 120 mg/5 ml).',
    "יש להתקשר למספר 03-1234567 לפני השעה 17:30.",
)
ARABIC = (
    "تعطى جرعة الباراسيتامول 15 ملغ لكل كيلوغرام كل 6 ساعات، ولا تتجاوز 60 ملغ.",
    "اتصل بالرقم 0712-345678 أو راسل Dr. Amina Yusuf قبل الساعة 17:30.",
    "يحفظ اللقاح بين 2 و 8 درجات (لا يجمد أبدا).",
)
URDU = ("دوا کی مقدار 15 ملی گرام فی کلوگرام دیں اور دن میں 4 بار دیں",)


def _read_back(printed: str, backwards: bool = True) -> str:
    order, flags = reading_order(printed, backwards)
    return mend_brackets("".join(printed[place] for place in order), flags)


@pytest.mark.parametrize(
    ("printed", "read_as"),
    [
        ("םולש", "שלום"),
        ("8 ןיבל 2 ןיב", "בין 2 לבין 8"),
        ("03-1234567 רפסמל", "למספר 03-1234567"),
        ("345678-0712 مقرلاب", "بالرقم 0712-345678"),
        (".)Dr. Amina Yusuf( הפורת", "תרופה (Dr. Amina Yusuf)."),
        (".(Dr. Amina Yusuf) הפורת", "תרופה (Dr. Amina Yusuf)."),
        ("50% דע", "עד 50%"),
        ("mg 60 דע", "עד 60 mg"),
        ("17:30 ةعاسلا", "الساعة 17:30"),
    ],
)
def test_a_printed_line_is_put_in_the_order_of_reading(printed: str, read_as: str) -> None:
    assert _read_back(printed) == read_as


def test_a_word_from_right_to_left_within_a_line_from_left_to_right() -> None:
    assert _read_back("Say םולש to all 3 of them", backwards=False) == "Say שלום to all 3 of them"


def _chromium(path: Path, body: str) -> None:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    page = path.with_suffix(".html")
    page.write_text(f'<meta charset="utf-8"><body style="font-family: DejaVu Sans">{body}', encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--user-data-dir={path.parent}/user",
    ]
    subprocess.run([program, *options, f"--print-to-pdf={path}", page.as_uri()], capture_output=True, check=True)


def test_arabic_hebrew_and_urdu_as_a_browser_prints_them(tmp_path: Path) -> None:
    path = tmp_path / "printed.pdf"
    rows = [("الدواء", "الوزن", "الجرعة"), ("باراسيتامول", "من 5 إلى 10 كغ", "120 ملغ"), ("زنك", "10 كغ", "20 ملغ")]
    table = "".join("<tr>" + "".join(f"<td style='border:1px solid'>{cell}" for cell in row) for row in rows)
    languages = {"he": HEBREW, "ar": ARABIC, "ur": URDU}
    body = "".join(f"<p dir=rtl lang={name}>{text}</p>" for name, texts in languages.items() for text in texts)
    _chromium(path, f"{body}<table dir=rtl style='border-collapse:collapse'>{table}</table>")
    parsed = read(Source(path))
    paragraphs = [parsed.slice(block.span) for block in parsed.blocks if block.kind is BlockKind.PARAGRAPH]
    # Marks that a font lacks are printed in another one, which PDFium does not read.
    assert [_letters(text) for text in paragraphs] == [_letters(text) for text in (*HEBREW, *ARABIC, *URDU)]
    cells = [parsed.slice(block.span) for block in parsed.blocks if block.group]
    assert cells == [" | ".join(row) for row in rows]
    assert len(locate(path, 1, ARABIC[1])) >= 1


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFC", text)
    return re.sub(r"[\u06d4.]$", "", re.sub(r"\s+", " ", plain))


def test_powers_are_no_digits_of_their_number(tmp_path: Path) -> None:
    path = tmp_path / "powers.pdf"
    text = (
        "Give 10<super>3</super> units to each m<super>2</super>. The town<super>1</super> has "
        "8,935,112<super>3</super> people. CO<sub>2</sub> is heavier than H<sub>2</sub>O."
    )
    SimpleDocTemplate(str(path)).build([Paragraph(text, getSampleStyleSheet()["BodyText"])])
    assert read(Source(path)).pages[0].text == (
        "Give 10³ units to each m². The town ¹ has 8,935,112³ people. CO2 is heavier than H2O."
    )
    assert len(locate(path, 1, "8,935,112³ people")) == 1


def test_raised_marks_of_notes_stand_at_the_cell_and_before_the_note(tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    styles = getSampleStyleSheet()
    small = ParagraphStyle("small", parent=styles["BodyText"], fontSize=7, leading=9, spaceBefore=0, spaceAfter=0)
    rows = [["Weight", "Dose (ml)"], ["5-9 kg", "5<super>a</super>"], ["10-19 kg", "10<super>1</super>"]]
    cells = [[Paragraph(cell, styles["BodyText"]) for cell in row] for row in rows]
    table = Table(cells, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    notes = ("<super>a</super> Not in kidney disease", "<super>1</super> Only with food", "‡ Never at night")
    text = "Give the syrup as follows. It is kept cool.<super>2</super> Shake it well before use."
    below = Paragraph("<super>2</super> In a fridge.", small)
    parts = [Paragraph(text, styles["BodyText"]), table, *(Paragraph(note, small) for note in notes), below]
    SimpleDocTemplate(str(path)).build(parts)
    parsed = read(Source(path))
    assert [parsed.slice(block.span) for block in parsed.blocks] == [
        "Give the syrup as follows. It is kept cool.² Shake it well before use.",
        "Weight | Dose (ml)",
        "5-9 kg | 5ᵃ",
        "10-19 kg | 10¹",
        "ᵃ Not in kidney disease",
        "¹ Only with food",
        "‡ Never at night",
        "² In a fridge.",
    ]
    assert len(note_blocks(parsed.blocks, parsed.slice)) == 3


def test_what_a_viewer_would_draw_into_a_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), pageCompression=0)
    canvas.drawString(72, 700, "Name of the patient")
    canvas.acroForm.textfield(name="patient", x=200, y=690, width=200, height=24, value="Zawadi Omari")
    canvas.save()
    # As programs leave it that only fill in the value: without the field's appearance, to be drawn by the viewer.
    data = path.read_bytes().replace(b"/AP ", b"/XX ").replace(b"/NeedAppearances false", b"/NeedAppearances true ")
    path.write_bytes(data)
    assert "Zawadi Omari" in read(Source(path)).pages[0].text
