"""Steps that the catalog's transactions are made of. Each keeps the record of pending index work true."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix
from rag.core.types import Chunk
from rag.store import conversations, golden, rows, runs
from rag.store.places import Place
from rag.store.versions import carry_over

_REVISION = "(SELECT value FROM meta WHERE key = 'revision')"
_ERASE = f"INSERT OR REPLACE INTO meta SELECT 'erase', {_REVISION}"
"""What was deleted is still in the indexes' files, see `Contents.to_erase`."""


def check_shape(chunks: Sequence[Chunk], vectors: Matrix, fingerprint: Fingerprint) -> None:
    """Raise ValueError unless there is one vector of the fingerprint's dimension for each chunk."""
    if vectors.shape != (len(chunks), fingerprint.dimension):
        raise ValueError(f"vectors {vectors.shape} for {len(chunks)} chunks of dimension {fingerprint.dimension}")


def fingerprint_id(connection: sqlite3.Connection, fingerprint: Fingerprint) -> int:
    """The row of a fingerprint, made when it is new."""
    text = rows.fingerprint_text(fingerprint)
    connection.execute(
        "INSERT OR IGNORE INTO fingerprints (dimension, content) VALUES (?, ?)", (fingerprint.dimension, text)
    )
    (found,) = connection.execute("SELECT id FROM fingerprints WHERE content = ?", (text,)).fetchone()
    return int(found)


def write_chunks(connection: sqlite3.Connection, chunks: Sequence[Chunk], vectors: Matrix, beside: str = "") -> None:
    """Write chunks with their vectors; with `beside` "other_" into the set that is not searched."""
    dimension = vectors.shape[1]
    columns = "id, document_id, ordinal, heading_path, spans, text"
    for chunk, blob in zip(chunks, rows.vector_blobs(vectors), strict=True):
        key = connection.execute(
            f"INSERT INTO {beside}chunks ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows.chunk_row(chunk)
        ).lastrowid
        connection.execute(f"INSERT INTO {beside}vectors VALUES (?, ?, ?)", (key, dimension, blob))


def insert_chunks(connection: sqlite3.Connection, chunks: Sequence[Chunk], vectors: Matrix) -> None:
    """Write chunks with their vectors; the indexes have to take them in."""
    write_chunks(connection, chunks, vectors)
    ids = [(chunk.id,) for chunk in chunks]
    connection.executemany(f"INSERT OR REPLACE INTO additions VALUES (?, {_REVISION})", ids)


def drop_chunks(connection: sqlite3.Connection, document_id: str) -> None:
    """Delete a document's chunks and vectors; the indexes have to give them up."""
    connection.execute(
        f"INSERT OR REPLACE INTO deletions SELECT id, {_REVISION} FROM chunks WHERE document_id = ?", (document_id,)
    )
    connection.execute(
        "DELETE FROM additions WHERE chunk_id IN (SELECT id FROM chunks WHERE document_id = ?)", (document_id,)
    )
    connection.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))


def drop_content(connection: sqlite3.Connection, document_id: str) -> None:
    """Delete all that was read from a document; its row and places stay."""
    drop_chunks(connection, document_id)
    for table in ("other_documents", "other_chunks"):  # their spans are of those pages
        connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM pages WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM blocks WHERE document_id = ?", (document_id,))


def set_place(connection: sqlite3.Connection, place: Place, path: bytes) -> None:
    """Write a place, stored as `path`; the document that stood there before goes when it has no other place.

    Kept answers may go on quoting that document: it is an earlier version of the one that stands there now.
    """
    set_places(connection, [(place, path)])


def set_places(connection: sqlite3.Connection, places: Sequence[tuple[Place, bytes]]) -> None:
    """Write places, each with the path it is stored as; only then do documents go that lie nowhere any more."""
    replaced: dict[str, str] = {}
    for place, path in places:
        before = connection.execute("SELECT document_id FROM places WHERE path = ?", (path,)).fetchone()
        connection.execute(
            "INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?)",
            (path, place.document_id, place.size, place.mtime_ns, rows.path_bytes(place.folder)),
        )
        connection.execute("DELETE FROM failures WHERE path = ?", (path,))
        if before:
            replaced[before[0]] = place.document_id
    for earlier, now in replaced.items():
        if not _lies_somewhere(connection, earlier):
            carry_over(connection, earlier, now)
            _drop(connection, earlier)


def remove_if_nowhere(connection: sqlite3.Connection, document_id: str) -> None:
    """Remove a document that lies nowhere any more."""
    if not _lies_somewhere(connection, document_id):
        remove(connection, document_id)


def remove(connection: sqlite3.Connection, document_id: str) -> bool:
    """Remove a document, what hangs on it and what quotes it or an earlier version. False when it is not there."""
    earlier = connection.execute("SELECT earlier_id FROM superseded WHERE document_id = ?", (document_id,)).fetchall()
    named = connection.execute("SELECT name FROM documents WHERE id = ?", (document_id,)).fetchone()
    for (version,) in [(document_id,), *earlier]:
        conversations.forget_document(connection, version)
        golden.forget_document(connection, version, named[0] if named else "")
        runs.forget_document(connection, version)
    connection.execute("DELETE FROM superseded WHERE document_id = ?", (document_id,))
    return _drop(connection, document_id)


def _lies_somewhere(connection: sqlite3.Connection, document_id: str) -> bool:
    return bool(connection.execute("SELECT 1 FROM places WHERE document_id = ?", (document_id,)).fetchone())


def _drop(connection: sqlite3.Connection, document_id: str) -> bool:
    drop_content(connection, document_id)
    connection.execute(_ERASE)
    removed = connection.execute("DELETE FROM documents WHERE id = ?", (document_id,)).rowcount
    connection.execute("DELETE FROM fingerprints WHERE id NOT IN (SELECT fingerprint FROM documents)")
    return bool(removed)
