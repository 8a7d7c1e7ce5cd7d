"""Finding the files to read: the paths given, and the folders among them walked in a stable order."""

from __future__ import annotations

import os
import shlex
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

from ingest.readers import SUFFIXES, Source, detect
from ingest.readers.formats import is_unnoticed_name
from ingest.report import FileError, FileResult, FileStatus
from rag.core.errors import IngestError, Unreadable, UnsupportedFormat
from rag.store.places import WatchedFolder

_TOLD: Final = frozenset(
    ".ps .xlsb .odg .sxw .sxc .sxi .pages .numbers .wpd .wps .pub .vsd .vsdx .mpp .xps .oxps .chm .pst .rar .7z".split()
)
"""Documents that no reader reads, and what holds such: each is told with what to do about it, not passed over."""
_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0"


class FoundFile(NamedTuple):
    """A regular file to take in, as it was when it was found."""

    path: str
    """Absolute, links resolved."""
    size: int
    mtime_ns: int
    named: bool = False
    """Given by its own path, not only found in a folder."""


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

    left: list[str] = field(default_factory=list)
    """Files that were to be left alone for now: they are there, and still being written."""
    own: Collection[str] = ()
    """Name endings that readers of one's own read."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Files in the folders that no reader reads and nobody would call a document, by ending."""
    devices: dict[str, str] = field(default_factory=dict)
    """What each given folder is, and each folder in it that another disk is mounted on, see `identity`."""

    def keep_unplugged(self, here: Iterable[str], gone: Collection[str], devices: Mapping[str, str]) -> None:
        """Count as not listed what a disk held that is not there now, so that nothing of it counts as vanished.

        A disk that was taken out may leave its folder behind, empty or with another disk's files. The folder is then
        not the same as before: that tells it from one whose files were deleted on purpose.

        Args:
            here: paths of documents that are among the files.
            gone: paths of documents that are not.
            devices: watched folders, and folders in them that other disks are mounted on, as they were when they were
                last gone through. Of a folder that lies in none of them nothing is known: it counts as another one
                when it has no readable file.
        """
        left = set(self.left).intersection(gone)
        inside = [disk for disk in devices if any(is_within(disk, folder) for folder in self.folders)]
        for folder in dict.fromkeys((*self.folders, *inside)):
            if any(is_within(path, folder) for path in chain(here, left)):
                continue  # as a rule the first path that is looked at
            before = [path for path in gone if is_within(path, folder)]
            if not before:
                continue
            disk = max((disk for disk in devices if folder == disk or is_within(folder, disk)), key=len, default="")
            present = chain((file.path for file in self.files), self.left)
            same = devices[disk] == identity(disk) if disk else any(is_within(path, folder) for path in present)
            if not same:
                self.unlisted.append(folder)
                self.problems.append(
                    _problem(
                        folder,
                        f"{folder} has none of its files any more and is not the same folder or disk as before. "
                        f"{len(before)} of them are in the library; nothing was removed.",
                        "If it is on a disk or a network drive, connect that. If the files are gone for good, run: "
                        f"kitabu folders remove {shlex.quote(folder)} --documents",
                    )
                )

    def disks_in(self, folder: str, before: Mapping[str, str]) -> dict[str, str]:
        """What to remember of a given folder's devices; those that were not there now are remembered as `before`."""
        kept = {path: disk for path, disk in before.items() if path in self.unlisted}
        return kept | {path: disk for path, disk in self.devices.items() if path == folder or is_within(path, folder)}

    def vanished(self, known: Collection[str]) -> Iterator[str]:
        """Those of the `known` paths that lie in the given folders and were not found there."""
        if not known:
            return
        seen = {file.path for file in self.files}.union((problem.path for problem in self.problems), self.left)
        for path in known:
            if path in seen or not any(is_within(path, folder) for folder in self.folders):
                continue
            if not any(is_within(path, folder) for folder in self.unlisted):
                yield path


def is_within(path: str, folder: str) -> bool:
    """Whether `path` lies in `folder` or below; both absolute and resolved."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def identity(folder: str) -> str:
    """What tells a folder from another one of the same path: its device and its number there; "" when it is gone."""
    try:
        status = Path(folder).stat()
    except (OSError, ValueError):
        return ""
    return f"{status.st_dev}:{status.st_ino}"


def disks_of(watched: Iterable[WatchedFolder]) -> dict[str, str]:
    """What watched folders, and folders in them that other disks are mounted on, were when they were gone through."""
    return {path: disk for folder in watched for path, disk in folder.devices.items()}


def discover(paths: Sequence[Path], *, data: Path, leave: Collection[str] = (), own: Collection[str] = ()) -> Discovery:
    """Look up every given path and walk the folders among them, in order of name.

    Left out of folders without a word: hidden files, lock files and unfinished downloads, and the library's own `data`
    folder. Files in folders that no reader reads and whose ending is none of a document's are only counted. A link is
    followed only to a file inside the folder it stands in. Nothing is raised for a path that cannot be read: it is
    among the problems.

    Args:
        paths: files and folders.
        data: the library's folder.
        leave: files in the folders that are not to be touched now; they do not count as vanished.
        own: name endings that readers of one's own read.
    """
    found = Discovery(own=own)
    seen: set[str] = set()
    found.left += _there(leave)
    seen.update(found.left)
    named: set[str] = set()
    own = os.path.realpath(data)
    for given in paths:
        try:
            path = os.path.realpath(given)
            status = Path(path).stat()
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            found.problems.append(_missing(given, error))
            continue
        if stat.S_ISDIR(status.st_mode):
            found.devices[path] = f"{status.st_dev}:{status.st_ino}"
            if _walk(path, own, found, seen):
                found.folders.append(path)
        else:
            named.add(path)
            _add(path, status, found, seen)
    if named:
        found.files = [file._replace(named=True) if file.path in named else file for file in found.files]
    return found


def _there(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if Path(path).is_file()]


def _walk(root: str, own: str, found: Discovery, seen: set[str]) -> bool:
    """Walk a folder, depth first in order of name; False when the folder itself cannot be listed."""
    first = _list(root, found)
    if first is None:
        return False
    device = Path(root).stat().st_dev
    windows = os.name == "nt"
    waiting = first[::-1]
    while waiting:
        entry = waiting.pop()
        try:
            if entry.is_symlink():
                _follow(entry.path, root, found, seen)
            elif not entry.is_dir():
                # Windows tells of files that are open for writing what they were before, unless asked for each by name.
                status = Path(entry.path).stat() if windows else entry.stat()
                _add(entry.path, status, found, seen, walked=True)
            elif entry.path != own:
                below = entry.stat()
                if below.st_dev not in (0, device):  # 0: Windows does not say
                    found.devices[entry.path] = f"{below.st_dev}:{below.st_ino}"
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
            return sorted((entry for entry in entries if not left_out(entry.name)), key=attrgetter("name"))
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
    if not stat.S_ISREG(status.st_mode):
        found.problems.append(_problem(path, f"{path} is not a file (a pipe, socket or device).", "Add a file."))
        return
    ending = f".{path.rpartition('.')[2].lower()}"
    promising = ending in SUFFIXES or ending in found.own  # most are: the rest is looked at more closely
    if walked and not promising and status.st_size and _no_document(path):
        found.skipped[Path(path).suffix.lower() or "(no ending)"] += 1
    else:
        found.files.append(FoundFile(path, status.st_size, status.st_mtime_ns))


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
        detect(Source(Path(path)))
    except UnsupportedFormat:
        return True
    except (IngestError, OSError):
        return False  # told when it is read
    return False


def left_out(name: str) -> bool:
    """Whether a file or folder of that name is no document: hidden, a lock file, an unfinished download."""
    return is_unnoticed_name(name)


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
