"""Sheets with several tables."""

from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import NumData, NumVal
from openpyxl.chart.series import SeriesLabel
from openpyxl.styles import Font

from ingest.readers import Source, read
from rag.core.types import BlockKind


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


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Heads and figures that an empty row parts.
        (["Drug|Dose|Note", "", "A|5|x", "B|10|y"], [1, 1, 1]),
        (["In mg||January 2024", "|Dose|Note", "", "A|5|x", "", "B|10|y"], [1, 1, 1, 1]),
        (["दवा|मात्रा", "", "A|5"], [1, 1]),
        # Each year's table has its own.
        (["In mg||", "Drug|Dose|Most", "", "A|5|6", "", "In g||", "Drug|Dose|Most", "", "B|1|2"], [0, 1, 1, 0, 2, 2]),
        # Beyond the heads their figures alone tell what a column holds.
        (["Drug|Dose", "", "A|5 mg", "", "B|see below"], [1, 1, 2]),
        # A head with a row of its own, and more rows than heads have.
        (["Name|Role", "Otieno|Nurse", "", "Zinc|5"], [1, 1, 2]),
        (["Name|", "A|Nurse", "B|Cook", "C|Cook", "", "Zinc|5"], [0, 1, 1, 1, 2]),
        # All rows of a table tell what a column holds, not its first alone.
        (["Drug|Dose|Most", "A|5 mg|", "", "B|6 mg|8 mg", "C|7 mg|9 mg", "", "D|8 mg|none"], [1, 1, 1, 1, 2]),
    ],
)
def test_figures_after_a_gap_go_on_with_their_heads(tmp_path: Path, rows: list[str], expected: list[int]) -> None:
    path = tmp_path / "doses.xlsx"
    book = Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row.split("|")] if row else [])
    book.save(path)
    assert [block.group for block in read(Source(path)).blocks] == expected


@pytest.mark.parametrize(
    ("rows", "heads"),
    [
        (["Para|10|box", "Ibu|12|strip"], ["Item | Price | Unit"]),
        # Other columns, or others in the same ones.
        (["Para|10", "Ibu|12"], []),
        (["10|Para|box", "12|Ibu|strip"], []),
        (["Ward|Beds|Nurse", "East|10|Ann"], ["Ward | Beds | Nurse"]),
    ],
)
@pytest.mark.parametrize("bold", [False, True])
def test_rows_below_words_come_back_to_the_heads_above_where_they_hold_the_same(
    tmp_path: Path, rows: list[str], heads: list[str], bold: bool
) -> None:
    path = tmp_path / "prices.xlsx"
    book = Workbook()
    for row in ("Item|Price|Unit", "Amox|20|box", "Cipro|30|box", "", "Painkillers", *rows):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row.split("|")] if row else [])
    book.active["A5"].font = Font(bold=bold)
    book.save(path)
    parsed = read(Source(path))
    told = [parsed.slice(block.span) for block in parsed.blocks if block.kind is BlockKind.TABLE_HEAD]
    assert told == ["Item | Price | Unit", *heads]


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


def test_a_bold_row_over_others_is_a_head_also_of_figures(tmp_path: Path) -> None:
    path = tmp_path / "weeks.xlsx"
    book = Workbook()
    for row in (["Week", 1, 2], ["Doses", 5, 6], ["Visits", 7, 8]):
        book.active.append(row)
    for cell in book.active[1]:
        cell.font = Font(bold=True)
    book.save(path)
    assert [block.kind.value for block in read(Source(path)).blocks] == ["table_head", "table_row", "table_row"]


@pytest.mark.parametrize(
    ("sheet", "told"),
    [
        # The figures stand in the sheet already.
        ("Visits", ["Visits", "North | 120", "Visits by region"]),
        ("Hidden", ["Visits", "North | 120", "Visits by region", "| Seen", "| 7"]),
    ],
)
def test_a_chart_tells_its_figures_where_no_sheet_shows_them(tmp_path: Path, sheet: str, told: list[str]) -> None:
    book = Workbook()
    shown = book.worksheets[0]
    shown.title = "Visits"
    shown.append(["North", 120])
    book.create_sheet("Hidden").append([7])
    book["Hidden"].sheet_state = "hidden"
    chart = BarChart()
    chart.title = "Visits by region"
    chart.add_data(Reference(book[sheet], min_col=1, min_row=1))
    series = chart.series[0]
    series.tx = SeriesLabel(v="Seen")
    series.val.numRef.numCache = NumData(ptCount=1, pt=[NumVal(idx=0, v="7")])
    shown.add_chart(chart, "E2")
    book.save(tmp_path / "visits.xlsx")
    parsed = read(Source(tmp_path / "visits.xlsx"))
    assert [parsed.slice(block.span) for block in parsed.blocks] == told


def test_a_bold_row_of_words_within_a_table_begins_another(tmp_path: Path) -> None:
    path = tmp_path / "both.xlsx"
    book = Workbook()
    for row in (
        ["Drug", "Dose"],
        ["Zinc", "20 mg"],
        ["Total", "20 mg"],
        ["Iron", "5 mg"],
        ["Nurse", "Phone"],
        ["Ann", "0722"],
    ):
        book.active.append(row)
    for place in (1, 3, 5):
        for cell in book.active[place]:
            cell.font = Font(bold=True)
    book.save(path)
    told = [f"{block.group} {block.kind.value.removeprefix('table_')}" for block in read(Source(path)).blocks]
    assert told == ["1 head", "1 row", "1 row", "1 row", "2 head", "2 row"]
