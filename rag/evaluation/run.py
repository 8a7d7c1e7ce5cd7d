"""Asking a golden set and counting what was right."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from rag.core.golden import GoldenQuestion
from rag.core.types import Answer
from rag.engine import Engine
from rag.evaluation.metrics import quantile, states

_BY_NAME: Mapping[str, tuple[str, ...]] = {}


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
    questions: Iterable[GoldenQuestion],
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


def judge(question: GoldenQuestion, answer: Answer, records: Mapping[str, tuple[str, ...]] = _BY_NAME) -> Outcome:
    """Compare one answer with what its question should find.

    Args:
        records: further names of documents by their ids, when the library was made from a collection.
    """
    cited = (
        is_right_place(question, citation.document_id, citation.document, [citation.page], records)
        for citation in answer.citations
    )
    return Outcome(
        question,
        answer,
        page_cited=any(cited),
        answer_cited=answer.refusal is None and any(states(answer.text, accepted) for accepted in question.answers),
    )


def is_right_place(
    question: GoldenQuestion,
    document_id: str,
    document: str,
    pages: Iterable[int],
    records: Mapping[str, tuple[str, ...]],
) -> bool:
    """Whether a document and one of its pages are where the question's answer stands."""
    names = map(same_name, (document, *records.get(document_id, ())))
    if question.document is None or same_name(question.document) not in names:
        return False
    return not question.pages or any(page in question.pages for page in pages)


def same_name(name: str) -> str:
    """A document's name, alike however its accents are encoded: macOS writes them as marks of their own."""
    return unicodedata.normalize("NFC", name)


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """Counts of one run; shares of nothing are 0."""
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    seconds = [outcome.answer.timings["total"] for outcome in outcomes]
    return Summary(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        page_cited=_share(outcome.right for outcome in answerable),
        answer_cited=_share(outcome.answer_cited for outcome in answerable),
        answered=_share(outcome.answer.refusal is None for outcome in answerable),
        refused=_share(outcome.right for outcome in unanswerable),
        latency_p50=quantile(seconds, 0.50),
        latency_p95=quantile(seconds, 0.95),
    )


def _share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
