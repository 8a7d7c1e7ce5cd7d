"""Whether a word of a question stands in a text in another form: what the stemmers leave apart, and misspellings."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import cache
from itertools import pairwise, takewhile
from typing import Final

from rag.core.text import fold, stem
from rag.core.words import words_of

FEWEST_LETTERS: Final = 4
SHARED_PAIRS: Final = 0.5
"""Words of at least so many letters count as one family when they share so much of their pairs of letters."""
BEGINNING: Final = 4
"""Forms of one word have so many of their first letters in common, ..."""
PREFIX: Final = 2
"""... or all but so many of the first: Swahili and Arabic write prefixes on to words."""


def has_relative(term: str, found: Set[str], language: str) -> bool:
    """Whether a word of the same family is among `found`, all of them index terms.

    Dice's coefficient over letter bigrams (Adamson and Boreham 1974) joins what the stemmers leave apart:
    anaphylactic and anaphylaxis, and Arabic words with and without their article. Words of which one stands for another
    are none: "Sunday" is not "Monday", nor "maximum" "minimum".
    """
    return any(_relatives(term, found, language))


def has_form(term: str, found: Set[str], language: str) -> bool:
    """Whether a relative is among `found` that also begins alike, or has only a prefix more: "Lumo" is no "lumens"."""
    return any(_are_akin(term, other) for other in _relatives(term, found, language))


def _relatives(term: str, found: Set[str], language: str) -> Iterator[str]:
    if len(term) < FEWEST_LETTERS or not term.isalpha() or term in _exclusive(language):
        return
    pairs = set(pairwise(term))
    for other in found:
        others = set(pairwise(other))
        if len(other) >= FEWEST_LETTERS and 2 * len(pairs & others) >= SHARED_PAIRS * (len(pairs) + len(others)):
            yield other


def _are_akin(one: str, other: str) -> bool:
    if _alike(one, other) >= BEGINNING:
        return True
    ending = _alike(one[::-1], other[::-1])
    return ending >= BEGINNING - 1 and max(len(one), len(other)) - ending <= PREFIX


def _alike(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@cache
def _exclusive(language: str) -> frozenset[str]:
    """Index terms of words that exclude each other, however alike they are written."""
    words = words_of(language)
    listed = (*words.weekdays, *words.limiting, *words.ordinals, *words.months)
    return frozenset(stem(fold(form), language) for word in listed for form in word.split("/"))
