"""What ingest says about itself: one result per file, the report of a run, and progress while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from rag.core.errors import KitabuError
from rag.core.report import ReportCard
from rag.core.serialise import from_json, to_json


class FileStatus(StrEnum):
    """What became of a file."""

    INDEXED = "indexed"
    """Read, embedded and in the library."""
    UNCHANGED = "unchanged"
    """These bytes were in the library already."""
    REPLACED = "replaced"
    """New bytes took the place of the version read earlier."""
    REMOVED = "removed"
    """The file vanished from a synced folder and was taken out of the library."""
    FAILED = "failed"
    """Not in the library in its present state; `error` says why."""


class Stage(StrEnum):
    """What a run is doing."""

    LOOKING = "looking"
    READING = "reading"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FileError:
    """Why a file failed: the error class's code, what happened, what to do next."""

    code: str
    message: str
    hint: str

    @classmethod
    def of(cls, error: KitabuError) -> FileError:
        """The record of a raised error."""
        return cls(error.code, error.message, error.hint)


class FileResult(NamedTuple):
    """What became of one file (or of one folder that could not be listed)."""

    path: str
    status: FileStatus
    document_id: str | None = None
    pages: int = 0
    chunks: int = 0
    warnings: tuple[str, ...] = ()
    error: FileError | None = None
    report: ReportCard | None = None
    """How well it was read; None for a file that is not in the library."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON, in the order of the command line's contract."""
        error = self.error
        return {
            "path": self.path,
            "status": self.status.value,
            "document_id": self.document_id,
            "pages": self.pages,
            "chunks": self.chunks,
            "warnings": list(self.warnings),
            "error": {"code": error.code, "message": error.message, "hint": error.hint} if error else None,
            "report": to_json(self.report),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FileResult:
        """Read back what `to_json` wrote."""
        return cls(
            path=value["path"],
            status=FileStatus(value["status"]),
            document_id=value["document_id"],
            pages=value["pages"],
            chunks=value["chunks"],
            warnings=tuple(value["warnings"]),
            error=FileError(**value["error"]) if value["error"] else None,
            report=from_json(ReportCard, value["report"]) if value.get("report") else None,
        )


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What a run did. Files that a stopped run did not come to are not in it."""

    files: tuple[FileResult, ...]
    seconds: float
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Files in folders that are no documents (pictures, films, archives) and were passed over, by ending."""

    @property
    def counts(self) -> dict[str, int]:
        """Files by status; every status is there, also with 0."""
        counts = {status.value: 0 for status in FileStatus}
        for file in self.files:
            counts[file.status.value] += 1
        return counts

    @property
    def failed(self) -> tuple[FileResult, ...]:
        """The files that failed."""
        return tuple(file for file in self.files if file.status is FileStatus.FAILED)

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON: {"files", "counts", "skipped", "seconds"}."""
        return {
            "files": [file.to_json() for file in self.files],
            "counts": self.counts,
            "skipped": dict(self.skipped),
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> IngestReport:
        """Read back what `to_json` wrote."""
        files = tuple(FileResult.from_json(file) for file in value["files"])
        return cls(files, value["seconds"], value.get("skipped", {}))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. Counts include files that needed no work."""

    files_done: int
    files_total: int
    pages_done: int
    chunks_done: int
    current: str
    """The file in hand; empty between files."""
    stage: Stage
    seconds_elapsed: float
    seconds_left: float | None
    """An estimate from the bytes worked off so far and the pace of a file whose pages take long; None until there is
    something to judge by."""
    rate: float
    """Chunks embedded per second of the whole run; 0 before the first."""
    page: int = 0
    """Of the file in hand: pages (or sheets, slides, files within) read, where its reader says so."""
    pages: int = 0
    """Of the file in hand: how many there are; 0 where its reader does not say."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "files_done": self.files_done,
            "files_total": self.files_total,
            "pages_done": self.pages_done,
            "chunks_done": self.chunks_done,
            "current": self.current,
            "stage": self.stage.value,
            "seconds_elapsed": round(self.seconds_elapsed, 3),
            "seconds_left": None if self.seconds_left is None else round(self.seconds_left, 1),
            "rate": round(self.rate, 2),
            "page": self.page,
            "pages": self.pages,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Progress:
        """Read back what `to_json` wrote."""
        return cls(**{**value, "stage": Stage(value["stage"])})


@dataclass(slots=True)
class _Pace:
    """How fast the pages of one file are read."""

    path: str
    began: float
    first: int
    page: int = 0
    pages: int = 0
    at: float = 0.0

    def left(self, now: float, page: int, pages: int) -> float | None:
        """Seconds until it is read; None while nothing can be told. `pages` is 0 when another file is told of."""
        if pages and page != self.page:
            self.page, self.pages, self.at = page, pages, now
        if self.page <= self.first:
            return None
        each = (self.at - self.began) / (self.page - self.first)
        return max(0.0, each * (self.pages - self.page) - (now - self.at))


class Clock:
    """Counts what a run has done and tells whoever watches."""

    def __init__(self, watch: Callable[[Progress], None]) -> None:
        self._started = time.monotonic()
        self._watch = watch
        self._files = 0
        self._work = 0
        self._worked = 0
        self._files_done = 0
        self._pages = 0
        self._chunks = 0
        self._embedded = 0
        self._embedded_open = 0
        self._pace: _Pace | None = None

    def expect(self, files: int, work: int) -> None:
        """So many files there are in all, with so many bytes to be read."""
        self._files = files
        self._work = work

    def settled(self, files: int, pages: int, chunks: int) -> None:
        """So many files needed no work; of those that are in the library, the pages and chunks."""
        self._files_done += files
        self._pages += pages
        self._chunks += chunks

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def done(self, result: FileResult, work: int, *, embedded: int = 0) -> None:
        """A file is finished.

        Args:
            result: what became of it.
            work: its share of the bytes to be read, 0 if it needed none.
            embedded: its chunks that were told as embedded.
        """
        self._files_done += 1
        self._pages += result.pages
        self._chunks += result.chunks
        self._worked += work
        self._embedded_open -= embedded
        if self._pace is not None and self._pace.path == result.path:
            self._pace = None

    def tell(
        self, stage: Stage, current: str = "", *, embedded: int = 0, share: float = 0.0, page: int = 0, pages: int = 0
    ) -> None:
        """Report progress.

        Args:
            stage: what is being done.
            current: to which file.
            embedded: chunks embedded since the last call, of any file.
            share: bytes of the files in hand that count as worked off.
            page: pages of the current file that were read.
            pages: how many it has.
        """
        self._embedded += embedded
        self._embedded_open += embedded
        seconds = self.seconds
        worked = self._worked + share
        left = seconds * (self._work - worked) / worked if worked > 0 else None
        if pages and (self._pace is None or self._pace.path != current):
            self._pace = _Pace(current, seconds, page)
        if self._pace is not None:
            # A scan's bytes take far longer than those of the files before it: its own pages tell how long.
            slow = self._pace.left(seconds, page, pages)
            left = slow if left is None else max(left, slow or 0.0)
        self._watch(
            Progress(
                files_done=self._files_done,
                files_total=self._files,
                pages_done=self._pages,
                chunks_done=self._chunks + self._embedded_open,
                current=current,
                stage=stage,
                seconds_elapsed=seconds,
                seconds_left=0.0 if stage is Stage.DONE else left,
                rate=self._embedded / seconds if seconds > 0 else 0.0,
                page=page,
                pages=pages,
            )
        )
