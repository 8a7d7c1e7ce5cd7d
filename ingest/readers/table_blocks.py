"""Writes a table's rows to a page: its heads, then its rows, each with the group that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.readers.builder import DocumentBuilder, PageBuilder, join_cells
from ingest.readers.groups import filled_down
from ingest.readers.tables import heads
from rag.core.types import BlockKind


def add_table(
    document: DocumentBuilder,
    page: PageBuilder,
    rows: Sequence[Sequence[str]],
    wide: Sequence[Mapping[int, int]],
    marked: int = 0,
) -> None:
    """Append a table of which the rows, the cells over several columns and the marked heads are those of `heads`."""
    count, lines = heads(rows, wide, marked)
    add_rows(document, page, lines, rows[count:])


def add_rows(
    document: DocumentBuilder, page: PageBuilder, lines: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]
) -> None:
    """Append a table of which the heads are known."""
    group = document.new_group()
    for line in lines:
        page.add(BlockKind.TABLE_HEAD, join_cells(line), group=group)
    for row in filled_down(rows):
        page.add(BlockKind.TABLE_ROW, join_cells(row), group=group)
