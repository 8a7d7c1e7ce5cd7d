"""Finds tables among the lines of one region: rows by rules drawn on the page or by gaps, columns by alignment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ingest.readers.lists import BULLET, ENUMERATOR
from ingest.readers.pdf_grids import head_rows
from ingest.readers.pdf_layout import Line, Segment, Table, bands_of, is_right_to_left

Box = tuple[float, float, float, float]

_FEWEST_ROWS: Final = 2
# A thin box is a drawn line; a narrower one than this (points) is a dash or a letter's part.
_RULE_THICKNESS: Final = 3.0
_RULE_LENGTH: Final = 20.0
# Lines of one cell stand closer than this multiple of the font size (top to top); rows may stand further apart.
_CELL_PITCH: Final = 1.45
_ROW_PITCH: Final = 4.5
_RULED_SHARE: Final = 0.34
# Share of a table's texts that follow the one above them in the file, from which on it was written by columns.
_BY_COLUMN: Final = 0.9
# Lines of one cell begin, end or have their middles within this many points.
_ALIGNED: Final = 3.0
_MOST_ROW_LINES: Final = 12
_FEWEST_BANDS: Final = 3


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
        text=f"{first.text} {second.text}",
        x0=first.x0,
        top=min(first.top, second.top),
        x1=second.x1,
        bottom=max(first.bottom, second.bottom),
        size=second.size,
        bold=second.bold,
        order=first.order,
        words=range(first.words.start, second.words.stop),
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
    if all(len(line.segments) == 1 and line.segments[0].table is None for line in lines):
        return [list(lines)]
    found: list[list[Line] | Table] = []
    plain: list[Line] = []
    index = 0
    rows = _rows_as_written(lines)
    while index < len(lines):
        ruled = lines[index].segments[0].table
        if ruled is not None:
            if plain:
                found.append(plain)
                plain = []
            found.append(ruled)
            index += 1
            continue
        end = _table_end(lines, index, rules, rows)
        table = _make(lines[index:end], rules, rows[index:end]) if end > index else None
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


def _rows_as_written(lines: Sequence[Line]) -> list[int]:
    """For each line the number of the row of several lines that it was written with; 0 for none."""
    found: list[int] = []
    for number, band in enumerate(bands_of(lines), 1):
        row = number if 1 < len(band) <= _MOST_ROW_LINES and _is_cell_by_cell(band) else 0
        found.extend([row] * len(band))
    return found


def _is_cell_by_cell(band: Sequence[Line]) -> bool:
    """Whether texts follow each other in the file down a cell and then on to the next cell, never back."""
    segments = sorted((segment for line in band for segment in line.segments), key=lambda each: each.order)
    backwards = is_right_to_left(" ".join(segment.text for segment in segments))
    moved = False
    for before, after in pairwise(segments):
        beside = after.x1 <= before.x0 + 1 if backwards else after.x0 >= before.x1 - 1
        if not beside and not _goes_on(before, after):
            return False
        moved = moved or beside
    return moved


def _table_end(
    lines: Sequence[Line], start: int, rules: Sequence[tuple[float, float, float]], rows: Sequence[int]
) -> int:
    """Index after the last line of the table that begins at `start`; `start` where none does."""
    if len(lines[start].segments) < 2:
        return start
    many = 1
    last_many = start
    second = lines[start].segments[1].x0
    for index in range(start + 1, len(lines)):
        line, before = lines[index], lines[index - 1]
        if line.segments[0].table:
            break
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
        # Cells that stand at the bottom or in the middle of their row: the tallest begins on a line of its own.
        written = rows[index] > 0 and pitch <= _ROW_PITCH
        if not ((continues and pitch <= _ROW_PITCH / 2) or first_cell or written):
            break
    end = last_many + 1
    while end < len(lines) and rows[end] and rows[end] == rows[end - 1]:
        end += 1
    # The last row's cells may go on below.
    while end < len(lines):
        line, before = lines[end], lines[end - 1]
        if line.segments[0].table:
            break
        close = (line.top - before.top) / max(1.0, line.size) <= _CELL_PITCH and not _between(rules, before, line)
        above = [segment for row in lines[last_many:end] for segment in row.segments]
        goes_on = any(
            segment.order + 1 == line.segments[0].order and _goes_on(segment, line.segments[0]) for segment in above
        )
        if len(line.segments) == 1 and close and (line.x0 >= second - line.size or goes_on):
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


def _make(lines: Sequence[Line], rules: Sequence[tuple[float, float, float]], written: Sequence[int]) -> Table | None:
    columns = _column_ranges(lines)
    if len(columns) < 2:
        return None
    rows: list[list[Line]] = []
    ruled = sum(bool(_between(rules, upper, lower)) for upper, lower in pairwise(lines))
    starts = sum(_starts_row(line, columns) for line in lines)
    # Rules between all rows mark them; rules below the head and above the total only (as in books) do not.
    by_rules = ruled > _RULED_SHARE * (starts - 1) and (ruled > 1 or starts <= 2)
    goes_on = _continuations(lines)
    # One band of lines, or two, and the file did not write row by row.
    by_row = len(lines) - sum(first == second > 0 for first, second in pairwise(written)) >= _FEWEST_BANDS
    for index, line in enumerate(lines):
        together = index > 0 and by_row and written[index] == written[index - 1] > 0
        apart = index > 0 and by_row and written[index] != written[index - 1] and written[index] > 0
        if index and (
            together or goes_on[index] or (not apart and _same_row(lines[index - 1], line, rules, columns, by_rules))
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    if len(rows) < _FEWEST_ROWS:
        return None
    cells = [_cells(row, columns) for row in rows]
    if is_right_to_left(" ".join(line.text for line in lines)):
        cells = [row[::-1] for row in cells]
    return Table(cells, columns, head_rows(cells, [all(line.bold for line in row) for row in rows]))


def _continuations(lines: Sequence[Line]) -> list[bool]:
    """For each line whether all of it goes on with cells of the lines above.

    A file writes a table cell by cell: what follows a text in the file and stands right below it is the same cell. Not
    where it writes a whole column after the other.
    """
    above: dict[int, Segment] = {}
    linked: list[int] = []
    for line in lines:
        linked.append(sum(_goes_on(above.get(segment.order - 1), segment) for segment in line.segments))
        above.update((segment.order, segment) for segment in line.segments)
    by_column = sum(linked) >= _BY_COLUMN * (len(above) - max(len(line.segments) for line in lines))
    found = [not by_column and count == len(line.segments) for count, line in zip(linked, lines, strict=True)]
    # Where cells stand at the bottom of their row, the first may begin on a line of its own. Rows are further apart.
    pitches = [lower.top - upper.top for upper, lower in pairwise(lines)]
    rows = [pitch for index, pitch in enumerate(pitches, 1) if not linked[index] and len(lines[index].segments) > 1]
    for index, pitch in enumerate(pitches, 1):
        alone = len(lines[index - 1].segments) == 1 < len(lines[index].segments)
        if not by_column and alone and linked[index] and rows and 1.15 * pitch < min(rows):
            found[index] = True
    return found


def _goes_on(upper: Segment | None, lower: Segment) -> bool:
    if upper is None:
        return False
    edges = upper.x0 - lower.x0, upper.x1 - lower.x1, (upper.x0 + upper.x1 - lower.x0 - lower.x1) / 2
    aligned = min(abs(edge) for edge in edges) < _ALIGNED
    return aligned and 0 < lower.top - upper.top <= _CELL_PITCH * lower.size


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
    return ["\n".join(parts) for parts in texts]
