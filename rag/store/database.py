"""The SQLite file under the catalog: connections, transactions, migrations, and errors in plain words."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from rag.core.errors import StoreUnavailable
from rag.store.schema import BESIDE_VIEWS, MIGRATIONS
from rag.store.sqlite_pages import clear_gaps

_BLOCK: Final = 1 << 23
"""Bytes of the file that are searched at once."""
BUSY_SECONDS: Final = 30.0
"""How long a writer waits for another process's (short) transaction."""

_CHECKPOINT_MS: Final = 2000
"""How long emptying the write-ahead log waits for readers."""
_SWEPT: Final = "INSERT INTO meta VALUES ('swept', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Database:
    """A pool of connections to one SQLite file. Safe to use from many threads and, for short writes, processes.

    Write-ahead log with `synchronous=FULL`: a committed document survives a power cut, at the price of one
    fsync for each transaction, of which a document makes one.
    """

    def __init__(self, path: Path, *, beside: bool = False) -> None:
        """`beside`: its connections read the set of chunks and vectors beside the one that is searched."""
        self.path = path
        self._beside = beside
        self._idle: list[sqlite3.Connection] = []
        self._pool = threading.Lock()
        self._writer = threading.RLock()
        self._closed = False
        self._in_use = 0
        self._file: int | None = None
        with self._translated():
            self._migrate()

    def close(self) -> None:
        """Close all connections that are not in use; those in use are closed when they come back."""
        with self._pool:
            self._closed = True
            idle, self._idle = self._idle, []
            for connection in idle:
                connection.close()
            self._close_file()

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
            self._in_use += 1
        try:
            connection = connection or self._connect()
            yield connection
        finally:
            self._give_back(connection)

    def overwrite_deleted(self) -> bool:
        """Leave nothing of deleted rows in the file and its write-ahead log.

        Returns:
            False when another connection was busy for too long to do it now; then it can be tried again later.

        Raises:
            StoreUnavailable: the file cannot be written, or is damaged.
        """
        with self._translated(), self._writer, closing(self._connect()) as connection:
            # Waiting for the last reader of the log, as a checkpoint does, would keep all writers waiting.
            connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_MS}")
            try:
                if not self._checkpointed(connection):
                    return False
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                    return False
                raise
            try:
                # From here on no other connection writes. One may have done so just before: its pages are in the log.
                log = self.path.with_name(f"{self.path.name}-wal")
                if log.exists() and log.stat().st_size:
                    return False
                (size,), (pages,) = (connection.execute(f"PRAGMA page_{of}").fetchone() for of in ("size", "count"))
                file = self._open_file()
                if clear_gaps(file, size, pages):
                    os.fsync(file)
                    # Other connections give up the pages they remember when they see that something was committed.
                    connection.execute(_SWEPT)
                    connection.execute("COMMIT")
            except OSError as error:
                raise self._failing(error) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            return self._checkpointed(connection)

    def file_holds(self, texts: Sequence[bytes]) -> list[bytes]:
        """Those of the texts that stand in the file, whatever SQLite thinks of the place. Each at most 1 kB long.

        Raises:
            StoreUnavailable: the file cannot be read.
        """
        with self._translated(), self._writer, self._borrowed():
            found: set[bytes] = set()
            kept = b""
            try:
                file = self._open_file()
                os.lseek(file, 0, os.SEEK_SET)
                while block := os.read(file, _BLOCK):
                    searched = kept + block
                    found |= {text for text in texts if text not in found and text in searched}
                    kept = block[-1024:]
            except OSError as error:
                raise self._failing(error) from error
        return [text for text in texts if text in found]

    def _give_back(self, connection: sqlite3.Connection | None) -> None:
        with self._pool:
            self._in_use -= 1
            if connection is not None and self._closed:
                connection.close()
            elif connection is not None:
                self._idle.append(connection)
            self._close_file()

    @staticmethod
    def _checkpointed(connection: sqlite3.Connection) -> bool:
        """Whether all that the write-ahead log held is in the file, and the log empty."""
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def _open_file(self) -> int:
        if self._file is None:
            self._file = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        return self._file

    def _failing(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(
            f"The catalog {self.path} cannot be read or written ({error.strerror}).",
            f"Check that the disk that holds {self.path.parent} is in order.",
        )

    def _close_file(self) -> None:
        # Closing any descriptor of a file gives up all locks that the process has on it (POSIX), those of SQLite too.
        if self._closed and not self._in_use and self._file is not None:
            os.close(self._file)
            self._file = None

    def _connect(self) -> sqlite3.Connection:
        # The pool hands a connection to one thread at a time.
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # 16 MB: a search reads a hundred rows from all over the file.
            connection.execute("PRAGMA cache_size = -16000")
            # What is deleted is overwritten, so that nobody reads it out of the file.
            connection.execute("PRAGMA secure_delete = ON")
            for view in BESIDE_VIEWS if self._beside else ():
                connection.execute(view)
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
