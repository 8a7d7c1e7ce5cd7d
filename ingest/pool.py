"""Files read in child processes, several at a time: whatever a file does to its reader costs that file alone."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.isolation import Child, Tell, nobody
from rag.core.errors import Crashed, Damaged, IngestError, TooLarge
from rag.core.machine import usable_cores
from rag.core.types import ParsedDocument

if TYPE_CHECKING:  # a broken reader must be told by the child, not end this process
    from ingest.readers import Limits

SILENT_SECONDS: Final = 300.0
"""Longest time without a sign of life: PDFium reads over 400 pages a second, and recognising text is told by page."""
READ_MEMORY: Final = 4 * 1024**3
"""Address space of a child in bytes, where the system can limit it (Linux)."""
MOST_PROCESSES: Final = 4
"""Files read at the same time, at most: more cores are better used for embedding."""


def reading_processes() -> int:
    """How many files are best read at the same time on this machine: half the cores are for embedding."""
    return max(1, min(MOST_PROCESSES, usable_cores() // 2))


class ReaderPool:
    """Reads files in child processes, each started when it is first needed.

    Args:
        processes: how many files are read at the same time.
        seconds: longest time for which a child may give no sign of life; a page that was recognised is one.
        memory: bytes of address space of a child, where the system can limit it.
        limits: what one file may cost; None for those of the readers.
        ocr: the engine for text recognition, see `Source.ocr`.
        own: readers of one's own, see `Source.own`.
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        seconds: float = SILENT_SECONDS,
        memory: int = READ_MEMORY,
        limits: Limits | None = None,
        ocr: str = "auto",
        own: Mapping[str, str] | None = None,
    ) -> None:
        self.processes = processes
        self._seconds = seconds
        self._memory = memory
        self._limits = limits
        self._ocr = ocr
        self.own = dict(own or {})
        self._queue = ThreadPoolExecutor(max_workers=processes, thread_name_prefix="reader")
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._open: set[Future[ParsedDocument]] = set()
        self._abandoned = 0
        self._closed = False

    def submit(self, path: Path, verify: Callable[[], None], progress: Tell = nobody) -> Future[ParsedDocument]:
        """Read `path` in the background.

        Args:
            path: the file.
            verify: called after reading, off the caller's thread; raises an `IngestError` when the file is no longer
                what it was.
            progress: called off the caller's thread by readers for which a page takes long.

        The future raises `IngestError` (of the reader; `Crashed` when the child did, `TooLarge` when it took too much
        time or memory) or `KitabuError` when no child can be started.
        """

        def work() -> ParsedDocument:
            parsed = self._read(path, progress)
            verify()
            return parsed

        reading = self._queue.submit(work)
        self._open.add(reading)
        reading.add_done_callback(self._open.discard)
        return reading

    def busy(self) -> bool:
        """Whether a file is being read or waits to be."""
        return bool(self._open)

    def abandon(self) -> None:
        """End what is being read, also in the middle of a file, and forget what waits. Other files can be read then."""
        with self._lock:
            self._abandoned += 1
            for child in self._busy:
                child.kill()
        for reading in list(self._open):
            reading.cancel()

    def close(self) -> None:
        """End the children, also in the middle of a file."""
        self._closed = True
        self.abandon()
        self._queue.shutdown(wait=True, cancel_futures=True)
        for child in self._idle:
            child.close()
        self._idle.clear()

    def _read(self, path: Path, progress: Tell) -> ParsedDocument:
        child = self._take()
        try:
            places = [str(Path(place).absolute()) for place in sys.path] if self.own else []
            request = pickle.dumps((os.fsencode(path), self._limits, self._ocr, self.own, places))
            result = child.exchange(request, self._seconds, progress)
        except TimeoutError as error:
            raise TooLarge(
                f"Reading {path.name} made no progress for more than {self._seconds:.0f} seconds and was given up.",
                "Open the file and save it again, or split it into smaller files.",
            ) from error
        except EOFError as error:
            raise Crashed(
                f"The reader stopped unexpectedly while reading {path.name}.",
                "The file is probably damaged. Open it and save it again, or convert it to PDF.",
            ) from error
        finally:
            self._give_back(child)
        if isinstance(result, MemoryError):
            raise TooLarge(
                f"Reading {path.name} needs more than {self._memory // 1024**2:,} MB of memory.",
                "Split it into smaller files, or raise the setting read_memory_mb.",
            )
        if isinstance(result, IngestError):
            raise result
        if isinstance(result, ParsedDocument):
            return result
        raise Damaged(f"The reader failed on {path.name} ({result}).", "Open the file and save it again.")

    def _take(self) -> Child:
        with self._lock:
            child = self._idle.pop() if self._idle else None
            abandoned = self._abandoned
        if child is not None and not child.alive():
            child.close()
            child = None
        if child is None:
            child = Child("read", self._seconds, self._memory)
        with self._lock:
            self._busy.add(child)
            if self._closed or self._abandoned != abandoned:  # it was being started and could not be seen
                child.kill()
        return child

    def _give_back(self, child: Child) -> None:
        with self._lock:
            self._busy.discard(child)
            keep = not self._closed and child.alive()
            if keep:
                self._idle.append(child)
        if not keep:
            child.close()
