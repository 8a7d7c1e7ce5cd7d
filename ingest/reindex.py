"""Chunks and vectors made anew for another embedder or chunker, beside those that are searched; then one switch."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ingest.batches import WINDOW, BatchEmbedder, Embedding
from ingest.report import Clock, FileError, FileResult, FileStatus, IngestReport, Stage
from ingest.steps import Maker
from rag.core.errors import IngestError, StoreUnavailable
from rag.core.fingerprint import Fingerprint
from rag.core.types import Chunk, Document
from rag.store.beside import Made
from rag.store.derived import IndexesBeside
from rag.store.library import Library

_POLL_SECONDS: Final = 0.1
"""Between two questions whether to stop."""
_WRITE_CHUNKS: Final = 256
_WRITE_SECONDS: Final = 1.0
"""What is embedded is written after so many chunks or seconds: so much is embedded again after `kill -9`."""
_SEARCH_SECONDS: Final = 1.0
"""After the switch, until the old indexes are removed: searches that began before it take a tenth of that."""


class _Stopped(Exception):
    """The indexes are not made to the end now."""


class _Passing(NamedTuple):
    """A document whose chunks are being embedded."""

    document: Document
    chunks: list[Chunk]
    embedding: Embedding


class Reindex:
    """Makes the set of one fingerprint beside the one that is searched, and puts it in its place.

    The files are not read again: pages and blocks are in the catalog. What was made is kept when it is stopped or
    killed, and the next run goes on with the documents that are missing.

    Args:
        library: opened as its owner.
        maker: the embedder and chunker it is made with.
        fingerprint: theirs.
        compare: called when all is made, before the switch, with the indexes beside.
    """

    def __init__(
        self,
        library: Library,
        maker: Maker,
        fingerprint: Fingerprint,
        clock: Clock,
        stop: Callable[[], bool],
        compare: Callable[[IndexesBeside], None] | None = None,
    ) -> None:
        self._library = library
        self._maker = maker
        self._fingerprint = fingerprint
        self._clock = clock
        self._stop = stop
        self._compare = compare
        self._results: list[FileResult] = []
        self._failed: set[str] = set()
        self._waiting: list[tuple[Made, FileResult, Document]] = []
        self._written_at = time.monotonic()

    @property
    def files(self) -> tuple[FileResult, ...]:
        """What became of each document in this run."""
        return tuple(self._results)

    def run(self) -> bool:
        """Make what is missing, and switch; True when the new set is the one that is searched.

        Raises:
            StoreUnavailable: the library cannot be written; what was written before is kept.
            ModelError: the embedder failed; so it is then.
        """
        self._library.beside.begin(self._fingerprint)
        switched = False
        try:
            switched = self._switched()
        finally:
            if not switched:  # what was indexed is made anew the next time; meanwhile documents may be deleted
                self._library.remove_unused()
        if switched:
            time.sleep(_SEARCH_SECONDS)
            self._library.drop_retired()
        return switched

    def _switched(self) -> bool:
        uneven = False
        while not self._stop():
            self._make_missing()
            if self._failed or self._stop():
                return False
            try:
                made = self._library.index_beside(self._fingerprint.dimension, self._indexed)
            except _Stopped:
                return False
            if self._compare is not None:
                try:
                    self._compare(made)
                except BaseException:
                    made.close()
                    raise
                if self._stop():  # it was not compared to the end
                    made.close()
                    return False
            counts = made.vectors.count(), made.keywords.count()
            if self._library.switch(made):
                return True
            if counts[0] != counts[1]:
                if uneven:
                    raise StoreUnavailable(
                        f"The new vector index holds {counts[0]} passages and the new keyword index {counts[1]}, "
                        "although both were made twice. The index in use was not changed.",
                        "Check the setting 'store': what it names may keep two indexes in one place.",
                    )
                uneven = True
            # A document came or went meanwhile.
        return False

    def _make_missing(self) -> None:
        catalog = self._library.catalog
        missing = [catalog.document(document_id) for document_id in self._library.beside.missing()]
        self._clock.expect(len(missing), sum(document.size for document in missing))
        news = threading.Event()
        embedder = BatchEmbedder(self._maker.embedder, news.set)
        todo, passing = deque(missing), deque[_Passing]()
        told = 0
        try:
            while (todo or passing) and not self._stop():
                while todo and embedder.waiting < WINDOW:
                    passing.extend(self._begun(todo.popleft(), embedder))
                news.wait(_POLL_SECONDS)
                news.clear()
                told = self._tell(passing, told)
                while passing and passing[0].embedding.done.done():
                    told = self._tell(passing, told) - self._end(passing.popleft())
            self._write()
        finally:
            embedder.close()

    def _begun(self, document: Document, embedder: BatchEmbedder) -> Iterator[_Passing]:
        """The document on its way; none when it cannot be divided."""
        try:
            parsed = self._library.catalog.parsed(document.id)
            chunks = self._maker.chunks(document.id, document.name, parsed)
        except IngestError as error:
            self._failed.add(document.id)
            self._results.append(self._result(document, FileStatus.FAILED, 0, FileError.of(error)))
            self._clock.done(self._results[-1], document.size)
            return
        texts, lengths = self._maker.texts(parsed.title, chunks)
        yield _Passing(document, chunks, embedder.submit(texts, lengths))

    def _tell(self, passing: deque[_Passing], before: int) -> int:
        """Report what was embedded since; how many chunks of the documents on their way were told."""
        now = sum(one.embedding.embedded for one in passing)
        if passing and now > before:
            worked = (one.document.size * one.embedding.embedded / len(one.chunks) for one in passing)
            name = passing[0].document.name
            self._clock.tell(Stage.EMBEDDING, name, embedded=now - before, share=sum(worked))
        return max(now, before)

    def _end(self, done: _Passing) -> int:
        """Keep a document for the next write; its chunks."""
        vectors = done.embedding.done.result()
        result = self._result(done.document, FileStatus.INDEXED, len(done.chunks))
        self._waiting.append((Made(done.document.id, done.chunks, vectors), result, done.document))
        waiting = sum(len(made.chunks) for made, *_ in self._waiting)
        if waiting >= _WRITE_CHUNKS or time.monotonic() - self._written_at >= _WRITE_SECONDS:
            self._write()
        return len(done.chunks)

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._library.beside.put([made for made, *_ in waiting])
        for _, result, document in waiting:
            self._results.append(result)
            self._clock.done(result, document.size, embedded=result.chunks)
        self._written_at = time.monotonic()

    def _indexed(self, done: int, total: int) -> None:
        del done, total
        self._clock.tell(Stage.INDEXING)
        if self._stop():
            raise _Stopped

    def _result(
        self, document: Document, status: FileStatus, chunks: int, error: FileError | None = None
    ) -> FileResult:
        places = self._library.catalog.places(document.id)
        path = places[0].path if places else document.name
        return FileResult(path, status, document.id, document.pages, chunks, document.warnings, error=error)


def run_reindex(reindex: Reindex, clock: Clock) -> tuple[bool, IngestReport]:
    """Run it and report; whether the new set is searched now."""
    clock.tell(Stage.LOOKING)
    switched = reindex.run()
    clock.tell(Stage.DONE)
    return switched, IngestReport(reindex.files, clock.seconds)
