"""Works off the queue of jobs in the catalog, and waits for jobs that another process works off."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ingest.pipeline import Pipeline, silent
from ingest.report import Progress, Stage
from rag.core.errors import KitabuError, LibraryLocked
from rag.store.jobs import Job, JobState
from rag.store.library import Library

log = logging.getLogger(__name__)

INGEST: Final = "ingest"
"""Payload {"paths": [absolute paths], "sync": bool}; result: the report."""
DELETE: Final = "delete"
"""Payload {"document": name, id or path}; result {"document_id", "name", "warnings"}."""
REINDEX: Final = "reindex"
"""Payload {}; result: the report."""
REBUILD: Final = "rebuild"
"""Payload {}: make both indexes again from the catalog; result {}."""
_STOPPABLE: Final = frozenset({INGEST, REINDEX})

_IDLE_SECONDS: Final = 0.3
_RETRY_SECONDS: Final = 5.0
_PROGRESS_SECONDS: Final = 0.25
"""Between two writes of progress: each is a transaction."""
START_SECONDS: Final = 30.0
"""An owner with a worker takes up a job within a second when it has nothing else to do."""
_OWNER_SECONDS: Final = 1.0
"""Between two looks whether the owner is still there."""


class Worker:
    """Works off jobs one after the other, in the process that owns the library."""

    def __init__(self, pipeline: Pipeline, library: Library) -> None:
        self._pipeline = pipeline
        self._library = library
        self._stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._interrupted = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in the background until `stop`. Jobs that a crash interrupted are taken up again.

        Raises:
            LibraryLocked: another process owns the library.
        """
        self._library.require_owner()
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._loop, name="ingest", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End after the batch in hand. A job that is not done goes on after the next start."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def run_pending(self) -> int:
        """Work off what is in the queue, on this thread; returns how many jobs were.

        Raises:
            LibraryLocked: another process owns the library.
            StoreUnavailable: the queue cannot be read or written.
        """
        self._library.require_owner()
        with self._one_at_a_time:
            done = 0
            if self._interrupted:  # since the library was opened, which puts back what an earlier process left
                self._library.jobs.requeue_interrupted()
                self._interrupted = False
            while not self._stopping.is_set() and (job := self._library.jobs.claim()) is not None:
                # Whatever ends this with an exception leaves a job marked as running that nobody works on.
                self._interrupted = True
                self._work(job)
                self._interrupted = self._stopping.is_set()
                done += 1
            return done

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_pending()
            except KitabuError:
                log.exception("the queue cannot be worked off")
                self._stopping.wait(_RETRY_SECONDS)
            self._stopping.wait(_IDLE_SECONDS)

    def _work(self, job: Job) -> None:
        jobs = self._library.jobs
        try:
            result = self._result(job)
        except KitabuError as error:
            jobs.fail(job.id, error.code, error.message, error.hint)
        except Exception as error:  # worker boundary: a fault in one job must not end the worker and all jobs after it
            log.exception("job %d failed", job.id)
            message = f"Something went wrong inside Kitabu ({type(error).__name__}: {error})."
            jobs.fail(job.id, KitabuError.code, message, "Please report this.")
        else:
            stopped = job.kind in _STOPPABLE and self._stopping.is_set() and not jobs.cancelled(job.id)
            if stopped:
                return  # not done, perhaps: it stays marked as running and is put back at the next start
            jobs.finish(job.id, result)

    def _result(self, job: Job) -> Mapping[str, object]:
        payload = job.payload
        if job.kind == INGEST:
            paths = [Path(path) for path in payload["paths"]]
            report = self._pipeline.ingest(
                paths, sync=bool(payload["sync"]), on_progress=self._progress(job), stop=self._stop(job)
            )
            return report.to_json()
        if job.kind == REINDEX:
            return self._pipeline.reindex(on_progress=self._progress(job), stop=self._stop(job)).to_json()
        if job.kind == DELETE:
            document = self._pipeline.delete(str(payload["document"]))
            return {"document_id": document.id, "name": document.name, "warnings": list(document.warnings)}
        if job.kind == REBUILD:
            self._library.rebuild()
            return {}
        raise KitabuError(f"The job '{job.kind}' is not known to this version of Kitabu.", "Update Kitabu.")

    def _stop(self, job: Job) -> Callable[[], bool]:
        return lambda: self._stopping.is_set() or self._library.jobs.cancelled(job.id)

    def _progress(self, job: Job) -> Callable[[Progress], None]:
        written_at = 0.0

        def write(progress: Progress) -> None:
            nonlocal written_at
            now = time.monotonic()
            if progress.stage is Stage.DONE or now - written_at >= _PROGRESS_SECONDS:
                written_at = now
                self._library.jobs.progress(job.id, progress.to_json())

        return write


def submit_and_wait(
    library: Library,
    kind: str,
    payload: Mapping[str, object],
    *,
    on_progress: Callable[[Progress], None] = silent,
    timeout: float | None = None,
    start: float = START_SECONDS,
) -> Mapping[str, Any]:
    """Have the process that owns the library do a job, and wait for its result.

    Args:
        library: opened without owning it.
        kind: one of this module's kinds.
        payload: as the kind wants it; paths absolute, since the owner stands in another folder.
        on_progress: called when the job moved on.
        timeout: seconds to wait; None waits as long as the owner lives and works.
        start: seconds that the job may wait while the owner works on nothing.

    Returns:
        The job's result.

    Raises:
        LibraryLocked: the owner went away before the job was done or takes up no work (the job is taken back), or it
            took longer than `timeout` (it stays in the queue).
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
                    "It stays in the queue and will be done; see `kitabu status`.",
                )
            if now - looked_at > _OWNER_SECONDS:
                looked_at = now
                if not library.owner_alive():
                    jobs.cancel(job_id)
                    raise LibraryLocked(
                        "The process that owned the library ended before this was done.", "Run the command again."
                    )
                if any(other.state is JobState.RUNNING for other in jobs.recent(open_only=True)):
                    busy_at = now
                elif now - busy_at > start:
                    jobs.cancel(job_id)
                    raise LibraryLocked(
                        f"The process that has the library in {library.data} open does not take up any work.",
                        "Close that program, then run the command again.",
                    )
            time.sleep(_IDLE_SECONDS)
    except KeyboardInterrupt:
        jobs.cancel(job_id)
        raise
    if job.state is JobState.FAILED:
        raise _error(job)
    return job.result


def _error(job: Job) -> KitabuError:
    for kind in _kinds(KitabuError):
        if kind.code == job.code:
            return kind(job.message, job.hint)
    return KitabuError(job.message, job.hint)


def _kinds(root: type[KitabuError]) -> Iterator[type[KitabuError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)
