"""What the readers of presentations share: the order in which a slide is read, and the heading of one without title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.readers.builder import PageBuilder, one_line
from rag.core.types import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_LONGEST_HEADING: Final = 80
_SENTENCE_ENDS: Final = (".", "!", ":", ";", ",", "。", "؟", "۔", "।")


class Placed(NamedTuple):
    """A shape and where it stands, in any unit, from the slide's top left corner."""

    shape: Element
    top: int
    left: int
    height: int


def in_reading_order(shapes: Sequence[Placed]) -> list[Element]:
    """Shapes from top to bottom; those that stand beside each other from left to right."""
    ordered: list[Element] = []
    row: list[Placed] = []
    for each in sorted(shapes, key=lambda placed: placed.top):
        if row and each.top > row[0].top + row[0].height / 2:
            ordered.extend(placed.shape for placed in sorted(row, key=lambda placed: (placed.left, placed.top)))
            row = []
        row.append(each)
    ordered.extend(placed.shape for placed in sorted(row, key=lambda placed: (placed.left, placed.top)))
    return ordered


def head_slide(page: PageBuilder, title: str, shapes: Sequence[tuple[Element, str]]) -> Element | None:
    """Write a slide's heading: its title, else its first line where that is short, else its number.

    Without one the slide's text would be taken for a part of the slide before.

    Args:
        page: the slide's, empty.
        title: the slide's own title, "" where it has none.
        shapes: what else stands on the slide, in reading order, with its text, a line for each paragraph.

    Returns:
        The shape whose text became the heading.
    """
    said = [(shape, text.strip()) for shape, text in shapes if text.strip()]
    if not title and not said:
        return None
    if not title and len(said) > 1:
        shape, text = said[0]
        short = len(text) <= _LONGEST_HEADING and "\n" not in text and not text.endswith(_SENTENCE_ENDS)
        if short and any(char.isalpha() for char in text):
            page.add(BlockKind.HEADING, one_line(text), level=1)
            return shape
    page.add(BlockKind.HEADING, title or f"Slide {page.number}", level=1)
    return None
