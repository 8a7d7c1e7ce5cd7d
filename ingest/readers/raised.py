"""Raised and lowered figures as characters of their own: a power or the mark of a note is no digit of its number."""

from __future__ import annotations

import re
from typing import Final

SUPERSCRIPTS: Final = str.maketrans("0123456789-\u2212+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
_SUBSCRIPTS: Final = str.maketrans("0123456789-\u2212+", "₀₁₂₃₄₅₆₇₈₉₋₋₊")
# A sign counts beside a figure or alone (Na⁺), not as the hyphen of words.
_FIGURES: Final = re.compile(r"[-\u2212+]?\d+[-\u2212+]?|\A\s*[-\u2212+]\s*\Z")
# A run of figures is looked at once, from its first one: a search from each of them takes quadratic time.
_FRACTION: Final = re.compile(r"(\d?)(?<![⁰¹²³⁴-⁹])([⁰¹²³⁴-⁹]++)[/\u2044]([₀-₉]++)")
_PLAIN: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "0123456789" * 2)


def superscript(text: str) -> str:
    """Text that is set raised: figures of every script and their signs as superscripts, words as they are."""
    return _FIGURES.sub(lambda match: _ascii(match.group()).translate(SUPERSCRIPTS), text)


def subscript(text: str) -> str:
    """Text that is set lowered, likewise."""
    return _FIGURES.sub(lambda match: _ascii(match.group()).translate(_SUBSCRIPTS), text)


def shifted(text: str, shift: int) -> str:
    """Text that is set raised (`shift` above 0), lowered (below 0) or on the line."""
    return superscript(text) if shift > 0 else subscript(text) if shift < 0 else text


def fractions_on_line(text: str) -> str:
    """Fractions that were put together of raised and lowered figures, on one line: "2¹/₂" is "2 1/2"."""
    return _FRACTION.sub(lambda match: f"{match[1]} {match[2]}/{match[3]}".translate(_PLAIN).lstrip(), text)


def _ascii(figures: str) -> str:
    # Scripts beside Latin have no superscripts of their own.
    return "".join(str(int(char)) if char.isdecimal() else char for char in figures)
