"""Files into the library and documents out of it again: what the application and the command line call."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from ingest.pool import ReaderPool
from ingest.recognition import check_vectors
from ingest.reindex import Reindex, run_reindex
from ingest.report import Clock, IngestReport, Progress, Stage
from ingest.run import IngestRun
from ingest.steps import Maker, never
from ingest.sync import discover, is_within
from ingest.uploads import FOLDER as UPLOADS
from ingest.uploads import uploaded_copies
from rag.core.errors import ConfigError, DocumentNotFound, StoreError, StoreUnavailable
from rag.core.machine import collecting_later
from rag.core.ports import Chunker, Embedder
from rag.store.derived import IndexesBeside
from rag.store.erasure import Erasure, Receipt
from rag.store.fingerprints import check_fingerprint
from rag.store.library import REWRITTEN_AT_ONCE, Library

log = logging.getLogger(__name__)


def silent(progress: Progress) -> None:
    """The `on_progress` of a run that nobody watches."""
    del progress


class Pipeline:
    """Takes files into one library. One run at a time.

    Args:
        library: opened as its owner, or every method raises `LibraryLocked`.
        embedder: makes the vectors.
        chunker: cuts documents for that embedder.
        max_file_bytes: larger files are refused.
        readers: the processes that read, closed with the pipeline; None for one under the usual limits.
    """

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        chunker: Chunker,
        *,
        max_file_bytes: int,
        readers: ReaderPool | None = None,
    ) -> None:
        self._library = library
        self.embedder = embedder
        self.chunker = chunker
        self._max_file_bytes = max_file_bytes
        self._readers = readers or ReaderPool()

    @property
    def own(self) -> Mapping[str, str]:
        """Readers of one's own, see `ingest.readers.Source.own`."""
        return self._readers.own

    def close(self) -> None:
        """End the reader processes. A run in progress fails."""
        self._readers.close()

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        sync: bool = False,
        leave: Collection[str] = (),
        on_progress: Callable[[Progress], None] = silent,
        stop: Callable[[], bool] = never,
    ) -> IngestReport:
        """Take files and folders into the library.

        Args:
            paths: files, and folders that are walked.
            sync: also take out what vanished from the given folders, and remember them for later.
            leave: files in the folders that are not to be touched now, since they are still being written.
            on_progress: called between files and batches of chunks, on the caller's thread.
            stop: asked as often; when true, finished files are kept and the rest is left for another run.

        Returns:
            One result per file, in a stable order. A file's failure is in there and raises nothing.

        Raises:
            LibraryLocked: another process owns the library.
            FingerprintMismatch: the library was made with another embedder or chunker, or with one that gives other
                vectors now.
            StoreUnavailable: the library cannot be written (disk full); finished files are kept.
            KitabuError: the reader process cannot be started.
        """
        self._library.require_owner()
        fingerprint = self.embedder.fingerprint(self.chunker.name)
        check_fingerprint(self._library.catalog, fingerprint)
        check_vectors(self._library.catalog, self.embedder)
        clock = Clock(on_progress)
        clock.tell(Stage.LOOKING)
        maker = Maker(self.embedder, self.chunker)
        with collecting_later():
            found = discover(paths, data=self._library.data, leave=leave, own=self.own)
        run = IngestRun(
            self._library, self._readers, maker, clock, fingerprint, stop, max_file_bytes=self._max_file_bytes
        )
        try:
            return run.run(found, sync=sync)
        finally:
            if self._readers.busy():  # stopped or failed in the middle of a file that nobody waits for any more
                self._readers.abandon()

    def reindex(
        self,
        maker: Maker | None = None,
        *,
        compare: Callable[[IndexesBeside], None] | None = None,
        on_progress: Callable[[Progress], None] = silent,
        stop: Callable[[], bool] = never,
    ) -> IngestReport:
        """Chunk and embed all documents again, from the stored pages, beside what is searched; then one switch.

        Where all of them are of that embedder and chunker already, only indexes that disagree with the catalog are made
        anew. A run that was stopped or killed goes on where it was. After the switch files are taken in with the new
        embedder and chunker.

        Args:
            maker: another embedder and chunker; None for those of this pipeline, which may have changed.
            compare: called before the switch with the indexes beside.

        Returns:
            One result per document that was made in this run, named by one of its paths. When one failed there is no
            switch, and the old set goes on being searched.

        Raises:
            LibraryLocked: another process owns the library.
            ConfigError: there are no documents, and it is another embedder than this pipeline's.
            FingerprintMismatch: the embedder is marked as before and gives other vectors.
            StoreUnavailable: the library cannot be written; finished documents are kept.
            ModelError: the embedder failed; so it is then.
        """
        self._library.require_owner()
        maker = maker or Maker(self.embedder, self.chunker)
        fingerprint = maker.embedder.fingerprint(maker.chunker.name)
        clock = Clock(on_progress)
        report = IngestReport((), 0.0)
        if self._library.catalog.made_with() is None and fingerprint != self.embedder.fingerprint(self.chunker.name):
            raise ConfigError(
                "The library has no documents yet, so nothing keeps which embedder it is to have.",
                f"Set embedder = {maker.embedder.name!r} in the settings, and start Kitabu again where it runs.",
            )
        if self._library.catalog.stale_documents(fingerprint):
            switched, report = run_reindex(Reindex(self._library, maker, fingerprint, clock, stop, compare), clock)
            if not switched:
                return report
        else:
            check_vectors(self._library.catalog, maker.embedder)
        self.embedder, self.chunker = maker.embedder, maker.chunker
        if not self._indexes_agree():
            log.warning("an index disagreed with the catalog; both are rebuilt")
            self._library.rebuild()
        return report

    def delete(self, name: str, *, most: int | None = REWRITTEN_AT_ONCE) -> Receipt:
        """Take a document out of the library so that nothing of it is left; its file goes too when it was uploaded.

        Args:
            name: the document's name, id or path.
            most: leave files of the keyword index to be written anew later when so many passages or more are in them;
                None does it however long it takes.

        Returns:
            What was removed and what was checked. Its warnings name files outside the library, which are never touched.

        Raises:
            DocumentNotFound: there is none of that name.
            LibraryLocked: another process owns the library.
            StoreError: it could not be removed everywhere.
        """
        self._library.require_owner()
        catalog = self._library.catalog
        document = catalog.find(name)
        erasure = Erasure(self._library, document)
        uploads = os.path.realpath(self._library.data / UPLOADS)
        places = [place.path for place in catalog.places(document.id)]
        left = [path for path in places if not is_within(path, uploads)]
        copies = [path for path in places if path not in left] + uploaded_copies(self._library.data, document)
        removed = list(dict.fromkeys(copies))
        for path in removed:
            try:
                # The file first: were it last, a crash in between would leave it on the disk and nobody would know.
                Path(path).unlink(missing_ok=True)
            except OSError as error:
                raise StoreUnavailable(
                    f"{document.name} was not deleted: its file {path} cannot be removed ({error.strerror}).",
                    "Close the programs that have it open, then delete the document again.",
                ) from error
            catalog.clear_failure(path)
        erasure.forget_jobs(removed)
        catalog.remove_document(document.id)
        later = self._library.erase(most=most)
        if not self._indexes_agree():
            log.warning("an index disagreed with the catalog after a delete; both are rebuilt")
            self._library.rebuild()
            if not self._indexes_agree():
                raise StoreError(
                    f"{document.name} is out of the catalog, but the search indexes cannot be brought in step with it.",
                    "Close Kitabu and start it again: the indexes are repaired on opening.",
                )
        folders = catalog.folders()
        left = [path for path in left if Path(path).exists()]
        notes = [_stays(path, folders) for path in left]
        return erasure.receipt(warnings=notes, removed=removed, left=left, later=later)

    def unwatch(self, folder: str, *, documents: bool) -> int:
        """Keep a folder in step no more.

        Args:
            folder: its absolute path; with `documents` also a folder within a watched one.
            documents: take what was read from it out of the library; else it stays.

        Returns:
            How many documents lay there and nowhere else, and are gone.

        Raises:
            DocumentNotFound: the folder is not watched and nothing was read from it.
            LibraryLocked: another process owns the library.
        """
        self._library.require_owner()
        catalog = self._library.catalog
        watched = catalog.folders()
        places = [place for name in ("", *watched) for place in catalog.places_in(name)]
        inside = [place for place in places if is_within(place.path, folder)]
        if folder not in watched and not (documents and inside):
            raise DocumentNotFound(f"{folder} is not a watched folder.", "See `kitabu folders`.")
        before = len(catalog.documents())
        if documents:
            for place in inside:
                catalog.remove_place(place.path)
            for failure in catalog.failures():
                if is_within(failure.path, folder):
                    catalog.clear_failure(failure.path)
        catalog.remove_folder(folder)
        self._library.apply_pending()
        return before - len(catalog.documents())

    def _indexes_agree(self) -> bool:
        library = self._library
        if library.catalog.pending(1):
            return True  # another thread acknowledged a document just now: nothing can be told from the counts
        vectors = library.catalog.chunk_count(library.dimension)
        return (vectors, library.catalog.chunk_count()) == (library.vectors.count(), library.keywords.count())


def _stays(path: str, folders: Sequence[str]) -> str:
    note = f"The file {path} was not touched."
    if any(is_within(path, folder) for folder in folders):
        note += " The next sync of its folder adds it again: move it out of there to keep it out."
    return note
