"""The check of generated sentences: what it finds among labelled ones, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import cycle, islice

from benchmarks.measure import ROOT, Row, percentile
from rag.testing.labelled import Labelled, figures, load_labelled

FOLDER = ROOT / "tests" / "fixtures" / "checker"
ANSWER = 10
"""Sentences of an answer whose check is timed."""


def run() -> list[Row]:
    """A row for each set of sentences and each half, and one for its numbers alone."""
    halves = ("tune", "test")
    written = load_labelled(FOLDER, "sentences.jsonl")
    across = load_labelled(FOLDER, "reworded_languages.jsonl")
    sets = [(f"the model's, {half}", [one for one in written if one.half == half]) for half in halves]
    sets.append(("by hand", load_labelled(FOLDER, "corrupted.jsonl")))
    sets += [(f"reworded, {half}", load_labelled(FOLDER, f"reworded_{half}.jsonl")) for half in halves]
    sets += [(f"in six languages, {half}", [one for one in across if one.half == half]) for half in halves]
    rows = []
    for name, part in sets:
        times = _answers(part)
        spent = f"{percentile(times, 50) * 1000:.0f} / {percentile(times, 95) * 1000:.0f}"
        rows.append(_row(name, part, spent))
        rows.append(_row(f"{name}, numbers", [one for one in part if one.number], ""))
    return rows


def _row(name: str, sentences: Sequence[Labelled], spent: str) -> Row:
    found = figures(sentences)
    return {
        "sentences": name,
        "false": str(found.false),
        "flagged": found.recall,
        "true": str(found.true),
        "left in peace": found.peace,
        "precision": found.precision,
        "processor ms for an answer of ten, p50 / p95": spent,
    }


def _answers(sentences: Sequence[Labelled]) -> list[float]:
    """Processor seconds for the sentences of one answer, for each set of passages; they are seen for the first time."""
    answers: dict[tuple[str, ...], list[Labelled]] = {}
    for sentence in sentences:
        answers.setdefault(tuple(passage.text for passage in sentence.passages), []).append(sentence)
    return [_checking(list(islice(cycle(said), ANSWER))) for said in answers.values()]


def _checking(sentences: Sequence[Labelled]) -> float:
    """Processor seconds: it runs on one thread, and a busy machine changes them little."""
    began = time.process_time()
    for sentence in sentences:
        sentence.checked()
    return time.process_time() - began
