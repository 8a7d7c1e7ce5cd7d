"""`kitabu jobs`, `watch` and `folders`: the queue seen and steered, folders kept in step, from any process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ingest.uploads import save_upload
from ingest.worker import DELETE, INGEST
from rag.build import open_kitabu
from rag.core.config import load_settings
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.jobs import Jobs
from tests.cli.conftest import Kitabu
from tests.cli.test_commands import cancel_first
from tests.cli.test_processes import OWNER, start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "rota.txt").write_text("The generator is tested on Thursdays.")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_an_empty_queue_and_no_library(kitabu: Kitabu, data: Path) -> None:
    said = kitabu("jobs", "--data", str(data), "--json")
    assert (said.status, said.json) == (0, {"queue_paused": False, "jobs": []})
    assert not data.exists(), "looking at a library does not make one"
    missing = kitabu("jobs", "pause", "3", "--data", str(data))
    assert missing.status == 2
    assert "no job 3" in missing.err
    assert kitabu("folders", "--data", str(data), "--json").json["folders"] == []
    assert kitabu("jobs", "stop", "--data", str(data)).status == 2


def test_what_was_done_is_listed(kitabu: Kitabu, data: Path, folder: Path) -> None:
    kitabu("ingest", str(folder), "--data", str(data))
    with closing(Catalog.open(data / FILE_NAME)) as catalog:
        jobs = Jobs(catalog)
        (document,) = catalog.documents()
        failed = jobs.enqueue(DELETE, {"document": "none.txt"})
        jobs.claim()
        jobs.fail(failed, "document_not_found", "No document 'none.txt'.", "See `kitabu list`.")
        waiting = jobs.enqueue(DELETE, {"document": document.id})
    said = kitabu("jobs", "--data", str(data), "--json")
    first, second, third = said.json["jobs"]
    assert (first["id"], first["state"], first["work"], first["about"]) == (waiting, "queued", "delete", "rota.txt")
    assert (second["state"], second["error"]["hint"]) == ("failed", "See `kitabu list`.")
    assert (third["state"], third["work"], third["about"]) == ("done", "add", str(folder))
    assert third["counts"]["indexed"] == 1
    shown = kitabu("jobs", "--data", str(data)).out
    assert "waiting  delete" in shown
    assert "1 added" in shown
    assert f"job {failed}: No document 'none.txt'. See `kitabu list`." in shown
    assert "No process has the library open" in shown


def test_jobs_are_steered_by_number(kitabu: Kitabu, data: Path, folder: Path) -> None:
    kitabu("status", "--data", str(data))
    data.mkdir()
    with closing(Catalog.open(data / FILE_NAME)) as catalog:
        job = str(Jobs(catalog).enqueue(INGEST, {"paths": [str(folder), "/b", "/c"], "sync": True}))

    def state(action: str) -> str:
        said = kitabu("jobs", action, job, "--data", str(data), "--json")
        assert said.status == 0
        assert said.json["about"] == f"{folder} and 2 more"
        return str(said.json["state"])

    assert [state(action) for action in ("pause", "resume", "pause", "stop")] == [
        "paused",
        "queued",
        "paused",
        "cancelled",
    ]
    assert "was over already: stopped" in kitabu("jobs", "resume", job, "--data", str(data)).out
    assert kitabu("jobs", "pause", "--data", str(data), "--json").json == {"queue_paused": True}
    assert "The queue is paused" in kitabu("jobs", "--data", str(data)).out
    refused = kitabu("ingest", str(folder), "--data", str(data), "--json")
    assert (refused.status, refused.json["error"]["code"]) == (5, "library_locked")
    assert "kitabu jobs resume" in refused.json["error"]["hint"]
    assert kitabu("jobs", "resume", "--data", str(data), "--json").json == {"queue_paused": False}
    assert kitabu("ingest", str(folder), "--data", str(data), "--json").json["counts"]["unchanged"] == 1


def test_an_upload_whose_job_is_stopped_while_it_waits_is_removed(kitabu: Kitabu, data: Path) -> None:
    data.mkdir()
    with closing(Catalog.open(data / FILE_NAME)) as catalog:
        wanted, stopped = (save_upload(data, name, name.encode()) for name in ("rota.txt", "salaries.txt"))
        Jobs(catalog).enqueue(INGEST, {"paths": [str(wanted)], "sync": False})
        both = Jobs(catalog).enqueue(INGEST, {"paths": [str(wanted), str(stopped)], "sync": False})
    assert kitabu("jobs", "stop", str(both), "--data", str(data)).status == 0
    assert (wanted.exists(), stopped.exists()) == (True, False), "another job is still to read the first"


def test_folders_are_listed_and_let_go(kitabu: Kitabu, data: Path, folder: Path) -> None:
    kitabu("ingest", "--sync", str(folder), "--data", str(data))
    (one,) = kitabu("folders", "--data", str(data), "--json").json["folders"]
    assert (one["path"], one["state"], one["files"], one["failures"]) == (str(folder), "in_step", 1, 0)
    assert "in step" in kitabu("folders", "--data", str(data)).out
    assert kitabu("folders", "remove", "--data", str(data)).status == 2
    wrong = kitabu("folders", "remove", str(folder / "none"), "--data", str(data))
    assert (wrong.status, "not a watched folder" in wrong.err) == (2, True)
    gone = kitabu("folders", "remove", str(folder), "--documents", "--data", str(data), "--json")
    assert gone.json == {"folder": str(folder), "documents": 1}
    assert kitabu("list", "--data", str(data), "--json").json["documents"] == []
    assert kitabu("folders", "--data", str(data), "--json").json["folders"] == []


def test_watch_refuses_what_is_no_folder(kitabu: Kitabu, data: Path, folder: Path) -> None:
    assert kitabu("watch", str(folder / "rota.txt"), "--data", str(data)).status == 2
    assert "No folder is watched" in kitabu("watch", "--data", str(data)).err


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes started here heed Ctrl-C, also when the tests run in the background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that a test which fails does not wait for."""
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_watch_works_beside_an_owner_and_takes_over(kitabu: Kitabu, data: Path, folder: Path) -> None:
    with ended(start("-c", OWNER, str(data), "working")) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with ended(start("-m", "rag", "watch", str(folder), "--data", str(data))) as watch:
            assert watch.stdout is not None
            assert watch.stderr is not None
            assert "another process" in watch.stderr.readline()
            assert watch.stdout.readline().startswith(f"added: {folder / 'rota.txt'}")
            assert watch.stdout.readline().startswith("1 added")
            assert watch.stderr.readline() == f"Watching {folder}\n"
            owner.communicate("")
            (folder / "lamps.txt").write_text("Lamps are lit at six.")
            assert watch.stdout.readline().startswith(f"added: {folder / 'lamps.txt'}")
            added = kitabu("ingest", str(folder / "rota.txt"), "--data", str(data), "--json")
            assert added.json["counts"]["unchanged"] == 1, "others have their work done meanwhile"
            watch.send_signal(signal.SIGINT)
            _, err = watch.communicate(timeout=30)
    assert watch.returncode == 0
    assert err.splitlines()[-1].startswith("Stopped.")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command",
    [
        ("ingest", "more.md"),
        ("delete", "handbook.md"),
        ("edit", "handbook.md", "--review", "2030-01-01"),
        ("folders", "remove", "documents"),
    ],
)
def test_work_that_is_stopped_while_it_waits_is_said_to_be(
    kitabu: Kitabu, filled: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    data = shutil.copytree(filled, tmp_path / "copy")
    (tmp_path / "more.md").write_text("# More\n\nA tap costs 4 shillings.\n")
    with open_kitabu(load_settings(data=data)) as owner, ThreadPoolExecutor(1) as other:
        asked = other.submit(cancel_first, owner.library.jobs)
        result = kitabu(*command, "--data", str(data), "--json")
        asked.result()
    assert (result.status, result.json["error"]["code"]) == (10, "stopped")
    assert "before it began" in result.err
    assert len(kitabu("list", "--data", str(data), "--json").json["documents"]) == 2
