"""`kitabu watch` and `kitabu folders`: folders that are kept in step with the library."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from ingest import worker
from ingest.report import FileResult, FileStatus
from ingest.waiting import submit_and_wait
from ingest.watch import FolderState, folder_states, paths_waiting
from rag.build import Kitabu, open_kitabu
from rag.cli.console import Console, moment
from rag.cli.failures import DONE, WrongUse
from rag.cli.library import change, queue_place, report
from rag.cli.wording import show_file, show_progress
from rag.core.config import Settings
from rag.core.errors import KitabuError
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.jobs import Jobs, JobState
from rag.store.ownership import in_use

POLL_SECONDS: Final = 0.5
OWNER_WAIT: Final = 2.0
"""Seconds to wait for a process that only asked a question."""
STATES: Final = {
    "in_step": "in step",
    "waiting": "waits for its sync",
    "missing": "not there: connect its disk or drive; nothing is removed",
    "other": "another folder or disk is there; nothing is removed",
}


def watch(settings: Settings, folders: Sequence[Path], console: Console) -> int:
    """Take folders in and keep them in step, with those watched already, until Ctrl-C.

    Raises:
        WrongUse: one is not a folder, or none is given and none is watched.
        KitabuError: the first sync could not be done.
    """
    for folder in folders:
        if not folder.is_dir():
            raise WrongUse(f"{folder} is not a folder.", "Give a folder that is there.")
    given = [os.path.realpath(folder) for folder in folders]
    try:
        while True:
            with open_kitabu(settings, wait=OWNER_WAIT) as kitabu:
                _stay(kitabu, given, console)
            given = []
    except KeyboardInterrupt:
        console.end()
        console.note("Stopped. The folders are kept in step again by the app or `kitabu watch`; see `kitabu folders`.")
        return DONE


def _stay(kitabu: Kitabu, given: Sequence[str], console: Console) -> None:
    """Sync the folders given, then tell what becomes of changes; ends when the process that does the work does."""
    library = kitabu.library
    if library.owner:
        kitabu.worker.start()
    else:
        console.note("The library is open in another process, which does the work.")
    if given:
        payload = {"paths": list(given), "sync": True}
        console.passing("Looking at the files")
        result = submit_and_wait(
            library, worker.INGEST, payload,
            on_progress=partial(show_progress, console), on_waiting=queue_place(console),
        )  # fmt: skip
        console.end()
        report(result, console)
    watched = library.catalog.folders()
    if not watched:
        raise WrongUse("No folder is watched.", "Name one: kitabu watch FOLDER")
    for folder in watched:
        console.note(f"Watching {folder}")
    console.note("Ctrl+C stops it.")
    told = max((job.id for job in library.jobs.recent(1)), default=0)
    while library.owner or library.owner_alive():
        told = _tell(library.jobs, told, console)
        time.sleep(POLL_SECONDS)


def _tell(jobs: Jobs, told: int, console: Console) -> int:
    """Show what syncs after job `told` have done; the last one shown."""
    for job in sorted(jobs.recent(), key=lambda job: job.id):
        if job.id <= told or "leave" not in job.payload:
            continue
        if not job.state.over:
            break
        told = job.id
        for file in map(FileResult.from_json, job.result.get("files", ())):
            if file.status is not FileStatus.UNCHANGED:
                show_file(file, console)
        if job.state is JobState.FAILED:
            console.note(f"{job.message} {job.hint}".rstrip())
    return told


def folders(settings: Settings, console: Console) -> int:
    """List the watched folders."""
    path = settings.data / FILE_NAME
    states: list[FolderState] = []
    working = False
    if path.is_file():
        with closing(Catalog.open(path, read_only=True)) as catalog:
            states = folder_states(catalog, paths_waiting(Jobs(catalog)))
        working = in_use(settings.data)
    console.result({"folders": [asdict(state) for state in states], "in_use": working})
    if not states:
        console.line("No folder is watched. Watch one: kitabu watch FOLDER")
        return DONE
    rows = [("folder", "files", "failed", "last sync", "state")]
    for one in states:
        synced = moment(one.synced_at) if one.synced_at else "never"
        rows.append((one.path, str(one.files), str(one.failures), synced, STATES[one.state]))
    console.table(rows, right=(1, 2))
    if not working:
        console.line("They are kept in step while the app or `kitabu watch` runs.")
    return DONE


def remove(settings: Settings, folder: Path, documents: bool, console: Console) -> int:
    """Stop watching a folder; its documents stay unless they are to go, too.

    Raises:
        DocumentNotFound: it is not watched.
    """
    path = os.path.realpath(folder)

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return {"folder": path, "documents": kitabu.pipeline.unwatch(path, documents=documents)}

    if not (settings.data / FILE_NAME).is_file():
        raise KitabuError(f"There is no library in {settings.data}.", "Nothing is watched.")
    gone = change(settings, here, worker.UNWATCH, {"folder": path, "documents": documents}, console)
    console.result(gone)
    console.line(f"{path} is not watched any more.")
    stays = "Its documents stay in the library." if not documents else f"{gone['documents']} documents were taken out."
    console.line(stays)
    return DONE
