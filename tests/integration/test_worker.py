"""The queue of jobs: worked off by the owner, filled by any process."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.report import Progress
from ingest.uploads import save_upload
from ingest.waiting import submit_and_wait
from ingest.worker import DELETE, INGEST, REBUILD, REINDEX, UNWATCH, Worker
from rag.core.errors import DocumentNotFound, LibraryLocked
from rag.store.jobs import JobState
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
from tests.places import ROOT


def make_pipeline(library: Library) -> Pipeline:
    embedder = HashEmbedder()
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    return Pipeline(library, embedder, chunker, max_file_bytes=10**6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    for word in ("aprons", "bandages", "candles"):
        (folder / f"{word}.md").write_text(f"# About {word}\n\nThe {word} are kept in the store.\n")
    return folder


def test_worker_does_each_kind_of_job(pipeline: Pipeline, library: Library, folder: Path) -> None:
    worker = Worker(pipeline, library)
    jobs = library.jobs
    ids = [
        jobs.enqueue(INGEST, {"paths": [str(folder)], "sync": True}),
        jobs.enqueue(DELETE, {"document": "aprons.md"}),
        jobs.enqueue(DELETE, {"document": "aprons.md"}),
        jobs.enqueue(REBUILD, {}),
        jobs.enqueue(REINDEX, {}),
        jobs.enqueue("unheard", {}),
    ]
    assert worker.run_pending() == len(ids)
    ingest, delete, again, rebuild, reindex, unheard = (jobs.get(job_id) for job_id in ids)
    assert ingest.result["counts"]["indexed"] == 3
    assert ingest.progress["files_done"] == 3
    assert delete.result["name"] == "aprons.md"
    assert (again.state, again.code) == (JobState.FAILED, "document_not_found")
    assert again.hint
    assert rebuild.state is JobState.DONE
    assert reindex.result["files"] == []
    assert unheard.state is JobState.FAILED
    assert library.counts() == (2, 2, 2)
    assert worker.run_pending() == 0


def test_cancelled_job_stops_and_keeps_what_is_done(pipeline: Pipeline, library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number:03}.txt").write_text(f"Note {number} of many.")
    worker = Worker(pipeline, library)
    job_id = library.jobs.enqueue(INGEST, {"paths": [str(folder)], "sync": True})
    worker.start()
    try:
        wait_for(lambda: library.jobs.get(job_id).progress.get("files_done", 0) > 2)
        library.jobs.cancel(job_id)
        wait_for(lambda: library.jobs.get(job_id).state.over)
    finally:
        worker.stop()
    job = library.jobs.get(job_id)
    assert job.state is JobState.CANCELLED
    assert 0 < job.result["counts"]["indexed"] < 300
    assert len(library.catalog.documents()) == job.result["counts"]["indexed"]
    assert len(set(library.counts())) == 1


def test_stopped_worker_goes_on_with_its_job(pipeline: Pipeline, library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number:03}.txt").write_text(f"Note {number} of many.")
    job_id = library.jobs.enqueue(INGEST, {"paths": [str(folder)], "sync": False})
    worker = Worker(pipeline, library)
    worker.start()
    wait_for(lambda: library.jobs.get(job_id).progress.get("files_done", 0) > 2)
    worker.stop()
    assert not library.jobs.get(job_id).state.over
    assert 0 < len(library.catalog.documents()) < 150
    worker.start()
    try:
        wait_for(lambda: library.jobs.get(job_id).state.over)
    finally:
        worker.stop()
    assert library.jobs.get(job_id).state is JobState.DONE
    assert len(library.catalog.documents()) == 150


@pytest.fixture
def slow(library: Library) -> Iterator[Worker]:
    embedder = HashEmbedder(seconds=0.02)
    pipeline = Pipeline(
        library, embedder, StructureChunker(embedder.count_tokens, embedder.max_tokens), max_file_bytes=10**6
    )
    worker = Worker(pipeline, library)
    worker.start()
    yield worker
    worker.stop()
    pipeline.close()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(100):
        (folder / f"{number:03}.txt").write_text(f"Note {number} of many.")
    return folder


@pytest.mark.parametrize("whole_queue", [False, True])
def test_a_paused_job_goes_on_where_it_stopped(slow: Worker, library: Library, many: Path, whole_queue: bool) -> None:
    jobs = library.jobs
    job_id = jobs.enqueue(INGEST, {"paths": [str(many)], "sync": True})
    wait_for(lambda: jobs.get(job_id).progress.get("files_done", 0) > 3)
    if whole_queue:
        jobs.pause_queue()
    else:
        jobs.pause(job_id)
    other = jobs.enqueue(DELETE, {"document": "000.txt"})
    wait_for(lambda: jobs.get(other).state.over)
    assert jobs.get(job_id).state is (JobState.QUEUED if whole_queue else JobState.PAUSED)
    done = len(library.catalog.documents())
    time.sleep(0.7)
    assert 0 < len(library.catalog.documents()) == done < 100
    slow.stop()
    library.jobs.requeue_interrupted()
    slow.start()
    time.sleep(0.7)
    assert len(library.catalog.documents()) == done, "not even after a restart"
    if whole_queue:
        jobs.resume_queue()
    else:
        jobs.resume(job_id)
    wait_for(lambda: jobs.get(job_id).state.over)
    job = jobs.get(job_id)
    assert job.state is JobState.DONE
    assert job.result["counts"] == {"indexed": 100, "unchanged": 0, "replaced": 0, "removed": 0, "failed": 0}
    assert len(library.catalog.documents()) == 100


def test_a_job_stops_within_a_second_in_the_middle_of_a_file(slow: Worker, library: Library, tmp_path: Path) -> None:
    large = tmp_path / "large.md"
    large.write_text("\n\n".join(f"# Part {n}\n\n" + f"Note {n} of many things. " * 60 for n in range(400)))
    job_id = library.jobs.enqueue(INGEST, {"paths": [str(large)], "sync": False})
    wait_for(lambda: library.jobs.get(job_id).progress.get("chunks_done", 0) > 0)
    began = time.monotonic()
    library.jobs.cancel(job_id)
    wait_for(lambda: library.jobs.get(job_id).state.over)
    assert time.monotonic() - began < 1
    assert library.catalog.documents() == []


def test_an_upload_whose_reading_is_stopped_does_not_lie_there_unknown(
    slow: Worker, library: Library, tmp_path: Path
) -> None:
    words = "\n\n".join(f"# Part {n}\n\n" + f"Note {n} of many things. " * 60 for n in range(400))
    small = save_upload(library.data, "small.md", b"# Small\n\nA small note is kept.\n")
    large = save_upload(library.data, "large.md", words.encode())
    elsewhere = tmp_path / "elsewhere.md"
    elsewhere.write_text(words)
    wanted = save_upload(library.data, "wanted.md", words.replace("Note", "Sum").encode())
    first = library.jobs.enqueue(INGEST, {"paths": [str(small)], "sync": False})
    wait_for(lambda: library.jobs.get(first).state.over)
    paths = [str(small), str(large), str(elsewhere), str(wanted)]
    job_id = library.jobs.enqueue(INGEST, {"paths": paths, "sync": False})
    wait_for(lambda: library.jobs.get(job_id).progress.get("chunks_done", 0) > 0)
    again = library.jobs.enqueue(INGEST, {"paths": [str(wanted)], "sync": False})
    library.jobs.cancel(job_id)
    wait_for(lambda: library.jobs.get(job_id).state.over)
    library.jobs.pause(again)
    wait_for(lambda: not large.exists())
    assert [document.name for document in library.catalog.documents()] == ["small.md"]
    assert small.exists()
    assert elsewhere.exists()
    assert wanted.exists()


def test_a_job_run_here_is_in_the_queue(pipeline: Pipeline, library: Library, folder: Path) -> None:
    worker = Worker(pipeline, library)
    waiting = library.jobs.enqueue(INGEST, {"paths": [str(folder / "candles.md")], "sync": False})
    states: list[str] = []

    def watch(progress: Progress) -> None:
        states.append(",".join(job.state for job in library.jobs.recent()))

    result = worker.run(INGEST, {"paths": [str(folder)], "sync": False}, on_progress=watch)
    assert result["counts"]["indexed"] == 2
    assert library.jobs.get(waiting).state is JobState.DONE, "what waited came first"
    assert "running,done" in states
    with pytest.raises(DocumentNotFound):
        worker.run(DELETE, {"document": "unknown"})
    library.jobs.pause_queue()
    with pytest.raises(LibraryLocked, match="queue is paused"):
        worker.run(INGEST, {"paths": [str(folder)], "sync": False})

    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    library.jobs.resume_queue()
    with pytest.raises(KeyboardInterrupt):
        worker.run(REINDEX, {}, on_progress=interrupt)
    worker.run_pending()
    assert library.jobs.recent(1)[0].state is JobState.CANCELLED, "nothing happens behind the person's back later"


def test_who_waits_sees_what_comes_first(slow: Worker, library: Library, many: Path) -> None:
    beside = Library.open(library.data, dimension=384)
    first = library.jobs.enqueue(INGEST, {"paths": [str(many)], "sync": False})
    seen: list[list[int]] = []
    try:
        submit_and_wait(
            beside, DELETE, {"document": "099.txt"}, on_waiting=lambda jobs: seen.append([job.id for job in jobs])
        )
    finally:
        beside.close()
    assert seen
    assert all(ahead == [first] for ahead in seen)


def test_who_waits_is_told_that_the_queue_is_paused(slow: Worker, library: Library, many: Path) -> None:
    beside = Library.open(library.data, dimension=384)
    library.jobs.pause_queue()
    with pytest.raises(LibraryLocked, match="queue is paused") as caught:
        submit_and_wait(beside, INGEST, {"paths": [str(many)], "sync": False})
    assert "kitabu jobs resume" in caught.value.hint
    library.jobs.resume_queue()
    job = library.jobs.recent(1)[0]
    threading.Timer(0.5, library.jobs.pause, (job.id,)).start()
    wait_for(lambda: library.jobs.get(job.id).state is JobState.PAUSED)
    library.jobs.resume(job.id)
    wait_for(lambda: library.jobs.get(job.id).state is JobState.DONE)
    beside.close()


def test_stopping_to_watch_is_a_job(slow: Worker, library: Library, folder: Path) -> None:
    beside = Library.open(library.data, dimension=384)
    submit_and_wait(beside, INGEST, {"paths": [str(folder)], "sync": True})
    result = submit_and_wait(beside, UNWATCH, {"folder": str(folder), "documents": True})
    beside.close()
    assert result == {"folder": str(folder), "documents": 3}
    assert library.catalog.folders() == []


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    waited = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        waited.wait(0.02)
    raise AssertionError("waited too long")


# --- a second process -------------------------------------------------------------------------------------------------

SECOND = """
import json, sys
from pathlib import Path
from ingest.waiting import submit_and_wait
from rag.core.errors import KitabuError
from rag.store.library import Library

library = Library.open(Path(sys.argv[1]), dimension=384)
assert not library.owner
print("waiting", flush=True)
seen = []
try:
    payload, timeout = json.loads(sys.argv[3]), float(sys.argv[4])
    result = submit_and_wait(library, sys.argv[2], payload, on_progress=seen.append, timeout=timeout)
    assert seen or sys.argv[2] != "ingest"
    print(json.dumps(result), flush=True)
except KitabuError as error:
    print(json.dumps([type(error).__name__, error.message, error.hint]), flush=True)
library.close()
"""


def second_process(data: Path, kind: str, payload: str, timeout: float = 60) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SECOND, str(data), kind, payload, str(timeout)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )


def answer_of(process: subprocess.Popen[str]) -> Any:
    out, _ = process.communicate(timeout=60)
    return json.loads(out.splitlines()[-1])


def test_second_process_has_the_owner_do_its_work(pipeline: Pipeline, library: Library, folder: Path) -> None:
    worker = Worker(pipeline, library)
    worker.start()
    try:
        added = answer_of(second_process(library.data, INGEST, f'{{"paths": ["{folder}"], "sync": false}}'))
        assert added["counts"]["indexed"] == 3
        assert added["files"][0]["path"] == str(folder / "aprons.md")
        assert len(library.keywords.search("aprons", "en", 5)) == 1
        assert answer_of(second_process(library.data, DELETE, '{"document": "aprons.md"}'))["name"] == "aprons.md"
        kind, message, hint = answer_of(second_process(library.data, DELETE, '{"document": "aprons.md"}'))
        assert kind == "DocumentNotFound"
        assert "aprons.md" in message
        assert hint
    finally:
        worker.stop()
    kind, message, hint = answer_of(second_process(library.data, REINDEX, "{}", timeout=0.5))
    assert kind == "LibraryLocked", "nobody works the queue off"
    assert "stays in the queue" in hint


def test_owner_that_takes_up_no_work_is_not_waited_for(library: Library, folder: Path) -> None:
    beside = Library.open(library.data, dimension=384)
    busy = library.jobs.enqueue(INGEST, {"paths": [], "sync": False})
    library.jobs.claim()
    ended = threading.Timer(2.5, library.jobs.finish, (busy, {}))
    ended.start()
    began = time.monotonic()
    with pytest.raises(LibraryLocked, match="does not take up any work") as caught:
        submit_and_wait(beside, REINDEX, {}, start=0.2)
    assert time.monotonic() - began > 2, "while it works on something it is waited for"
    assert "Close that program" in caught.value.hint
    assert library.jobs.recent(open_only=True) == [], "it was taken back"
    ended.join()
    beside.close()


def test_owner_that_goes_away_is_noticed(tmp_path: Path, folder: Path) -> None:
    library = Library.open(tmp_path / "data", dimension=384)
    process = second_process(tmp_path / "data", INGEST, f'{{"paths": ["{folder}"], "sync": false}}')
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    wait_for(lambda: bool(library.jobs.recent(1)))
    library.close()
    kind, _, hint = answer_of(process)
    assert kind == "LibraryLocked"
    assert "again" in hint
    library = Library.open(tmp_path / "data", dimension=384)
    assert library.jobs.claim() is None, "it was taken back: nothing happens behind the person's back later"
    library.close()


ENDS = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.worker import Worker
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
begun, workers = threading.Event(), ThreadPoolExecutor(1)
class Busy(HashEmbedder):
    def encode_document(self, texts):
        begun.set()
        while True:
            workers.submit(int).result()
embedder = Busy()
library = Library.open(Path(sys.argv[2]), dimension=embedder.dimension)
chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
print(library.jobs.enqueue("ingest", {"paths": [sys.argv[3]], "sync": False}))
Worker(Pipeline(library, embedder, chunker, max_file_bytes=10**6), library).start()
assert begun.wait(60)
"""


def test_a_program_may_end_in_the_middle_of_work(tmp_path: Path, folder: Path) -> None:
    """Its embedder's threads are gone before the worker is, and nobody closed the library."""
    line = [sys.executable, "-c", ENDS, str(ROOT), str(tmp_path / "busy"), str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    with closing(Library.open(tmp_path / "busy", dimension=HashEmbedder().dimension)) as library:
        job = library.jobs.get(int(done.stdout))
        assert job.state is not JobState.FAILED
        with closing(make_pipeline(library)) as pipeline:
            Worker(pipeline, library).run_pending()
        assert library.jobs.get(job.id).state is JobState.DONE
        assert len(library.catalog.documents()) == 3


def test_who_does_not_own_the_library_cannot_write(pipeline: Pipeline, library: Library, folder: Path) -> None:
    beside = Library.open(library.data, dimension=384)
    other = make_pipeline(beside)
    calls: tuple[Callable[[], object], ...] = (
        lambda: other.ingest([folder]),
        other.reindex,
        lambda: other.delete("aprons.md"),
        Worker(other, beside).start,
    )
    try:
        for call in calls:
            with pytest.raises(LibraryLocked):
                call()
    finally:
        other.close()
        beside.close()
