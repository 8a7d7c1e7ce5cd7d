"""Asking a golden set and counting what was right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from rag.core.types import Answer
from rag.engine import Engine
from rag.evaluation.datasets import GoldenQuestion


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one golden question brought."""

    question: GoldenQuestion
    answer: Answer
    page_cited: bool
    """The right document and page are among the citations."""
    answer_cited: bool
    """An accepted answer stands in the answer's text."""

    @property
    def right(self) -> bool:
        """Answered from the right page, or rightly refused."""
        if self.question.answerable:
            return self.answer.refusal is None and self.page_cited
        return self.answer.refusal is not None


@dataclass(frozen=True, slots=True)
class Summary:
    """Shares from 0 to 1, and seconds."""

    answerable: int
    unanswerable: int
    page_cited: float
    """Answerable questions with the right document and page among the citations, refusals counting as missed."""
    answer_cited: float
    """Answerable questions with an accepted answer in the text."""
    answered: float
    """Answerable questions that were not refused."""
    refused: float
    """Unanswerable questions that were refused."""
    latency_p50: float
    latency_p95: float

    def to_json(self) -> dict[str, float | int]:
        """The fields by name."""
        return asdict(self)


def run(
    engine: Engine,
    questions: Sequence[GoldenQuestion],
    *,
    model: str = "none",
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
) -> list[Outcome]:
    """Ask every question, in order."""
    outcomes = []
    for question in questions:
        answer = engine.answer(question.question, history=question.history, model=model)
        outcome = judge(question, answer)
        on_outcome(outcome)
        outcomes.append(outcome)
    return outcomes


def judge(question: GoldenQuestion, answer: Answer) -> Outcome:
    """Compare one answer with what its question should find."""
    cited = {(citation.document, citation.page) for citation in answer.citations}
    text = _folded(answer.text)
    return Outcome(
        question,
        answer,
        page_cited=any((question.document, page) in cited for page in question.pages),
        answer_cited=answer.refusal is None and any(_folded(accepted) in text for accepted in question.answers),
    )


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """Counts of one run; shares of nothing are 0."""
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    seconds = sorted(outcome.answer.timings["total"] for outcome in outcomes)
    return Summary(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        page_cited=_share(outcome.right for outcome in answerable),
        answer_cited=_share(outcome.answer_cited for outcome in answerable),
        answered=_share(outcome.answer.refusal is None for outcome in answerable),
        refused=_share(outcome.right for outcome in unanswerable),
        latency_p50=_quantile(seconds, 0.50),
        latency_p95=_quantile(seconds, 0.95),
    )


def _share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank quantile of sorted values."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else 0.0


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
