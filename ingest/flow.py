"""Files on their way into the library: read, chunked, embedded and written by threads of their own.

Reading (in child processes), chunking and writing run beside the embedder, so that it always has texts to work on and
its speed is the speed of the whole. What waits between two stages is bounded: memory does not grow with the files.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ingest.batches import WINDOW, BatchEmbedder, Embedding
from ingest.pool import ReaderPool
from ingest.report import FileResult
from ingest.steps import Made
from ingest.sync import FoundFile
from rag.core.errors import IngestError
from rag.core.ports import Embedder
from rag.core.types import ParsedDocument

READ_AHEAD: Final = 1
"""Files read or waiting to be read beyond those that the processes work on."""
WRITES_WAITING: Final = 4
"""Documents that wait to be written; the embedder waits rather than pile up more."""


@dataclass(eq=False, slots=True)
class Passing:
    """A file on its way."""

    file: FoundFile
    digest: str
    step: Future[Any]
    """What is being done to it."""
    page: int = 0
    pages: int = 0
    made: Made | None = None
    embedding: Embedding | None = None
    told: int = 0
    """Chunks that were reported as embedded."""

    @property
    def worked(self) -> float:
        """How much of its bytes counts as worked off: pages while its reader tells of them, then chunks."""
        read = self.page / self.pages if self.pages else 0.0
        embedded = self.embedding.embedded / len(self.embedding.texts) if self.embedding else 0.0
        return self.file.size * min(1.0, max(read, embedded))


class Flow:
    """Leads files through the stages. Driven by one thread: `begin` and `finished` until nothing is left.

    Args:
        readers: the processes that read.
        make: chunks what was read; called on a thread of its own, for one document after the other.
        embedder: makes the vectors.
        write: puts a document into the catalog; called like `make`, on another thread.
    """

    def __init__(
        self,
        readers: ReaderPool,
        make: Callable[[Passing, ParsedDocument], Made],
        embedder: Embedder,
        write: Callable[[Passing], FileResult],
    ) -> None:
        self._readers = readers
        self._make = make
        self._write = write
        self._news = threading.Event()
        self._reading: deque[Passing] = deque()
        self._chunking: list[Passing] = []
        self._embedding: list[Passing] = []
        self._writing: deque[Passing] = deque()
        self._chunker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chunking")
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writing")
        self._embedder = BatchEmbedder(embedder, self._news.set)

    @property
    def busy(self) -> bool:
        """Whether a file is on its way."""
        return bool(self._reading or self._chunking or self._embedding or self._writing)

    @property
    def room(self) -> bool:
        """Whether another file may begin."""
        return len(self._reading) < self._readers.processes + READ_AHEAD

    @property
    def passing(self) -> list[Passing]:
        """The files on their way, the furthest first."""
        return [*self._writing, *self._embedding, *self._chunking, *self._reading]

    def begin(self, file: FoundFile, digest: str, verify: Callable[[], None]) -> None:
        """Have a file read; see `ReaderPool.submit`."""
        passing = Passing(file, digest, Future())

        def progress(done: int, total: int) -> None:
            passing.page, passing.pages = done, total
            self._news.set()

        passing.step = self._watched(self._readers.submit(Path(file.path), verify, progress))
        self._reading.append(passing)

    def finished(self, seconds: float) -> Iterator[tuple[Passing, FileResult | IngestError]]:
        """Wait for news, but no longer than that; what has come to its end since the last call.

        Raises:
            KitabuError: a stage failed for another reason than its file.
        """
        self._news.wait(seconds)
        self._news.clear()
        while self._writing and self._writing[0].step.done():
            passing = self._writing.popleft()
            yield passing, passing.step.result()
        for passing in [one for one in self._embedding if one.step.done()]:
            if len(self._writing) < WRITES_WAITING:
                self._embedding.remove(passing)
                passing.step.result()
                passing.step = self._watched(self._writer.submit(self._write, passing))
                self._writing.append(passing)
        for passing in [one for one in self._chunking if one.step.done()]:
            self._chunking.remove(passing)
            try:
                passing.made = passing.step.result()
            except IngestError as error:
                yield passing, error
                continue
            passing.embedding = self._embedder.submit(passing.made.texts, passing.made.lengths)
            passing.step = self._watched(passing.embedding.done)
            self._embedding.append(passing)
        # In order, and one at a time: what is chunked waits in the embedder.
        while self._reading and self._reading[0].step.done() and self._open:
            passing = self._reading.popleft()
            try:
                parsed = passing.step.result()
            except IngestError as error:
                yield passing, error
                continue
            passing.step = self._watched(self._chunker.submit(self._make, passing, parsed))
            self._chunking.append(passing)

    def close(self) -> list[tuple[Passing, FileResult]]:
        """Give up what is on its way, but for the document that is being written: that comes to its end here.

        Raises:
            KitabuError: it could not be written.
        """
        self._embedder.close()
        self._chunker.shutdown(wait=False, cancel_futures=True)
        if self._readers.busy():
            self._readers.abandon()
        self._writer.shutdown(wait=True, cancel_futures=True)
        written = [(passing, passing.step.result()) for passing in self._writing if not passing.step.cancelled()]
        self._writing.clear()
        return written

    @property
    def _open(self) -> bool:
        """Whether the next document may be chunked."""
        return not self._chunking and self._embedder.waiting < WINDOW and len(self._writing) < WRITES_WAITING

    def _watched(self, step: Future[Any]) -> Future[Any]:
        step.add_done_callback(lambda _: self._news.set())
        return step
