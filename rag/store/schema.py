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

# How well each file was read. Words of recognised pages lie apart: only showing the page needs them.
_THIRD: Final = """
ALTER TABLE documents ADD COLUMN report TEXT NOT NULL DEFAULT '{}';
ALTER TABLE documents ADD COLUMN dated TEXT NOT NULL DEFAULT '';
ALTER TABLE pages ADD COLUMN confidence REAL;
CREATE TABLE page_words (
    document_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (document_id, number),
    FOREIGN KEY (document_id, number) REFERENCES pages (document_id, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID
"""

# What failed is tried again when the readers have changed. A folder's devices tell a disk that was taken out from files
# that were deleted.
_FAILURES_AND_FOLDERS: Final = """
ALTER TABLE failures ADD COLUMN reader TEXT NOT NULL DEFAULT '';
ALTER TABLE failures ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE folders ADD COLUMN synced_at REAL NOT NULL DEFAULT 0;
ALTER TABLE folders ADD COLUMN devices TEXT NOT NULL DEFAULT '{}'
"""

# What people say of a document; the dates said of an earlier version; which documents are nearly the same: a MinHash
# signature for each, its bands as numbers to look up, and the pairs found, each both ways.
_VERSIONS: Final = """
ALTER TABLE documents ADD COLUMN effective TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN review TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN superseded_by TEXT REFERENCES documents (id) ON DELETE SET NULL;
CREATE INDEX documents_by_successor ON documents (superseded_by);
ALTER TABLE superseded ADD COLUMN effective TEXT NOT NULL DEFAULT '';
ALTER TABLE superseded ADD COLUMN review TEXT NOT NULL DEFAULT '';
CREATE TABLE signatures (
    key INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES documents (id) ON DELETE CASCADE,
    shingles INTEGER NOT NULL,
    minhash BLOB NOT NULL
) STRICT;
CREATE TABLE signature_bands (
    band INTEGER NOT NULL,
    key INTEGER NOT NULL REFERENCES signatures (key) ON DELETE CASCADE,
    PRIMARY KEY (band, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX signature_bands_by_key ON signature_bands (key);
CREATE TABLE versions (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    other_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    share REAL NOT NULL,
    PRIMARY KEY (document_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX versions_by_other ON versions (other_id)
"""

# Questions to measure answers with, and the runs over them. A question's own words may be a document's, as an answer's
# are: both are tied to the documents so that they go with them. Turns that somebody has made a question of, or did not
# want to, are handled. Of the figures, targets holds those that the organisation asks for.
_QUALITY: Final = """
CREATE TABLE golden_questions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,
    answerable INTEGER NOT NULL,
    document TEXT,
    pages TEXT NOT NULL,
    language TEXT NOT NULL,
    history TEXT NOT NULL,
    split TEXT NOT NULL,
    draft INTEGER NOT NULL,
    source TEXT NOT NULL,
    changed_at REAL NOT NULL
) STRICT;
CREATE INDEX golden_questions_by_document ON golden_questions (document);
CREATE TABLE golden_documents (
    question_id TEXT NOT NULL REFERENCES golden_questions (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL,
    PRIMARY KEY (question_id, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX golden_documents_by_document ON golden_documents (document_id);
CREATE TABLE handled_turns (
    turn_id TEXT PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE targets (figure TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at REAL NOT NULL,
    wanted INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    figures TEXT NOT NULL,
    settings TEXT NOT NULL,
    library TEXT NOT NULL
) STRICT;
CREATE TABLE run_results (
    number INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    question_id TEXT NOT NULL REFERENCES golden_questions (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    figures TEXT NOT NULL,
    UNIQUE (run_id, question_id)
) STRICT;
CREATE INDEX run_results_by_question ON run_results (question_id);
CREATE TABLE run_documents (
    result INTEGER NOT NULL REFERENCES run_results (number) ON DELETE CASCADE,
    document_id TEXT NOT NULL,
    PRIMARY KEY (result, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_documents_by_document ON run_documents (document_id)
"""

# Which model answers where the settings leave it open, for everybody and in one conversation, and what test questions
# to models came to on this machine.
_MODELS: Final = """
CREATE TABLE choices (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
ALTER TABLE conversations ADD COLUMN model TEXT NOT NULL DEFAULT '';
CREATE TABLE model_trials (
    model TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    at REAL NOT NULL,
    load_seconds REAL NOT NULL,
    first_token_seconds REAL NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    answer_seconds REAL NOT NULL,
    memory INTEGER NOT NULL,
    gpu_share REAL NOT NULL,
    window INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

# A second set of chunks and vectors beside the one that is searched: being made, or the earlier one. Switching gives
# both pairs of tables each other's names. `other_set` says what made it, and whether it was ever searched.
_BESIDE: Final = """
CREATE TABLE other_set (fingerprint TEXT NOT NULL, made_at REAL NOT NULL, searched INTEGER NOT NULL) STRICT;
CREATE TABLE other_documents (
    document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    chunks INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE other_chunks (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    heading_path TEXT NOT NULL,
    spans TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (document_id, ordinal)
) STRICT;
CREATE TABLE other_vectors (
    key INTEGER PRIMARY KEY REFERENCES other_chunks (key) ON DELETE CASCADE,
    dimension INTEGER NOT NULL,
    vector BLOB NOT NULL
) STRICT;
CREATE INDEX other_vectors_by_dimension ON other_vectors (dimension)
"""

# How far an embedder (a fingerprint without its chunker) is to be trusted in a language, measured on the library.
_PROBES: Final = """
CREATE TABLE probes (
    fingerprint TEXT NOT NULL,
    language TEXT NOT NULL,
    probed INTEGER NOT NULL,
    found INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, language)
) STRICT, WITHOUT ROWID
"""

BESIDE_VIEWS: Final = tuple(
    f"CREATE TEMP VIEW {table} AS SELECT * FROM main.other_{table}" for table in ("chunks", "vectors")
)
"""A connection that has these reads the set beside wherever others read the one that is searched."""

MIGRATIONS: Final = (_FIRST, _SECOND, _THIRD, _FAILURES_AND_FOLDERS, _VERSIONS, _QUALITY, _MODELS, _BESIDE, _PROBES)
"""One script for each version, in order; a script is never changed once released."""
