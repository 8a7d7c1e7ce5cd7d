"""Which rows of a table a question asks for: one whose range holds its amount, one that its words name, or all."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.evidence import Question
from rag.answering.fitting import Interval, amounts_asked, fits, naming_terms, states
from rag.answering.units import Unit, cut
from rag.core.text import terms
from rag.core.types import BlockKind


def asked_rows(question: Question, row: Unit, rows: Sequence[Unit]) -> list[Unit]:
    """The rows to quote where `row` answers best: it alone only if the question asks for it and for no other.

    Picking one dose of eight would mislead: where no range holds the amount asked for, all rows are quoted; where
    several do, or several are named alike, those; and where the question's words name a row for another amount, "an
    adult of 35 kg", that too.

    Args:
        rows: all rows of the table, `row` among them, in order.
    """
    amounts = _amounts(question)
    verdicts = [fits(amounts, other) for other in rows]
    fitting = [other for other, verdict in zip(rows, verdicts, strict=True) if verdict]
    possible = fitting or [other for other, verdict in zip(rows, verdicts, strict=True) if verdict is None]
    ranged = any(verdict is not None for verdict in verdicts)
    fitting = _standing_out(question, row, possible, alone=ranged) or fitting
    if fitting:
        rivals = _rivals(question, fitting, rows)
        return [other for other in rows if other in fitting or other in rivals]
    return list(rows)


def may_be_marked(question: Question, unit: Unit) -> bool:
    """Whether the answer can stand in the unit: not in what is said of another weight or age than the asked one.

    Of rows that name no range of that kind it cannot be told, and one of them marked would look like the answer. Nor
    is one row marked where the question's words name another.
    """
    amounts = _amounts(question)
    verdict = fits(amounts, unit)
    if unit.kind is not BlockKind.TABLE_ROW or verdict is False:
        return verdict is not False
    if verdict is None:
        return not any(amount.is_of_person for amount in amounts) or states(amounts, unit)
    rows = [other for other in cut(unit.passage) if other.kind is BlockKind.TABLE_ROW and other.group == unit.group]
    return not _rivals(question, [other for other in rows if fits(amounts, other)], rows)


def _amounts(question: Question) -> tuple[Interval, ...]:
    return amounts_asked(question.text, question.language)


def _rivals(question: Question, fitting: Sequence[Unit], rows: Sequence[Unit]) -> list[Unit]:
    """Rows for another amount that have words of the question which no fitting row has."""
    named = frozenset[str]().union(*(_naming_terms(question, row) for row in fitting))
    return [row for row in rows if row not in fitting and not _naming_terms(question, row) <= named]


def _standing_out(question: Question, row: Unit, possible: Sequence[Unit], *, alone: bool) -> list[Unit]:
    """This one of the rows that are possible, with others that the question names, if it means them and not the table.

    It means a row by an amount that it states, or by words of which no other row has these and more.

    Args:
        alone: no other row may be named: where rows are for ranges, words in common name none.
    """
    if row not in possible:
        return []
    amounts = _amounts(question)
    stating = [one for one in possible if states(amounts, one)]
    if stating == [row]:
        return stating
    named = {one.span: _naming_terms(question, one) for one in possible}
    if alone:
        own = named.pop(row.span)
        return [row] if own and all(other < own for other in named.values()) else []
    meant = [one for one in possible if named[one.span] and not any(named[one.span] < some for some in named.values())]
    return meant if row in meant else []


def _naming_terms(question: Question, row: Unit) -> frozenset[str]:
    """The question's terms that stand in the row's cells; numbers and measures name no row."""
    language = row.passage.document.language
    cells = set(terms(row.text, language)) - set(terms(" ".join((row.lead, *row.head)), language))
    return frozenset(naming_terms(question.text, question.language) & question.weights.keys() & cells)
