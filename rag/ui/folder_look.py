"""Knows how the followed folders are without ever making a page wait for a drive that does not answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from ingest.watch import FolderState

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
"""A page waits so long for a look; one that takes longer (a dead network drive) is shown when it ends."""
LOOKING: Final = "looking"
"""State of a folder that nothing is known of yet."""


class FolderLook:
    """Looks at folders in a thread of its own.

    Args:
        look: gives the states of all followed folders; may hang.
    """

    def __init__(self, look: Callable[[], list[FolderState]]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._known: dict[str, FolderState] = {}

    def states(self, folders: Sequence[str]) -> list[FolderState]:
        """How the folders are, as far as is known, in their order."""
        if not folders:
            return []
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._refresh, name="folder-look", daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(LOOK_SECONDS)
        return [self._known.get(folder) or FolderState(folder, LOOKING, 0.0, 0, 0) for folder in folders]

    def _refresh(self) -> None:
        try:
            found = self._look()
        except Exception as error:  # a thread's boundary: the page shows what was known before
            log.warning("the followed folders cannot be looked at", exc_info=error)
        else:
            self._known = {folder.path: folder for folder in found}
