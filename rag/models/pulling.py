"""What changes an Ollama server: getting a model, taking it away, and having it in memory."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rag.core.errors import ModelError, ModelNotFound, Truncated
from rag.models.chat import KEEP_ALIVE
from rag.models.hanging_up import Line
from rag.models.ollama import OllamaServer
from rag.models.ollama_errors import error_text, status_error, transport_error

if TYPE_CHECKING:
    import httpx
    from ollama import Client

SILENCE: Final = 600.0
"""Seconds without a word after which a pull counts as broken: a large file is checked in silence for minutes."""
LOAD_SECONDS: Final = 600.0
"""Longest wait for a model to be read into memory, from a slow disk."""
RATE_SECONDS: Final = 10.0
"""How far back the rate of a pull looks: long enough to be steady, short enough to follow the connection."""


class PullStage(StrEnum):
    """What the server does for a pull."""

    LOOKING = "looking"
    LOADING = "loading"
    CHECKING = "checking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is."""

    stage: PullStage
    completed: int = 0
    """Bytes that are there, those of an earlier try included."""
    total: int = 0
    """Bytes of all the parts that the server has named so far; 0 before the first."""
    rate: float = 0.0
    """Bytes a second over the last seconds; 0 before it can be told."""

    @property
    def seconds_left(self) -> float | None:
        """None before the rate can be told."""
        return (self.total - self.completed) / self.rate if self.rate else None


class Pull:
    """One model on its way to the server. What has come is kept by the server: another pull goes on from there.

    Args:
        server: where it goes.
        model: its name in the library of Ollama, e.g. "qwen3:4b".
    """

    def __init__(self, server: OllamaServer, model: str) -> None:
        self.model = model
        self._server = server
        self._line = Line()
        self._parts: dict[str, tuple[int, int]] = {}
        self._seen: deque[tuple[float, int]] = deque()

    def cancel(self) -> None:
        """End it, from any thread: `follow` ends at once, and the server stops loading."""
        self._line.cut()

    def follow(self) -> Iterator[PullProgress]:
        """Pull, and say how far it is; the last word is `DONE`. Ends without it when it is cancelled.

        Raises:
            ModelError: the server is unreachable, has no room, or cannot reach the library; `ModelNotFound`
                when no model has that name; `Truncated` when the connection broke off.
        """
        import httpx
        from ollama import ResponseError

        progress = PullProgress(PullStage.LOOKING)
        try:
            with closing(_client(self._server, SILENCE, self._line)) as client:
                for line in client.pull(self.model, stream=True):
                    progress = self._read(line.status or "", line.digest, line.total or 0, line.completed or 0)
                    yield progress
        except ResponseError as error:
            raise _pull_error(error.status_code, error.error, self._server.url, self.model) from error
        except (httpx.HTTPError, ConnectionError, OSError) as error:
            if self._line.was_cut:
                return
            if progress.total and not isinstance(error, httpx.TimeoutException):
                raise self._broken() from error
            raise transport_error(error, self._server.url, self.model) from error
        except (ValueError, TypeError, AttributeError) as error:
            if self._line.was_cut:
                return
            raise transport_error(error, self._server.url, self.model) from error
        if progress.stage is not PullStage.DONE and not self._line.was_cut:
            raise self._broken()

    def _broken(self) -> Truncated:
        return Truncated(
            f"The connection to the model server broke off while it was getting '{self.model}'.",
            "Get it again: what has come is kept, and it goes on from there.",
        )

    def _read(self, status: str, digest: str | None, total: int, completed: int) -> PullProgress:
        if digest and total:
            if digest not in self._parts:
                # Its first word may tell of bytes that were there before: the rate counts from it.
                self._seen.clear()
            self._parts[digest] = completed, total
            stage = PullStage.LOADING
        elif status == "success":
            stage = PullStage.DONE
        else:
            stage = PullStage.CHECKING if self._parts else PullStage.LOOKING
        done = sum(part for part, _ in self._parts.values())
        if stage is PullStage.LOADING and completed:
            self._note(done)
        return PullProgress(stage, done, sum(whole for _, whole in self._parts.values()), self._rate())

    def _note(self, done: int) -> None:
        now = time.monotonic()
        self._seen.append((now, done))
        while now - self._seen[0][0] > RATE_SECONDS:
            self._seen.popleft()

    def _rate(self) -> float:
        if len(self._seen) < 2:
            return 0.0
        (began, first), (ended, last) = self._seen[0], self._seen[-1]
        return (last - first) / (ended - began) if ended > began else 0.0


def remove(server: OllamaServer, model: str) -> None:
    """Delete a model from the server's disk.

    Raises:
        ModelError: unreachable; `ModelNotPulled` when it is not there.
    """
    with _translated(server, model), closing(_client(server, server.connect_timeout)) as client:
        client.delete(model)


def load(server: OllamaServer, model: str, window: int) -> float:
    """Have a model in memory with that window, and keep it there for `KEEP_ALIVE`; the seconds that took.

    Raises:
        ModelError: unreachable, not pulled, or it does not fit the memory.
    """
    began = time.monotonic()
    with _translated(server, model), closing(_client(server, LOAD_SECONDS)) as client:
        client.chat(model, [], options={"num_ctx": window}, keep_alive=KEEP_ALIVE)
    return time.monotonic() - began


def unload(server: OllamaServer, model: str) -> None:
    """Take a model out of memory.

    Raises:
        ModelError: unreachable or not pulled.
    """
    with _translated(server, model), closing(_client(server, server.connect_timeout)) as client:
        client.chat(model, [], keep_alive=0)


@contextmanager
def _translated(server: OllamaServer, model: str) -> Iterator[None]:
    """Errors of the client within the block as those of Kitabu."""
    import httpx
    from ollama import ResponseError

    try:
        yield
    except ResponseError as error:
        raise status_error(error.status_code, error.error, server.url, model) from error
    except (httpx.HTTPError, ConnectionError, ValueError, TypeError, AttributeError) as error:
        raise transport_error(error, server.url, model) from error


def _pull_error(status: int, told: str, url: str, model: str) -> ModelError:
    """The error for what the server says of a pull; it says most of it in a line under status 200."""
    words = error_text(told)
    if "file does not exist" in words or "invalid model name" in words:
        return ModelNotFound(
            f"The library of Ollama has no model '{model}'.", "Look the name up at ollama.com/search, such as qwen3:4b."
        )
    if "newer version of ollama" in words.casefold():
        return ModelError(f"'{model}' needs a newer Ollama.", "Update Ollama (ollama.com), then get the model again.")
    if "no space left" in words or "not enough space" in words:
        return ModelError(
            f"The disk of the model server is full: '{model}' does not fit.",
            "Free some space there, then get it again: what has come is kept.",
        )
    if "pull model manifest" in words or "dial tcp" in words or "max retries" in words:
        return ModelError(
            f"The model server cannot reach the library of Ollama to get '{model}': {words}.",
            "Connect it to the internet and get it again, or copy .ollama/models from a computer that has the model.",
        )
    return status_error(status, told, url, model)


def _client(server: OllamaServer, silence: float, line: Line | None = None) -> Client:
    """Ollama's client, connected directly as `OllamaServer` is, waiting `silence` seconds for each word."""
    import httpx
    from ollama import Client

    transport: httpx.BaseTransport = server.transport()
    return Client(
        server.url,
        timeout=httpx.Timeout(silence, connect=server.connect_timeout),
        follow_redirects=False,
        trust_env=False,
        transport=_watched(transport, line) if line else transport,
    )


def _watched(inner: httpx.BaseTransport, line: Line) -> httpx.BaseTransport:
    """A transport that tells `line` of the connections that `inner` makes."""
    import httpx

    class Watched(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.extensions = {**request.extensions, "trace": line.traced}
            return inner.handle_request(request)

        def close(self) -> None:
            inner.close()

    return Watched()
