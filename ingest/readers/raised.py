"""Raised and lowered figures as characters of their own: a power or the mark of a note is no digit of its number."""

from __future__ import annotations

import re
from typing import Final

SUPERSCRIPTS: Final = str.maketrans("0123456789-\u2212+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
LETTERS: Final = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
"""Raised small letters; there is none of q."""
_SUBSCRIPTS: Final = str.maketrans("0123456789-\u2212+", "₀₁₂₃₄₅₆₇₈₉₋₋₊")
# The marks of notes: letters alone. Several together are a word, as in "1st".
_MARKS: Final = re.compile(r"\s*[a-z](?:\s*,\s*[a-z])*\s*")
# A sign counts beside a figure or alone (Na⁺), not as the hyphen of words.
_FIGURES: Final = re.compile(r"[-\u2212+]?\d+[-\u2212+]?|\A\s*[-\u2212+]\s*\Z")
# A run of figures is looked at once, from its first one: a search from each of them takes quadratic time.
_FRACTION: Final = re.compile(r"(\d?)(?<![⁰¹²³⁴-⁹])([⁰¹²³⁴-⁹]++)[/\u2044]([₀-₉]++)")
# What Unicode keeps for the use within a program.
_NOTE: Final = "\ufdd0"
_NOTED: Final = re.compile(rf"(\w?){_NOTE}([^{_NOTE}]*){_NOTE}|{_NOTE}")
_PLAIN: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "0123456789" * 2)


def superscript(text: str) -> str:
    """Text that is set raised: figures of every script and their signs as superscripts, words as they are.

    A letter alone is the mark of a note: "10" and a raised "a" is no "10a".
    """
    if _MARKS.fullmatch(text):
        return text.translate(LETTERS)
    return _FIGURES.sub(lambda match: _ascii(match.group()).translate(SUPERSCRIPTS), text)


def subscript(text: str) -> str:
    """Text that is set lowered, likewise."""
    return _FIGURES.sub(lambda match: _ascii(match.group()).translate(_SUBSCRIPTS), text)


def shifted(text: str, shift: int) -> str:
    """Text that is set raised (`shift` above 0), lowered (below 0) or on the line."""
    return superscript(text) if shift > 0 else subscript(text) if shift < 0 else text


def as_mark(mark: str) -> str:
    """The mark of a note, as it is put into a text that `marks_apart` or `without_marks` is called with."""
    return f"{_NOTE}{mark}{_NOTE}" if mark else ""


def marks_apart(text: str) -> str:
    """Text with the marks of notes, a blank before those behind a word or number: there they look like powers."""
    return _NOTED.sub(lambda match: f"{match[1] and match[1] + ' '}{match[2]}", text) if _NOTE in text else text


def without_marks(text: str) -> str:
    """Text without the marks of notes: a heading's stands right above its note."""
    return _NOTED.sub(lambda match: match[1] or "", text) if _NOTE in text else text


def fractions_on_line(text: str) -> str:
    """Fractions that were put together of raised and lowered figures, on one line: "2¹/₂" is "2 1/2"."""
    return _FRACTION.sub(lambda match: f"{match[1]} {match[2]}/{match[3]}".translate(_PLAIN).lstrip(), text)


def _ascii(figures: str) -> str:
    # Scripts beside Latin have no superscripts of their own.
    return "".join(str(int(char)) if char.isdecimal() else char for char in figures)
