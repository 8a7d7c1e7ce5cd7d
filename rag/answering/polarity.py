"""Words that turn a statement round: negations, comparators, before and after, only, unless."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import regex

from rag.core.language import UNSPACED
from rag.core.text import as_whole_words, fold
from rag.core.words import all_words, words_of

POSTPOSITIONAL: Final = frozenset({"hi", "ur", "tr"})
"""Languages whose comparators follow what they compare: "24 घंटे के बाद"."""


class Sense(StrEnum):
    """What a comparator or its kin says of the number or word that it stands by."""

    BELOW = "below"
    ABOVE = "above"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    WITHIN = "within"
    LASTING = "lasting"
    """How long something goes on: "for 7 days"."""
    BEFORE = "before"
    AFTER = "after"
    EVERY = "every"
    ONLY = "only"
    EXCEPT = "except"
    IF = "if"


class Relation(StrEnum):
    """How two senses by the same number or word stand to each other."""

    AGREE = "agree"
    DIFFER = "differ"
    OPPOSITE = "opposite"


@dataclass(frozen=True, slots=True)
class Term:
    """A polarity word at `[start, end)` of a normal text."""

    sense: Sense
    start: int
    end: int
    trailing: bool
    """It belongs to what stands before it: "35 kg and more"."""


"""Negations that stand before what they negate and reach nothing before them; folded."""


_POINTS: Final = frozenset({Sense.WITHIN, Sense.BEFORE, Sense.AFTER, Sense.EVERY})
_DOWN: Final = frozenset({Sense.BELOW, Sense.AT_MOST, Sense.WITHIN, Sense.BEFORE})
_UP: Final = frozenset({Sense.ABOVE, Sense.AT_LEAST, Sense.AFTER})
_ALIKE: Final = (
    frozenset({Sense.AT_MOST, Sense.WITHIN}),
    frozenset({Sense.AT_MOST, Sense.BEFORE}),
    frozenset({Sense.BEFORE, Sense.WITHIN}),
    frozenset({Sense.BELOW, Sense.BEFORE}),
    frozenset({Sense.BELOW, Sense.WITHIN}),
    frozenset({Sense.ABOVE, Sense.AFTER}),
    frozenset({Sense.AT_LEAST, Sense.AFTER}),
)


def relation(claimed: Sense | None, source: Sense | None) -> Relation:
    """How a sentence's comparator stands to the source's by the same number; None is a number without one.

    "28 days" carries "up to 28 days" and "within 28 days"; no other comparator may be added, and none left out. "For 7
    days" is said of 7 days, but neither of "within 7 days" nor of "after 7 days".
    """
    if Sense.LASTING in (claimed, source):
        if not _POINTS.isdisjoint((claimed, source)):
            return Relation.DIFFER
        claimed, source = (None if sense is Sense.LASTING else sense for sense in (claimed, source))
    if claimed is source or frozenset({claimed, source}) in _ALIKE:
        return Relation.AGREE
    if source is None:
        return Relation.AGREE if claimed in (Sense.AT_MOST, Sense.WITHIN) else Relation.DIFFER
    if claimed is None:
        return Relation.AGREE if source in (Sense.WITHIN, Sense.AFTER, Sense.BEFORE) else Relation.DIFFER
    if (claimed in _DOWN and source in _UP) or (claimed in _UP and source in _DOWN):
        return Relation.OPPOSITE
    if {claimed, source} == {Sense.IF, Sense.EXCEPT}:
        return Relation.OPPOSITE
    return Relation.DIFFER


def senses(text: str, language: str) -> list[Term]:
    """The comparators and their kin in normal text, in order, the longest phrase at each place."""
    pattern, meanings = _phrases(language)
    if pattern is None:
        return []
    return [Term(meanings[m[0]][0], m.start(), m.end(), meanings[m[0]][1]) for m in pattern.finditer(text)]


def without_comparators(text: str, language: str) -> str:
    """Normal text with the comparators and their kin blanked out."""
    pattern, _ = _phrases(language)
    return pattern.sub(lambda match: " " * len(match[0]), text) if pattern else text


def negations(text: str, language: str) -> list[int]:
    """Where normal text is negated; "no more than 4" and "not only" are no negations."""
    # Before a comparator, "né avant terme", and where one is blanked out, "ne ... plus que".
    blanked = _spared(without_comparators(_spared(text, language), language), language)
    return [match.start() for match in _negation_pattern(language).finditer(blanked)]


def _spared(text: str, language: str) -> str:
    """Normal text without what looks like a negation and is none."""
    spared = words_of(language).not_negations
    return regex.sub("|".join(spared), lambda match: "~" * len(match[0]), text) if spared else text


def denied_alone(source: str, claim: str, language: str) -> bool:
    """Whether the source, normal text, denies something in a word that the claim has not: "stop giving", "unable"."""
    pattern = _denying_pattern(language)
    said = {word[:_STEM] for word in _LETTERS.findall(claim)}
    denying = pattern.findall(source) if pattern else []
    return any(_LETTERS.findall(phrase)[0][:_STEM] not in said for phrase in denying)


_LETTERS: Final = regex.compile(r"\p{L}+")
_STEM: Final = 4
"""Letters of such a word that its forms begin with alike: refuse, refusing."""


@cache
def _denying_pattern(language: str) -> regex.Pattern[str] | None:
    words = words_of(language).denying
    return regex.compile(as_whole_words("|".join(words))) if words else None


@cache
def without() -> frozenset[str]:
    """Negations of all languages that stand before what they negate and reach nothing before them; folded."""
    return frozenset(fold(word) for listed in all_words() for word in listed.without)


def is_negation(word: str, language: str) -> bool:
    """Whether a folded word negates by itself."""
    return _negation_pattern(language).fullmatch(word) is not None


@cache
def _phrases(language: str) -> tuple[regex.Pattern[str] | None, dict[str, tuple[Sense, bool]]]:
    meanings: dict[str, tuple[Sense, bool]] = {}
    for sense, phrases in words_of(language).comparators.items():
        for phrase in phrases:
            meanings.setdefault(fold(phrase.lstrip("<")), (Sense(sense), phrase.startswith("<")))
    if not meanings:
        return None, meanings
    longest_first = sorted(meanings, key=len, reverse=True)
    return _pattern(longest_first, language), meanings


def _pattern(phrases: list[str], language: str) -> regex.Pattern[str]:
    alternatives = "|".join(map(regex.escape, phrases))
    return regex.compile(alternatives if language in UNSPACED else as_whole_words(alternatives))


@cache
def _negation_pattern(language: str) -> regex.Pattern[str]:
    words = [fold(word) for word in words_of(language).negations or words_of("en").negations]
    if language in UNSPACED:
        return regex.compile("|".join(words))
    contracted = "|(?<=n)'t" if language == "en" else ""
    return regex.compile(as_whole_words("|".join([*words, *words_of(language).negated_verbs])) + contracted)
