"""The catalog: the truth about documents, where they lie, their pages, blocks, chunks and vectors."""

from __future__ import annotations

import difflib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from rag.core.errors import DocumentNotFound, LibraryLocked
from rag.core.filters import EVERYTHING, Filter
from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix
from rag.core.types import Chunk, Document, ParsedDocument
from rag.store import changes, rows
from rag.store.contents import in_parts
from rag.store.database import Database
from rag.store.places import Entry, Failure, PendingWork, Place, TakenIn, WatchedFolder
from rag.store.versions import Versions

__all__ = ["FILE_NAME", "Catalog", "Entry", "Failure", "PendingWork", "Place", "TakenIn", "WatchedFolder"]

FILE_NAME: Final = "catalog.sqlite"
MOST_DOCUMENTS: Final = """
SELECT fingerprints.id, content FROM fingerprints JOIN documents ON documents.fingerprint = fingerprints.id
GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
"""
"""The fingerprint that most documents have."""
_NOTHING: Final = rows.dump(())
_PLACES: Final = "SELECT path, document_id, size, mtime_ns, folder FROM places"
_TOLD: Final = f"SELECT id, pages, chunks, nullif(warnings, '{_NOTHING}') FROM documents"
_PREFIX: Final = 8
"""Shortest beginning of an id that names a document."""


class Catalog(Versions):
    """One SQLite file. Reading is safe from any thread and process; documents are written by the library's owner.

    Every method that writes makes one transaction: all of it is there afterwards or nothing. Each raises
    `StoreUnavailable` when the disk is full or the file cannot be written or is damaged, and those that change
    documents, places, failures or folders raise `LibraryLocked` when the catalog was opened with `read_only`.
    """

    def __init__(self, database: Database, *, read_only: bool) -> None:
        super().__init__(database)
        self._paths = rows.FilePaths(database.path.parent)
        self.read_only = read_only

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, beside: bool = False) -> Catalog:
        """Open or make the file.

        Args:
            read_only: leave documents alone; jobs, conversations and feedback can be written.
            beside: read the chunks and vectors of the set beside the one that is searched, see `rag.store.beside`.

        Raises:
            StoreUnavailable: no permission, a damaged file, or one of a newer version.
        """
        return cls(Database(path, beside=beside), read_only=read_only)

    def close(self) -> None:
        """Release the file."""
        self.database.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that changes the library.

        Raises:
            LibraryLocked: another process owns it.
        """
        if self.read_only:
            raise LibraryLocked(
                "Another process owns this library, so documents cannot be changed from here.",
                "Close the running app, or add the files in it.",
            )
        with self.database.writing() as connection:
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
            yield connection

    # --- writing --------------------------------------------------------------------------------------------------

    def put(
        self,
        document: Document,
        parsed: ParsedDocument,
        chunks: Sequence[Chunk],
        vectors: Matrix,
        fingerprint: Fingerprint,
        place: Place,
    ) -> None:
        """Acknowledge a document: all of it, its place, and the work this makes for the indexes.

        A document that stood at `place.path` before and has no other place is removed as an earlier version of this
        one: kept answers go on quoting it until this one is removed. A failure noted for that path is cleared. A
        document that is there already is replaced and keeps its other places.

        Args:
            document: `pages` and `chunks` are counted anew; what people say of it is not taken from it, see `describe`.
            parsed: pages numbered from 1 without gaps.
            chunks: chunks of `document` in order.
            vectors: shape (len(chunks), fingerprint.dimension).
            fingerprint: what made `vectors` and `chunks`.
            place: where the bytes are.

        Raises:
            ValueError: `vectors` does not fit `chunks` and `fingerprint`, or `place` is of another document.
        """
        changes.check_shape(chunks, vectors, fingerprint)
        if place.document_id != document.id:
            raise ValueError(f"place of {place.document_id}, document {document.id}")
        with self.writing() as connection:
            changes.drop_content(connection, document.id)
            connection.execute("DELETE FROM superseded WHERE earlier_id = ?", (document.id,))
            connection.execute(
                f"""INSERT INTO documents ({rows.DOCUMENT_COLUMNS}, parsed_title, parsed_warnings, fingerprint)
                VALUES ({"?, " * 14}?)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, media_type = excluded.media_type,
                title = excluded.title, language = excluded.language, pages = excluded.pages, chunks = excluded.chunks,
                size = excluded.size, added_at = excluded.added_at, dated = excluded.dated,
                warnings = excluded.warnings, report = excluded.report,
                parsed_title = excluded.parsed_title, parsed_warnings = excluded.parsed_warnings,
                fingerprint = excluded.fingerprint""",
                (
                    document.id,
                    rows.storable(document.name),
                    document.media_type,
                    rows.storable(document.title),
                    document.language,
                    len(parsed.pages),
                    len(chunks),
                    document.size,
                    document.added_at,
                    document.dated,
                    rows.dump(document.warnings),
                    rows.report_text(document.report),
                    rows.storable(parsed.title),
                    rows.dump(parsed.warnings),
                    changes.fingerprint_id(connection, fingerprint),
                ),
            )
            connection.executemany(
                "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (document.id, p.number, rows.storable(p.text), p.status.value, rows.storable(p.label), p.confidence)
                    for p in parsed.pages
                ],
            )
            connection.executemany(
                "INSERT INTO page_words VALUES (?, ?, ?)",
                [(document.id, page.number, rows.words_text(page)) for page in parsed.pages if page.words],
            )
            connection.executemany(
                "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (document.id, i, b.span.page, b.span.start, b.span.end, b.kind.value, b.level, b.group)
                    for i, b in enumerate(parsed.blocks)
                ],
            )
            changes.insert_chunks(connection, chunks, vectors)
            changes.set_place(connection, place, self._paths.stored(place.path))

    def set_place(self, place: Place) -> None:
        """Note that known bytes lie at `place.path`; what stood there before goes as in `put`.

        Raises:
            DocumentNotFound: the document is not in the catalog.
        """
        with self.writing() as connection:
            if not connection.execute("SELECT 1 FROM documents WHERE id = ?", (place.document_id,)).fetchone():
                raise DocumentNotFound(f"No document {place.document_id} is in the library.", "Add the file again.")
            changes.set_place(connection, place, self._paths.stored(place.path))

    def set_places(self, places: Sequence[Place]) -> None:
        """Note at once where known bytes lie now: files that were moved, also when some took each other's names.

        What stood at the paths before goes as in `put`, unless it lies somewhere afterwards.

        Raises:
            DocumentNotFound: one of the documents is not in the catalog; nothing is changed.
        """
        if not places:
            return
        with self.writing() as connection:
            for place in places:
                if not connection.execute("SELECT 1 FROM documents WHERE id = ?", (place.document_id,)).fetchone():
                    raise DocumentNotFound(f"No document {place.document_id} is in the library.", "Add the file again.")
            changes.set_places(connection, [(place, self._paths.stored(place.path)) for place in places])

    def remove_place(self, path: str) -> bool:
        """Forget a place; its document goes with its last one. False when nothing is known there."""
        with self.writing() as connection:
            found = connection.execute(
                "DELETE FROM places WHERE path = ? RETURNING document_id", (self._paths.stored(path),)
            ).fetchall()
            for (document_id,) in found:
                changes.remove_if_nowhere(connection, document_id)
            return bool(found)

    def remove_document(self, document_id: str) -> None:
        """Remove a document with all that hangs on it or quotes it: places, text, vectors, quotes in kept answers.

        Raises:
            DocumentNotFound: it is not in the catalog.
        """
        with self.writing() as connection:
            if not changes.remove(connection, document_id):
                raise DocumentNotFound(f"No document {document_id} is in the library.", "See `kitabu list`.")

    def put_failure(self, failure: Failure) -> None:
        """Note a file that could not be taken in.

        A later note on the same path replaces it; when the file is as it was and fails the same way, the attempts are
        counted.
        """
        with self.writing() as connection:
            connection.execute(
                """INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (path) DO UPDATE SET attempts = CASE WHEN size = excluded.size
                AND mtime_ns = excluded.mtime_ns AND code = excluded.code AND reader = excluded.reader
                THEN attempts + 1 ELSE 1 END, size = excluded.size, mtime_ns = excluded.mtime_ns, code = excluded.code,
                message = excluded.message, hint = excluded.hint, at = excluded.at, reader = excluded.reader""",
                (
                    self._paths.stored(failure.path),
                    failure.size,
                    failure.mtime_ns,
                    failure.code,
                    rows.storable(failure.message),
                    rows.storable(failure.hint),
                    failure.at,
                    failure.reader,
                    failure.attempts,
                ),
            )

    def clear_failure(self, path: str) -> None:
        """Forget the failure of a path, if one is noted."""
        with self.writing() as connection:
            connection.execute("DELETE FROM failures WHERE path = ?", (self._paths.stored(path),))

    def add_folder(self, path: str) -> None:
        """Watch a folder."""
        with self.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO folders (path, added_at) VALUES (?, ?)", (rows.path_bytes(path), time.time())
            )

    def set_synced(self, path: str, devices: Mapping[str, str]) -> None:
        """Note that a watched folder has just been gone through to the end, and what lay there, see `WatchedFolder`."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE folders SET synced_at = ?, devices = ? WHERE path = ?",
                (time.time(), rows.dump(devices), rows.path_bytes(path)),
            )

    def remove_folder(self, path: str) -> None:
        """Stop watching a folder. Its documents stay, as ones that belong to no folder."""
        with self.writing() as connection:
            connection.execute("DELETE FROM folders WHERE path = ?", (rows.path_bytes(path),))
            connection.execute("UPDATE places SET folder = x'' WHERE folder = ?", (rows.path_bytes(path),))

    # --- documents ------------------------------------------------------------------------------------------------

    def documents(self) -> list[Document]:
        """All documents, by name."""
        sql = f"SELECT {rows.DOCUMENT_COLUMNS}, {rows.SAID_COLUMNS} FROM documents ORDER BY name COLLATE NOCASE, id"
        return [rows.document_of(row) for row in self._all(sql)]

    def document(self, document_id: str) -> Document:
        """The document of that id.

        Raises:
            DocumentNotFound: it is not in the catalog.
        """
        sql = f"SELECT {rows.DOCUMENT_COLUMNS}, {rows.SAID_COLUMNS} FROM documents WHERE id = ?"
        found = self._all(sql, (document_id,))
        if not found:
            raise DocumentNotFound(f"No document {document_id} is in the library.", "See `kitabu list`.")
        return rows.document_of(found[0])

    def sizes(self) -> set[int]:
        """The sizes that documents have, in bytes: a file of another size is none of them."""
        return {size for (size,) in self._all("SELECT DISTINCT size FROM documents")}

    def among(self, document_ids: Iterable[str]) -> set[str]:
        """Those of the ids that are documents of the library."""
        return {one for one in document_ids if self._all("SELECT 1 FROM documents WHERE id = ?", (one,))}

    def find(self, name: str) -> Document:
        """The document that a person means by its id, the beginning of its id (8 characters or more), name or path.

        Raises:
            DocumentNotFound: none or several; the hint names near matches or the ids to choose from.
        """
        documents = self.documents()
        at_path = self._all("SELECT document_id FROM places WHERE path = ?", (self._paths.stored(name),))
        ways = (
            [d for d in documents if d.id == name],
            [d for d in documents if len(name) >= _PREFIX and d.id.startswith(name.lower())],
            [d for d in documents if d.name == name],
            [d for d in documents if (d.id,) in at_path],
        )
        for found in ways:
            if len(found) == 1:
                return found[0]
            if found:
                ids = ", ".join(document.id[:12] for document in found)
                raise DocumentNotFound(
                    f"'{name}' is the name of {len(found)} documents.", f"Give one of the ids: {ids}."
                )
        near = difflib.get_close_matches(name, [document.name for document in documents], n=3, cutoff=0.5)
        hint = f"Near it: {', '.join(near)}." if near else "See `kitabu list`."
        raise DocumentNotFound(f"No document '{name}' is in the library.", hint)

    def place(self, path: str) -> Place | None:
        """What lies at `path`, as far as the catalog knows."""
        found = self._places("path = ?", self._paths.stored(path))
        return found[0] if found else None

    def taken_in(self, paths: Sequence[str] | None = None) -> Iterator[TakenIn]:
        """What the catalog knows to lie at those of the paths, or at all: asked at once, for a sync has thousands.

        One after the other and in no particular order: most are looked at once and need not be kept.
        """
        with self.database.reading() as connection:
            connection.execute("BEGIN")
            try:
                if paths is None:
                    # Reading both tables from end to end takes half as long as looking each document up.
                    places: Iterable[Any] = connection.execute(_PLACES)
                    told: Iterable[Any] = connection.execute(_TOLD)
                else:
                    stored = [self._paths.stored(path) for path in paths]
                    places = list(in_parts(connection, f"{_PLACES} WHERE path IN ({{}})", stored))
                    told = in_parts(connection, f"{_TOLD} WHERE id IN ({{}})", list({row[1] for row in places}))
                of = {row[0]: row for row in told}
                shown, text = self._paths.shown, cache(rows.path_text)  # a few folders have thousands of files
                for path, document_id, size, mtime_ns, folder in places:
                    _, pages, chunks, notes = of[document_id]
                    warnings = tuple(json.loads(notes)) if notes else ()
                    yield TakenIn(shown(path), document_id, size, mtime_ns, text(folder), pages, chunks, warnings)
            finally:
                connection.execute("COMMIT")

    def places(self, document_id: str) -> list[Place]:
        """Where a document lies."""
        return self._places("document_id = ?", document_id)

    def places_in(self, folder: str) -> list[Place]:
        """All places that belong to a watched folder."""
        return self._places("folder = ?", rows.path_bytes(folder))

    def _places(self, condition: str, value: str | bytes) -> list[Place]:
        sql = f"{_PLACES} WHERE {condition} ORDER BY path"
        return [
            Place(self._paths.shown(path), document_id, size, mtime_ns, rows.path_text(folder))
            for path, document_id, size, mtime_ns, folder in self._all(sql, (value,))
        ]

    def failures(self) -> list[Failure]:
        """All noted failures, the newest first."""
        found = self._all("SELECT * FROM failures ORDER BY at DESC, path")
        return [Failure(self._paths.shown(path), *rest) for path, *rest in found]

    def folders(self) -> list[str]:
        """The watched folders."""
        return [rows.path_text(path) for (path,) in self._all("SELECT path FROM folders ORDER BY path")]

    def watched(self) -> list[WatchedFolder]:
        """The watched folders with what is known of each."""
        found = self._all("SELECT path, added_at, synced_at, devices FROM folders ORDER BY path")
        return [
            WatchedFolder(rows.path_text(path), added_at, synced_at, json.loads(devices))
            for path, added_at, synced_at, devices in found
        ]

    def languages(self, within: Filter = EVERYTHING) -> dict[str, int]:
        """How many of the documents that a filter leaves there are of each language, most first."""
        among = " WHERE id IN (SELECT value FROM json_each(?))" if within else ""
        values = (rows.dump(list(self.matching(within))),) if within else ()
        return dict(self._all(f"SELECT language, count(*) FROM documents{among} GROUP BY 1 ORDER BY 2 DESC, 1", values))

    def revision(self) -> int:
        """A number that grows with every change of documents, places, failures or folders."""
        ((revision,),) = self._all("SELECT value FROM meta WHERE key = 'revision'")
        return int(revision)

    def generation(self) -> int:
        """How often another set of chunks and vectors was put in the place of the one that is searched."""
        found = self._all("SELECT value FROM meta WHERE key = 'generation'")
        return int(found[0][0]) if found else 0

    def fingerprints(self) -> set[Fingerprint]:
        """The fingerprints of all documents: more than one only in libraries of early versions."""
        sql = "SELECT content FROM fingerprints WHERE id IN (SELECT fingerprint FROM documents)"
        return {rows.fingerprint_of(text) for (text,) in self._all(sql)}

    def made_with(self) -> Fingerprint | None:
        """The fingerprint of most documents; None when there is none."""
        found = self._all(MOST_DOCUMENTS)
        return rows.fingerprint_of(found[0][1]) if found else None

    def stale_documents(self, fingerprint: Fingerprint) -> list[str]:
        """Ids of the documents that were made with another fingerprint."""
        sql = """SELECT documents.id FROM documents JOIN fingerprints ON fingerprints.id = fingerprint
                 WHERE content <> ? ORDER BY added_at, documents.id"""
        return [document_id for (document_id,) in self._all(sql, (rows.fingerprint_text(fingerprint),))]
