"""Deleting one document so that nothing of it is left, and the receipt that says what was removed and checked."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rag.core.types import Document
from rag.store import rows
from rag.store.library import CATALOG_BUSY, KEYWORDS_LATER

if TYPE_CHECKING:
    from rag.store.library import Library

DELETE: Final = "delete"
"""The kind of the jobs that delete a document; their result is the receipt."""
_PROBES: Final = 3
_PROBE_SIZE: Final = 48
"""Bytes of a text that is searched for; SQLite cuts long texts at the ends of its pages, so several are."""
_LARGEST: Final = 4_000_000_000
"""Bytes of a catalog that is searched from end to end: a few seconds."""
_ELSEWHERE: Final = (
    "Its vectors were deleted in the vector store that is set. What that store keeps of them in its own files, and for "
    "how long, is its own matter."
)
_LATER: Final = {
    CATALOG_BUSY: "Bytes of its text may be left in the catalog's file, since another program kept that busy.",
    KEYWORDS_LATER: "Single words of it are still in the keyword index's files, where no search finds them. They are "
    "written anew when the app has nothing else to do.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was looked at after a document was deleted."""

    what: str
    clean: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a document that was deleted."""

    id: str
    name: str
    warnings: tuple[str, ...]
    """What the person who deleted it should know: files that stay where they are."""
    rows: Mapping[str, int]
    """How many rows of the catalog were removed, by table; only tables that held any."""
    vectors: int
    postings: int
    """Chunks that left the keyword index."""
    answers: int
    """Kept answers that quoted it, or an earlier version of it, and do so no more."""
    files_removed: tuple[str, ...]
    """Uploads; they lay within the data folder."""
    files_left: tuple[str, ...]
    """They lie elsewhere and are never touched."""
    checks: tuple[Check, ...]
    left: tuple[str, ...]
    """What could not be done at once, and when it is done; empty when nothing is left."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON, in the order of the command line's contract."""
        values = asdict(self)
        order = ("name", "warnings", "rows", "vectors", "postings", "answers", "files_removed", "files_left")
        checks = [asdict(check) for check in self.checks]
        named = {"document_id": self.id, **{key: values[key] for key in order}}
        return named | {"checks": checks, "left": list(self.left), "seconds": round(self.seconds, 3)}


class Erasure:
    """One document's deletion: made before it, asked for the receipt after it.

    The document is removed in between, by `Catalog.remove_document`.
    """

    def __init__(self, library: Library, document: Document) -> None:
        self._library = library
        self._document = document
        self._began = time.perf_counter()
        catalog = library.catalog
        with catalog.database.reading() as connection:
            self._rows = _row_counts(connection, document.id)
            (self._vectors,) = connection.execute(
                "SELECT count(*) FROM vectors JOIN chunks USING (key) WHERE document_id = ?", (document.id,)
            ).fetchone()
            (self._answers,) = connection.execute(
                """SELECT count(DISTINCT turn_id) FROM turn_documents WHERE document_id = ?1 OR document_id IN
                   (SELECT earlier_id FROM superseded WHERE document_id = ?1)""",
                (document.id,),
            ).fetchone()
            chunks = connection.execute("SELECT id FROM chunks WHERE document_id = ?", (document.id,))
            self._chunks = [chunk_id for (chunk_id,) in chunks]
            self._probes = _probes(connection, document.id)

    def forget_jobs(self, paths: Collection[str]) -> None:
        """Take the document, and files at the paths, out of the reports of jobs that are over.

        Raises:
            StoreUnavailable: the catalog cannot be written.
        """
        with self._library.catalog.database.writing() as connection:
            over = connection.execute(
                "SELECT id, payload, progress, result FROM jobs WHERE state IN ('done', 'failed', 'cancelled')"
            ).fetchall()
            for job_id, *texts in over:
                if not any(one in text for text in texts for one in _as_in_json([self._document.id, *paths])):
                    continue
                values = [rows.dump(_without(json.loads(text), self._document.id, paths)) for text in texts]
                sql = "UPDATE jobs SET payload = ?, progress = ?, result = ? WHERE id = ?"
                connection.execute(sql, (*values, job_id))

    def receipt(
        self, *, warnings: Sequence[str], removed: Sequence[str], left: Sequence[str], later: Sequence[str]
    ) -> Receipt:
        """Look whether anything is left, and say what became of the document.

        Args:
            warnings: for the person who deleted it.
            removed: paths of files that were removed.
            left: paths of files that stay.
            later: what `Library.erase` gave back.

        Raises:
            StoreUnavailable: the catalog or an index cannot be read.
        """
        return Receipt(
            id=self._document.id,
            name=self._document.name,
            warnings=tuple(warnings),
            rows=self._rows,
            vectors=self._vectors,
            postings=len(self._chunks),
            answers=self._answers,
            files_removed=tuple(removed),
            files_left=tuple(left),
            checks=self._checks(removed),
            left=tuple(_LATER[one] for one in later) + ((_ELSEWHERE,) if self._library.keeps_vectors_elsewhere else ()),
            seconds=time.perf_counter() - self._began,
        )

    def _checks(self, removed: Sequence[str]) -> tuple[Check, ...]:
        database = self._library.catalog.database
        with database.reading() as connection:
            rows_left = sum(_row_counts(connection, self._document.id).values())
            (quoting,) = connection.execute(
                "SELECT count(*) FROM turn_documents WHERE document_id = ?", (self._document.id,)
            ).fetchone()
        checks = [
            Check("no row of it in the catalog", not rows_left),
            Check("no kept answer that quotes it", not quoting),
            Check("no vector of it in the vector index", not self._library.holds_vectors(self._chunks)),
            Check("no passage of it in the keyword index", not self._library.keywords.holds(self._chunks)),
        ]
        if removed:
            checks.append(Check("no uploaded file of it", not any(Path(path).exists() for path in removed)))
        if self._probes and database.path.stat().st_size <= _LARGEST:
            texts = [probe.encode() for probe in self._probes]
            found = [text.decode() for text in database.file_holds(texts)]
            with database.reading() as connection:
                stray = [text for text in found if not _stands_elsewhere(connection, text)]
            what = f"nothing of its text (looked for in {len(texts)} places) in the bytes of the catalog's file"
            checks.append(Check(what, not stray))
        return tuple(checks)


def keep(library: Library, receipt: Receipt) -> None:
    """Keep the receipt of a deletion that no job asked for, among the jobs that are over.

    Raises:
        StoreUnavailable: the catalog cannot be written.
    """
    now = time.time()
    with library.catalog.database.writing() as connection:
        connection.execute(
            "INSERT INTO jobs (kind, payload, state, result, created_at, updated_at) VALUES (?, ?, 'done', ?, ?, ?)",
            (DELETE, rows.dump({"document": receipt.id}), rows.dump(receipt.to_json()), now - receipt.seconds, now),
        )


def _row_counts(connection: sqlite3.Connection, document_id: str) -> dict[str, int]:
    """How many rows each table holds of a document, its own row among them; answers that quote it are not counted."""
    tables = connection.execute(
        """SELECT tables.name FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
           WHERE tables.type = 'table' AND columns.name = 'document_id' AND tables.name <> 'turn_documents'"""
    ).fetchall()
    counts = {"documents": connection.execute("SELECT count(*) FROM documents WHERE id = ?", (document_id,)).fetchone()}
    for (table,) in tables:
        sql = f"SELECT count(*) FROM {table} WHERE document_id = ?"
        counts[table] = connection.execute(sql, (document_id,)).fetchone()
    return {table: count for table, (count,) in sorted(counts.items()) if count}


def _probes(connection: sqlite3.Connection, document_id: str) -> list[str]:
    """Pieces of a document's text, from its longest lines, far from each other."""
    texts = connection.execute("SELECT text FROM pages WHERE document_id = ? ORDER BY number", (document_id,))
    lines = [line.strip() for (text,) in texts for line in text.splitlines()]
    long = [line for line in lines if len(line.encode()) >= _PROBE_SIZE] or [max(lines, key=len, default="")]
    chosen = long[:: max(1, len(long) // _PROBES)][:_PROBES]
    return [line.encode()[:_PROBE_SIZE].decode(errors="ignore") for line in chosen if line]


def _stands_elsewhere(connection: sqlite3.Connection, text: str) -> bool:
    """Whether another document, or something that people wrote, holds the same piece of text."""
    columns = (("pages", "text"), ("chunks", "text"), ("turns", "question"), ("turns", "text"), ("turns", "answer"))
    return any(
        connection.execute(f"SELECT 1 FROM {table} WHERE instr({column}, ?) LIMIT 1", (text,)).fetchone()
        for table, column in columns
    )


def _as_in_json(texts: Collection[str]) -> list[str]:
    return [rows.dump(text)[1:-1] for text in texts]


def _without(value: Any, document_id: str, paths: Collection[str]) -> Any:
    """A JSON value without the list entries that are about a document or a path."""
    if isinstance(value, list):
        kept = [entry for entry in value if not _is_about(entry, document_id, paths)]
        return [_without(entry, document_id, paths) for entry in kept]
    if isinstance(value, dict):
        return {
            key: "" if isinstance(entry, str) and entry in paths else _without(entry, document_id, paths)
            for key, entry in value.items()
        }
    return value


def _is_about(entry: Any, document_id: str, paths: Collection[str]) -> bool:
    if isinstance(entry, dict):
        return entry.get("document_id") == document_id or entry.get("path") in paths
    return isinstance(entry, str) and entry in paths
