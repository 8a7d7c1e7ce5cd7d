"""Has the process that owns the library do a job, and waits for its result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ingest.outcome import paused, result_of
from ingest.pipeline import silent
from ingest.report import Progress
from ingest.worker import PAUSABLE
from rag.core.errors import LibraryLocked
from rag.store.jobs import Job, JobState
from rag.store.library import Library

_LOOK_SECONDS: Final = 0.3
START_SECONDS: Final = 30.0
"""An owner with a worker takes up a job within a second when it has nothing else to do."""
_OWNER_SECONDS: Final = 1.0
"""Between two looks whether the owner is still there."""


def _waits_quietly(ahead: Sequence[Job]) -> None:
    """The `on_waiting` of a job whose place in the queue nobody watches."""
    del ahead


def submit_and_wait(
    library: Library,
    kind: str,
    payload: Mapping[str, object],
    *,
    on_progress: Callable[[Progress], None] = silent,
    on_waiting: Callable[[Sequence[Job]], None] = _waits_quietly,
    timeout: float | None = None,
    start: float = START_SECONDS,
) -> Mapping[str, Any]:
    """Have the process that owns the library do a job, and wait for its result.

    Args:
        library: opened without owning it.
        kind: one of those of `ingest.worker`.
        payload: as the kind wants it; paths absolute, since the owner stands in another folder.
        on_progress: called when the job moved on.
        on_waiting: called every second with the jobs that come first, while there are any.
        timeout: seconds to wait; None waits as long as the owner lives and works.
        start: seconds that the job may wait while the owner works on nothing.

    Returns:
        The job's result.

    Raises:
        LibraryLocked: the owner went away before the job was done or takes up no work (the job is taken back); it took
            longer than `timeout`, or somebody paused it or the queue (it stays in the queue).
        Stopped: somebody stopped the job before it began.
        KitabuError: what the job failed with, of the class it had there.
    """
    jobs = library.jobs
    job_id = jobs.enqueue(kind, payload)
    deadline = None if timeout is None else time.monotonic() + timeout
    looked_at = busy_at = time.monotonic()
    shown: Mapping[str, Any] = {}
    try:
        while True:
            job = jobs.get(job_id)
            if job.progress and job.progress != shown:
                shown = job.progress
                on_progress(Progress.from_json(shown))
            if job.state.over:
                break
            now = time.monotonic()
            if deadline is not None and now > deadline:
                raise LibraryLocked(
                    f"The process that owns the library has not done this in {timeout:.0f} seconds.",
                    "It stays in the queue and will be done; see `kitabu jobs`.",
                )
            if job.state is JobState.PAUSED:
                raise paused(job)
            if now - looked_at > _OWNER_SECONDS:
                looked_at = now
                if not library.owner_alive():
                    jobs.cancel(job_id)
                    raise LibraryLocked(
                        "The process that owned the library ended before this was done.", "Run the command again."
                    )
                ahead = jobs.ahead_of(job_id) if job.state is JobState.QUEUED else []
                if ahead:
                    on_waiting(ahead)
                if job.state is JobState.QUEUED and kind in PAUSABLE and jobs.queue_paused():
                    raise paused(job)
                if job.state is JobState.RUNNING or any(other.state is JobState.RUNNING for other in ahead):
                    busy_at = now
                elif now - busy_at > start:
                    jobs.cancel(job_id)
                    raise LibraryLocked(
                        f"The process that has the library in {library.data} open does not take up any work.",
                        "Close that program, then run the command again.",
                    )
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        jobs.cancel(job_id)
        raise
    return result_of(job)
