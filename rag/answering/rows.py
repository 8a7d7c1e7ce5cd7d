"""Which rows of a table a question asks for: one whose range holds its amount, one that its words name, or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.answering.evidence import Question
from rag.answering.fitting import Interval, amounts_asked, fits, naming_terms, states
from rag.answering.units import Unit
from rag.core.text import terms
from rag.core.types import BlockKind

MAX_ROWS: Final = 12
"""Rows quoted together where the question names no amount; more would no longer read as an answer."""


def asked_rows(question: Question, row: Unit, rows: Sequence[Unit]) -> list[Unit]:
    """The rows to quote where `row` answers best: it alone only if the question asks for it and for no other.

    Picking one dose of eight would mislead: where no range holds the amount asked for, all rows are quoted, and where
    several do, those.

    Args:
        rows: all rows of the table, `row` among them, in order.
    """
    amounts = _amounts(question)
    verdicts = [fits(amounts, other) for other in rows]
    fitting = [other for other, verdict in zip(rows, verdicts, strict=True) if verdict]
    possible = fitting or [other for other, verdict in zip(rows, verdicts, strict=True) if verdict is None]
    if row in possible and _stands_out(question, row, possible, sole=len(fitting) == 1):
        return [row]
    if fitting:
        return fitting
    ranged = any(verdict is not None for verdict in verdicts)
    return list(rows) if ranged or len(rows) <= MAX_ROWS else [row]


def may_be_marked(question: Question, unit: Unit) -> bool:
    """Whether the answer can stand in the unit: not in what is said of another weight or age than the asked one.

    Of rows that name no range of that kind it cannot be told, and one of them marked would look like the answer.
    """
    amounts = _amounts(question)
    verdict = fits(amounts, unit)
    if verdict is None and unit.kind is BlockKind.TABLE_ROW:
        return not any(amount.is_of_person for amount in amounts) or states(amounts, unit)
    return verdict is not False


def _amounts(question: Question) -> tuple[Interval, ...]:
    return amounts_asked(question.text, question.language)


def _stands_out(question: Question, row: Unit, possible: Sequence[Unit], *, sole: bool) -> bool:
    """Whether the question means this row rather than the others that are possible."""
    others = [other for other in possible if other is not row]
    if sole:
        return True
    amounts = _amounts(question)
    if states(amounts, row) and not any(states(amounts, other) for other in others):
        return True
    own = _naming_words(question, row)
    return bool(own) and all(_naming_words(question, other) < own for other in others)


def _naming_words(question: Question, row: Unit) -> frozenset[str]:
    """The question's words that stand in the row's cells; numbers and measures name no row."""
    language = row.passage.document.language
    cells = set(terms(row.text, language)) - set(terms(" ".join((row.lead, *row.head)), language))
    return frozenset(naming_terms(question.text, question.language) & question.weights.keys() & cells)
