"""Who may ask a model server now: first come, first served, so many at once."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final, Self
from weakref import WeakValueDictionary

SERVER_AT_ONCE: Final = 4
"""For servers that answer several at the same time: what llama-server and LM Studio take without being told more."""
_shared: Final[WeakValueDictionary[tuple[str, int], Turns]] = WeakValueDictionary()
_lock: Final = threading.Lock()


class Turns:
    """The queue before one model server.

    A server that answers one question at a time keeps the others waiting as well, but does not say how long; here
    everybody can see their place.

    Args:
        at_once: how many may ask at the same time.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._line: list[Turn] = []
        self._moved = threading.Condition()

    def line_up(self) -> Turn:
        """Take the last place. It has to be left: use it as a context manager."""
        with self._moved:
            turn = Turn(self)
            self._line.append(turn)
            return turn

    def ahead(self, turn: Turn) -> int:
        """How many have to leave before it is the turn's; 0 when it is, and when it has been left."""
        with self._moved:
            return self._ahead(turn)

    def wait(self, turn: Turn, seconds: float) -> bool:
        """Wait until it is the turn's, at most so long; whether it is."""
        with self._moved:
            return self._moved.wait_for(lambda: self._ahead(turn) == 0, seconds)

    def leave(self, turn: Turn) -> None:
        """Let the next one in."""
        with self._moved:
            if turn in self._line:
                self._line.remove(turn)
                self._moved.notify_all()

    def _ahead(self, turn: Turn) -> int:
        return max(0, self._line.index(turn) - self._at_once + 1) if turn in self._line else 0


class Turn:
    """A place in the queue, see `Turns.line_up`."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def ahead(self) -> int:
        """How many have to leave before it may be used."""
        return self._turns.ahead(self)

    def wait(self, seconds: float) -> bool:
        """Wait until it may be used, at most so long; whether it may."""
        return self._turns.wait(self, seconds)

    def leave(self) -> None:
        """Give it up; a second time does nothing."""
        self._turns.leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def turns_at(server: str, at_once: int) -> Turns:
    """The queue before the server of that address: one in this process, whoever asks it."""
    with _lock:
        return _shared.setdefault((server, at_once), Turns(at_once))
