"""How good answers and refusals are, question by question and over all, by language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rag.answering.refusal import probability
from rag.core.golden import GoldenQuestion
from rag.core.messages import messages
from rag.core.types import Answer
from rag.engine import Engine
from rag.evaluation.metrics import auroc, exact_match, mean, quantile, token_f1
from rag.evaluation.run import Outcome, is_right_place, judge

LOWER_IS_BETTER: Final = frozenset({"unsupported"})
"""Of the metrics; more is better of the others."""
DIGITS: Final = 4
"""Of shares in the JSON: a set has fewer than ten thousand questions, mostly."""

_QUOTATION_MARKS: Final = str.maketrans("", "", "“”")
_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = {}


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's answer with its scores. None where a score does not apply to the question or is not known."""

    outcome: Outcome
    probability: float
    """What the refusal went by without a model: the probability that the documents answer."""
    exact_match: float
    """Of the whole text, 0 or 1; a refusal is right where nothing answers (SQuAD 2.0)."""
    f1: float
    marked_exact_match: float
    """Of the part that is marked as the answer itself, see `marked`."""
    marked_f1: float
    page_hit: bool | None
    """A right page is among the passages that the answer was made from."""
    citation_precision: float | None
    """Share of the citations that are to a right page."""
    unsupported: float | None
    """Share of the answer's sentences that the check does not find in the documents."""

    @property
    def question(self) -> GoldenQuestion:
        """What was asked."""
        return self.outcome.question

    @property
    def answer(self) -> Answer:
        """What was answered."""
        return self.outcome.answer

    @property
    def refused(self) -> bool:
        """Whether the answer is a refusal."""
        return self.answer.refusal is not None

    @property
    def asked_back(self) -> bool:
        """Whether the answer is a question back."""
        return self.answer.clarification is not None

    def to_json(self) -> dict[str, Any]:
        """All that a comparison of two runs needs."""
        answer, question = self.answer, self.question
        located = question.answerable and question.document is not None
        worded = bool(question.answers) or not question.answerable
        return {
            "id": question.id,
            "question": question.question,
            "language": question.language,
            "answerable": question.answerable,
            "accepted": list(question.answers),
            "answer": answer.text,
            "marked": "" if self.refused else marked(answer),
            "refused": self.refused,
            "asked_back": self.asked_back,
            "probability": round(self.probability, 6),
            # No words are known to be right where a person gave the page alone: a refusal would be.
            "exact_match": self.exact_match if worded else None,
            "f1": round(self.f1, DIGITS) if worded else None,
            "marked_exact_match": self.marked_exact_match if worded else None,
            "marked_f1": round(self.marked_f1, DIGITS) if worded else None,
            "answer_in_text": self.outcome.answer_cited if question.answerable and question.answers else None,
            "page_hit": self.page_hit,
            "page_cited": self.outcome.right if located else None,
            "citation_precision": self.citation_precision,
            "unsupported": self.unsupported,
            "sentences": 0 if self.refused else len(answer.sentences),
            "seconds": round(answer.timings["total"], DIGITS),
            "prompt_tokens": answer.usage.prompt_tokens,
            "answer_tokens": answer.usage.answer_tokens,
        }


def ask_each(
    engine: Engine,
    questions: Iterable[GoldenQuestion],
    *,
    model: str | None = None,
    records: Mapping[str, tuple[str, ...]] = _BY_NAME,
) -> Iterator[Scored]:
    """Ask the questions one after the other, in order.

    Args:
        engine: over the library to be asked.
        questions: what to ask.
        model: overrides the configured model; "none" quotes.
        records: further names of documents by their ids, when the library was made from a collection.
    """
    # The first search loads what later ones have.
    engine.evidence("Warm-up")
    for question in questions:
        answer = engine.answer(question.question, history=question.history, model=model)
        evidence = engine.evidence(answer.searched_question)
        yield score(question, answer, probability(evidence) if evidence is not None else 0.0, records)


def score(
    question: GoldenQuestion,
    answer: Answer,
    answerable: float = 0.0,
    records: Mapping[str, tuple[str, ...]] = _BY_NAME,
) -> Scored:
    """Compare one answer with what its question should bring.

    Args:
        answerable: the probability that the documents answer, which the refusal went by.
        records: further names of documents by their ids, when the library was made from a collection.
    """
    refused = answer.refusal is not None
    said, part = ("", "") if refused else (spoken(answer), marked(answer))
    accepted = question.answers if question.answerable else ()
    located = question.answerable and question.document is not None
    right = [is_right_place(question, c.document_id, c.document, [c.page], records) for c in answer.citations]
    found = [
        is_right_place(question, p.document.id, p.document.name, {span.page for span in p.spans}, records)
        for p in answer.passages
    ]
    sentences = () if refused else answer.sentences
    return Scored(
        outcome=judge(question, answer, records),
        probability=answerable,
        exact_match=exact_match(said, accepted),
        f1=token_f1(said, accepted),
        marked_exact_match=exact_match(part, accepted),
        marked_f1=token_f1(part, accepted),
        page_hit=any(found) if located else None,
        citation_precision=sum(right) / len(right) if located and right and not refused else None,
        unsupported=sum(not s.supported for s in sentences) / len(sentences) if sentences else None,
    )


def spoken(answer: Answer) -> str:
    """The answer's sentences without the keys of citations and the marks of quotation."""
    return " ".join(sentence.text for sentence in answer.sentences).translate(_QUOTATION_MARKS)


def marked(answer: Answer) -> str:
    """The part that is marked as the answer itself, in the first sentence that has one; else the answer as a whole."""
    for sentence in answer.sentences:
        if sentence.emphasis:
            return " ".join(sentence.text[start:end] for start, end in sentence.emphasis)
    return spoken(answer)


def report(scored: Sequence[Scored], seconds: float) -> dict[str, Any]:
    """The figures of a run as plain values for JSON.

    Args:
        scored: one per question.
        seconds: what asking them took.
    """
    by_language: dict[str, list[Scored]] = {}
    for one in scored:
        by_language.setdefault(one.question.language, []).append(one)
    languages = {code: metrics(by_language[code]) for code in sorted(by_language)}
    # The first question waits for what the others find loaded.
    timings = [one.answer.timings for one in scored[1:] or scored]
    times = [each["total"] for each in timings]
    firsts = [each["first_token"] for each in timings if "first_token" in each]
    prompts, answers = (
        [getattr(one.answer.usage, name) for one in scored] for name in ("prompt_tokens", "answer_tokens")
    )
    return {
        "questions": len(scored),
        "answerable": sum(one.question.answerable for one in scored),
        "unanswerable": sum(not one.question.answerable for one in scored),
        "models": _counted([one.answer.model for one in scored]),
        "quoted_instead": sum(map(_fell_back, scored)),
        "asked_back": sum(one.asked_back for one in scored),
        "metrics": metrics(scored),
        "languages": languages,
        "worst_over_best": worst_over_best(languages),
        "latency": {
            "p50": quantile(times, 0.50),
            "p95": quantile(times, 0.95),
            "first_token_p50": quantile(firsts, 0.50) if firsts else None,
        },
        "tokens": {"prompt": sum(prompts), "answer": sum(answers)},
        "peak_memory_mb": peak_memory_mb(),
        "seconds": round(seconds, 3),
        "results": [one.to_json() for one in scored],
    }


def metrics(scored: Sequence[Scored]) -> dict[str, float | None]:
    """The figures over some questions, 0 to 1, see docs/evaluation.md; None where there is nothing to count."""
    answerable = [one for one in scored if one.question.answerable]
    unanswerable = [one for one in scored if not one.question.answerable]
    with_answers = [one for one in answerable if one.question.answers]
    located = [one for one in answerable if one.question.document is not None]
    refused = [one for one in scored if one.refused]
    sentences = [sentence for one in scored if not one.refused for sentence in one.answer.sentences]
    figures = {
        "exact_match": mean([one.exact_match for one in with_answers]),
        "f1": mean([one.f1 for one in with_answers]),
        "marked_exact_match": mean([one.marked_exact_match for one in with_answers]),
        "marked_f1": mean([one.marked_f1 for one in with_answers]),
        "squad_exact_match": mean([one.marked_exact_match for one in (*with_answers, *unanswerable)]),
        "squad_f1": mean([one.marked_f1 for one in (*with_answers, *unanswerable)]),
        "answer_in_text": mean([one.outcome.answer_cited for one in with_answers]),
        "page_hit": mean([bool(one.page_hit) for one in located]),
        "citation_precision": mean([one.citation_precision for one in located if one.citation_precision is not None]),
        "citation_recall": mean([one.outcome.right for one in located]),
        "answered": mean([not one.refused and not one.asked_back for one in answerable]),
        "refusal_precision": mean([not one.question.answerable for one in refused]) if unanswerable else None,
        "refusal_recall": mean([one.refused for one in unanswerable]),
        "refusal_auroc": auroc([one.probability for one in answerable], [one.probability for one in unanswerable]),
        "unsupported": mean([not sentence.supported for sentence in sentences]),
    }
    return {name: None if value is None else round(value, DIGITS) for name, value in figures.items()}


def worst_over_best(languages: Mapping[str, Mapping[str, float | None]]) -> dict[str, float]:
    """For each metric of which more is better: the worst language's value over the best one's, 0 to 1."""
    shares = {}
    for name in next(iter(languages.values()), {}):
        values = [value for figures in languages.values() if (value := figures[name]) is not None]
        if name not in LOWER_IS_BETTER and len(values) > 1 and max(values) > 0:
            shares[name] = round(min(values) / max(values), DIGITS)
    return shares


def peak_memory_mb() -> float | None:
    """The most memory that this process has held, in megabytes; None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    import sys

    # getrusage(2): kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def _counted(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in dict.fromkeys(names)}


def _fell_back(one: Scored) -> bool:
    """Whether the model failed and the documents were quoted in its place."""
    instead = messages(one.answer.language).quoted_instead
    return any(notice.endswith(instead) for notice in one.answer.notices)
