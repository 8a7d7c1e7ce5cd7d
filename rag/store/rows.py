"""The core's dataclasses as rows of the catalog, and back."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix
from rag.core.report import ReportCard
from rag.core.serialise import from_json, to_json
from rag.core.types import Block, BlockKind, Chunk, Document, Page, PageStatus, Span, WordBox

DOCUMENT_COLUMNS: Final = (
    "id, name, media_type, title, language, pages, chunks, size, added_at, dated, warnings, report"
)
SAID_COLUMNS: Final = "effective, review, superseded_by"
"""What people say of a document: not written with it."""
PAGE_COLUMNS: Final = "number, text, status, label, confidence"
CHUNK_COLUMNS: Final = "chunks.id, chunks.document_id, chunks.ordinal, chunks.heading_path, chunks.spans, chunks.text"
_DTYPE: Final = np.dtype("<f4")
BELOW_DATA: Final = b"\0"
"""Begins a path relative to the data folder; no path of a file system holds it."""
_ENCODING: Final = sys.getfilesystemencoding()
_ERRORS: Final = sys.getfilesystemencodeerrors()
"""As `os.fsdecode` decodes; that looks at its argument first, which takes longer than decoding."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """`text` with lone surrogates, which no UTF-8 can hold, shown as U+FFFD; offsets stay."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def path_bytes(path: str) -> bytes:
    """A path as the file system has it, whatever bytes its name is made of."""
    return os.fsencode(path)


def path_text(path: bytes) -> str:
    """The path that `path_bytes` stored."""
    return path.decode(_ENCODING, _ERRORS)


class FilePaths:
    """Paths of files as rows: those below the data folder relative to it, so that they stay true when it is moved."""

    def __init__(self, data: Path) -> None:
        self._data = os.path.realpath(data)

    def stored(self, path: str) -> bytes:
        """The row's value for an absolute path."""
        inside = path.removeprefix(self._data + os.sep)
        if inside == path:
            return path_bytes(path)
        return BELOW_DATA + path_bytes(inside.replace(os.sep, "/"))

    def shown(self, path: bytes) -> str:
        """The path that `stored` was given, as it is where the data folder lies now."""
        if path[:1] != BELOW_DATA:
            return path.decode(_ENCODING, _ERRORS)
        return str(Path(self._data, *path_text(path.removeprefix(BELOW_DATA)).split("/")))


def dump(value: object) -> str:
    """JSON text of a plain value."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def fingerprint_text(fingerprint: Fingerprint) -> str:
    """A fingerprint as text that is equal only if every field is."""
    return json.dumps(asdict(fingerprint), sort_keys=True)


def fingerprint_of(text: str) -> Fingerprint:
    """The fingerprint that `fingerprint_text` wrote."""
    return Fingerprint(**json.loads(text))


def document_of(row: Sequence[Any]) -> Document:
    """A document from `DOCUMENT_COLUMNS` and `SAID_COLUMNS`."""
    names = f"{DOCUMENT_COLUMNS}, {SAID_COLUMNS}".split(", ")
    *_, warnings, report, _, _, successor = row
    parts = {
        "warnings": tuple(json.loads(warnings)),
        "report": from_json(ReportCard, json.loads(report)),
        "superseded_by": successor or "",
    }
    return Document(**dict(zip(names, row, strict=True)) | parts)


def report_text(report: ReportCard) -> str:
    """A report card as JSON text."""
    return storable(dump(to_json(report)))


def page_of(row: Sequence[Any]) -> Page:
    """A page from `PAGE_COLUMNS`, without its words."""
    return Page(row[0], row[1], PageStatus(row[2]), row[3], row[4])


def words_text(page: Page) -> str:
    """Where a page's words stand, as JSON text; boxes to a ten-thousandth of the page."""
    return dump([(word.start, word.end, *(round(edge, 4) for edge in word[2:])) for word in page.words])


def words_of(text: str) -> tuple[WordBox, ...]:
    """What `words_text` wrote."""
    return tuple(WordBox(*word) for word in json.loads(text))


def block_of(row: Sequence[Any]) -> Block:
    """A block from page, start, stop, kind, level, grouping."""
    return Block(BlockKind(row[3]), Span(row[0], row[1], row[2]), row[4], row[5])


def chunk_of(row: Sequence[Any]) -> Chunk:
    """A chunk from `CHUNK_COLUMNS`."""
    spans = tuple(Span(*span) for span in json.loads(row[4]))
    return Chunk(row[0], row[1], row[2], tuple(json.loads(row[3])), spans, row[5])


def chunk_row(chunk: Chunk) -> tuple[Any, ...]:
    """A chunk as `CHUNK_COLUMNS`."""
    spans = dump([(span.page, span.start, span.end) for span in chunk.spans])
    return chunk.id, chunk.document_id, chunk.ordinal, dump(chunk.heading_path), spans, storable(chunk.text)


def vector_blobs(vectors: Matrix) -> list[bytes]:
    """Each row of `vectors` as little-endian float32."""
    return [row.tobytes() for row in np.ascontiguousarray(vectors, dtype=_DTYPE)]


def matrix_of(blobs: Sequence[bytes], dimension: int) -> Matrix:
    """The vectors that `vector_blobs` wrote, shape (len(blobs), dimension)."""
    return np.frombuffer(b"".join(blobs), dtype=_DTYPE).astype(np.float32).reshape(len(blobs), dimension)
