"""Tables that stand beside each other in one sheet, and tables that only have an empty column."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from ingest.readers import Source, read
from rag.core.types import ParsedDocument


def sheets(folder: Path, lines: Sequence[str], merged: str = "") -> list[ParsedDocument]:
    """The same rows as a workbook and, where no cell is merged, as CSV."""
    rows = [line.split("|") for line in lines]
    book = Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    if merged:
        book.active.merge_cells(merged)
    book.save(folder / "a.xlsx")
    with (folder / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return [read(Source(folder / name)) for name in (("a.xlsx",) if merged else ("a.xlsx", "a.csv"))]


def told(parsed: ParsedDocument) -> list[str]:
    return [f"{block.group} {parsed.slice(block.span)}" for block in parsed.blocks]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The same heads twice, each with a title.
        (
            ["Adults||||Children", "Drug|Dose|Day||Drug|Dose|Day", "Zinc|20 mg|1||Zinc|10 mg|1", "Iron|60 mg|2"],
            [
                "0 Adults",
                "1 Drug | Dose | Day",
                "1 Zinc | 20 mg | 1",
                "1 Iron | 60 mg | 2",
                "0 Children",
                "2 Drug | Dose | Day",
                "2 Zinc | 10 mg | 1",
            ],
        ),
        # Keys of its own.
        (
            ["Drug|Dose||Nurse|Phone", "Zinc|20 mg||Ann|0722", "Iron|5 mg||Ben|0733"],
            ["1 Drug | Dose", "1 Zinc | 20 mg", "1 Iron | 5 mg", "2 Nurse | Phone", "2 Ann | 0722", "2 Ben | 0733"],
        ),
        # Beginning further down, and below all that stands to the left.
        (
            ["Drug|Dose", "Zinc|20 mg||Room|Beds", "Iron|5 mg||East|5", "Salt|1 g||West|6"],
            [
                "1 Drug | Dose",
                "1 Zinc | 20 mg",
                "1 Iron | 5 mg",
                "1 Salt | 1 g",
                "2 Room | Beds",
                "2 East | 5",
                "2 West | 6",
            ],
        ),
        (
            ["Drug|Dose", "Zinc|20 mg", "Iron|5 mg||Room|Beds", "|||1|5", "|||1|6"],
            ["1 Drug | Dose", "1 Zinc | 20 mg", "1 Iron | 5 mg", "2 Room | Beds", "2 1 | 5", "2 1 | 6"],
        ),
    ],
)
def test_tables_beside_each_other_are_apart(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    for parsed in sheets(tmp_path, lines):
        assert told(parsed) == expected


@pytest.mark.parametrize(
    "lines",
    [
        # Columns kept at a distance.
        ["Drug||Dose||Days", "Zinc||20 mg||10", "Iron||5 mg||3"],
        # Figures, and words that come again, have no keys but those on the left.
        ["Drug|Form||Dose|Days", "Zinc|tablet||20 mg|10", "Iron|syrup||5 mg|3"],
        ["Day|Date||Shift|Room", "Mon|1||Night|2", "Tue|2||Night|4"],
        # Lines of a form.
        ["Name:|Ann||Date:|3.4.2026", "Ward:|East||Bed:|7", "Drug:|Zinc||Dose:|20 mg"],
        ["Name|Ann||Date|3.4.2026", "Ward|East||Bed|7", "Drug|Zinc||Dose|20 mg"],
        ["Name|Ann||Date|3.4.2026", "Ward|East", "Drug|Zinc||Dose|20 mg"],
        # A row's number is no key of a table of its own.
        ["No|Date||Name|Mail", "1|3||Ann|a@b.org", "2|4||Ben|b@b.org"],
    ],
)
def test_a_table_with_an_empty_column_is_one(tmp_path: Path, lines: list[str]) -> None:
    for parsed in sheets(tmp_path, lines):
        assert {block.group for block in parsed.blocks} == {1}


def test_a_cell_merged_over_the_empty_column_holds_a_table_together(tmp_path: Path) -> None:
    lines = ["Drug|Dose||Nurse|Phone", "Zinc|20 mg||Ann|0722", "Iron|not given|||", "Salt|5 mg||Ben|0733"]
    (parsed,) = sheets(tmp_path, lines, merged="B3:E3")
    assert {block.group for block in parsed.blocks} == {1}
