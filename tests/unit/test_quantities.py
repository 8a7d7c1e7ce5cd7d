from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.quantities import CLOCK, Quantity, absent, quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kept for 28 days", {Quantity("28", "day")}),
        ("a 28-day period", {Quantity("28", "day")}),
        ("0.50 ml by injection", {Quantity("0.5", "ml")}),
        ("0,5 ml", {Quantity("0.5", "ml")}),
        ("10,000 people", {Quantity("10000", "people", "10")}),
        ("15 mg/kg", {Quantity("15", "mg/kg")}),
        ("between 2 and 8 °C", {Quantity("2", "°c"), Quantity("8", "°c")}),
        ("opens at 8:30", {Quantity("8:30", CLOCK)}),
        ("twice a day for three weeks", {Quantity("2", "time"), Quantity("3", "week")}),
        ("٢٨ يوم", {Quantity("28", "day")}),
        ("२८ दिन", {Quantity("28", "day")}),
        ("code A1 has none", set()),
        ("above 10⁹ cells", {Quantity("1000000000", "cells")}),
        ("500¹ mg", {Quantity("500", "mg")}),
        ("5 ml[1], 10 ² drops", {Quantity("5", "ml"), Quantity("10", "drop")}),
        ("10ᵃ mg", {Quantity("10", "mg")}),
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
        ("500 dollars", "500 shillings", False),
        ("28 nights", "28 days", False),
        ("5 pills", "5 spoons", False),
        ("5 lamps", "5 goats", False),
        ("28 घंटे", "28 दिन", False),
        ("28 ساعة", "28 يوم", False),
        ("28 گھنٹے", "28 دن", False),
        ("0,125 mg", "0.125 mg", True),
        ("0,125 mg", "125 mg", False),
        ("1.000 pesos", "1000 pesos", True),
        ("1000 mg", "1 g", True),
        ("24 hours", "1 day", True),
        ("7 days", "1 week", True),
        ("1000 mg", "10 g", False),
        ("half a tablet", "0.5 tablets", True),
        ("$500", "500 dollars", True),
        ("5 pm", "17:00", True),
    ],
)
def test_agreement_needs_number_and_unit(claimed: str, source: str, agrees: bool) -> None:
    assert (not absent(quantities(claimed), quantities(source))) is agrees


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("saa 28", "sw", {Quantity("28", "h")}),
        ("siku 28", "sw", {Quantity("28", "day")}),
        ("1.000 pesos", "es", {Quantity("1000", "peso")}),
        ("1.000 pesos", "en", {Quantity("1", "peso")}),
        ("1,000 pesos", "en", {Quantity("1000", "peso")}),
        ("1 000 mg", "fr", {Quantity("1000", "mg")}),
        ("deux jours", "fr", {Quantity("2", "day")}),
        ("قبل يومين", "ar", {Quantity("2", "day")}),
        ("28天", "zh", {Quantity("28", "day")}),
        ("5 ملی لیٹر", "ur", {Quantity("5", "ml")}),
        ("5 ملي ليٹر", "ur", {Quantity("5", "ml")}),
        ("20 گرام", "ur", {Quantity("20", "g")}),
        ("500 ملی گرام", "ur", {Quantity("500", "mg")}),
        ("115 ملی میٹر", "ur", {Quantity("115", "mm")}),
        ("5 ملی لیٹر", "", {Quantity("5", "ml")}),
        ("٧ سنين", "ar", {Quantity("7", "year")}),
    ],
)
def test_the_language_decides_units_marks_and_number_words(text: str, language: str, expected: set[Quantity]) -> None:
    assert quantities(text, language) == expected


@given(st.integers(0, 10**9), st.sampled_from(["mg", "ml", "days", "°C", "kg", "%", "hours"]))
def test_a_quantity_is_found_wherever_it_stands(number: int, unit: str) -> None:
    alone = quantities(f"{number} {unit}")
    assert len(alone) == 1
    assert not absent(alone, quantities(f"Store it, at most, {number:,} {unit} and no more."))
    assert absent(alone, quantities(f"{number + 1} {unit}"))
