"""The run over the golden questions that is under way: in a plain thread, as answers are, one at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rag.build import Kitabu
from rag.core.golden import GoldenQuestion
from rag.evaluation.answers import Scored
from rag.evaluation.kept import ask_and_keep

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    asked: int
    wanted: int
    seconds_left: float | None
    """None before the first question is answered."""
    stopping: bool
    done: bool
    error: Exception | None
    """Why it broke off; the run is done then, and what was asked before is kept."""


class Measurement:
    """One run over the golden questions. What was asked when it is stopped, or breaks off, is kept.

    Args:
        kitabu: the library that is asked.
        questions: what to ask; at least one.
    """

    def __init__(self, kitabu: Kitabu, questions: list[GoldenQuestion]) -> None:
        self._kitabu = kitabu
        self._questions = questions
        self._scored: list[Scored] = []
        self._error: Exception | None = None
        self._stopping = threading.Event()
        self._finished = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="measurement", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the question in hand."""
        self._stopping.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is over, at most so long; whether it is."""
        return self._finished.wait(seconds)

    def progress(self) -> Progress:
        """Where it stands. Once `done`, the run is in the catalog."""
        done = self._finished.is_set()
        asked, wanted = len(self._scored), len(self._questions)
        left = (time.monotonic() - self._began) / asked * (wanted - asked) if asked else None
        return Progress(asked, wanted, left, self._stopping.is_set(), done, self._error)

    def _run(self) -> None:
        try:
            ask_and_keep(self._kitabu, self._wanted(), len(self._questions), self._scored)
        except Exception as error:  # a thread's boundary: whatever it is, the page must say that it ended
            log.warning("the run over the golden questions broke off", exc_info=error)
            self._error = error
        self._finished.set()

    def _wanted(self) -> Iterator[GoldenQuestion]:
        for question in self._questions:
            if self._stopping.is_set():
                return
            yield question


class Measurements:
    """The run that is under way, or the last one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Measurement | None = None

    def start(self, kitabu: Kitabu, questions: list[GoldenQuestion]) -> None:
        """Begin a run, unless one is under way (begun in another tab)."""
        with self._lock:
            if self._last is not None and not self._last.progress().done:
                return
            self._last = Measurement(kitabu, questions)
            self._last.start()

    def current(self) -> Measurement | None:
        """The run that is under way, or the last one until another begins."""
        with self._lock:
            return self._last

    def stop(self, seconds: float) -> None:
        """End the run and keep what was asked (the server is going down); wait at most so long for it."""
        current = self.current()
        if current is not None:
            current.stop()
            current.wait(seconds)
