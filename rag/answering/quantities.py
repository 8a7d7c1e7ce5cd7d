"""Numbers with their units of measure, as they must agree between a sentence and the passage that supports it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import regex

from rag.answering.dates import PLAIN, same_day
from rag.answering.measures import COUNTING, in_base, units
from rag.answering.normal import POINT_DECIMAL, UNIT_BEFORE, UNIT_BEHIND, UNIT_FIRST, WORD, normal
from rag.core.language import UNSPACED
from rag.core.text import LANGUAGES, fold, is_stopword
from rag.core.words import all_words, words_of

# A slash before it parts it from a unit, "10mg/5ml", or makes it a part of the number before.
_NUMBER: Final = regex.compile(
    r"(?<![\p{L}\p{M}\d.,])(?<![^\p{L}%]/)(?:[1-9]\d{0,2}(?:\ \d{3})+(?![\d.,:/])|\d+(?:[.,:/]\d+)*)", regex.V1
)
_LINKS: Final = frozenset({"-", "va"})
"""Between the ends of a range, beside the words in `rag.core.words.Words.range_links`."""
# Words may stand between an end of a range and its link: "saa 2 asubuhi hadi saa 10 jioni".
_WORDY_RANGES: Final = frozenset({"sw", "ur", "hi", "ar"})
_CLOCK: Final = regex.compile(r"\d{1,2}:\d{2}")
_GROUPED: Final = regex.compile(r"[1-9]\d{0,2}([.,])\d{3}")
CLOCK: Final = "o'clock"
"""The unit of a time of day."""
DATE: Final = "date"
"""The unit of a day of the calendar, see `rag.answering.dates`."""


class Quantity(NamedTuple):
    """A number in plain form ("1000", "0.5", "8:30") and its unit in one spelling, "" where there is none.

    A word that is no known measure is the unit as it is written, folded: "310 people".
    """

    number: str
    unit: str
    other: str = ""
    """The second way to read the number, "" where there is one only: "1,000" is 1000 or 1."""

    def agrees(self, other: Quantity) -> bool:
        """The same size, and no different unit. Of a date, this one may leave out the year that the other has."""
        if self.unit == other.unit == DATE:
            return same_day(self.number, other.number)
        if not (self.unit and other.unit):
            return not ({self.number, self.other} - {""}).isdisjoint({other.number, other.other} - {""})
        if in_base(self.unit)[0] != in_base(other.unit)[0]:
            return False
        return bool(self._sizes() & other._sizes())

    def equals(self, other: Quantity) -> bool:
        """The same number, whatever the units."""
        return self._replace(unit="").agrees(other._replace(unit=""))

    def size(self) -> Fraction | None:
        """How much it is in the unit that `measures.in_base` gives; None for a time of day, a date, a fraction bar."""
        return Fraction(self.number) * in_base(self.unit)[1] if _is_plain(self.number) else None

    def _sizes(self) -> set[Fraction | str]:
        factor = in_base(self.unit)[1]
        numbers = {self.number, self.other} - {""}
        return {Fraction(number) * factor if _is_plain(number) else number for number in numbers}

    def __str__(self) -> str:
        return f"{self.number} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Placed:
    """A quantity and the range of the normal text where it stands, its unit included."""

    quantity: Quantity
    start: int
    end: int
    measured: bool
    """The unit is a known measure, not merely the word that stands there."""
    edge: str = ""
    """"low" or "high" when it is an end of a range."""


def quantities(text: str, language: str = "") -> frozenset[Quantity]:
    """All quantities in `text`. Digits of every script are read, and the number words of the language.

    Args:
        language: decides how "1.000" is read and which words are numbers and units; "" reads the units of all
            languages and English number words.
    """
    return frozenset(placed.quantity for placed in places(normal(text, language), language))


def absent(claimed: Iterable[Quantity], source: Iterable[Quantity]) -> list[Quantity]:
    """The claimed quantities with which none in the source agrees, sorted."""
    known = list(source)
    return sorted(quantity for quantity in claimed if not any(quantity.agrees(other) for other in known))


def places(text: str, language: str = "") -> list[Placed]:
    """The quantities of normal text in order; the unit of a range stands for both its ends."""
    found = [_placed(text, match, language) for match in _NUMBER.finditer(text)]
    for index, (low, high) in enumerate(pairwise(found)):
        link = _link(language).fullmatch(text, low.end, max(low.end, high.start))
        if link is None:
            continue
        joined = link["join"] is not None
        between = joined and bool(set(text[max(0, low.start - 24) : low.start].split()) & _between())
        if low.measured and high.measured and joined and not between:
            continue
        if high.measured and not low.measured:
            low = replace(low, quantity=low.quantity._replace(unit=high.quantity.unit), measured=True)
        elif low.measured and not high.measured and not joined:
            high = replace(high, quantity=high.quantity._replace(unit=low.quantity.unit), measured=True)
        if not joined or between:
            low, high = replace(low, edge="low"), replace(high, edge="high")
        found[index], found[index + 1] = low, high
    return found


def without_measures(text: str, language: str) -> str:
    """Normal text with its quantities in known measures blanked out, but for what stands between a number and its unit:
    the "working" of "21 working days"."""
    table = units(language)
    for placed in places(text, language):
        if placed.measured:
            kept = [" "] * (placed.end - placed.start)
            for word in () if language in UNSPACED else _WORDS.finditer(text, placed.start, placed.end):
                if word[0] not in table and not _rate(word[0], table):
                    kept[word.start() - placed.start : word.end() - placed.start] = word[0]
            text = text[: placed.start] + "".join(kept) + text[placed.end :]
    return text


_WORDS: Final = regex.compile(WORD)


def links(between: str, language: str) -> bool:
    """Whether normal text between two numbers makes them a range, as " to " does and " and " does not."""
    match = _link(language).fullmatch(between)
    return match is not None and match["link"] is not None


@cache
def _link(language: str) -> regex.Pattern[str]:
    own = words_of(language)
    links = "|".join((*_link_words(), *map(fold, own.own_range_links)))
    joined = (fold(word) for listed in all_words() for word in listed.range_joins)
    joins = "|".join((*joined, *map(fold, own.own_range_joins)))
    words = rf"(?:{WORD}\s+){{0,2}}?" if language in _WORDY_RANGES else ""
    space = r"\s*" if language in UNSPACED else r"(?:\s+|(?<=-|^)|(?=-))"
    return regex.compile(rf"\s*{words}(?:(?P<link>{links})|(?P<join>{joins})){space}{words}")


@cache
def _link_words() -> frozenset[str]:
    return _LINKS.union(fold(word) for listed in all_words() for word in listed.range_links)


@cache
def _between() -> frozenset[str]:
    return frozenset(fold(word) for listed in all_words() for word in listed.between)


def _placed(text: str, match: regex.Match[str], language: str) -> Placed:
    number, other = _readings(match[0], language)
    start, end = match.span()
    if PLAIN.fullmatch(match[0]):
        return Placed(Quantity(match[0], DATE), start, end, measured=True)
    if _CLOCK.fullmatch(match[0]):
        return Placed(Quantity(number, CLOCK, other), start, end, measured=True)
    unit, end, measured = _unit(text, end, language)
    if language in UNIT_FIRST or not measured:
        before, begin = _unit_before(text, start, language)
        if before:
            unit, start, end, measured = before, begin, match.end(), True
    return Placed(Quantity(number, unit, other), start, end, measured)


def _unit(text: str, position: int, language: str) -> tuple[str, int, bool]:
    """The unit that follows, its end, and whether it is a known measure; it may stand behind an adjective or two."""
    table = units(language)
    first, first_end = "", position
    if language in UNSPACED:
        begin = position + (text[position : position + 1] == " ")
        for length in range(8, 0, -1):
            if text[begin : begin + length] in table and len(text[begin : begin + length]) == length:
                return table[text[begin : begin + length]], begin + length, True
    end = position
    for count in range(3):
        match = UNIT_BEHIND.match(text, end)
        if match is None or (count and text[end : match.start(1)] != " "):
            break
        word, end = match[1], match.end()
        canonical = table.get(word) or _rate(word, table)
        if canonical:
            return canonical, end, True
        if _is_function_word(word, language):
            break
        if not first:
            first, first_end = word, end
    if language in UNSPACED or language in UNIT_FIRST:
        return "", position, False
    return first, first_end, False


def _rate(word: str, table: Mapping[str, str]) -> str:
    one, slash, other = word.partition("/")
    return f"{table[one]}/{table[other]}" if slash and one in table and other in table else ""


def _unit_before(text: str, start: int, language: str) -> tuple[str, int]:
    """The unit before the number: a currency, a table's head "Price (shillings): 950", or any in Swahili."""
    table = units(language)
    match = UNIT_BEFORE.search(text, 0, start)
    if match is None:
        return "", start
    word = match[1]
    if language in ("en", "") and word in _COUNTED and text[match.end(1) : start] == " ":
        return table.get(word, word) + COUNTING, match.start(1)
    headed = text[match.end(1) : start].strip() in ("):", ")", ":")
    rate = _HEAD_RATE.search(text, max(0, match.start(1) - 40), match.start(1)) if headed else None
    if rate and rate[1] in table:
        return table[rate[1]], rate.start(1)
    sign = not word.isalpha() or word in _CURRENCIES
    if word in table and (language in UNIT_FIRST or sign or headed):
        return table[word], match.start(1)
    if language in UNIT_FIRST and text[match.end(1) : start] == " ":
        earlier = UNIT_BEFORE.search(text, 0, match.start(1))
        if earlier and earlier[1] in table and text[earlier.end(1) : match.start(1)] == " ":
            return table[earlier[1]], earlier.start(1)
    return "", start


# "On day 7" is no seven of anything.
_COUNTED: Final = frozenset(
    "day days week weeks month months step phase grade room extension chapter page form".split()
)
# "Sachets a day: 3", "Tablets per dose: 2".
_HEAD_RATE: Final = regex.compile(r"([\p{L}\p{M}]+) (?:an?|per|each) $")
_CURRENCIES: Final = frozenset("usd eur gbp kes ksh tzs tsh ugx rs inr pkr cny tl fcfa".split())


@lru_cache(maxsize=16384)
def _is_function_word(word: str, language: str) -> bool:
    known = (language, "en") if language else LANGUAGES
    return word in _LINKING or word in _link_words() or any(is_stopword(word, one) for one in known) or len(word) < 2


# What the lists of stop words leave out: "over 65 because of ...", "children younger than 5 receive ...".
_LINKING: Final = frozenset(
    "because due since owing according including during until unless without within when while whenever if are is was "
    "were may must should can receive receives get gets take takes pay pays need needs below under above over".split()
)


def _readings(written: str, language: str) -> tuple[str, str]:
    """The number in plain form, and its second reading where "." or "," may part thousands or decimals."""
    written = written.replace(" ", "")
    if _CLOCK.fullmatch(written):
        hour, _, minute = written.partition(":")
        return f"{int(hour)}:{minute}", (str(int(hour)) if minute == "00" else "")
    if ":" in written or "/" in written:
        return written, ""
    marks = [char for char in written if char in ".,"]
    if len(marks) == 1 and (grouped := _GROUPED.fullmatch(written)):
        thousands = written.replace(grouped[1], "")
        decimal = _trimmed(written.replace(grouped[1], "."))
        if language in POINT_DECIMAL:
            return (thousands, "") if grouped[1] == "," else (decimal, "")
        if language and grouped[1] == ".":
            return thousands, ""
        return (thousands, decimal) if grouped[1] == "," or language else (decimal, thousands)
    if len(marks) > 1:
        last = marks[-1]
        if marks.count(last) > 1:
            return written.replace(".", "").replace(",", ""), ""
        other = "," if last == "." else "."
        return _trimmed(written.replace(other, "").replace(last, ".")), ""
    return _trimmed(written.replace(",", ".")), ""


def _trimmed(number: str) -> str:
    whole, _, fraction = number.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{'.' + fraction if fraction else ''}"


def _is_plain(number: str) -> bool:
    return number.replace(".", "", 1).isdigit()
