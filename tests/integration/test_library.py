"""One data folder: its owner and others beside it, crashes, damage, and folders that cannot be used."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.report import Progress
from ingest.worker import FORGET, Worker
from rag.core.errors import FingerprintMismatch, LibraryLocked, StoreUnavailable
from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix
from rag.core.types import Block, BlockKind, Chunk, Document, Page, ParsedDocument, Span
from rag.store.beside import Made
from rag.store.catalog import Place
from rag.store.fingerprints import check_fingerprint
from rag.store.keywords import FORMAT
from rag.store.library import Library
from rag.store.ownership import in_use
from rag.store.vectors import ChromaIndex
from rag.testing.embedding import HashEmbedder
from tests.places import ROOT

DIMENSION = 8
FINGERPRINT = Fingerprint("test", "digest", DIMENSION, "", "", "fp32", "structure:240")


def put(library: Library, content: str, path: str | None = None) -> str:
    document_id = hashlib.sha256(content.encode()).hexdigest()
    pages = tuple(Page(i + 1, text) for i, text in enumerate(content.split("\n")))
    spans = [Span(page.number, 0, len(page.text)) for page in pages]
    parsed = ParsedDocument("text/plain", "Handbook", pages, tuple(Block(BlockKind.PARAGRAPH, s) for s in spans))
    chunks = [
        Chunk(f"{document_id}:{i}", document_id, i, ("Cold chain",), (span,), pages[i].text)
        for i, span in enumerate(spans)
    ]
    document = Document(document_id, "a.txt", "text/plain", "Handbook", "en", 1, 1, 1, 0.0)
    place = Place(path or content, document_id, 1, 1)
    library.catalog.put(document, parsed, chunks, vectors(content, len(chunks)), FINGERPRINT, place)
    return document_id


def vectors(content: str, count: int) -> Matrix:
    seed = int.from_bytes(hashlib.sha256(content.encode()).digest()[:4], "big")
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def open_library(data: Path) -> Library:
    return Library.open(data, dimension=DIMENSION)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "data")
    yield library
    library.close()


def assert_searchable(library: Library, content: str) -> None:
    document_id = hashlib.sha256(content.encode()).hexdigest()
    (first, *_) = vectors(content, content.count("\n") + 1)
    assert library.vectors.search(first, 1)[0].chunk_id == f"{document_id}:0"
    assert f"{document_id}:0" in {hit.chunk_id for hit in library.keywords.search(content.split("\n")[0], "en", 10)}


def test_indexes_follow_the_catalog(library: Library) -> None:
    put(library, "vaccine fridge\nsecond page")
    put(library, "oral rehydration")
    assert library.counts() == (3, 0, 0)
    library.apply_pending()
    assert library.counts() == (3, 3, 3)
    assert_searchable(library, "vaccine fridge\nsecond page")
    # Title and heading path are searched too.
    assert len(library.keywords.search("cold chain handbook", "en", 10)) == 3
    library.catalog.remove_document(library.catalog.find("oral rehydration").id)
    library.apply_pending()
    assert library.counts() == (2, 2, 2)
    assert library.keywords.search("rehydration", "en", 5) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "remove", "apply", "reopen"]),
        st.sampled_from(["zinc", "iron\nsalt", "oil\nrice\nbean"]),
    ),
    max_size=8,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_counts_agree_after_any_sequence(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    data = tmp_path_factory.mktemp("any")
    library = open_library(data)
    there: set[str] = set()
    for step, content in steps:
        if step == "put":
            put(library, content)
            there.add(content)
        elif step == "remove":
            assert library.catalog.remove_place(content) == (content in there)
            there.discard(content)
        elif step == "apply":
            library.apply_pending()
        else:
            library.close()
            library = open_library(data)
    library.apply_pending()
    chunks = sum(content.count("\n") + 1 for content in there)
    assert library.counts() == (chunks, chunks, chunks)
    for content in there:
        assert_searchable(library, content)
    library.close()


CRASH = """
import os, sys
sys.path[:0] = [{root!r}, {here!r}]
from test_library import open_library, put
from pathlib import Path
library = open_library(Path({data!r}))
{body}
os._exit(9)
"""


def run(data: Path, body: str) -> subprocess.CompletedProcess[str]:
    code = CRASH.format(root=str(ROOT), here=str(Path(__file__).parent), data=str(data), body=body)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "body",
    [
        "put(library, 'vaccine fridge')",
        "put(library, 'vaccine fridge'); w = library.catalog.pending(); "
        "library.vectors.add(*library.catalog.vectors_of(w.additions, 8))",
        "put(library, 'zinc'); library.apply_pending(); "
        "library.catalog.remove_place('zinc'); put(library, 'vaccine fridge')",
    ],
)
def test_crash_between_catalog_and_indexes(tmp_path: Path, body: str) -> None:
    died = run(tmp_path, body)
    assert died.returncode == 9, died.stderr
    library = open_library(tmp_path)
    assert library.owner
    assert library.counts() == (1, 1, 1)
    assert_searchable(library, "vaccine fridge")
    library.close()


@pytest.mark.parametrize("part", ["vectors", "keywords"])
@pytest.mark.parametrize("how", ["overwritten", "gone", "cut"])
def test_damaged_index_is_rebuilt(tmp_path: Path, part: str, how: str) -> None:
    library = open_library(tmp_path)
    put(library, "vaccine fridge\nsecond")
    library.apply_pending()
    library.close()
    if how == "gone":
        shutil.rmtree(tmp_path / part)
    for file in (tmp_path / part).rglob("*"):
        if file.is_file() and how == "overwritten":
            file.write_bytes(b"not what it was" * 50)
        elif file.is_file():
            os.truncate(file, file.stat().st_size // 2)
    library = open_library(tmp_path)
    assert library.counts() == (2, 2, 2)
    assert_searchable(library, "vaccine fridge\nsecond")
    library.close()


def test_second_process_reads_and_queues(library: Library) -> None:
    put(library, "vaccine fridge")
    library.apply_pending()
    body = """
from rag.core.errors import LibraryLocked
from test_library import assert_searchable
assert not library.owner and library.owner_alive()
assert library.counts() == (1, 1, 1)
assert_searchable(library, 'vaccine fridge')
for call in (library.require_owner, library.apply_pending, library.rebuild, lambda: put(library, 'x')):
    try:
        call()
    except LibraryLocked:
        continue
    raise SystemExit('not refused')
library.jobs.enqueue('ingest', {'path': '/from/another'})
turn = library.conversations.add_turn(library.conversations.create().id, 'q')
library.conversations.set_feedback(turn, 1)
"""
    other = run(library.data, body)
    assert other.returncode == 9, other.stderr
    job = library.jobs.claim()
    assert job is not None
    assert job.payload == {"path": "/from/another"}
    assert len(library.conversations.feedback()) == 1


HOLDER = """
import sys
from pathlib import Path
from rag.store.library import Library
library = Library.open(Path(sys.argv[1]), dimension=8)
assert library.owner
print("open", flush=True)
sys.stdin.read()
library.close()
"""


def test_waits_for_a_short_owner_to_go(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        timer = threading.Timer(0.5, holder.stdin.close)
        timer.start()
        with closing(Library.open(tmp_path, dimension=DIMENSION, wait=30)) as library:
            assert library.owner
        timer.join()


def test_asking_whether_there_is_an_owner_keeps_nobody_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert not in_use(data)
    assert not data.exists(), "asking makes nothing"
    open_library(data).close()
    asked = 0
    done = threading.Event()

    def ask() -> None:
        nonlocal asked
        while not done.is_set():
            in_use(data)
            asked += 1

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            with closing(open_library(data)) as library:
                assert library.owner
                assert in_use(data)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert asked > 10
    assert not in_use(data)


def test_an_owner_that_was_killed_is_gone(tmp_path: Path) -> None:
    assert run(tmp_path, "").returncode == 9
    assert not in_use(tmp_path)


def test_another_thread_may_close_the_library(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    thread = threading.Thread(target=library.close)
    thread.start()
    thread.join()
    with closing(open_library(tmp_path)) as again:
        assert again.owner


def test_beside_an_owner_in_the_same_process(library: Library) -> None:
    other = open_library(library.data)
    assert not other.owner
    put(library, "zinc")
    library.apply_pending()
    assert_searchable(other, "zinc")
    library.close()
    assert not other.owner_alive()
    with pytest.raises(LibraryLocked):
        other.require_owner()
    other.close()


def test_another_embedders_dimension_leaves_the_vectors_until_they_are_made_anew(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    put(library, "zinc")
    library.apply_pending()
    library.close()
    other = Library.open(tmp_path, dimension=3)
    assert other.counts() == (1, 1, 1)
    new = Fingerprint("other", "", 3, "", "", "fp32", "structure:240")
    with pytest.raises(FingerprintMismatch) as error:
        check_fingerprint(other.catalog, new)
    assert "kitabu embedder use" in error.value.hint
    (document_id,) = other.catalog.stale_documents(new)
    chunks = other.catalog.chunk_range(document_id, 0, 9)
    other.beside.begin(new)
    other.beside.put([Made(document_id, chunks, np.array([[1, 0, 0]], dtype=np.float32))])
    assert other.switch(other.index_beside(3))
    other.apply_pending()
    check_fingerprint(other.catalog, new)
    assert other.counts() == (1, 1, 1)
    other.close()


def test_rebuild_reports_progress(library: Library) -> None:
    put(library, "a\nb\nc")
    seen: list[tuple[int, int]] = []
    library.rebuild(lambda done, total: seen.append((done, total)))
    assert seen == [(3, 6), (6, 6)]
    assert library.counts() == (3, 3, 3)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps folders in a person's home to that person")
def test_other_accounts_do_not_get_into_a_new_library(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given").chmod(0o750)
    for name, mode in (("made", 0o700), ("given", 0o750)):
        with closing(open_library(tmp_path / name)):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    for data in (file, file / "below"):
        with pytest.raises(StoreUnavailable) as error:
            open_library(data)
        assert str(data) in error.value.message
        assert error.value.hint


UNWRITABLE = """
import os, sys
sys.path[:0] = [{root!r}, {here!r}]
from pathlib import Path
import filelock
from rag.core.errors import StoreUnavailable
from rag.store.library import Library
if os.getuid() == 0:
    os.setuid(65534)
try:
    Library.open(Path({data!r}), dimension=8)
except StoreUnavailable as error:
    print(error.message)
    raise SystemExit(7)
"""


def test_folder_without_permission(tmp_path: Path) -> None:
    # Opened as nobody where the tests run as root, who may write everywhere.
    data = Path(os.path.realpath(tmp_path)) / "data"
    data.mkdir()
    data.chmod(0o555)
    code = UNWRITABLE.format(root=str(ROOT), here=str(Path(__file__).parent), data=str(data))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 7, done.stderr
    assert f"{data} cannot be written" in done.stdout


def test_full_disk_loses_nothing(tmp_path: Path) -> None:
    # A limit on the size of files stands for the full disk: SQLite sees a failed write in both.
    body = """
import resource
from rag.core.errors import StoreUnavailable
put(library, 'vaccine fridge')
library.apply_pending()
size = os.path.getsize(library.catalog.database.path) + 1
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    put(library, 'x' * 3_000_000)
except StoreUnavailable as error:
    assert str(library.data) in error.message and error.hint
else:
    raise SystemExit('not refused')
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
put(library, 'after space was freed')
"""
    died = run(tmp_path, body)
    assert died.returncode == 9, died.stderr
    library = open_library(tmp_path)
    assert library.counts() == (2, 2, 2)
    assert_searchable(library, "vaccine fridge")
    assert_searchable(library, "after space was freed")
    library.close()


def test_a_chunk_is_found_by_its_neighbours_under_the_same_heading(library: Library) -> None:
    texts = ["Typhoid vaccine is dear.", "It lies on a shelf.", "It lies in a bag.", "Zinc is cheap."]
    pages = tuple(Page(i + 1, text) for i, text in enumerate(texts))
    spans = [Span(page.number, 0, len(page.text)) for page in pages]
    parsed = ParsedDocument("text/plain", "Stock", pages, tuple(Block(BlockKind.PARAGRAPH, s) for s in spans))
    headings = ["Vaccines", "Vaccines", "Food", "Food"]
    chunks = [
        Chunk(f"c{i}", "d", i, (heading,), (span,), text)
        for i, (heading, span, text) in enumerate(zip(headings, spans, texts, strict=True))
    ]
    document = Document("d", "a.txt", "text/plain", "Stock", "en", 4, 4, 1, 0.0)
    library.catalog.put(document, parsed, chunks, vectors("d", 4), FINGERPRINT, Place("a", "d", 1, 1))
    library.apply_pending()
    for _ in range(2):
        assert {hit.chunk_id for hit in library.keywords.search("typhoid", "en", 5)} == {"c0", "c1"}
        assert {hit.chunk_id for hit in library.keywords.search("shelf", "en", 5)} == {"c0", "c1"}
        assert {hit.chunk_id for hit in library.keywords.search("zinc", "en", 5)} == {"c2", "c3"}
        library.rebuild()


def test_an_index_of_an_older_format_is_built_anew_and_leaves_nothing(tmp_path: Path) -> None:
    with closing(open_library(tmp_path)) as library:
        put(library, "The fridge is cold")
        library.apply_pending()
    (tmp_path / "keywords" / FORMAT).rename(tmp_path / "keywords" / "1")
    with closing(open_library(tmp_path)) as library:
        assert len(library.keywords.search("fridge", "en", 5)) == 1
    assert [folder.name for folder in (tmp_path / "keywords").iterdir()] == [FORMAT]


def test_a_large_index_is_filled_while_the_library_answers(tmp_path: Path) -> None:
    data = tmp_path / "data"
    many = [f"shelf {number}\n" * 1500 + f"end {number}" for number in range(5)]
    with closing(open_library(data)) as library:
        for content in (*many, "goes meanwhile"):
            put(library, content)
        library.apply_pending()
        whole = library.counts()
    shutil.rmtree(data / "vectors")
    with closing(open_library(data)) as library:
        assert library.filling
        assert library.counts() == whole
        assert library.vectors.search(vectors(many[0], 1501)[7], 1)[0].score > 0.999
        # Stopped in the middle, it goes on being searched as it was.
        library.fill(go_on=iter([True, False]).__next__)
        assert library.filling
        assert library.counts() == whole
    with closing(open_library(data)) as library:
        assert library.filling

        def change(done: int) -> None:
            if done < 5000:  # between the first batch and the second
                library.catalog.remove_document(hashlib.sha256(b"goes meanwhile").hexdigest())
                put(library, "comes meanwhile")
                library.apply_pending()

        library.fill(progress=change)
        assert not library.filling
        assert isinstance(library.vectors, ChromaIndex)
        assert library.counts() == whole
        assert_searchable(library, "comes meanwhile")
    with closing(open_library(data)) as library:
        assert not library.filling


def test_the_worker_fills_what_is_not_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with closing(open_library(data)) as library:
        for number in range(4):
            put(library, f"shelf {number}\n" * 1500)
        library.apply_pending()
    shutil.rmtree(data / "vectors")
    with closing(open_library(data)) as library:
        assert library.filling
        told: list[Progress] = []
        embedder = HashEmbedder()
        chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
        with closing(Pipeline(library, embedder, chunker, max_file_bytes=1)) as pipeline:
            Worker(pipeline, library).run(FORGET, {}, on_progress=told.append)
        assert not library.filling
        assert [progress.chunks_done for progress in told] == [4096, 6004]
        assert told[0].seconds_left
        assert told[-1].seconds_left == 0
