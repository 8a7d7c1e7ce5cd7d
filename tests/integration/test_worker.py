"""The queue of jobs: worked off by the owner, filled by any process."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.worker import DELETE, INGEST, REBUILD, REINDEX, Worker, submit_and_wait
from rag.core.errors import LibraryLocked
from rag.store.jobs import JobState
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

ROOT = Path(__file__).resolve().parents[2]


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
from ingest.worker import submit_and_wait
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
