"""Deciding that the documents do not say, before anything is claimed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from itertools import chain, islice
from typing import Final, NamedTuple

from rag.answering.evidence import Evidence, RankedUnit
from rag.answering.extract import cite
from rag.answering.question import Question
from rag.answering.units import Unit, cut, with_entry
from rag.core.config import Caution
from rag.core.messages import messages
from rag.core.types import Passage, Refusal

NEAREST: Final = 3
"""Nearest passages shown with a refusal."""


class Weights(NamedTuple):
    """Of a logistic regression over `Evidence`."""

    meaning: float
    missing: float
    lacking: float
    untrusted: float
    reading: float
    bias: float


READ: Final = Weights(meaning=4.6, missing=-1.28, lacking=-1.45, untrusted=2.02, reading=3.89, bias=-4.06)
UNREAD: Final = Weights(meaning=5.96, missing=-2.66, lacking=-1.83, untrusted=3.09, reading=0.0, bias=-2.58)
"""Where the reader is trusted, and where it is not. Fitted by `python -m rag.evaluation.calibrate` on the tune half of
sample_docs/golden.jsonl, on one article of SQuAD 2.0 and on invented sections (docs/decisions/0004, 0012, 0014): what
is reported on is never looked at for this. Both kinds of questions weigh alike: inventing an answer is no smaller a
harm than withholding one, and a refusal still shows the nearest passages."""
THRESHOLDS: Final[Mapping[Caution, float]] = {"careful": 0.488, "balanced": 0.454, "eager": 0.3}
"""Answer when the probability is at least this: all, 0.86 and 0.7 of the tune half's unanswerable questions fall
below."""
HOPELESS: Final = 0.2
"""A model is not even asked when meaning and words both stay below this: it could only invent."""


def answerable(evidence: Evidence, caution: Caution) -> bool:
    """Whether the documents are likely enough to answer."""
    return probability(evidence) >= THRESHOLDS[caution]


def probability(evidence: Evidence) -> float:
    """Probability that the documents answer, 0 to 1."""
    return evidence.read * _logistic(READ, evidence) + (1.0 - evidence.read) * _logistic(UNREAD, evidence)


def _logistic(weights: Weights, evidence: Evidence) -> float:
    *factors, bias = weights
    # How far the reader is trusted, the last of the measures, says which weights count.
    total = bias + sum(map(operator.mul, factors, astuple(evidence)[:-1]))
    return 1.0 / (1.0 + math.exp(-total))


def hopeless(question: Question, passages: Sequence[Passage], coverage: Callable[[], float]) -> bool:
    """Whether no passage comes near the question, neither by meaning nor by words.

    Args:
        coverage: gives `EvidenceRanker.coverage`, which takes time and mostly is not needed.
    """
    meaning = question.trust * max((passage.similarity for passage in passages), default=0.0)
    return meaning < HOPELESS and coverage() < HOPELESS


def refuse(language: str, passages: Sequence[Passage], searched: int, ranked: Sequence[RankedUnit] = ()) -> Refusal:
    """The refusal with what came nearest, in the question's language.

    Args:
        searched: chunks that were searched; 0 means an empty library.
        ranked: units that were compared with the question, best first, where that was done.
    """
    said = messages(language)
    if searched == 0:
        return Refusal("empty_library", said.empty_library)
    nearest: dict[str, Unit] = {}
    for unit in chain((entry.unit for entry in ranked), (unit for passage in passages for unit in cut(passage))):
        nearest.setdefault(unit.passage.key, with_entry(unit))
    shown = tuple(map(cite, islice(nearest.values(), NEAREST)))
    return Refusal("not_in_documents", said.not_in_documents, shown, searched)
