"""The row that a question names and the cell that it asks for: an answer also where the reader doubts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rag.answering.asked_cell import asked_cell
from rag.answering.evidence import Evidence, EvidenceRanker, RankedUnit
from rag.answering.expectation import is_of_dosing, without_kinds
from rag.answering.fitting import naming_terms
from rag.answering.parallel import persons_among
from rag.answering.question import Question
from rag.answering.rows import asked_rows, may_be_marked
from rag.answering.units import Unit, cut
from rag.core.text import content_words, stem, terms
from rag.core.types import BlockKind

LEAST_READING: Final = 0.53
"""The reading of such a row at least: what half of the answers of the tune half of sample_docs/golden.jsonl reach, see
`evidence.ODDS`."""


def weighed(ranker: EvidenceRanker, question: Question, ranked: Sequence[RankedUnit]) -> Evidence:
    """What speaks for and against the best unit, its row and cell included.

    Args:
        ranked: as `EvidenceRanker.rank` gives them; at least one.
    """
    return with_named_row(question, ranked, ranker.weigh(question, ranked))


def with_named_row(question: Question, ranked: Sequence[RankedUnit], evidence: Evidence) -> Evidence:
    """The evidence with at least `LEAST_READING` where the best unit is the one row that the question asks for.

    Its words and amounts choose that row alone, one cell of it is asked for, and every word that names something stands
    in the row or above it. A near miss, another medicine or a column that is not there, lacks one of these.

    Args:
        ranked: as `EvidenceRanker.rank` gives them; at least one.
    """
    unit = ranked[0].unit
    if evidence.reading >= LEAST_READING or not evidence.read or unit.kind is not BlockKind.TABLE_ROW:
        return evidence
    if len(unit.head) != len(unit.cells):
        return evidence  # a title over the whole table names no cell
    named = _naming(question) <= _said(unit) and may_be_marked(question, unit)
    if not named or asked_cell(question, unit) is None:
        return evidence
    rows = [other for other in cut(unit.passage) if other.group == unit.group and other.kind is BlockKind.TABLE_ROW]
    chosen = len(rows) > 1 and asked_rows(question, unit, rows) == [unit]
    return replace(evidence, reading=LEAST_READING) if chosen else evidence


def _naming(question: Question) -> set[str]:
    """The question's terms that say of what it asks: not what it asks for, that something is given, or to whom."""
    language = question.language
    words = [word for word in content_words(without_kinds(question.text), language) if not is_of_dosing(word)]
    asked = {stem(word, language) for word in words} & naming_terms(question.text, language) & question.weights.keys()
    return asked - persons_among(asked, language)


def _said(unit: Unit) -> frozenset[str]:
    return frozenset(terms(f"{unit.text} {unit.context}", unit.passage.document.language))
