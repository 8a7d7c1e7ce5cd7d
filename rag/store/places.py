"""Files as the catalog knows them: where a document lies, what could not be read, and what the indexes still owe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.core.types import Chunk


class Place(NamedTuple):
    """Where the bytes of a document were found. `folder` is the watched folder it belongs to, or ""."""

    path: str
    document_id: str
    size: int
    mtime_ns: int
    folder: str = ""


class TakenIn(NamedTuple):
    """A file that is in the library: its place, and what the report of a run tells of its document."""

    path: str
    document_id: str
    size: int
    mtime_ns: int
    folder: str
    pages: int
    chunks: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be taken in, as it was then."""

    path: str
    size: int
    mtime_ns: int
    code: str
    message: str
    hint: str
    at: float
    reader: str = ""
    """What the readers were then, see `ingest.readers.readers_mark`; "" for a library of an older version."""
    attempts: int = 1
    """How often this file, with this size and time, failed like this with these readers."""


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder that is kept in step with the library."""

    path: str
    added_at: float
    synced_at: float = 0.0
    """When it was last gone through to the end; 0 before that. Seconds since the epoch, like `added_at`."""
    devices: Mapping[str, str] = field(default_factory=dict)
    """What the folder, and each folder in it that another disk is mounted on, was when it was last gone through."""


@dataclass(frozen=True, slots=True)
class PendingWork:
    """Chunk ids that the indexes have to take in and to give up, as of `revision`."""

    additions: list[str]
    deletions: list[str]
    revision: int

    def __bool__(self) -> bool:
        return bool(self.additions or self.deletions)


class Entry(NamedTuple):
    """A chunk with what an index needs to know beside it."""

    chunk: Chunk
    title: str
    language: str


class VectorKey(NamedTuple):
    """What tells a stored vector from any other: its row, whose number may be used again, its chunk, what made it, and
    when its document was put in."""

    key: int
    chunk_id: str
    fingerprint: int
    added_at: float
