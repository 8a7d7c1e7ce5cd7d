"""Nearest neighbours: Chroma for the library's owner, an exact scan of the catalog for every other process."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from rag.core.errors import LibraryLocked, StoreUnavailable
from rag.core.ports import Matrix, Scored, Vector
from rag.store.chroma_files import Swept, UnknownLayoutError, clear_unused, overwrite_deleted

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

    from rag.store.catalog import Catalog
    from rag.store.places import VectorKey

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
        # Searches go on beside writing, but not while the folder is given up.
        self._gate = threading.Condition()
        self._searching = 0
        self._closing = False
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
            self._guarded(partial(clear_unused, self._current(self._generations())))

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Take chunks out; unknown ids are no error. Durable on return."""
        with self._lock:
            collection = self._open()
            for start in range(0, len(chunk_ids), _BATCH):
                ids = list(chunk_ids[start : start + _BATCH])
                self._guarded(partial(collection.delete, ids=ids))

    def search(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest, best first, scored by cosine. Approximate, as HNSW is."""
        if k < 1:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32)[None, :]
        with self._shared() as collection:
            found = self._guarded(lambda: collection.query(query_embeddings=query, n_results=k, include=["distances"]))
        distances = found["distances"] or [[]]
        return [
            Scored(chunk_id, 1.0 - float(distance))
            for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def count(self) -> int:
        """How many chunks it holds."""
        with self._shared() as collection:
            return self._guarded(collection.count)

    def holds(self, chunk_ids: Sequence[str]) -> int:
        """How many of the chunks it holds."""
        with self._shared() as collection:
            starts = range(0, len(chunk_ids), _BATCH)
            batches = [list(chunk_ids[start : start + _BATCH]) for start in starts]
            return sum(len(self._guarded(partial(collection.get, ids=ids, include=[]))["ids"]) for ids in batches)

    def erase(self) -> Swept:
        """Overwrite in its files what is left of vectors that were deleted. Searches wait: a second or two for 100,000.

        Raises:
            StoreUnavailable: its files cannot be written or are of a layout that is not known. Then nothing but
                `clear`, and adding everything again, leaves nothing of what was deleted.
        """
        with self._alone():
            generations = self._generations()
            for old in generations[:-1]:  # a killed process was about to remove them
                shutil.rmtree(self._folder / str(old), ignore_errors=True)
            try:
                return overwrite_deleted(self._current(generations), self._dimension)
            except (UnknownLayoutError, OSError, sqlite3.Error) as error:
                raise self._unavailable(error) from error

    def clear(self) -> None:
        """Empty it, also when what is on disk is damaged."""
        with self._alone():
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
        with self._alone():
            pass

    @contextmanager
    def _shared(self) -> Iterator[Collection]:
        """The collection, for reading."""
        with self._gate:
            self._gate.wait_for(lambda: not self._closing)
            self._searching += 1
        try:
            yield self._open()
        finally:
            with self._gate:
                self._searching -= 1
                self._gate.notify_all()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The folder released, and nobody opening it meanwhile. Never asked for by one who holds the lock."""
        with self._gate:
            self._gate.wait_for(lambda: not self._closing)
            self._closing = True
            self._gate.wait_for(lambda: not self._searching)
        try:
            with self._lock:
                client, self._client, self._collection = self._client, None, None
                if client is not None:
                    self._guarded(client.close)
                yield
        finally:
            with self._gate:
                self._closing = False
                self._gate.notify_all()

    def _current(self, generations: Sequence[int]) -> Path:
        return self._folder / str((generations or [1])[-1])

    def _generations(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdecimal())

    def _open(self) -> Collection:
        if (collection := self._collection) is not None:
            return collection
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
        folder = self._current(self._generations())
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
            clear_unused(folder)
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

    All vectors are held in memory (1.5 kB for one of dimension 384). When the catalog has changed, those that are new
    are read.
    """

    def __init__(self, catalog: Catalog, dimension: int) -> None:
        self._catalog = catalog
        self._dimension = dimension
        self._lock = threading.Lock()
        self._revision = -1
        self._held: list[VectorKey] = []
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
        held, matrix = self._current()
        k = min(k, len(held))
        if k < 1:
            return []
        scores = matrix @ np.asarray(vector, dtype=np.float32)
        best = np.argpartition(-scores, k - 1)[:k]
        return [Scored(held[i].chunk_id, float(scores[i])) for i in best[np.argsort(-scores[best], kind="stable")]]

    def count(self) -> int:
        """How many chunks it holds."""
        return self._catalog.chunk_count(self._dimension)

    def close(self) -> None:
        """Let go of the vectors."""
        with self._lock:
            self._revision, self._held = -1, []
            self._matrix = np.empty((0, self._dimension), dtype=np.float32)

    def _current(self) -> tuple[list[VectorKey], Matrix]:
        with self._lock:
            revision = self._catalog.revision()
            if revision != self._revision:
                known = {key: row for row, key in enumerate(self._held)}
                held = self._catalog.vector_keys(self._dimension)
                matrix = np.empty((len(held), self._dimension), dtype=np.float32)
                rows = [known.get(key, -1) for key in held]
                old = [row for row, before in enumerate(rows) if before >= 0]
                matrix[old] = self._matrix[[rows[row] for row in old]]
                new = {held[row].key: row for row, before in enumerate(rows) if before < 0}
                for keys, vectors in self._catalog.iter_vectors_of(list(new), self._dimension):
                    matrix[[new[key] for key in keys]] = vectors
                    for key in keys:
                        del new[key]
                if new:  # deleted since the keys were read
                    kept = [row for row in range(len(held)) if row not in set(new.values())]
                    held, matrix = [held[row] for row in kept], matrix[kept]
                self._held, self._matrix = held, matrix
                self._revision = revision
            return self._held, self._matrix


def _locked() -> LibraryLocked:
    return LibraryLocked(
        "Another process owns this library, so its index cannot be changed from here.",
        "Close the running app, or make the change in it.",
    )
