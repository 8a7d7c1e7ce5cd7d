"""Files handed over in the browser: kept under `data/uploads`, under a safe name, written whole or not at all."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import tempfile
import threading
import time
import unicodedata
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from rag.core.errors import StoreUnavailable
from rag.core.types import Document
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.jobs import Job, Jobs

FOLDER: Final = "uploads"
_UNFINISHED: Final = ".upload-"
_UPLOAD_SECONDS: Final = 3600.0
"""A file that nobody wrote to for so long is not being uploaded any more."""
_one_at_a_time: Final = threading.Lock()
"""Two people may upload files of one name at the same moment."""
_JOBS: Final = 1000
"""Open jobs whose files are looked at."""
_LONGEST: Final = 200
"""Bytes of a name in UTF-8; file systems allow 255, and the temporary name needs room."""
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
"""Not allowed in names on Windows; separators are dealt with before."""
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
"""Device names on Windows, with any ending."""
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION_SIGNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""They can make a name read as another one. Joiners, which are also unseen, belong to words in Persian and Hindi."""


def save_upload(data: Path, name: str, content: bytes) -> Path:
    """Write an uploaded file under `data/uploads`.

    A file of the same name there is replaced, as an earlier version of the same document, once it has been read (or
    could not be). Until then it keeps its name, and the new one gets a number: "name (2).pdf". The same bytes under
    the same name stay one file.

    Args:
        data: the library's folder.
        name: as the browser gives it; nothing in it is trusted.
        content: the file's bytes.

    Returns:
        The file's path, absolute and resolved.

    Raises:
        StoreUnavailable: it cannot be written (disk full, no permission); nothing is left behind.
    """
    folder = Path(os.path.realpath(data)) / FOLDER
    path = folder / safe_name(name)
    temporary: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, created = tempfile.mkstemp(prefix=_UNFINISHED, dir=folder)
        temporary = Path(created)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with _one_at_a_time:
            path = _free_path(path, hashlib.sha256(content).hexdigest())
            temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StoreUnavailable(
            f"{path.name} cannot be kept in {folder}: {error.strerror or error}.",
            "Make room on the disk or check the folder's permissions, then add the file again.",
        ) from error
    return path


def uploaded_copies(data: Path, document: Document) -> list[str]:
    """Files under `data/uploads` with the bytes of a document, also such as nobody took in; and whatever a process was
    writing there when it was killed, which may be a part of any document. Files of another size are not opened."""
    folder = Path(os.path.realpath(data)) / FOLDER
    if not folder.is_dir():
        return []
    files = [(path, path.stat()) for path in sorted(folder.iterdir()) if path.is_file()]
    abandoned = time.time() - _UPLOAD_SECONDS
    return [
        str(path)
        for path, status in files
        if (path.name.startswith(_UNFINISHED) and status.st_mtime < abandoned)
        or (status.st_size == document.size and _digest(path) == document.id)
    ]


def remove_untaken(data: Path, catalog: Catalog, job: Job) -> None:
    """Remove the uploaded files that a stopped job has not taken in: they would lie there, and nobody would know.

    One that is a document's, that could not be read, or that another job is still to read stays.
    """
    folder = Path(os.path.realpath(data)) / FOLDER
    kept = {path for other in Jobs(catalog).recent(_JOBS, open_only=True) for path in other.payload.get("paths", ())}
    kept |= {failure.path for failure in catalog.failures()}
    for path in map(Path, job.payload.get("paths", ())):
        if path.parent == folder and str(path) not in kept and catalog.place(str(path)) is None:
            # Where another program has it open it stays, as it would have without this.
            with suppress(OSError):
                path.unlink()


def _free_path(path: Path, digest: str) -> Path:
    """Where a file with the sha256 `digest` may be put: at `path`, or beside it under a number."""
    if not path.exists() or _digest(path) == digest or _was_read(path):
        return path
    for number in itertools.count(2):
        numbered = path.with_name(f"{path.stem} ({number}){path.suffix}")
        if not numbered.exists() or _digest(numbered) == digest:
            return numbered
    raise AssertionError("counting does not end")


def _was_read(path: Path) -> bool:
    """Whether the file, as it is now, is in the library or among what could not be read."""
    file = path.parent.parent / FILE_NAME
    if not file.is_file():
        return False
    with closing(Catalog.open(file, read_only=True)) as catalog:
        place = catalog.place(str(path))
        if place is not None and place.document_id == _digest(path):
            return True
        status = path.stat()
        now = (str(path), status.st_size, status.st_mtime_ns)
        return any((failure.path, failure.size, failure.mtime_ns) == now for failure in catalog.failures())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def safe_name(name: str) -> str:
    """A file name that is valid on every system, hides nothing and leads nowhere, close to the one given."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    base = "".join("_" if unicodedata.category(sign) in _UNSEEN_CATEGORIES else sign for sign in base)
    base = _FORBIDDEN.sub("_", _DIRECTION_SIGNS.sub("_", base)).strip(" ").rstrip(". ")
    if not base or base.startswith((".", "~$")) or _RESERVED.match(base):
        base = "_" + base
    if len(base.encode()) > _LONGEST:
        # Two long names that differ only in what is cut off must not become one.
        suffix = f"-{hashlib.sha256(base.encode()).hexdigest()[:8]}{Path(base).suffix[:16]}"
        kept = base.encode()[: _LONGEST - len(suffix.encode())].decode("utf-8", "ignore")
        base = kept + suffix
    return base
