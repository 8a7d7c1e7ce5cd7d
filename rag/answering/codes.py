"""Codes such as SL-200, and names such as Lumo 200: what is said of one of a series is no answer about another."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Final

import regex

from rag.answering.measures import units
from rag.answering.parallel import persons_among
from rag.answering.units import Unit
from rag.core.text import fold, is_stopword

# Not of "12kg": a measure stands behind its number.
_CODE: Final = regex.compile(r"(?<![\p{L}\p{N}])(\p{L}+)[-–‑]?(\p{N}+\p{L}*)(?![\p{L}\p{N}])")
_NUMBERED: Final = regex.compile(
    r"(?<![\p{L}\p{N}])(\p{L}{2,}) (\p{N}+)(?![\p{L}\p{N}%°/]|[.,:–-]\p{N})(?:\s?(\p{L}+))?"
)
"""A word, the number behind it, and the word behind that, which may be its measure."""
_CAPITALISED: Final = regex.compile(r"(?<![\p{L}\p{N}])(\p{Lu}\p{L}+) \p{N}")

_Series = Mapping[str, Set[str]]
"""The numbers of each series that is named."""


def names_another(question: str, unit: Unit) -> bool:
    """Whether a unit is about another one of a series than the question asks for: the SL-20 for the SL-10.

    It names one that differs from the asked one in its number only, and neither it nor what it hangs on names that.
    """
    asked = _codes(question)
    named = _numbered(question, unit.passage.document.language)
    if not asked and not named:
        return False
    near, around = f"{unit.lead} {unit.readable()}", f"{unit.context} {unit.before} {unit.readable()}"
    return _differ(asked, _codes(unit.readable()), _codes(around)) or _differ(named, *_told(near, around, unit))


def _differ(asked: _Series, said: _Series, around: _Series) -> bool:
    return any(name in said and numbers.isdisjoint(around.get(name, ())) for name, numbers in asked.items())


def _told(near: str, around: str, unit: Unit) -> tuple[_Series, _Series]:
    """The numbered names in a unit and what it hangs on; only words with a capital letter are names."""
    language = unit.passage.document.language
    known = _numbered(around, language)
    names = {name.casefold() for name in _CAPITALISED.findall(near)}
    return {name: said for name, said in _numbered(near, language).items() if name in names}, known


def series(text: str) -> Set[str]:
    """The series that a text names one of, in lower case: "sl"."""
    return _codes(text).keys()


@lru_cache(maxsize=2048)
def _numbered(text: str, language: str) -> _Series:
    """The numbers behind each word that a text has some behind; of persons and measures they are sizes."""
    found: dict[str, set[str]] = {}
    for match in _NUMBERED.finditer(text):
        word = fold(match[1])
        measured = match[3] and fold(match[3]) in units(language)
        of_size = word in units(language) or is_stopword(word, language) or persons_among([word], language)
        if not measured and not of_size:
            found.setdefault(match[1].casefold(), set()).add(match[2])
    return found


@lru_cache(maxsize=2048)
def _codes(text: str) -> _Series:
    """The numbers of each series that is named."""
    found: dict[str, set[str]] = {}
    for match in _CODE.finditer(text):
        found.setdefault(match[1].casefold(), set()).add(match[2].casefold())
    return found
