"""Codes such as SL-200: what is said of one of a series is no answer about another."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Final

import regex

from rag.answering.units import Unit

# Not of "12kg": a measure stands behind its number.
_CODE: Final = regex.compile(r"(?<![\p{L}\p{N}])(\p{L}+)[-–‑]?(\p{N}+\p{L}*)(?![\p{L}\p{N}])")


def names_another(question: str, unit: Unit) -> bool:
    """Whether a unit is about another one of a series than the question asks for: the SL-20 for the SL-10.

    It names one that differs from the asked one in its number only, and neither it nor what it hangs on names that.
    """
    asked = _codes(question)
    if not asked:
        return False
    said = _codes(unit.readable())
    around = _codes(f"{unit.context} {unit.before}")
    return any(
        numbers.isdisjoint(said.get(series, frozenset())) and numbers.isdisjoint(around.get(series, frozenset()))
        for series, numbers in asked.items()
        if series in said
    )


def series(text: str) -> Set[str]:
    """The series that a text names one of, in lower case: "sl"."""
    return _codes(text).keys()


@lru_cache(maxsize=2048)
def _codes(text: str) -> Mapping[str, Set[str]]:
    """The numbers of each series that is named."""
    found: dict[str, set[str]] = {}
    for match in _CODE.finditer(text):
        found.setdefault(match[1].casefold(), set()).add(match[2].casefold())
    return found
