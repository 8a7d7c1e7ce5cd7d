"""Files as the catalog knows them: where a document lies, what could not be read, and what the indexes still owe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rag.core.types import Chunk


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of a document were found. `folder` is the watched folder it belongs to, or ""."""

    path: str
    document_id: str
    size: int
    mtime_ns: int
    folder: str = ""


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
