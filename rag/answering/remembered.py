"""Vectors of pieces of documents, remembered: the same passages answer many questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from rag.core.ports import Embedder, Matrix, Vector

REMEMBERED: Final = 4096
"""Texts whose vectors are kept, the last ones that were asked for: 6 MB with 384 dimensions."""


class RememberedVectors:
    """What an embedder makes of texts, without asking it twice for one. Any number of threads may ask at once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, Vector] = {}

    def encode(self, texts: Sequence[str]) -> Matrix:
        """As `Embedder.encode_document`: float32, shape (len(texts), dimension), in the order given; at least one."""
        found = {text: vector for text in texts if (vector := self._vectors.pop(text, None)) is not None}
        unknown = list(dict.fromkeys(text for text in texts if text not in found))
        if unknown:
            # Copies: a row of a matrix would keep all of it.
            rows = (row.copy() for row in self._embedder.encode_document(unknown))
            found.update(zip(unknown, rows, strict=True))
        self._vectors.update(found)
        for old in list(self._vectors)[: max(0, len(self._vectors) - REMEMBERED)]:
            self._vectors.pop(old, None)
        return np.stack([found[text] for text in texts])
