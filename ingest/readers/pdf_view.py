"""Shows a PDF's page as a picture and finds where on it a quotation stands."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ingest.readers.builder import clean
from ingest.readers.pdf_blocks import reading_order
from ingest.readers.pdfium import Glyph, PageGlyphs, open_pdf, turn_box

Mark = tuple[float, float, float, float]
"""A box as (x0, top, x1, bottom), in fractions of the page's width and height from its top left corner."""

_MARK_COLOUR: Final = (255, 236, 130)
_MARK_MARGIN: Final = 0.0025
_WIDEST: Final = 4000
_FEWEST_MATCHED: Final = 12


def locate(path: Path, page_number: int, quote: str) -> list[Mark]:
    """Boxes of the lines (and table cells) that the quotation stands on; empty where it is not on the page.

    White space, hyphens, ligatures, case and punctuation may differ.

    Raises:
        IngestError: the file cannot be opened.
        ValueError: there is no such page, or it cannot be read.
    """
    with open_pdf(path) as file:
        if not 1 <= page_number <= len(file):
            raise ValueError(f"{path.name} has no page {page_number}")
        page = file.glyphs(page_number - 1)
    letters: list[str] = []
    owners: list[tuple[int, Glyph]] = []
    for number, segment in enumerate(reading_order(page)):
        for glyph in segment.glyphs:
            for letter in _squeezed(glyph.text):
                letters.append(letter)
                owners.append((number, glyph))
    matched = _ranges("".join(letters), quote)
    boxes: dict[int, list[Glyph]] = {}
    for start, end in matched:
        for number, glyph in owners[start:end]:
            boxes.setdefault(number, []).append(glyph)
    return [_mark(page, glyphs) for _, glyphs in sorted(boxes.items())]


def render(path: Path, page_number: int, width_px: int, marks: Sequence[Mark] = ()) -> bytes:
    """The page as a PNG of `width_px` width with translucent boxes over `marks`.

    A page so long that this would make a huge picture is drawn narrower.

    Raises:
        IngestError: the file cannot be opened.
        ValueError: there is no such page, it cannot be drawn, or the width is not between 1 and 4000.
    """
    from PIL import Image, ImageChops, ImageDraw

    if not 1 <= width_px <= _WIDEST:
        raise ValueError(f"a picture of {width_px} pixels' width is not made")
    with open_pdf(path) as file:
        if not 1 <= page_number <= len(file):
            raise ValueError(f"{path.name} has no page {page_number}")
        picture = file.picture(page_number - 1, width_px)
    if marks:
        layer = Image.new("RGB", picture.size, "white")
        brush = ImageDraw.Draw(layer)
        width, height = picture.size
        for x0, top, x1, bottom in marks:
            brush.rounded_rectangle(
                (x0 * width, top * height, max(x1 * width, x0 * width + 1), max(bottom * height, top * height + 1)),
                radius=3,
                fill=_MARK_COLOUR,
            )
        # Multiplied like a highlighter pen: the paper takes the colour, the print stays black.
        picture = ImageChops.multiply(picture, layer)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _squeezed(text: str) -> str:
    """Letters and digits only, folded."""
    folded = unicodedata.normalize("NFKC", clean(text)).casefold()
    return "".join(char for char in folded if char.isalnum() or unicodedata.category(char).startswith("M"))


def _ranges(page: str, quote: str) -> list[tuple[int, int]]:
    """Where the squeezed quotation stands in the squeezed page; in pieces, line by line, where it is not in one."""
    wanted = _squeezed(quote)
    if not wanted:
        return []
    start = page.find(wanted)
    if start >= 0:
        return [(start, start + len(wanted))]
    found: list[tuple[int, int]] = []
    begin = 0
    pieces = [piece for line in quote.splitlines() for cell in line.split(" | ") if (piece := _squeezed(cell))]
    for piece in pieces:
        start = page.find(piece, begin)
        if start < 0:
            start = page.find(piece) if len(piece) >= _FEWEST_MATCHED else -1
        if start >= 0:
            found.append((start, start + len(piece)))
            begin = start + len(piece)
    enough = sum(end - start for start, end in found) >= len(wanted) / 2
    return found if enough else []


def _mark(page: PageGlyphs, glyphs: Sequence[Glyph]) -> Mark:
    box = (
        min(glyph.x0 for glyph in glyphs),
        min(glyph.top for glyph in glyphs),
        max(glyph.x1 for glyph in glyphs),
        max(glyph.bottom for glyph in glyphs),
    )
    turns = page.quarter_turns
    x0, top, x1, bottom = turn_box(box, page.width, page.height, -turns % 4)
    width, height = (page.height, page.width) if turns % 2 else (page.width, page.height)
    return (
        max(0.0, x0 / width - _MARK_MARGIN),
        max(0.0, top / height),
        min(1.0, x1 / width + _MARK_MARGIN),
        min(1.0, bottom / height),
    )
