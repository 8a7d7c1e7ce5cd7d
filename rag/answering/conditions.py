"""Clauses that say under which condition the rest of their sentence holds: "Where artesunate is not available, ..."."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

import regex

from rag.answering.measures import in_base
from rag.answering.polarity import denied_alone, negations
from rag.answering.quantities import normal, quantities
from rag.core.text import as_whole_words, fold, terms
from rag.core.words import words_of

if TYPE_CHECKING:
    from rag.answering.evidence import Question
    from rag.answering.units import Unit

_CLAUSE_ENDS: Final = regex.compile(r"[;؛；,،，:：](?!\p{N})")


def clauses(text: str) -> list[str]:
    """The text's clauses, as its commas, semicolons and colons part them."""
    return _CLAUSE_ENDS.split(text)


def is_condition(clause: str, language: str) -> bool:
    """Whether a clause begins as one that says when the rest holds."""
    return _begins_with(clause, words_of(language).condition_openings)


def is_limitation(sentence: str, language: str) -> bool:
    """Whether a sentence begins as one that takes back a part of the one before it: "But not in ..."."""
    return _begins_with(sentence, words_of(language).limiting_openings)


def _begins_with(text: str, words: tuple[str, ...]) -> bool:
    pattern = _beginning(words)
    return pattern is not None and pattern.match(fold(text.strip())) is not None


@cache
def _beginning(words: tuple[str, ...]) -> regex.Pattern[str] | None:
    return regex.compile(as_whole_words("|".join(map(fold, words)))) if words else None


def denies(text: str, language: str) -> bool:
    """Whether a text denies or forbids something: "must not", "never", "avoid"."""
    said = normal(text, language)
    return bool(negations(said, language)) or denied_alone(said, "", language)


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
    if len(parts) < _FEWEST_CLAUSES or denies(question.text, question.language):
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


_FEWEST_CLAUSES: Final = 2
_TIMES: Final = frozenset({"s", "month", "night"})


def _is_denied(clause: str, language: str, conditional: bool) -> bool:
    return denies(clause, language) and (not conditional or is_condition(clause, language))


def _give(parts: Sequence[str], language: str) -> bool:
    """Whether there is an amount that is no length of time: "under 6 months" gives nothing."""
    found = {in_base(quantity.unit)[0] for part in parts for quantity in quantities(part, language)}
    return bool(found - {"", *_TIMES})
