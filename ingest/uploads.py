"""Files handed over in the browser: kept under `data/uploads`, under a safe name, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import Final

from rag.core.errors import StoreUnavailable

FOLDER: Final = "uploads"
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
    """Write an uploaded file under `data/uploads`; a file of the same name there is replaced.

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
        descriptor, created = tempfile.mkstemp(prefix=".upload-", dir=folder)
        temporary = Path(created)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StoreUnavailable(
            f"{path.name} cannot be kept in {folder}: {error.strerror or error}.",
            "Make room on the disk or check the folder's permissions, then add the file again.",
        ) from error
    return path


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
