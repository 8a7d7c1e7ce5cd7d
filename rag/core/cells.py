"""The cells of one table row as a line of a page's text, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

CELL_SEPARATOR: Final = " | "
_FIRST_EMPTY: Final = "| "
"""How a line begins whose first cell is empty: pages have no blank at the beginning of a line."""


def join_cells(cells: Iterable[str]) -> str:
    """The row as a line. Empty cells at its end are left out; a bar within a cell stays as it is.

    Args:
        cells: each on one line, without blanks around.
    """
    row = list(cells)
    while row and not row[-1]:
        row.pop()
    return CELL_SEPARATOR.join(row).removeprefix(" ")


def cell_ranges(line: str) -> list[tuple[int, int]]:
    """Where each cell of a line stands in it, [start, end); empty cells have no length."""
    at = len(_FIRST_EMPTY) if line.startswith(_FIRST_EMPTY) else 0
    found = [(0, 0)] if at else []
    for cell in line[at:].split(CELL_SEPARATOR):
        found.append((at, at + len(cell)))
        at += len(cell) + len(CELL_SEPARATOR)
    return found


def split_cells(line: str) -> tuple[str, ...]:
    """The cells of a line that `join_cells` made."""
    return tuple(line[start:end].strip() for start, end in cell_ranges(line))
