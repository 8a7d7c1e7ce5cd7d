"""What speaks for or against a piece of a document beyond its meaning and its words: for whom it is, what it gives."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import pairwise
from typing import Final

from rag.answering.bounds import gives_bound
from rag.answering.conditions import clauses, denies, is_condition
from rag.answering.expectation import Kind, gives
from rag.answering.fitting import fits
from rag.answering.measures import in_base
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.units import Unit
from rag.core.text import terms
from rag.core.types import BlockKind

RANGE_WEIGHT: Final = 0.4
"""A row for the asked weight or age counts up to so much more, one for another so much less."""
KIND_WEIGHT: Final = 0.3
"""What a unit loses that lacks the kind of thing asked for: a number, money, a time."""
PHRASE_WEIGHT: Final = 0.3
"""What a unit gains that has all pairs of neighbouring words of the question."""
_FEWEST_CLAUSES: Final = 2
_TIMES: Final = frozenset({"s", "month", "night"})
_AMOUNTS: Final = frozenset({Kind.NUMBER, Kind.DOSE, Kind.MONEY})


def fitting(question: Question, units: Sequence[Unit], weight: float) -> list[tuple[Unit, float]]:
    """The units of a passage, each with what its range speaks for or against it.

    Rows lose only where another row of their table is the right one: without such a row the whole table is the answer.

    Args:
        weight: what the right range counts for.
    """
    amounts = question.amounts
    verdicts = [fits(amounts, unit) for unit in units]
    served = {
        unit.group
        for unit, verdict in zip(units, verdicts, strict=True)
        if verdict and unit.kind is BlockKind.TABLE_ROW
    }
    return [
        (unit, weight if verdict else -RANGE_WEIGHT if verdict is False and _is_rival(unit, served) else 0.0)
        for unit, verdict in zip(units, verdicts, strict=True)
    ]


def _is_rival(unit: Unit, served: Set[int]) -> bool:
    return unit.kind is not BlockKind.TABLE_ROW or unit.group in served


def fitness(question: Question, unit: Unit) -> float:
    """What speaks for or against a unit beyond its words and its range: it has a number to give, words side by side."""
    found = 0.0 if gives_expected(question, unit) else -KIND_WEIGHT
    if question.denies and not says_no(unit):
        # Asked what must not be given, "500 mg with the evening meal" is no answer.
        found -= KIND_WEIGHT
    return found + PHRASE_WEIGHT * _phrases(question, unit)


def _phrases(question: Question, unit: Unit) -> float:
    """Share of the question's pairs of neighbouring content words that stand side by side in the unit: "10 A"."""
    asked = terms(question.text, question.language)
    pairs = {pair for pair in pairwise(asked) if question.weights.keys() & set(pair)}
    found = set(pairwise(terms(unit.text, unit.passage.document.language)))
    return len(pairs & found) / len(pairs) if pairs else 0.0


def says_no(unit: Unit) -> bool:
    """Whether the unit, or what it hangs on, denies or forbids something."""
    path = unit.passage.heading_path
    said = " ".join((*path[-1:], unit.lead, unit.entry_name, *unit.head, unit.text))
    return denies(said, unit.passage.document.language)


def gives_expected(question: Question, unit: Unit) -> bool:
    """Whether the unit holds every kind of thing, and each bound, that the question asks for.

    A tablet's strength is no dose.
    """
    if Kind.DOSE in question.expected and unit.names_entry:
        return False
    kinds = question.expected
    if question.denies:
        # "When is it contraindicated?" asks for a condition.
        kinds -= {Kind.TIME}
    if kinds & _AMOUNTS and is_of_another(question, unit, conditional=True):
        return False
    if not gives_bound(question.text, question.language, unit, of_dose=Kind.DOSE in kinds):
        return False
    around = " ".join((unit.lead, *unit.head))
    passage = " ".join((*unit.passage.heading_path, unit.passage.text))
    return all(gives(kind, unit.text, around, passage, question.quantities) for kind in kinds)


def is_of_another(question: Question, unit: Unit, *, conditional: bool) -> bool:
    """Whether the amounts of a sentence are of something else than what was asked about.

    It names that only in a clause that denies it: "Where artesunate is not available, use artemether 3.2 mg/kg", "A
    child with an allergy is not given amoxicillin; such a child gets azithromycin 10 mg/kg". Not where the question
    itself denies something.

    Args:
        conditional: only where the clause that denies is a condition.
    """
    language = unit.passage.document.language
    parts = clauses(unit.text)
    if len(parts) < _FEWEST_CLAUSES or question.denies:
        return False
    said = [set(terms(part, language)) for part in parts]
    named = {term for term in question.weights if any(term in own for own in said)}
    if not named:
        return False
    most = max(question.weights[term] for term in named)
    for name in (term for term in named if question.weights[term] == most):
        naming = [part for part, own in zip(parts, said, strict=True) if name in own]
        others = [part for part, own in zip(parts, said, strict=True) if name not in own]
        if all(_is_denied(part, language, conditional) for part in naming) and _give(others, language):
            return True
    return False


def _is_denied(clause: str, language: str, conditional: bool) -> bool:
    return denies(clause, language) and (not conditional or is_condition(clause, language))


def _give(parts: Sequence[str], language: str) -> bool:
    """Whether there is an amount that is no length of time: "under 6 months" gives nothing."""
    found = {in_base(quantity.unit)[0] for part in parts for quantity in quantities(part, language)}
    return bool(found - {"", *_TIMES})
