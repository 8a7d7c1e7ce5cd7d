"""The words for what happens to files and how far work is, shared by the commands that tell it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ingest.report import FileResult, FileStatus, Progress, Stage
from rag.cli.console import Console, duration

WORDS: Final = {
    FileStatus.INDEXED: "added",
    FileStatus.UNCHANGED: "there already",
    FileStatus.REPLACED: "replaced",
    FileStatus.REMOVED: "taken out",
    FileStatus.FAILED: "failed",
}


def counted(counts: Mapping[str, int]) -> str:
    """Files by what became of them: "3 added, 1 failed"; "" when there were none."""
    return ", ".join(f"{count} {WORDS[FileStatus(status)]}" for status, count in counts.items() if count)


def progress_words(value: Mapping[str, Any]) -> str:
    """How far a run is, from `Progress.to_json`: files, pages, passages, how fast and how long still."""
    progress = Progress.from_json(value)
    if progress.stage is Stage.LOOKING:
        return "looking at the files"
    parts = [f"{progress.files_done} of {progress.files_total} files"]
    if progress.pages > 1:
        parts.append(f"page {progress.page} of {progress.pages}")
    if progress.chunks_done:
        parts.append(f"{progress.pages_done:,} pages, {progress.chunks_done:,} passages")
    if progress.rate:
        parts.append(f"{progress.rate:.0f} a second")
    if progress.seconds_left is not None and progress.stage is not Stage.DONE:
        parts.append(f"about {duration(progress.seconds_left)} left")
    return ", ".join(parts)


def show_file(file: FileResult, console: Console) -> None:
    """What became of a file, with its error and warnings."""
    size = f" ({_many(file.pages, 'page')}, {_many(file.chunks, 'passage')})" if file.chunks else ""
    console.line(f"{WORDS[file.status]}: {file.path}{size}")
    if file.error:
        console.line(f"  {file.error.message} {file.error.hint}".rstrip())
    for warning in file.warnings:
        console.line(f"  {warning}")


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def show_progress(console: Console, progress: Progress) -> None:
    """How far a run is, on the line that passes."""
    if progress.stage in (Stage.LOOKING, Stage.DONE):
        console.passing("Looking at the files")
    else:
        console.passing(f"{progress_words(progress.to_json())}  {Path(progress.current).name}")
