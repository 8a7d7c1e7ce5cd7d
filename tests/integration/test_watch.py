"""Watched folders: what changes in them comes into the library by itself."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline
from ingest.watch import FolderWatch, difference, folder_states, paths_waiting
from ingest.worker import INGEST, Worker
from rag.core.errors import StoreError
from rag.store.library import Library
from rag.store.places import Failure

SETTLE = 0.2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "b").mkdir(parents=True)
    (folder / "a.txt").write_text("Aprons are washed every evening.")
    (folder / "b" / "c.txt").write_text("Candles are kept away from curtains.")
    return folder


class Watched:
    """A watch of `library` whose jobs are worked off by whoever calls `work`."""

    def __init__(self, library: Library, pipeline: Pipeline, *, look: float = 600) -> None:
        self.library = library
        self.worker = Worker(pipeline, library)
        self.asked: list[tuple[list[str], list[str]]] = []
        self.watch = FolderWatch(library, self._submit, settle=SETTLE, look=look)

    def _submit(self, folders: object, leave: object) -> None:
        assert isinstance(folders, list)
        assert isinstance(leave, list)
        self.library.jobs.enqueue(INGEST, {"paths": folders, "sync": True, "leave": leave})
        self.asked.append((folders, leave))

    def names(self) -> set[str]:
        """The names under which documents lie, work that waits done first."""
        self.worker.run_pending()
        catalog = self.library.catalog
        return {Path(place.path).name for one in catalog.documents() for place in catalog.places(one.id)}


@pytest.fixture
def watched(library: Library, pipeline: Pipeline, folder: Path) -> Iterator[Watched]:
    pipeline.ingest([folder], sync=True)
    watched = Watched(library, pipeline)
    yield watched
    watched.watch.stop()


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_changes_while_the_program_was_off_are_taken_in_at_the_start(watched: Watched, folder: Path) -> None:
    (folder / "new.txt").write_text("Needles are counted.")
    (folder / "a.txt").unlink()
    watched.watch.start()
    wait_for(lambda: watched.names() == {"c.txt", "new.txt"})
    assert watched.asked == [([str(folder)], [])]


def test_new_changed_moved_and_deleted_files_are_followed(watched: Watched, folder: Path) -> None:
    watched.watch.start()
    time.sleep(1)  # the first look finds nothing; from now on it is the system's notices that wake it
    assert watched.asked == []
    before = watched.library.catalog.find("c.txt")
    (folder / "b").rename(folder / "z")
    wait_for(lambda: len(watched.asked) == 1)
    wait_for(lambda: watched.names() == {"a.txt", "c.txt"})
    assert [place.path for place in watched.library.catalog.places(before.id)] == [str(folder / "z" / "c.txt")]
    (folder / "z" / "new.txt").write_text("Needles are counted.")
    wait_for(lambda: watched.names() == {"a.txt", "c.txt", "new.txt"})
    (folder / "a.txt").write_text("Aprons are bought.")
    wait_for(lambda: bool(watched.names()) and watched.library.keywords.search("bought", "en", 5) != [])
    (folder / "a.txt").unlink()
    wait_for(lambda: watched.names() == {"c.txt", "new.txt"})


def test_a_file_that_is_being_written_is_left_alone_until_it_settles(watched: Watched, folder: Path) -> None:
    watched.watch.start()
    growing, ready = folder / "growing.txt", folder / "ready.txt"
    ready.write_text("Ropes are dry.")
    with growing.open("w") as file:
        for _ in range(12):
            file.write("One more line of it.\n")
            file.flush()
            time.sleep(0.1)
            assert "growing.txt" not in watched.names()
    assert watched.names() == {"a.txt", "c.txt", "ready.txt"}, "others do not wait for it"
    assert ([str(folder)], [str(growing)]) in watched.asked
    wait_for(lambda: "growing.txt" in watched.names())


def test_what_changes_nothing_asks_for_nothing(watched: Watched, folder: Path, library: Library) -> None:
    bad = folder / "bad.txt"
    bad.write_bytes(b"SQLite format 3\0".ljust(108, b"\0"))
    watched.watch.start()
    wait_for(lambda: bool(watched.asked))
    watched.names()
    (folder / ".hidden.txt").write_text("Hidden.")
    (folder / "photo.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4)
    (folder / "a.txt").read_text()
    time.sleep(3 * SETTLE + 0.5)
    assert len(watched.asked) == 1, "a failure is set aside; hidden files and films are no documents"
    assert difference(library, [str(folder)], older=600) == {}


def test_a_job_that_was_stopped_is_not_asked_for_at_once_again(watched: Watched, folder: Path) -> None:
    (folder / "new.txt").write_text("Needles are counted.")
    watched.watch.start()
    wait_for(lambda: bool(watched.asked))
    (job,) = watched.library.jobs.recent(1)
    watched.library.jobs.cancel(job.id)
    time.sleep(3 * SETTLE + 0.5)
    assert len(watched.asked) == 1


def test_a_drive_that_goes_and_comes_back(watched: Watched, folder: Path, tmp_path: Path) -> None:
    watched.watch.start()
    time.sleep(0.5)
    folder.rename(tmp_path / "unplugged")
    catalog = watched.library.catalog
    wait_for(lambda: folder_states(catalog)[0].state == "missing")
    time.sleep(3 * SETTLE)  # it has been noticed
    assert watched.names() == {"a.txt", "c.txt"}, "nothing is removed"
    (tmp_path / "unplugged" / "new.txt").write_text("Needles are counted.")
    (tmp_path / "unplugged").rename(folder)
    wait_for(lambda: watched.names() == {"a.txt", "c.txt", "new.txt"})
    (folder / "later.txt").write_text("Lamps are lit at six.")
    wait_for(lambda: "later.txt" in watched.names())
    assert folder_states(catalog)[0].state == "in_step"


def test_a_slow_look_finds_what_nobody_tells(library: Library, pipeline: Pipeline, folder: Path) -> None:
    """A file that another program had locked: that it may be opened again is no change of the folder."""
    pipeline.ingest([folder], sync=True)
    note_locked(library, folder)
    watched = Watched(library, pipeline, look=1.0)
    watched.watch.start()
    try:
        time.sleep(0.5)
        assert watched.asked == []
        wait_for(lambda: "locked.txt" in watched.names())
    finally:
        watched.watch.stop()


def note_locked(library: Library, folder: Path) -> Path:
    """A file that could not be opened just now."""
    path = folder / "locked.txt"
    path.write_text("Locks are oiled.")
    now = path.stat()
    noted = Failure(str(path), now.st_size, now.st_mtime_ns, "unreadable", "It cannot be opened.", "", time.time())
    library.catalog.put_failure(noted)
    return path


def test_folders_that_come_to_be_watched_later_are_looked_after(
    watched: Watched, pipeline: Pipeline, tmp_path: Path
) -> None:
    watched.watch.start()
    other = tmp_path / "other"
    other.mkdir()
    (other / "e.txt").write_text("Eggs are counted.")
    pipeline.ingest([other], sync=True)
    time.sleep(3 * SETTLE)
    (other / "f.txt").write_text("Forks are counted.")
    wait_for(lambda: "f.txt" in watched.names())
    pipeline.unwatch(str(other), documents=False)
    time.sleep(3 * SETTLE)
    (other / "g.txt").write_text("Glasses are counted.")
    time.sleep(3 * SETTLE + 0.5)
    assert "g.txt" not in watched.names()


def test_a_move_between_watched_folders_is_one_job(
    watched: Watched, pipeline: Pipeline, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    pipeline.ingest([other], sync=True)
    before = watched.library.catalog.find("a.txt")
    watched.watch.start()
    time.sleep(1)
    (folder / "a.txt").rename(other / "apron.txt")
    wait_for(lambda: watched.names() == {"apron.txt", "c.txt"})
    assert watched.library.catalog.document(before.id).added_at == before.added_at


def test_stopping_takes_less_than_a_second_and_closing_is_survived(
    watched: Watched, folder: Path, library: Library
) -> None:
    watched.watch.start()
    time.sleep(0.5)
    began = time.monotonic()
    watched.watch.stop()
    assert time.monotonic() - began < 1.0
    watched.watch.start()
    library.close()
    (folder / "new.txt").write_text("Needles are counted.")
    time.sleep(0.5)
    began = time.monotonic()
    watched.watch.stop()
    assert time.monotonic() - began < 1.1
    with pytest.raises(StoreError):
        library.catalog.folders()


def test_a_worker_keeps_folders_in_step(library: Library, pipeline: Pipeline, folder: Path) -> None:
    pipeline.ingest([folder], sync=True)
    worker = Worker(pipeline, library)
    worker.start()
    try:
        (folder / "new.txt").write_text("Needles are counted.")
        wait_for(lambda: len(library.catalog.documents()) == 3, seconds=20)
        wait_for(lambda: not library.jobs.recent(open_only=True))
        (job,) = library.jobs.recent()
        assert job.result["counts"]["unchanged"] == 2
        assert [Path(file["path"]).name for file in job.result["files"]] == ["new.txt"], "unchanged ones go unnamed"
    finally:
        worker.stop()


def test_states_of_folders(library: Library, pipeline: Pipeline, folder: Path, tmp_path: Path) -> None:
    (folder / "bad.txt").write_bytes(b"SQLite format 3\0".ljust(108, b"\0"))
    pipeline.ingest([folder], sync=True)
    (state,) = folder_states(library.catalog)
    assert (state.path, state.state, state.files, state.failures) == (str(folder), "in_step", 2, 1)
    assert time.time() - state.synced_at < 60
    job = library.jobs.enqueue(INGEST, {"paths": [str(folder)], "sync": True})
    assert folder_states(library.catalog, paths_waiting(library.jobs))[0].state == "waiting"
    library.jobs.cancel(job)
    folder.rename(tmp_path / "unplugged")
    assert folder_states(library.catalog)[0].state == "missing"
    folder.mkdir()
    assert folder_states(library.catalog)[0].state == "other"
    assert difference(library, [str(folder)], older=600) == {}, "nothing counts as vanished"
    shutil.rmtree(folder)
    (tmp_path / "unplugged").rename(folder)
    assert folder_states(library.catalog)[0].state == "in_step"


def test_a_file_that_was_locked_is_tried_again_when_it_opens(
    library: Library, pipeline: Pipeline, folder: Path
) -> None:
    pipeline.ingest([folder], sync=True)
    path = note_locked(library, folder)
    assert difference(library, [str(folder)], older=600) == {}, "not at every look"
    assert difference(library, [str(folder)], older=0).keys() == {str(path)}
    if os.geteuid() != 0:
        path.chmod(0)
        assert difference(library, [str(folder)], older=0) == {}


def test_a_folder_that_is_followed_no_more_is_not_read_again_by_what_the_watch_asked_before(
    watched: Watched, folder: Path
) -> None:
    (folder / "new.txt").write_text("Needles are counted.")
    watched.library.jobs.enqueue(INGEST, {"paths": [str(folder)], "sync": True, "leave": []})
    watched.library.catalog.remove_folder(str(folder))
    assert watched.names() == {"a.txt", "c.txt"}
    assert watched.library.catalog.folders() == []
