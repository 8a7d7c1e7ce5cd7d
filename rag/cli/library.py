"""`kitabu ingest` and `delete`: what changes the library, by this process or by the one that owns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ingest import worker
from ingest.report import FileStatus, IngestReport, Progress
from ingest.waiting import submit_and_wait
from rag.build import Kitabu, open_kitabu
from rag.cli.console import Console, duration
from rag.cli.failures import DONE, PARTLY_FAILED
from rag.cli.naming import identified
from rag.cli.wording import counted, progress_words, show_file, show_progress
from rag.core.config import Settings
from rag.core.errors import LibraryLocked
from rag.evaluation.beside import compare_beside
from rag.store.erasure import keep
from rag.store.jobs import Job

ATTEMPTS: Final = 3
"""An owner that only answered a question leaves before it takes a job; then this process gets the library."""


def ingest(settings: Settings, paths: Sequence[Path], sync: bool, console: Console) -> int:
    """Read `paths` into the library; status 1 when a file failed."""
    given = [path.absolute() for path in paths]

    payload = {"paths": [str(path) for path in given], "sync": sync}

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return kitabu.worker.run(worker.INGEST, payload, on_progress=progress_shown(console))

    return report(change(settings, here, worker.INGEST, payload, console), console)


def delete(settings: Settings, document: str, console: Console) -> int:
    """Take a document out of the library."""
    meant = identified(settings, document)

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        # Nobody comes after this process to write the keyword index's files anew.
        receipt = kitabu.pipeline.delete(meant, most=None)
        keep(kitabu.library, receipt)
        return receipt.to_json()

    gone = change(settings, here, worker.DELETE, {"document": meant}, console)
    console.result(gone)
    console.line(f"{gone['name']} is no longer in the library.")
    for line in _receipt(gone):
        console.line(f"  {line}")
    for warning in gone["warnings"]:
        console.line(f"  {warning}")
    return DONE


def _receipt(gone: Mapping[str, Any]) -> Iterator[str]:
    """What was removed and what was checked, in words."""
    yield f"Removed: {gone['vectors']} vectors, {gone['postings']} passages of the keyword index, and in the catalog:"
    yield "  " + ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in gone["rows"].items())
    if gone["answers"]:
        yield f"Kept answers that quoted it: {gone['answers']}; they do so no more."
    for path in gone["files_removed"]:
        yield f"Its file {path} was removed."
    for check in gone["checks"]:
        yield f"Checked: {check['what']}." if check["clean"] else f"NOT SO: {check['what']}."
    yield from gone["left"]
    yield f"This took {duration(gone['seconds'])}."


def change(
    settings: Settings,
    here: Callable[[Kitabu], Mapping[str, Any]],
    kind: str,
    payload: Mapping[str, object],
    console: Console,
    *,
    replacing: bool = False,
) -> Mapping[str, Any]:
    """Do the work in this process if it gets the library, else have the owner do it; `replacing` as `open_kitabu`."""
    console.passing("Starting")
    for attempt in range(ATTEMPTS):
        with open_kitabu(settings, replacing=replacing) as kitabu:
            kitabu.compare = compare_beside
            try:
                if kitabu.library.owner:
                    result = here(kitabu)
                    # Others may have asked this process, seeing that it owns the library.
                    kitabu.worker.run_pending()
                else:
                    console.note("The library is open in another process, which does the work.")
                    result = submit_and_wait(
                        kitabu.library,
                        kind,
                        payload,
                        on_progress=progress_shown(console),
                        on_waiting=queue_place(console),
                    )
            except LibraryLocked:
                if attempt + 1 == ATTEMPTS or kitabu.library.owner_alive():
                    raise
            else:
                console.end()
                return result
    raise AssertionError("the last attempt returns or raises")


def progress_shown(console: Console) -> Callable[[Progress], None]:
    """Tells progress on the line that passes."""
    return partial(show_progress, console)


def queue_place(console: Console) -> Callable[[Sequence[Job]], None]:
    """Tells, on the line that passes, what comes before a job that waits."""

    def show(ahead: Sequence[Job]) -> None:
        first = ahead[0]
        far = f": {progress_words(first.progress)}" if first.progress else ""
        jobs = "another job" if len(ahead) == 1 else f"{len(ahead)} other jobs"
        console.passing(f"Waiting for {jobs}, first job {first.id}{far}")

    return show


def report(
    result: Mapping[str, Any],
    console: Console,
    more: Mapping[str, Any] = MappingProxyType({}),
    nothing: str = "No files found",
) -> int:
    """Show what a run did; status 1 when a file failed. `more` goes into the JSON beside it, `nothing` is said where no
    file was touched."""
    done = IngestReport.from_json(result)
    console.result({**done.to_json(), **more})
    for file in done.files:
        if file.status is not FileStatus.UNCHANGED:
            show_file(file, console)
    if done.skipped:
        kinds = ", ".join(f"{count} {ending}" for ending, count in done.skipped.items())
        console.line(f"passed over, not documents: {kinds}")
    console.line(f"{counted(done.counts) or nothing} ({duration(done.seconds)})")
    return PARTLY_FAILED if done.failed else DONE
