"""What the library's page does with files and folders on this computer, and what it refuses to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ingest.uploads import FOLDER as UPLOADS
from ingest.worker import INGEST
from rag.core.errors import KitabuError
from rag.store.library import Library
from rag.store.places import Failure
from rag.ui import strings
from rag.ui.services import Services


def follow_folder(app: Services, named: str) -> Path:
    """Have a folder read and followed.

    Raises:
        KitabuError: other computers can reach the app, so that anybody in the network could read any file through it;
            or there is no such folder.
    """
    if not app.private:
        raise KitabuError(strings.FOLDERS_ON_LOOPBACK)
    path = Path(named.strip()).expanduser()
    if not path.is_absolute() or not path.is_dir():
        raise KitabuError(f"{strings.labelled(strings.NO_SUCH_FOLDER, str(path))}.", strings.NO_SUCH_FOLDER_HINT)
    app.kitabu.library.jobs.enqueue(INGEST, {"paths": [str(path.resolve())], "sync": True})
    return path


def failure_id(failure: Failure) -> str:
    """What a button names a failure by: a path may hold bytes that cannot be sent, and none is taken from a browser."""
    return hashlib.sha256(os.fsencode(failure.path)).hexdigest()


def dismiss_failure(library: Library, wanted: str) -> str:
    """Forget a file that could not be added; one that was handed in here leaves Kitabu's folder, too.

    Returns:
        The file's name; "" when no failure has that id (any more).

    Raises:
        LibraryLocked: another program owns the library.
    """
    failure = next((one for one in library.catalog.failures() if failure_id(one) == wanted), None)
    if failure is None:
        return ""
    library.catalog.clear_failure(failure.path)
    path = Path(failure.path)
    ours = path.parent == Path(os.path.realpath(library.data)) / UPLOADS
    # An earlier version of the file may be a document of the library still.
    if ours and library.catalog.place(failure.path) is None:
        path.unlink(missing_ok=True)
    return path.name
