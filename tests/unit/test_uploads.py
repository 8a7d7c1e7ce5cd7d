"""Uploaded files: whatever the browser calls them, they stay in their folder and are written whole."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.uploads import safe_name, save_upload
from rag.core.errors import StoreUnavailable


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


def test_upload_is_written_and_replaced_under_the_same_name(tmp_path: Path) -> None:
    path = save_upload(tmp_path / "data", "../a.txt", b"one")
    assert path == tmp_path / "data" / "uploads" / "a.txt"
    assert path.read_bytes() == b"one"
    assert save_upload(tmp_path / "data", "a.txt", b"two") == path
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


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
