"""An embedder without a model: deterministic unit vectors from word hashes, for tests of everything but meaning."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix, Vector

_SPECIAL_TOKENS: Final = 2
_WORDS_KEPT: Final = 4096


@lru_cache(_WORDS_KEPT)
def _direction(word: str, dimension: int) -> Vector:
    seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension, dtype=np.float32)


def word_sum(text: str, dimension: int) -> Vector:
    """The sum of the directions of its words; float32, shape (dimension,), of any length."""
    total = np.zeros(dimension, dtype=np.float32)
    for word in text.casefold().split() or [""]:
        total += _direction(word, dimension)
    return total


class HashEmbedder:
    """Embeds a text as the normalised sum of one pseudo-random direction per word.

    Texts that share words are near each other; the same text has the same vector in every process.
    A token is a word between white space; two special ones are counted, as real models have.
    """

    name = "hash"
    max_tokens = 256

    def __init__(self, dimension: int = 384, *, seconds: float = 0.0) -> None:
        """`seconds` are slept per document text: as a large model on a small machine takes its time."""
        self.dimension = dimension
        self._seconds = seconds

    def encode_query(self, text: str) -> Vector:
        """Embed a question: the same as a document."""
        return self._encode(text)

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Shape (n, dimension), rows of length 1."""
        time.sleep(self._seconds * len(texts))
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self._encode(text)
        return rows

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and the two special tokens."""
        return [len(text.split()) + _SPECIAL_TOKENS for text in texts]

    def fingerprint(self, chunker: str) -> Fingerprint:
        """A fingerprint that no real embedder has."""
        return Fingerprint("hash", "0" * 64, self.dimension, "", "", "float32", chunker)

    def _encode(self, text: str) -> Vector:
        total = word_sum(text, self.dimension)
        unit: Vector = total / np.linalg.norm(total)
        return unit


class HashEmbeddings:
    """The same as a LangChain `Embeddings`, to be named by its dotted path in the setting `embedder`."""

    dimension = 64
    seconds = 0.0
    """Slept for each document text."""

    def embed_query(self, text: str) -> list[float]:
        """The sum of the words' directions, of any length."""
        return [float(number) for number in word_sum(text, self.dimension)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Each text like a question."""
        time.sleep(self.seconds * len(texts))
        return [self.embed_query(text) for text in texts]


class WideHashEmbeddings(HashEmbeddings):
    """Another embedder, with vectors of another dimension."""

    dimension = 128
