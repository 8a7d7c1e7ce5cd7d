"""Uploaded files: whatever the browser calls them, they stay in their folder and are written whole."""

import hashlib
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.uploads import safe_name, save_upload
from rag.core.errors import StoreUnavailable
from rag.core.fingerprint import Fingerprint
from rag.core.types import Document, ParsedDocument
from rag.store.catalog import Catalog, Failure, Place


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Doses 2026.pdf", "Doses 2026.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ann\\prices.xlsx", "prices.xlsx"),
        ("line\nbreak\x00.txt", "line_break_.txt"),
        ("a:b?.txt", "a_b_.txt"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        (".hidden", "_.hidden"),
        ("~$open.docx", "_~$open.docx"),
        ("..", "_"),
        ("", "_"),
        ("name. . ", "name"),
        ("fdp.\u202egnp.exe", "fdp._gnp.exe"),
        ("undecodable\udcff.txt", "undecodable_.txt"),
        ("دلیل.pdf", "دلیل.pdf"),
    ],
)
def test_safe_name(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(max_size=400))
def test_any_name_is_one_plain_component(name: str) -> None:
    kept = safe_name(name)
    assert kept
    assert len(kept.encode()) <= 200
    assert kept not in {".", ".."}
    assert not set(kept) & set('/\\\x00\n<>:"|?*')
    assert Path(kept).name == kept
    assert safe_name(kept) == kept


def test_long_names_stay_apart_and_keep_their_ending() -> None:
    one, other = safe_name("ع" * 300 + "1.pdf"), safe_name("ع" * 300 + "2.pdf")
    assert one != other
    assert one.endswith(".pdf")
    assert other.endswith(".pdf")


def read(data: Path, path: Path) -> None:
    """Put the file in the catalog, as reading it does."""
    content = path.read_bytes()
    document_id = hashlib.sha256(content).hexdigest()
    document = Document(document_id, path.name, "text/plain", "", "en", 0, 0, len(content), 0.0)
    mark = Fingerprint("e", "d", 1, "", "", "", "c")
    place = Place(str(path), document_id, len(content), path.stat().st_mtime_ns)
    with closing(Catalog.open(data / "catalog.sqlite")) as catalog:
        catalog.put(document, ParsedDocument("text/plain", "", (), ()), [], np.empty((0, 1), np.float32), mark, place)


def test_upload_is_written_whole_and_once(tmp_path: Path) -> None:
    path = save_upload(tmp_path / "data", "../a.txt", b"one")
    assert path == tmp_path / "data" / "uploads" / "a.txt"
    assert path.read_bytes() == b"one"
    assert save_upload(tmp_path / "data", "a.txt", b"one") == path
    assert list(path.parent.iterdir()) == [path]


def test_another_file_of_the_same_name_does_not_take_the_place_of_one_not_yet_read(tmp_path: Path) -> None:
    first, second, third = (save_upload(tmp_path, "a.b.txt", content) for content in (b"one", b"two", b"three"))
    assert [path.name for path in (first, second, third)] == ["a.b.txt", "a.b (2).txt", "a.b (3).txt"]
    assert [path.read_bytes() for path in (first, second, third)] == [b"one", b"two", b"three"]
    assert save_upload(tmp_path, "a.b.txt", b"two") == second


def test_a_new_version_of_what_was_read_takes_its_place(tmp_path: Path) -> None:
    path = save_upload(tmp_path, "a.txt", b"one")
    read(tmp_path, path)
    assert save_upload(tmp_path, "a.txt", b"two") == path
    assert path.read_bytes() == b"two"
    assert save_upload(tmp_path, "a.txt", b"three").name == "a (2).txt", "the second version waits to be read"


def test_a_mended_file_takes_the_place_of_one_that_could_not_be_read(tmp_path: Path) -> None:
    path = save_upload(tmp_path, "a.pdf", b"damaged")
    with closing(Catalog.open(tmp_path / "catalog.sqlite")) as catalog:
        now = path.stat()
        catalog.put_failure(Failure(str(path), now.st_size, now.st_mtime_ns, "damaged", "It is damaged.", "", 0.0))
    assert save_upload(tmp_path, "a.pdf", b"mended") == path


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit there")
def test_full_disk_keeps_the_old_upload_and_leaves_no_rest(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes every write beyond it fail, as a full disk does."""
    path = save_upload(tmp_path, "a.txt", b"old")
    script = (
        "import resource, sys; from pathlib import Path; from ingest.uploads import save_upload;"
        "from rag.core.errors import StoreUnavailable;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: save_upload(Path(sys.argv[1]), 'a.txt', b'x' * 5000)\n"
        "except StoreUnavailable as error: print(error.message); raise SystemExit(5)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    assert "a.txt" in done.stdout
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("a file stands in the way")
    with pytest.raises(StoreUnavailable, match=r"a\.txt"):
        save_upload(tmp_path, "a.txt", b"x")
