"""Words for persons of an age, as ranges so wide that who lies outside is surely somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

import regex

from rag.core.language import SERVED_UNSPACED
from rag.core.text import as_whole_words, fold, is_stopword, stem, tokens
from rag.core.words import List, words_of

Ages = tuple[float, float]
"""From so many months on, and below so many."""

AGES: Final[Mapping[str, Ages]] = {
    "newborn": (0, 1),
    "infant": (0, 12),
    "baby": (0, 24),
    "child": (0, 216),
    "adolescent": (120, 240),
    "adult": (144, float("inf")),
}
"""By list of `rag.core.words.Words.persons`. Infants are under 1 year and children under 18, adolescents from 10 to 19
years old, as the WHO counts them. Dose tables call people adults from 12 years on."""

_PATTERNS: Final = SERVED_UNSPACED | {"vi"}
ARABIC_PREFIX: Final = regex.compile("^[وف]?(?:بال|كال|لل|ال|ل|ب)")


@lru_cache(maxsize=4096)
def persons(text: str, language: str) -> frozenset[Ages]:
    """The ages of the persons that a text names; numbers are not read."""
    if language in _PATTERNS:
        # Of "trẻ em" and "người lớn" the words alone mean other things.
        listed = {ages: "|".join(words) for ages, words in _by_age(language)}
        if language == "vi":
            listed = {ages: as_whole_words(words) for ages, words in listed.items()}
        return frozenset(ages for ages, words in listed.items() if regex.search(words, text, regex.IGNORECASE))
    table = _table(language)
    return frozenset(table[key] for token in tokens(text) for key in _keys(token.text, language) if key in table)


def names_only_persons(text: str, language: str) -> bool:
    """Whether a cell says nothing but whom it is for: "Adults", "Pregnant women"."""
    if language in _PATTERNS:
        listed = "|".join(word for _, words in _by_age(language) for word in words)
        rest = regex.sub(listed, "", text, flags=regex.IGNORECASE)
        return rest != text and not any(char.isalnum() for char in rest)
    known = _table(language).keys() | {
        key for word in words_of(language).persons.get("anybody", ()) for key in _keys(fold(word), language)
    }
    words = [token.text for token in tokens(text) if not is_stopword(token.text, language)]
    return bool(words) and all(not known.isdisjoint(_keys(word, language)) for word in words)


@cache
def person_words(language: str) -> List:
    """The words for persons, as they are written, whether they say how old one is or not."""
    listed = words_of(language).persons
    return tuple(word for name in (*AGES, "of_no_age") for word in listed.get(name, ()))


def _by_age(language: str) -> list[tuple[Ages, List]]:
    listed = words_of(language).persons
    return [(ages, listed[name]) for name, ages in AGES.items() if name in listed]


@cache
def _table(language: str) -> Mapping[str, Ages]:
    return {key: ages for ages, words in _by_age(language) for word in words for key in _keys(fold(word), language)}


def _keys(word: str, language: str) -> tuple[str, ...]:
    """A folded word and its stem; an Arabic one also without article and preposition, which are written on to it."""
    short = ARABIC_PREFIX.sub("", word) if language == "ar" else word
    return (word, stem(word, language), *((short, stem(short, language)) if len(short) > 2 else ()))
