"""Whether a sentence's words stand in a span: themselves, inflected, or as one of a few plain synonyms.

The synonyms are listed, by language, in `rag/answering/data/wording.txt`. The embedder is not asked: to MiniLM "Monday"
and "Tuesday" (cosine 0.88) or "buy" and "sell" (0.76) are nearer than "keep" and "store" (0.44), so no threshold tells
a synonym from a replaced word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import regex

from rag.answering.measures import in_base, number_words, units, whole_words
from rag.answering.normal import normal
from rag.core.language import UNSPACED
from rag.core.text import as_whole_words, fold, stem, terms

SAME_WORD: Final = 0.75
"""Share of the longer of two words that they must begin with alike to be inflections of one: prednisone and
prednisolone share 8 of 12 letters and are two."""
SHORTEST: Final = 4
_BEGINNING: Final = int(SAME_WORD * SHORTEST)
UNSPACED_SHARE: Final = 0.85
"""Share of the pairs of characters that must be found where a script has no words to look up: pairs reach over the
ends of words, and a reordered sentence has new ones there."""
# Languages that inflect at the beginning of a word: "kinatumika", "hutumika".
_PREFIXING: Final = frozenset({"sw", "ar"})
# British and American ways to write one word, as stems: "haemoglobin", "diarrhoea", "colour", "sterilis".
_SPELLINGS: Final = ((regex.compile("[ao]e"), "e"), (regex.compile("our$"), "or"), (regex.compile("is$"), "iz"))


def unsaid(content: Iterable[str], words: frozenset[str], language: str, *, row: bool = False) -> list[str]:
    """The terms of a sentence that a span does not say, in the order given; none means that it says them all.

    Words of measure, numbers in figures, and words without a claim of their own are left to the other rules. A number
    that is still a word was not read, the "three" of "three hundred", and must stand there as it is.

    Args:
        content: content terms of the sentence, see `rag.core.text.content_terms`.
        words: the terms of the span and of what it stands under.
        language: of the sentence.
        row: the span is a row of a table, which has no verbs.
    """
    wanted = list(content)
    if language in UNSPACED:
        missing = [term for term in wanted if term not in words]
        return missing if len(missing) > (1 - UNSPACED_SHARE) * len(wanted) else []
    light = _light(language, row)
    return [
        term for term in wanted if term not in light and not term[0].isdigit() and not is_said(term, words, language)
    ]


def said_something(content: Iterable[str], language: str) -> list[str]:
    """The terms that claim something of their own: without words of measure, numbers, and the like."""
    light = _light(language, False) | _numbers(language)
    return [term for term in content if term not in light and not term[0].isdigit()]


def is_said(term: str, words: frozenset[str], language: str) -> bool:
    """Whether a term is among `words`: itself, inflected, or as a synonym."""
    if term in words or not words.isdisjoint(_synonyms(language).get(term, ())):
        return True
    if len(term) < SHORTEST or any(map(str.isdigit, term)):
        return False
    if language in _PREFIXING:
        return any(_inflected(term, word, language) for word in words)
    like = _by_beginning(words)
    # A British spelling may differ from the American one in its first letters: "oedema".
    if language == "en" and _spelled(term) in like.get("", ()):
        return True
    return any(_inflected(term, word, language) for word in like.get(term[:_BEGINNING], ()))


def may_differ(terms: Iterable[str], language: str) -> bool:
    """Whether all of the terms are words of little meaning, which may stand for others where nothing else differs."""
    return _replacing(language).issuperset(terms)


@cache
def _replacing(language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in _listed().get(language, _Listed()).replacing)


@lru_cache(maxsize=2048)
def _by_beginning(words: frozenset[str]) -> dict[str, list[str]]:
    """Words by the letters that inflections of one share at least; under "" their American spellings."""
    found: dict[str, list[str]] = {"": []}
    for word in words:
        if len(word) >= SHORTEST:
            found.setdefault(word[:_BEGINNING], []).append(word)
            found[""].append(_spelled(word))
    return found


def joined(text: str, language: str) -> str:
    """Folded text in which several words that stand for one are written as one: "thrown away" as "thrownaway".

    An order to give something is read as that it is given: who gives and who gets are told apart otherwise.
    """
    if language == "en":
        text = _ORDER_TO_GIVE.sub("given", text)
    pattern = _phrases(language)
    return pattern.sub(lambda match: match[0].replace(" ", ""), text) if pattern else text


@lru_cache(maxsize=8192)
def terms_as_said(text: str, language: str, other: str) -> frozenset[str]:
    """The index terms of a text in `language`, stemmed as in that and in `other`, as they are and with words joined."""
    return frozenset(
        term
        for known in {language, other}
        for written in (text, joined(normal(text, known), known))
        for term in terms(written, known)
    )


_ORDER_TO_GIVE: Final = regex.compile(r"(?:^|(?<=[.;:] ))give\b")


@lru_cache(maxsize=65536)
def _inflected(one: str, other: str, language: str) -> bool:
    longer = max(len(one), len(other))
    if min(len(one), len(other)) < SHORTEST or any(char.isdigit() for char in one + other):
        return False
    shared = _shared(one, other)
    if language in _PREFIXING:
        shared = max(shared, _shared(one[::-1], other[::-1]))
    return shared >= SAME_WORD * longer


@lru_cache(maxsize=65536)
def _spelled(term: str) -> str:
    """A stem in American spelling."""
    for pattern, plain in _SPELLINGS:
        term = pattern.sub(plain, term)
    return term


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass(slots=True)
class _Listed:
    """What the file of wording says of one language; folded."""

    groups: list[list[str]] = field(default_factory=list)
    light: list[str] = field(default_factory=list)
    in_rows: list[str] = field(default_factory=list)
    replacing: list[str] = field(default_factory=list)


@cache
def _listed() -> dict[str, _Listed]:
    """By language; in the lines that begin with "=", "~", "-" and "+"."""
    found: dict[str, _Listed] = {}
    listed = _Listed()
    for line in files("rag.answering").joinpath("data/wording.txt").read_text(encoding="utf-8").splitlines():
        kind, words = line[:1], [fold(word) for word in line[1:].split()]
        match kind:
            case "[":
                listed = found.setdefault(line.strip("[] "), _Listed())
            case "=":
                listed.groups.append(words)
            case "~":
                listed.light += words
            case "-":
                listed.in_rows += words
            case "+":
                listed.replacing += words
    return found


@cache
def _phrases(language: str) -> regex.Pattern[str] | None:
    listed = _listed().get(language, _Listed())
    phrases = sorted({word for group in listed.groups for word in group if "_" in word}, key=len, reverse=True)
    written = "|".join(regex.escape(phrase).replace("_", " ") for phrase in phrases)
    return regex.compile(as_whole_words(written)) if phrases else None


@cache
def _light(language: str, row: bool) -> frozenset[str]:
    measures = (word for word, unit in units(language).items() if _is_measure(unit))
    listed = _listed().get(language, _Listed())
    listed_words = [*listed.light, *(listed.in_rows if row else ())]
    said = [*listed_words, *measures, *whole_words(language)]
    return frozenset(stem(word, language) for word in said) - _ORDINAL


@cache
def _numbers(language: str) -> frozenset[str]:
    return frozenset(
        stem(word, language) for word, (_, beside_unit) in number_words(language).items() if not beside_unit
    )


def _is_measure(unit: str) -> bool:
    """Whether it measures, unlike a tablet or a sachet, which a sentence may also speak of without a number."""
    return in_base(unit)[0] != unit or unit in _BASES or "/" in unit


# "The second dose": a unit of time elsewhere.
_ORDINAL: Final = frozenset({"second"})
_BASES: Final = frozenset({"µg", "ml", "mm", "s", "month", "%", "°c", "°f"})


@cache
def _synonyms(language: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    spellings: dict[str, list[str]] = {}
    for word, unit in units(language).items():
        spellings.setdefault(unit, []).append(word)
    for group in (*_listed().get(language, _Listed()).groups, *spellings.values()):
        terms = frozenset(stem(word.replace("_", ""), language) for word in group)
        for term in terms:
            found[term] = found.get(term, frozenset()) | terms
    return found
