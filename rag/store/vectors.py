"""Nearest neighbours: Chroma for the library's owner, an exact scan of the catalog for every other process."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from rag.core.errors import LibraryLocked, StoreUnavailable
from rag.core.ports import Matrix, Scored, Vector

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

    from rag.store.catalog import Catalog

T = TypeVar("T")
_COLLECTION: Final = "chunks"
_BATCH: Final = 5000
"""Chroma takes 5,461 rows in one call."""
_EF_SEARCH: Final = 200
"""Candidates kept while searching the graph: twice Chroma's default, for recall; a query stays within milliseconds."""
_PROBE_SECONDS: Final = 60.0
"""Chroma 1.5 can hang for ever on a damaged folder; opening 100,000 vectors takes a few seconds."""


class ChromaIndex:
    """Chroma's PersistentClient in a folder of its own. Only one process may hold it.

    It is opened at the first call, so that a damaged folder can still be cleared. Each `clear` begins a new numbered
    folder: Chroma keeps a folder that it has had open in its grasp for as long as the process lives.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._lock = threading.RLock()
        self._client: Client | None = None
        self._collection: Collection | None = None

    def add(self, chunk_ids: Sequence[str], vectors: Matrix) -> None:
        """Add or replace. `vectors` has shape (len(chunk_ids), dimension). Durable on return."""
        with self._lock:
            collection = self._open()
            for start in range(0, len(chunk_ids), _BATCH):
                ids = list(chunk_ids[start : start + _BATCH])
                rows = np.ascontiguousarray(vectors[start : start + _BATCH], dtype=np.float32)
                self._guarded(partial(collection.upsert, ids=ids, embeddings=rows))

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Take chunks out; unknown ids are no error. Durable on return."""
        with self._lock:
            collection = self._open()
            for start in range(0, len(chunk_ids), _BATCH):
                ids = list(chunk_ids[start : start + _BATCH])
                self._guarded(partial(collection.delete, ids=ids))

    def search(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest, best first, scored by cosine. Approximate, as HNSW is."""
        collection = self._open()
        count = min(k, self._guarded(collection.count))
        if count < 1:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32)[None, :]
        found = self._guarded(lambda: collection.query(query_embeddings=query, n_results=count, include=["distances"]))
        distances = found["distances"] or [[]]
        return [
            Scored(chunk_id, 1.0 - float(distance))
            for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def count(self) -> int:
        """How many chunks it holds."""
        return self._guarded(self._open().count)

    def clear(self) -> None:
        """Empty it, also when what is on disk is damaged."""
        with self._lock:
            self.close()
            old = self._generations()
            following = old[-1] + 1 if old else 1
            try:
                (self._folder / str(following)).mkdir(parents=True)
            except OSError as error:
                raise self._unavailable(error) from error
            for generation in old:
                shutil.rmtree(self._folder / str(generation), ignore_errors=True)

    def close(self) -> None:
        """Release the folder."""
        with self._lock:
            client, self._client, self._collection = self._client, None, None
            if client is not None:
                self._guarded(client.close)

    def _generations(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdecimal())

    def _open(self) -> Collection:
        with self._lock:
            if self._collection is not None:
                return self._collection
            result: list[tuple[Client, Collection] | StoreUnavailable] = []

            def probe() -> None:
                try:
                    result.append(self._guarded(self._connect))
                except StoreUnavailable as error:
                    result.append(error)

            thread = threading.Thread(target=probe, daemon=True, name="chroma-probe")
            thread.start()
            thread.join(_PROBE_SECONDS)
            if not result:
                raise self._unavailable(f"it did not open within {_PROBE_SECONDS:.0f} seconds")
            if isinstance(result[0], StoreUnavailable):
                raise result[0]
            self._client, self._collection = result[0]
            return self._collection

    def _connect(self) -> tuple[Client, Collection]:
        from chromadb.api.client import Client
        from chromadb.config import Settings

        # Telemetry is off; its client still logs its own failures.
        logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)
        folder = self._folder / str((self._generations() or [1])[-1])
        folder.mkdir(parents=True, exist_ok=True)
        settings = Settings(is_persistent=True, persist_directory=str(folder), anonymized_telemetry=False)
        client = Client(settings=settings)
        try:
            collection = client.get_or_create_collection(
                _COLLECTION,
                configuration={"hnsw": {"space": "cosine", "ef_search": _EF_SEARCH}},
                metadata={"dimension": self._dimension},
                embedding_function=None,
            )
            made_for = (collection.metadata or {}).get("dimension")
            if made_for != self._dimension:
                raise self._unavailable(f"it holds vectors of dimension {made_for}, not {self._dimension}")
            # Reads the graph, which is where damage shows.
            probe = np.zeros((1, self._dimension), dtype=np.float32)
            probe[0, 0] = 1.0
            if collection.count():
                collection.query(query_embeddings=probe, n_results=1, include=["distances"])
        except BaseException:
            client.close()
            raise
        return client, collection

    def _guarded(self, call: Callable[[], T]) -> T:
        from chromadb.errors import ChromaError

        try:
            return call()
        except (ChromaError, ValueError, RuntimeError, OSError, KeyError, TypeError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, reason: object) -> StoreUnavailable:
        return StoreUnavailable(
            f"The vector index in {self._folder} cannot be used ({reason}).",
            "It is rebuilt from the catalog at the next start. If that fails, check the disk's space and permissions.",
        )


class CatalogScan:
    """Exact search over the catalog's vectors, for processes that do not own the library.

    All vectors are held in memory (1.5 kB for one of dimension 384) and read anew when the catalog has changed.
    """

    def __init__(self, catalog: Catalog, dimension: int) -> None:
        self._catalog = catalog
        self._dimension = dimension
        self._lock = threading.Lock()
        self._revision = -1
        self._ids: list[str] = []
        self._matrix: Matrix = np.empty((0, dimension), dtype=np.float32)

    def add(self, chunk_ids: Sequence[str], vectors: Matrix) -> None:  # noqa: ARG002 (the port's signature)
        """Raises LibraryLocked: only the owner changes an index."""
        raise _locked()

    def delete(self, chunk_ids: Sequence[str]) -> None:  # noqa: ARG002 (the port's signature)
        """Raises LibraryLocked: only the owner changes an index."""
        raise _locked()

    def clear(self) -> None:
        """Raises LibraryLocked: only the owner changes an index."""
        raise _locked()

    def search(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest, best first, scored by cosine."""
        ids, matrix = self._current()
        k = min(k, len(ids))
        if k < 1:
            return []
        scores = matrix @ np.asarray(vector, dtype=np.float32)
        best = np.argpartition(-scores, k - 1)[:k]
        return [Scored(ids[i], float(scores[i])) for i in best[np.argsort(-scores[best], kind="stable")]]

    def count(self) -> int:
        """How many chunks it holds."""
        return self._catalog.chunk_count(self._dimension)

    def close(self) -> None:
        """Let go of the vectors."""
        with self._lock:
            self._revision, self._ids = -1, []
            self._matrix = np.empty((0, self._dimension), dtype=np.float32)

    def _current(self) -> tuple[list[str], Matrix]:
        with self._lock:
            revision = self._catalog.revision()
            if revision != self._revision:
                batches = list(self._catalog.iter_vectors(dimension=self._dimension))
                self._ids = [chunk_id for ids, _ in batches for chunk_id in ids]
                empty: Matrix = np.empty((0, self._dimension), dtype=np.float32)
                self._matrix = np.concatenate([empty, *(vectors for _, vectors in batches)])
                self._revision = revision
            return self._ids, self._matrix


def _locked() -> LibraryLocked:
    return LibraryLocked(
        "Another process owns this library, so its index cannot be changed from here.",
        "Close the running app, or make the change in it.",
    )
