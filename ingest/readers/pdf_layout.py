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

import numpy as np

from ingest.readers.pdf_strokes import cut_by, strokes_of
from ingest.readers.pdfium import Box, PageGlyphs
from ingest.readers.pdfium_text import RIGHT_TO_LEFT, Flags, Floats, Words
from ingest.readers.raised import superscript

# In multiples of the font size. Cells of a table stand about one em apart (Word 0.98, LaTeX 1.2, reportlab 1.3);
# spaces of justified text stay below that within one text object.
_CELL_GAP: Final = 0.9
_SURE_GAP: Final = 2.0
_WORD_GAP: Final = 0.22
_TOUCHING: Final = 0.1
# In a stretched line: its widest spaces, how far they may differ, and how many there are at least.
_WIDEST_SPACE: Final = 4.0
_EQUAL: Final = 0.12
_FEWEST_SPACES: Final = 2
# How much higher a superscript's lower edge is, as a share of the font size before it.
_RAISED: Final = 0.15
_MARK: Final = re.compile(r"[-\u2212+]?[0-9]+(?:,[0-9]+)*|[a-z](?:,[a-z])*")
_LONG_WORD: Final = re.compile(r"[^\W\d_]{4}$")


@dataclass(slots=True)
class Table:
    """Rows of cells; a cell's lines are separated by line breaks."""

    rows: list[list[str]]
    columns: list[tuple[float, float]]
    """The horizontal ranges of its columns."""
    head: int
    """How many of the rows are its head."""


@dataclass(slots=True)
class Segment:
    """A stretch of text without a wide gap."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    order: int
    """Place in the file's own order."""
    words: range
    """Its rows of the page's words."""
    table: Table | None = None
    """What it stands for, where it is no text: a ruled table, taken as one piece."""
    middle: float = field(init=False)
    """Height of its middle."""

    def __post_init__(self) -> None:
        self.middle = (self.top + self.bottom) / 2


class Line:
    """Segments that stand side by side, in reading order. Edges are those of all, middle and size the longest one's."""

    __slots__ = ("bold", "bottom", "middle", "segments", "size", "text", "top", "x0", "x1")

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        if len(segments) == 1:
            only = segments[0]
            self.x0, self.x1, self.top, self.bottom, self.middle = only.x0, only.x1, only.top, only.bottom, only.middle
            self.size, self.bold, self.text = only.size, only.bold, only.text
            return
        longest = max(segments, key=lambda segment: len(segment.text))
        self.x0 = min([segment.x0 for segment in segments])
        self.x1 = max([segment.x1 for segment in segments])
        self.top = min([segment.top for segment in segments])
        self.bottom = max([segment.bottom for segment in segments])
        self.middle = longest.middle
        self.size = longest.size
        self.bold = all(segment.bold for segment in segments)
        self.text = " ".join([segment.text for segment in segments])


@dataclass(frozen=True, slots=True)
class PageSegments:
    """What is printed on one page, without the characters' places: a long document is held in memory as these."""

    height: float
    upright: list[Segment]
    """Text that stands as most of the page's does."""
    turned: list[Segment]
    """Text set in another direction."""
    rules: tuple[Box, ...]
    """Straight lines and frames."""
    has_images: bool
    cut: bool
    """Whether the page holds more characters than are read of one."""

    @classmethod
    def of(cls, page: PageGlyphs) -> PageSegments:
        """Put the words of a page together."""
        turned = [segment for words in page.turned for segment in segments_of(words)]
        return cls(page.height, segments_of(page.upright, page.rules), turned, page.rules, page.has_images, page.cut)


def segments_of(words: Words, rules: Sequence[Box] = ()) -> list[Segment]:
    """Cut the words, in the file's own order, at line ends, wide gaps and lines drawn down the page."""
    if not len(words):
        return []
    x0, x1 = np.minimum(words.first[:, 0], words.last[:, 0]), np.maximum(words.first[:, 2], words.last[:, 2])
    cut, spaced = _relations(words)
    if rules:
        boxes = np.stack([x0, words.first[:, 1], x1, words.first[:, 3]], axis=1)
        cut[1:] |= cut_by(strokes_of(rules)[1], boxes[:-1], boxes[1:])
    starts = np.flatnonzero(cut)
    ends = [*starts[1:].tolist(), len(words)]
    top = np.minimum.reduceat(np.minimum(words.first[:, 1], words.last[:, 1]), starts).tolist()
    bottom = np.maximum.reduceat(np.maximum(words.first[:, 3], words.last[:, 3]), starts).tolist()
    left, right = np.minimum.reduceat(x0, starts).tolist(), np.maximum.reduceat(x1, starts).tolist()
    sizes, bold = words.sizes.tolist(), words.bold.tolist()
    texts = list(words.texts)
    for row in np.flatnonzero(_raised(words) & ~cut & ~spaced).tolist():
        if _MARK.fullmatch(texts[row]):
            texts[row] = superscript(texts[row])
            # A unit or a number is raised to a power; at a longer word it is the mark of a footnote.
            spaced[row] = _LONG_WORD.search(words.texts[row - 1]) is not None
    for row in np.flatnonzero(_raised_before(words) & cut).tolist():
        if not cut[row + 1] and _MARK.fullmatch(texts[row]):
            texts[row], spaced[row + 1] = superscript(texts[row]), True
    spaced &= ~cut
    texts = [" " + text if blank else text for text, blank in zip(texts, spaced.tolist(), strict=True)]
    found: list[Segment] = []
    for place, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        text = "".join(texts[start:end]).replace("\0", "").strip()
        if not text:
            continue
        size, strong = _style(words.texts[start:end], sizes[start:end], bold[start:end])
        found.append(
            Segment(
                text, left[place], top[place], right[place], bottom[place], size, strong, len(found), range(start, end)
            )
        )
    return found


def _relations(words: Words) -> tuple[Flags, Flags]:
    """For each word whether a segment begins with it, and whether a blank stands before it within a segment."""
    last, first = words.last[:-1], words.first[1:]
    overlap = np.minimum(last[:, 3], first[:, 3]) - np.maximum(last[:, 1], first[:, 1])
    height = np.minimum(last[:, 3] - last[:, 1], first[:, 3] - first[:, 1])
    gap = np.maximum(first[:, 0] - last[:, 2], last[:, 0] - first[:, 2])
    size = np.maximum(np.maximum(words.sizes[:-1], words.sizes[1:]), 1.0)
    wide = (gap > _SURE_GAP * size) | ((gap > _CELL_GAP * size) & (~words.joined[1:] | words.newline[1:]))
    cut, spaced = np.ones(len(words), np.bool_), np.zeros(len(words), np.bool_)
    cut[1:] = ((overlap <= 0.5 * height) & ~_subscripts(words, gap, overlap)) | wide
    cut[1:] &= ~_justified(words, gap, overlap > 0.5 * height, size)
    cut &= ~words.kept
    # PDFium takes the way back from a subscript or a superscript for a line's end.
    touching = words.newline[1:] & (np.abs(gap) < _TOUCHING * size)
    spaced[1:] = ~cut[1:] & ((words.blank[1:] & ~touching) | (gap > _WORD_GAP * size) | words.kept[1:])
    return cut, spaced


def _justified(words: Words, gap: Floats, level: Flags, size: Floats) -> Flags:
    """For each word but the first whether the gap before it is one of several equal ones: a stretched line."""
    found = np.zeros(len(gap), np.bool_)
    wide = np.flatnonzero(level & ~words.newline[1:] & (gap > _CELL_GAP * size) & (gap < _WIDEST_SPACE * size))
    if not len(wide):
        return found
    ends = np.flatnonzero(~level | words.newline[1:])
    for start, end in pairwise([-1, *ends.tolist(), len(gap)]):
        gaps = gap[start + 1 : end]
        if (
            len(gaps) >= _FEWEST_SPACES
            and np.ptp(gaps) < _EQUAL * size[start + 1]
            and gaps[0] > _CELL_GAP * size[start + 1]
        ):
            letters = sum(text.isalpha() for text in words.texts[start + 1 : end + 1])
            found[start + 1 : end] = 2 * letters > len(gaps)
    return found


def _raised(words: Words) -> Flags:
    """For each word whether it is set smaller and higher than the one before."""
    found = np.zeros(len(words), np.bool_)
    smaller = words.sizes[1:] < 0.9 * words.sizes[:-1]
    found[1:] = smaller & (words.last[:-1, 3] - words.first[1:, 3] > _RAISED * words.sizes[:-1])
    return found


def _raised_before(words: Words) -> Flags:
    """For each word whether it is set smaller and higher than the one behind it, as the mark before a note is."""
    found = np.zeros(len(words), np.bool_)
    smaller = words.sizes[:-1] < 0.9 * words.sizes[1:]
    found[:-1] = smaller & (words.first[1:, 3] - words.last[:-1, 3] > _RAISED * words.sizes[1:])
    return found


def _subscripts(words: Words, gap: Floats, overlap: Floats) -> Flags:
    """For each word but the first whether it hangs, smaller, at a letter before it. Figures have footnotes instead."""
    last, first = words.last[:-1], words.first[1:]
    lower = (first[:, 3] > last[:, 3]) & (overlap > 0)
    smaller = words.sizes[1:] < 0.9 * words.sizes[:-1]
    found: Flags = ~words.blank[1:] & lower & smaller & (np.abs(gap) < _WORD_GAP * words.sizes[:-1])
    for row in np.flatnonzero(found).tolist():
        found[row] = words.texts[row][-1:].isalpha()
    return found


def _style(texts: Sequence[str], sizes: Sequence[float], bold: Sequence[bool]) -> tuple[float, bool]:
    """Font size of most characters, and whether most are bold."""
    if len(set(sizes)) == 1 and len(set(bold)) == 1:
        return sizes[0], bold[0]
    lengths: dict[float, int] = {}
    for text, size in zip(texts, sizes, strict=True):
        lengths[size] = lengths.get(size, 0) + len(text)
    strong = sum(len(text) for text, each in zip(texts, bold, strict=True) if each)
    return max(lengths, key=lambda size: lengths[size]), strong > 0.6 * sum(lengths.values())


def lines_of(segments: Iterable[Segment]) -> list[Line]:
    """Segments side by side make a line; lines from top to bottom."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda each: (each.middle, each.x0)):
        if rows and _beside(rows[-1], segment):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    for row in rows:
        if len(row) > 1:
            if is_right_to_left(" ".join([segment.text for segment in row])):
                row.sort(key=lambda each: -each.x1)
            else:
                row.sort(key=lambda each: each.x0)
    return [Line(row) for row in rows]


def _beside(row: Sequence[Segment], segment: Segment) -> bool:
    """Whether a segment is level with a row that is being put together, and free of what stands there."""
    if segment.table or row[0].table:
        return False
    top, bottom = min([other.top for other in row]), max([other.bottom for other in row])
    middle = max(row, key=lambda each: len(each.text)).middle if len(row) > 1 else row[0].middle
    if abs(segment.middle - middle) >= 0.4 * min(segment.bottom - segment.top, bottom - top):
        return False
    return all(segment.x0 >= other.x1 - 1 or segment.x1 <= other.x0 + 1 for other in row)


def is_right_to_left(text: str) -> bool:
    """Whether most letters are of scripts that are written from right to left."""
    if text.isascii() or not RIGHT_TO_LEFT.search(text):
        return False
    letters = sum(char.isalpha() for char in text)
    return letters > 0 and len(RIGHT_TO_LEFT.findall(text)) > 0.5 * letters


def is_row(line: Line) -> bool:
    """Whether segments that stand side by side follow each other in the file too."""
    return any(abs(first.order - second.order) == 1 for first, second in pairwise(line.segments))


def bands_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines cut where all that stands above was written before all that stands below.

    Columns of text are one band, for the file writes the left one down to its end first. A table has one for each row.
    """
    orders = [[segment.order for segment in line.segments] for line in lines]
    least: list[float] = [float("inf")]
    for each in reversed(orders):
        least.append(min(least[-1], *each))
    least.reverse()
    found: list[list[Line]] = [[]]
    most = -1
    for place, line in enumerate(lines):
        found[-1].append(line)
        most = max(most, *orders[place])
        if most < least[place + 1] and place + 1 < len(lines):
            found.append([])
    return found
