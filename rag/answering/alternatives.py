"""Words of which one excludes the other, in one's place: "the monthly report" for "the weekly report"."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple

from rag.answering.bounds import bounds_asked
from rag.answering.measures import period_of
from rag.answering.units import Unit
from rag.core.text import fold, is_stopword, stem, tokens
from rag.core.words import words_of

_RATE: Final = "rate"


class _Beside(NamedTuple):
    """A word of such a class, and the word it stands beside."""

    kind: str
    member: str
    neighbour: str
    """Its index term."""
    behind: bool


def names_alternative(question: str, language: str, unit: Unit) -> bool:
    """Whether a unit has another word of a class in the place of the question's, beside the same word.

    Neither the unit nor what it hangs on may have the asked one: "the weekly and the monthly report" is about both.
    Classes are rates ("weekly"), ordinals, weekdays, and bounds ("maximum").
    """
    asked = _found(question, language)
    if not asked:
        return False
    own = unit.passage.document.language
    said = _found(unit.readable(), own)
    around = f"{unit.readable()} {unit.context} {unit.before}"
    return any(
        _is_in_place(one, other) and one.member not in _members(around, own, one.kind)
        for one in asked
        for other in said
    )


def _is_in_place(one: _Beside, other: _Beside) -> bool:
    place = one.kind, one.neighbour, one.behind
    return place == (other.kind, other.neighbour, other.behind) and one.member != other.member


@lru_cache(maxsize=2048)
def _found(text: str, language: str) -> tuple[_Beside, ...]:
    return tuple(_beside(text, language))


def _beside(text: str, language: str) -> Iterator[_Beside]:
    found = [token.text for token in tokens(text) if not is_stopword(text[token.start : token.end], language)]
    classed = [_class(word, language) for word in found]
    for index, known in enumerate(classed):
        if known is None:
            continue
        for other in (index - 1, index + 1):
            if 0 <= other < len(found) and not classed[other] and found[other][0].isalpha():
                yield _Beside(*known, stem(found[other], language), other < index)


def _members(text: str, language: str, kind: str) -> frozenset[str]:
    """Of a class, the members that a text names anywhere; a rate also as "every week"."""
    words = {token.text for token in tokens(text)}
    if kind == _RATE:
        return frozenset(period_of(word, language) for word in words)
    classed = (known for word in words if (known := _class(word, language)))
    return frozenset(member for found, member in classed if found == kind)


@lru_cache(maxsize=8192)
def _class(word: str, language: str) -> tuple[str, str] | None:
    """The class of a folded word and which member of it the word is."""
    if bound := bounds_asked(word, language):
        return "bound", "".join(sorted(bound))
    return _classes(language).get(word) or _classes(language).get(stem(word, language))


@cache
def _classes(language: str) -> dict[str, tuple[str, str]]:
    words = words_of(language)
    known: dict[str, tuple[str, str]] = {}
    for period, rates in words.periods.items():
        known |= {fold(word): (_RATE, period) for word in rates}
    for kind, listed in (("ordinal", words.ordinals), ("weekday", words.weekdays)):
        for word in map(fold, listed):
            known |= dict.fromkeys((word, stem(word, language)), (kind, stem(word, language)))
    return known
