"""The words of PDFs as we read them against those that poppler's pdftotext finds."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, SimpleDocTemplate, Table

from benchmarks.measure import SAMPLES
from benchmarks.reading import overlap, told_by_pdftotext, words
from ingest.readers import Source, read

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
STYLES = getSampleStyleSheet()
PROSE = (
    "The refrigerator is read twice a day and the temperature is written on the sheet beside the door. Whoever finds "
    "it outside the range moves the vials into the cold box, marks them and telephones the district officer at once. "
)


def _columns(path: Path) -> None:
    document = BaseDocTemplate(str(path), pagesize=A4)
    frames = [Frame(60, 60, 225, 700, id="left"), Frame(310, 60, 225, 700, id="right")]
    document.addPageTemplates([PageTemplate(frames=frames)])
    document.build([Paragraph(f"Paragraph {number}. {PROSE}", STYLES["BodyText"]) for number in range(30)])


def _table(path: Path) -> None:
    rows = [["Medicine", "Unit", "Minimum"], *([f"Medicine number {n}", "tablet", str(n * 10)] for n in range(60))]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, "black")]
    story: list[Any] = [Paragraph(PROSE, STYLES["BodyText"]), Table(rows, repeatRows=1, style=grid)]
    SimpleDocTemplate(str(path)).build(story)


def _spaced(path: Path) -> None:
    """Letters and words at odd distances, as word processors set them."""
    canvas = Canvas(str(path))
    for line, (letter, word) in enumerate(((0.0, 0.0), (0.8, 0.0), (-0.3, 2.0), (2.5, 6.0))):
        text = canvas.beginText(72, 700 - 30 * line)
        text.setFont("Helvetica", 11)
        text.setCharSpace(letter)
        text.setWordSpace(word)
        text.textLine("Whoever finds it outside the range telephones the officer")
        canvas.drawText(text)
    canvas.save()


def _turned(path: Path) -> None:
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "The sheet hangs beside the door of the store room.")
    canvas.rotate(90)
    canvas.drawString(200, -80, "Keep this side up")
    canvas.save()


@pytest.mark.parametrize("make", [_columns, _table, _spaced, _turned])
def test_the_words_of_a_made_file_are_those_of_pdftotext(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "made.pdf"
    make(path)
    ours = words("\n".join(page.text for page in read(Source(path)).pages))
    assert overlap(ours, words(told_by_pdftotext(path))) >= 0.98


@pytest.mark.parametrize("name", ["Clinic handbook.pdf", "Guía del almacén.pdf"])
def test_the_words_of_the_samples_are_those_of_pdftotext(name: str) -> None:
    parsed = read(Source(SAMPLES / name))
    assert (
        overlap(words("\n".join(page.text for page in parsed.pages)), words(told_by_pdftotext(SAMPLES / name))) >= 0.98
    )
