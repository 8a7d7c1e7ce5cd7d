"""The SQLite file under the catalog: connections, transactions, migrations, and errors in plain words."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from rag.core.errors import StoreUnavailable
from rag.store.schema import MIGRATIONS

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for another process's (short) transaction."""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Database:
    """A pool of connections to one SQLite file. Safe to use from many threads and, for short writes, processes.

    Write-ahead log with `synchronous=FULL`: a committed document survives a power cut, at the price of one
    fsync for each transaction, of which a document makes one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._pool = threading.Lock()
        self._writer = threading.RLock()
        self._closed = False
        with self._translated():
            self._migrate()

    def close(self) -> None:
        """Close all connections that are not in use; those in use are closed when they come back."""
        with self._pool:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries, each seeing the last commit.

        Raises:
            StoreUnavailable: the file cannot be read.
        """
        with self._translated(), self._borrowed() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back whole when an exception leaves the block.

        Raises:
            StoreUnavailable: the disk is full, the file cannot be written or is damaged.
        """
        with self._translated(), self._writer, self._borrowed() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, a full disk among them.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        with self._pool:
            if self._closed:
                raise StoreUnavailable("The library is closed.", "Open it again.")
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            yield connection
        finally:
            with self._pool:
                keep = not self._closed
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        # The pool hands a connection to one thread at a time.
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is deleted is overwritten, so that nobody reads it out of the file.
            connection.execute("PRAGMA secure_delete = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        with closing(self._connect()) as connection:
            if self._version(connection) == len(MIGRATIONS):
                return
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have migrated while this one waited.
            version = self._version(connection)
            if version > len(MIGRATIONS):
                raise StoreUnavailable(
                    f"The library {self.path} was written by a newer version of Kitabu.", "Update Kitabu."
                )
            for script in MIGRATIONS[version:]:
                for statement in script.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute("COMMIT")

    @staticmethod
    def _version(connection: sqlite3.Connection) -> int:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            # A wrong call, not a state of the disk.
            raise
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from error

    def _explain(self, error: sqlite3.DatabaseError) -> StoreUnavailable:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        folder = self.path.parent
        if code == sqlite3.SQLITE_FULL:
            return StoreUnavailable(f"The disk that holds {folder} is full.", "Free some space and try again.")
        if code in _DAMAGED:
            return StoreUnavailable(
                f"The catalog {self.path} is damaged ({error}).",
                "Put back a copy, or move the folder away and add the documents again.",
            )
        if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}:
            return StoreUnavailable(
                f"The catalog {self.path} cannot be written ({error}).",
                f"Give yourself permission to write in {folder}, or choose another folder with --data.",
            )
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return StoreUnavailable(
                f"Another process has kept the catalog {self.path} busy for {BUSY_SECONDS:.0f} seconds.",
                "Try again when it is done.",
            )
        return StoreUnavailable(
            f"The catalog {self.path} cannot be read or written ({error}).",
            f"Check that the disk that holds {folder} has free space and is in order.",
        )
