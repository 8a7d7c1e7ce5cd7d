"""Files as people have them: each bad one is named with what to do about it, and the good ones beside it go in."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.report import FileResult, FileStatus
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
from tests.places import ROOT

LIMIT = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good.txt").write_text("Gloves are worn at the sink.")
    return folder


def text_pdf(text: str = "Bandages are in the blue box.") -> bytes:
    """A PDF of one page with one line of text."""
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(data)
    return data + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        start,
    )


def write_pdf(path: Path, *, pages: int, password: str = "") -> None:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    with path.open("wb") as file:
        writer.write(file)
    writer.close()


def only_failure(pipeline: Pipeline, library: Library, folder: Path) -> FileResult:
    """Ingest the folder: the good file goes in, and exactly one other fails and leaves nothing behind."""
    report = pipeline.ingest([folder])
    assert report.counts == {"indexed": 1, "unchanged": 0, "replaced": 0, "removed": 0, "failed": 1}
    assert [document.name for document in library.catalog.documents()] == ["good.txt"]
    assert library.counts() == (1, 1, 1)
    (failed,) = report.failed
    assert failed.error is not None
    assert failed.error.message
    assert failed.error.hint
    assert failed.document_id is None
    assert not any(ord(sign) < 32 for sign in failed.error.message)
    failed.error.message.encode()  # can be printed
    return failed


def code_of(result: FileResult) -> str:
    return result.error.code if result.error else ""


def test_good_pdf_goes_in(pipeline: Pipeline, library: Library, folder: Path) -> None:
    """Else the bad ones below would prove nothing."""
    (folder / "doses.pdf").write_bytes(text_pdf())
    assert pipeline.ingest([folder]).counts["indexed"] == 2
    assert len(library.keywords.search("bandages", "en", 5)) == 1


def test_empty_file(pipeline: Pipeline, library: Library, folder: Path) -> None:
    (folder / "empty.txt").touch()
    failed = only_failure(pipeline, library, folder)
    assert code_of(failed) == "no_text"
    assert [failure.path for failure in library.catalog.failures()] == [failed.path]


def test_pdf_that_says_it_is_text_is_read_as_what_it_is(pipeline: Pipeline, library: Library, folder: Path) -> None:
    (folder / "doses.txt").write_bytes(text_pdf())
    report = pipeline.ingest([folder / "doses.txt"])
    assert report.counts["indexed"] == 1
    assert library.catalog.find("doses.txt").media_type == "application/pdf"


def test_broken_picture_that_says_it_is_a_pdf(pipeline: Pipeline, library: Library, folder: Path) -> None:
    (folder / "doses.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    assert code_of(only_failure(pipeline, library, folder)) == "damaged"


def test_locked_pdf(pipeline: Pipeline, library: Library, folder: Path) -> None:
    write_pdf(folder / "locked.pdf", pages=1, password="secret")
    assert PdfReader(folder / "locked.pdf").is_encrypted
    assert code_of(only_failure(pipeline, library, folder)) == "password_protected"


def test_damaged_pdf(pipeline: Pipeline, library: Library, folder: Path) -> None:
    (folder / "damaged.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    assert code_of(only_failure(pipeline, library, folder)) == "damaged"


def test_pdf_without_text(pipeline: Pipeline, library: Library, folder: Path) -> None:
    write_pdf(folder / "blank.pdf", pages=3)
    assert code_of(only_failure(pipeline, library, folder)) == "no_text"


def test_pdf_without_pages(pipeline: Pipeline, library: Library, folder: Path) -> None:
    write_pdf(folder / "nothing.pdf", pages=0)
    assert code_of(only_failure(pipeline, library, folder)) in {"no_text", "damaged"}


def test_file_over_the_limit(pipeline: Pipeline, library: Library, folder: Path) -> None:
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(LIMIT + 1)
    failed = only_failure(pipeline, library, folder)
    assert code_of(failed) == "too_large"
    assert failed.error is not None
    assert "max_file_mb" in failed.error.hint


@pytest.mark.skipif(sys.platform == "win32", reason="not allowed in names there")
@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"two\nlines.txt", "two lines.txt"),
        (b"bell\x07.txt", "bell\N{REPLACEMENT CHARACTER}.txt"),
        (b"latin\xe9.txt", "latin\N{REPLACEMENT CHARACTER}.txt"),
        (b"..txt..txt", "..txt..txt"),
        (b"x" * 251 + b".txt", "x" * 251 + ".txt"),
        (b"$(touch pwned);'\"&.txt", "$(touch pwned);'\"&.txt"),
        ("دلیل.txt".encode(), "دلیل.txt"),
        (
            "药品 दवाइयाँ ยา лекарство φάρμακα תרופה መድኃኒት 약 薬 💊.txt".encode(),
            "药品 दवाइयाँ ยา лекарство φάρμακα תרופה መድኃኒት 약 薬 💊.txt",
        ),
        (b"cafe\xcc\x81.txt", "cafe\u0301.txt"),
    ],
)
def test_strange_names_are_read_shown_found_and_deleted(
    pipeline: Pipeline, library: Library, tmp_path: Path, raw: bytes, shown: str
) -> None:
    path = tmp_path / os.fsdecode(raw)
    path.write_text("Bandages are in the blue box.")
    report = pipeline.ingest([path])
    assert [file.status for file in report.files] == [FileStatus.INDEXED]
    (document,) = library.catalog.documents()
    assert document.name == shown
    place = library.catalog.place(str(path))
    assert place is not None
    assert Path(place.path).read_bytes() == path.read_bytes()
    assert pipeline.ingest([path]).counts["unchanged"] == 1
    path.write_bytes(b"")
    (failed,) = pipeline.ingest([path]).failed
    assert failed.path == str(path)
    assert failed.error is not None
    failed.error.message.encode()
    assert "\n" not in failed.error.message
    pipeline.delete(str(path))
    assert library.counts() == (0, 0, 0)


def test_path_with_dots_is_stored_where_it_leads(
    pipeline: Pipeline, library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    report = pipeline.ingest([Path("../good.txt"), Path("../../folder/sub/../good.txt")])
    assert [file.path for file in report.files] == [str(folder / "good.txt")]


def test_names_that_cannot_be(pipeline: Pipeline, library: Library, tmp_path: Path) -> None:
    report = pipeline.ingest([tmp_path / ("x" * 5000), tmp_path / "a\0b", tmp_path / "none.txt"])
    assert [code_of(file) for file in report.files] == ["unreadable"] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_link_out_of_the_folder(pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "salaries.txt").write_text("Salaries are secret.")
    (folder / "link.txt").symlink_to(tmp_path / "salaries.txt")
    failed = only_failure(pipeline, library, folder)
    assert code_of(failed) == "unreadable"
    assert failed.path == str(folder / "link.txt")
    assert library.keywords.search("salaries", "en", 5) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(pipeline: Pipeline, library: Library, folder: Path) -> None:
    (folder / "private.txt").write_text("Nobody may read this.")
    (folder / "private.txt").chmod(0)
    assert code_of(only_failure(pipeline, library, folder)) == "unreadable"


def test_file_that_grows_while_it_is_read(pipeline: Pipeline, library: Library, folder: Path) -> None:
    growing = folder / "growing.log"
    growing.write_text("It begins.\n")
    done = threading.Event()

    def grow() -> None:
        with growing.open("a") as file:
            while not done.wait(0.001):
                file.write("One more line.\n")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        failed = only_failure(pipeline, library, folder)
    finally:
        done.set()
        writer.join()
    assert code_of(failed) == "unreadable"
    assert failed.error is not None
    assert "still being written" in failed.error.message
    # A sync tries it again, though nobody says that it changed: it is not the file's bytes that were bad.
    report = pipeline.ingest([folder], sync=True)
    assert report.counts["indexed"] == 1
    assert library.catalog.failures() == []


FULL_DISK = """
import resource, sys
from pathlib import Path
from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from rag.core.errors import StoreUnavailable
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

data, folder = Path(sys.argv[1]), Path(sys.argv[2])
embedder = HashEmbedder()
library = Library.open(data, dimension=embedder.dimension)
chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**6)
pipeline.ingest([folder / "00.txt"])
largest = max(path.stat().st_size for path in data.rglob("*") if path.is_file())
resource.setrlimit(resource.RLIMIT_FSIZE, (largest + int(sys.argv[3]), resource.RLIM_INFINITY))

finished = 0

def watch(progress):
    global finished
    if progress.files_done > finished:
        finished = progress.files_done
        print(progress.current, flush=True)

try:
    pipeline.ingest([folder], on_progress=watch)
except StoreUnavailable as error:
    print(error.message, "|", error.hint, file=sys.stderr)
    raise SystemExit(5)
finally:
    pipeline.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE stands for the full disk")
@pytest.mark.parametrize("room", [20_000, 600_000])
def test_full_disk_ends_the_run_and_loses_nothing(tmp_path: Path, room: int) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(40):
        text = "\n\n".join(f"Note {number:02} has a paragraph {part} of its own. " * 20 for part in range(6))
        (folder / f"{number:02}.txt").write_text(text)
    data = tmp_path / "data"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(data), str(folder), str(room)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 5, done.stderr
    assert str(data) in done.stderr
    acknowledged = set(done.stdout.splitlines())

    embedder = HashEmbedder()
    library = Library.open(data, dimension=embedder.dimension)
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**6)
    try:
        assert len(set(library.counts())) == 1
        held = {place.path for document in library.catalog.documents() for place in library.catalog.places(document.id)}
        assert str(folder / "00.txt") in held
        assert len(held) < 40, "the disk was never full: the test tried nothing"
        assert acknowledged <= held
        assert len(held - acknowledged) <= 1, "committed and not told: the one in hand"
        report = pipeline.ingest([folder])
        assert not report.failed
        assert report.counts["unchanged"] == len(held)
        assert len(library.catalog.documents()) == 40
        assert len(set(library.counts())) == 1
    finally:
        pipeline.close()
        library.close()
