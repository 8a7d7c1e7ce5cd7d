"""Marks of footnotes and endnotes that a format keeps as references: written at the text and before the note."""

from __future__ import annotations

from typing import Final

from ingest.readers.raised import LETTERS, as_mark, superscript

_CHICAGO: Final = "*†‡§"


def noted(mark: str, note: str) -> str:
    """A note as a line that begins with its mark; as it stands where there is none."""
    return f"{raised(mark)} {note}" if raised(mark) and note else note


def reference(mark: str) -> str:
    """A mark as it is put into the text that it is of, which is cleaned then."""
    return as_mark(raised(mark))


def raised(mark: str) -> str:
    """A note's number, letter or sign as one that stands raised; what cannot be raised is set in brackets.

    Args:
        mark: "1", "iv", "*"; with brackets or a full stop where the document has them.
    """
    mark = mark.strip().strip("[]().").lower()
    if not mark or not mark.isalnum():
        return mark
    shown = superscript(mark.translate(LETTERS))
    return shown if not any(char.isascii() or char.isdecimal() for char in shown) else f"[{mark}]"


def chicago(number: int) -> str:
    """The sign of a note's number, from 1: * † ‡ § ** ††."""
    return _CHICAGO[(number - 1) % len(_CHICAGO)] * ((number - 1) // len(_CHICAGO) + 1)
