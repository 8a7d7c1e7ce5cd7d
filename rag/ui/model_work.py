"""Long work with models, in plain threads that outlive reruns and closed tabs: getting them, testing, loading."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from rag.core.errors import KitabuError
from rag.models.ollama import OllamaServer
from rag.models.pulling import Pull, PullProgress, PullStage

log = logging.getLogger(__name__)


class PullState(StrEnum):
    """How a pull stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"


class Getting:
    """One model on its way to the server.

    Args:
        after: called once the model is there.
    """

    def __init__(self, server: OllamaServer, model: str, after: Callable[[], None]) -> None:
        self.model = model
        self.progress = PullProgress(PullStage.LOOKING)
        self.state = PullState.RUNNING
        self.error: Exception | None = None
        self._pull = Pull(server, model)
        self._after = after
        self._thread = threading.Thread(target=self._run, name="model-pull", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End it at once; what has come is kept by the server."""
        self._pull.cancel()
        self._thread.join(1.0)

    def _run(self) -> None:
        try:
            for progress in self._pull.follow():
                self.progress = progress
        except Exception as error:  # a thread's boundary: whatever it is, the page must say that it ended
            if not isinstance(error, KitabuError):
                log.error("a model could not be got", exc_info=error)
            self.error, self.state = error, PullState.FAILED
            return
        if self.progress.stage is not PullStage.DONE:
            self.state = PullState.STOPPED
            return
        self.state = PullState.DONE
        self._after()


class Pulls:
    """The models that are on their way, and those that were stopped or failed until they are dismissed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, Getting] = {}

    def start(self, server: OllamaServer, model: str, after: Callable[[], None]) -> bool:
        """Begin, or go on with, getting a model; False when it is on its way already."""
        with self._lock:
            known = self._all.get(model)
            if known is not None and known.state is PullState.RUNNING:
                return False
            self._all[model] = Getting(server, model, after)
            self._all[model].start()
            return True

    def all(self) -> list[Getting]:
        """In the order in which they were begun."""
        with self._lock:
            return list(self._all.values())

    def dismiss(self, model: str) -> None:
        """Take one that is not running out of the list."""
        with self._lock:
            known = self._all.get(model)
            if known is not None and known.state is not PullState.RUNNING:
                del self._all[model]

    def stop_all(self) -> None:
        """The server is going down."""
        for getting in self.all():
            getting.stop()


class ModelTask:
    """Something that is done with a model and takes a while.

    Args:
        kind: "test", "load", "unload" or "remove".
        work: does it; asks the function it is given whether to go on, where it can stop.
    """

    def __init__(self, kind: str, model: str, work: Callable[[Callable[[], bool]], None]) -> None:
        self.kind = kind
        self.model = model
        self.error: Exception | None = None
        self._work = work
        self._began = time.monotonic()
        self._stopping = threading.Event()
        self._finished = threading.Event()

    @property
    def done(self) -> bool:
        """Whether it is over, well or not."""
        return self._finished.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name=f"model-{self.kind}", daemon=True).start()

    def stop(self) -> None:
        """End it where it can stop."""
        self._stopping.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is over, at most so long; whether it is."""
        return self._finished.wait(seconds)

    def _run(self) -> None:
        try:
            self._work(lambda: not self._stopping.is_set())
        except Exception as error:  # a thread's boundary: whatever it is, the page must say that it ended
            if not isinstance(error, KitabuError):
                log.error("%s of a model failed", self.kind, exc_info=error)
            self.error = error
        self._finished.set()


class ModelTasks:
    """What is done with models, one thing at a time: two side by side would spoil each other's figures and memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: ModelTask | None = None

    def start(self, task: ModelTask) -> bool:
        """Begin, unless another is under way."""
        with self._lock:
            if self._last is not None and not self._last.done:
                return False
            self._last = task
            task.start()
            return True

    def current(self) -> ModelTask | None:
        """The one that is under way, or the last one until another begins."""
        with self._lock:
            return self._last

    def dismiss(self) -> None:
        """Forget the last one, if it is over."""
        with self._lock:
            if self._last is not None and self._last.done:
                self._last = None
