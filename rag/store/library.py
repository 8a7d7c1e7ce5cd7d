"""One data folder: its lock, its catalog, its indexes, and their repair."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rag.core.errors import FingerprintMismatch, LibraryLocked, StoreUnavailable
from rag.core.ports import KeywordIndex, VectorIndex
from rag.core.types import Fingerprint
from rag.store.catalog import FILE_NAME, Catalog, Entry
from rag.store.conversations import Conversations
from rag.store.jobs import Jobs
from rag.store.keywords import TantivyIndex
from rag.store.vectors import CatalogScan, ChromaIndex

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOCK: Final = "library.lock"
_PRESENCE: Final = "owner.lock"
"""Held by the owner beside its own lock. Whoever only asks whether there is one tries this: it keeps nobody out."""
_PRESENCE_SECONDS: Final = 10.0
"""How long a new owner waits for those who ask; each holds the file for less than a millisecond."""
_BATCH: Final = 1000


class Library:
    """A data folder opened by this process, as its owner or beside the owner.

    The owner holds the lock and the indexes. Beside it, a library searches vectors by an exact scan of the catalog and
    keywords in the owner's index, and writes nothing but jobs, conversations and feedback.
    """

    def __init__(
        self, data: Path, catalog: Catalog, vectors: VectorIndex, keywords: KeywordIndex, *,
        dimension: int, lock: _Ownership | None,
    ) -> None:  # fmt: skip
        self.data = data
        self.catalog = catalog
        self.vectors = vectors
        self.keywords = keywords
        self.jobs = Jobs(catalog)
        self.conversations = Conversations(catalog)
        self.owner = lock is not None
        self._dimension = dimension
        self._lock = lock
        self._applying = threading.RLock()

    @classmethod
    def open(
        cls,
        data: Path,
        *,
        dimension: int,
        vectors: Callable[[Path, int], VectorIndex] = ChromaIndex,
        wait: float = 0.0,
    ) -> Library:
        """Open the folder, making it when it is not there.

        As owner, apply what is pending to the indexes and repair them from the catalog, and put interrupted jobs back.

        Args:
            data: the data folder.
            dimension: of the embedder's vectors.
            vectors: makes the owner's vector index from a folder and the dimension.
            wait: seconds to wait for another owner to go.

        Raises:
            StoreUnavailable: no permission, not a folder, disk full, or a damaged catalog.
        """
        lock = _own(data, wait)
        try:
            catalog = Catalog.open(data / FILE_NAME, read_only=lock is None)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        if lock is None:
            scan = CatalogScan(catalog, dimension)
            return cls(
                data, catalog, scan, TantivyIndex(data / "keywords", read_only=True), dimension=dimension, lock=None
            )
        index = vectors(data / "vectors", dimension)
        library = cls(data, catalog, index, TantivyIndex(data / "keywords"), dimension=dimension, lock=lock)
        try:
            library.jobs.requeue_interrupted()
            library._repair()
        except BaseException:
            library.close()
            raise
        return library

    def require_owner(self) -> None:
        """Raises LibraryLocked when another process owns the library."""
        if not self.owner:
            raise LibraryLocked(
                f"Another process owns the library in {self.data}.", "Close the running app, or make the change in it."
            )

    def owner_alive(self) -> bool:
        """Whether a process (this one or another) owns the library now: somebody will work off its jobs."""
        return self.owner or in_use(self.data)

    def check_fingerprint(self, fingerprint: Fingerprint) -> None:
        """Raises FingerprintMismatch when a document was made with another embedder or chunker than this."""
        stale = self.catalog.stale_documents(fingerprint)
        if stale:
            raise FingerprintMismatch(
                f"{len(stale)} documents of the library in {self.data} were indexed with another embedder or chunker "
                f"than {fingerprint.embedder} with {fingerprint.chunker}.",
                "Run `kitabu reindex` to bring them up to date, or set the embedder back.",
            )

    def apply_pending(self) -> None:
        """Bring both indexes up to date with the catalog. Safe to repeat after a crash at any point.

        Raises:
            LibraryLocked: another process owns the library.
            StoreUnavailable: an index cannot be written.
        """
        self.require_owner()
        with self._applying:
            while work := self.catalog.pending(_BATCH):
                # A chunk that was replaced is in both lists: out with the old before in with the new.
                if work.deletions:
                    self.vectors.delete(work.deletions)
                    self.keywords.delete(work.deletions)
                    self.catalog.mark_deleted(work.deletions, work.revision)
                else:
                    self.vectors.add(*self.catalog.vectors_of(work.additions, self._dimension))
                    self.keywords.add([_keyword_entry(entry) for entry in self.catalog.entries(work.additions)])
                    self.catalog.mark_added(work.additions, work.revision)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Build both indexes anew from the catalog, without embedding.

        Args:
            progress: called with the chunks done and their total, twice as many as there are (two indexes).

        Raises:
            LibraryLocked: another process owns the library.
            StoreUnavailable: an index cannot be written.
        """
        self.require_owner()
        with self._applying:
            total = 2 * self.catalog.chunk_count()
            done = 0

            def report(count: int) -> None:
                if progress:
                    progress(done + count, total)

            done = self._rebuild_vectors(report)
            self._rebuild_keywords(report)
            self.apply_pending()

    def counts(self) -> tuple[int, int, int]:
        """Chunks in the catalog, the vector index and the keyword index."""
        return self.catalog.chunk_count(), self.vectors.count(), self.keywords.count()

    def close(self) -> None:
        """Release the indexes, the catalog and the lock."""
        try:
            self.vectors.close()
            self.keywords.close()
        finally:
            self.catalog.close()
            if self._lock is not None:
                self._lock.release()

    def _repair(self) -> None:
        """Make both indexes agree with the catalog, whatever state they were left in."""
        try:
            self.vectors.count()
        except StoreUnavailable:
            self._rebuild_vectors()
        try:
            self.keywords.count()
        except StoreUnavailable:
            self._rebuild_keywords()
        try:
            self.apply_pending()
        except StoreUnavailable:
            # It opens and counts, but a killed process left something in it that stands in the way of writing.
            self.rebuild()
        if self.vectors.count() != self.catalog.chunk_count(self._dimension):
            self._rebuild_vectors()
        if self.keywords.count() != self.catalog.chunk_count():
            self._rebuild_keywords()

    def _rebuild_vectors(self, progress: Callable[[int], None] | None = None) -> int:
        self.vectors.clear()
        done = 0
        for ids, vectors in self.catalog.iter_vectors(dimension=self._dimension):
            self.vectors.add(ids, vectors)
            done += len(ids)
            if progress:
                progress(done)
        return done

    def _rebuild_keywords(self, progress: Callable[[int], None] | None = None) -> int:
        self.keywords.clear()
        done = 0
        for entries in self.catalog.iter_chunks(_BATCH):
            self.keywords.add([_keyword_entry(entry) for entry in entries])
            done += len(entries)
            if progress:
                progress(done)
        return done


def in_use(data: Path) -> bool:
    """Whether a process owns the library in `data` at this moment; for a process that has not opened it.

    Asking never keeps another process from becoming the owner, and makes nothing where there is no library.

    Raises:
        StoreUnavailable: the lock cannot be looked at.
    """
    if not (data / _PRESENCE).exists():
        return False
    presence = _acquire(data, _PRESENCE, 0.0)
    if presence is not None:
        presence.release()
    return presence is None


class _Ownership(NamedTuple):
    """The lock that makes a process the owner, and the one by which others see that there is an owner."""

    lock: BaseFileLock
    presence: BaseFileLock

    def release(self) -> None:
        """Give both back."""
        self.presence.release()
        self.lock.release()


def _own(data: Path, wait: float) -> _Ownership | None:
    """Become the owner, or None when another process is."""
    lock = _acquire(data, _LOCK, wait)
    if lock is None:
        return None
    try:
        presence = _acquire(data, _PRESENCE, _PRESENCE_SECONDS)
    except BaseException:
        lock.release()
        raise
    if presence is None:  # somebody was halted while asking
        lock.release()
        return None
    return _Ownership(lock, presence)


def _keyword_entry(entry: Entry) -> tuple[str, str, str]:
    text = "\n".join((entry.title, *entry.chunk.heading_path, entry.chunk.text))
    return entry.chunk.id, text, entry.language


def _acquire(data: Path, name: str, wait: float) -> BaseFileLock | None:
    """A lock of the library, or None when another process holds it."""
    from filelock import FileLock, Timeout

    # A library may be closed by another thread than the one that opened it.
    lock = FileLock(data / name, thread_local=False)
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait)
    except Timeout:
        return None
    except FileExistsError as error:
        raise StoreUnavailable(f"{data} is not a folder.", "Choose another folder with --data.") from error
    except NotADirectoryError as error:
        raise StoreUnavailable(f"{data} lies inside a file.", "Choose another folder with --data.") from error
    except (OSError, NotImplementedError) as error:
        raise StoreUnavailable(
            f"The data folder {data} cannot be written ({error}).",
            "Give yourself permission to write there, free some space, or choose another folder with --data.",
        ) from error
    return lock
