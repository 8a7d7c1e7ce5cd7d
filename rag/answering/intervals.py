"""The weights, ages and other amounts in a text, as ranges of sizes that can be compared: "under 10 kg"."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import Final, NamedTuple

import regex

from rag.answering.claims import compared, conjunctions
from rag.answering.conditions import clauses, is_condition
from rag.answering.measures import in_base, is_convertible, units
from rag.answering.normal import normal, without_raised
from rag.answering.polarity import POSTPOSITIONAL, Sense, Term, senses
from rag.answering.quantities import Placed, Quantity, links
from rag.answering.wording import joined
from rag.core.language import UNDETERMINED
from rag.core.text import fold
from rag.core.words import all_words

_WEIGHT: Final = "kg"
_LEAST_WEIGHT: Final = Fraction(500 * 10**6)
"""Micrograms (500 g) from which an amount in grams is taken for a body's weight and not for a medicine's. Source:
births are counted from 500 g (WHO, ICD-10 volume 2, 5.7 Standards and reporting requirements related to fetal,
perinatal, neonatal and infant mortality)."""
AGE: Final = "month"
"""The kind of ages: the base unit of months and years."""
_LASTING: Final = "lasting"
"""The kind of how long a state goes on: it is held only against conditions, since "kept for 40 days" is no case of
"kept at most 28 days"."""
_SHORT_CLAUSE: Final = 5
"""Words of a clause that is a condition by standing first: "After more than 2 hours, ..."."""
_DAY: Final = 86400
_SHORTEST_MONTH: Final = 28 * _DAY
_LONGEST_MONTH: Final = 31 * _DAY
_UPPER: Final = {Sense.BELOW: -1, Sense.AT_MOST: 0}
_LOWER: Final = {Sense.ABOVE: 1, Sense.AT_LEAST: 0}
_OF_DOING: Final = frozenset({Sense.EVERY, Sense.WITHIN, Sense.BEFORE, Sense.AFTER})
"""Senses of how often and when something is done, of nobody's age."""
_SIGNS: Final = {"<": Sense.BELOW, "≤": Sense.AT_MOST, ">": Sense.ABOVE, "≥": Sense.AT_LEAST}
# What stood above each other in the head.
_HEADS: Final = regex.compile(r":\s")
_SIGN: Final = regex.compile(r"([<>≤≥]) ?$")
# "12+ kg", "12 kg+".
_PLUS: Final = regex.compile(
    r"(?<![\p{L}\p{M}\d.,/–-])(\d+(?:[.,]\d+)?(?:\s?[\p{L}\p{M}]+)?)\s?\+(?!\s?\d)(?=\s|[;,)]|\p{L}|$)"
)
# Scripts without capitals write numbers close to words: "5至8岁", "و8".
_CLOSE: Final = regex.compile(r"(?<=[\p{Lo}\p{M}])(?=\p{Nd})")
_TILDE: Final = regex.compile(r"(?<=\p{Nd}) ?[~〜] ?(?=\p{Nd})")
_WORDS: Final = regex.compile(r"[\p{L}\p{M}%/]+")
_BRACKETS: Final = regex.compile(r"[(\[（]([^()\[\]（）]*)[)\]）]")
# Arabic writes "in" and "the" on the noun: "العمر بالسنوات".
_ATTACHED: Final = regex.compile(r"^(?:بال|ال|ب)(?=\p{L}{2})")


class Interval(NamedTuple):
    """Sizes of one kind in its base unit, see `measures.in_base`.

    An end is a size and 0; or 1 where the interval begins only above that size, -1 where it ends below it.
    """

    kind: str
    """The base unit, where weights of bodies are another kind than amounts of medicines."""
    low: tuple[Fraction | float, int]
    high: tuple[Fraction | float, int]

    def holds(self, other: Interval) -> bool:
        """Whether all of the other lies in it."""
        return self.low <= other.low and other.high <= self.high

    def misses(self, other: Interval) -> bool:
        """Whether they have nothing in common."""
        return self.high < other.low or other.high < self.low

    @property
    def is_of_person(self) -> bool:
        """It can be somebody's weight or age."""
        return self.kind in (_WEIGHT, AGE) or converted(self) is not None

    @property
    def is_point(self) -> bool:
        """It is one size and no range."""
        return self.low == self.high


@lru_cache(maxsize=256)
def lasting(question: str, language: str) -> tuple[Interval, ...]:
    """How long that goes on which a question asks about: "if it is above 8 °C for 3 hours"."""
    found = _found(joined(normal(_plain(question), language), language), language)
    sizes = [one.placed.quantity.size() for one in found if one.sense is Sense.LASTING and _is_time(one.placed)]
    return tuple(Interval(_LASTING, (size, 0), (size, 0)) for size in sizes if size is not None)


def _is_time(placed: Placed) -> bool:
    return in_base(placed.quantity.unit)[0] == "s"


def conditional(text: str, language: str) -> list[Interval]:
    """How long that must go on under which a sentence says something: "if it lasts less than 2 hours, keep them"."""
    first, *others = clauses(text)
    short = [first] if others and len(_WORDS.findall(first)) <= _SHORT_CLAUSE else []
    said = [clause for clause in (first, *others) if is_condition(clause, language)] or short
    read = chain.from_iterable(read_intervals(clause, language, "") for clause in said)
    return [one._replace(kind=_LASTING) for one in read if one.kind == "s" and not one.is_point]


def band(head: str, language: str) -> tuple[Interval, ...]:
    """The ranges of weight and age that a column is for: "10 to 13.9 kg: 1 to 3 years", "Under 6 months"."""
    read = chain.from_iterable(read_intervals(part, language, "") for part in _HEADS.split(head))
    return tuple(one for one in read if not one.is_point and one.kind in (_WEIGHT, AGE, "s"))


@lru_cache(maxsize=1024)
def unit_of(head: str, language: str) -> str:
    """The unit of the bare numbers under a head: "Weight (kg)", "Age in years"; "" where it names none or several.

    Under "10 to 13.9 kg" stand no kilograms.
    """
    if band(head, language):
        return ""
    inside = _named_units(" ".join(_BRACKETS.findall(head)), language, 1)
    outside = _BRACKETS.sub(" ", head)
    # A single letter outside of brackets is a name: "Plan B".
    found = inside or _named_units(outside, language, 2)
    # Spanish "peso" is a weight and a coin.
    sure = {unit for unit in found if is_convertible(unit)} or found
    rate = not inside and any(word in _rates() for word in _WORDS.findall(fold(outside)))
    return next(iter(sure)) if len(sure) == 1 and not rate else ""


@cache
def _rates() -> frozenset[str]:
    """The folded words of all languages that make a rate of a measure: "times per day"."""
    return frozenset(fold(word) for listed in all_words() for word in listed.rates)


@lru_cache(maxsize=1024)
def units_named(head: str, language: str) -> frozenset[str]:
    """The measures that a head names: of "Times a day" times and days. A single letter counts only in brackets."""
    inside = _named_units(" ".join(_BRACKETS.findall(head)), language, 1)
    return frozenset(inside | _named_units(_BRACKETS.sub(" ", head), language, 2))


def _named_units(text: str, language: str, letters: int) -> set[str]:
    table = units(language)
    words = [word for word in _WORDS.findall(fold(text)) if len(word) >= letters]
    if language == "ar":
        words = [word if word in table else _ATTACHED.sub("", word) for word in words]
    return {table[word] for word in words if word in table}


@lru_cache(maxsize=4096)
def read_intervals(text: str, language: str, unit: str) -> tuple[Interval, ...]:
    """The ranges and single sizes in a text in order, of which `unit` measures the bare numbers."""
    # A table of numbers may have too few words to tell its language.
    language = "en" if language in ("", UNDETERMINED) else language
    said = joined(normal(_plain(text), language), language)
    found = _found(said, language)
    read: list[Interval | None] = []
    index = 0
    while index < len(found):
        one, sense, _ = found[index]
        if index + 1 < len(found):
            other, upper, start = found[index + 1]
            gap = said[one.end : max(one.end, min(start, other.start))]
            joint = _is_range(one, sense, other, upper, gap, language)
            if joint and (interval := _range(one, sense, other, upper, unit)):
                read.append(interval if sense not in _OF_DOING else None)
                index += 2
                continue
            if (total := _sum(one, other, gap, language)) and upper is None:
                one = total
                index += 1
        read.append(_single(one.quantity, sense, unit))
        index += 1
    return tuple(one for one in read if one is not None)


class _Found(NamedTuple):
    placed: Placed
    sense: Sense | None
    start: int
    """Where it begins, its comparator included."""


def _found(said: str, language: str) -> list[_Found]:
    """The quantities with their comparators. In "10 kg and under 20 kg" the "and under" is of what follows it."""
    found = [
        _Found(placed, _sense(said, placed, term), min(placed.start, term.start) if term else placed.start)
        for placed, term in compared(said, language)
    ]
    if language in POSTPOSITIONAL:
        return found
    for term in senses(said, language):
        for index, (one, other) in enumerate(pairwise(found)):
            between = one.placed.end <= term.start and term.end <= other.placed.start
            alone = not said[one.placed.end : term.start].strip() and not said[term.end : other.placed.start].strip()
            same = in_base(one.placed.quantity.unit)[0] == in_base(other.placed.quantity.unit)[0]
            if term.trailing and between and alone and same and other.sense is None:
                before = None if one.sense is term.sense else one.sense
                strict = {Sense.AT_MOST: Sense.BELOW, Sense.AT_LEAST: Sense.ABOVE}.get(term.sense, term.sense)
                found[index] = one._replace(sense=before)
                found[index + 1] = other._replace(sense=strict, start=term.start)
    return found


def _plain(text: str) -> str:
    """The text with the signs of ranges in one form each."""
    text = _TILDE.sub("-", _CLOSE.sub(" ", unicodedata.normalize("NFKC", without_raised(text))))
    return _PLUS.sub(r"≥\1", text).replace("<=", "≤").replace(">=", "≥")


def _sense(said: str, placed: Placed, term: Term | None) -> Sense | None:
    if sign := _SIGN.search(said, 0, placed.start):
        return _SIGNS[sign[1]]
    return term.sense if term else None


def _is_range(one: Placed, lower: Sense | None, other: Placed, upper: Sense | None, gap: str, language: str) -> bool:
    """Whether two quantities are the ends of one range.

    "10 to 17 kg", "10 kg up to 17 kg", "10 to under 17 kg", "over 10 kg and under 17 kg".

    Args:
        gap: what stands between them, the second one's comparator left out.
    """
    if one.edge == "low" and other.edge == "high":
        return True
    if upper not in _UPPER or (lower is not None and lower not in _LOWER):
        return False
    if links(f"{gap} ", language) or (not gap.strip() and (one.measured or upper is Sense.AT_MOST)):
        return True
    return lower in _LOWER and len(_WORDS.findall(gap)) <= 1 and not regex.search(r"[.;:\d]", gap)


def _range(one: Placed, lower: Sense | None, other: Placed, upper: Sense | None, unit: str) -> Interval | None:
    to = _with_unit(_with_unit(other.quantity, one.quantity.unit), unit)
    since = _with_unit(one.quantity, to.unit)
    low, high = since.size(), to.size()
    if low is None or high is None or low > high or not to.unit or in_base(since.unit)[0] != in_base(to.unit)[0]:
        return None
    opened = 1 if lower is Sense.ABOVE else 0
    closed = -1 if upper is Sense.BELOW else 0
    return Interval(_kind(to.unit, high), (low, opened), (high, closed))


def _sum(one: Placed, other: Placed, gap: str, language: str) -> Placed | None:
    """ "2 years and 3 months" as one quantity, in the smaller unit."""
    base, factor = in_base(one.quantity.unit)
    other_base, smaller = in_base(other.quantity.unit)
    words = _WORDS.findall(gap)
    ands = map(fold, conjunctions(language))
    if base != other_base or smaller >= factor or len(words) > 1 or not set(words) <= {*ands} or "," in gap:
        return None
    sizes = one.quantity.size(), other.quantity.size()
    if sizes[0] is None or sizes[1] is None or sizes[1] >= factor:
        return None
    number = (sizes[0] + sizes[1]) / smaller
    if number.denominator != 1:
        return None
    return Placed(Quantity(str(number), other.quantity.unit), one.start, other.end, measured=True)


def _single(quantity: Quantity, sense: Sense | None, unit: str) -> Interval | None:
    quantity = _with_unit(quantity, unit)
    size = quantity.size()
    lasts = sense is Sense.LASTING and in_base(quantity.unit)[0] == "s"
    if size is None or not quantity.unit or sense in _OF_DOING or lasts:
        return None
    kind = _kind(quantity.unit, size)
    if sense in _UPPER:
        return Interval(kind, (Fraction(0), 0), (size, _UPPER[sense]))
    if sense in _LOWER:
        return Interval(kind, (size, _LOWER[sense]), (float("inf"), 0))
    return Interval(kind, (size, 0), (size, 0))


def _with_unit(quantity: Quantity, unit: str) -> Quantity:
    return quantity if quantity.unit else quantity._replace(unit=unit)


def _kind(unit: str, size: Fraction) -> str:
    base = in_base(unit)[0]
    is_weight = unit == "kg" or (unit == "g" and size >= _LEAST_WEIGHT)
    return _WEIGHT if is_weight else base


def converted(amount: Interval) -> Interval | None:
    """Months in seconds, and days in months, as far as that can be said: a month has 28 to 31 days."""
    if amount.kind == AGE:
        return Interval("s", (amount.low[0] * _SHORTEST_MONTH, 0), (amount.high[0] * _LONGEST_MONTH, 0))
    # "24 hours" is seldom an age: "4 times in 24 hours".
    if amount.kind == "s" and amount.high[0] > _DAY:
        return Interval(AGE, (amount.low[0] / _LONGEST_MONTH, 0), (amount.high[0] / _SHORTEST_MONTH, 0))
    return None
