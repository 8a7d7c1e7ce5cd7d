"""Knows how the model server is without ever making a page wait for it: its models, why it is not reached, cards."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rag.core.errors import KitabuError
from rag.models.card import About, describe
from rag.models.diagnosis import Diagnosis, diagnose, surroundings
from rag.models.ollama import LocalModel, OllamaServer, ServerStatus

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 4.0
"""How old what is shown may be."""
CAUSE_SECONDS: Final = 30.0
"""How old the likely cause may be: finding it knocks at several addresses."""
CARD_WAIT: Final = 0.5
"""A page waits so long for a card; one that takes longer is shown when it is there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last look found."""

    status: ServerStatus
    diagnosis: Diagnosis | None
    """Why it is not reached; None while it is, and before the cause is found."""


class ServerLook:
    """Looks at the server in a thread of its own.

    Args:
        server: gives the server to look at.
        written: its address as the settings have it.
    """

    def __init__(self, server: Callable[[], OllamaServer], written: str) -> None:
        self._server = server
        self._written = written
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._looked_at = self._diagnosed_at = float("-inf")
        self._thread: threading.Thread | None = None
        self._finding: threading.Thread | None = None
        self._cards: dict[tuple[str, str], About | KitabuError] = {}
        self._reading: dict[tuple[str, str], threading.Thread] = {}

    def current(self) -> Seen | None:
        """What was last seen, None before the first look; starts another look when that is old."""
        with self._lock:
            stale = time.monotonic() - self._looked_at > LOOK_SECONDS
            if stale and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._refresh, name="server-look", daemon=True)
                self._thread.start()
            return self._seen

    def again(self) -> None:
        """Look anew at the next opportunity, also for the cause: something was changed."""
        with self._lock:
            self._looked_at = self._diagnosed_at = float("-inf")

    def card(self, model: LocalModel) -> About | KitabuError | None:
        """The model's card, why there is none, or None while it is being read."""
        key = model.name, model.digest
        with self._lock:
            known = self._cards.get(key)
            if isinstance(known, About):
                return known
            thread = self._reading.get(key)
            if thread is None:
                thread = self._reading[key] = threading.Thread(
                    target=self._read, args=(model,), name="model-card", daemon=True
                )
                thread.start()
        thread.join(CARD_WAIT)
        with self._lock:
            return self._cards.get(key, known)

    def _read(self, model: LocalModel) -> None:
        found: About | KitabuError
        try:
            found = describe(model.name, self._server().show(model.name), model)
        except KitabuError as error:
            found = error
        except Exception as error:  # a thread's boundary: the card must not be "coming" for ever
            log.error("what the server says of a model cannot be read", exc_info=error)
            found = KitabuError(f"What the server says of '{model.name}' cannot be read ({error}).", "Update Ollama.")
        with self._lock:
            self._cards[model.name, model.digest] = found
            del self._reading[model.name, model.digest]

    def _refresh(self) -> None:
        try:
            status = self._server().status()
        except Exception as error:  # a thread's boundary: the page shows what was known before
            log.warning("the model server cannot be looked at", exc_info=error)
            return
        with self._lock:
            known = self._seen.diagnosis if self._seen else None
            self._seen, self._looked_at = Seen(status, None if status.reachable else known), time.monotonic()
            old = time.monotonic() - self._diagnosed_at > CAUSE_SECONDS
            if not status.reachable and old and (self._finding is None or not self._finding.is_alive()):
                # Apart from the looks: names that are not known can take half a minute.
                self._finding = threading.Thread(target=self._find_cause, name="server-cause", daemon=True)
                self._finding.start()

    def _find_cause(self) -> None:
        try:
            found = diagnose(self._written, self._server().connect_timeout, surroundings())
        except Exception as error:  # a thread's boundary, as above
            log.warning("why the model server is not reached cannot be found out", exc_info=error)
            return
        with self._lock:
            self._diagnosed_at = time.monotonic()
            if self._seen is not None and not self._seen.status.reachable:
                self._seen = Seen(self._seen.status, found)
