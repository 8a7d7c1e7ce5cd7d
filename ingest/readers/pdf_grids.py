"""Tables whose cells are ruled: the lines drawn on a page make a grid, and each text lies in one of its cells."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ingest.readers.pdf_layout import Line, Segment, Table, is_right_to_left, is_row, lines_of
from ingest.readers.pdf_strokes import MEET, Stroke, strokes_of
from ingest.readers.pdfium import Box
from ingest.readers.tables import any_values, is_figure

# A column or row of a grid is wider than this, in points.
_NARROWEST: Final = 4.0
# More lines are a drawing.
_MOST_STROKES: Final = 2_000
_MOST_COLUMNS: Final = 50
_MOST_ROWS: Final = 300
_FEWEST_FILLED: Final = 4
# A cell with more lines of text is a frame around a part of the page.
_TALLEST_CELL: Final = 40
_LONGEST_REPEATED: Final = 60
_FITTING: Final = 0.8
_FILLED: Final = 0.35
# Lines within cells that have wide gaps in them: more, and the cells hold tables themselves.
_SPLIT: Final = 0.2
_UNRULED_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class _Grid:
    xs: list[float]
    ys: list[float]
    owner: list[list[tuple[int, int]]]
    """For each row and column the first row and column of the cell that covers it."""

    def cell(self, segment: Segment) -> tuple[int, int] | None:
        """The row and column in which a segment's middle lies."""
        across, down = (segment.x0 + segment.x1) / 2, segment.middle
        column = sum(x <= across for x in self.xs) - 1
        row = sum(y <= down for y in self.ys) - 1
        if 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1:
            return self.owner[row][column]
        return None


def within_tables(segments: Sequence[Segment], rules: Sequence[Box]) -> set[int]:
    """The `order` of the segments that lie in ruled tables."""
    return {segment.order for segment in segments} - {
        segment.order for segment in ruled_tables(segments, rules) if segment.table is None
    }


def ruled_tables(segments: Sequence[Segment], rules: Sequence[Box]) -> list[Segment]:
    """The segments with those of ruled tables put together: a table is one segment that holds it."""
    across, down = strokes_of(rules)
    rest = list(segments)
    for grid in _grids(across, down):
        inside = [(segment, cell) for segment in rest if (cell := grid.cell(segment)) is not None]
        table = _table(grid, inside)
        if table is None:
            continue
        taken = {segment.order for segment, _ in inside}
        first = min((segment for segment, _ in inside), key=lambda each: each.order)
        rest = [segment for segment in rest if segment.order not in taken]
        rest.append(
            Segment(
                text=" ".join(segment.text for segment, _ in inside), x0=grid.xs[0], top=grid.ys[0], x1=grid.xs[-1],
                bottom=grid.ys[-1], size=first.size, bold=False, order=first.order, words=first.words, table=table,
            )
        )  # fmt: skip
    return rest


def _grids(across: list[Stroke], down: list[Stroke]) -> Iterator[_Grid]:
    """Grids of lines that meet, at least two rows and two columns."""
    if len(across) < 2 or len(down) < 1 or max(len(across), len(down)) > _MOST_STROKES:
        return
    rows, columns = np.array(across), np.array(down)
    meets = (
        (columns[None, :, 0] >= rows[:, None, 1] - MEET)
        & (columns[None, :, 0] <= rows[:, None, 2] + MEET)
        & (rows[:, None, 0] >= columns[None, :, 1] - MEET)
        & (rows[:, None, 0] <= columns[None, :, 2] + MEET)
    )
    left = np.ones(len(rows), np.bool_)
    while left.any():
        some = np.zeros(len(rows), np.bool_)
        some[np.flatnonzero(left)[0]] = True
        while True:
            crossed = meets[some].any(axis=0)
            more = some | meets[:, crossed].any(axis=1)
            if (more == some).all():
                break
            some = more
        left &= ~some
        if some.sum() >= 2 and crossed.any():
            own_across = [across[place] for place in np.flatnonzero(some)]
            grid = _grid(own_across, [down[place] for place in np.flatnonzero(crossed)])
            if grid is not None:
                yield grid


def _grid(across: list[Stroke], down: list[Stroke]) -> _Grid | None:
    # A table may be open at its sides: the lines across end where it does.
    xs = _places([*(x for x, _, _ in down), min(x0 for _, x0, _ in across), max(x1 for _, _, x1 in across)])
    ys = _places([*(y for y, _, _ in across), min(top for _, top, _ in down), max(bottom for _, _, bottom in down)])
    if not (2 < len(xs) <= _MOST_COLUMNS and 2 < len(ys) <= _MOST_ROWS):
        return None
    above, before = _drawn(across, ys, xs), _drawn(down, xs, ys)
    owner = [[(row, column) for column in range(len(xs) - 1)] for row in range(len(ys) - 1)]
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            open_above = row > 0 and not above[row][column]
            open_before = column > 0 and not before[column][row]
            if open_before and (not open_above or owner[row][column - 1] == owner[row - 1][column]):
                owner[row][column] = owner[row][column - 1]
            elif open_above and not open_before:
                owner[row][column] = owner[row - 1][column]
    return _Grid(xs, ys, owner)


def _drawn(strokes: Sequence[Stroke], places: Sequence[float], others: Sequence[float]) -> list[list[bool]]:
    """For each of `places` and each range between `others` whether a line is drawn there, over the range's middle."""
    middles = [(first + second) / 2 for first, second in pairwise(others)]
    found = [[False] * len(middles) for _ in places]
    for place, start, end in strokes:
        span = slice(bisect_left(middles, start), bisect_right(middles, end))
        for index in range(bisect_left(places, place - _NARROWEST), bisect_right(places, place + _NARROWEST)):
            found[index][span] = [True] * len(middles[span])
    return found


def _places(values: Sequence[float]) -> list[float]:
    """Sorted, without those that are close to the one before."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NARROWEST:
            found.append(value)
    return found


def _table(grid: _Grid, inside: Sequence[tuple[Segment, tuple[int, int]]]) -> Table | None:
    """The grid's text by rows, or None where it is no table: a chart, a frame around text."""
    cells: dict[tuple[int, int], list[Segment]] = {}
    fitting = 0
    for segment, cell in inside:
        cells.setdefault(cell, []).append(segment)
        last = max(column for column in range(len(grid.xs) - 1) if grid.owner[cell[0]][column] == cell)
        fitting += grid.xs[cell[1]] - _NARROWEST <= segment.x0 and segment.x1 <= grid.xs[last + 1] + _NARROWEST
    lines = {cell: lines_of(own) for cell, own in cells.items()}
    if fitting < _FITTING * len(inside) or not _tabular(grid, lines):
        return None
    used = sorted({grid.owner[row][column][1] for row in range(len(grid.ys) - 1) for column in range(len(grid.xs) - 1)})
    backwards = is_right_to_left(" ".join(segment.text for segment, _ in inside))
    rows: list[list[str]] = []
    strong: list[bool] = []
    merged = 0
    for row, owners in enumerate(grid.owner):
        for part in _parts(grid, row, lines):
            texts = []
            for column in reversed(used) if backwards else used:
                beside = column + 1 if backwards else column - 1
                goes_on = 0 <= beside < len(owners) and owners[beside] == owners[column]
                text = "\n".join(line.text for line in part.get(owners[column], ()))
                repeated = owners[column][0] < row and len(text) > _LONGEST_REPEATED
                texts.append("" if goes_on or repeated else text)
            # A cell over several rows is repeated in each; where nothing else stands, once is enough.
            if any(part.get(cell) for cell in part if cell[0] == row):
                rows.append(texts)
                strong.append(all(line.bold for own in part.values() for line in own))
        if row == 0:
            merged = _merged_rows(grid)
    return Table(
        rows=rows,
        columns=[(grid.xs[column], grid.xs[column + 1]) for column in used],
        head=head_rows(rows, strong, merged),
    )


def _tabular(grid: _Grid, lines: dict[tuple[int, int], list[Line]]) -> bool:
    """Whether text fills the grid as a table's does, not a chart's, nor that of frames around parts of a page."""
    cells = {cell for row in grid.owner for cell in row}
    printed = [line for own in lines.values() for line in own]
    split = sum(len(line.segments) > 1 for line in printed)
    return (
        len(lines) >= max(_FEWEST_FILLED, _FILLED * len(cells))
        and len({row for row, _ in lines}) > 1
        and len({column for _, column in lines}) > 1
        and max(len(own) for own in lines.values()) <= _TALLEST_CELL
        and split <= _SPLIT * len(printed)
    )


def _parts(grid: _Grid, row: int, lines: dict[tuple[int, int], list[Line]]) -> list[dict[tuple[int, int], list[Line]]]:
    """The cells of one row of the grid: as one row, or as several where only the head and the foot are ruled."""
    own = {cell: lines.get(cell, []) for cell in grid.owner[row]}
    printed = lines_of(segment for cell in own if cell[0] == row for line in own[cell] for segment in line.segments)
    by_row = sum(is_row(line) and len({grid.cell(segment) for segment in line.segments}) > 1 for line in printed)
    if len(printed) < _UNRULED_LINES or by_row < 0.6 * len(printed):
        return [own]
    return [
        {cell: [each for each in own[cell] if line.top <= each.middle <= line.bottom] for cell in own}
        for line in printed
    ]


def _merged_rows(grid: _Grid) -> int:
    """How many rows a head has that spans columns or rows: as many as its tallest cell, two below one that is wide."""
    first = grid.owner[0]
    tall = max(sum(row[column] == first[column] for row in grid.owner) for column in range(len(first)))
    wide = any(first.count(cell) > 1 for cell in first)
    return max(tall, 2) if wide else 1


def head_rows(rows: Sequence[Sequence[str]], strong: Sequence[bool], merged: int = 1) -> int:
    """Rows at a table's top that are its head: bold over rows that are not, or words over rows with figures.

    Years, and bands of ages or weights, are words here.

    Args:
        rows: the cells' texts.
        strong: for each row whether all of it is bold.
        merged: rows that its first row has by the cells that span others.
    """
    if len(rows) < 2:
        return 0
    if strong[0] and not all(strong):
        bold = strong.index(False)
        return bold if bold <= max(merged, 2) else 1
    filled = [cell for cell in rows[0] if cell]
    words_only = not any(char.isdigit() for cell in filled for char in cell) or (
        any(map(is_figure, filled)) and not any_values(rows[0], rows[1:])
    )
    figures = sum(any(char.isdigit() for cell in row for char in cell) for row in rows[1:])
    whole = merged > 1 or (len(rows[0]) >= 3 and len(filled) == len(rows[0]))
    return min(merged, len(rows) - 1) if whole and words_only and 2 * figures >= len(rows) - 1 else 0
