"""Embedding many documents together: each gets its own vectors, and no failure is lost."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from ingest.batches import BATCH, WINDOW, BatchEmbedder
from rag.core.errors import ModelError
from rag.core.ports import Matrix
from rag.testing.embedding import HashEmbedder


class Gated(HashEmbedder):
    """Lets nothing through until `gate` is set; notes the lengths of what it was given."""

    def __init__(self) -> None:
        super().__init__(dimension=8)
        self.gate = threading.Event()
        self.calls: list[list[int]] = []
        self.fails = False

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        assert self.gate.wait(10)
        if self.fails:
            raise ModelError("It broke.", "Mend it.")
        self.calls.append([len(text.split()) for text in texts])
        return super().encode_document(texts)


def documents(count: int) -> list[list[str]]:
    return [
        [f"word{part} " * (1 + (number * 7 + part * 3) % 40) for part in range(number % 9 + 1)]
        for number in range(count)
    ]


def lengths(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def test_each_document_gets_its_own_vectors() -> None:
    embedder = Gated()
    batches = BatchEmbedder(embedder, lambda: None)
    texts = documents(150)
    embeddings = [batches.submit(each, lengths(each)) for each in texts]
    embedder.gate.set()
    for each, embedding in zip(texts, embeddings, strict=True):
        assert np.allclose(embedding.done.result(10), HashEmbedder(8).encode_document(each))
        assert embedding.embedded == len(each)
    assert batches.waiting == 0
    batches.close()


def test_texts_of_like_length_go_together() -> None:
    embedder = Gated()
    batches = BatchEmbedder(embedder, lambda: None)
    first = batches.submit(["one"], [1])
    last = [batches.submit(each, lengths(each)) for each in documents(120)][-1]
    embedder.gate.set()
    for embedding in (first, last):
        embedding.done.result(10)
    batches.close()
    assert max(map(len, embedder.calls)) == BATCH
    spread = [max(call) - min(call) for call in embedder.calls if len(call) == BATCH]
    # Of 1 to 40 words. The first batches take what is there before a window has filled.
    assert sum(spread) / len(spread) < 15, f"by length within a window of {WINDOW}: {spread}"


def test_what_fails_is_raised_where_it_is_waited_for() -> None:
    embedder = Gated()
    embedder.fails = True
    batches = BatchEmbedder(embedder, lambda: None)
    embeddings = [batches.submit(["one", "two"], [1, 1]) for _ in range(3)]
    embedder.gate.set()
    for embedding in embeddings:
        with pytest.raises(ModelError, match="It broke"):
            embedding.done.result(10)
    batches.close()


def test_vectors_that_do_not_fit_are_told_where_they_are_waited_for() -> None:
    class Uneven(HashEmbedder):
        def encode_document(self, texts: Sequence[str]) -> Matrix:
            return HashEmbedder(dimension=3).encode_document(texts)

    batches = BatchEmbedder(Uneven(dimension=8), lambda: None)
    embedding = batches.submit(["one", "two"], [1, 1])
    with pytest.raises(ValueError, match="broadcast"):
        embedding.done.result(10)
    batches.close()


def test_close_forgets_what_waits() -> None:
    embedder = Gated()
    batches = BatchEmbedder(embedder, lambda: None)
    embeddings = [batches.submit([f"text {part}" for part in range(BATCH)], [2] * BATCH) for _ in range(10)]
    batches.close()
    embedder.gate.set()
    assert not embeddings[-1].done.done()
    assert batches.waiting == 0
    assert len(embedder.calls) <= 2
