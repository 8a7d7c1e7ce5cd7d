"""Works off the queue of jobs in the catalog."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ingest.edits import edit
from ingest.outcome import paused, result_of
from ingest.pipeline import Pipeline, silent
from ingest.probe import ProbeWhenIdle, probe_due
from ingest.report import FileStatus, IngestReport, Progress, Stage
from ingest.uploads import remove_untaken
from ingest.watch import FolderWatch
from rag.core.errors import KitabuError, StoreUnavailable
from rag.store.jobs import Job, JobState
from rag.store.library import Library

log = logging.getLogger(__name__)

INGEST: Final = "ingest"
"""Payload {"paths": [absolute paths], "sync": bool}, and from the watch of folders "leave": [absolute paths that are
still being written]; result: the report. That of the watch names no unchanged file."""
DELETE: Final = "delete"
"""Payload {"document": name, id or path}; result: the receipt, see `rag.store.erasure`."""
REINDEX: Final = "reindex"
"""Payload {"embedder": its name as in the settings, or "" for the one in the settings}; result: the report, with
{"embedder", "switched": bool, "figures": see `rag.evaluation.beside`}. It gives way to all other work."""
FORGET: Final = "forget"
"""Payload {}: remove the set of chunks and vectors beside the one that is searched; result {"forgotten": bool}."""
REBUILD: Final = "rebuild"
"""Payload {}: make both indexes again from the catalog; result {}."""
EDIT: Final = "edit"
"""Payload {"document": name, id or path, "said": see `ingest.edits.edit`}; result {"document_id"}."""
UNWATCH: Final = "unwatch"
"""Payload {"folder": absolute path, "documents": bool: take its documents out, too}; result {"folder", "documents"}."""
PROBE: Final = "probe"
"""Payload {}: measure how far the embedder is to be trusted in each language, see `ingest.probe`; result {"languages":
those measured}. Without a job it is done when there is nothing else to do."""
PAUSABLE: Final = frozenset({INGEST, REINDEX, PROBE})
"""They can be stopped and paused while they run; the others are short."""

Reindexing = Callable[
    [Mapping[str, Any], Callable[[Progress], None], Callable[[], bool]], tuple[IngestReport, Mapping[str, Any]]
]
"""Does a job of the kind `REINDEX`, given its payload, whom to tell of progress, and what to ask whether to stop."""

_IDLE_SECONDS: Final = 0.3
_RETRY_SECONDS: Final = 5.0
_OVERWRITE_SECONDS: Final = 30.0
"""After what is left of deleted documents could not be overwritten, until it is tried again."""
_PROGRESS_SECONDS: Final = 0.25
"""Between two writes of progress: each is a transaction."""
_ENDING: Final = "cannot schedule new futures"
"""What Python says, in words only, to a thread that has work to give away while the program ends."""


class Worker:
    """Works off jobs one after the other, in the process that owns the library."""

    def __init__(self, pipeline: Pipeline, library: Library, reindex: Reindexing | None = None) -> None:
        """`reindex` does the jobs of that kind; None has the pipeline do them with its own embedder."""
        self._pipeline = pipeline
        self._reindex = reindex or self._reindexed
        self._library = library
        self._stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._interrupted = False
        self._overwrite_at = 0.0
        self._measure = ProbeWhenIdle(library.catalog)
        self._thread: threading.Thread | None = None
        self._watch = FolderWatch(library, self._sync, own=pipeline.own)
        self._own: int | None = None
        self._on_progress: Callable[[Progress], None] = silent

    def start(self) -> None:
        """Work in the background until `stop`, and keep the watched folders in step meanwhile.

        Jobs that a crash interrupted are taken up again.

        Raises:
            LibraryLocked: another process owns the library.
        """
        self._library.require_owner()
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._loop, name="ingest", daemon=True)
            self._thread.start()
            self._watch.start()

    def stop(self) -> None:
        """End after the batch in hand. A job that is not done goes on after the next start."""
        self._stopping.set()
        self._watch.stop()
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
            if self._library.filling and all(job.kind != REBUILD for job in self._library.jobs.recent(open_only=True)):
                self._library.jobs.enqueue(REBUILD, {})
            while (
                not self._stopping.is_set()
                and (job := self._library.jobs.claim(pausable=PAUSABLE, last=REINDEX)) is not None
            ):
                # Whatever ends this with an exception leaves a job marked as running that nobody works on.
                self._interrupted = True
                self._work(job)
                self._interrupted = False
                done += 1
            return done

    def run(
        self, kind: str, payload: Mapping[str, object], *, on_progress: Callable[[Progress], None] = silent
    ) -> Mapping[str, Any]:
        """Do a job on this thread, after those that wait already. It is in the queue like any other meanwhile.

        Args:
            kind: one of this module's kinds.
            payload: as the kind wants it.
            on_progress: called with the progress of whatever is being worked off.

        Returns:
            The job's result.

        Raises:
            LibraryLocked: another process owns the library, or somebody paused the job or the queue.
        Stopped: somebody stopped the job before it began.
            KitabuError: what the job failed with.
        """
        self._library.require_owner()
        jobs = self._library.jobs
        job_id = jobs.enqueue(kind, payload)
        self._own, self._on_progress = job_id, on_progress
        try:
            self.run_pending()
        except BaseException:
            jobs.cancel(job_id)  # interrupted, or failed here: it must not be done behind the person's back later
            raise
        finally:
            self._own, self._on_progress = None, silent
        job = jobs.get(job_id)
        if not job.state.over:
            raise paused(job)
        return result_of(job)

    def _sync(self, folders: Sequence[str], leave: Sequence[str]) -> None:
        self._library.jobs.enqueue(INGEST, {"paths": list(folders), "sync": True, "leave": list(leave)})

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_pending()
                self._overwrite_deleted()
                self._measure(self._pipeline.embedder, self._idle)
            except KitabuError:
                log.exception("the queue cannot be worked off")
                self._stopping.wait(_RETRY_SECONDS)
            except RuntimeError as error:
                if _ENDING not in str(error):
                    raise
                return  # what is in hand goes on after the next start
            self._stopping.wait(_IDLE_SECONDS)

    def _overwrite_deleted(self) -> None:
        """Do what could not be done at once after a deletion, while there is nothing else to do."""
        if time.monotonic() < self._overwrite_at:
            return
        try:
            left = bool(self._library.erase(most=None, go_on=self._idle))
        except StoreUnavailable as error:
            log.warning("what is left of deleted documents in files was not overwritten: %s", error.message)
            left = True
        if left:
            self._overwrite_at = time.monotonic() + _OVERWRITE_SECONDS

    def _idle(self) -> bool:
        """Whether there is time for what can wait; paused work holds nothing up."""
        jobs = self._library.jobs
        held = PAUSABLE if jobs.queue_paused() else ()
        waiting = (job for job in jobs.recent(open_only=True) if job.state is not JobState.PAUSED)
        return not self._stopping.is_set() and all(job.kind in held for job in waiting)

    def _work(self, job: Job) -> None:
        jobs = self._library.jobs
        left = threading.Event()
        try:
            result = self._result(job, left)
        except KitabuError as error:
            jobs.fail(job.id, error.code, error.message, error.hint)
        except Exception as error:  # worker boundary: a fault in one job must not end the worker and all jobs after it
            if isinstance(error, RuntimeError) and _ENDING in str(error):
                raise
            if job.id != self._own:
                log.exception("job %d failed", job.id)
            message = f"Something went wrong inside Kitabu ({type(error).__name__}: {error})."
            jobs.fail(job.id, KitabuError.code, message, "Please report this.")
            if job.id == self._own:
                raise
        else:
            if left.is_set() and not jobs.cancelled(job.id):  # not done, perhaps: paused, or this worker is to end
                jobs.keep(job.id, result)
                jobs.put_back(job.id)
            else:
                jobs.finish(job.id, result)
                if jobs.cancelled(job.id):
                    remove_untaken(self._library.data, self._library.catalog, job)

    def _result(self, job: Job, left: threading.Event) -> Mapping[str, object]:
        """Do the job; `left` is set when it was asked to stop before it was done."""
        payload = job.payload
        if job.kind == INGEST:
            # What the watch asks for is not asked of a folder that has ceased to be watched since.
            wanted = self._library.catalog.folders() if "leave" in payload else payload["paths"]
            paths = [Path(path) for path in payload["paths"] if path in wanted]
            report = self._pipeline.ingest(
                paths,
                sync=bool(payload["sync"]),
                leave=payload.get("leave", ()),
                on_progress=self._progress(job),
                stop=self._stop(job, left),
            )
            result = _joined(job.result, report).to_json()
            if "leave" in payload:
                # Many of these are made, and each would name thousands of files that nothing happened to.
                files = [file for file in result["files"] if file["status"] != FileStatus.UNCHANGED]
                result["files"] = files
            return result
        if job.kind == REINDEX:
            report, told = self._reindex(payload, self._progress(job), self._stop(job, left))
            return {**_joined(job.result, report).to_json(), **told}
        if job.kind == PROBE:
            stop = self._stop(job, left)
            catalog, embedder = self._library.catalog, self._pipeline.embedder
            done = probe_due(catalog, embedder, lambda: not stop(), anew=True)
            return {"languages": done or []}
        if job.kind == FORGET:
            return {"forgotten": self._library.beside.forget()}
        if job.kind == DELETE:
            return self._pipeline.delete(str(payload["document"])).to_json()
        if job.kind == EDIT:
            return {"document_id": edit(self._library, str(payload["document"]), payload["said"]).id}
        if job.kind == REBUILD:
            self._rebuild(self._progress(job), self._stop(job, left))
            return {}
        if job.kind == UNWATCH:
            gone = self._pipeline.unwatch(str(payload["folder"]), documents=bool(payload["documents"]))
            return {"folder": payload["folder"], "documents": gone}
        raise KitabuError(f"The job '{job.kind}' is not known to this version of Kitabu.", "Update Kitabu.")

    def _rebuild(self, on_progress: Callable[[Progress], None], stop: Callable[[], bool]) -> None:
        """Build both indexes anew, or go on with the vector index that is not whole yet."""
        library = self._library
        if not library.filling:
            library.rebuild()
            return
        began, total = time.monotonic(), library.catalog.chunk_count(library.dimension)

        def tell(done: int) -> None:
            seconds = time.monotonic() - began
            left = seconds * max(0, total - done) / done
            on_progress(Progress(0, 0, 0, done, "", Stage.INDEXING, seconds, left, done / seconds))

        library.fill(lambda: not stop(), tell)

    def _reindexed(
        self, payload: Mapping[str, Any], on_progress: Callable[[Progress], None], stop: Callable[[], bool]
    ) -> tuple[IngestReport, Mapping[str, Any]]:
        del payload
        return self._pipeline.reindex(on_progress=on_progress, stop=stop), {}

    def _stop(self, job: Job, left: threading.Event) -> Callable[[], bool]:
        jobs = self._library.jobs

        def stop() -> bool:
            gives_way = job.kind == REINDEX and jobs.others_wait(job.id, PAUSABLE)
            if self._stopping.is_set() or gives_way or not jobs.going_on(job.id):
                left.set()
            return left.is_set()

        return stop

    def _progress(self, job: Job) -> Callable[[Progress], None]:
        written_at = 0.0

        def write(progress: Progress) -> None:
            nonlocal written_at
            self._on_progress(progress)
            now = time.monotonic()
            if progress.stage is Stage.DONE or now - written_at >= _PROGRESS_SECONDS:
                written_at = now
                self._library.jobs.progress(job.id, progress.to_json())

        return write


def _joined(earlier: Mapping[str, Any], report: IngestReport) -> IngestReport:
    """The report of a job that was interrupted, with what it had done before then."""
    if not earlier:
        return report
    before = IngestReport.from_json(earlier)
    done = {file.path: file for file in before.files if file.status is not FileStatus.UNCHANGED}
    files = []
    for file in report.files:
        known = done.pop(file.path, None)
        again = known is not None and (file.status is FileStatus.UNCHANGED or file.status is known.status)
        files.append(known if known is not None and again else file)
    files += [file for file in done.values() if file.status is not FileStatus.FAILED]
    return IngestReport(tuple(files), before.seconds + report.seconds, report.skipped)
