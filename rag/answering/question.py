"""A question prepared for comparison with pieces of documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rag.answering.conditions import denies
from rag.answering.expectation import Kind
from rag.answering.fitting import amounts_asked
from rag.answering.intervals import Interval
from rag.answering.quantities import Quantity
from rag.core.ports import Vector
from rag.core.text import content_terms


@dataclass(frozen=True, slots=True)
class Question:
    """A question prepared for comparison."""

    text: str
    language: str
    vector: Vector
    weights: Mapping[str, float]
    """Each content term's share of the question's information (inverse document frequency), summing to 1."""
    trust: float
    """How far the embedder is trusted in this language, 0 to 1."""
    quantities: frozenset[Quantity]
    """Numbers with units that it asks about: "a child of 8 kg"."""
    expected: frozenset[Kind]
    """What an answer must hold: a number, money, a time."""
    unknown: frozenset[str] = frozenset()
    """Its content terms that no document has in this form."""
    named: frozenset[str] = frozenset()
    """Of a follow-up like "And the laboratory?", the content terms that say what is asked about now."""

    denies: bool = field(init=False)
    """Whether it asks what is denied or forbidden: "What must not be given?". Each piece is held against it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "denies", denies(self.text, self.language))

    @property
    def amounts(self) -> tuple[Interval, ...]:
        """The weights, ages and other amounts that it names, as ranges are held against them."""
        return amounts_asked(self.text, self.language)


def naming(question: Question, named: str) -> Question:
    """The question with the words of a follow-up that name what is asked about now; "" where it names nothing."""
    return replace(question, named=frozenset(content_terms(named, question.language)))
