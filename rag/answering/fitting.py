"""Whether a row, an item or a sentence is meant for the weight, the age or the other amount that a question names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import regex

from rag.answering.claims import compared, conjunctions
from rag.answering.measures import in_base, is_convertible, units
from rag.answering.persons import names_only_persons, persons
from rag.answering.polarity import POSTPOSITIONAL, Sense, Term, negations, senses
from rag.answering.quantities import Placed, Quantity, links, normal, without_measures, without_raised
from rag.answering.units import Unit
from rag.answering.wording import joined
from rag.core.language import UNDETERMINED
from rag.core.text import fold, stem, terms
from rag.core.types import BlockKind
from rag.core.words import all_words

_WEIGHT: Final = "kg"
_LEAST_WEIGHT: Final = Fraction(500 * 10**6)
"""Micrograms (500 g) from which an amount in grams is taken for a body's weight and not for a medicine's. Source:
births are counted from 500 g (WHO, ICD-10 volume 2, 5.7 Standards and reporting requirements related to fetal,
perinatal, neonatal and infant mortality)."""
_AGE: Final = "month"
_PERSON: Final = "person"
"""The kind of a word for persons of an age, in months: it tells for whom something is not, and never for whom it is."""
_DAY: Final = 86400
_SHORTEST_MONTH: Final = 28 * _DAY
_LONGEST_MONTH: Final = 31 * _DAY
_UPPER: Final = {Sense.BELOW: -1, Sense.AT_MOST: 0}
_LOWER: Final = {Sense.ABOVE: 1, Sense.AT_LEAST: 0}
_OF_DOING: Final = frozenset({Sense.EVERY, Sense.WITHIN, Sense.BEFORE, Sense.AFTER})
"""Senses of how often and when something is done, of nobody's age."""
_SIGNS: Final = {"<": Sense.BELOW, "≤": Sense.AT_MOST, ">": Sense.ABOVE, "≥": Sense.AT_LEAST}
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
        return self.kind in (_WEIGHT, _AGE) or _converted(self) is not None

    @property
    def is_point(self) -> bool:
        """It is one size and no range."""
        return self.low == self.high


def fits(asked: Sequence[Interval], unit: Unit) -> bool | None:
    """Whether all amounts asked about lie in the ranges that a unit names, such as "10 to 17 kg".

    Of a row, the first cell that names a range of an amount's kind decides on it; and a cell that says nothing but
    "Adults" speaks against it, where others are asked about.

    Args:
        asked: as `amounts_asked` gives them.

    Returns:
        None when the unit names no range of a kind that was asked about, and when it cannot be said: 4 weeks are a
        month or a little less.
    """
    return _verdict(asked, _cells(unit)) if asked else None


def text_fits(asked: Sequence[Interval], text: str, language: str, head: str = "") -> bool | None:
    """The same of one clause of a sentence, or of one cell; any word for persons in the clause speaks against it.

    Args:
        asked: as `amounts_asked` gives them.
        text: the clause or cell.
        language: the document's.
        head: the cell's.
    """
    if not asked:
        return None
    read = _read(text, language, _unit_of(head, language))
    return _verdict(asked, [(*read, *_persons(f"{head}: {text}" if head else text, language))])


def _verdict(asked: Sequence[Interval], cells: Sequence[Sequence[Interval]]) -> bool | None:
    ranges = [[one for one in cell if not one.is_point and one.kind != _PERSON] for cell in cells]
    amounts = [amount for amount in asked if amount.kind != _PERSON]
    verdicts = [
        True if any(one.holds(amount) for one in met) else False if all(one.misses(amount) for one in met) else None
        for amount, met in _met(amounts, ranges)
    ]
    if False in verdicts or _is_for_others(asked, [one for cell in cells for one in cell], compared=bool(verdicts)):
        return False
    return True if verdicts and None not in verdicts else None


def _is_for_others(asked: Sequence[Interval], said: Sequence[Interval], *, compared: bool) -> bool:
    """Whether all persons that are spoken of are others than those asked about, by their age or by their words.

    Args:
        compared: a range of weight or age was compared, which says more than two words for persons.
    """
    named = [one for one in asked if one.kind == _PERSON]
    words = [one for one in said if one.kind == _PERSON]
    months = [
        one if one.kind == _AGE else _converted(one)
        for one in asked
        if one.kind != _PERSON and (named or one.kind == _AGE)
    ]
    # The 5 days for which an adult gets something are no age.
    ages = [one for one in months if one and (not named or any(not one.misses(other) for other in named))]
    if ages:
        return bool(words) and all(one.misses(other) for one in ages for other in words)
    # Of "children of 6 to 12 years" the word tells that no adult is meant.
    others = words or [one for one in said if one.kind == _AGE and not one.is_point]
    return not compared and bool(named and others) and all(_are_others(one, other) for one in named for other in others)


def _are_others(one: Interval, other: Interval) -> bool:
    """Whether nobody is both. Ages of children and adults overlap, and yet no child is called an adult."""
    low, high = min(one, other, key=lambda each: each.high), max(one, other, key=lambda each: each.high)
    apart = one.kind == other.kind and not low.low[0] and low.high[0] < high.high[0] == float("inf")
    return apart or one.misses(other)


@lru_cache(maxsize=4096)
def _persons(text: str, language: str) -> tuple[Interval, ...]:
    """The ages of the persons that a text names, in months; of nobody where it denies something."""
    if negations(normal(text, language), language):
        return ()
    found = sorted(persons(text, language))
    return tuple(Interval(_PERSON, (Fraction(low), 0), (high, -1)) for low, high in found)


def states(asked: Sequence[Interval], unit: Unit) -> bool:
    """Whether a row that is for no range states an amount asked about: the row "9 months" of a vaccination plan.

    Where rows are for ranges, an amount that they state is what they give: "500 mg" chooses no dose.
    """
    read = [one for cell in _cells(unit) for one in cell if one.kind != _PERSON] if asked else []
    return all(one.is_point for one in read) and not set(read).isdisjoint(asked)


def amounts_asked(question: str, language: str) -> tuple[Interval, ...]:
    """The amounts that a question names: "a child of 12 kg", "2 years and 3 months", "children under 5 years".

    Not how long, how often or after which time something is done. With them the persons that it names, as ages.
    """
    return (*_read(question, language, ""), *_persons(question, language))


@lru_cache(maxsize=256)
def naming_terms(text: str, language: str) -> frozenset[str]:
    """The index terms of a text that can name a thing: neither its numbers nor measures, which many rows have.

    A letter that measures nothing is a name: "level M".
    """
    said = without_measures(normal(text, language), language)
    words = {term for term in terms(said, language) if any(char.isalpha() for char in term)}
    return frozenset(word for word in words if len(word) == 1 or word not in _measures(language))


@cache
def _measures(language: str) -> frozenset[str]:
    """Index terms of measures. Not of seconds: a "second visit" is a row."""
    words = [word for word, unit in units(language).items() if is_convertible(unit) and unit != "s"]
    return frozenset(stem(word, language) for word in words)


def _met(asked: Sequence[Interval], cells: Sequence[Sequence[Interval]]) -> Iterator[tuple[Interval, list[Interval]]]:
    """Each amount with the ranges of its kind; days are compared with months where the row begins with those."""
    first = next((cell for cell in cells if cell), [])
    kinds = {amount.kind for amount in asked}
    for amount in asked:
        met = next((same for cell in cells if (same := [one for one in cell if one.kind == amount.kind])), None)
        other = _converted(amount)
        if not met and other and other.kind not in kinds:
            amount, met = other, [one for one in first if one.kind == other.kind]
        if met:
            yield amount, met


def _converted(amount: Interval) -> Interval | None:
    """Months in seconds, and days in months, as far as that can be said: a month has 28 to 31 days."""
    if amount.kind == _AGE:
        return Interval("s", (amount.low[0] * _SHORTEST_MONTH, 0), (amount.high[0] * _LONGEST_MONTH, 0))
    # "24 hours" is seldom an age: "4 times in 24 hours".
    if amount.kind == "s" and amount.high[0] > _DAY:
        return Interval(_AGE, (amount.low[0] / _LONGEST_MONTH, 0), (amount.high[0] / _SHORTEST_MONTH, 0))
    return None


def _cells(unit: Unit) -> list[tuple[Interval, ...]]:
    language = unit.passage.document.language
    if unit.kind is not BlockKind.TABLE_ROW:
        return [_read(unit.readable(), language, "")]
    heads = unit.head if len(unit.head) == len(unit.cells) else ("",) * len(unit.cells)
    return [
        (
            *_read(cell, language, _unit_of(head, language)),
            *(_persons(cell, language) if names_only_persons(cell, language) else ()),
        )
        for head, cell in zip(heads, unit.cells, strict=True)
    ]


@lru_cache(maxsize=1024)
def _unit_of(head: str, language: str) -> str:
    """The unit of the bare numbers under a head: "Weight (kg)", "Age in years"; "" where it names none or several."""
    inside = _named_units(" ".join(_BRACKETS.findall(head)), language, 1)
    outside = _BRACKETS.sub(" ", head)
    # A single letter outside of brackets is a name: "Plan B".
    found = inside or _named_units(outside, language, 2)
    # Spanish "peso" is a weight and a coin.
    sure = {unit for unit in found if is_convertible(unit)} or found
    rate = not inside and any(word in _rates() for word in _WORDS.findall(fold(outside)))
    return next(iter(sure)) if len(sure) == 1 and not rate else ""


@lru_cache(maxsize=1024)
@cache
def _rates() -> frozenset[str]:
    """The folded words of all languages that make a rate of a measure: "times per day"."""
    return frozenset(fold(word) for listed in all_words() for word in listed.rates)


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
def _read(text: str, language: str, unit: str) -> tuple[Interval, ...]:
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
