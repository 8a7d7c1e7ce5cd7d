"""Vectors of pieces are remembered, in any order and number, and are those of the embedder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.remembered import REMEMBERED, RememberedVectors
from rag.core.ports import Matrix
from rag.testing.embedding import HashEmbedder


class Counting(HashEmbedder):
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        self.asked.extend(texts)
        return super().encode_document(texts)


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6), max_size=8))
def test_each_text_is_embedded_once_and_gets_its_own_vector(calls: list[list[str]]) -> None:
    embedder = Counting()
    remembered = RememberedVectors(embedder)
    for texts in calls:
        assert np.array_equal(remembered.encode(texts), HashEmbedder().encode_document(texts))
    assert sorted(embedder.asked) == sorted({text for texts in calls for text in texts})


def test_the_texts_asked_for_last_are_kept() -> None:
    embedder = Counting()
    remembered = RememberedVectors(embedder)
    remembered.encode(["first", "second"])
    remembered.encode([str(number) for number in range(REMEMBERED - 2)])
    remembered.encode(["first", "one more"])
    embedder.asked.clear()
    remembered.encode(["first", "second"])
    assert embedder.asked == ["second"]
