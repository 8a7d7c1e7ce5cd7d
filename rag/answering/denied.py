"""What a text denies of exactly what was asked about: told before what it says of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answering.conditions import clauses, denies
from rag.answering.evidence import RankedUnit
from rag.answering.expectation import without_asking
from rag.answering.question import Question
from rag.answering.rows import asked_terms
from rag.core.text import content_terms, terms
from rag.core.types import BlockKind


def denied_first(question: Question, ranked: Sequence[RankedUnit]) -> list[RankedUnit]:
    """The units so that a sentence comes first that denies what was asked, where the first one leaves a word of it out.

    For a newborn's diazepam "0.5 mg per kg" is dangerous while the same passage says that it "is not given to
    newborns". Of the question's words, those that only the denial has must weigh more than those that only the first
    unit has, and stand in the clause that denies. Words that only tell what is asked for, "cost", or that something is
    given, count for nothing. Where the question itself denies something, nothing is changed.
    """
    if not ranked or question.denies:
        return list(ranked)
    first = ranked[0]
    for entry in ranked[1:]:
        if entry.unit.passage == first.unit.passage and _denies(question, entry, first):
            return [replace(entry, score=first.score), *(other for other in ranked if other is not entry)]
    return list(ranked)


def _denies(question: Question, entry: RankedUnit, first: RankedUnit) -> bool:
    unit, language = entry.unit, entry.unit.passage.document.language
    if unit.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
        return False
    own = entry.own_terms
    named = asked_terms(question) & frozenset(content_terms(without_asking(question.text), question.language))
    only, missed = (own - first.matched) & named, (first.own_terms - own) & named
    if _weight(question, only) <= _weight(question, missed):
        return False
    return any(denies(clause, language) and only <= set(terms(clause, language)) for clause in clauses(unit.text))


def _weight(question: Question, said: frozenset[str]) -> float:
    return sum(question.weights[term] for term in said)
