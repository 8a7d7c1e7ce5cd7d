"""Deciding that the documents do not say, before anything is claimed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import astuple
from itertools import chain, islice
from typing import Final

from rag.answering.evidence import Evidence, Question, RankedUnit
from rag.answering.extract import cite
from rag.answering.units import Unit, cut
from rag.core.messages import messages
from rag.core.types import Passage, Refusal

NEAREST: Final = 3
"""Nearest passages shown with a refusal."""


WEIGHTS: Final = Evidence(meaning=5.8, missing=-7.48, lacking=-2.25, untrusted=2.32)
BIAS: Final = -0.91
"""Logistic regression over `Evidence`, fitted by `python -m rag.evaluation.calibrate` on the tune half of
sample_docs/golden.jsonl. Its test half is never looked at for this."""
THRESHOLD: Final = 0.5
"""Answer when the probability is at least this. Both kinds of questions weigh alike in the fit: inventing an answer is
no smaller a harm than withholding one, and a refusal still shows the nearest passages."""
HOPELESS: Final = 0.2
"""A model is not even asked when meaning and words both stay below this: it could only invent."""


def answerable(evidence: Evidence) -> bool:
    """Whether the documents are likely to answer."""
    return probability(evidence) >= THRESHOLD


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
