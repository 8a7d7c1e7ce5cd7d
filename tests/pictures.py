"""A scanned notice, drawn here, and what tests look for on it."""

from __future__ import annotations

import io
import os

import pytest
from PIL import Image

from ingest.ocr import tesseract
from ingest.ocr.marks import marks_of
from rag.core.types import ParsedDocument, Span
from sample_docs.builders.scan import draw

NOTICE = """# WATER NOTICE

The water in the main building will be turned off on
Saturday 15 March from 06:30 to 11:00, because the pipe
behind the laundry is being replaced.
"""
needs_tesseract = pytest.mark.skipif(
    tesseract.find() is None and not os.environ.get("KITABU_REQUIRE_OCR"), reason="tesseract is not installed"
)


def draw_notice() -> Image.Image:
    """A few lines at 150 dots an inch, tilted and specked."""
    return draw(NOTICE).crop((0, 60, 1240, 520))


def words(parsed: ParsedDocument) -> set[str]:
    return {word.strip(".,") for page in parsed.pages for word in page.text.split()}


def box(parsed: ParsedDocument, word: str, page: int = 1) -> tuple[float, float, float, float]:
    """The one mark of a word."""
    start = parsed.pages[page - 1].text.index(word)
    (mark,) = marks_of(parsed.pages[page - 1].words, Span(page, start, start + len(word)))
    return mark


def ink(picture: Image.Image, mark: tuple[float, float, float, float]) -> float:
    """Share of dark points within a mark: paper alone has none, a word about a quarter."""
    x0, top, x1, bottom = mark
    part = picture.convert("L").crop(
        (
            round(x0 * picture.width),
            round(top * picture.height),
            round(x1 * picture.width),
            round(bottom * picture.height),
        )
    )
    return sum(part.histogram()[:128]) / (part.width * part.height)


def opened(data: bytes) -> Image.Image:
    assert data.startswith(b"\x89PNG")
    return Image.open(io.BytesIO(data))
