"""Tables that stand beside each other in one sheet, with an empty column between them.

Programs and people leave columns empty within a table too. Two tables are told by what only tables have: a column of
keys of their own, the same heads again, another number of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ingest.readers.tables import is_figure
from rag.core.text import fold

# Longer tables of the same length beside each other are one with an empty column.
_MOST_EVEN_ROWS: Final = 30
_FIGURE: Final = re.compile(r"\d")
_COLONS: Final = (":", "：", "︰")


def tables_in(rows: Sequence[Sequence[str]], merged: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """The columns, [start, end), of each table from left to right; one pair where all is one table.

    Args:
        rows: all cells from the first column on; a row may lack its last ones.
        merged: first and last column of each cell that is merged over columns.
    """
    width = max(map(len, rows), default=0)
    filled = [False] * width
    for row in rows:
        for place, cell in enumerate(row):
            filled[place] = filled[place] or bool(cell)
    for first, last in merged:
        filled[first : last + 1] = [True] * len(filled[first : last + 1])
    blocks = _blocks(filled)
    found = blocks[:1] or [(0, width)]
    for block in blocks[1:]:
        if _are_apart(_Part.of(rows, *found[-1]), _Part.of(rows, *block)):
            found.append(block)
        else:
            found[-1] = (found[-1][0], block[1])
    return found


def _blocks(filled: Sequence[bool]) -> list[tuple[int, int]]:
    blocks: list[tuple[int, int]] = []
    for place, any_text in enumerate(filled):
        if any_text and place and filled[place - 1]:
            blocks[-1] = (blocks[-1][0], place + 1)
        elif any_text:
            blocks.append((place, place + 1))
    return blocks


class _Part(NamedTuple):
    """What may be a table: its heads and keys, below any title, and which rows it fills."""

    head: str
    keys: list[str]
    title: int | None
    """The row that holds a title of its own."""
    rows: list[int]
    columns: int
    headed: bool
    """Whether a head of words stands over a column that has a figure in every row; lines of a form have none."""

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]], start: int, end: int) -> _Part:
        own = [(place, row[start:end]) for place, row in enumerate(rows) if any(row[start:end])]
        title = None
        while len(own) > 1 and sum(map(bool, own[0][1])) == 1:
            title = own[0][0]
            own = own[1:]
        keys = [cells[0] for _, cells in own[1:]]
        head = own[0][1] if own else [""]
        columns = ([cells[place] for _, cells in own[1:] if place < len(cells)] for place in range(1, len(head)))
        headed = any(
            cell and not is_figure(cell) and len(column) == len(keys) > 0 and all(map(_FIGURE.search, column))
            for cell, column in zip(head[1:], columns, strict=True)
        )
        return cls(head[0], keys, title, [place for place, _ in own], end - start, headed)

    @property
    def is_keyed(self) -> bool:
        """Whether its first column names each row."""
        return len(self.keys) > 1 and all(self.keys) and len(set(self.keys)) == len(self.keys)

    @property
    def is_named(self) -> bool:
        """Whether its first column names each row in words."""
        return self.is_keyed and not any(map(is_figure, self.keys))


def _are_apart(left: _Part, right: _Part) -> bool:
    if min(left.columns, right.columns) < 2 or not left.keys or not right.keys:
        return False
    # The lines of a form go on beside each other: "Drug: | Zinc | | Dose: | 20 mg".
    if right.head.endswith(_COLONS) or all(key.endswith(_COLONS) for key in right.keys):
        return False
    beneath = left.rows[-1] <= right.rows[0] or right.rows[-1] <= left.rows[0]
    if beneath or (left.head and fold(left.head) == fold(right.head)):
        return True
    if not right.is_keyed:
        return False
    titled = left.title is not None and left.title == right.title
    if titled or left.rows != right.rows:
        whole = len(right.rows) == right.rows[-1] - right.rows[0] + 1
        named = right.is_named or right.rows[0] > left.rows[0]
        return named and whole and (titled or right.headed)
    headed = left.headed and right.headed
    return headed and left.is_named and right.is_named and len(left.keys) <= _MOST_EVEN_ROWS
