"""Files into the library and documents out of it again: what the application and the command line call."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.isolation import ReaderProcess
from ingest.report import Clock, FileError, FileResult, FileStatus, IngestReport, Progress, Stage
from ingest.run import IngestRun
from ingest.steps import Indexing, Maker, Stopped, never
from ingest.sync import discover, is_within
from ingest.uploads import FOLDER as UPLOADS
from rag.core.errors import IngestError, StoreError, StoreUnavailable
from rag.core.ports import Chunker, Embedder
from rag.core.types import Document
from rag.store.library import Library

log = logging.getLogger(__name__)


def silent(progress: Progress) -> None:
    """The `on_progress` of a run that nobody watches."""
    del progress


class Pipeline:
    """Takes files into one library. One run at a time."""

    def __init__(self, library: Library, embedder: Embedder, chunker: Chunker, *, max_file_bytes: int) -> None:
        self._library = library
        self._embedder = embedder
        self._chunker = chunker
        self._max_file_bytes = max_file_bytes
        self._reader = ReaderProcess()

    def close(self) -> None:
        """End the reader process. A run in progress fails."""
        self._reader.close()

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        sync: bool = False,
        on_progress: Callable[[Progress], None] = silent,
        stop: Callable[[], bool] = never,
    ) -> IngestReport:
        """Take files and folders into the library.

        Args:
            paths: files, and folders that are walked.
            sync: also take out what vanished from the given folders, remember them for later, and do not read again
                a file that failed and has not changed.
            on_progress: called between files and batches of chunks, on the caller's thread.
            stop: asked as often; when true, finished files are kept and the rest is left for another run.

        Returns:
            One result per file, in a stable order. A file's failure is in there and raises nothing.

        Raises:
            LibraryLocked: another process owns the library.
            FingerprintMismatch: the library was made with another embedder or chunker.
            StoreUnavailable: the library cannot be written (disk full); finished files are kept.
            KitabuError: the reader process cannot be started.
        """
        self._library.require_owner()
        fingerprint = self._embedder.fingerprint(self._chunker.name)
        self._library.check_fingerprint(fingerprint)
        clock = Clock(on_progress)
        clock.tell(Stage.LOOKING)
        maker = Maker(self._embedder, self._chunker, clock, stop)
        found = discover(paths, data=self._library.data)
        run = IngestRun(
            self._library, self._reader, maker, clock, fingerprint, stop, max_file_bytes=self._max_file_bytes
        )
        try:
            return run.run(found, sync=sync)
        finally:
            if self._reader.busy():  # stopped or failed in the middle of a file that nobody waits for any more
                self._reader.close()
                self._reader = ReaderProcess()

    def reindex(
        self, *, on_progress: Callable[[Progress], None] = silent, stop: Callable[[], bool] = never
    ) -> IngestReport:
        """Chunk and embed again, from the stored pages, every document made by another embedder or chunker.

        Documents are switched over one by one: a run that was stopped or killed goes on where it was. Indexes whose
        counts then disagree with the catalog are built anew.

        Returns:
            One result per document that was out of date, named by one of its paths.

        Raises:
            LibraryLocked: another process owns the library.
            StoreUnavailable: the library cannot be written; finished documents are kept.
        """
        self._library.require_owner()
        catalog = self._library.catalog
        fingerprint = self._embedder.fingerprint(self._chunker.name)
        stale = [catalog.document(document_id) for document_id in catalog.stale_documents(fingerprint)]
        clock = Clock(on_progress)
        clock.expect(len(stale), sum(document.size for document in stale))
        maker = Maker(self._embedder, self._chunker, clock, stop)
        indexing = Indexing(self._library, clock)
        results: list[FileResult] = []
        for document in stale:
            if stop():
                break
            places = catalog.places(document.id)
            path = places[0].path if places else document.name
            try:
                parsed = catalog.parsed(document.id)
                chunks = maker.chunks(document.id, document.name, parsed)
                vectors = maker.vectors(path, parsed.title, chunks, document.size)
            except Stopped:
                break
            except IngestError as error:
                results.append(FileResult(path, FileStatus.FAILED, document.id, error=FileError.of(error)))
            else:
                catalog.replace_chunks(document.id, chunks, vectors, fingerprint)
                results.append(
                    FileResult(path, FileStatus.INDEXED, document.id, document.pages, len(chunks), document.warnings)
                )
                indexing.acknowledged(len(chunks))
            clock.done(results[-1], document.size)
        indexing.apply()
        if not self._indexes_agree():
            log.warning("an index disagreed with the catalog; both are rebuilt")
            self._library.rebuild()
        clock.tell(Stage.DONE)
        return IngestReport(tuple(results), clock.seconds)

    def delete(self, name: str) -> Document:
        """Take a document out of the catalog and both indexes; its file goes too when it was uploaded.

        Args:
            name: the document's name, id or path.

        Returns:
            The document that is gone. Its warnings name files outside the library, which are never touched.

        Raises:
            DocumentNotFound: there is none of that name.
            LibraryLocked: another process owns the library.
            StoreError: it could not be removed everywhere.
        """
        self._library.require_owner()
        catalog = self._library.catalog
        document = catalog.find(name)
        uploads = os.path.realpath(self._library.data / UPLOADS)
        left: list[str] = []
        for place in catalog.places(document.id):
            if not is_within(place.path, uploads):
                left.append(place.path)
                continue
            try:
                # The file first: were it last, a crash in between would leave it on the disk and nobody would know.
                Path(place.path).unlink(missing_ok=True)
            except OSError as error:
                raise StoreUnavailable(
                    f"{document.name} was not deleted: its file {place.path} cannot be removed ({error.strerror}).",
                    "Close the programs that have it open, then delete the document again.",
                ) from error
        catalog.remove_document(document.id)
        self._library.apply_pending()
        if not self._indexes_agree():
            log.warning("an index disagreed with the catalog after a delete; both are rebuilt")
            self._library.rebuild()
            if not self._indexes_agree():
                raise StoreError(
                    f"{document.name} is out of the catalog, but the search indexes cannot be brought in step with it.",
                    "Close Kitabu and start it again: the indexes are repaired on opening.",
                )
        folders = catalog.folders()
        notes = [_stays(path, folders) for path in left if Path(path).exists()]
        return dataclasses.replace(document, warnings=tuple(notes))

    def _indexes_agree(self) -> bool:
        library = self._library
        if library.catalog.pending(1):
            return True  # another thread acknowledged a document just now: nothing can be told from the counts
        vectors = library.catalog.chunk_count(self._embedder.dimension)
        return (vectors, library.catalog.chunk_count()) == (library.vectors.count(), library.keywords.count())


def _stays(path: str, folders: Sequence[str]) -> str:
    note = f"The file {path} was not touched."
    if any(is_within(path, folder) for folder in folders):
        note += " The next sync of its folder adds it again: move it out of there to keep it out."
    return note
