"""The words of each language by which questions and answers are read: function words, persons, measures, negations, ...

One file a language stands in `rag/core/data/words`; what every list is for is said in the English one. A file is read
when its words are first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from rag.core.language_files import check_names, languages_in, load

FOLDER: Final = Path(__file__).parent / "data" / "words"

List = tuple[str, ...]
"""Words, phrases or patterns, in their usual spelling."""
Table = Mapping[str, List]
"""Lists by what their words say."""


@dataclass(frozen=True, slots=True)
class Words:
    """The lists of one language. What each is for is said in `rag/core/data/words/en.toml`."""

    stop_words: List = ()
    conjunctions: List = ()
    but: List = ()
    condition_openings: List = ()
    limiting_openings: List = ()
    then: List = ()
    prepositions: List = ()
    postpositions: List = ()
    openers: List = ()
    pronouns: List = ()
    opening_prepositions: List = ()
    closing_postpositions: List = ()
    verbs_of_asking: List = ()
    polar_openings: List = ()
    question_words: List = ()
    joints: List = ()
    how_long: List = ()
    how_often: List = ()
    how_many: List = ()
    sentence_pronouns: List = ()
    taking_up: List = ()
    ordinals: List = ()
    weekdays: List = ()
    months: List = ()
    tens: List = ()
    tens_link: List = ()
    larger_numbers: List = ()
    of_amounts: List = ()
    rates: List = ()
    per: List = ()
    range_links: List = ()
    own_range_links: List = ()
    range_joins: List = ()
    own_range_joins: List = ()
    between: List = ()
    negations: List = ()
    without: List = ()
    not_negations: List = ()
    negated_verbs: List = ()
    denying: List = ()
    no_cells: List = ()
    fact_labels: List = ()
    value_heads: List = ()
    totals: List = ()
    happening: List = ()
    limiting: List = ()
    qualifying: List = ()
    framing: List = ()
    of_whole: List = ()
    groups: List = ()
    yes: List = ()
    no: List = ()
    introductions: List = ()
    says_nothing: List = ()
    pleasantries: List = ()
    alternatives: List = ()
    need_not: List = ()
    citing: List = ()
    paging: List = ()
    restricting: List = ()
    persons: Table = field(default_factory=dict)
    bounds: Table = field(default_factory=dict)
    asks: Table = field(default_factory=dict)
    gives: Table = field(default_factory=dict)
    numbers: Table = field(default_factory=dict)
    units: Table = field(default_factory=dict)
    whole: Table = field(default_factory=dict)
    periods: Table = field(default_factory=dict)
    comparators: Table = field(default_factory=dict)
    extents: Table = field(default_factory=dict)


_NONE: Final = Words()


def words_of(language: str) -> Words:
    """The words of a language, by its ISO 639-1 code; all lists are empty where it has no file.

    Raises:
        ValueError: see `read_words`.
    """
    return _read(language) if language in languages() else _NONE


def all_words() -> Iterator[Words]:
    """The words of each language that has a file."""
    return map(_read, languages())


def languages() -> tuple[str, ...]:
    """The languages that have a file, as ISO 639-1 codes, in alphabetical order."""
    return languages_in(FOLDER)


def read_words(path: Path) -> Words:
    """The words in a file.

    Raises:
        ValueError: it is no TOML, a list is missing or not known, or a list is neither text nor texts.
    """
    found = load(path)
    known = {entry.name: entry.type == "Table" for entry in fields(Words)}
    check_names(found.keys(), known.keys(), str(path), "list")
    return Words(**{name: _checked(found[name], f"{path}: {name}", table=known[name]) for name in known})


def _checked(value: Any, where: str, *, table: bool) -> Any:
    if not table:
        return _list(value, where)
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be a table.")
    return {key: _list(entries, f"{where}.{key}") for key, entries in value.items()}


def _list(value: Any, where: str) -> List:
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list) and all(isinstance(entry, str) and entry.strip() for entry in value):
        return tuple(value)
    raise ValueError(f"{where} must be a text of words or an array of texts.")


@cache
def _read(language: str) -> Words:
    return read_words(FOLDER / f"{language}.toml")
