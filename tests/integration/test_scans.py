"""Scans from the file to the answer: PDFs of pictures, garbled text layers, tables, and where a quote stands."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.ocr import rapid, tesseract
from ingest.ocr.marks import marks_of
from ingest.pipeline import Pipeline
from ingest.readers import Source, read
from ingest.readers.pdfium import open_pdf
from rag.build import Kitabu
from rag.core.errors import NoText
from rag.core.types import BlockKind, PageStatus, ParsedDocument
from rag.store.library import Library
from sample_docs.builders.scan import draw

needs_tesseract = pytest.mark.skipif(
    tesseract.find() is None and not os.environ.get("KITABU_REQUIRE_OCR"), reason="tesseract is not installed"
)
WORDS = """The refrigerator is read twice a day and the temperature
is written on the sheet beside the door. Whoever finds it
outside the range telephones the district officer at once.
"""
PROSE = " ".join(WORDS.split())
DOSES = [
    ("Medicine", "Dose", "Times a day", "Days"),
    ("Amoxicillin", "250 mg", "3", "7"),
    ("Paracetamol", "500 mg", "4", "3"),
    ("Zinc sulphate", "20 mg", "2", "10"),
    ("Ibuprofen", "400 mg", "2", "5"),
]


def _put(canvas: Canvas, picture: Image.Image, place: tuple[float, float, float, float] = (0, 0, *A4)) -> None:
    data = BytesIO()
    picture.save(data, "JPEG", quality=70)
    data.seek(0)
    canvas.drawImage(ImageReader(data), *place)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), size)


def _dose_table() -> Image.Image:
    """A page at 150 dots an inch with a table without rules."""
    page = Image.new("L", (1240, 1754), 247)
    pen = ImageDraw.Draw(page)
    font = _font(26)
    pen.text((120, 140), "Doses for adults", font=_font(46), fill=30)
    pen.text((120, 240), "Give the medicine with food and plenty of water.", font=font, fill=30)
    for row, cells in enumerate(DOSES):
        for left, cell in zip((120, 440, 660, 960), cells, strict=True):
            pen.text((left, 320 + 52 * row), cell, font=font, fill=30)
    pen.text((120, 640), "Ask the pharmacist when a dose was forgotten.", font=font, fill=30)
    return page.rotate(-2, resample=Image.Resampling.BICUBIC, fillcolor=247)


def _slices(parsed: ParsedDocument, kind: BlockKind) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks if block.kind is kind]


@needs_tesseract
def test_each_page_of_a_mixed_file_is_read_in_the_way_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawString(72, 700, PROSE[:90])
    canvas.drawString(72, 684, PROSE[90:])
    _put(canvas, draw("A picture of text on a page of text"), (72, 100, 300, 400))
    canvas.showPage()
    _put(canvas, draw(WORDS))
    canvas.showPage()
    _put(canvas, draw(WORDS.upper()).transpose(Image.Transpose.ROTATE_90))
    canvas.drawString(20, 20, "17")
    canvas.showPage()
    _put(canvas, Image.new("L", (600, 800), 246))
    canvas.showPage()
    canvas.save()
    seen: list[tuple[int, int]] = []
    parsed = read(Source(path, progress=lambda done, total: seen.append((done, total))))
    assert [page.status for page in parsed.pages] == [
        PageStatus.TEXT, PageStatus.OCR, PageStatus.OCR, PageStatus.EMPTY,
    ]  # fmt: skip
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert parsed.skipped == ("1 picture",)
    assert PROSE in parsed.pages[1].text
    assert "TWICE A DAY" in parsed.pages[2].text
    assert "picture of text" not in parsed.pages[0].text
    assert parsed.pages[0].words == ()
    assert len(parsed.pages[1].words) == len(WORDS.split())
    assert "(eng" in parsed.ocr_engine


def _font_with_wrong_codes(path: Path, shift: int) -> None:
    """A PDF whose page shows `PROSE` and whose text says other letters: what a broken ToUnicode table does."""
    codes = "".join(f"<{ord(char):02X}> <{(ord(char) * 7 + shift) % 26 + 97:04X}>\n" for char in sorted(set(PROSE)))
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{len(set(PROSE))} beginbfchar\n{codes}endbfchar\n"
        "endcmap end end"
    ).encode()
    lines = [PROSE[start : start + 60] for start in range(0, len(PROSE), 60)]
    shown = "".join(f"({line}) Tj 0 -20 Td\n" for line in lines)
    content = f"BT /F 14 Tf 60 700 Td\n{shown}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(table), table),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 7\n0000000000 65535 f \n%strailer << /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        rows,
        len(body),
    )
    path.write_bytes(body + end)


@needs_tesseract
def test_a_garbled_text_layer_is_replaced_by_what_the_page_shows(tmp_path: Path) -> None:
    path = tmp_path / "garbled.pdf"
    _font_with_wrong_codes(path, 5)
    with open_pdf(path) as file:
        stored = " ".join(file.glyphs(0).upright.texts)
    assert "refrigerator" not in stored
    parsed = read(Source(path))
    assert parsed.pages[0].status is PageStatus.OCR
    assert "the temperature is written on the sheet beside the door" in parsed.pages[0].text
    assert "garbled" in parsed.warnings[0]
    assert "page 1" in parsed.warnings[0]
    kept = read(Source(path, ocr="off"))
    assert kept.pages[0].status is PageStatus.TEXT
    assert "garbled" in kept.warnings[0]


@needs_tesseract
def test_a_scanned_dose_table_keeps_its_rows_and_head(tmp_path: Path) -> None:
    path = tmp_path / "doses.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    _put(canvas, _dose_table())
    canvas.save()
    parsed = read(Source(path))
    assert _slices(parsed, BlockKind.TABLE_HEAD) == [" | ".join(DOSES[0])]
    assert _slices(parsed, BlockKind.TABLE_ROW) == [" | ".join(row) for row in DOSES[1:]]
    assert _slices(parsed, BlockKind.HEADING) == ["Doses for adults"]
    zinc = next(block.span for block in parsed.blocks if parsed.slice(block.span).startswith("Zinc"))
    marks = marks_of(parsed.pages[0].words, zinc)
    assert len(marks) == 4
    assert all(0.2 < top < bottom < 0.32 for _, top, _, bottom in marks)


@needs_tesseract
def test_a_hyphenated_line_end_of_a_scan_is_joined(tmp_path: Path) -> None:
    path = tmp_path / "notice.png"
    draw("The pipe behind the laundry of the main building is being re-\nplaced on Saturday.").save(path)
    assert "is being replaced on Saturday" in read(Source(path)).pages[0].text


def test_a_scan_that_says_nothing_names_what_was_tried(tmp_path: Path) -> None:
    path = tmp_path / "grey.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    picture = Image.linear_gradient("L").resize((600, 800))
    _put(canvas, picture)
    canvas.save()
    with pytest.raises(NoText, match="switched off"):
        read(Source(path, ocr="off"))
    with pytest.raises(NoText, match=r"found no text in it|Install tesseract"):
        read(Source(path, ocr="tesseract"))


@pytest.mark.skipif(not rapid.version(), reason="rapidocr is not installed")
def test_rapidocr_reads_a_page_upside_down_without_the_network(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notice.png"
    draw(WORDS).crop((0, 100, 1240, 400)).transpose(Image.Transpose.ROTATE_180).save(path)
    parsed = read(Source(path, ocr="rapidocr"))
    assert "telephones the district officer" in " ".join(parsed.pages[0].text.split())
    assert parsed.ocr_engine == f"rapidocr {rapid.version()}"
    assert all(word.top > 0.2 for word in parsed.pages[0].words)
    assert capfd.readouterr() == ("", "")


def test_a_scan_goes_into_the_library_with_its_words_and_report(
    pipeline: Pipeline, library: Library, tmp_path: Path
) -> None:
    if tesseract.find() is None and not rapid.version():
        pytest.skip("no text recognition is installed")
    path = tmp_path / "notice.png"
    draw(WORDS).crop((0, 100, 1240, 400)).save(path)
    (result,) = pipeline.ingest([path]).files
    assert result.error is None
    document = library.catalog.documents()[0]
    assert document.report.pages_ocr == 1
    assert document.report.ocr_confidence is not None
    assert document.report.ocr_engine
    assert len(library.catalog.words(document.id, 1)) == len(WORDS.split())


def test_the_scanned_sample_is_found_and_quoted(samples: Kitabu) -> None:
    answer = [*samples.engine.ask("When will the water in the main building be turned off?")][-1].answer
    assert {citation.document for citation in answer.citations} == {"Scanned notice.pdf"}
    assert "Saturday 15 March from 06:30 to 11:00" in answer.text
    citation = answer.citations[0]
    words = samples.library.catalog.words(citation.document_id, citation.page)
    marks = marks_of(words, citation.span)
    assert 1 <= len(marks) <= 4
    assert all(0.1 < mark[1] < mark[3] < 0.4 for mark in marks)
