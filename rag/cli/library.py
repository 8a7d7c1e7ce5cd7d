"""`kitabu ingest`, `delete` and `reindex`: what changes the library, by this process or by the one that owns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ingest import worker
from ingest.report import FileResult, FileStatus, IngestReport, Progress, Stage
from rag.build import Kitabu, open_kitabu
from rag.cli.console import Console, duration
from rag.cli.failures import DONE, PARTLY_FAILED
from rag.core.config import Settings
from rag.core.errors import LibraryLocked
from rag.shapes import deletion_to_json

ATTEMPTS: Final = 3
"""An owner that only answered a question leaves before it takes a job; then this process gets the library."""
WORDS: Final = {
    FileStatus.INDEXED: "added",
    FileStatus.UNCHANGED: "there already",
    FileStatus.REPLACED: "replaced",
    FileStatus.REMOVED: "taken out",
    FileStatus.FAILED: "failed",
}


def ingest(settings: Settings, paths: Sequence[Path], sync: bool, console: Console) -> int:
    """Read `paths` into the library; status 1 when a file failed."""
    given = [path.absolute() for path in paths]

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return kitabu.pipeline.ingest(given, sync=sync, on_progress=_progress(console)).to_json()

    payload = {"paths": [str(path) for path in given], "sync": sync}
    return _report(_change(settings, here, worker.INGEST, payload, console), console)


def reindex(settings: Settings, console: Console) -> int:
    """Make chunks and vectors anew where the embedder or chunker has changed."""

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return kitabu.pipeline.reindex(on_progress=_progress(console)).to_json()

    return _report(_change(settings, here, worker.REINDEX, {}, console), console)


def delete(settings: Settings, document: str, console: Console) -> int:
    """Take a document out of the library."""

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return deletion_to_json(kitabu.pipeline.delete(document))

    gone = _change(settings, here, worker.DELETE, {"document": document}, console)
    console.result(gone)
    console.line(f"{gone['name']} is no longer in the library.")
    for warning in gone["warnings"]:
        console.line(f"  {warning}")
    return DONE


def _change(
    settings: Settings,
    here: Callable[[Kitabu], Mapping[str, Any]],
    kind: str,
    payload: Mapping[str, object],
    console: Console,
) -> Mapping[str, Any]:
    """Do the work in this process if it gets the library, else have the owner do it."""
    console.passing("Starting")
    for attempt in range(ATTEMPTS):
        with open_kitabu(settings) as kitabu:
            try:
                if kitabu.library.owner:
                    result = here(kitabu)
                    # Others may have asked this process, seeing that it owns the library.
                    kitabu.worker.run_pending()
                else:
                    console.note("The library is open in another process, which does the work.")
                    result = worker.submit_and_wait(kitabu.library, kind, payload, on_progress=_progress(console))
            except LibraryLocked:
                if attempt + 1 == ATTEMPTS or kitabu.library.owner_alive():
                    raise
            else:
                console.end()
                return result
    raise AssertionError("the last attempt returns or raises")


def _progress(console: Console) -> Callable[[Progress], None]:
    def show(progress: Progress) -> None:
        if progress.stage in (Stage.LOOKING, Stage.DONE):
            console.passing("Looking at the files")
            return
        left = "" if progress.seconds_left is None else f", about {duration(progress.seconds_left)} left"
        name = Path(progress.current).name
        console.passing(f"{progress.files_done} of {progress.files_total} files{left}  {name}")

    return show


def _report(result: Mapping[str, Any], console: Console) -> int:
    report = IngestReport.from_json(result)
    console.result(report.to_json())
    for file in report.files:
        if file.status is not FileStatus.UNCHANGED:
            _file(file, console)
    if report.skipped:
        kinds = ", ".join(f"{count} {ending}" for ending, count in report.skipped.items())
        console.line(f"passed over, not documents: {kinds}")
    counts = [f"{count} {WORDS[FileStatus(status)]}" for status, count in report.counts.items() if count]
    console.line(f"{', '.join(counts) or 'No files found'} ({duration(report.seconds)})")
    return PARTLY_FAILED if report.failed else DONE


def _file(file: FileResult, console: Console) -> None:
    size = f" ({file.pages} pages, {file.chunks} passages)" if file.chunks else ""
    console.line(f"{WORDS[file.status]}: {file.path}{size}")
    if file.error:
        console.line(f"  {file.error.message} {file.error.hint}".rstrip())
    for warning in file.warnings:
        console.line(f"  {warning}")
