"""`kill -9` at any moment loses nothing that was acknowledged, and leaves nothing half done or twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import pytest

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
from tests.places import ROOT

ROUNDS = 30
FILES = 200
CHANGED, VANISHED = 25, 5
"""Files that are different in each round, and files that are not there: the runs find work wherever they are killed."""
LOOKED_AT = 40
"""Documents that are looked at closely after each kill, always others."""
END = "Here the note ends."

OPENING = """
import os
import sys
from pathlib import Path
import chromadb.api.client, filelock, tantivy  # slow: they would take up most of the time in which kills come
import rag.store.chroma_files
from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

def opened(data):
    embedder = HashEmbedder()
    library = Library.open(Path(data), dimension=embedder.dimension, wait=10)
    assert library.owner
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    return library, Pipeline(library, embedder, chunker, max_file_bytes=10**6)
"""

INGESTING = (
    OPENING
    + """
def work(data, folder):
    library, pipeline = opened(data)
    acknowledged = 0

    def watch(progress):
        nonlocal acknowledged
        if progress.files_done > acknowledged:
            acknowledged = progress.files_done
            print(progress.current, flush=True)

    pipeline.ingest([Path(folder)], sync=True, on_progress=watch)
    os._exit(0)

for line in sys.stdin:  # each run in a copy of this process, which has everything imported
    child = os.fork()
    if not child:
        work(*line.rstrip("\\n").split("\\t"))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("over", flush=True)
"""
)


def write_note(path: Path, version: int) -> None:
    sections = (
        f"# Section {number} of {marker(path, version)}\n\n" + f"The cold box {number} is checked twice a day. " * 20
        for number in range(2)
    )
    path.write_text("\n\n".join(sections) + f"\n\n{END}\n")


def marker(path: Path, version: int) -> str:
    """A word that stands in one version of one file only."""
    return f"{path.stem}version{version}"


class Runs:
    """Runs of ingest, each in a process of its own that is killed."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-c", INGESTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._parent.kill()
        self._parent.communicate()

    def run_and_kill(self, data: Path, folder: Path, files: int, delay: float) -> list[str]:
        """Start ingest, kill it `delay` seconds after it acknowledged so many `files`; the paths it acknowledged."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{data}\t{folder}\n")
        self._parent.stdin.flush()
        lines: list[str] = []
        child = int(self._parent.stdout.readline())
        while len(lines) < files and "over" not in lines:
            lines.append(self._parent.stdout.readline().rstrip("\n"))
        if "over" not in lines:
            time.sleep(delay)
            os.kill(child, signal.SIGKILL)
        while "over" not in lines:
            lines.append(self._parent.stdout.readline().rstrip("\n"))
        return [line for line in lines if line and line != "over"]


def assert_sound(library: Library) -> None:
    """The stores agree, no document is there twice, and none of those that are looked at in half."""
    assert library.owner
    assert len(set(library.counts())) == 1, f"the stores disagree: {library.counts()}"
    documents = library.catalog.documents()
    places = [place.path for document in documents for place in library.catalog.places(document.id)]
    assert len(set(places)) == len(places) == len(documents), "a file is there twice"
    for document in random.sample(documents, min(LOOKED_AT, len(documents))):
        parsed = library.catalog.parsed(document.id)
        assert parsed.pages[-1].text.endswith(END), "half a document"
        chunks = library.catalog.chunk_range(document.id, 0, 10**6)
        assert len(chunks) == document.chunks > 0
        assert library.catalog.vectors([chunk.id for chunk in chunks]).shape[0] == len(chunks)


def assert_found(library: Library, path: Path, version: int) -> None:
    """What was acknowledged of a file is there, and a search finds it and no other version."""
    place = library.catalog.place(str(path))
    assert place is not None, f"{path} was acknowledged and is lost"
    found = library.keywords.search(marker(path, version), "en", 5)
    of = {chunk.document_id for chunk in library.catalog.chunks([hit.chunk_id for hit in found]).values()}
    assert of == {place.document_id}, f"{path} was acknowledged and is not found"
    (first, *_) = library.catalog.chunk_range(place.document_id, 0, 0)
    (vector,) = library.catalog.vectors([first.id])
    assert library.vectors.search(vector, 1)[0].score > 0.999


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_thirty_kills_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    data, folder = tmp_path / "data", tmp_path / "notes"
    folder.mkdir()
    versions = {folder / f"note{number:03}.md": 0 for number in range(FILES)}
    for path in versions:
        write_note(path, 0)
    acknowledged_in_all = unfinished = 0
    embedder = HashEmbedder()

    with Runs() as runs:
        for kills in range(ROUNDS):
            if kills:
                for path in chance.sample(sorted(versions), CHANGED):
                    versions[path] += 1
                    write_note(path, versions[path])
                for path in chance.sample(sorted(versions), VANISHED):  # these vanish, to come back in the next round
                    path.unlink(missing_ok=True)
            # Unchanged files come first and fast; the pauses reach from the opening to the last commit of the indexes.
            known = FILES - VANISHED - CHANGED if kills else 0
            acknowledged = runs.run_and_kill(data, folder, known + chance.randrange(CHANGED), chance.uniform(0, 0.1))
            acknowledged_in_all += len(acknowledged)
            unfinished += len(acknowledged) < FILES - VANISHED

            library = Library.open(data, dimension=embedder.dimension, wait=10)
            try:
                assert_sound(library)
                changed = [Path(line) for line in acknowledged if versions.get(Path(line))]
                for path in chance.sample(changed, min(10, len(changed))):
                    if path.exists():
                        assert_found(library, path, versions[path])
                    else:
                        assert library.catalog.place(str(path)) is None  # what was acknowledged was its removal
                for line in acknowledged:
                    assert (library.catalog.place(line) is not None) == Path(line).exists()
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
        assert_sound(library)
    finally:
        pipeline.close()
        library.close()


WORK = {
    "delete": """
for document in library.catalog.documents():
    print("begun", flush=True)
    pipeline.delete(document.id)
    print(document.id, flush=True)
""",
    "reindex": """
embedder = HashEmbedder()
pipeline = Pipeline(library, embedder, StructureChunker(embedder.count_tokens, 100), max_file_bytes=10**6)
print("begun", flush=True)
pipeline.reindex()
""",
    "rebuild": """
print("begun", flush=True)
while True:
    library.rebuild()
""",
    "erase": """
print("begun", flush=True)
for document in library.catalog.documents():
    library.catalog.remove_document(document.id)
    print(document.id, flush=True)
    library.erase(most=None)
""",
}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize("work", list(WORK))
def test_kills_during_other_work_lose_nothing(tmp_path: Path, work: str) -> None:
    chance = random.Random(work)
    data, folder = tmp_path / "data", tmp_path / "notes"
    folder.mkdir()
    for number in range(30):
        write_note(folder / f"note{number:03}.md", 0)
    embedder = HashEmbedder()
    library = Library.open(data, dimension=embedder.dimension)
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**6)
    pipeline.ingest([folder])
    pipeline.close()
    known = {document.id for document in library.catalog.documents()}
    library.close()
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", OPENING + "library, pipeline = opened(sys.argv[1])" + WORK[work], str(data)],
            stdout=subprocess.PIPE, cwd=ROOT, text=True,
        ) as child:  # fmt: skip
            assert child.stdout is not None
            assert child.stdout.readline() == "begun\n"
            time.sleep(chance.uniform(0.01, 0.25))
            child.kill()
            gone = {line.strip() for line in child.stdout.readlines()} & known
        assert child.returncode in (0, -signal.SIGKILL)
        library = Library.open(data, dimension=embedder.dimension, wait=10)
        try:
            assert_sound(library)
            held = {document.id for document in library.catalog.documents()}
            assert not held & gone, "deleted, and there again"
            # The deletion that was under way may have come to its end.
            assert len(known - gone - held) <= 1, "lost"
            assert library.catalog.to_erase() is None
            known = held
        finally:
            library.close()
