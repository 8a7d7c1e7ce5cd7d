"""Finding the files to read: the paths given, and the folders among them walked in a stable order."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingest.readers import SUFFIXES, detect
from ingest.report import FileError, FileResult, FileStatus
from rag.core.errors import IngestError, Unreadable, UnsupportedFormat

_LEFT_OUT_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_LEFT_OUT_STARTS: Final = (".", "~$")
"""Hidden files; lock files of Microsoft Office (LibreOffice's are hidden ones)."""
_LEFT_OUT_ENDS: Final = (".tmp", ".part", ".crdownload", ".download", "~")
_TOLD: Final = frozenset(
    {".doc", ".dot", ".xls", ".ppt", ".pptx", ".odt", ".ods", ".odp", ".rtf", ".epub", ".eml", ".msg", ".ps"}
)
"""Documents that cannot be read yet: each is told with what to do about it, not passed over."""
_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file to take in, as it was when it was found."""

    path: str
    """Absolute, links resolved."""
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Discovery:
    """What the given paths hold."""

    files: list[FoundFile] = field(default_factory=list)
    problems: list[FileResult] = field(default_factory=list)
    """Links that lead out, folders that cannot be listed, paths that are not there."""
    folders: list[str] = field(default_factory=list)
    """The given folders that could be listed."""
    unlisted: list[str] = field(default_factory=list)
    """Folders inside them that could not: what they hold is not known, so nothing in them has vanished."""

    skipped: Counter[str] = field(default_factory=Counter)
    """Files in the folders that no reader reads and nobody would call a document, by ending."""

    def keep_emptied(self, known: Collection[str]) -> None:
        """Count as not listed each given folder where documents are `known` and no readable file is left.

        That is what a disk that was taken out looks like where its folder stays behind.
        """
        for folder in self.folders:
            before = sum(is_within(path, folder) for path in known)
            if before and not any(is_within(file.path, folder) for file in self.files):
                self.unlisted.append(folder)
                self.problems.append(
                    _problem(
                        folder,
                        f"The folder {folder} has no readable file any more; {before} of its files are in the library. "
                        "Nothing was removed.",
                        "If it is on a disk or a network drive, connect that and add the folder again. "
                        "If the files are gone for good, delete their documents in the library.",
                    )
                )

    def vanished(self, known: Iterable[str]) -> Iterator[str]:
        """Those of the `known` paths that lie in the given folders and were not found there."""
        seen = {file.path for file in self.files} | {problem.path for problem in self.problems}
        for path in known:
            inside = any(is_within(path, folder) for folder in self.folders)
            if inside and path not in seen and not any(is_within(path, folder) for folder in self.unlisted):
                yield path


def is_within(path: str, folder: str) -> bool:
    """Whether `path` lies in `folder` or below; both absolute and resolved."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def discover(paths: Sequence[Path], *, data: Path) -> Discovery:
    """Look up every given path and walk the folders among them, in order of name.

    Left out of folders without a word: hidden files, lock files and unfinished downloads, and the library's own `data`
    folder. Files in folders that no reader reads and whose ending is none of a document's are only counted. A link is
    followed only to a file inside the folder it stands in. Nothing is raised for a path that cannot be read: it is
    among the problems.
    """
    found = Discovery()
    seen: set[str] = set()
    own = os.path.realpath(data)
    for given in paths:
        try:
            path = os.path.realpath(given)
            status = Path(path).stat()
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            found.problems.append(_missing(given, error))
            continue
        if stat.S_ISDIR(status.st_mode):
            if _walk(path, own, found, seen):
                found.folders.append(path)
        else:
            _add(path, status, found, seen)
    return found


def _walk(root: str, own: str, found: Discovery, seen: set[str]) -> bool:
    """Walk a folder, depth first in order of name; False when the folder itself cannot be listed."""
    first = _list(root, found)
    if first is None:
        return False
    waiting = first[::-1]
    while waiting:
        entry = waiting.pop()
        try:
            if entry.is_symlink():
                _follow(entry.path, root, found, seen)
            elif not entry.is_dir():
                _add(entry.path, Path(entry.path).stat(), found, seen, walked=True)
            elif entry.path != own:
                waiting += (_list(entry.path, found) or [])[::-1]
        except FileNotFoundError:
            continue  # gone since the folder was listed
        except OSError as error:
            found.problems.append(
                _problem(entry.path, f"{entry.path} cannot be opened: {_reason(error)}.", "Check that you may read it.")
            )
    return True


def _list(folder: str, found: Discovery) -> list[os.DirEntry[str]] | None:
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if not _left_out(entry.name)), key=lambda entry: entry.name)
    except OSError as error:
        found.unlisted.append(folder)
        found.problems.append(
            _problem(
                folder,
                f"The folder {folder} cannot be listed: {_reason(error)}.",
                "Check that you may read it. What was read from it earlier stays in the library.",
            )
        )
        return None


def _follow(link: str, root: str, found: Discovery, seen: set[str]) -> None:
    target = os.path.realpath(link)
    try:
        status = Path(target).stat()
    except OSError:
        found.problems.append(_problem(link, f"{link} is a link that leads nowhere.", "Mend the link or delete it."))
        return
    if target != root and not is_within(target, root):
        found.problems.append(
            _problem(
                link,
                f"{link} is a link to {target}, which lies outside the folder {root}.",
                "Add that file or folder itself if it belongs in the library.",
            )
        )
    elif not stat.S_ISDIR(status.st_mode):  # a folder inside the root is walked anyway, and never twice
        _add(target, status, found, seen, walked=True)


def _add(path: str, status: os.stat_result, found: Discovery, seen: set[str], *, walked: bool = False) -> None:
    if path in seen:
        return
    seen.add(path)
    if walked and stat.S_ISREG(status.st_mode) and status.st_size and _no_document(path):
        found.skipped[Path(path).suffix.lower() or "(no ending)"] += 1
    elif stat.S_ISREG(status.st_mode):
        found.files.append(FoundFile(path, status.st_size, status.st_mtime_ns))
    else:
        found.problems.append(_problem(path, f"{path} is not a file (a pipe, socket or device).", "Add a file."))


def _no_document(path: str) -> bool:
    """Whether no reader reads the file and its ending promises no document. Looks at its first bytes at most."""
    ending = Path(path).suffix.lower()
    if ending in SUFFIXES or ending in _TOLD:
        return False
    try:
        with Path(path).open("rb") as file:
            head = file.read(len(_OLE))
        if head.startswith((_ZIP, _OLE)):
            # What lies within is looked at by a reader, in a process that may fail; only a name tells an archive here.
            return bool(ending)
        detect(Path(path))
    except UnsupportedFormat:
        return True
    except (IngestError, OSError):
        return False  # told when it is read
    return False


def _left_out(name: str) -> bool:
    folded = name.lower()
    return folded in _LEFT_OUT_NAMES or folded.startswith(_LEFT_OUT_STARTS) or folded.endswith(_LEFT_OUT_ENDS)


def _missing(given: Path, error: OSError | ValueError) -> FileResult:
    if isinstance(error, FileNotFoundError):
        message = f"{given} is not there."
        hint = "Check the path. If it lies on another disk or a network drive, connect that. Nothing was removed."
    else:
        message = f"{given} cannot be opened: {_reason(error)}."
        hint = "Check the path and that you may read it."
    return _problem(str(given.absolute()), message, hint)


def _problem(path: str, message: str, hint: str) -> FileResult:
    return FileResult(path, FileStatus.FAILED, error=FileError.of(Unreadable(message, hint)))


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
