"""An embedder whose server may be away: the library that it made can be opened and searched by words all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from rag.core.errors import MAY_ANSWER_LATER, FingerprintMismatch, ModelError
from rag.core.fingerprint import Fingerprint
from rag.core.ports import Embedder, Matrix, Vector

RETRY_SECONDS: Final = 5.0
"""Between two tries to reach the server: a computer that is switched off keeps each of them waiting."""


class AwayEmbedder:
    """Stands for the embedder of a library until its server answers, and from then on passes everything on to it.

    Args:
        made: what the library was made with.
        max_tokens: the longest text that the library's chunks were made for.
        load: gives the embedder; raises a `ModelError` while it cannot be had.
        problem: why it could not be had just now.
    """

    def __init__(self, made: Fingerprint, max_tokens: int, load: Callable[[], Embedder], problem: ModelError) -> None:
        self.name = made.embedder
        self.dimension = made.dimension
        self.max_tokens = max_tokens
        self._made = made
        self._load = load
        self._problem = problem
        self._tried_at = time.monotonic()
        self._lock = threading.Lock()
        self._there: Embedder | None = None

    def encode_query(self, text: str) -> Vector:
        """As the embedder does.

        Raises:
            ModelError: its server does not answer.
            FingerprintMismatch: what its server has under that name now is another model.
        """
        return self._embedder().encode_query(text)

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """As the embedder does; raises as `encode_query`."""
        return self._embedder().encode_document(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder does; raises as `encode_query`."""
        return self._embedder().count_tokens(texts)

    def fingerprint(self, chunker: str) -> Fingerprint:
        """The library's: nothing is embedded by anything else."""
        return replace(self._made, chunker=chunker)

    def _embedder(self) -> Embedder:
        with self._lock:
            if self._there is None:
                if time.monotonic() - self._tried_at < RETRY_SECONDS:
                    raise type(self._problem)(self._problem.message, self._problem.hint)
                self._there = self._met()
            return self._there

    def _met(self) -> Embedder:
        try:
            found = self._load()
        except MAY_ANSWER_LATER as error:
            self._problem = error
            raise
        finally:
            self._tried_at = time.monotonic()
        if found.fingerprint(self._made.chunker) != self._made:
            raise FingerprintMismatch(
                f"The library was indexed with another '{self.name}' than its server has now.",
                "Run `kitabu embedder use` to make a new index beside the old one.",
            )
        return found
