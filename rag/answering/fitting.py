"""Whether a row, an item or a sentence is meant for the weight, the age or the other amount that a question names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from rag.answering.intervals import AGE, Interval, band, conditional, converted, lasting, read_intervals, unit_of
from rag.answering.measures import is_convertible, units
from rag.answering.normal import normal
from rag.answering.persons import names_only_persons, persons
from rag.answering.polarity import negations
from rag.answering.quantities import without_measures
from rag.answering.units import Unit
from rag.core.text import stem, terms
from rag.core.types import BlockKind

_PERSON: Final = "person"
"""The kind of a word for persons of an age, in months: it tells for whom something is not, and never for whom it is."""


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
    read = read_intervals(text, language, unit_of(head, language))
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
        one if one.kind == AGE else converted(one)
        for one in asked
        if one.kind != _PERSON and (named or one.kind == AGE)
    ]
    # The 5 days for which an adult gets something are no age.
    ages = [one for one in months if one and (not named or any(not one.misses(other) for other in named))]
    if ages:
        return bool(words) and all(one.misses(other) for one in ages for other in words)
    # Of "children of 6 to 12 years" the word tells that no adult is meant.
    others = words or [one for one in said if one.kind == AGE and not one.is_point]
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


def column_fits(asked: Sequence[Interval], head: str, language: str) -> bool | None:
    """The same of the head of a column, where that names a range: "10 to 13.9 kg"."""
    return _verdict(asked, [band(head, language)]) if asked and band(head, language) else None


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
    return (*read_intervals(question, language, ""), *lasting(question, language), *_persons(question, language))


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
        other = converted(amount)
        if not met and other and other.kind not in kinds:
            amount, met = other, [one for one in first if one.kind == other.kind]
        if met:
            yield amount, met


def _cells(unit: Unit) -> list[tuple[Interval, ...]]:
    language = unit.passage.document.language
    if unit.kind is not BlockKind.TABLE_ROW:
        text = unit.readable()
        return [(*read_intervals(text, language, ""), *conditional(text, language))]
    heads = unit.head if len(unit.head) == len(unit.cells) else ("",) * len(unit.cells)
    bands = [band(head, language) for head in heads]
    # A row of a table whose columns are for weights is for all of them.
    across = [tuple(chain.from_iterable(bands))] if sum(map(bool, bands)) > 1 else []
    own = [
        (
            *read_intervals(cell, language, unit_of(head, language)),
            *(_persons(cell, language) if names_only_persons(cell, language) else ()),
        )
        for head, cell in zip(heads, unit.cells, strict=True)
    ]
    return [*own, *across]
