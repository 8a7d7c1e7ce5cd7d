"""What the pages share: one open library per process, answers in the making, what is known of the model."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from ingest.viewing import PageViewer
from ingest.watch import FolderState, folder_states, paths_waiting
from rag.build import Kitabu, ModelInUse, open_kitabu
from rag.core.config import Settings, load_settings
from rag.core.errors import KitabuError
from rag.core.machine import LOOPBACK
from rag.core.types import Document
from rag.evaluation.beside import compare_beside
from rag.store.ownership import in_use
from rag.ui.folder_look import FolderLook
from rag.ui.jobs import AnswerJobs
from rag.ui.measuring import Measurements
from rag.ui.model_work import ModelTasks, Pulls
from rag.ui.server_look import ServerLook
from rag.ui.suggestions import Suggestions

log = logging.getLogger(__name__)

LOG_FILE: Final = "kitabu.log"
MODEL_SECONDS: Final = 5.0
"""How old what the bar says about the model may be; the look itself happens in the background."""
OWNER_WAIT: Final = 10.0
"""Seconds to wait at the start for another program to leave the library: a question from the command line is short."""
OWNER_LOOK: Final = 2.0
"""Seconds between two looks whether that program has left since."""
MEASURE_WAIT: Final = 5.0
"""Seconds that the end waits for a run's question in hand, so that the run is kept."""
WARM_UP: Final = "What is kept in this library?"
"""Asked once in the background, so that nobody's first question waits for libraries and weights to load."""


class ModelWatch:
    """Knows which model answers without ever making a page wait for a server that does not answer.

    Args:
        look: tells which model answers for a name, None for everybody.
    """

    def __init__(self, look: Callable[[str | None], ModelInUse]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._known: dict[str | None, ModelInUse] = {}
        self._looked_at: dict[str | None, float] = {}
        self._looking: set[str | None] = set()

    def current(self, name: str | None = None) -> ModelInUse | None:
        """What was last seen of the model that answers for `name`, None before the first look; starts another look
        when that is old."""
        with self._lock:
            stale = name not in self._known or time.monotonic() - self._looked_at.get(name, 0.0) > MODEL_SECONDS
            if stale and name not in self._looking:
                self._looking.add(name)
                threading.Thread(target=self._refresh, args=(name,), name="model-watch", daemon=True).start()
            return self._known.get(name)

    def again(self) -> None:
        """Look anew at the next opportunity: something was changed."""
        with self._lock:
            self._looked_at.clear()

    def _refresh(self, name: str | None) -> None:
        try:
            seen = self._look(name)
        except KitabuError as error:
            seen = ModelInUse("none", "", error.message, error.hint)
        except Exception as error:  # a thread's boundary: the bar must not say "looking" for ever
            log.error("cannot tell which model answers", exc_info=error)
            seen = ModelInUse("none", "", str(error), "")
        with self._lock:
            self._known[name], self._looked_at[name] = seen, time.monotonic()
            self._looking.discard(name)


class Services:
    """Everything behind the pages. `close` it when the server ends.

    Another program may own the library at first. Then it is open for reading, and opened anew as soon as that program
    has left: `kitabu` is another object afterwards, so nobody keeps it longer than for one run of a page.

    Args:
        samples: a folder of documents to take in when the library is empty.
    """

    def __init__(self, kitabu: Kitabu, samples: Path | None = None) -> None:
        self.kitabu = kitabu
        self.model = ModelWatch(lambda name: self.kitabu.model_in_use(name))
        self.server = ServerLook(lambda: self.kitabu.server, kitabu.settings.ollama_url)
        self.pulls = Pulls()
        self.model_tasks = ModelTasks()
        self.answers = AnswerJobs()
        self.measurements = Measurements()
        self.suggestions = Suggestions()
        self.viewer = PageViewer()
        self.folders = FolderLook(self._look_at_folders)
        self._opened_first = kitabu
        self._samples = samples
        self._closing = threading.Event()
        self._waiting: threading.Thread | None = None
        if self.owner:
            self._work(kitabu)
        else:
            self._waiting = threading.Thread(target=self._become_owner, name="library-owner", daemon=True)
            self._waiting.start()

    @property
    def owner(self) -> bool:
        """Whether this process may change the library; while it may not, another program does."""
        return self.kitabu.library.owner

    @property
    def log_path(self) -> str:
        """Where details of unforeseen errors are written."""
        return str(self.kitabu.settings.data / LOG_FILE)

    @property
    def private(self) -> bool:
        """Whether only people at this computer can open the app."""
        return self.kitabu.settings.host in LOOPBACK

    def look_again(self) -> None:
        """Something about models was changed: what is known of them is asked for anew."""
        self.kitabu.chooser.forget_status()
        self.model.again()
        self.server.again()

    def original(self, document: Document) -> Path | None:
        """The file the document was read from, if it still is as it was then."""
        for place in self.kitabu.library.catalog.places(document.id):
            path = Path(place.path)
            try:
                now = path.stat()
            except OSError:
                continue
            if (now.st_size, now.st_mtime_ns) == (place.size, place.mtime_ns):
                return path
        return None

    def close(self) -> None:
        """Keep what has come of answers in the making, stop the worker, release the library."""
        self.answers.stop_all()
        self.measurements.stop(MEASURE_WAIT)
        self.pulls.stop_all()
        self.viewer.close()
        self._closing.set()
        if self._waiting is not None:
            self._waiting.join()
        self._opened_first.close()

    def _look_at_folders(self) -> list[FolderState]:
        library = self.kitabu.library
        return folder_states(library.catalog, paths_waiting(library.jobs))

    def _work(self, kitabu: Kitabu) -> None:
        library = kitabu.library
        kitabu.compare = compare_beside
        kitabu.worker.start()
        if self._samples is not None and not library.catalog.documents() and not library.jobs.recent(1):
            library.jobs.enqueue("ingest", {"paths": [str(self._samples)], "sync": False})

    def _become_owner(self) -> None:
        """Wait for the other program to leave, then own the library until the end.

        The first `Kitabu` stays open until then: answers in the making and pages being drawn hold on to it. The lock
        of a file belongs to the thread that took it, so this thread gives it back, too.
        """
        first = self._opened_first
        while not self._closing.wait(OWNER_LOOK):
            try:
                if in_use(first.settings.data):
                    continue
                kitabu = open_kitabu(first.settings, embedder=first.embedder)
            except KitabuError as error:
                log.warning("the library cannot be opened as its owner", exc_info=error)
                continue
            with kitabu:
                if not kitabu.library.owner:
                    continue  # somebody was faster
                self._work(kitabu)
                self.kitabu = kitabu
                self._closing.wait()
                return


def start(settings: Settings, samples: Path | None = None, *, wait: float = OWNER_WAIT) -> Services:
    """Open the library and set its background work going.

    Args:
        samples: a folder of documents to take in when the library is empty.
        wait: seconds to wait for another program to leave the library; afterwards it is opened for reading at first.

    Raises:
        KitabuError: the library cannot be opened.
    """
    kitabu = open_kitabu(settings, wait=wait)
    services = Services(kitabu, samples)
    services.model.current()
    threading.Thread(target=_warm_up, args=(kitabu,), name="warm-up", daemon=True).start()
    return services


_given: list[Services] = []


def provide(services: Services) -> None:
    """Make `services` the ones the pages use (the server does, before the first page is opened)."""
    _given[:] = [services]


@st.cache_resource(show_spinner=False)
def get() -> Services:
    """The process's services: those provided, else opened from the settings in force."""
    return _given[0] if _given else start(load_settings())


def interface_language() -> str:
    """The setting of that name, "auto" also when the library could not be opened."""
    return _given[0].kitabu.settings.interface_language if _given else "auto"


def log_path() -> str:
    """Where details of unforeseen errors are written, also when the library could not be opened."""
    return str(_given[0].log_path if _given else Path(LOG_FILE))


def _warm_up(kitabu: Kitabu) -> None:
    for warm_up in (lambda: kitabu.engine.answer(WARM_UP, model="none"), kitabu.chooser.warm_up):
        try:
            warm_up()
        except Exception as error:  # a thread's boundary: the first question will say what is wrong
            log.warning("the engine could not be warmed up", exc_info=error)
