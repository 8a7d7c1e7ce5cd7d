"""Who owns a data folder: an OS lock, gone with the process, and another by which it is seen that there is an owner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rag.core.errors import StoreUnavailable

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOCK: Final = "library.lock"
_PRESENCE: Final = "owner.lock"
"""Held by the owner beside its own lock. Whoever only asks whether there is one tries this: it keeps nobody out."""
_PRESENCE_SECONDS: Final = 10.0
"""How long a new owner waits for those who ask; each holds the file for less than a millisecond."""


def in_use(data: Path) -> bool:
    """Whether a process owns the library in `data` at this moment; for a process that has not opened it.

    Asking never keeps another process from becoming the owner, and makes nothing where there is no library.

    Raises:
        StoreUnavailable: the lock cannot be looked at.
    """
    if not (data / _PRESENCE).exists():
        return False
    presence = _acquire(data, _PRESENCE, 0.0)
    if presence is not None:
        presence.release()
    return presence is None


class Ownership(NamedTuple):
    """The lock that makes a process the owner, and the one by which others see that there is an owner."""

    lock: BaseFileLock
    presence: BaseFileLock

    def release(self) -> None:
        """Give both back."""
        self.presence.release()
        self.lock.release()


def own(data: Path, wait: float) -> Ownership | None:
    """Become the owner, or None when another process is."""
    lock = _acquire(data, _LOCK, wait)
    if lock is None:
        return None
    try:
        presence = _acquire(data, _PRESENCE, _PRESENCE_SECONDS)
    except BaseException:
        lock.release()
        raise
    if presence is None:  # somebody was halted while asking
        lock.release()
        return None
    return Ownership(lock, presence)


def _acquire(data: Path, name: str, wait: float) -> BaseFileLock | None:
    """A lock of the library, or None when another process holds it."""
    from filelock import FileLock, Timeout

    # A library may be closed by another thread than the one that opened it.
    lock = FileLock(data / name, thread_local=False)
    try:
        # Documents and conversations are in it: other accounts of this computer have no business there.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=wait)
    except Timeout:
        return None
    except FileExistsError as error:
        raise StoreUnavailable(f"{data} is not a folder.", "Choose another folder with --data.") from error
    except NotADirectoryError as error:
        raise StoreUnavailable(f"{data} lies inside a file.", "Choose another folder with --data.") from error
    except (OSError, NotImplementedError) as error:
        raise StoreUnavailable(
            f"The data folder {data} cannot be written ({error}).",
            "Give yourself permission to write there, free some space, or choose another folder with --data.",
        ) from error
    return lock
