"""The queue of work in the catalog: any process puts jobs in, the library's owner works them off."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
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
                """DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state NOT IN (?, ?)
                                                 ORDER BY id DESC LIMIT -1 OFFSET ?)""",
                (JobState.QUEUED, JobState.RUNNING, KEPT),
            )
            return int(added.lastrowid or 0)

    def claim(self) -> Job | None:
        """Take the oldest waiting job, now running, or None. No two callers get the same one."""
        if not self._all("SELECT 1 FROM jobs WHERE state = ? LIMIT 1", (JobState.QUEUED,)):
            return None
        with self._database.writing() as connection:
            row = connection.execute(
                f"""UPDATE jobs SET state = ?, updated_at = ?
                    WHERE id = (SELECT id FROM jobs WHERE state = ? ORDER BY id LIMIT 1) RETURNING {_COLUMNS}""",
                (JobState.RUNNING, time.time(), JobState.QUEUED),
            ).fetchone()
        return _job(row) if row else None

    def progress(self, job_id: int, payload: Mapping[str, object]) -> None:
        """Say how far a running job is."""
        self._update("progress = ?", (rows.dump(payload),), job_id, (JobState.RUNNING,))

    def finish(self, job_id: int, result: Mapping[str, object]) -> None:
        """A running job is over: done, or cancelled when that was asked for."""
        change = "result = ?, state = CASE WHEN cancel THEN 'cancelled' ELSE 'done' END"
        self._update(change, (rows.dump(result),), job_id, (JobState.RUNNING,))

    def fail(self, job_id: int, code: str, message: str, hint: str) -> None:
        """A job could not be done; the words are those of the error."""
        words = (JobState.FAILED, code, rows.storable(message), rows.storable(hint))
        change = "state = ?, code = ?, message = ?, hint = ?"
        self._update(change, words, job_id, (JobState.QUEUED, JobState.RUNNING))

    def cancel(self, job_id: int) -> None:
        """Ask that a job be stopped: a waiting one is cancelled at once, a running one when its worker looks."""
        self._update("cancel = 1", (), job_id, (JobState.RUNNING,))
        self._update("cancel = 1, state = ?", (JobState.CANCELLED,), job_id, (JobState.QUEUED,))

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
            open_only: only those that wait or run. Cheap enough for every rerun of a page: they have no result yet, and
                the reports of those that are over are not looked at.
        """
        if open_only:
            sql = f"SELECT {_COLUMNS} FROM jobs WHERE state IN (?, ?) ORDER BY id DESC LIMIT ?"
            return [_job(row) for row in self._all(sql, (JobState.QUEUED, JobState.RUNNING, limit))]
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
