"""Deciding that the documents do not say, before anything is claimed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from itertools import chain, islice
from typing import Final

from rag.answering.evidence import Evidence, Question, RankedUnit
from rag.answering.extract import cite
from rag.answering.units import Unit, cut
from rag.core.config import Caution
from rag.core.messages import messages
from rag.core.types import Passage, Refusal

NEAREST: Final = 3
"""Nearest passages shown with a refusal."""


WEIGHTS: Final = Evidence(meaning=4.26, missing=-2.88, lacking=-1.69, untrusted=3.44, reading=4.82)
BIAS: Final = -2.77
"""Logistic regression over `Evidence`, fitted by `python -m rag.evaluation.calibrate` on the tune half of
sample_docs/golden.jsonl, on one article of SQuAD 2.0 and on invented sections (docs/decisions/0004, 0012). What is
reported on is never looked at for this. Both kinds of questions weigh alike: inventing an answer is no smaller a harm
than withholding one, and a refusal still shows the nearest passages."""
THRESHOLDS: Final[Mapping[Caution, float]] = {"careful": 0.48, "balanced": 0.39, "eager": 0.33}
"""Answer when the probability is at least this: 0.95, 0.85 and 0.7 of the tune half's unanswerable questions fall
below."""
HOPELESS: Final = 0.2
"""A model is not even asked when meaning and words both stay below this: it could only invent."""


def answerable(evidence: Evidence, caution: Caution) -> bool:
    """Whether the documents are likely enough to answer."""
    return probability(evidence) >= THRESHOLDS[caution]


def probability(evidence: Evidence) -> float:
    """Probability that the documents answer, 0 to 1."""
    total = BIAS + sum(map(operator.mul, astuple(WEIGHTS), astuple(evidence)))
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
        nearest.setdefault(unit.passage.key, unit)
    shown = tuple(map(cite, islice(nearest.values(), NEAREST)))
    return Refusal("not_in_documents", said.not_in_documents, shown, searched)
