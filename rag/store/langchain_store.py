"""Nearest neighbours from any LangChain `VectorStore`."""

from __future__ import annotations

import base64
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from rag.core.errors import StoreUnavailable
from rag.core.ports import Matrix, Scored, Vector

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore

T = TypeVar("T")
_BATCH: Final = 2000
_VECTOR: Final = "kitabu_vector"
"""The metadata that holds a chunk's vector: stores score in ways of their own, and do not give vectors back."""
_HELD_FILE: Final = "held.sqlite"


class LangChainIndex:
    """A `VectorStore` that is given ids and vectors, and no text: a chunk's text there is its id.

    Which ids it holds is kept in a file of the library, because stores do not count; when the index is opened the store
    is asked for them. One that forgets, or cannot be asked, counts as empty, and the library fills it from the catalog.

    Args:
        make: makes the store, given the `Embeddings` that tell it the vectors.
        folder: where the ids are kept.
        name: as people know the store.
    """

    def __init__(self, make: Callable[[Embeddings], VectorStore], folder: Path, dimension: int, name: str) -> None:
        self._make = make
        self._folder = folder
        self._dimension = dimension
        self._name = name
        self._lock = threading.RLock()
        self._store: VectorStore | None = None
        self._giving: Mapping[str, Vector] = {}
        self._held: set[str] = set()

    def add(self, chunk_ids: Sequence[str], vectors: Matrix) -> None:
        """Add or replace. `vectors` has shape (len(chunk_ids), dimension)."""
        with self._lock:
            store = self._open()
            for start in range(0, len(chunk_ids), _BATCH):
                ids = list(chunk_ids[start : start + _BATCH])
                rows = np.ascontiguousarray(vectors[start : start + _BATCH], dtype=np.float32)
                self._forget(store, [chunk_id for chunk_id in ids if chunk_id in self._held])
                self._giving = dict(zip(ids, rows, strict=True))
                told = [{_VECTOR: base64.b64encode(row.tobytes()).decode("ascii")} for row in rows]
                self._note(ids)  # before: what is noted and not there is found out when the index is opened
                self._guarded(lambda ids=ids, told=told: store.add_texts(ids, told, ids=ids))  # type: ignore[misc]
                self._giving = {}
                self._held.update(ids)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Take chunks out; unknown ids are no error."""
        with self._lock:
            store = self._open()
            self._forget(store, [chunk_id for chunk_id in chunk_ids if chunk_id in self._held])

    def search(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest that the store finds, best first, scored by cosine."""
        with self._lock:
            store, held = self._open(), self._held.copy()
        if k < 1 or not held:
            return []
        asked = [float(number) for number in vector]
        found = self._guarded(lambda: store.similarity_search_by_vector(asked, k=min(k, len(held))))
        scored = []
        for document in found:
            if document.page_content not in held:
                continue  # somebody else's
            told = np.frombuffer(base64.b64decode(str(document.metadata[_VECTOR])), dtype=np.float32)
            scored.append(Scored(document.page_content, float(told @ vector)))
        return sorted(scored, key=lambda one: -one.score)

    def count(self) -> int:
        """How many chunks it holds."""
        with self._lock:
            self._open()
            return len(self._held)

    def holds(self, chunk_ids: Sequence[str]) -> int:
        """How many of the chunks it holds."""
        with self._lock:
            self._open()
            return sum(chunk_id in self._held for chunk_id in chunk_ids)

    def clear(self) -> None:
        """Empty it of all that was ever put in."""
        with self._lock:
            store = self._open(verify=False)
            self._forget(store, self._noted())
            self._held.clear()

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            self._store = None

    def _open(self, *, verify: bool = True) -> VectorStore:
        with self._lock:
            if self._store is None:
                self._store = self._guarded(lambda: self._make(_stored_vectors(self._vectors)))
                self._held = self._there(self._store, self._noted()) if verify else set()
            return self._store

    def _there(self, store: VectorStore, ids: Sequence[str]) -> set[str]:
        """Those of the ids that the store has; none when it cannot be asked, or its vectors have another length."""
        there: set[str] = set()
        for start in range(0, len(ids), _BATCH):
            try:
                found = store.get_by_ids(ids[start : start + _BATCH])
            except Exception:  # noqa: BLE001 - a foreign class: not every store has this
                return set()
            size = 4 * self._dimension
            there.update(
                document.page_content
                for document in found
                if len(base64.b64decode(str(document.metadata.get(_VECTOR, "")))) == size
            )
        return there

    def _forget(self, store: VectorStore, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), _BATCH):
            some = list(ids[start : start + _BATCH])
            self._guarded(lambda some=some: store.delete(some))  # type: ignore[misc]
            with self._notes() as notes:
                notes.executemany("DELETE FROM held WHERE id = ?", [(chunk_id,) for chunk_id in some])
            self._held.difference_update(some)

    def _note(self, ids: Iterable[str]) -> None:
        with self._notes() as notes:
            notes.executemany("INSERT OR IGNORE INTO held VALUES (?)", [(chunk_id,) for chunk_id in ids])

    def _noted(self) -> list[str]:
        with self._notes() as notes:
            return [chunk_id for (chunk_id,) in notes.execute("SELECT id FROM held ORDER BY rowid")]

    @contextmanager
    def _notes(self) -> Iterator[sqlite3.Connection]:
        """The file of ids; what is written within the block is kept at its end."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._folder / _HELD_FILE)) as notes, notes:
                notes.execute("PRAGMA secure_delete = ON")
                notes.execute("CREATE TABLE IF NOT EXISTS held (id TEXT PRIMARY KEY)")
                yield notes
        except (OSError, sqlite3.Error) as error:
            raise self._unavailable(error) from error

    def _vectors(self, ids: Sequence[str]) -> list[list[float]]:
        return [[float(number) for number in self._giving[chunk_id]] for chunk_id in ids]

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except Exception as error:  # a foreign class: whatever it raises is its failure, told by name
            raise self._unavailable(error) from error

    def _unavailable(self, reason: object) -> StoreUnavailable:
        return StoreUnavailable(
            f"The vector store '{self._name}' failed ({reason}).",
            'Look whether it runs, or set store = "chroma": the catalog has the vectors, nothing is embedded again.',
        )


def _stored_vectors(vectors: Callable[[Sequence[str]], list[list[float]]]) -> Embeddings:
    """LangChain `Embeddings` that embed nothing: of the ids that are just being added they give the vectors."""
    from langchain_core.embeddings import Embeddings

    class StoredVectors(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return vectors(texts)

        def embed_query(self, text: str) -> list[float]:
            raise NotImplementedError(f"questions are searched by their vectors, not as text: {text}")

    return StoredVectors()
