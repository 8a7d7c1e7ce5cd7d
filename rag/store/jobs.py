"""The queue of work in the catalog: any process puts jobs in, the library's owner works them off."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from rag.core.errors import DocumentNotFound
from rag.store import rows

if TYPE_CHECKING:
    from rag.store.catalog import Catalog


KEPT: Final = 50
"""Jobs that are over and stay to be looked at: each holds a report as long as its list of files."""


class JobState(StrEnum):
    """Where a job is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    """Put by until somebody lets it go on; what was finished is kept."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work. `payload`, `progress` and `result` are JSON objects; the error's words are empty without one."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    state: JobState
    progress: Mapping[str, Any]
    result: Mapping[str, Any]
    code: str
    message: str
    hint: str
    created_at: float
    updated_at: float


_OPEN: Final = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
_QUEUE_PAUSED: Final = "SELECT 1 FROM meta WHERE key = 'queue_paused' AND value"
_COLUMNS: Final = "id, kind, payload, state, progress, result, code, message, hint, created_at, updated_at"


class Jobs:
    """The queue. Each call is one short transaction, so that processes do not wait for each other."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def enqueue(self, kind: str, payload: Mapping[str, object]) -> int:
        """Put a job in; returns its id. `payload` must be JSON. Jobs that are over go, beyond the newest `KEPT`."""
        now = time.time()
        with self._database.writing() as connection:
            added = connection.execute(
                "INSERT INTO jobs (kind, payload, state, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
                (kind, rows.dump(payload), JobState.QUEUED, now, now),
            )
            connection.execute(
                """DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state NOT IN (?, ?, ?)
                                                 ORDER BY id DESC LIMIT -1 OFFSET ?)""",
                (*_OPEN, KEPT),
            )
            return int(added.lastrowid or 0)

    def claim(self, *, pausable: Collection[str] = (), last: str = "") -> Job | None:
        """Take the oldest waiting job, now running, or None. No two callers get the same one.

        Args:
            pausable: the kinds that wait while the queue is paused. Others are short and go on.
            last: a kind that comes after all others, however long it has waited.
        """
        marks = ", ".join("?" * len(pausable))
        waiting = f"state = 'queued' AND NOT (kind IN ({marks}) AND EXISTS ({_QUEUE_PAUSED}))"
        if not self._all(f"SELECT 1 FROM jobs WHERE {waiting} LIMIT 1", tuple(pausable)):
            return None
        with self._database.writing() as connection:
            row = connection.execute(
                f"""UPDATE jobs SET state = 'running', updated_at = ?
                    WHERE id = (SELECT id FROM jobs WHERE {waiting} ORDER BY kind = ?, id LIMIT 1)
                    RETURNING {_COLUMNS}""",
                (time.time(), *pausable, last),
            ).fetchone()
        return _job(row) if row else None

    def progress(self, job_id: int, payload: Mapping[str, object]) -> None:
        """Say how far a running job is."""
        self._update("progress = ?", (rows.dump(payload),), job_id, (JobState.RUNNING,))

    def finish(self, job_id: int, result: Mapping[str, object]) -> None:
        """A job that was running is over: done, or cancelled when that was asked for."""
        change = "result = ?, state = CASE WHEN cancel THEN 'cancelled' ELSE 'done' END"
        self._update(change, (rows.dump(result),), job_id, _OPEN)

    def keep(self, job_id: int, result: Mapping[str, object]) -> None:
        """What a job has done so far that was interrupted and may go on."""
        self._update("result = ?", (rows.dump(result),), job_id, _OPEN)

    def fail(self, job_id: int, code: str, message: str, hint: str) -> None:
        """A job could not be done; the words are those of the error."""
        words = (JobState.FAILED, code, rows.storable(message), rows.storable(hint))
        change = "state = ?, code = ?, message = ?, hint = ?"
        self._update(change, words, job_id, _OPEN)

    def cancel(self, job_id: int) -> None:
        """Ask that a job be stopped: one that waits is cancelled at once, a running one when its worker looks."""
        self._update("cancel = 1", (), job_id, (JobState.RUNNING,))
        self._update("cancel = 1, state = ?", (JobState.CANCELLED,), job_id, (JobState.QUEUED, JobState.PAUSED))

    def pause(self, job_id: int) -> None:
        """Put a job by. The worker leaves a running one after the batch in hand; what is finished is kept."""
        self._update("state = ?", (JobState.PAUSED,), job_id, (JobState.QUEUED, JobState.RUNNING))

    def resume(self, job_id: int) -> None:
        """Put a paused job back into the queue, at its old place; it goes on where it stopped."""
        self._update("state = ?", (JobState.QUEUED,), job_id, (JobState.PAUSED,))

    def pause_queue(self) -> None:
        """Let nothing long run until `resume_queue`: a running job goes back to wait after the batch in hand."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('queue_paused', 1)")

    def resume_queue(self) -> None:
        """Let the queue run again, and with it every job that was paused."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM meta WHERE key = 'queue_paused'")
            connection.execute(
                "UPDATE jobs SET state = 'queued', updated_at = ? WHERE state = 'paused'", (time.time(),)
            )

    def queue_paused(self) -> bool:
        """Whether somebody paused the whole queue."""
        return bool(self._all(_QUEUE_PAUSED, ()))

    def put_back(self, job_id: int) -> None:
        """A running job that its worker left has to wait again."""
        self._update("state = ?", (JobState.QUEUED,), job_id, (JobState.RUNNING,))

    def going_on(self, job_id: int) -> bool:
        """Whether a running job is still wanted: neither stopped nor paused, and the queue is not paused."""
        sql = f"SELECT 1 FROM jobs WHERE id = ? AND state = 'running' AND NOT cancel AND NOT EXISTS ({_QUEUE_PAUSED})"
        return bool(self._all(sql, (job_id,)))

    def others_wait(self, job_id: int, pausable: Collection[str] = ()) -> bool:
        """Whether a job of another kind could be worked off now; the kinds `pausable` not while the queue is paused."""
        marks = ", ".join("?" * len(pausable))
        sql = f"""SELECT 1 FROM jobs WHERE state = 'queued' AND kind <> (SELECT kind FROM jobs WHERE id = ?)
                  AND NOT (kind IN ({marks}) AND EXISTS ({_QUEUE_PAUSED})) LIMIT 1"""
        return bool(self._all(sql, (job_id, *pausable)))

    def ahead_of(self, job_id: int) -> list[Job]:
        """The jobs that run or wait before this one, in the order they are worked off."""
        sql = f"""SELECT {_COLUMNS} FROM jobs WHERE state = 'running' OR (state = 'queued' AND id < ?)
                  ORDER BY state = 'queued', id"""
        return [job for job in map(_job, self._all(sql, (job_id,))) if job.id != job_id]

    def cancelled(self, job_id: int) -> bool:
        """Whether somebody asked that the job be stopped."""
        return bool(self._all("SELECT 1 FROM jobs WHERE id = ? AND cancel", (job_id,)))

    def get(self, job_id: int) -> Job:
        """The job.

        Raises:
            DocumentNotFound: there is none of that id.
        """
        found = self._all(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (job_id,))
        if not found:
            raise DocumentNotFound(f"There is no job {job_id}.", "It may have been of another data folder.")
        return _job(found[0])

    def recent(self, limit: int = 50, *, open_only: bool = False) -> list[Job]:
        """The newest jobs first.

        Args:
            limit: how many at most.
            open_only: only those that wait, run or are paused, without what they have done so far. Cheap enough for
                every rerun of a page: no report is looked at.
        """
        if open_only:
            columns = _COLUMNS.replace("result", "'{}'")
            sql = f"SELECT {columns} FROM jobs WHERE state IN (?, ?, ?) ORDER BY id DESC LIMIT ?"
            return [_job(row) for row in self._all(sql, (*_OPEN, limit))]
        return [_job(row) for row in self._all(f"SELECT {_COLUMNS} FROM jobs ORDER BY id DESC LIMIT ?", (limit,))]

    def requeue_interrupted(self) -> int:
        """Put back jobs that a worker left running when it died; for the owner's start. Returns how many."""
        with self._database.writing() as connection:
            return connection.execute(
                """UPDATE jobs SET state = CASE WHEN cancel THEN 'cancelled' ELSE 'queued' END, updated_at = ?
                   WHERE state = 'running'""",
                (time.time(),),
            ).rowcount

    def _update(self, change: str, values: tuple[object, ...], job_id: int, states: tuple[JobState, ...]) -> None:
        marks = ", ".join("?" * len(states))
        with self._database.writing() as connection:
            connection.execute(
                f"UPDATE jobs SET {change}, updated_at = ? WHERE id = ? AND state IN ({marks})",
                (*values, time.time(), job_id, *states),
            )

    def _all(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        with self._database.reading() as connection:
            return connection.execute(sql, parameters).fetchall()


def _job(row: Sequence[Any]) -> Job:
    job_id, kind, payload, state, progress, result, *rest = row
    return Job(job_id, kind, json.loads(payload), JobState(state), json.loads(progress), json.loads(result), *rest)
