"""Finds out what happens to one's data without making a page wait."""

from __future__ import annotations

import threading

from rag.disclosure import Disclosure, disclose
from rag.ui.services import Services


class Look:
    """One look, in a thread of its own: a model server may take seconds to answer, or not answer."""

    def __init__(self, app: Services) -> None:
        self.found: Disclosure | None = None
        self.error: Exception | None = None
        self._app = app
        self._thread = threading.Thread(target=self._run, name="disclosure", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait for it, at most so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self.found = disclose(self._app.kitabu.settings, self._app.kitabu.chooser)
        except Exception as error:  # noqa: BLE001 - a thread's boundary: the page shows it
            self.error = error
