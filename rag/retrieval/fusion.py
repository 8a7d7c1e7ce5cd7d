"""Joining what two searchers found into one ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

MINILM_TRUST: Final[Mapping[str, float]] = {
    "en": 1.0, "de": 0.8, "es": 0.7, "ro": 0.7, "fr": 0.7, "it": 0.7, "pt": 0.7, "nl": 0.7, "vi": 0.55,
    "tr": 0.45, "sw": 0.4, "ru": 0.3, "zh": 0.3, "el": 0.15, "th": 0.1, "hi": 0.05, "ar": 0.05, "ur": 0.05,
}  # fmt: skip
"""How far all-MiniLM-L6-v2 is trusted per language: its Recall@5 alone on XQuAD, rounded (docs/benchmarks.md);
fr, it, pt, nl, sw and ur were not in that set and take the value of the nearest language or script."""

DEFAULT_TRUST: Final = 0.5


def dense_trust(language: str) -> float:
    """How far the dense search is trusted for questions in `language`, 0 to 1."""
    return MINILM_TRUST.get(language, DEFAULT_TRUST)


def min_max(scores: Mapping[str, float]) -> dict[str, float]:
    """Scale scores to 0..1; all equal scores become 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}


def fuse(dense: Mapping[str, float], keyword: Mapping[str, float], trust: float) -> dict[str, float]:
    """Weighted sum of scaled scores, 0..1: keywords weigh 1, the dense search the square of its `trust`.

    The square because an embedder that finds half of what it should also ranks the other half wrongly: with the trust
    itself as the weight, it pulled Turkish and Vietnamese below what keywords alone reach (docs/decisions/0006).
    Score fusion measured better than reciprocal rank fusion with MiniLM and BM25 (nDCG@10 on SciFact
    0.738 against 0.713 to 0.721). A chunk missing from one side counts as its worst: BM25 is scaled from 0,
    because a chunk it did not return may have no term of the question at all.
    """
    scaled_dense = min_max(dense)
    best = max(keyword.values(), default=0.0)
    scaled_keyword = {key: score / best for key, score in keyword.items()} if best > 0 else {}
    weight = trust * trust
    return {
        key: (weight * scaled_dense.get(key, 0.0) + scaled_keyword.get(key, 0.0)) / (weight + 1.0)
        for key in dense.keys() | keyword.keys()
    }


class Ranked(NamedTuple):
    """A chunk in the ranking of one wording of a question."""

    chunk_id: str
    score: float
    """Fused, 0..1."""
    similarity: float
    """Cosine."""
    keyword: float
    """BM25; 0 when none of the words is in it."""


def in_turn(rankings: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    """The rankings of several wordings made one: the first of each, the second of each, and so on, each chunk once.

    Scores of different wordings do not compare: each is scaled by its own best. In turn, no part of a question crowds
    out another. A chunk has the best of its scores and similarities, and no score is above the one before it.
    """
    if len(rankings) == 1:
        return list(rankings[0])
    best: dict[str, Ranked] = {}
    for found in (one for ranking in rankings for one in ranking):
        known = best.get(found.chunk_id, found)
        best[found.chunk_id] = Ranked(found.chunk_id, *map(max, known[1:], found[1:]))
    places = ((place, turn, one.chunk_id) for turn, ranking in enumerate(rankings) for place, one in enumerate(ranking))
    merged: list[Ranked] = []
    lowest = 1.0
    for chunk_id in dict.fromkeys(chunk_id for *_, chunk_id in sorted(places)):
        lowest = min(lowest, best[chunk_id].score)
        merged.append(best[chunk_id]._replace(score=lowest))
    return merged
