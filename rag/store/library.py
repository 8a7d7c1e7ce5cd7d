"""One data folder: its lock, its catalog, its indexes, and their repair."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from rag.core.errors import LibraryLocked, StoreUnavailable
from rag.core.ports import Index, VectorIndex
from rag.store.beside import Beside
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.chroma_server import ChromaServerIndex
from rag.store.conversations import Conversations
from rag.store.derived import (
    KEYWORDS,
    VECTORS,
    IndexesBeside,
    always,
    fill_keywords,
    fill_vectors,
    index_folder,
    keyword_entries,
    remove_others,
)
from rag.store.filling import FILLED_AT_ONCE, FillingIndex
from rag.store.golden import GoldenQuestions
from rag.store.jobs import Jobs
from rag.store.keywords import TantivyIndex
from rag.store.langchain_store import LangChainIndex
from rag.store.models import Models
from rag.store.ownership import Ownership, in_use, own
from rag.store.runs import Runs
from rag.store.vectors import CatalogScan, ChromaIndex

log = logging.getLogger(__name__)

_BATCH: Final = 1000
REWRITTEN_AT_ONCE: Final = 20_000
"""Chunks of the keyword index that are written again while somebody waits: a few seconds."""
_FEW_DELETED: Final = 1000
"""So many deleted vectors may stay in the graph, as zeros, however few live ones there are."""
CATALOG_BUSY: Final = "catalog"
"""Left over because another program kept the catalog busy."""
KEYWORDS_LATER: Final = "keywords"
"""Left over because the keyword index is large: the words are in its files, and found by no search."""


class Library:
    """A data folder opened by this process, as its owner or beside the owner.

    The owner holds the lock and the indexes. Beside it, a library searches vectors by an exact scan of the catalog and
    keywords in the owner's index, and writes nothing but jobs, conversations, feedback, golden questions with their
    runs, and what is kept of models.
    """

    def __init__(
        self, data: Path, catalog: Catalog, vectors: VectorIndex, keywords: TantivyIndex, *,
        dimension: int, make: Callable[[Path, int], VectorIndex], lock: Ownership | None,
    ) -> None:  # fmt: skip
        self.data = data
        self.catalog = catalog
        self.vectors = vectors
        self.keywords = keywords
        self.jobs = Jobs(catalog)
        self.conversations = Conversations(catalog)
        self.golden = GoldenQuestions(catalog)
        self.runs = Runs(catalog)
        self.models = Models(catalog)
        self.beside = Beside(catalog)
        self.owner = lock is not None
        self.generation = catalog.generation()
        """Of the set of chunks and vectors whose indexes are open."""
        self.dimension = dimension
        """Of the vectors that are searched."""
        self._make = make
        self._retired: list[Index] = []
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
            dimension: of the embedder's vectors, for a library without documents; another's vectors stay as they are.
            vectors: makes the owner's vector index from a folder and the dimension.
            wait: seconds to wait for another owner to go.

        Raises:
            StoreUnavailable: no permission, not a folder, disk full, or a damaged catalog.
        """
        lock = own(data, wait)
        try:
            catalog = Catalog.open(data / FILE_NAME, read_only=lock is None)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        generation, made = catalog.generation(), catalog.made_with()
        if made is not None:
            dimension = made.dimension
        folder, words = (index_folder(data, kind, generation) for kind in (VECTORS, KEYWORDS))
        if lock is None:
            scan = CatalogScan(catalog, dimension)
            found = TantivyIndex(words, read_only=True)
            return cls(data, catalog, scan, found, dimension=dimension, make=vectors, lock=None)
        remove_others(data, generation, lambda folder: vectors(folder, dimension))
        index = vectors(folder, dimension)
        library = cls(data, catalog, index, TantivyIndex(words), dimension=dimension, make=vectors, lock=lock)
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

    def index_beside(self, dimension: int, progress: Callable[[int, int], None] | None = None) -> IndexesBeside:
        """Make both indexes of the set beside, in folders of their own.

        Raises:
            LibraryLocked: another process owns the library.
            StoreUnavailable: an index cannot be written.
        """
        self.require_owner()
        folders = [index_folder(self.data, kind, self.generation + 1) for kind in (VECTORS, KEYWORDS)]
        catalog = Catalog.open(self.catalog.database.path, read_only=True, beside=True)
        made = IndexesBeside(catalog, self._make(folders[0], dimension), TantivyIndex(folders[1]), dimension)
        try:
            total = 2 * catalog.chunk_count()
            first = fill_vectors(catalog, made.vectors, dimension, partial(_told, progress, 0, total))
            fill_keywords(catalog, made.keywords, partial(_told, progress, first, total))
        except BaseException:
            made.close()
            raise
        return made

    def switch(self, made: IndexesBeside) -> bool:
        """Search the set beside from now on, and have the one that was searched beside it.

        Returns:
            False when the library has changed since the indexes were made: they are closed, and nothing is changed.

        Raises:
            StoreUnavailable: the catalog cannot be written.
        """
        with self._applying:
            made.catalog.close()
            try:
                switched = made.vectors.count() == made.keywords.count() and self.beside.switch(made.vectors.count())
            except BaseException:
                made.close()
                raise
            if not switched:
                made.close()
                return False
            self._retired += [self.vectors, self.keywords]
            self.vectors, self.keywords, self.dimension = made.vectors, made.keywords, made.dimension
            self.generation = self.catalog.generation()
            return True

    def follow(self, dimension: int) -> None:
        """Search the set that the owner has put in place since this process opened the library beside it."""
        with self._applying:
            self.vectors.close()
            self.keywords.close()
            generation = self.catalog.generation()
            self.vectors = CatalogScan(self.catalog, dimension)
            self.keywords = TantivyIndex(index_folder(self.data, KEYWORDS, generation), read_only=True)
            self.dimension, self.generation = dimension, generation

    def drop_retired(self) -> None:
        """Remove the indexes that were given up at a switch. Searches that began before it have ended by then."""
        with self._applying:
            retired, self._retired = self._retired, []
            for index in retired:
                index.close()
            if retired:
                self.remove_unused()

    def remove_unused(self) -> None:
        """Remove the indexes that are not searched: texts of documents stand in them. None of them may be open."""
        with self._applying:
            remove_others(self.data, self.generation, lambda folder: self._make(folder, self.dimension))

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
                    self.vectors.add(*self.catalog.vectors_of(work.additions, self.dimension))
                    self.keywords.add(keyword_entries(self.catalog, work.additions))
                    self.catalog.mark_added(work.additions, work.revision)

    @property
    def filling(self) -> bool:
        """Whether the vector index is not whole yet; until `fill` makes it so, searches go through the catalog."""
        return isinstance(self.vectors, FillingIndex) and not self.vectors.whole

    def fill(self, go_on: Callable[[], bool] = always, progress: Callable[[int], None] | None = None) -> None:
        """Make the vector index whole, if it is not, while searches go on.

        Args:
            go_on: asked meanwhile; when false, it is left for another time.
            progress: called with the vectors that are in it.

        Raises:
            LibraryLocked: another process owns the library.
            StoreUnavailable: the index cannot be written.
        """
        self.require_owner()
        filling = self.vectors
        if isinstance(filling, FillingIndex) and not filling.whole and filling.fill(self._applying, go_on, progress):
            with self._applying:
                if self.vectors is filling:  # no other set was put in its place meanwhile
                    self.vectors = filling.index

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

    def erase(self, *, most: int | None = REWRITTEN_AT_ONCE, go_on: Callable[[], bool] = always) -> list[str]:
        """Leave nothing in the catalog's and the indexes' files of documents that were deleted. Safe to repeat.

        Deleted documents are found no more in any case, and their rows are gone; this is about bytes in files. Cheap
        when nothing was deleted since the last time.

        Args:
            most: leave the keyword index for another time when so many chunks or more had to be written again; None
                does it however long it takes.
            go_on: asked meanwhile; when false, the rest is left for another time.

        Returns:
            Where something may be left, in words; the next call, or the next start, takes it up. Empty when nothing is.

        Raises:
            LibraryLocked: another process owns the library.
            StoreUnavailable: a file cannot be written.
        """
        self.require_owner()
        revision = self.catalog.to_erase()
        if revision is None:
            return []
        with self._applying:
            self.drop_retired()
            self.apply_pending()
            left: list[str] = []
            if not self.catalog.database.overwrite_deleted():
                left.append(CATALOG_BUSY)
            self._erase_vectors()
            texts = partial(keyword_entries, self.catalog)
            if not self.keywords.erase(texts, go_on, most):
                left.append(KEYWORDS_LATER)
            if not left:
                self.catalog.mark_erased(revision)
            return left

    @property
    def keeps_vectors_elsewhere(self) -> bool:
        """Whether a store holds the vectors whose files are its own matter: a server, or somebody's `VectorStore`."""
        return isinstance(self._index, ChromaServerIndex | LangChainIndex)

    @property
    def _index(self) -> VectorIndex:
        """The vector index itself, whole or not."""
        return self.vectors.index if isinstance(self.vectors, FillingIndex) else self.vectors

    def _erase_vectors(self) -> None:
        if self.keeps_vectors_elsewhere:
            return
        index = self._index
        if isinstance(index, ChromaIndex):
            try:
                swept = index.erase()
            except StoreUnavailable:
                log.warning("the vector index is built anew, because what was deleted cannot be overwritten in it")
            else:
                if swept.deleted <= max(swept.live, _FEW_DELETED):
                    return
        self._rebuild_vectors()

    def holds_vectors(self, chunk_ids: Sequence[str]) -> int:
        """How many of the chunks the vector index holds; 0 where it cannot be asked for single ones."""
        index = self._index
        if isinstance(index, ChromaIndex | ChromaServerIndex | LangChainIndex):
            return index.holds(chunk_ids)
        return 0

    def counts(self) -> tuple[int, int, int]:
        """Chunks in the catalog, the vector index and the keyword index."""
        return self.catalog.chunk_count(), self.vectors.count(), self.keywords.count()

    def close(self) -> None:
        """Release the indexes, the catalog and the lock, and first overwrite what is left of deleted documents."""
        try:
            if self.owner:
                with suppress(StoreUnavailable):  # the next start goes on with it
                    self.erase()
                with suppress(StoreUnavailable):
                    self.drop_retired()
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
            self._make_vectors_anew()
        try:
            self.keywords.count()
        except StoreUnavailable:
            self._rebuild_keywords()
        try:
            self.apply_pending()
        except StoreUnavailable:
            # It opens and counts, but a killed process left something in it that stands in the way of writing.
            self.rebuild()
        if self.vectors.count() != self.catalog.chunk_count(self.dimension):
            self._make_vectors_anew()
        if self.keywords.count() != self.catalog.chunk_count():
            self._rebuild_keywords()
        try:
            self.erase()
        except StoreUnavailable:
            log.warning("what is left of deleted documents in files was not overwritten; the next start tries again")

    def _make_vectors_anew(self) -> None:
        """Now where that is quick, else beside the answers: `fill` does it then."""
        if self.catalog.chunk_count(self.dimension) <= FILLED_AT_ONCE:
            self._rebuild_vectors()
            return
        self.vectors.clear()
        self.vectors = FillingIndex(self.vectors, self.catalog, self.dimension)

    def _rebuild_vectors(self, progress: Callable[[int], None] | None = None) -> int:
        done = fill_vectors(self.catalog, self._index, self.dimension, progress)
        self.vectors = self._index
        return done

    def _rebuild_keywords(self, progress: Callable[[int], None] | None = None) -> int:
        return fill_keywords(self.catalog, self.keywords, progress)


def _told(progress: Callable[[int, int], None] | None, before: int, total: int, count: int) -> None:
    if progress:
        progress(before + count, total)
