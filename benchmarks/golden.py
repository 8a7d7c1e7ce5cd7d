"""Quality on the golden set without a model: the half that weights were set on, and the half that was left alone."""

from __future__ import annotations

from benchmarks.library import sample_library
from benchmarks.measure import ROOT, Row
from rag.evaluation.datasets import load_questions
from rag.evaluation.run import Outcome, summarise
from rag.evaluation.run import run as ask_all

GOLDEN = ROOT / "sample_docs" / "golden.jsonl"


def run() -> list[Row]:
    """A row per half, and per language of the test half."""
    with sample_library() as kitabu:
        outcomes = ask_all(kitabu.engine, load_questions(GOLDEN))
    tune, test = ([outcome for outcome in outcomes if outcome.question.split == split] for split in ("tune", "test"))
    languages = sorted({outcome.question.language for outcome in test})
    by_language = [(code, [outcome for outcome in test if outcome.question.language == code]) for code in languages]
    return [_row("tune", tune), _row("test", test), *(_row(f"test, {code}", part) for code, part in by_language)]


def _row(name: str, outcomes: list[Outcome]) -> Row:
    summary = summarise(outcomes)
    return {
        "questions": name,
        "answerable": str(summary.answerable),
        "right page cited": summary.page_cited,
        "answer in the text": summary.answer_cited,
        "unanswerable": str(summary.unanswerable),
        "refused": summary.refused,
        "p50 ms": summary.latency_p50 * 1000,
        "p95 ms": summary.latency_p95 * 1000,
    }
