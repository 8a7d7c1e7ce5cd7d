"""Latency of a search over the sample library, stage by stage, next to embedding the question alone."""

from __future__ import annotations

from functools import partial

from benchmarks.library import golden_questions, sample_library
from benchmarks.measure import Row, percentile, seconds

QUESTIONS = 200
STAGES = ("embed", "dense", "keyword", "fuse", "total")


def run() -> list[Row]:
    """One row per stage, in milliseconds."""
    with sample_library() as kitabu:
        questions = golden_questions()[:QUESTIONS]
        for question in questions[:10]:
            kitabu.engine.search(f"Warm-up: {question}")
        found = [kitabu.engine.search(question).timings for question in questions]
        # Other texts of the same length: the embedder remembers recent questions.
        alone = [seconds(partial(kitabu.embedder.encode_query, f"{question} ?")) for question in questions]
        quoted = [seconds(partial(kitabu.engine.answer, f"{question} ??")) for question in questions]
    base = percentile(alone, 50)
    columns = {f"search: {stage}": [timing[stage] for timing in found] for stage in STAGES}
    columns["whole answer, quoted"] = quoted
    columns["embedding alone"] = alone
    return [_row(name, values, base) for name, values in columns.items()]


def _row(name: str, values: list[float], base: float) -> Row:
    p50, p95 = percentile(values, 50), percentile(values, 95)
    return {"stage": name, "p50 ms": p50 * 1000, "p95 ms": p95 * 1000, "of embedding alone": p50 / base}
