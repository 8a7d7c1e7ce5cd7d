"""Raised and lowered figures, and the signs of symbol fonts."""

import time
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.raised import fractions_on_line, subscript, superscript
from ingest.readers.symbols import UNKNOWN, in_font, symbol


@given(st.text(alphabet="0123456789٣५+-−,./ ab", max_size=12))
def test_raised_and_lowered_text_keeps_its_figures_and_runs_into_none(text: str) -> None:
    for moved in (superscript(text), subscript(text)):
        assert not any(char.isdecimal() for char in moved)
        values = [int(char) for char in unicodedata.normalize("NFKC", moved) if char.isdecimal()]
        assert values == [int(char) for char in text if char.isdecimal()]
    assert superscript(superscript(text)) == superscript(text)


@given(st.integers(0, 999), st.integers(1, 999), st.sampled_from(["", "2", "about ", "٣"]))
def test_a_fraction_of_raised_and_lowered_figures_stands_apart_from_its_whole(a: int, b: int, before: str) -> None:
    shown = fractions_on_line(f"{before}{superscript(str(a))}/{subscript(str(b))} tablet")
    blank = " " if before[-1:].isdecimal() else ""
    assert shown == f"{before}{blank}{a}/{b} tablet"


def test_a_fraction_stands_apart_from_a_power_and_its_digit() -> None:
    assert fractions_on_line("m²3¹/₂") == "m²3 1/2"
    assert fractions_on_line("10¹²/₃₄") == "10 12/34"


def test_figures_without_end_are_looked_at_once() -> None:
    started = time.monotonic()
    for text in ("²" * 200_000, "7²" * 100_000, "²/" * 100_000, "²/₂" * 60_000):
        fractions_on_line(text)
    assert time.monotonic() - started < 5, "looking for fractions takes more than time in proportion"


@given(st.text(), st.sampled_from(["Symbol", "Wingdings", "Webdings", "symbol mt", "Arial", ""]))
def test_no_sign_vanishes(text: str, font: str) -> None:
    shown = in_font(text, font)
    assert len(shown) == len(text)
    assert not any(0xF020 <= ord(char) <= 0xF0FF for char in shown)


def test_a_byte_and_its_place_in_private_use_are_the_same_sign() -> None:
    for byte in range(0x21, 0x100):
        if not chr(byte).isspace():
            assert symbol(0xF000 + byte, "Symbol") == in_font(chr(byte), "Symbol") == symbol(byte, "Symbol")
    assert in_font("mabD®£³", "Symbol") == "µαβΔ→≤≥"
    assert symbol(0xF06D, "Some other font") == UNKNOWN
