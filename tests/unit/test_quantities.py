from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.quantities import Quantity, absent, quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kept for 28 days", {Quantity("28", "day")}),
        ("a 28-day period", {Quantity("28", "day")}),
        ("0.50 ml by injection", {Quantity("0.5", "ml")}),
        ("0,5 ml", {Quantity("0.5", "ml")}),
        ("10,000 people", {Quantity("10000", "")}),
        ("15 mg/kg", {Quantity("15", "mg/kg")}),
        ("between 2 and 8 °C", {Quantity("2", ""), Quantity("8", "°c")}),
        ("opens at 8:30", {Quantity("8:30", "")}),
        ("twice a day for three weeks", {Quantity("2", "time"), Quantity("3", "week")}),
        ("٢٨ يوم", {Quantity("28", "")}),
        ("२८ दिन", {Quantity("28", "")}),
        ("code A1 has none", set()),
    ],
)
def test_numbers_and_units_are_found(text: str, expected: set[Quantity]) -> None:
    assert quantities(text) == expected


@pytest.mark.parametrize(
    ("claimed", "source", "agrees"),
    [
        ("28 days", "28 days", True),
        ("30 days", "28 days", False),
        ("5 mg", "5 ml", False),
        ("5 mg", "5", True),
        ("2 hours", "2 h", True),
        ("1,000 lamps", "1000 lamps", True),
        ("two tablets", "2 tablets", True),
        ("0.5 ml", "5 ml", False),
        ("180 °C", "18 °C", False),
    ],
)
def test_agreement_needs_number_and_unit(claimed: str, source: str, agrees: bool) -> None:
    assert (not absent(quantities(claimed), quantities(source))) is agrees


@given(st.integers(0, 10**9), st.sampled_from(["mg", "ml", "days", "°C", "kg", "%", "hours"]))
def test_a_quantity_is_found_wherever_it_stands(number: int, unit: str) -> None:
    alone = quantities(f"{number} {unit}")
    assert len(alone) == 1
    assert not absent(alone, quantities(f"Store it, at most, {number:,} {unit} and no more."))
    assert absent(alone, quantities(f"{number + 1} {unit}"))
