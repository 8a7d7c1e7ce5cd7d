"""`kill -9` at any moment of ingest loses nothing that was acknowledged, and leaves nothing half done."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 20
FILES = 24
END = "Here the note ends."

CHILD = """
import sys
from pathlib import Path
import chromadb, filelock, tantivy  # slow: they would take up most of the time in which kills come
from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

print("started", flush=True)
data, folder = Path(sys.argv[1]), Path(sys.argv[2])
embedder = HashEmbedder()
library = Library.open(data, dimension=embedder.dimension, wait=10)
assert library.owner
chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**6)
acknowledged = 0

def watch(progress):
    global acknowledged
    if progress.files_done > acknowledged:
        acknowledged = progress.files_done
        print(progress.current, flush=True)

pipeline.ingest([folder], sync=True, on_progress=watch)
print("finished", flush=True)
"""


def write_note(path: Path, version: int) -> None:
    sections = (
        f"# Section {number} of {marker(path, version)}\n\n" + f"The cold box {number} is checked twice a day. " * 40
        for number in range(3)
    )
    path.write_text("\n\n".join(sections) + f"\n\n{END}\n")


def marker(path: Path, version: int) -> str:
    """A word that stands in one version of one file only."""
    return f"{path.stem}version{version}"


def run_and_kill(data: Path, folder: Path, files: int, delay: float) -> list[str]:
    """Start ingest, kill it `delay` seconds after it acknowledged so many `files`; the paths it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data), str(folder)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        lines = [child.stdout.readline() for _ in range(files)]
        time.sleep(delay)
        child.kill()
        lines += child.stdout.readlines()
    assert child.returncode in (0, -signal.SIGKILL)
    return [line.strip() for line in lines if line.strip() and line != "finished\n"]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    data, folder = tmp_path / "data", tmp_path / "notes"
    folder.mkdir()
    versions = {folder / f"note{number:02}.md": 0 for number in range(FILES)}
    for path in versions:
        write_note(path, 0)
    acknowledged_in_all = unfinished = 0
    embedder = HashEmbedder()

    for _ in range(ROUNDS):
        for path in chance.sample(sorted(versions), 8):
            versions[path] += 1
            write_note(path, versions[path])
        for path in chance.sample(sorted(versions), 3):  # these vanish, to come back in a later round
            path.unlink(missing_ok=True)
        # Unchanged files come first and fast; the pauses reach from the opening to the last commit of the indexes.
        acknowledged = run_and_kill(data, folder, chance.randrange(FILES), chance.uniform(0, 0.15))
        acknowledged_in_all += len(acknowledged)
        unfinished += len(acknowledged) < FILES - 3

        library = Library.open(data, dimension=embedder.dimension, wait=10)
        try:
            assert library.owner
            assert len(set(library.counts())) == 1, f"the stores disagree: {library.counts()}"
            held = {
                place.path for document in library.catalog.documents() for place in library.catalog.places(document.id)
            }
            for line in acknowledged:
                path = Path(line)
                if not path.exists():
                    assert str(path) not in held  # what was acknowledged was its removal
                    continue
                place = library.catalog.place(str(path))
                assert place is not None, f"{path} was acknowledged and is lost"
                found = library.keywords.search(marker(path, versions[path]), "en", 5)
                of = {chunk.document_id for chunk in library.catalog.chunks([hit.chunk_id for hit in found]).values()}
                assert of == {place.document_id}, f"{path} was acknowledged and is not found"
            for document in library.catalog.documents():
                parsed = library.catalog.parsed(document.id)
                assert parsed.pages[-1].text.endswith(END), "half a document"
                chunks = library.catalog.chunk_range(document.id, 0, 10**6)
                assert len(chunks) == document.chunks > 0
                assert library.catalog.vectors([chunk.id for chunk in chunks]).shape == (
                    len(chunks),
                    embedder.dimension,
                )
        finally:
            library.close()
        for path, version in versions.items():
            if not path.exists():
                write_note(path, version)

    assert acknowledged_in_all > 0, "every kill came before the first file: the test tried nothing"
    assert unfinished > ROUNDS // 4, "nearly every run was over before its kill: the test tried little"

    library = Library.open(data, dimension=embedder.dimension, wait=10)
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**6)
    try:
        report = pipeline.ingest([folder], sync=True)
        assert not report.failed
        assert len(library.catalog.documents()) == FILES
        assert len(set(library.counts())) == 1
    finally:
        pipeline.close()
        library.close()
