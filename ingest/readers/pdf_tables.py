"""Finds tables among the lines of one region: rows by rules drawn on the page or by gaps, columns by alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ingest.readers.lists import BULLET, ENUMERATOR
from ingest.readers.pdf_layout import Line, Segment

Box = tuple[float, float, float, float]

_FEWEST_ROWS: Final = 2
# A thin box is a drawn line; a narrower one than this (points) is a dash or a letter's part.
_RULE_THICKNESS: Final = 3.0
_RULE_LENGTH: Final = 20.0
# Lines of one cell stand closer than this multiple of the font size (top to top); rows may stand further apart.
_CELL_PITCH: Final = 1.45
_ROW_PITCH: Final = 4.5
_RULED_SHARE: Final = 0.34


@dataclass(slots=True)
class Table:
    """Rows of cells; `columns` are the horizontal ranges of its columns, `head` the number of head rows."""

    rows: list[list[str]]
    columns: list[tuple[float, float]]
    head: int


def join_markers(line: Line) -> Line:
    """A bullet or number that stands apart from its item is one segment with it."""
    if len(line.segments) < 2:
        return line
    first, second, *rest = line.segments
    marker = first.text + " "
    match = BULLET.match(marker) or ENUMERATOR.match(marker)
    if match is None or match.end() != len(first.text) or second.x0 - first.x1 > 4 * first.size:
        return line
    joined = Segment(
        glyphs=first.glyphs + second.glyphs,
        text=f"{first.text} {second.text}",
        x0=first.x0,
        top=min(first.top, second.top),
        x1=second.x1,
        bottom=max(first.bottom, second.bottom),
        size=second.size,
        bold=second.bold,
        order=first.order,
    )
    return Line([joined, *rest])


def horizontal_rules(rules: Sequence[Box]) -> list[tuple[float, float, float]]:
    """Heights at which a line is drawn from x0 to x1: (y, x0, x1), sorted. A frame or shade gives its two edges."""
    edges = set()
    for x0, top, x1, bottom in rules:
        if x1 - x0 < _RULE_LENGTH:
            continue
        if bottom - top <= _RULE_THICKNESS:
            edges.add((round((top + bottom) / 2, 1), x0, x1))
        else:
            edges.update({(round(top, 1), x0, x1), (round(bottom, 1), x0, x1)})
    return sorted(edges)


def split_tables(lines: Sequence[Line], rules: Sequence[tuple[float, float, float]]) -> list[list[Line] | Table]:
    """The lines of a region, those of tables taken together."""
    found: list[list[Line] | Table] = []
    plain: list[Line] = []
    index = 0
    while index < len(lines):
        end = _table_end(lines, index, rules)
        table = _make(lines[index:end], rules) if end > index else None
        if table is None:
            plain.append(lines[index])
            index += 1
            continue
        if plain:
            found.append(plain)
            plain = []
        found.append(table)
        index = end
    if plain:
        found.append(plain)
    return found


def _between(rules: Sequence[tuple[float, float, float]], upper: Line, lower: Line) -> list[float]:
    """Heights of the rules drawn between two lines, over either."""
    x0, x1 = min(upper.x0, lower.x0), max(upper.x1, lower.x1)
    return [y for y, left, right in rules if upper.middle < y < lower.middle and left < x1 and right > x0]


def _table_end(lines: Sequence[Line], start: int, rules: Sequence[tuple[float, float, float]]) -> int:
    """Index after the last line of the table that begins at `start`; `start` where none does."""
    if len(lines[start].segments) < 2:
        return start
    many = 1
    last_many = start
    second = lines[start].segments[1].x0
    for index in range(start + 1, len(lines)):
        line, before = lines[index], lines[index - 1]
        pitch = (line.top - before.top) / max(1.0, line.size)
        if pitch > _ROW_PITCH and not _between(rules, before, line):
            break
        if len(line.segments) >= 2:
            if not _aligned(lines[start:index], line):
                break
            many += 1
            last_many = index
            second = min(second, line.segments[1].x0)
            continue
        continues = line.x0 >= second - line.size
        first_cell = line.x1 <= second and (bool(_between(rules, before, line)) or pitch <= _CELL_PITCH)
        if not ((continues and pitch <= _ROW_PITCH / 2) or first_cell):
            break
    end = last_many + 1
    # The last row's cells may go on below.
    while end < len(lines):
        line, before = lines[end], lines[end - 1]
        close = (line.top - before.top) / max(1.0, line.size) <= _CELL_PITCH and not _between(rules, before, line)
        if len(line.segments) == 1 and close and line.x0 >= second - line.size:
            end += 1
        else:
            break
    return end if many >= _FEWEST_ROWS else start


def _aligned(above: Sequence[Line], line: Line) -> bool:
    """Whether a segment beyond the first stands under one of the rows above."""
    for segment in line.segments[1:]:
        for other in above:
            for cell in other.segments[1:]:
                if min(segment.x1, cell.x1) > max(segment.x0, cell.x0) or abs(segment.x0 - cell.x0) < 3:
                    return True
    return False


def _make(lines: Sequence[Line], rules: Sequence[tuple[float, float, float]]) -> Table | None:
    columns = _column_ranges(lines)
    if len(columns) < 2:
        return None
    rows: list[list[Line]] = []
    ruled = sum(bool(_between(rules, upper, lower)) for upper, lower in pairwise(lines))
    starts = sum(_starts_row(line, columns) for line in lines)
    # Rules between all rows mark them; rules below the head and above the total only (as in books) do not.
    by_rules = ruled > _RULED_SHARE * (starts - 1) and (ruled > 1 or starts <= 2)
    for index, line in enumerate(lines):
        if index and _same_row(lines[index - 1], line, rules, columns, by_rules):
            rows[-1].append(line)
        else:
            rows.append([line])
    if len(rows) < _FEWEST_ROWS:
        return None
    cells = [_cells(row, columns) for row in rows]
    return Table(cells, columns, _head_rows(rows, cells))


def _same_row(
    before: Line,
    line: Line,
    rules: Sequence[tuple[float, float, float]],
    columns: Sequence[tuple[float, float]],
    by_rules: bool,
) -> bool:
    if _between(rules, before, line):
        return False
    pitch = (line.top - before.top) / max(1.0, line.size)
    if by_rules:
        return pitch <= _ROW_PITCH
    if pitch > _CELL_PITCH:
        return False
    return not _starts_row(line, columns)


def _starts_row(line: Line, columns: Sequence[tuple[float, float]]) -> bool:
    return line.x0 < columns[1][0] - line.size / 2 and len(line.segments) >= 2


def _column_ranges(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Horizontal ranges of the columns, from the rows with most cells; what spans several is left out."""
    ranges: list[tuple[float, float]] = []
    for line in sorted(lines, key=lambda each: -len(each.segments)):
        for segment in line.segments:
            met = [index for index, (x0, x1) in enumerate(ranges) if min(x1, segment.x1) > max(x0, segment.x0)]
            if not met:
                ranges.append((segment.x0, segment.x1))
                ranges.sort()
            elif len(met) == 1:
                x0, x1 = ranges[met[0]]
                ranges[met[0]] = (min(x0, segment.x0), max(x1, segment.x1))
    return ranges


def _cells(row: Sequence[Line], columns: Sequence[tuple[float, float]]) -> list[str]:
    texts: list[list[str]] = [[] for _ in columns]
    for line in row:
        for segment in line.segments:
            overlaps = [min(right, segment.x1) - max(left, segment.x0) for left, right in columns]
            texts[overlaps.index(max(overlaps))].append(segment.text)
    return [" ".join(parts) for parts in texts]


def _head_rows(rows: Sequence[Sequence[Line]], cells: Sequence[Sequence[str]]) -> int:
    """1 where the first row looks like a head: bold over rows that are not, or words over rows with figures."""
    first_bold = all(line.bold for line in rows[0])
    rest_bold = all(line.bold for row in rows[1:] for line in row)
    if first_bold and not rest_bold:
        return 1
    filled = [cell for cell in cells[0] if cell]
    words_only = not any(char.isdigit() for cell in filled for char in cell)
    figures = sum(any(char.isdigit() for cell in row for char in cell) for row in cells[1:])
    return int(len(cells[0]) >= 3 and len(filled) == len(cells[0]) and words_only and 2 * figures >= len(cells) - 1)
