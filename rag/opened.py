"""The engine that `rag.open` returns: it holds its library and gives it back."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from rag.answering.evidence import Evidence
from rag.build import Kitabu
from rag.core.dialogue import PLAIN, Telling
from rag.core.events import Event
from rag.core.filters import EVERYTHING, Filter
from rag.core.types import Answer, Turn
from rag.engine import Engine
from rag.retrieval.retriever import SearchResult


class OpenEngine(Engine):
    """An engine with the open library that it answers from. Close it, or use it as a context manager."""

    def __init__(self, kitabu: Kitabu) -> None:
        self._engine = kitabu.engine
        # Runs at the program's end at the latest: the indexes are closed in order and the lock is given back.
        self._closing = weakref.finalize(self, kitabu.close)

    def search(self, question: str, k: int = 10, *, within: Filter = EVERYTHING) -> SearchResult:
        """See `Engine.search`."""
        return self._engine.search(question, k, within=within)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        model: str | None = None,
        within: Filter = EVERYTHING,
        telling: Telling = PLAIN,
    ) -> Iterator[Event]:
        """See `Engine.ask`."""
        events = self._engine.ask(question, history=history, model=model, within=within, telling=telling)
        return self._held(events)

    def retell(self, answer: Answer, telling: Telling, *, model: str | None = None) -> Iterator[Event]:
        """See `Engine.retell`."""
        return self._held(self._engine.retell(answer, telling, model=model))

    def evidence(self, question: str) -> Evidence | None:
        """See `Engine.evidence`."""
        return self._engine.evidence(question)

    def close(self) -> None:
        """Give the library back to other processes. Nothing can be asked afterwards; closing again does nothing."""
        self._closing()

    def _held(self, events: Iterator[Event]) -> Iterator[Event]:
        yield from events  # holds the library open until the last event, also when the caller let go of the engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
