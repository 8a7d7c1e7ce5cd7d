"""How well pieces of the documents speak to a question: by meaning, and by the question's own words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rag.answering.units import Unit, cut
from rag.core.ports import Embedder, KeywordIndex, Vector
from rag.core.text import content_terms, terms
from rag.core.types import Passage

EMBEDDED_UNITS: Final = 16
"""Units whose meaning is compared, chosen by their words first: embedding is what takes the time."""
CONTEXT_WEIGHT: Final = 0.6
"""What a question's word counts when it stands in a unit's headings or table head and not in the unit itself."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question prepared for comparison."""

    text: str
    language: str
    vector: Vector
    weights: Mapping[str, float]
    """Each content term's share of the question's information (inverse document frequency), summing to 1."""
    unknown: float
    """The share of terms that occur nowhere in the library."""
    trust: float
    """How far the embedder is trusted in this language, 0 to 1."""


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """A unit with how it was judged."""

    unit: Unit
    score: float
    similarity: float
    """Cosine between question and unit, read with what it hangs on."""
    coverage: float
    """Share of the question's information that the unit and its context mention, 0 to 1."""
    matched: frozenset[str]
    """The question's terms it mentions."""


class EvidenceRanker:
    """Ranks the units of passages against a question."""

    def __init__(self, embedder: Embedder, keywords: KeywordIndex, trust: Callable[[str], float]) -> None:
        self._embedder = embedder
        self._keywords = keywords
        self._trust = trust

    def prepare(self, text: str, language: str, vector: Vector) -> Question:
        """Weigh the question's words by how rare they are in the library.

        The weight is BM25's inverse document frequency, ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson and
        Zaragoza 2009), normalised to sum 1.
        """
        question_terms = content_terms(text, language)
        total = self._keywords.count()
        frequencies = self._keywords.document_frequency(question_terms)
        raw = {
            term: math.log(1 + (total - n + 0.5) / (n + 0.5))
            for term, n in zip(question_terms, frequencies, strict=True)
        }
        whole = sum(raw.values()) or 1.0
        weights = {term: weight / whole for term, weight in raw.items()}
        unknown = sum(weights[term] for term, n in zip(question_terms, frequencies, strict=True) if n == 0)
        return Question(text, language, vector, weights, unknown, self._trust(language))

    def coverage(self, question: Question, passage: Passage) -> float:
        """Share of the question's information that the passage with its title and headings mentions."""
        text = " ".join((passage.document.title, *passage.heading_path, passage.text))
        found = set(terms(text, passage.document.language))
        return sum(weight for term, weight in question.weights.items() if term in found)

    def rank(self, question: Question, passages: Sequence[Passage]) -> list[RankedUnit]:
        """All units that were compared by meaning, best first."""
        judged = [(unit, *self._words(question, unit)) for passage in passages for unit in cut(passage)]
        # The passage's own rank decides among units with the same words: sorting is stable.
        judged.sort(key=lambda entry: -(entry[1] + question.trust * max(0.0, entry[0].passage.similarity)))
        chosen = judged[:EMBEDDED_UNITS]
        if not chosen:
            return []
        texts = [_with_context(unit) for unit, _, _ in chosen]
        similarities = (self._embedder.encode_document(texts) @ question.vector).tolist()
        ranked = [
            RankedUnit(unit, _score(question, similarity, coverage), similarity, coverage, matched)
            for (unit, coverage, matched), similarity in zip(chosen, similarities, strict=True)
        ]
        return sorted(ranked, key=lambda entry: -entry.score)

    def _words(self, question: Question, unit: Unit) -> tuple[float, frozenset[str]]:
        language = unit.passage.document.language
        own = set(terms(unit.text, language))
        around = set(terms(unit.context, language))
        matched = frozenset(term for term in question.weights if term in own or term in around)
        coverage = sum(question.weights[term] * (1.0 if term in own else CONTEXT_WEIGHT) for term in matched)
        return coverage, matched


def _with_context(unit: Unit) -> str:
    lead = unit.lead or (unit.passage.heading_path[-1] if unit.passage.heading_path else unit.passage.document.title)
    return f"{' '.join(lead.split())}: {unit.readable()}"


def _score(question: Question, similarity: float, coverage: float) -> float:
    """Meaning and words weigh alike where the embedder is trusted; words decide where it is not."""
    return (question.trust * max(0.0, similarity) + coverage) / (question.trust + 1.0)
