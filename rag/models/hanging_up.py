"""Hanging up on a model server from another thread, also while it says nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any


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
