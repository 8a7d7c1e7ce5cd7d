"""Shows a PDF's page as a picture and finds where on it a quotation stands."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import clean
from ingest.readers.pdf_blocks import reading_order
from ingest.readers.pdfium import Box, open_pdf
from rag.core.cells import split_cells

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

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
        owners: list[tuple[int, int]] = []
        for number, (words, segment) in enumerate(reading_order(page)):
            for row in segment.words:
                for place, char in zip(words.places[row], words.texts[row], strict=True):
                    for letter in _squeezed(char):
                        letters.append(letter)
                        owners.append((number, place))
        matched = [owner for start, end in _ranges("".join(letters), quote) for owner in owners[start:end]]
        boxes = file.character_boxes(page_number - 1, [place for _, place in matched])
    lines: dict[int, list[Box]] = {}
    for (number, _), box in zip(matched, boxes, strict=True):
        lines.setdefault(number, []).append(box)
    turned = page.quarter_turns % 2
    width, height = (page.height, page.width) if turned else (page.width, page.height)
    return [_mark(lines[number], width, height) for number in sorted(lines)]


def render(path: Path, page_number: int, width_px: int, marks: Sequence[Mark] = ()) -> bytes:
    """The page as a PNG of `width_px` width with translucent boxes over `marks`.

    A page so long that this would make a huge picture is drawn narrower.

    Raises:
        IngestError: the file cannot be opened.
        ValueError: there is no such page, it cannot be drawn, or the width is not between 1 and 4000.
    """
    check_width(width_px)
    with open_pdf(path) as file:
        if not 1 <= page_number <= len(file):
            raise ValueError(f"{path.name} has no page {page_number}")
        picture = file.picture(page_number - 1, width_px)
    return painted(picture, marks)


def check_width(width_px: int) -> None:
    """Refuse widths that no page is drawn in.

    Raises:
        ValueError: it is not between 1 and 4000.
    """
    if not 1 <= width_px <= _WIDEST:
        raise ValueError(f"a picture of {width_px} pixels' width is not made")


def painted(picture: Picture, marks: Sequence[Mark]) -> bytes:
    """A page's picture (RGB) as a PNG with translucent boxes over `marks`."""
    from PIL import Image, ImageChops, ImageDraw

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
    pieces = [piece for line in quote.splitlines() for cell in split_cells(line) if (piece := _squeezed(cell))]
    for piece in pieces:
        start = page.find(piece, begin)
        if start < 0:
            start = page.find(piece) if len(piece) >= _FEWEST_MATCHED else -1
        if start >= 0:
            found.append((start, start + len(piece)))
            begin = start + len(piece)
    enough = sum(end - start for start, end in found) >= len(wanted) / 2
    return found if enough else []


def _mark(boxes: Sequence[Box], width: float, height: float) -> Mark:
    """The box around all `boxes` of a page, a little wider."""
    return (
        max(0.0, min(box[0] for box in boxes) / width - _MARK_MARGIN),
        max(0.0, min(box[1] for box in boxes) / height),
        min(1.0, max(box[2] for box in boxes) / width + _MARK_MARGIN),
        min(1.0, max(box[3] for box in boxes) / height),
    )
