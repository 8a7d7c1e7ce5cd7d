"""Sheets with several tables."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from ingest.readers import Source, read


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["Name|Role", "Otieno|Nurse", "Wanjiru|Midwife"], ["2 head", "2 row", "2 row"]),
        (["नाम|पद", "ओटिएनो|नर्स"], ["2 head", "2 row"]),
        (["Name|Room", "Otieno|Room 5", "Wanjiru|Room 6"], ["2 head", "2 row", "2 row"]),
        (["Ward|Beds", "East|5 beds", "West|10 beds"], ["2 head", "2 row", "2 row"]),
        (["Iron|5 mg", "Salts|250 mg"], ["1 row", "1 row"]),
        (["Iron|٥ mg"], ["1 row"]),
        # Neither more of the table above nor with a head of their own.
        (["Iron|as needed"], ["2 row"]),
        (["Iron|as needed", "Salts|as needed"], ["2 row", "2 row"]),
        (["Vaccine|1st dose", "BCG|0.05 ml"], ["2 row", "2 row"]),
    ],
)
def test_rows_after_a_gap_go_on_with_a_table_only_where_they_hold_what_it_holds(
    tmp_path: Path, rows: list[str], expected: list[str]
) -> None:
    path = tmp_path / "doses.xlsx"
    book = Workbook()
    for row in ("Drug|Dose", "Amoxicillin|250 mg", "Zinc|20 mg", "", *rows):
        book.active.append(row.split("|") if row else [])
    book.save(path)
    told = [f"{block.group} {block.kind.value.removeprefix('table_')}" for block in read(Source(path)).blocks]
    assert told == ["1 head", "1 row", "1 row", *expected]


def test_rows_of_words_after_a_gap_go_on_with_a_table_of_words(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    book = Workbook()
    for row in (
        ["Name", "Role"],
        ["Otieno", "Nurse"],
        [],
        ["Wanjiru", "Midwife"],
        ["Achieng", "Cook"],
        [],
        ["Zinc", 5],
    ):
        book.active.append(row)
    book.save(path)
    assert [block.group for block in read(Source(path)).blocks] == [1, 1, 1, 1, 2]
