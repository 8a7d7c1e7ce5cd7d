"""The catalog's tables and their migrations. `PRAGMA user_version` counts the migrations that a file has had."""

from __future__ import annotations

from typing import Final

# Paths are bytes as the file system has them (os.fsencode): a name need not be valid text.
# Vectors lie apart from the chunks' texts so that an exact scan reads nothing else.
# additions and deletions are what the derived indexes still have to take in or give up.
_FIRST: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('revision', 0);

CREATE TABLE fingerprints (
    id INTEGER PRIMARY KEY,
    dimension INTEGER NOT NULL,
    content TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    pages INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    size INTEGER NOT NULL,
    added_at REAL NOT NULL,
    warnings TEXT NOT NULL,
    parsed_title TEXT NOT NULL,
    parsed_warnings TEXT NOT NULL,
    fingerprint INTEGER NOT NULL REFERENCES fingerprints (id)
) STRICT;
CREATE INDEX documents_by_name ON documents (name);
CREATE INDEX documents_by_fingerprint ON documents (fingerprint);

CREATE TABLE places (
    path BLOB PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    folder BLOB NOT NULL
) STRICT;
CREATE INDEX places_by_document ON places (document_id);
CREATE INDEX places_by_folder ON places (folder);

CREATE TABLE failures (
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    hint TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;

CREATE TABLE folders (path BLOB PRIMARY KEY, added_at REAL NOT NULL) STRICT;

CREATE TABLE pages (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (document_id, number)
) STRICT;

CREATE TABLE blocks (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    page INTEGER NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    kind TEXT NOT NULL,
    level INTEGER NOT NULL,
    grouping INTEGER NOT NULL,
    PRIMARY KEY (document_id, ordinal)
) STRICT;
CREATE INDEX blocks_by_page ON blocks (document_id, page);

CREATE TABLE chunks (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    heading_path TEXT NOT NULL,
    spans TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (document_id, ordinal)
) STRICT;

CREATE TABLE vectors (
    key INTEGER PRIMARY KEY REFERENCES chunks (key) ON DELETE CASCADE,
    dimension INTEGER NOT NULL,
    vector BLOB NOT NULL
) STRICT;
CREATE INDEX vectors_by_dimension ON vectors (dimension);

CREATE TABLE additions (chunk_id TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT;
CREATE TABLE deletions (chunk_id TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    cancel INTEGER NOT NULL DEFAULT 0,
    progress TEXT NOT NULL DEFAULT '{}',
    result TEXT NOT NULL DEFAULT '{}',
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, id);

CREATE TABLE conversations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;

CREATE TABLE turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    text TEXT NOT NULL,
    answer TEXT,
    created_at REAL NOT NULL
) STRICT;
CREATE INDEX turns_by_conversation ON turns (conversation_id, number);

CREATE TABLE turn_documents (
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL,
    PRIMARY KEY (turn_id, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_documents_by_document ON turn_documents (document_id);

CREATE TABLE feedback (
    turn_id TEXT PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE,
    value INTEGER NOT NULL CHECK (value IN (-1, 1)),
    comment TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;
"""

# Documents whose file was replaced by another version: kept answers quote them until that version is deleted.
_SECOND: Final = """
CREATE TABLE superseded (earlier_id TEXT PRIMARY KEY, document_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX superseded_by_document ON superseded (document_id)
"""

MIGRATIONS: Final = (_FIRST, _SECOND)
"""One script for each version, in order; a script is never changed once released."""
