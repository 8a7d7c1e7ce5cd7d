"""What came of a job of the queue: its result, or the error that it ended with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rag.core.errors import KitabuError, LibraryLocked, Stopped
from rag.store.jobs import Job, JobState


def result_of(job: Job) -> Mapping[str, Any]:
    """The result of a job that is over.

    Raises:
        Stopped: somebody stopped it before it began.
        KitabuError: what it failed with, of the class it had there.
    """
    if job.state is JobState.FAILED:
        raise _error(job)
    if job.state is JobState.CANCELLED and not job.result:
        raise Stopped(f"Somebody stopped this (job {job.id}) before it began.", "Nothing was done.")
    return job.result


def paused(job: Job) -> LibraryLocked:
    """The error for a job that somebody paused, by itself or with the queue."""
    if job.state is JobState.PAUSED:
        return LibraryLocked(
            f"Somebody paused this (job {job.id}). What was finished is kept.",
            f"It goes on with `kitabu jobs resume {job.id}`.",
        )
    return LibraryLocked(
        f"The queue is paused; this waits in it as job {job.id}.", "It goes on with `kitabu jobs resume`."
    )


def _error(job: Job) -> KitabuError:
    for kind in _kinds(KitabuError):
        if kind.code == job.code:
            return kind(job.message, job.hint)
    return KitabuError(job.message, job.hint)


def _kinds(root: type[KitabuError]) -> Iterator[type[KitabuError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)
