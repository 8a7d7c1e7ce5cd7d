"""A real HTTP server that answers as a recorded one did, or as badly as a test wants.

    with ReplayServer(recordings) as server:
        server.say("The vial may be kept for 28 days [1].")
        ...                                   # talk to server.url with any Ollama client
        server.script("/api/chat", hanging(after=2))

A recording is a JSON file with `request` (method, path, body), `status`, `headers` and `body`. A request gets the
recording of the same method, path and model whose body is most like its own. Behaviours are functions of a `Reply`;
write your own, or take those in `rag.testing.behaviours`.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from rag.testing.behaviours import Behaviour, replaying, saying, spoken

THREADS: Final = 16
"""Requests served at one time; further ones wait."""


@dataclass(frozen=True)
class Recording:
    """One recorded exchange. `body` is what the server sent, byte for byte."""

    name: str
    method: str
    path: str
    request: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read one file."""
        told = json.loads(path.read_text(encoding="utf-8"))
        request = told["request"]
        return cls(
            path.stem,
            request["method"],
            request["path"],
            request["body"] or {},
            told["status"],
            told["headers"],
            told["body"].encode(),
        )


@dataclass
class Request:
    """A request that came in. `disconnected` is set when the client hung up before the reply was complete."""

    method: str
    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    disconnected: threading.Event = field(default_factory=threading.Event)


class Reply:
    """What a behaviour answers with. After the client hung up, sending does nothing."""

    def __init__(self, handler: _Handler, request: Request, recording: Recording | None) -> None:
        self.request = request
        self.recording = recording
        """What would be replayed; None when nothing recorded fits."""
        self._said = ""
        self._handler = handler
        self._chunked = False

    def say(self, text: str) -> None:
        """Let `lines` be those of a reply with this text, whatever was recorded."""
        self.recording, self._said = None, text

    def lines(self) -> list[bytes]:
        """The recorded body's lines, line ends kept; those of a made-up reply where there is none."""
        made_up = spoken(self._said or "Yes.", self.request)
        return (self.recording.body if self.recording else made_up).splitlines(keepends=True)

    def start(self, status: int, content_type: str, *, length: int | None = None, location: str = "") -> None:
        """Send status and headers; chunked when no `length` is given. `location` is where a redirect leads."""
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", content_type)
        if location:
            self._handler.send_header("Location", location)
        self._chunked = length is None
        name, value = ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length))
        self._handler.send_header(name, value)
        self._guard(self._handler.end_headers)

    def send(self, data: bytes) -> None:
        """Send a piece of the body at once."""
        framed = b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data
        self._guard(lambda: self._handler.wfile.write(framed))

    def end(self) -> None:
        """Complete the body as HTTP wants it."""
        if self._chunked:
            self._guard(lambda: self._handler.wfile.write(b"0\r\n\r\n"))

    def drop(self) -> None:
        """Break the connection at once, unfinished, with a reset."""
        self._handler.close_connection = True
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.connection.close()

    def wait(self, seconds: float) -> bool:
        """Do nothing for a while; False when the client hung up or the server stops."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._handler.stopping.wait(min(left, 0.02)) or self._hung_up():
                return False
        return True

    def _hung_up(self) -> bool:
        readable, _, _ = select.select([self._handler.connection], [], [], 0)
        try:
            ended = bool(readable) and not self._handler.connection.recv(1, socket.MSG_PEEK)
        except ConnectionError:
            # A client that leaves while words are under way to it hangs up with a reset.
            ended = True
        if ended:
            self.request.disconnected.set()
        return self.request.disconnected.is_set()

    def _guard(self, action: Callable[[], object]) -> None:
        if self.request.disconnected.is_set():
            return
        try:
            action()
        except ConnectionError:
            self.request.disconnected.set()
            self._handler.close_connection = True


class ReplayServer:
    """Serves recordings on a free port of 127.0.0.1 until the `with` block ends.

    Args:
        recordings: the folder of recordings.
        delay: seconds before each line of a streamed reply.
        port: to listen on; 0 takes a free one.
    """

    def __init__(self, recordings: Path, delay: float = 0.0, port: int = 0) -> None:
        self.requests: list[Request] = []
        """Every request so far, in order."""
        self._recordings = [Recording.load(path) for path in sorted(recordings.glob("*.json"))]
        self._delay = delay
        self._port = port
        self._scripts: dict[str, list[Behaviour]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = _Server(self, self._port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="replay-server")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.pool.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._server.server_port
        return port

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def script(self, path: str, *behaviours: Behaviour) -> None:
        """Let requests to `path` meet these behaviours in turn, the last one from then on; none: replay again."""
        with self._lock:
            self._scripts[path] = list(behaviours)

    def say(self, text: str, *, delay: float = 0.0) -> None:
        """Let `/api/chat` stream `text` as Ollama would, with counts to match, for whatever model is asked."""
        self.script("/api/chat", saying(text, delay=delay))

    def play(self, name: str) -> Behaviour:
        """The behaviour that replays the recording of that name, whatever is asked."""
        recording = next(recording for recording in self._recordings if recording.name == name)

        def behave(reply: Reply) -> None:
            reply.recording = recording
            replaying(self._delay)(reply)

        return behave

    def asked(self, path: str) -> list[Request]:
        """The requests to `path` so far."""
        return [request for request in self.requests if request.path == path]

    def answer(self, handler: _Handler, request: Request) -> None:
        """Answer one request (called by the server's threads)."""
        with self._lock:
            self.requests.append(request)
            script = self._scripts.get(request.path, [])
            behave = (script.pop(0) if len(script) > 1 else script[0]) if script else replaying(self._delay)
        behave(Reply(handler, request, self._fitting(request)))

    def _fitting(self, request: Request) -> Recording | None:
        model = request.body.get("model")
        fitting = [
            recording
            for recording in self._recordings
            if (recording.method, recording.path) == (request.method, request.path)
            and recording.request.get("model") == model
        ]
        wanted = _parameters(request.path, request.body)

        def likeness(recording: Recording) -> int:
            recorded = _parameters(recording.path, recording.request)
            same: int = sum(wanted.get(key) == recorded.get(key) for key in wanted.keys() | recorded.keys())
            return same + (10 if wanted["stream"] == recorded["stream"] else 0) - (0 if recording.status == 200 else 10)

        return max(fitting, key=likeness, default=None)


def _parameters(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # Ollama streams unless told not to, OpenAI's protocol only when told to.
    return {"stream": not path.startswith("/v1/"), **body, **(body.get("options") or {})}


class _Server(HTTPServer):
    request_queue_size = 64

    def __init__(self, replay: ReplayServer, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.replay = replay
        self.stopping = threading.Event()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="replay")

    def process_request(self, request: Any, client_address: Any) -> None:
        self.pool.submit(self._serve, request, client_address)

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    wbufsize = 0
    timeout = 5.0
    disable_nagle_algorithm = True

    @property
    def stopping(self) -> threading.Event:
        return self.server.stopping

    def handle(self) -> None:
        # The client may hang up at any moment, also between two requests or in the middle of one.
        try:
            super().handle()
        except (ConnectionError, ValueError):
            self.close_connection = True

    def finish(self) -> None:
        if self.connection.fileno() >= 0:
            super().finish()

    def do_GET(self) -> None:
        self._respond()

    do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the base class looks for these names

    def _respond(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = {}
        request = Request(self.command, self.path, body if isinstance(body, dict) else {}, dict(self.headers))
        self.server.replay.answer(self, request)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the server keeps its requests instead of printing them."""
