"""What is joined by "and" and what by "or": "zinc or ORS" is no "zinc and ORS"."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import regex

from rag.answering.normal import normal
from rag.answering.polarity import negations
from rag.core.language import UNSPACED
from rag.core.text import as_whole_words, content_terms, fold
from rag.core.words import words_of

BESIDE: Final = 80
"""Characters before and behind a joining word in which the words that it joins are looked for."""
_PARTS: Final = regex.compile(r"[.;:!?।۔؟](?=\s|$)")


class _Join(NamedTuple):
    either: bool
    """It is an "or"."""
    one: str
    """The content term before it."""
    other: str
    """The content term behind it."""


def exchanged(claim: str, claim_language: str, source: str, source_language: str) -> bool:
    """Whether the claim joins by "or" what the source joins by "and" alone, or the other way round.

    Where something is denied they come to the same: not to give this or that is to give neither.
    """
    if claim_language != source_language or _denies(claim, claim_language) or _denies(source, source_language):
        return False
    theirs = set(_joins(source, source_language))
    return any(
        join._replace(either=not join.either) in theirs and join not in theirs for join in _joins(claim, claim_language)
    )


def _denies(text: str, language: str) -> bool:
    return bool(negations(normal(text, language), language))


def _joins(text: str, language: str) -> list[_Join]:
    pattern = _pattern(language)
    if pattern is None:
        return []
    found: list[_Join] = []
    for part in _PARTS.split(normal(text, language)):
        for match in pattern.finditer(part):
            before, behind = part[max(0, match.start() - BESIDE) : match.start()], part[match.end() :][:BESIDE]
            one = content_terms(before, language)[-1:] if before.strip() else []
            other = content_terms(behind, language)[:1] if behind.strip() else []
            # "Zinc and ORS" is "ORS and zinc".
            found += [_Join(match["either"] is not None, *sorted((*one, *other)))] if one and other else []
    return found


@cache
def _pattern(language: str) -> regex.Pattern[str] | None:
    words = words_of(language)
    both = [fold(word) for word in words.conjunctions if word not in words.but]
    either = [fold(word) for word in words.alternatives]
    if not both or not either or language in UNSPACED:
        return None
    return regex.compile(as_whole_words(f"(?P<either>{'|'.join(either)})|(?:{'|'.join(both)})"))
