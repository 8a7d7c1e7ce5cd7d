"""Watched folders kept in step: what changes there, also while Kitabu was off, becomes a sync job in the queue."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.aside import SetAside
from ingest.readers import readers_mark
from ingest.sync import FoundFile, discover, disks_of, identity, is_within, left_out
from rag.core.errors import Unreadable
from rag.store.catalog import Catalog
from rag.store.jobs import Jobs
from rag.store.library import Library
from rag.store.places import Failure, TakenIn

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

log = logging.getLogger(__name__)

SETTLE_SECONDS: Final = 2.0
"""A file must keep its size and time for so long: until then somebody may be writing it."""
LOOK_SECONDS: Final = 600.0
"""Between two looks at a folder that says nothing: network drives tell only of changes made on this computer."""
_TICK_SECONDS: Final = 0.25
_RETRY_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 1.0
"""A look may hang on a network drive that does not answer: nobody waits for it longer than this."""

Stamp = tuple[int, int] | None
"""Size and time of a file that is new or changed; None when it is gone."""
Submit = Callable[[Sequence[str], Sequence[str]], None]
"""Puts a sync of folders into the queue, leaving alone the files named second."""


@dataclass(slots=True)
class _Folder:
    """What is known of one watched folder."""

    disk: str = ""
    """Its identity when it was last there; "" while it is gone."""
    observer: BaseObserver | None = None
    look_at: float = 0.0
    """Time of the next look, on the monotonic clock."""
    changes: dict[str, Stamp] = field(default_factory=dict)
    """What differed from the library at the last look."""
    submitted: dict[str, Stamp] = field(default_factory=dict)
    """What a job was last asked for; the same is not asked for again before the next slow look."""
    submitted_at: float = 0.0


class FolderWatch:
    """Looks after the watched folders of a library that this process owns, in a thread of its own.

    The system's notices (inotify, FSEvents, ReadDirectoryChanges) only wake it. What has changed is told by comparing
    the folder with the catalog, so that nothing is missed that happened while nobody looked.

    Args:
        library: only read.
        submit: puts a job into the queue.
        settle: seconds that a file must stay as it is before it is taken in; also between two looks whether the folders
            are there.
        look: seconds between two looks without a notice.
        own: readers of one's own, see `ingest.readers.Source.own`.
    """

    def __init__(
        self,
        library: Library,
        submit: Submit,
        *,
        settle: float = SETTLE_SECONDS,
        look: float = LOOK_SECONDS,
        own: Mapping[str, str] | None = None,
    ) -> None:
        self._library = library
        self._submit = submit
        self._settle = settle
        self._look = look
        self._own = own or {}
        self._data = os.path.realpath(library.data)
        self._folders: dict[str, _Folder] = {}
        self._woken: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch in the background until `stop`; the first look is at once."""
        if self._thread is None:
            # A thread that hangs on a dead drive keeps the event that told it to end.
            self._stopping = threading.Event()
            self._folders = {}
            self._thread = threading.Thread(target=self._run, args=(self._stopping,), name="folders", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End within a second."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
            self._thread = None

    def _run(self, stopping: threading.Event) -> None:
        folders = self._folders
        disks_at = 0.0
        try:
            while not stopping.wait(_TICK_SECONDS):
                try:
                    if time.monotonic() - disks_at >= self._settle:
                        disks_at = time.monotonic()
                        self._attach(folders)
                    self._take_notices(folders)
                    self._look_at(folders)
                except Exception:  # a thread's boundary: one bad look must not end the watch
                    if not stopping.is_set():
                        log.exception("the watched folders cannot be looked at")
                        stopping.wait(_RETRY_SECONDS)
        finally:
            for folder in folders.values():
                _end(folder)

    def _attach(self, folders: dict[str, _Folder]) -> None:
        """Follow the list of folders, and disks that come and go."""
        watched = self._library.catalog.folders()
        for path in [path for path in folders if path not in watched]:
            _end(folders.pop(path))
        for path in watched:
            disk = identity(path)
            known = folders.get(path)
            if known is None or known.disk != disk:
                if known is not None:
                    _end(known)
                folders[path] = folder = _Folder(disk)
                if disk:
                    folder.observer = self._observe(path)
                    folder.look_at = time.monotonic()
                else:
                    log.warning("the watched folder %s is not there; its documents stay", path)

    def _observe(self, path: str) -> BaseObserver | None:
        from watchdog import events
        from watchdog.observers import Observer

        class Handler(events.FileSystemEventHandler):
            def on_any_event(_, event: FileSystemEvent) -> None:  # noqa: N805 - the watch is `self` here
                if any(self._matters(os.fsdecode(name)) for name in (event.src_path, event.dest_path) if name):
                    with self._lock:
                        self._woken.add(path)

        kinds: list[type[FileSystemEvent]] = [
            events.FileCreatedEvent, events.FileModifiedEvent, events.FileClosedEvent, events.FileMovedEvent,
            events.FileDeletedEvent, events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent,
        ]  # fmt: skip
        observer = Observer()
        try:
            observer.schedule(Handler(), path, recursive=True, event_filter=kinds)
            observer.start()
        except OSError as error:  # more folders than the system watches, or a drive that cannot be watched
            log.warning("no notice of changes in %s (%s): it is looked at every %.0f s", path, error, self._look)
            return None
        return observer

    def _matters(self, path: str) -> bool:
        """Whether a file could be a document: the library itself may lie in a watched folder."""
        return not (left_out(Path(path).name) or path == self._data or is_within(path, self._data))

    def _take_notices(self, folders: dict[str, _Folder]) -> None:
        with self._lock:
            woken, self._woken = self._woken, set()
        for path in woken & folders.keys():
            folders[path].look_at = min(folders[path].look_at, time.monotonic() + _TICK_SECONDS)

    def _look_at(self, folders: dict[str, _Folder]) -> None:
        now = time.monotonic()
        due = [path for path, folder in folders.items() if folder.disk and folder.look_at <= now]
        if not due:
            return
        waiting = paths_waiting(self._library.jobs)
        free = [path for path in due if path not in waiting]
        found = difference(self._library, free, older=self._look, own=self._own)
        now = time.monotonic()
        for path in due:
            folders[path].look_at = now + self._settle
        ready: list[str] = []
        leave: list[str] = []
        for path in free:
            folder = folders[path]
            changes = {name: stamp for name, stamp in found.items() if is_within(name, path)}
            moving = [name for name, stamp in changes.items() if folder.changes.get(name, ()) != stamp]
            settled = changes.keys() - moving
            folder.changes = changes
            asked_for = changes == folder.submitted and now - folder.submitted_at < self._look
            if not changes or asked_for:
                folder.look_at = now + self._look
            elif settled and all(changes[name] is not None for name in moving):
                ready.append(path)
                leave += moving
                folder.submitted, folder.submitted_at = changes, now
        if ready:
            self._submit(ready, leave)


def difference(
    library: Library, folders: Collection[str], *, older: float, own: Mapping[str, str] | None = None
) -> dict[str, Stamp]:
    """How files in watched folders differ from what the library knows of them. Costs about the time to list them.

    Args:
        library: only read.
        folders: watched folders; one that is not there differs in nothing.
        older: seconds after which a file that could not be opened counts as changed when it can be.
        own: readers of one's own, see `ingest.readers.Source.own`.

    Returns:
        By path: the size and time of files that are new or changed or are to be tried again; None for those gone.
    """
    if not folders:
        return {}
    catalog = library.catalog
    found = discover([Path(folder) for folder in folders], data=library.data, own=own or ())
    taken_in = {known.path: known for known in catalog.taken_in()}
    failures = {failure.path: failure for failure in catalog.failures()}
    aside = SetAside(partial(readers_mark, own or {}))
    changes: dict[str, Stamp] = {
        file.path: (file.size, file.mtime_ns)
        for file in found.files
        if not _known(file, taken_in.get(file.path), failures.get(file.path), aside, older)
    }
    here = {file.path for file in found.files}
    gone = taken_in.keys() - here
    found.keep_unplugged(taken_in.keys() & here, gone, disks_of(catalog.watched()))
    return changes | dict.fromkeys(found.vanished(gone))


def _known(file: FoundFile, taken_in: TakenIn | None, failure: Failure | None, aside: SetAside, older: float) -> bool:
    if taken_in is not None and (taken_in.size, taken_in.mtime_ns) == (file.size, file.mtime_ns):
        return True
    if failure is None or (failure.size, failure.mtime_ns) != (file.size, file.mtime_ns):
        return False
    if failure.code != Unreadable.code:
        return aside.result(file, failure, warnings=()) is not None
    return time.time() - failure.at < older or not os.access(file.path, os.R_OK)


def _end(folder: _Folder) -> None:
    if folder.observer is not None:
        folder.observer.stop()
        folder.observer = None


@dataclass(frozen=True, slots=True)
class FolderState:
    """A watched folder as a person wants to know it."""

    path: str
    state: str
    """"in_step", "waiting" (a sync waits, runs or is paused), "missing" (a disk is not connected), or "other" (another
    folder or disk is there)."""
    synced_at: float
    """When it was last gone through to the end, in seconds since the epoch; 0 before that."""
    files: int
    """Files of it that are in the library."""
    failures: int
    """Files of it that could not be read."""


def paths_waiting(jobs: Jobs) -> set[str]:
    """Files and folders that open jobs are to take in."""
    return {str(path) for job in jobs.recent(open_only=True) for path in job.payload.get("paths", ())}


def folder_states(catalog: Catalog, waiting: Collection[str] = ()) -> list[FolderState]:
    """The watched folders and how they are.

    Args:
        catalog: the library's.
        waiting: paths that open jobs name, see `paths_waiting`.
    """
    failures = [failure.path for failure in catalog.failures()]
    states = []
    for folder in catalog.watched():
        places = catalog.places_in(folder.path)
        disk, then = identity(folder.path), folder.devices.get(folder.path, "")
        state = "in_step"
        if not disk:
            state = "missing"
        elif folder.path in waiting or not folder.synced_at:
            state = "waiting"
        elif disk != then and not any(Path(place.path).exists() for place in places):
            state = "other"
        failed = sum(is_within(path, folder.path) for path in failures)
        states.append(FolderState(folder.path, state, folder.synced_at, len(places), failed))
    return states
