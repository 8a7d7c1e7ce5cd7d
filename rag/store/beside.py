"""A second set of chunks and vectors in the catalog, beside the one that is searched: being made, or the earlier one.

It is made document by document while the other goes on being searched, and survives `kill -9` like everything in the
catalog. `switch` gives the two sets each other's place in one transaction; what was searched before is then the set
beside, from which the way leads back.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix
from rag.core.types import Chunk
from rag.store import changes, rows
from rag.store.catalog import MOST_DOCUMENTS, Catalog

_TABLES: Final = ("chunks", "vectors")


class Made(NamedTuple):
    """The chunks of one document with their vectors, shape (len(chunks), dimension)."""

    document_id: str
    chunks: Sequence[Chunk]
    vectors: Matrix


class BesideState(NamedTuple):
    """What the set beside is."""

    fingerprint: Fingerprint
    made_at: float
    """Seconds since the epoch: when it was begun, or when it ceased to be the one that is searched."""
    documents: int
    """Documents that it has."""
    wanted: int
    """Documents of the library."""
    chunks: int
    earlier: bool
    """Whether it was searched once, so that the way leads back to it; else it is being made."""


class Beside:
    """The set beside. Written by the library's owner only; every method that writes makes one transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def state(self) -> BesideState | None:
        """What it is; None when there is none."""
        with self._catalog.database.reading() as connection:
            found = connection.execute("SELECT fingerprint, made_at, searched FROM other_set").fetchone()
            if found is None:
                return None
            counts = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("other_documents", "documents", "other_chunks")
            ]
        documents, wanted, chunks = counts
        return BesideState(rows.fingerprint_of(found[0]), found[1], documents, wanted, chunks, bool(found[2]))

    def begin(self, fingerprint: Fingerprint) -> None:
        """Have a set of that fingerprint: the one that is there, when it is of it, with what it has; else an empty one.

        Raises:
            LibraryLocked: another process owns the library.
        """
        text = rows.fingerprint_text(fingerprint)
        with self._catalog.writing() as connection:
            if connection.execute("SELECT 1 FROM other_set WHERE fingerprint = ?", (text,)).fetchone():
                return
            for table in ("other_set", "other_documents", "other_chunks"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT INTO other_set VALUES (?, ?, 0)", (text, time.time()))

    def forget(self) -> bool:
        """Remove it; False when there is none."""
        with self._catalog.writing() as connection:
            there = connection.execute("SELECT 1 FROM other_set").fetchone() is not None
            for table in ("other_set", "other_documents", "other_chunks"):
                connection.execute(f"DELETE FROM {table}")
            return there

    def missing(self) -> list[str]:
        """Ids of the documents that it does not have, the oldest first."""
        sql = """SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM other_documents)
                 ORDER BY added_at, id"""
        with self._catalog.database.reading() as connection:
            return [document_id for (document_id,) in connection.execute(sql)]

    def put(self, made: Sequence[Made]) -> None:
        """Write documents into it. One that was deleted meanwhile is left out."""
        with self._catalog.writing() as connection:
            for document_id, chunks, vectors in made:
                if not connection.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone():
                    continue
                connection.execute("DELETE FROM other_chunks WHERE document_id = ?", (document_id,))
                changes.write_chunks(connection, chunks, vectors, beside="other_")
                connection.execute("INSERT OR REPLACE INTO other_documents VALUES (?, ?)", (document_id, len(chunks)))

    def switch(self, indexed: int) -> bool:
        """Give the two sets each other's place, all at once.

        Args:
            indexed: how many chunks the indexes hold that were made for it.

        Returns:
            False when it lacks documents, or has other chunks than were indexed: the library has changed meanwhile.
        """
        with self._catalog.writing() as connection:
            sql = """SELECT (SELECT count(*) FROM documents WHERE id NOT IN (SELECT document_id FROM other_documents)),
                            (SELECT count(*) FROM other_chunks), (SELECT fingerprint FROM other_set)"""
            missing, chunks, text = connection.execute(sql).fetchone()
            if missing or chunks != indexed or text is None:
                return False
            earlier = connection.execute(MOST_DOCUMENTS).fetchone()
            new = changes.fingerprint_id(connection, rows.fingerprint_of(text))
            connection.execute("CREATE TEMP TABLE earlier AS SELECT id, chunks, fingerprint FROM documents")
            connection.execute(
                """UPDATE documents SET fingerprint = ?,
                   chunks = (SELECT chunks FROM other_documents WHERE document_id = documents.id)""",
                (new,),
            )
            for statement in ("DELETE FROM other_documents", "DELETE FROM other_set"):
                connection.execute(statement)
            if earlier is not None:
                # In libraries of early versions documents may be of several fingerprints: the way back makes them anew.
                connection.execute(
                    "INSERT INTO other_documents SELECT id, chunks FROM earlier WHERE fingerprint = ?", (earlier[0],)
                )
                connection.execute("INSERT INTO other_set VALUES (?, ?, 1)", (earlier[1], time.time()))
            connection.execute("DROP TABLE temp.earlier")
            for table in _TABLES:
                connection.execute(f"ALTER TABLE {table} RENAME TO swapped")
                connection.execute(f"ALTER TABLE other_{table} RENAME TO {table}")
                connection.execute(f"ALTER TABLE swapped RENAME TO other_{table}")
            connection.execute(
                "DELETE FROM other_chunks WHERE document_id NOT IN (SELECT document_id FROM other_documents)"
            )
            # The indexes of the new set are whole; those of the old one are given up.
            for table in ("additions", "deletions"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute(
                """INSERT INTO meta VALUES ('generation', 1)
                   ON CONFLICT (key) DO UPDATE SET value = value + 1"""
            )
            return True
