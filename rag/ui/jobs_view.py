"""Work as it is read: what runs and waits, how far it is, and what came of what is over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from ingest import worker
from ingest.report import FileResult, FileStatus, Progress, Stage
from rag.store.jobs import Job, JobState
from rag.ui import strings
from rag.ui.markup import text
from rag.ui.receipt_view import receipt_html

FAILED_FILES: Final = 20
"""Failed files that one finished job names."""
_ID: Final = re.compile("[0-9a-f]{64}")


def title(job: Job, names: Mapping[str, str]) -> str:
    """What a job does, in words: "Adding scan.pdf and 2 more".

    Args:
        job: any.
        names: of documents by id.
    """
    if job.kind == worker.INGEST:
        paths = [str(path) for path in job.payload.get("paths", ())]
        first = PurePath(paths[0]).name if paths else ""
        return strings.adding(len(paths), first, bool(job.payload.get("sync")))
    named = str(job.payload.get("document", "") or job.payload.get("folder", ""))
    # An id means nothing to anybody: its document is gone.
    unknown = "" if _ID.fullmatch(named) else PurePath(named).name
    return strings.working_on(job.kind, str(job.result.get("name", "")) or names.get(named, "") or unknown)


def open_html(job: Job, names: Mapping[str, str], *, stopping: bool) -> str:
    """A job that waits, runs or is paused: a bar, files, pages, the pace and the time left."""
    progress = Progress.from_json(job.progress) if job.progress else None
    paused = job.state is JobState.PAUSED
    state = ""
    if stopping:
        state = strings.STOPPING
    elif paused:
        state = strings.PAUSED
    elif job.state is JobState.QUEUED:
        state = strings.WAITING
    elif progress is not None and progress.stage is Stage.LOOKING:
        state = strings.LOOKING
    at_work = job.state is JobState.RUNNING and not stopping
    parts = [state, *(_facts(progress, at_work) if progress is not None else ())]
    said = " · ".join(part for part in parts if part)
    line = f'<p class="line"><strong dir="auto">{text(title(job, names))}</strong></p>'
    line += f'<p class="muted line">{text(said)}</p>' if said else ""
    if job.kind not in worker.PAUSABLE:
        return f'<div class="job">{line}</div>'
    total = progress.files_total if progress is not None else 0
    value = f' value="{_done(progress):.3f}" max="{total}"' if progress is not None and total else ""
    if not value and not at_work:
        value = ' value="0" max="1"'
    bar = f'<progress aria-label="{text(title(job, names))}"{value}></progress>'
    current = ""
    if at_work and progress is not None and progress.current:
        words = strings.in_hand(PurePath(progress.current).name, progress.page, progress.pages)
        current = f'<p class="muted line" dir="auto">{text(words)}</p>'
    return f'<div class="job">{line}{bar}{current}</div>'


def _facts(progress: Progress, at_work: bool) -> list[str]:
    facts = []
    if progress.files_total:
        facts.append(strings.progress(progress.files_done, progress.files_total))
    if progress.pages_done:
        facts.append(strings.pages_count(progress.pages_done))
    if at_work:
        facts.append(strings.rate(progress.rate))
        if progress.seconds_left is not None and progress.stage is not Stage.DONE:
            facts.append(strings.time_left(progress.seconds_left))
    return facts


def _done(progress: Progress | None) -> float:
    """Files done, the one in hand counted by its pages, so that the bar moves while one long scan is read."""
    if progress is None:
        return 0.0
    part = progress.page / progress.pages if progress.pages > 1 else 0.0
    return min(progress.files_total, progress.files_done + min(part, 0.99))


def recent_html(jobs: Sequence[Job], names: Mapping[str, str], *, now: float) -> str:
    """Jobs that are over, newest first; each unfolds to what came of it."""
    if not jobs:
        return f'<p class="muted">{text(strings.NO_RECENT_WORK)}</p>'
    return f'<ul class="recent">{"".join(_over(job, names, now) for job in jobs)}</ul>'


def _over(job: Job, names: Mapping[str, str], now: float) -> str:
    state = strings.JOB_STATES.get(job.state.value, job.state.value)
    counts = job.result.get("counts")
    words = strings.outcome(counts) if counts else state
    if counts and job.state is not JobState.DONE:
        words = f"{state}: {words}" if any(counts.values()) else state
    said = f"{words} · {strings.moment(job.updated_at, now)}"
    head = f'<span dir="auto">{text(title(job, names))}</span> <span class="muted">{text(said)}</span>'
    inner = _details(job)
    if not inner:
        return f"<li>{head}</li>"
    return f"<li><details><summary>{head}</summary>{inner}</details></li>"


def _details(job: Job) -> str:
    if job.message:
        return f'<p class="line" dir="auto">{text(f"{job.message} {job.hint}".rstrip())}</p>'
    if job.kind == worker.DELETE and job.result:
        return receipt_html(job.result)
    failed = [file for file in job.result.get("files", ()) if file["status"] == FileStatus.FAILED]
    items = "".join(_failed(file) for file in failed[:FAILED_FILES])
    more = len(failed) - FAILED_FILES
    rest = f'<li class="muted">{text(strings.more_files(more))}</li>' if more > 0 else ""
    return f"<ul>{items}{rest}</ul>" if items else ""


def _failed(value: Mapping[str, Any]) -> str:
    file = FileResult.from_json(value)
    reason = f"{file.error.message} {file.error.hint}".rstrip() if file.error else ""
    return (
        f"<li><strong><bdi>{text(PurePath(file.path).name)}</bdi></strong> "
        f'<span class="reason" dir="auto">{text(reason)}</span></li>'
    )
