"""Hanging up on a model server from another thread, also while it says nothing."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")

SILENCE: Final = 1.0
"""Seconds without a word after which whoever listens hears of it, and can hang up."""


class Line:
    """The connection of a request, which another thread can cut: a read that waits for the next word ends at once.

    Closing an httpx client does not end a read that is blocked; shutting its socket does.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.was_cut = False

    def cut(self) -> None:
        """Cut it now, or as soon as it is there."""
        with self._lock:
            self.was_cut = True
            self._shut()

    def traced(self, event: str, info: Mapping[str, Any]) -> None:
        """Keep hold of the connection: to be given to httpx as the request's extension "trace"."""
        # With https the second of the two events tells of the socket that is then read.
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                if self.was_cut:
                    self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                self._socket.shutdown(socket.SHUT_RDWR)


def overheard(speak: Callable[[Line], Generator[T]]) -> Generator[T | None]:
    """What `speak` gives, which runs on a thread of its own; None for every `SILENCE` in which it gave nothing.

    Closing the iterator cuts the line and waits for nothing. What has no connection to cut ends at its next piece.

    Raises:
        Exception: whatever `speak` raised.
    """
    line = Line()
    heard: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()

    def listen() -> None:
        try:
            with closing(speak(line)) as pieces:
                for piece in pieces:
                    if line.was_cut:
                        return
                    heard.put((piece,))
            heard.put(None)
        except BaseException as error:  # noqa: BLE001  a thread's boundary: whoever listens is told
            heard.put(error)

    threading.Thread(target=listen, name="model-reply", daemon=True).start()
    try:
        while True:
            try:
                said = heard.get(timeout=SILENCE)
            except queue.Empty:
                yield None
                continue
            if said is None:
                return
            if isinstance(said, BaseException):
                raise said
            yield said[0]
    finally:
        line.cut()
