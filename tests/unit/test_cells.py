"""Rows of tables: each cell stays under its head, also beside empty ones."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import Source, read
from rag.answering.units import cut
from rag.core.cells import cell_ranges, join_cells, split_cells
from rag.core.types import BlockKind
from rag.testing.passages import make_passage

CELL = st.text("ab1 ").map(str.strip)


@given(st.lists(CELL, min_size=1, max_size=6))
def test_a_row_is_read_back_as_it_was_joined(cells: list[str]) -> None:
    line = join_cells(cells)
    assert line == line.strip()
    found = split_cells(line)
    assert [*found, *[""] * (len(cells) - len(found))] == cells
    assert tuple(line[start:end] for start, end in cell_ranges(line)) == found


def row(head: str, line: str) -> str:
    passage = make_passage([(BlockKind.TABLE_HEAD, head), (BlockKind.TABLE_ROW, line)])
    return cut(passage)[0].readable()


@pytest.mark.parametrize(
    ("head", "line", "readable"),
    [
        ("| Adult | Child", "Doxycycline | 100 mg", "Doxycycline; Adult: 100 mg"),
        ("| Adult | Child", "Paracetamol | 500 mg | 250 mg", "Paracetamol; Adult: 500 mg; Child: 250 mg"),
        ("Drug | Adult | Child", "| 100 mg", "Adult: 100 mg"),
        ("Drug |  | Child", "Zinc |  | 10 mg", "Drug: Zinc; Child: 10 mg"),
        ("Drug | Dose", "Zinc | 10 mg | daily", "Drug: Zinc; Dose: 10 mg; daily"),
        ("Drug | Dose | Note", "See the doctor", "See the doctor"),
        ("All doses", "Zinc | 10 mg", "Zinc | 10 mg"),
    ],
)
def test_each_cell_is_told_under_its_own_head(head: str, line: str, readable: str) -> None:
    assert row(head, line) == readable


def test_a_file_with_an_empty_corner_keeps_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "doses.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["", "Adult", "Child"], ["Zinc", "20 mg", "10 mg"], ["Doxycycline", "100 mg", ""]])
    text = read(Source(path)).pages[0].text
    assert [split_cells(line) for line in text.split("\n")] == [
        ("", "Adult", "Child"),
        ("Zinc", "20 mg", "10 mg"),
        ("Doxycycline", "100 mg"),
    ]
