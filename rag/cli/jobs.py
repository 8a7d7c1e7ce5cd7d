"""`kitabu jobs`: the queue of work, seen and steered from any process."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ingest import worker
from ingest.uploads import remove_untaken
from rag.cli.console import Console, moment
from rag.cli.failures import DONE, WrongUse
from rag.cli.wording import counted, progress_words
from rag.core.config import Settings
from rag.core.errors import DocumentNotFound
from rag.shapes import job_to_json
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.jobs import Job, Jobs, JobState
from rag.store.ownership import in_use

RECENT: Final = 20
"""Jobs that are shown; those that are open come with any number."""
KINDS: Final = {
    worker.DELETE: "delete",
    worker.REINDEX: "make a new index",
    worker.PROBE: "measure the embedder",
    worker.FORGET: "remove the earlier index",
    worker.REBUILD: "rebuild the indexes",
    worker.UNWATCH: "stop watching",
}
STATES: Final = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "running",
    JobState.PAUSED: "paused",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "stopped",
}
INTERRUPTED: Final = "interrupted"
"""A running job of a process that is gone: it goes on with the next one that opens the library to work."""


def jobs(settings: Settings, action: str, number: int | None, console: Console) -> int:
    """Show the queue, or stop, pause or resume a job (without a number, pause or resume the whole queue).

    Raises:
        WrongUse: a job is to be stopped and none is named.
        DocumentNotFound: there is no such job.
    """
    if action == "stop" and number is None:
        raise WrongUse("Which job is to be stopped?", "See `kitabu jobs`, then: kitabu jobs stop NUMBER")
    path = settings.data / FILE_NAME
    if not path.is_file():
        if number is not None:
            raise DocumentNotFound(f"There is no job {number}.", f"There is no library in {settings.data}.")
        console.result({"queue_paused": False, "jobs": []})
        console.line(f"There is no library in {settings.data}.")
        return DONE
    with closing(Catalog.open(path, read_only=True)) as catalog:
        queue = Jobs(catalog)
        if action == "list":
            _list(catalog, queue, alive=in_use(settings.data), console=console)
        elif number is None:
            _steer_queue(queue, action, console)
        else:
            _steer(settings.data, catalog, queue, queue.get(number), action, console)
    return DONE


def _steer_queue(queue: Jobs, action: str, console: Console) -> None:
    if action == "pause":
        queue.pause_queue()
        console.line("The queue is paused. It goes on with: kitabu jobs resume")
    else:
        queue.resume_queue()
        console.line("The queue goes on.")
    console.result({"queue_paused": queue.queue_paused()})


def _steer(data: Path, catalog: Catalog, queue: Jobs, job: Job, action: str, console: Console) -> None:
    over = job.state.over
    if not over:
        {"stop": queue.cancel, "pause": queue.pause, "resume": queue.resume}[action](job.id)
    job = queue.get(job.id)
    # Of one that runs, its worker removes them when it has left it.
    if not over and job.state is JobState.CANCELLED:
        remove_untaken(data, catalog, job)
    console.result(_value(catalog, job))
    words = f"Job {job.id} ({kind_words(job)})"
    if over:
        console.line(f"{words} was over already: {STATES[job.state]}.")
    elif action == "pause":
        console.line(f"{words} is paused. It goes on with: kitabu jobs resume {job.id}")
    elif action == "resume":
        console.line(f"{words} goes on where it stopped.")
    else:
        console.line(f"{words} is {'stopped' if job.state.over else 'being stopped'}. What was finished is kept.")


def _list(catalog: Catalog, queue: Jobs, *, alive: bool, console: Console) -> None:
    paused = queue.queue_paused()
    found = {job.id: job for job in (*queue.recent(RECENT), *queue.recent(1000, open_only=True))}
    ordered = sorted(found.values(), key=lambda job: (job.state.over, -job.id if job.state.over else job.id))
    console.result({"queue_paused": paused, "jobs": [_value(catalog, job) for job in ordered]})
    if paused:
        console.line("The queue is paused. It goes on with: kitabu jobs resume")
    if not ordered:
        console.line("Nothing waits, nothing ran.")
        return
    rows = [("job", "state", "work", "of", "how far", "when")]
    for job in ordered:
        gone = job.state is JobState.RUNNING and not alive
        state = INTERRUPTED if gone else STATES[job.state]
        rows.append((str(job.id), state, kind_words(job), about(catalog, job), outcome(job), moment(job.updated_at)))
    console.table(rows, right=(0,))
    for job in ordered:
        if job.message:
            console.line(f"job {job.id}: {job.message} {job.hint}".rstrip())
    if not alive and any(not job.state.over for job in ordered):
        console.line("No process has the library open to work this off: start the app, or run `kitabu watch`.")


def kind_words(job: Job) -> str:
    """What a job does, in words."""
    if job.kind == worker.INGEST:
        return "keep in step" if job.payload.get("sync") else "add"
    return KINDS.get(job.kind, job.kind)


def about(catalog: Catalog, job: Job) -> str:
    """What a job is done to: a path and how many more, or a document's name."""
    if job.kind == worker.INGEST:
        paths = [str(path) for path in job.payload.get("paths", ())]
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        return f"{paths[0]}{more}" if paths else ""
    if job.kind == worker.DELETE:
        named = str(job.payload.get("document", ""))
        try:
            return str(job.result.get("name") or catalog.document(named).name)
        except DocumentNotFound:
            return named
    return str(job.payload.get("folder", ""))


def outcome(job: Job) -> str:
    """How far a job is, or what came of it."""
    if job.state.over:
        counts = job.result.get("counts")
        return counted(counts) if counts else ""
    return progress_words(job.progress) if job.progress else ""


def _value(catalog: Catalog, job: Job) -> dict[str, Any]:
    return job_to_json(job, kind_words(job), about(catalog, job))
