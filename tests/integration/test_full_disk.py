"""A disk that fills up: nothing acknowledged is lost, the error says what to do, the next start repairs by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.report import Progress
from rag.core.errors import StoreUnavailable
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

SMALL, LARGE = "size=12m", "size=200m"
FILES = 80


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 12 MB."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", SMALL, "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"mounting is not allowed here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def make_pipeline(library: Library) -> Pipeline:
    embedder = HashEmbedder()
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    return Pipeline(library, embedder, chunker, max_file_bytes=10**6)


def complaint(work: Callable[[], object]) -> str | None:
    """What the work says when it cannot be done; None when it could."""
    try:
        work()
    except StoreUnavailable as error:
        return f"{error.message} {error.hint}"
    return None


def test_a_full_disk_loses_nothing_and_the_next_start_repairs(disk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(FILES):
        sections = (
            f"# Part {part}\n\nThe marker{number} box. " + f"Row {number} {part} here. " * 100 for part in range(8)
        )
        (folder / f"note{number:03}.md").write_text("\n\n".join(sections))
    acknowledged: list[str] = []

    def watch(progress: Progress) -> None:
        if progress.files_done > len(acknowledged):
            acknowledged.append(progress.current)

    library = Library.open(disk / "data", dimension=HashEmbedder().dimension)
    pipeline = make_pipeline(library)
    with pytest.raises(StoreUnavailable) as raised:
        pipeline.ingest([folder], sync=True, on_progress=watch)
    assert "space" in f"{raised.value.message} {raised.value.hint}"
    pipeline.close()
    library.close()
    assert 5 < len(acknowledged) < FILES

    # A start while the disk is full either works or says what is wrong.
    words = complaint(lambda: Library.open(disk / "data", dimension=HashEmbedder().dimension).close())
    assert words is None or "space" in words

    subprocess.run(["mount", "-o", f"remount,{LARGE}", str(disk)], check=True)
    library = Library.open(disk / "data", dimension=HashEmbedder().dimension)
    pipeline = make_pipeline(library)
    try:
        assert library.owner
        assert len(set(library.counts())) == 1
        assert {path for path in acknowledged if library.catalog.place(path) is None} == set()
        report = pipeline.ingest([folder], sync=True)
        assert not report.failed
        documents = library.catalog.documents()
        assert len(documents) == FILES
        assert len(set(library.counts())) == 1
        for document in documents:
            word = f"marker{int(document.name[4:7])}"
            found = library.keywords.search(word, "en", 5)
            chunks = library.catalog.chunks([hit.chunk_id for hit in found])
            assert {chunk.document_id for chunk in chunks.values()} == {document.id}
    finally:
        pipeline.close()
        library.close()


def test_deleting_makes_room_on_a_full_disk(disk: Path, tmp_path: Path) -> None:
    """A deletion that cannot be completed says so, and is completed when there is room."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(10):
        (folder / f"note{number}.md").write_text(f"# Note {number}\n\n" + f"The marker{number} box. " * 300)
    library = Library.open(disk / "data", dimension=HashEmbedder().dimension)
    pipeline = make_pipeline(library)
    pipeline.ingest([folder], sync=True)
    filler = disk / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(65536))
            file.flush()
    words = complaint(lambda: pipeline.delete("note3.md"))
    assert words is None or "space" in words
    filler.unlink()
    pipeline.close()
    library.close()
    library = Library.open(disk / "data", dimension=HashEmbedder().dimension)
    assert len(set(library.counts())) == 1
    gone = {document.name for document in library.catalog.documents()}.isdisjoint({"note3.md"})
    assert gone == (library.keywords.search("marker3", "en", 5) == [])
    assert library.catalog.to_erase() is None
    library.close()
