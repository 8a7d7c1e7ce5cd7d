"""Words of measure, money, time and dose, each with the one spelling that it is compared in; number words."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache, lru_cache
from typing import Final

from rag.core.text import fold, stem
from rag.core.words import Table, all_words, words_of

# "canonical: spellings" of signs that are international; the words stand in `rag.core.words.Words.units`.
_SIGNS: Final = (
    "%:%|°c:degc celsius deg|°c below 0:frost|°f:degf fahrenheit|g:g gr|mg:mg|µg:µg μg mcg ug|kg:kg kgs|l:l|"
    "ml:ml cc|dl:dl|cl:cl|m:m|cm:cm|mm:mm|km:km|mmol:mmol|mmhg:mmhg|bpm:bpm|iu:iu ui|v:v|w:w|ah:ah|kwh:kwh|mg/kg:mg/kg|"
    "ml/kg:ml/kg|mg/dl:mg/dl|mmol/l:mmol/l|g/dl:g/dl|h:h|min:min|s:s|dollar:$ usd|euro:€ eur|pound:£ gbp|"
    "rupee:₹ rs inr pkr|shilling:kes ksh tzs tsh ugx|yuan:¥ cny"
)

_TO_BASE: Final = {
    "µg": ("µg", Fraction(1)), "mg": ("µg", Fraction(1000)), "g": ("µg", Fraction(10**6)),
    "kg": ("µg", Fraction(10**9)),
    "ml": ("ml", Fraction(1)), "cl": ("ml", Fraction(10)), "dl": ("ml", Fraction(100)), "l": ("ml", Fraction(1000)),
    "mm": ("mm", Fraction(1)), "cm": ("mm", Fraction(10)), "m": ("mm", Fraction(1000)), "km": ("mm", Fraction(10**6)),
    "s": ("s", Fraction(1)), "min": ("s", Fraction(60)), "h": ("s", Fraction(3600)), "day": ("s", Fraction(86400)),
    "week": ("s", Fraction(604800)), "month": ("month", Fraction(1)), "year": ("month", Fraction(12)),
}  # fmt: skip


_PERIODS: Final = frozenset({"min", "h", "day", "night", "week", "month", "year"})


@lru_cache(maxsize=16384)
def period_of(word: str, language: str) -> str:
    """The period that a folded word names, alone ("day") or as a rate ("daily"); "" where it names none."""
    if period := _periods().get(word):
        return period
    unit = units(language).get(word, "")
    return unit if unit in _PERIODS and len(word) > 1 else ""


@cache
def _periods() -> Mapping[str, str]:
    """The period of each folded word for "every ...", of all languages."""
    return {fold(word): period for listed in all_words() for period, words in listed.periods.items() for word in words}


@cache
def units(language: str) -> Mapping[str, str]:
    """Each folded word of measure of `language` with its one spelling; English and international ones are among them.

    With "" as the language, the words of all languages.
    """
    signs, english = _signs(), words_of("en").units
    listed = (
        [words_of(language).units, english, signs] if language else [signs, english, *(w.units for w in all_words())]
    )
    table: dict[str, str] = {}
    for canonical, spellings in (entry for one in listed for entry in one.items()):
        for spelling in spellings:
            table.setdefault(fold(spelling).replace(" ", ""), canonical)
    return table


@cache
def spaced_units(language: str) -> Mapping[str, str]:
    """Each folded measure that is written as several words ("ملی گرام"), with the one word that `units` has for it.

    With "" as the language, the words of all languages.
    """
    listed = [words_of(language)] if language else all_words()
    spelled = (fold(spelling) for one in listed for spellings in one.units.values() for spelling in spellings)
    return {spelling: spelling.replace(" ", "") for spelling in spelled if " " in spelling}


def _signs() -> Table:
    entries = (entry.partition(":") for entry in _SIGNS.split("|"))
    return {canonical: tuple(written.split()) for canonical, _, written in entries}


COUNTING: Final = " no."
"""Ends the unit of a number that says which one and not how many: "day no." of "on day 7"."""


@cache
def spellings(unit: str, language: str) -> frozenset[str]:
    """The index terms of the words for a unit in any language, stemmed as in `language` and as they are.

    Of what numbers things ("extension no."), the word itself.
    """
    plain = unit.removesuffix(COUNTING)
    words = [word for word, canonical in units("").items() if canonical == plain]
    words += [plain] if plain != unit else []
    return frozenset((*words, *(stem(word, known) for word in words for known in {language, "en"})))


@cache
def number_words(language: str) -> Mapping[str, tuple[str, bool]]:
    """Each folded number word of `language` with its number, and whether it counts only beside a word of measure."""
    table: dict[str, tuple[str, bool]] = {}
    listed = words_of(language)
    for number, words in listed.numbers.items():
        for word in words:
            table[fold(word.lstrip("~"))] = (number, word.startswith("~"))
    between = [*_BETWEEN, *(written for link in listed.tens_link for written in (f" {link} ", f"-{link}-"))]
    ones = [(word, int(number)) for word, (number, _) in table.items() if number.isdigit() and int(number) < 10]
    for ten, written in enumerate(listed.tens, start=2):
        table[fold(written)] = (str(10 * ten), False)
        for word, one in ones:
            for joint in between:
                table[f"{fold(written)}{joint}{word}"] = (str(10 * ten + one), False)
    return table


_BETWEEN: Final = ("-", " ")


@cache
def whole_words(language: str) -> Mapping[str, str]:
    """Folded words that say a number and its unit at once ("twice"), with both written apart."""
    return {fold(word): fold(" ".join(apart)) for word, apart in words_of(language).whole.items()}


def in_base(unit: str) -> tuple[str, Fraction]:
    """The unit in which sizes of one kind are compared exactly, and the factor to it: 1000 mg = 1 g, 24 h = 1 day."""
    return _TO_BASE.get(unit, (unit, Fraction(1)))


def is_convertible(unit: str) -> bool:
    """Whether sizes in the unit are compared with those in others: "kg" and "month" are, "tablet" is not."""
    return unit in _TO_BASE
