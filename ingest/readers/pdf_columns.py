"""Columns of text on a page and the order in which they are read."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import Final

from ingest.readers.pdf_layout import Line, Segment, bands_of, is_right_to_left, lines_of

# A gutter between columns of text, in points, and the share of the page's width that its middle may lie in.
_GUTTER: Final = 8.0
_GUTTER_ZONE: Final = (0.2, 0.8)
_COLUMN_LINES: Final = 3
_SURE_COLUMN: Final = 20
# A gap above a line, as a multiple of its size, that sets it apart from what stands above.
_BREAK: Final = 0.8

Range = tuple[float, float]


def regions_of(segments: Sequence[Segment]) -> list[list[Line]]:
    """The page's columns of text, in reading order, each as its lines from top to bottom."""
    return _regions(list(segments), depth=0)


def _regions(segments: list[Segment], depth: int) -> list[list[Line]]:
    lines = lines_of(segments)
    if depth > 3 or len(lines) < _COLUMN_LINES:
        return [lines] if lines else []
    edges = min(line.x0 for line in lines), max(line.x1 for line in lines)
    low, high = (edges[0] + share * (edges[1] - edges[0]) for share in _GUTTER_ZONE)
    found: list[list[Line]] = []
    plain: list[Line] = []
    bands = bands_of(lines)
    for place, band in enumerate(bands):
        around = [*bands[max(0, place - 1) : place], *bands[place + 1 : place + 2]]
        start = 0
        while start < len(band):
            split = None
            if len(band) - start >= _COLUMN_LINES and not any(
                segment.x0 <= low and segment.x1 >= high for segment in band[start].segments
            ):
                split = _columns(band, start, edges)
            if split is None or any(_is_split(other, split[1], band) for other in around):
                plain.append(band[start])
                start += 1
                continue
            end, (left, right) = split
            if plain:
                found.append(plain)
                plain = []
            inside = [segment for line in band[start:end] for segment in line.segments]
            sides = [
                [segment for segment in inside if segment.x1 <= (left + right) / 2],
                [segment for segment in inside if segment.x1 > (left + right) / 2],
            ]
            if is_right_to_left(" ".join(segment.text for segment in inside)):
                sides.reverse()
            for side in sides:
                found.extend(_regions(side, depth + 1))
            start = end
    if plain:
        found.append(plain)
    return found


def _is_split(other: list[Line], gutter: Range, band: list[Line]) -> bool:
    """Whether a band next to `band` has a gutter in the same place and is as near as a table's rows are."""
    if max(other[0].top - band[-1].bottom, band[0].top - other[-1].bottom) > 2 * _BREAK * band[0].size:
        return False
    segments = [segment for line in other for segment in line.segments]
    return any(
        any(segment.x1 <= left for segment in segments) and any(segment.x0 >= right for segment in segments)
        for left, right in _without([gutter], segments)
    )


def _columns(lines: list[Line], start: int, edges: Range) -> tuple[int, Range] | None:
    """Where columns of text that begin at line `start` end, and the gutter between the first two; or None."""
    end, gutter = 0, edges
    for free, last in _gutters(lines, start, edges):
        length = _columns_end(lines[start:last], sum(free) / 2)
        # Cells of several lines are columns as far as one row goes.
        if length > end and (2 * length >= last - start or length >= _SURE_COLUMN):
            end, gutter = length, free
    return _trimmed(lines, start, start + end, gutter) if end else None


def _gutters(lines: list[Line], start: int, edges: Range) -> list[tuple[Range, int]]:
    """Ranges free of text from line `start` down, near the middle of the page, and up to which line they are free."""
    left, right = edges
    low, high = (left + share * (right - left) for share in _GUTTER_ZONE)
    free = [edges]
    inner: list[Range] = []
    found: list[tuple[Range, int]] = []
    for end in range(start, len(lines)):
        free = _without(free, lines[end].segments)
        before = inner
        inner = [(x0, x1) for x0, x1 in free if x0 > left and x1 < right and low <= (x0 + x1) / 2 <= high]
        for x0, x1 in before:
            if not any(x0 <= each[0] and each[1] <= x1 for each in inner):
                found.append(((x0, x1), end))
        if not free or (end - start > 2 and not inner):
            return found
    return found + [(each, len(lines)) for each in inner]


def _without(free: list[Range], segments: Sequence[Segment]) -> list[Range]:
    """What segments leave free of the ranges `free`."""
    for segment in segments:
        if any(x0 < segment.x1 and x1 > segment.x0 for x0, x1 in free):
            pieces = [piece for x0, x1 in free for piece in ((x0, min(x1, segment.x0)), (max(x0, segment.x1), x1))]
            free = [piece for piece in pieces if piece[1] - piece[0] >= _GUTTER]
    return free


def _columns_end(lines: Sequence[Line], gutter: float) -> int:
    """How many of the lines are columns: text left and right of the gutter read one after the other, not row by row.

    The file's own order tells: a table written row by row crosses the gutter twice a row, columns of text once.
    """
    sides_of = [[segment.x0 > gutter for segment in line.segments] for line in lines]
    if min(sum(not all(each) for each in sides_of), sum(any(each) for each in sides_of)) < _COLUMN_LINES:
        return 0
    rights, total = sum(sum(each) for each in sides_of), sum(len(each) for each in sides_of)
    most = 1 + min(rights, total - rights) // 5
    orders: list[int] = []
    sides: list[bool] = []
    crossings = end = 0
    for index, line in enumerate(lines, 1):
        for segment in line.segments:
            side = segment.x0 > gutter
            place = bisect(orders, segment.order)
            around = sides[max(0, place - 1) : place + 1]
            if len(around) == 2 and around[0] == around[1]:
                crossings += 2 * (side != around[0])
            elif len(around) == 1:
                crossings += side != around[0]
            orders.insert(place, segment.order)
            sides.insert(place, side)
        if crossings > most:  # it never becomes less
            break
        fewest = min(sides.count(False), sides.count(True))
        if fewest >= _COLUMN_LINES and crossings <= 1 + fewest // 5:
            end = index
    return end


def _trimmed(lines: list[Line], start: int, end: int, gutter: Range) -> tuple[int, Range] | None:
    """Take off what stands on one side only, apart from the columns' own lines, at either end."""
    both = [index for index in range(start, end) if any(segment.x0 > gutter[0] for segment in lines[index].segments)]
    last_right = both[-1]
    for index in range(last_right + 1, end):
        if lines[index].top - lines[index - 1].bottom > _BREAK * lines[index].size:
            end = index
            break
    if both[0] > start:
        # Lines above the right column: keep them with the left one only where they touch it.
        for index in range(both[0], start, -1):
            if lines[index].top - lines[index - 1].bottom > _BREAK * lines[index].size:
                return None
    return end, gutter
