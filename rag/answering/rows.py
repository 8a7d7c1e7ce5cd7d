"""Which rows of a table a question asks for: one whose range holds its amount, one that its words name, or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import regex

from rag.answering.expectation import is_of_dosing
from rag.answering.fitting import fits, naming_terms, states, text_fits
from rag.answering.intervals import Interval
from rag.answering.measures import units
from rag.answering.normal import normal
from rag.answering.parallel import persons_among
from rag.answering.polarity import negations
from rag.answering.quantities import places
from rag.answering.question import Question
from rag.answering.units import Unit, cut
from rag.core.text import is_stopword, stem, terms, tokens
from rag.core.types import BlockKind, Span

_PARTS: Final = regex.compile(r"[;؛；,،，。.।۔](?!\p{N})")

_Names = Mapping[Span, tuple[frozenset[str], ...]]
"""Of each row, the question's terms that name it, by cell."""


def asked_rows(question: Question, row: Unit, rows: Sequence[Unit]) -> list[Unit]:
    """The rows to quote where `row` answers best: it alone only if the question asks for it and for no other.

    Picking one dose of eight would mislead: where no range holds the amount asked for, all rows are quoted; where
    several do, or several are named alike, those; and where the question's words name a row for another amount, "an
    adult of 35 kg", that too. Where the question names a medicine or a service, all rows are those of it.

    Args:
        rows: all rows of the table, `row` among them, in order.
    """
    rows = _numbered(question, rows)
    names = _names(question, rows)
    rows = _of_the_subject(question, row, rows, names)
    if row not in rows:
        # It answers best for its range, and is of another medicine.
        row = max(rows, key=lambda one: len(_all_names(names, one)))
    amounts = question.amounts
    verdicts = [fits(amounts, other) for other in rows]
    fitting = [other for other, verdict in zip(rows, verdicts, strict=True) if verdict]
    possible = fitting or [other for other, verdict in zip(rows, verdicts, strict=True) if verdict is None]
    ranged = any(verdict is not None for verdict in verdicts)
    fitting = _standing_out(amounts, row, possible, names, alone=ranged) or fitting
    if fitting:
        rivals = _rivals(fitting, rows, names)
        return [other for other in rows if other in fitting or other in rivals]
    return list(rows)


def _numbered(question: Question, rows: Sequence[Unit]) -> Sequence[Unit]:
    """Of rows that have one name with different numbers, "Penta 1" and "Penta 2", those with the question's number."""
    asked = _numbered_names(question.text, question.language)
    meant = [row for row in rows if asked & _numbered_names(row.text, row.passage.document.language)] if asked else []
    return meant or rows


@lru_cache(maxsize=2048)
def _numbered_names(text: str, language: str) -> frozenset[tuple[str, str]]:
    """The words that a whole number stands right behind, each with it; no measures, and no numbers of measures."""
    words = tokens(text)
    table = units(language)
    return frozenset(
        (stem(word.text, language), number.text)
        for word, number, behind in zip(words, words[1:], [*words[2:], None], strict=False)
        if number.text.isdecimal()
        and not any(map(str.isdecimal, word.text))
        and text[word.end : number.start] == " "
        and not (word.text in table or is_stopword(word.text, language))
        and not (behind and behind.text in table and not text[number.end : behind.start].strip())
    )


def may_be_marked(question: Question, unit: Unit) -> bool:
    """Whether the answer can stand in the unit: not in what is said of another weight or age than the asked one.

    Of rows that name no range of that kind it cannot be told, and one of them marked would look like the answer. Nor
    is a row marked that lacks a word by which the question names another one, or where it names none: what is said of
    the laboratory on other days does not tell when it is open on Saturdays. What stands in every row, "Dr", names none.
    """
    amounts = question.amounts
    verdict = fits(amounts, unit)
    if unit.kind is not BlockKind.TABLE_ROW or verdict is False:
        return verdict is not False
    if verdict is None and any(amount.is_of_person for amount in amounts) and not states(amounts, unit):
        return False
    rows = [other for other in cut(unit.passage) if other.kind is BlockKind.TABLE_ROW and other.group == unit.group]
    names = _names(question, rows)
    own = _all_names(names, unit)
    in_all = frozenset.intersection(*(_all_names(names, other) for other in rows))
    if len(rows) > 1 and verdict is None and not own - in_all and not states(amounts, unit):
        return False
    return all(_all_names(names, other) <= own for other in rows)


def _of_the_subject(question: Question, row: Unit, rows: Sequence[Unit], names: _Names) -> Sequence[Unit]:
    """The rows of the medicine or service that the question names: those named in the first column that names any.

    What they share with others in the columns behind is a condition: the pharmacy too is open on Saturday. A row that
    is named by more words than they are stays.
    """
    persons = persons_among(question.weights, question.language)
    columns = range(max(map(len, names.values())))
    keys = {column: {one.span: _of_column(names, one, column) - persons for one in rows} for column in columns}
    column = next((column for column in columns if any(keys[column].values())), None)
    if column is None:
        return rows
    key = keys[column]
    meant = [one for one in rows if key[one.span] and not any(key[one.span] < other for other in key.values())]
    amounts = question.amounts
    ranges = [
        number
        for one in rows
        for number, cell in enumerate(one.cells)
        if text_fits(amounts, cell, one.passage.document.language, one.head[number] if one.head[number:] else "")
        is not None
    ]
    if ranges:
        # A medicine is named before its ranges. Behind them stands what may contradict the amount that was asked.
        return meant if column < min(ranges) or any(fits(amounts, one) for one in meant) else rows
    most = max(len(_all_names(names, one)) for one in meant)
    wanted = {key[one.span] for one in meant}
    subject = [
        one
        for one in rows
        if len(own := _all_names(names, one)) > most or one in meant or any(some <= own for some in wanted)
    ]
    return subject if row in subject else rows


def _rivals(fitting: Sequence[Unit], rows: Sequence[Unit], names: _Names) -> list[Unit]:
    """Rows for another amount that have words of the question which no fitting row has."""
    named = frozenset[str]().union(*(_all_names(names, row) for row in fitting))
    return [row for row in rows if row not in fitting and not _all_names(names, row) <= named]


def _standing_out(
    amounts: Sequence[Interval], row: Unit, possible: Sequence[Unit], names: _Names, *, alone: bool
) -> list[Unit]:
    """This one of the rows that are possible, with others that the question names, if it means them and not the table.

    It means a row by an amount that it states, or by words of which no other row has these and more.

    Args:
        alone: no other row may be named: where rows are for ranges, words in common name none.
    """
    if row not in possible:
        return []
    stating = [one for one in possible if states(amounts, one)]
    named = {one.span: _all_names(names, one) for one in possible}
    if row in stating and all(named[one.span] == named[row.span] for one in stating):
        return stating
    if alone:
        own = named.pop(row.span)
        return [row] if own and all(other < own for other in named.values()) else []
    meant = [one for one in possible if named[one.span] and not any(named[one.span] < some for some in named.values())]
    return meant if row in meant else []


def _names(question: Question, rows: Sequence[Unit]) -> _Names:
    """The question's terms that stand in the rows' cells; those of their heads, numbers and measures name no row.

    The empty cells that a row begins with go on from the row above it.
    """
    asked, denied = asked_terms(question), bool(negations(normal(question.text, question.language), question.language))
    names: dict[Span, tuple[frozenset[str], ...]] = {}
    above: tuple[frozenset[str], ...] = ()
    for row in rows:
        language = row.passage.document.language
        wanted = asked - set(terms(" ".join((row.lead, *row.head)), language))
        cells = row.cells
        begun = next((column for column, cell in enumerate(cells) if cell), 0)
        own = [
            wanted & _cell_terms(cell, language, is_first=not column, denied=denied)
            if wanted.intersection(terms(cell, language))
            else frozenset[str]()
            for column, cell in enumerate(cells)
        ]
        above = names[row.span] = (*above[:begun], *own[len(above[:begun]) :])
    return names


def _of_column(names: _Names, row: Unit, column: int) -> frozenset[str]:
    return frozenset[str]().union(*names[row.span][column : column + 1])


def _all_names(names: _Names, row: Unit) -> frozenset[str]:
    return frozenset[str]().union(*names[row.span])


def asked_terms(question: Question) -> frozenset[str]:
    """The question's terms that can name a row: not that something is given or taken, which is said of every row."""
    text, language = question.text, question.language
    given = {text[token.start : token.end] for token in tokens(text) if is_of_dosing(text[token.start : token.end])}
    dosing = {term for word in given for term in terms(word, language)}
    return (naming_terms(text, language) & question.weights.keys()) - dosing


@lru_cache(maxsize=2048)
def _cell_terms(cell: str, language: str, *, is_first: bool, denied: bool) -> frozenset[str]:
    """The terms of a cell's parts that can name its row: no part that denies something, or says what the row gives.

    That begins with an amount, "2 ml of syrup"; a name may end in one, "panel 20 W".

    Args:
        is_first: of the first column, where an amount is always part of a name.
        denied: the question itself denies something: then a part that does may be meant.
    """
    found = frozenset[str]()
    for part in _PARTS.split(cell):
        said = normal(part, language)
        amount = next((placed for placed in places(said, language) if placed.measured), None)
        before = tokens(said[: amount.start]) if amount else []
        gives = amount and all(is_stopword(word.text, language) for word in before)
        if (is_first or not gives) and (denied or not negations(said, language)):
            found |= naming_terms(part, language)
    return found
