"""Clauses that say under which condition the rest of their sentence holds: "Where artesunate is not available, ..."."""

from __future__ import annotations

from functools import cache
from typing import Final

import regex

from rag.answering.normal import normal
from rag.answering.polarity import denied_alone, negations
from rag.core.text import as_whole_words, fold
from rag.core.words import words_of

_CLAUSE_ENDS: Final = regex.compile(r"[;؛；,،，:：](?!\p{N})")


def clauses(text: str) -> list[str]:
    """The text's clauses, as its commas, semicolons and colons part them."""
    return _CLAUSE_ENDS.split(text)


def is_condition(clause: str, language: str) -> bool:
    """Whether a clause begins as one that says when the rest holds."""
    return _begins_with(clause, words_of(language).condition_openings)


def is_limitation(sentence: str, language: str) -> bool:
    """Whether a sentence begins as one that takes back a part of the one before it: "But not in ..."."""
    return _begins_with(sentence, words_of(language).limiting_openings)


def _begins_with(text: str, words: tuple[str, ...]) -> bool:
    pattern = _beginning(words)
    return pattern is not None and pattern.match(fold(text.strip())) is not None


@cache
def _beginning(words: tuple[str, ...]) -> regex.Pattern[str] | None:
    return regex.compile(as_whole_words("|".join(map(fold, words)))) if words else None


def denies(text: str, language: str) -> bool:
    """Whether a text denies or forbids something: "must not", "never", "avoid"."""
    said = normal(text, language)
    return bool(negations(said, language)) or denied_alone(said, "", language)
