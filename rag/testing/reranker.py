"""A small cross-encoder without weights: it reads question and passage word by word."""

from __future__ import annotations

from itertools import pairwise

from langchain_core.cross_encoders import BaseCrossEncoder

from rag.core.text import content_terms, detect_language, terms

PAIR_WEIGHT = 0.5
"""What two words of the question side by side in the passage add, against a single word's 1."""


class WordCrossEncoder(BaseCrossEncoder):
    """Scores a passage by the share of the question's words in it, and of its pairs of neighbouring words."""

    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        """A score from 0 to 1 for each (question, passage)."""
        return [_score(question, passage) for question, passage in text_pairs]


def _score(question: str, passage: str) -> float:
    language = detect_language(question)
    asked, found = content_terms(question, language), terms(passage, language)
    pairs = set(pairwise(asked))
    reached = len(set(asked) & set(found)) + PAIR_WEIGHT * len(pairs & set(pairwise(found)))
    return reached / ((len(asked) + PAIR_WEIGHT * len(pairs)) or 1.0)
