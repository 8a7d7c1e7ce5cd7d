"""From characters with places to lines in reading order. Geometry only: nothing here knows of PDF or of documents.

Coordinates are points from the page's top left corner. A *segment* is a stretch of text on one line without a wide
gap in it; a *line* is what stands side by side in one column of text; a *region* is one column's lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from ingest.readers.pdfium import Glyph

# In multiples of the font size. Cells of a table stand about one em apart (Word 0.98, LaTeX 1.2, reportlab 1.3);
# spaces of justified text stay below that within one text object.
_CELL_GAP: Final = 0.9
_SURE_GAP: Final = 2.0
_WORD_GAP: Final = 0.22
# A gutter between columns of text, in points, and the share of the page's width that its middle may lie in.
_GUTTER: Final = 8.0
_GUTTER_ZONE: Final = (0.2, 0.8)
_COLUMN_LINES: Final = 3


@dataclass(slots=True)
class Segment:
    """A stretch of text without a wide gap."""

    glyphs: list[Glyph]
    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    order: int
    """Place in the file's own order."""

    @property
    def middle(self) -> float:
        """Height of its middle."""
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class Line:
    """Segments that stand side by side, in reading order."""

    segments: list[Segment] = field(default_factory=list)

    @property
    def x0(self) -> float:
        """Left edge."""
        return min(segment.x0 for segment in self.segments)

    @property
    def x1(self) -> float:
        """Right edge."""
        return max(segment.x1 for segment in self.segments)

    @property
    def top(self) -> float:
        """Upper edge."""
        return min(segment.top for segment in self.segments)

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return max(segment.bottom for segment in self.segments)

    @property
    def middle(self) -> float:
        """Height of the longest segment's middle."""
        return max(self.segments, key=lambda segment: len(segment.text)).middle

    @property
    def size(self) -> float:
        """Font size of its longest segment."""
        return max(self.segments, key=lambda segment: len(segment.text)).size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(segment.bold for segment in self.segments)

    @property
    def text(self) -> str:
        """Its text, segments separated by a blank."""
        return " ".join(segment.text for segment in self.segments)


def segments_of(glyphs: Iterable[Glyph]) -> list[Segment]:
    """Cut the file's characters at line ends and wide gaps."""
    found: list[Segment] = []
    run: list[Glyph] = []
    text: list[str] = []
    blank = ""
    for glyph in glyphs:
        if glyph.text in (" ", "\n"):
            blank = "\n" if "\n" in (blank, glyph.text) else " "
            continue
        if run:
            gap, same_line = _relation(run[-1], glyph)
            size = max(run[-1].size, glyph.size, 1.0)
            wide = gap > _SURE_GAP * size or (gap > _CELL_GAP * size and (glyph.run != run[-1].run or blank == "\n"))
            if not same_line or wide:
                found.append(_segment(run, text, len(found)))
                run, text = [], []
            elif blank or gap > _WORD_GAP * size:
                text.append(" ")
        run.append(glyph)
        text.append(glyph.text)
        blank = ""
    if run:
        found.append(_segment(run, text, len(found)))
    return [segment for segment in found if segment.text.strip()]


def _relation(last: Glyph, glyph: Glyph) -> tuple[float, bool]:
    """Horizontal gap between two characters (in either direction), and whether they stand on one line."""
    overlap = min(last.bottom, glyph.bottom) - max(last.top, glyph.top)
    height = min(last.bottom - last.top, glyph.bottom - glyph.top)
    return max(glyph.x0 - last.x1, last.x0 - glyph.x1), overlap > 0.5 * height


def _segment(run: list[Glyph], text: list[str], order: int) -> Segment:
    sizes: dict[float, int] = {}
    for glyph in run:
        sizes[glyph.size] = sizes.get(glyph.size, 0) + 1
    return Segment(
        glyphs=run,
        text="".join(text),
        x0=min(glyph.x0 for glyph in run),
        top=min(glyph.top for glyph in run),
        x1=max(glyph.x1 for glyph in run),
        bottom=max(glyph.bottom for glyph in run),
        size=max(sizes, key=lambda size: sizes[size]),
        bold=sum(glyph.bold for glyph in run) > 0.6 * len(run),
        order=order,
    )


def lines_of(segments: Iterable[Segment]) -> list[Line]:
    """Segments side by side make a line; lines from top to bottom."""
    lines: list[Line] = []
    for segment in sorted(segments, key=lambda each: (each.middle, each.x0)):
        last = lines[-1] if lines else None
        if last is not None:
            height = min(segment.bottom - segment.top, last.bottom - last.top)
            near = abs(segment.middle - last.middle) < 0.4 * height
            free = all(segment.x0 >= other.x1 - 1 or segment.x1 <= other.x0 + 1 for other in last.segments)
            if near and free:
                last.segments.append(segment)
                continue
        lines.append(Line([segment]))
    for line in lines:
        backwards = _is_right_to_left(line.text)
        line.segments.sort(key=lambda each: -each.x1 if backwards else each.x0)
    return lines


_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def _is_right_to_left(text: str) -> bool:
    letters = sum(char.isalpha() for char in text)
    return letters > 0 and len(_RIGHT_TO_LEFT.findall(text)) > 0.5 * letters


def regions_of(segments: Sequence[Segment]) -> list[list[Line]]:
    """The page's columns of text, in reading order, each as its lines from top to bottom."""
    return _regions(list(segments), depth=0)


def _regions(segments: list[Segment], depth: int) -> list[list[Line]]:
    lines = lines_of(segments)
    if depth > 3 or len(lines) < _COLUMN_LINES:
        return [lines] if lines else []
    found: list[list[Line]] = []
    plain: list[Line] = []
    start = 0
    while start < len(lines):
        split = _columns(lines, start)
        if split is None:
            plain.append(lines[start])
            start += 1
            continue
        end, gutter = split
        if plain:
            found.append(plain)
            plain = []
        inside = [segment for line in lines[start:end] for segment in line.segments]
        sides = [
            [segment for segment in inside if segment.x1 <= gutter],
            [segment for segment in inside if segment.x1 > gutter],
        ]
        if _is_right_to_left(" ".join(segment.text for segment in inside)):
            sides.reverse()
        for side in sides:
            found.extend(_regions(side, depth + 1))
        start = end
    if plain:
        found.append(plain)
    return found


def _columns(lines: list[Line], start: int) -> tuple[int, float] | None:
    """Where columns of text that begin at line `start` end, and the gutter between the first two; or None."""
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    low, high = (left + share * (right - left) for share in _GUTTER_ZONE)
    free = [(left, right)]
    best: tuple[int, float] | None = None
    for end in range(start, len(lines)):
        for segment in lines[end].segments:
            free = [
                piece
                for x0, x1 in free
                for piece in ((x0, min(x1, segment.x0)), (max(x0, segment.x1), x1))
                if piece[1] - piece[0] >= _GUTTER
            ]
        inner = [(x0, x1) for x0, x1 in free if low <= (x0 + x1) / 2 <= high and x0 > left and x1 < right]
        if not free or (end - start > 2 and not inner):
            break
        for x0, x1 in inner:
            gutter = (x0 + x1) / 2
            if _are_columns(lines[start : end + 1], gutter):
                best = (end + 1, gutter)
                break
    if best is None:
        return None
    return _trimmed(lines, start, *best)


def _are_columns(lines: Sequence[Line], gutter: float) -> bool:
    """Whether text left and right of the gutter is read one after the other, not row by row.

    The file's own order tells: a table written row by row crosses the gutter twice a row, columns of text once.
    """
    inside = sorted((segment for line in lines for segment in line.segments), key=lambda each: each.order)
    sides = [segment.x0 > gutter for segment in inside]
    fewest = min(sides.count(False), sides.count(True))
    if fewest < _COLUMN_LINES:
        return False
    crossings = sum(first != second for first, second in pairwise(sides))
    return crossings <= 1 + fewest // 5


def _trimmed(lines: list[Line], start: int, end: int, gutter: float) -> tuple[int, float] | None:
    """Take off what stands on one side only, apart from the columns' own lines, at either end."""
    both = [index for index in range(start, end) if any(segment.x0 > gutter for segment in lines[index].segments)]
    last_right = both[-1]
    for index in range(last_right + 1, end):
        if lines[index].top - lines[index - 1].bottom > 0.8 * lines[index].size:
            end = index
            break
    if both[0] > start:
        # Lines above the right column: keep them with the left one only where they touch it.
        for index in range(both[0], start, -1):
            if lines[index].top - lines[index - 1].bottom > 0.8 * lines[index].size:
                return None
    return end, gutter
