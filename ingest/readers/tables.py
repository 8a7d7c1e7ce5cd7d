"""What the readers of tables share: whether a first row is a head, and cells that span several rows or columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_LONGEST_HEAD_CELL: Final = 80


def looks_like_head(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a table's first row names its columns: short words, all filled and different, no bare figures."""
    if not below or len(row) < 2:
        return False
    filled = [cell for cell in row if cell]
    width = max(len(each) for each in below)
    if len(filled) < max(2, min(len(row), width) - 1) or len(set(filled)) < len(filled):
        return False
    return not any(is_figure(cell) or len(cell) > _LONGEST_HEAD_CELL for cell in filled)


def is_figure(text: str) -> bool:
    """Whether a cell holds a number, date, amount or the like rather than words."""
    digits = sum(char.isdigit() for char in text)
    letters = sum(char.isalpha() for char in text)
    return digits > 0 and digits >= letters


class Grid:
    """Places cells of a table with spans; a cell over several rows is repeated in each, over columns it stands once."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._hanging: dict[int, tuple[int, str]] = {}

    def add_row(self, cells: Sequence[tuple[str, int, int]]) -> None:
        """Append a row of (text, rows spanned, columns spanned)."""
        row: list[str] = []
        carried, self._hanging = self._hanging, {}
        pending = list(cells)
        column = 0
        while pending or any(place >= column for place in carried):
            if column in carried:
                left, text = carried[column]
                row.append(text)
                if left > 1:
                    self._hanging[column] = (left - 1, text)
                column += 1
                continue
            if not pending:
                row.append("")
                column += 1
                continue
            text, down, across = pending.pop(0)
            for step in range(max(1, across)):
                row.append(text if step == 0 else "")
                if down > 1:
                    self._hanging[column] = (down - 1, text if step == 0 else "")
                column += 1
        self.rows.append(row)
