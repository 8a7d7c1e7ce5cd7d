"""What kind of thing a question asks for, and whether a piece of text gives one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Final

import regex

from rag.answering.quantities import Quantity, quantities
from rag.core.language import SERVED_UNSPACED
from rag.core.text import QUESTION_MARKS, as_typed, as_whole_words
from rag.core.words import List, languages, words_of


class Kind(StrEnum):
    """What an answer must hold to be one."""

    NUMBER = "number"
    """How many, how long, at what temperature."""
    MONEY = "money"
    TIME = "time"
    """When, on which day."""
    CLOCK = "clock"
    """At which hour."""
    DOSE = "dose"
    """How much of a medicine: a strength on a price list, or a number in stock, is none."""


# "多少钱" asks for money, of which "多少" alone would leave a word.
_NUMBERS_LAST: Final = (*(kind for kind in Kind if kind is not Kind.NUMBER), Kind.NUMBER)
# Languages whose words are looked for within words too: they part none, or write prefixes and endings on to them.
WITHIN_WORDS: Final = frozenset({"ar", "ur", "hi", "th", "zh"})
# What gives such a thing in any language, as whole words, and also within words.
_SIGNS: Final[Mapping[Kind, str]] = {
    Kind.MONEY: "kes usd fcfa",
    Kind.TIME: r"\S*\d\S*",
    # "9 heures" is an hour of the day or a span of nine: it counts.
    Kind.CLOCK: r"\d{1,2}[:.h]\d{2} \d{1,2}\s?(?:[ap]\.?m\b\.?|h|uhr|uur|heures?|o'clock|giờ)",
    Kind.DOSE: "kg",
}
_SIGNS_WITHIN: Final[Mapping[Kind, str]] = {Kind.MONEY: "[$€£₹]", Kind.CLOCK: r"day\sand\snight"}


@cache
def _asking(kind: Kind) -> re.Pattern[str]:
    listed = {language: words_of(language).asks.get(kind, ()) for language in languages()}
    return _pattern(listed)


@cache
def _giving(kind: Kind) -> re.Pattern[str]:
    listed = {language: words_of(language).gives.get(kind, ()) for language in languages()}
    return _pattern(listed, _SIGNS.get(kind, ""), _SIGNS_WITHIN.get(kind, ""))


def _pattern(listed: Mapping[str, List], whole: str = "", within: str = "") -> re.Pattern[str]:
    """What is listed by language and in two texts, as whole words where the language parts them."""
    parted = [word for language, words in listed.items() if language not in WITHIN_WORDS for word in words]
    joined = [word for language, words in listed.items() if language in WITHIN_WORDS for word in words]
    parts = [rf"\b(?:{'|'.join([*parted, *whole.split()])})\b", *joined, *within.split()]
    return re.compile(as_typed("|".join(parts)), re.IGNORECASE)


def expected(question: str) -> frozenset[Kind]:
    """What the question asks for; empty when it cannot be told."""
    return frozenset(kind for kind in Kind if _asking(kind).search(question))


def wants_yes_or_no(question: str, language: str) -> bool:
    """Whether a question is for a yes or a no: it begins so or ends in a question mark, and asks for nothing else."""
    opening, words = _polar(language)
    rest = opening.sub("", question)
    asks = rest != question or question.rstrip().endswith(QUESTION_MARKS)
    return asks and not expected(question) and words.search(rest) is None


@cache
def _polar(language: str) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """What begins a question for a yes or a no, and the words by which others ask."""
    listed = words_of(language)
    opening = rf"^[\s¿]*{as_whole_words('|'.join(listed.polar_openings) or '(?!)')}"
    words = "|".join(listed.question_words) or "(?!)"
    if language not in SERVED_UNSPACED:
        words = as_whole_words(words)
    return (
        regex.compile(as_typed(opening), regex.IGNORECASE),
        regex.compile(as_typed(words), regex.IGNORECASE),
    )


def without_asking(question: str) -> str:
    """The question without the words that tell what it asks for: what is left says of what it is asked."""
    for kind in _NUMBERS_LAST:
        question = _asking(kind).sub(" ", question)
    return question


def without_kinds(question: str) -> str:
    """The same with what stands between those words: of "what is the maximum dose" the "maximum"."""
    for kind in _NUMBERS_LAST:
        question = _keeping(kind).sub(lambda match: f" {' '.join(match.captures('between'))} ", question)
    return question


@cache
def _keeping(kind: Kind) -> regex.Pattern[str]:
    pattern = _asking(kind).pattern.replace(r"(?:\w+\s)", r"(?P<between>\w+\s)")
    return regex.compile(rf"{pattern}|(?P<between>(?!))", regex.IGNORECASE)


def is_of_dosing(word: str) -> bool:
    """Whether a word, as it is written, says that a medicine is given or taken, or how often."""
    return _giving(Kind.DOSE).fullmatch(word) is not None


def gives(kind: Kind, text: str, around: str, passage: str, asked: frozenset[Quantity]) -> bool:
    """Whether `text` holds such a thing.

    Args:
        around: what the text hangs on, such as a table's head: "Price (shillings)" makes a cell's number money.
        passage: all that stands there, headings included: an amount is a dose where something is given or taken.
        asked: the quantities in the question, which are no answer to it.
    """
    if kind is Kind.NUMBER:
        return bool(quantities(text) - asked)
    if kind is Kind.DOSE:
        return bool(quantities(text) - asked) and _giving(kind).search(passage) is not None
    return _giving(kind).search(f"{around} {text}" if kind is Kind.MONEY else text) is not None
