"""Embedding the chunks of many documents in batches of like length, ahead of whoever waits for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np

from rag.core.ports import Embedder, Matrix

BATCH: Final = 64
"""Texts in one call of the embedder: less than a second of MiniLM on two cores, after which a run can be stopped."""
WINDOW: Final = 512
"""Texts that are sorted by length together, across documents."""
AT_ONCE: Final = 2
"""Calls of the embedder under way: while the last passes of one batch run, those of the next take the free cores."""


class Embedding:
    """The vectors of one document, coming in."""

    def __init__(self, texts: Sequence[str], dimension: int) -> None:
        self.texts = texts
        self.vectors: Matrix = np.empty((len(texts), dimension), dtype=np.float32)
        """Shape (texts, dimension), rows of length 1; whole when `done`."""
        self.embedded = 0
        self.done: Future[Matrix] = Future()


class BatchEmbedder:
    """Embeds texts on threads of its own, in the order in which documents come, by length within a window.

    Args:
        embedder: called from two threads.
        wake: called off the caller's thread after each batch.
    """

    def __init__(self, embedder: Embedder, wake: Callable[[], None]) -> None:
        self._embedder = embedder
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Embedding, int, int]] = deque()
        self._sorted: list[tuple[Embedding, int, int]] = []
        self._working = 0
        self._workers = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="embedding")

    @property
    def waiting(self) -> int:
        """Texts that no batch has taken yet."""
        return len(self._waiting) + len(self._sorted)

    def submit(self, texts: Sequence[str], lengths: Sequence[int]) -> Embedding:
        """Have the texts of one document embedded; at least one.

        Args:
            texts: what to embed.
            lengths: tokens of each text.
        """
        embedding = Embedding(texts, self._embedder.dimension)
        with self._lock:
            self._waiting.extend((embedding, index, length) for index, length in enumerate(lengths))
            starting = min(AT_ONCE - self._working, -(-self.waiting // BATCH))
            self._working += max(0, starting)
        for _ in range(starting):
            self._workers.submit(self._work)
        return embedding

    def close(self) -> None:
        """Forget what waits. A batch under way is finished by itself."""
        with self._lock:
            self._waiting.clear()
            self._sorted.clear()
        self._workers.shutdown(wait=False)

    def _work(self) -> None:
        while batch := self._take():
            try:
                vectors = self._embedder.encode_document([embedding.texts[index] for embedding, index, _ in batch])
                self._hand_out(batch, vectors)
            except BaseException as error:  # noqa: BLE001 - raised again by whoever waits for the vectors
                for embedding in {embedding for embedding, _, _ in batch if not embedding.done.done()}:
                    embedding.done.set_exception(error)
            self._wake()

    def _take(self) -> list[tuple[Embedding, int, int]]:
        """The next batch; none ends the worker."""
        with self._lock:
            if not self._sorted:
                window = [self._waiting.popleft() for _ in range(min(WINDOW, len(self._waiting)))]
                self._sorted = sorted(window, key=lambda text: text[2])
            batch, self._sorted = self._sorted[-BATCH:], self._sorted[:-BATCH]
            if not batch:
                self._working -= 1
            return batch

    def _hand_out(self, batch: Sequence[tuple[Embedding, int, int]], vectors: Matrix) -> None:
        for (embedding, index, _), vector in zip(batch, vectors, strict=True):
            embedding.vectors[index] = vector
        with self._lock:
            for embedding, _, _ in batch:
                embedding.embedded += 1
            whole = {embedding for embedding, _, _ in batch if embedding.embedded == len(embedding.texts)}
        for embedding in whole:
            if not embedding.done.done():
                embedding.done.set_result(embedding.vectors)
