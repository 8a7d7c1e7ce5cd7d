"""What the catalog holds of each document: pages, blocks, chunks, vectors, and the work the indexes still owe."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from rag.core.errors import DocumentNotFound, StoreUnavailable
from rag.core.ports import Matrix
from rag.core.types import Block, Chunk, Page, ParsedDocument
from rag.store import rows
from rag.store.database import Database
from rag.store.places import Entry, PendingWork

_VARIABLES: Final = 500
"""Ids asked for in one statement; SQLite allows many more."""


class Contents:
    """The reading half of the catalog that concerns what is in documents. Safe from any thread and process."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self.database.reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    def _all_in(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Run `sql`, whose `{}` is filled with as many of `values` at a time as a statement takes well."""
        found: list[Any] = []
        for start in range(0, len(values), _VARIABLES):
            some = values[start : start + _VARIABLES]
            found += self._all(sql.format(", ".join("?" * len(some))), some)
        return found

    # --- pages and blocks -----------------------------------------------------------------------------------------

    def page(self, document_id: str, number: int) -> Page:
        """One page.

        Raises:
            DocumentNotFound: there is no such document or page.
        """
        sql = "SELECT number, text, status, label FROM pages WHERE document_id = ? AND number = ?"
        found = self._all(sql, (document_id, number))
        if not found:
            raise DocumentNotFound(f"There is no page {number} of a document {document_id}.", "See `kitabu list`.")
        return rows.page_of(found[0])

    def pages(self, document_id: str) -> list[Page]:
        """All pages in order; none when there is no such document."""
        sql = "SELECT number, text, status, label FROM pages WHERE document_id = ? ORDER BY number"
        return [rows.page_of(row) for row in self._all(sql, (document_id,))]

    def blocks(self, document_id: str, pages: Collection[int] | None = None) -> list[Block]:
        """The blocks in reading order, of some pages or of all."""
        sql = "SELECT page, start, stop, kind, level, grouping FROM blocks WHERE document_id = ? {} ORDER BY ordinal"
        if pages is None:
            return [rows.block_of(row) for row in self._all(sql.format(""), (document_id,))]
        # One JSON parameter holds any number of pages.
        wanted = "AND page IN (SELECT value FROM json_each(?))"
        return [rows.block_of(row) for row in self._all(sql.format(wanted), (document_id, rows.dump(sorted(pages))))]

    def parsed(self, document_id: str) -> ParsedDocument:
        """What the reader made of the document, as it was put in.

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

    def _settle(self, table: str, ids: Sequence[str], revision: int) -> None:
        with self.database.writing() as connection:
            connection.executemany(
                f"DELETE FROM {table} WHERE chunk_id = ? AND revision <= ?", [(chunk_id, revision) for chunk_id in ids]
            )
