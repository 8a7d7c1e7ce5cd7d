"""Heads of columns that are for weights and ages."""

from __future__ import annotations

import pytest

from ingest.readers.tables import heads

WEIGHTS = ["Medicine", "3-5.9 kg", "6-9.9 kg", "10-13.9 kg", "Times a day"]
DOSES = [["Amoxicillin", "1/2", "1", "1 1/2", "2"], ["Cotrimoxazole", "1", "2", "3", "2"]]


@pytest.mark.parametrize("first", ["", "Medicine"])
def test_ranges_of_weight_and_age_are_heads(first: str) -> None:
    ages = [first, "0-4 months", "5-11 months", "1-3 years", ""]
    assert heads([WEIGHTS, *DOSES], [{}] * 3) == (1, [WEIGHTS])
    joined = ["Medicine", "3-5.9 kg: 0-4 months", "6-9.9 kg: 5-11 months", "10-13.9 kg: 1-3 years", "Times a day"]
    assert heads([WEIGHTS, ages, *DOSES], [{}] * 4) == (2, [joined])


def test_signs_bound_a_range() -> None:
    rows = [["Medicine", "<6 kg", "6–9 kg", "≥10 kg"], *(row[:4] for row in DOSES)]
    assert heads(rows, [{}] * 3) == (1, rows[:1])


@pytest.mark.parametrize(
    "rows",
    [
        [["Paracetamol", "10-17 kg", "18-25 kg"], ["Amoxicillin", "4-9 kg", "10-17 kg"]],
        [["Amina", "555-0101", "555-0102"], ["Daniel", "555-0103", "555-0104"]],
        [["Iron", "5 mg", "10 mg"], ["Zinc", "6 drops", "20 drops"]],
        [["Iron", "18-25 kg", "4-9 kg"], ["Zinc", "1", "2"]],
    ],
)
def test_rows_of_data_stay(rows: list[list[str]]) -> None:
    assert heads(rows, [{}] * len(rows)) == (0, [])


def test_a_second_row_that_comes_again_is_data() -> None:
    rows = [["Age", "First", "Second"], ["", "0-4 months", "5-11 months"], ["Late", "1-3 months", "4-6 months"]]
    assert heads(rows, [{}] * 3)[0] == 1
