"""What SQLite keeps of deleted rows between the cells of its pages is overwritten, and nothing else is."""

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.store.sqlite_pages import clear_gaps


@pytest.mark.parametrize("page_size", [1024, 4096, 65536])
def test_nothing_of_deleted_rows_is_left_and_all_others_are_there(tmp_path: Path, page_size: int) -> None:
    path = tmp_path / "t.sqlite"
    chance = random.Random(0)
    keys = [f"{chance.getrandbits(64):016x}" for _ in range(1500)]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE t (id TEXT PRIMARY KEY, x TEXT)")
        for key in keys:
            connection.execute("INSERT INTO t VALUES (?, ?)", (key, f"<{key}>" * chance.choice([1, 5, 20])))
        connection.commit()
        chance.shuffle(keys)
        gone, kept = keys[:1100], keys[1100:]
        for key in gone:
            connection.execute("DELETE FROM t WHERE id = ?", (key,))
            connection.commit()
        rows = connection.execute("SELECT * FROM t ORDER BY id").fetchall()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    file = os.open(path, os.O_RDWR)
    try:
        assert clear_gaps(file, page_size, pages) > 0
        assert clear_gaps(file, page_size, pages) == 0
    finally:
        os.close(file)
    content = path.read_bytes()
    assert [key for key in gone if key.encode() in content] == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT * FROM t ORDER BY id").fetchall() == rows
        assert {key for key, _ in rows} == set(kept)
