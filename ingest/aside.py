"""Files that failed and are set aside: they are not read again until they, or the readers, have changed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from ingest.readers import SUFFIXES
from ingest.report import FileError, FileResult, FileStatus
from ingest.sync import FoundFile, is_within
from ingest.uploads import FOLDER as UPLOADS
from rag.core.errors import Crashed, Damaged, NoText, Unreadable, UnsupportedFormat
from rag.store.catalog import Catalog
from rag.store.places import Failure

CRASHES: Final = 2
"""A reader may be ended by something else than its file (memory ran out on the machine): it gets a second try."""
SET_ASIDE: Final = "Set aside: it failed before and has not changed since."
_MAY_PASS: Final = frozenset({UnsupportedFormat.code, NoText.code, Damaged.code, Crashed.code})
"""What other readers may come to read: a new version, or text recognition that has been installed since."""


def is_photo(path: str, code: str) -> bool:
    """Whether a file that failed is a picture without text: a photo among documents, and nothing to be mended."""
    return code == NoText.code and SUFFIXES.get(Path(path).suffix.lower(), "").startswith("image/")


def failures_told(catalog: Catalog) -> list[Failure]:
    """The noted failures that a person should see, the newest first: photos that lie in a folder are left out."""
    uploads = os.path.realpath(catalog.database.path.parent / UPLOADS)
    return [
        failure
        for failure in catalog.failures()
        if is_within(failure.path, uploads) or not is_photo(failure.path, failure.code)
    ]


class SetAside:
    """Tells which files of one run are set aside.

    Args:
        mark: what the readers are now; asked for when the first failure comes up.
    """

    def __init__(self, mark: Callable[[], str]) -> None:
        self.mark = cache(mark)

    def result(self, file: FoundFile, failure: Failure | None, *, warnings: tuple[str, ...]) -> FileResult | None:
        """The result of a file that failed before and is not tried again; None when it is to be read.

        A file that was given by its own path is always read again.
        """
        if failure is None or file.named or (failure.size, failure.mtime_ns) != (file.size, file.mtime_ns):
            return None
        # What could not be opened may be open to us now, though the file is the same.
        if failure.code == Unreadable.code or (failure.code == Crashed.code and failure.attempts < CRASHES):
            return None
        if failure.code in _MAY_PASS and failure.reader != self.mark():
            return None
        return FileResult(
            file.path,
            FileStatus.FAILED,
            warnings=(*warnings, f"{SET_ASIDE} To try again: kitabu ingest {shlex.quote(file.path)}"),
            error=FileError(failure.code, failure.message, failure.hint),
        )
