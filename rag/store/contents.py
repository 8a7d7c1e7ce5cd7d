"""What the catalog holds of each document: pages, blocks, chunks, vectors, and the work the indexes still owe."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from rag.core.errors import DocumentNotFound, StoreUnavailable
from rag.core.filters import Filter
from rag.core.ports import Matrix
from rag.core.types import Block, Chunk, Page, ParsedDocument, WordBox
from rag.store import rows
from rag.store.database import Database
from rag.store.places import Entry, PendingWork, VectorKey

_VARIABLES: Final = 500
"""Ids asked for in one statement; SQLite allows many more."""


def in_parts(connection: sqlite3.Connection, sql: str, values: Sequence[Any]) -> Iterator[Any]:
    """The rows of `sql`, whose `{}` is filled with as many of `values` at a time as a statement takes well."""
    for start in range(0, len(values), _VARIABLES):
        some = values[start : start + _VARIABLES]
        yield from connection.execute(sql.format(", ".join("?" * len(some))), some)


class Contents:
    """The reading half of the catalog that concerns what is in documents. Safe from any thread and process."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self.database.reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    def _all_in(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Run `sql`, whose `{}` is filled with as many of `values` at a time as a statement takes well."""
        with self.database.reading() as connection:
            return list(in_parts(connection, sql, values))

    # --- pages and blocks -----------------------------------------------------------------------------------------

    def page(self, document_id: str, number: int) -> Page:
        """One page.

        Raises:
            DocumentNotFound: there is no such document or page.
        """
        sql = f"SELECT {rows.PAGE_COLUMNS} FROM pages WHERE document_id = ? AND number = ?"
        found = self._all(sql, (document_id, number))
        if not found:
            raise DocumentNotFound(f"There is no page {number} of a document {document_id}.", "See `kitabu list`.")
        return rows.page_of(found[0])

    def pages(self, document_id: str) -> list[Page]:
        """All pages in order; none when there is no such document."""
        sql = f"SELECT {rows.PAGE_COLUMNS} FROM pages WHERE document_id = ? ORDER BY number"
        return [rows.page_of(row) for row in self._all(sql, (document_id,))]

    def words(self, document_id: str, number: int) -> tuple[WordBox, ...]:
        """Where the words of a page that was read by text recognition stand; none for other pages."""
        sql = "SELECT words FROM page_words WHERE document_id = ? AND number = ?"
        found = self._all(sql, (document_id, number))
        return rows.words_of(found[0][0]) if found else ()

    def blocks(self, document_id: str, pages: Collection[int] | None = None) -> list[Block]:
        """The blocks in reading order, of some pages or of all."""
        sql = "SELECT page, start, stop, kind, level, grouping FROM blocks WHERE document_id = ? {} ORDER BY ordinal"
        if pages is None:
            return [rows.block_of(row) for row in self._all(sql.format(""), (document_id,))]
        # One JSON parameter holds any number of pages.
        wanted = "AND page IN (SELECT value FROM json_each(?))"
        return [rows.block_of(row) for row in self._all(sql.format(wanted), (document_id, rows.dump(sorted(pages))))]

    def parsed(self, document_id: str) -> ParsedDocument:
        """What the reader made of the document, as it was put in, but for the words' places and the report's facts.

        Raises:
            DocumentNotFound: it is not in the catalog.
        """
        sql = "SELECT media_type, parsed_title, parsed_warnings FROM documents WHERE id = ?"
        found = self._all(sql, (document_id,))
        if not found:
            raise DocumentNotFound(f"No document {document_id} is in the library.", "See `kitabu list`.")
        ((media_type, title, warnings),) = found
        pages, blocks = tuple(self.pages(document_id)), tuple(self.blocks(document_id))
        return ParsedDocument(media_type, title, pages, blocks, tuple(json.loads(warnings)))

    # --- chunks and vectors ---------------------------------------------------------------------------------------

    def chunk_count(self, dimension: int | None = None) -> int:
        """How many chunks there are, or how many have a vector of that dimension."""
        if dimension is None:
            ((count,),) = self._all("SELECT count(*) FROM chunks")
        else:
            ((count,),) = self._all("SELECT count(*) FROM vectors WHERE dimension = ?", (dimension,))
        return int(count)

    def size(self) -> int:
        """How many chunks the documents say they have: counting half a million took 60 ms, this takes 1."""
        ((total,),) = self._all("SELECT coalesce(sum(chunks), 0) FROM documents")
        return int(total)

    def chunks_by_language(self) -> dict[str, int]:
        """How many chunks there are of documents in each language."""
        return dict(self._all("SELECT language, sum(chunks) FROM documents GROUP BY language ORDER BY language"))

    def chunks(self, ids: Sequence[str]) -> dict[str, Chunk]:
        """The chunks of those ids that are there."""
        found = self._all_in(f"SELECT {rows.CHUNK_COLUMNS} FROM chunks WHERE id IN ({{}})", ids)
        return {row[0]: rows.chunk_of(row) for row in found}

    def chunk_range(self, document_id: str, first: int, last: int) -> list[Chunk]:
        """The chunks of a document with ordinals from `first` to `last`, both included, in order."""
        sql = f"""SELECT {rows.CHUNK_COLUMNS} FROM chunks
                  WHERE document_id = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal"""
        return [rows.chunk_of(row) for row in self._all(sql, (document_id, first, last))]

    def entries(self, ids: Sequence[str]) -> list[Entry]:
        """The chunks of those ids that are there, with title and language, in no particular order."""
        sql = f"""SELECT {rows.CHUNK_COLUMNS}, title, language
                  FROM chunks JOIN documents ON documents.id = document_id WHERE chunks.id IN ({{}})"""
        return [Entry(rows.chunk_of(row), row[6], row[7]) for row in self._all_in(sql, ids)]

    def iter_chunks(self, batch: int = 1000) -> Iterator[list[Entry]]:
        """All chunks with title and language, in batches."""
        sql = f"""SELECT {rows.CHUNK_COLUMNS}, title, language, key
                  FROM chunks JOIN documents ON documents.id = document_id WHERE key > ? ORDER BY key LIMIT ?"""
        key = 0
        while found := self._all(sql, (key, batch)):
            key = found[-1][8]
            yield [Entry(rows.chunk_of(row), row[6], row[7]) for row in found]

    def vectors(self, ids: Sequence[str]) -> Matrix:
        """The vectors of chunks, shape (len(ids), dimension), in the order asked for.

        Raises:
            StoreUnavailable: one of them is not in the catalog, or they are of several dimensions.
        """
        sql = "SELECT id, dimension, vector FROM chunks JOIN vectors USING (key) WHERE id IN ({})"
        found = {chunk_id: (dimension, blob) for chunk_id, dimension, blob in self._all_in(sql, ids)}
        dimensions = {dimension for dimension, _ in found.values()}
        if len(dimensions) > 1 or any(chunk_id not in found for chunk_id in ids):
            raise StoreUnavailable("The library changed while it was being searched.", "Ask again.")
        return rows.matrix_of([found[chunk_id][1] for chunk_id in ids], max(dimensions, default=0))

    def vectors_of(self, ids: Sequence[str], dimension: int) -> tuple[list[str], Matrix]:
        """Those of the chunks that have a vector of that dimension, and their vectors, row for row."""
        sql = f"""SELECT id, vector FROM chunks JOIN vectors USING (key)
                  WHERE dimension = {int(dimension)} AND id IN ({{}})"""
        found = self._all_in(sql, ids)
        return [row[0] for row in found], rows.matrix_of([row[1] for row in found], dimension)

    def iter_vectors(self, batch: int = 4096, dimension: int | None = None) -> Iterator[tuple[list[str], Matrix]]:
        """All chunk ids with their vectors, in batches; only those of `dimension` where it is given.

        A batch never mixes dimensions (a library that is being reindexed has two).
        """
        given = (
            (dimension,)
            if dimension is not None
            else [row[0] for row in self._all("SELECT DISTINCT dimension FROM vectors")]
        )
        sql = """SELECT id, vector, key FROM chunks JOIN vectors USING (key)
                 WHERE dimension = ? AND key > ? ORDER BY key LIMIT ?"""
        for size in given:
            key = 0
            while found := self._all(sql, (size, key, batch)):
                key = found[-1][2]
                yield [row[0] for row in found], rows.matrix_of([row[1] for row in found], size)

    def vector_keys(self, dimension: int) -> list[VectorKey]:
        """All vectors of that dimension, without the numbers, in the order of their keys."""
        with self.database.reading() as connection:
            connection.execute("BEGIN")
            try:
                # Each of these reads an index and no row: rows hold the texts.
                made = {
                    row[0]: row[1:] for row in connection.execute("SELECT id, fingerprint, added_at FROM documents")
                }
                documents = dict(connection.execute("SELECT key, document_id FROM chunks").fetchall())
                ids = dict(connection.execute("SELECT key, id FROM chunks").fetchall())
                sql = "SELECT key FROM vectors WHERE dimension = ? ORDER BY key"
                keys = [key for (key,) in connection.execute(sql, (dimension,))]
            finally:
                connection.execute("COMMIT")
        return [VectorKey(key, ids[key], *made[documents[key]]) for key in keys]

    def iter_vectors_of(
        self, keys: Sequence[int], dimension: int, batch: int = 4096
    ) -> Iterator[tuple[list[int], Matrix]]:
        """The vectors of that dimension at these keys, as far as they are there, in batches."""
        sql = """SELECT key, vector FROM vectors
                 WHERE dimension = ? AND key IN (SELECT value FROM json_each(?))"""
        for start in range(0, len(keys), batch):
            found = self._all(sql, (dimension, rows.dump(keys[start : start + batch])))
            yield [row[0] for row in found], rows.matrix_of([row[1] for row in found], dimension)

    # --- what a search is kept to ---------------------------------------------------------------------------------

    def matching(self, within: Filter) -> dict[str, int]:
        """The documents that a filter leaves, with the number of their chunks."""
        conditions: list[str] = []
        values: list[Any] = []
        for column, among in (("id", within.documents), ("language", within.languages)):
            if among:
                conditions.append(f"{column} IN (SELECT value FROM json_each(?))")
                values.append(rows.dump(among))
        for sign, day in ((">=", within.since), ("<=", within.until)):
            if day:
                conditions.append(f"coalesce(nullif(effective, ''), dated) {sign} ?")
                values.append(day)
        if within.since or within.until:
            conditions.append("(effective <> '' OR dated <> '')")
        if within.folders:
            ranges = [part for folder in within.folders for part in self._below(folder)]
            lying = " OR ".join(["path >= ? AND path < ?"] * len(ranges))
            conditions.append(f"id IN (SELECT document_id FROM places WHERE {lying})")
            values += [bound for part in ranges for bound in part]
        sql = f"SELECT id, chunks FROM documents WHERE {' AND '.join(conditions) or 'TRUE'}"
        return dict(self._all(sql, values))

    def _below(self, folder: str) -> list[tuple[bytes, bytes]]:
        """Between which values, the second left out, the places of files below a folder lie."""
        data = os.path.realpath(self.database.path.parent)
        stored = rows.FilePaths(self.database.path.parent).stored(folder.rstrip(os.sep))
        separator = b"/" if stored.startswith(rows.BELOW_DATA) else os.sep.encode()
        found = [(stored + separator, stored + bytes([separator[0] + 1]))]
        if f"{data}{os.sep}".startswith(folder.rstrip(os.sep) + os.sep):  # places in the data folder are kept apart
            found.append((rows.BELOW_DATA, bytes([rows.BELOW_DATA[0] + 1])))
        return found

    def chunk_ids(self, document_ids: Collection[str]) -> list[str]:
        """The ids of the chunks of those documents."""
        sql = "SELECT id FROM chunks WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY key"
        return [chunk_id for (chunk_id,) in self._all(sql, (rows.dump(sorted(document_ids)),))]

    def documents_of(self, chunk_ids: Sequence[str]) -> dict[str, str]:
        """The id of the document of each of those chunks that are there."""
        return dict(self._all_in("SELECT id, document_id FROM chunks WHERE id IN ({})", chunk_ids))

    # --- what the indexes owe -------------------------------------------------------------------------------------

    def pending(self, limit: int = 1000) -> PendingWork:
        """Up to `limit` chunks that the indexes have to take in, and as many that they have to give up."""
        with self.database.reading() as connection:
            connection.execute("BEGIN")
            try:
                (revision,) = connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
                additions, deletions = (
                    [row[0] for row in connection.execute(f"SELECT chunk_id FROM {table} LIMIT ?", (limit,))]
                    for table in ("additions", "deletions")
                )
            finally:
                connection.execute("COMMIT")
        return PendingWork(additions, deletions, int(revision))

    def mark_added(self, ids: Sequence[str], revision: int) -> None:
        """The indexes hold these chunks as they were at `revision`; what changed since stays pending."""
        self._settle("additions", ids, revision)

    def mark_deleted(self, ids: Sequence[str], revision: int) -> None:
        """The indexes have given these chunks up as of `revision`."""
        self._settle("deletions", ids, revision)

    def to_erase(self) -> int | None:
        """The revision at which a document was last deleted whose words and vectors may be left in some file; or None.

        Rows are overwritten as they are deleted; this is about what SQLite and the indexes keep until they are made to
        write their files anew.
        """
        found = self._all("SELECT value FROM meta WHERE key = 'erase'")
        return int(found[0][0]) if found else None

    def mark_erased(self, revision: int) -> None:
        """Nothing is left in any file of what had been deleted by `revision`."""
        with self.database.writing() as connection:
            connection.execute("DELETE FROM meta WHERE key = 'erase' AND value <= ?", (revision,))

    def _settle(self, table: str, ids: Sequence[str], revision: int) -> None:
        with self.database.writing() as connection:
            connection.executemany(
                f"DELETE FROM {table} WHERE chunk_id = ? AND revision <= ?", [(chunk_id, revision) for chunk_id in ids]
            )
