"""Which cell of a row a question asks for: by the head that it names, and by the measure that it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import regex

from rag.answering.claims import take_apart
from rag.answering.expectation import Kind, gives
from rag.answering.fitting import column_fits, text_fits
from rag.answering.intervals import units_named
from rag.answering.measures import in_base, units
from rag.answering.polarity import Sense
from rag.answering.quantities import CLOCK, DATE, quantities
from rag.answering.question import Question
from rag.answering.units import Unit
from rag.core.language import SERVED_UNSPACED
from rag.core.text import as_typed, content_terms, is_stopword, stem, tokens
from rag.core.words import List, languages, words_of

GIVEN: Final = 0.5
"""Share of a cell's content words from which on the question gives the cell and does not ask for it."""

_BRACKETS: Final = regex.compile(r"[(\[（][^()\[\]（）]*[)\]）]")
OF_PERSONS: Final = frozenset({"kg", "year", "month", "week", "day"})
"""Measures of a person's weight and age."""
BOUNDS: Final = frozenset({Sense.BELOW, Sense.ABOVE, Sense.AT_MOST, Sense.AT_LEAST})
"""Senses of the ends of a range."""
_NOTED: Final = regex.compile(r"[*†‡§¹²³]\s*$")
_SPANS: Final = frozenset({"s", "min", "h", "day", "night", "week", "month", "year"})
TIMES: Final = frozenset({CLOCK, DATE, *_SPANS})
"""Units of lengths of time, hours of the day and dates."""
_COUNTED_TIMES: Final = frozenset({"time", "s", "month"})
"""Base units of how often and how long."""


class _Cell(NamedTuple):
    head: str
    text: str
    first: bool
    start: int
    """In characters of the row as it is read."""


def asked_cell(question: Question, unit: Unit) -> tuple[int, int] | None:
    """Where the one cell that is asked for stands in a row's `readable()`; None where that cannot be told.

    Only cells of the measure that the question counts ("how many times", "how long") come into question, where it
    counts one. Where columns are for weights or ages it is the one for those asked about; else the one whose head the
    question names in full; else the one that the words of its head and the kind of thing in it speak for.
    """
    language = unit.passage.document.language
    counted = counted_measures(question)
    columns = {cell: column_fits(question.amounts, cell.head, language) for cell in _cells(unit)}
    heads = [_head_terms(head, language) for head in unit.head]
    others = [cell for cell, verdict in columns.items() if verdict is None and not cell.first]
    # "In which form is it given to a child of 8 months?" asks for the form.
    named = any(_is_named(cell.head, heads, frozenset(question.weights), language) for cell in others)
    if False in columns.values() and counted.isdisjoint(_COUNTED_TIMES) and not named:
        kinds = question.expected & {Kind.MONEY, Kind.TIME, Kind.CLOCK}
        meant = [cell for cell, verdict in columns.items() if verdict]
        meant = [cell for cell in meant if all(_holds(kind, cell, question, language) for kind in kinds)]
        if meant or any(amount.is_of_person for amount in question.amounts):
            return _whole(meant)
        columns = {cell: verdict for cell, verdict in columns.items() if verdict is None}
    cells = [
        cell
        for cell in columns
        if not _is_given(question, cell, language) or _says_how_much(question, cell, heads, language)
    ]
    # The first cell names the row, and is no price of a "test" that the question names.
    names = [cell for cell in cells if cell.first and question.expected and not _gives(question, cell, language)]
    cells = [cell for cell in cells if cell not in names]
    if counted:
        cells = [cell for cell in cells if not counted.isdisjoint(_measures_of(cell, language))]
    if Kind.DOSE in question.expected:
        cells = [cell for cell in cells if not _counts_something_else(cell, language)]
    # Of a follow-up, the new words choose a column, where they name any.
    asked = frozenset(question.named)
    if not any(asked & head for head in heads):
        asked = frozenset(question.weights)
    cells = [cell for cell in cells if _is_named(cell.head, heads, asked, language)] or cells
    worth = {cell: _worth(question, cell, asked, language) for cell in cells}
    most = max(worth.values(), default=0.0)
    best = [cell for cell in cells if most and worth[cell] == most]
    touched = [cell.head for cell in columns if not cell.first and _head_terms(cell.head, language) & asked]
    if best and touched and not counted and not _head_terms(best[0].head, language) & asked:
        # What it costs to return something is not the fee of the only column with money, "Repair".
        return None
    if best and not counted and Kind.MONEY in question.expected and _is_no_money(question, best[0], language):
        return None
    return _whole(best)


def _is_no_money(question: Question, cell: _Cell, language: str) -> bool:
    """Whether a cell holds an amount of another measure: the days of a delivery are not what it costs."""
    measured = units_named(cell.head, language) or any(
        amount.quantity.unit in units(language) for amount in take_apart(cell.text, language).amounts
    )
    return bool(measured) and not _holds(Kind.MONEY, cell, question, language)


def _whole(best: Sequence[_Cell]) -> tuple[int, int] | None:
    # What a note says of a dose may turn it round, and stands elsewhere.
    if len(best) != 1 or _NOTED.search(best[0].text):
        return None
    return best[0].start, best[0].start + len(best[0].text)


@cache
def measure_stems(language: str) -> frozenset[str]:
    """The index terms of a language's words of measure."""
    return frozenset(stem(word, language) for word in units("" if language == "und" else language))


def _cells(unit: Unit) -> Iterator[_Cell]:
    position = 0
    for index, (head, text) in enumerate(zip(unit.head, unit.cells, strict=True)):
        if not text:
            continue
        start = position + (len(head) + 2 if head else 0)
        position = start + len(text) + 2
        if any(char.isalnum() for char in text):
            yield _Cell(head, text, not index, start)


def _head_terms(head: str, language: str) -> frozenset[str]:
    """Of "Dose (ml)" the dose: a measure in brackets is no name."""
    return frozenset(content_terms(_BRACKETS.sub(" ", head), language))


def _is_named(head: str, heads: Sequence[frozenset[str]], asked: frozenset[str], language: str) -> bool:
    """Whether the question has all words by which a head differs from the others."""
    own = _head_terms(head, language)
    distinct = own.difference(*(other for other in heads if other != own))
    return bool(distinct) and distinct <= asked


def _worth(question: Question, cell: _Cell, asked: frozenset[str], language: str) -> float:
    said = sum(question.weights.get(term, 0.0) for term in _head_terms(cell.head, language) & asked)
    return said + _gives(question, cell, language)


def _gives(question: Question, cell: _Cell, language: str) -> int:
    """How many kinds of things that the question expects the cell holds."""
    return sum(_holds(kind, cell, question, language) for kind in question.expected)


def _is_given(question: Question, cell: _Cell, language: str) -> bool:
    """Whether the question says itself what the cell says: what the row is for, not what is asked of it."""
    asked = {quantity for quantity in question.quantities if quantity.unit}
    amounts = question.amounts
    fitting = text_fits(amounts, cell.text, language, cell.head)
    if fitting is not None or not asked.isdisjoint(quantities(cell.text)):
        return True
    stems = measure_stems(language)
    words = [term for term in content_terms(cell.text, language) if not term[0].isdigit() and term not in stems]
    return bool(words) and sum(term in question.weights for term in words) >= GIVEN * len(words)


def _says_how_much(question: Question, cell: _Cell, heads: Sequence[frozenset[str]], language: str) -> bool:
    """Whether a cell under a head that is named holds an amount that is not: "15 days before", asked how many."""
    if cell.first or not _is_named(cell.head, heads, frozenset(question.weights), language):
        return False
    amounts = {amount.quantity for amount in take_apart(cell.text, language).amounts if amount.quantity.unit}
    return bool(amounts - question.quantities) and text_fits(question.amounts, cell.text, language, cell.head) is None


def counted_measures(question: Question) -> frozenset[str]:
    """The base units of what a question counts: of times for "how many times a day"; empty where it counts none.

    Of "how many hours between puffs" it is the hours, of "how many four-medicine tablets" the tablets: the first
    measure behind the words that ask, with nothing but names before it; in Swahili the word before them.
    """
    text, language = question.text, question.language
    if Kind.CLOCK in question.expected:
        return frozenset()
    if _how_long().search(text):
        return frozenset(in_base(unit)[0] for unit in _SPANS)
    if _how_often().search(text):
        return frozenset({"time", *(in_base(unit)[0] for unit in _SPANS)})
    asking = _how_many().search(text)
    if asking is None:
        return frozenset()
    table, words = units(language), tokens(text)
    behind = [word.text for word in words if word.start >= asking.end()]
    while behind and is_stopword(behind[0], language):
        behind.pop(0)
    end = next((index for index, word in enumerate(behind) if is_stopword(word, language)), len(behind))
    phrase = behind[:end]
    if language == "sw":
        phrase = [word.text for word in words if word.end <= asking.start()][-1:]
    measures = [table[word] for word in phrase if len(word) > 1 and word in table]
    # "कितनी खुराक" asks how large a dose is, not for a number of them.
    if not measures or (measures[0] == "dose" and Kind.DOSE in question.expected):
        return frozenset()
    return frozenset({in_base(measures[0])[0]})


@cache
def _how_long() -> regex.Pattern[str]:
    return _pattern({language: words_of(language).how_long for language in languages()}, r"(?!\p{M})")


@cache
def _how_often() -> regex.Pattern[str]:
    return _pattern({language: words_of(language).how_often for language in languages()}, r"\b")


@cache
def _how_many() -> regex.Pattern[str]:
    return _pattern({language: words_of(language).how_many for language in languages()}, r"(?![\p{L}\p{M}])")


def _pattern(listed: Mapping[str, List], end: str) -> regex.Pattern[str]:
    """What is listed by language, as whole words, with `end` behind them, where the language parts words."""
    parted = "|".join(word for language, words in listed.items() if language not in SERVED_UNSPACED for word in words)
    joined = [word for language, words in listed.items() if language in SERVED_UNSPACED for word in words]
    return regex.compile(as_typed("|".join([rf"\b(?:{parted}){end}", *joined])), regex.IGNORECASE)


def _measures_of(cell: _Cell, language: str) -> set[str]:
    """The base units of a cell's amounts, and of its bare numbers those that its head names."""
    amounts = take_apart(cell.text, language).amounts
    # "A fold that takes longer than 2 seconds" says when something is done, and not how long.
    found = {amount.quantity.unit for amount in amounts if amount.sense not in (Sense.ABOVE, Sense.BELOW)}
    if not any(amount.quantity.unit for amount in amounts):
        measures = units_named(cell.head, language)
        # "Times a day" counts times and no days.
        found |= {"time"} if "time" in measures else measures
    return {in_base(unit)[0] for unit in found}


def _counts_something_else(cell: _Cell, language: str) -> bool:
    """Whether its number is no dose: it stands bare under a head that names no measure, "Maximum: 48" in a store."""
    found = {amount.quantity.unit for amount in take_apart(cell.text, language).amounts}
    return found == {""} and not units_named(cell.head, language)


def _holds(kind: Kind, cell: _Cell, question: Question, language: str) -> bool:
    """Whether a cell holds such a thing; a bare number is of the measure that its head names, and is no time."""
    named = units_named(cell.head, language)
    # "10 to 13 kg", "12 years and more" say whom the row is for.
    found = {
        amount.quantity.unit
        for amount in take_apart(cell.text, language).amounts
        if not (
            not OF_PERSONS.isdisjoint({amount.quantity.unit} if amount.quantity.unit else named)
            and (amount.edge or amount.sense in BOUNDS)
        )
        and (not amount.quantity.unit or amount.quantity not in question.quantities)
    }
    match kind:
        case Kind.NUMBER:
            return bool(found - {CLOCK, DATE})
        case Kind.TIME:
            said = regex.sub(r"\p{N}", "", cell.text)
            return not found.isdisjoint(TIMES) or gives(kind, said, cell.head, "", question.quantities)
        case Kind.DOSE:
            of_time = not named.isdisjoint({"time", *_SPANS})
            return bool(found - TIMES - ({""} if of_time else set()))
        case Kind.MONEY | Kind.CLOCK:
            return gives(kind, cell.text, cell.head, "", question.quantities)
