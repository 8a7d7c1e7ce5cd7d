"""Files held against the catalog without opening them: which are as they were, which have to be looked into."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from ingest.aside import SetAside
from ingest.report import FileResult, FileStatus
from ingest.sync import FoundFile, is_within
from rag.store.places import Failure, Place, TakenIn

OLD_STAYS: Final = "The version read earlier stays in the library."


@dataclass(slots=True)
class Comparison:
    """What is known of the files of a run before one of them is opened."""

    results: dict[str, FileResult | None]
    """Of each file by path, in the order of the files; None where it has to be looked into."""
    todo: list[FoundFile] = field(default_factory=list)
    """The files that have to be looked into."""
    changed: set[str] = field(default_factory=set)
    """Paths of the files that are in the library with other bytes, as far as can be told."""
    gone: dict[str, TakenIn] = field(default_factory=dict)
    """By path what is in the library and not among the files."""
    astray: list[Place] = field(default_factory=list)
    """Where unchanged files lie whose folder has come to be watched since they were read."""
    pages: int = 0
    """Of the unchanged files together."""
    chunks: int = 0

    @property
    def here(self) -> Iterator[str]:
        """Paths of the files that are in the library, the unchanged ones first."""
        return chain((path for path, result in self.results.items() if result and result.document_id), self.changed)


def compare(
    files: Sequence[FoundFile],
    taken_in: Iterable[TakenIn],
    failures: Mapping[str, Failure],
    aside: SetAside,
    watched: Sequence[str],
) -> Comparison:
    """Hold files against what the catalog knows of them.

    Of ten thousand files as a rule all are unchanged: all that is done for such a one stands in one loop, and nothing
    is kept of it but its result.

    Args:
        files: as they were found.
        taken_in: what the catalog knows to lie at their paths, and perhaps elsewhere.
        failures: those that are noted, by path.
        aside: tells which files that failed are set aside.
        watched: the watched folders, inner ones before those that they lie in.
    """
    by_path = {file.path: file for file in files}
    results: dict[str, FileResult | None] = dict.fromkeys(by_path)
    done = Comparison(results)
    # Whatever lies in one of these belongs to it: no other watched folder lies in it.
    innermost = {
        folder: f"{folder.rstrip(os.sep)}{os.sep}"
        for folder in watched
        if not any(is_within(other, folder) for other in watched)
    }
    for known in taken_in:
        path, document_id, size, mtime_ns, folder, pages, chunks, warnings = known
        file = by_path.get(path)
        if file is None:
            done.gone[path] = known
        elif file[1] != size or file[2] != mtime_ns:
            done.changed.add(path)
        else:
            # Without its report card: the catalog has it.
            results[path] = FileResult(path, FileStatus.UNCHANGED, document_id, pages, chunks, warnings)
            done.pages += pages
            done.chunks += chunks
            inside = innermost.get(folder)
            if not (inside and path.startswith(inside)) and folder != (now := folder_of(path, watched)):
                done.astray.append(Place(path, document_id, size, mtime_ns, now))
    for path in [path for path, result in results.items() if result is None]:
        file = by_path[path]
        results[path] = aside.result(file, failures.get(path), warnings=(OLD_STAYS,) * (path in done.changed))
        if results[path] is None:
            done.todo.append(file)
    return done


def folder_of(path: str, watched: Iterable[str]) -> str:
    """The innermost watched folder that a path lies in, or ""; `watched` as for `compare`."""
    return next((folder for folder in watched if is_within(path, folder)), "")
