"""Chat models on any server that speaks OpenAI's protocol: vLLM, llama-server, LM Studio and their like.

The protocol is spoken here, over httpx, and not through langchain-openai: that leaves out what a thinking model thinks
(`reasoning_content`), has one time limit for the first word and for those after it, and takes keys, organisations and
proxies from `OPENAI_*` variables, which would then be sent to whatever address is set. Nothing from the environment is
sent here.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from rag.core.errors import (
    AccessDenied,
    ConfigError,
    ConnectionLost,
    ContextOverflow,
    ModelError,
    ModelNotPulled,
    ServerBusy,
    ServerUnreachable,
    TimedOut,
)
from rag.core.ports import ChatChunk, ChatMessage
from rag.core.turns import SERVER_AT_ONCE, turns_at
from rag.models.figures import TokenFigures
from rag.models.hanging_up import Line, overheard
from rag.models.ollama import normalise_url
from rag.models.ollama_errors import error_text
from rag.models.reply import Chunks, Reply, persistent, text_of

if TYPE_CHECKING:
    import httpx

CHECK_HINT: Final = "Start the model server, or correct the setting 'openai_url'."
_END: Final = "[DONE]"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model as the server lists it."""

    name: str
    window: int
    """Tokens it was started with; 0 where the server does not say."""


class OpenAIServer:
    """One server. Connections are direct (no proxy from the environment, no redirect followed).

    Args:
        url: its address as people write it; without a path it gets `/v1`, where these servers have the protocol.
        key: sent as a bearer token where it is not empty; never in an error or a log.
        connect_timeout: seconds to reach it; also the longest that `models` takes.

    Raises:
        ConfigError: `url` is no address, or `key` cannot be sent.
    """

    def __init__(self, url: str, key: str, connect_timeout: float) -> None:
        text = url.strip()
        full = normalise_url(text if "://" in text else f"http://{text}", setting="openai_url")
        self.url = full if urlsplit(full).path else f"{full}/v1"
        self.connect_timeout = connect_timeout
        self._key = key.strip()
        if not (self._key.isascii() and (self._key.isprintable())):
            raise ConfigError("Setting 'openai_key' holds characters that no key has.", "Copy the key again.")

    def client(self) -> httpx.Client:
        """A client of one's own; to be closed."""
        import httpx

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        limits = httpx.Limits(max_keepalive_connections=0)
        transport = httpx.HTTPTransport(verify=self.url.startswith("https"), trust_env=False, limits=limits)
        return httpx.Client(transport=transport, headers=headers, timeout=self.connect_timeout, trust_env=False)

    def models(self) -> tuple[ServedModel, ...]:
        """What the server has.

        Raises:
            ModelError: unreachable, or it wants another key.
        """
        import httpx

        try:
            with self.client() as client:
                reply = client.get(f"{self.url}/models")
                if reply.status_code != 200:
                    raise self.refused(reply.status_code, reply.text, "")
                return tuple(_served(entry) for entry in reply.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.failed(error) from error

    def problem(self, model: str) -> tuple[str, str]:
        """Why the model cannot answer, and what to do; both empty when it can."""
        try:
            names = [served.name for served in self.models()]
        except ModelError as error:
            return error.message, error.hint
        if names and model not in names:
            # llama-server answers to any name, so this is no error before it is asked.
            return self._missing(model, names).message, self._missing(model, names).hint
        return "", ""

    def refused(self, status: int, body: str, model: str) -> ModelError:
        """The error for a reply other than 200, or for one within a stream (`status` 0)."""
        told = _told(body)
        if self._key:
            told = told.replace(self._key, "(key)")
        if status in (401, 403):
            return AccessDenied(f"The model server at {self.url} wants another key.", "Correct 'openai_key'.")
        if re.search(r"context (?:length|size|window)|maximum context|exceed\w* .*context", told):
            return ContextOverflow(
                f"The question and its passages do not fit the window of '{model}'.",
                "Start the model server with a larger window, or set 'passages' lower.",
            )
        if status == 404:
            names: list[str] = []
            with suppress(ModelError):
                names = [served.name for served in self.models()] if model else []
            return self._missing(model, names)
        if status in (429, 503):
            return ServerBusy(f"The model server at {self.url} is busy.", "Wait a moment and ask again.")
        return ModelError(f"The model server at {self.url} reported an error for '{model}': {told}.", "Ask again.")

    def failed(self, error: Exception) -> ModelError:
        """The error for a request that got no reply, or one of another kind."""
        import httpx

        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | ConnectionError):
            return ServerUnreachable(f"Nothing answers at {self.url}.", CHECK_HINT)
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            return TimedOut(f"The model server at {self.url} stopped answering.", "Try a smaller model.")
        if isinstance(error, httpx.TransportError):
            return ConnectionLost(f"The model server at {self.url} closed the connection.", "Look whether it runs.")
        return ModelError(f"What answers at {self.url} does not speak OpenAI's protocol.", CHECK_HINT)

    def _missing(self, model: str, names: Sequence[str]) -> ModelNotPulled:
        if not model:
            return ModelNotPulled(f"What answers at {self.url} lists no models.", "Its address usually ends in /v1.")
        has = f"It has: {', '.join(names[:5])}." if names else "Its address usually ends in /v1."
        return ModelNotPulled(f"The model server at {self.url} does not have '{model}'.", has)


class OpenAIChat:
    """A model on such a server.

    Args:
        name: the model's name there.
        window: the context window where the server does not tell it, in tokens.
        first_token_timeout: seconds for the first word.
        token_timeout: seconds between two words.
        at_once: questions that the server is given at the same time.
        figures: what is known of its tokens.
    """

    def __init__(
        self,
        name: str,
        server: OpenAIServer,
        window: int,
        *,
        first_token_timeout: float,
        token_timeout: float,
        at_once: int = SERVER_AT_ONCE,
        figures: TokenFigures | None = None,
    ) -> None:
        self.name = name
        self.server = server
        self.turns = turns_at(server.url, at_once)
        self._figures = figures or TokenFigures()
        self._usual_window = window
        self._first_token_timeout = first_token_timeout
        self._token_timeout = token_timeout
        self._window = 0
        self._template = True

    def window(self) -> int:
        """The window that the server started the model with.

        Raises:
            ModelError: unreachable, or it wants another key.
        """
        if not self._window:
            try:
                models = self.server.models()
            except ModelNotPulled:
                models = ()  # some gateways list none; whether they have the model is told when it is asked
            # A server of one model answers to any name.
            own = [served for served in models if served.name == self.name or len(models) == 1]
            self._window = own[0].window if own and own[0].window else self._usual_window
        return self._window

    def count_tokens(self, text: str) -> int:
        """An estimate that errs on the high side, closer once the model has counted a few prompts."""
        return self._figures.count(self.name, text)

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """Stream a reply at temperature 0. The window is the one that the model was started with; `window` is for the
        usage only. Closing the iterator closes the connection.

        Raises:
            ModelError: as `OpenAIServer.refused` and `failed` tell it; `TimedOut` when words stop coming;
                `ContextOverflow` also after the reply when the server read only part of the prompt; `Truncated` when
                the stream broke off, or the reply reached `max_tokens`, after text had come.
        """
        limit = self._first_token_timeout if patience is None else min(patience, self._first_token_timeout)
        return persistent(lambda: self._attempt(messages, window, max_tokens, limit), limit)

    def _attempt(self, messages: Sequence[ChatMessage], window: int, max_tokens: int, limit: float) -> Chunks:
        import httpx

        request: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "temperature": 0,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._template:
            # Thinking models think only when asked to; templates of others do not know the word.
            request["chat_template_kwargs"] = {"enable_thinking": False}
        contents = [message.content for message in messages]
        reply = Reply(self.name, window, prompt_estimate=sum(map(self.count_tokens, contents)))
        try:
            with closing(_events(self.server, request, limit, self._token_timeout)) as events:
                for event in events:
                    if event is None:
                        yield ChatChunk("")
                        continue
                    if event.get("error"):
                        raise reply.broken(self.server.refused(0, json.dumps(event), self.name))
                    if counted := event.get("usage"):
                        reply.count(int(counted.get("prompt_tokens") or 0), int(counted.get("completion_tokens") or 0))
                    for choice in event.get("choices") or ():
                        delta = choice.get("delta") or {}
                        thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
                        yield from reply.take(text_of(delta.get("content")), str(thought))
                        if reason := choice.get("finish_reason"):
                            reply.end(str(reason))
        except _Refused as refused:
            if self._template and refused.status in (400, 422) and "chat_template_kwargs" in refused.body:
                self._template = False
                yield from self._attempt(messages, window, max_tokens, limit)
                return
            self._window = 0  # it may have been started anew with another
            raise self.server.refused(refused.status, refused.body, self.name) from refused
        except TimeoutError as error:
            raise self.server.failed(error) from error
        except (httpx.HTTPError, ConnectionError, ValueError, TypeError, AttributeError) as error:
            raise reply.broken(self.server.failed(error)) from error
        yield from reply.finish()
        self._figures.learn(self.name, contents, reply.prompt_tokens)


class _Refused(Exception):
    """A reply that is no stream."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def _events(
    server: OpenAIServer, request: Mapping[str, Any], first: float, between: float
) -> Generator[Mapping[str, Any] | None]:
    """What the server streams, up to its end; None for every second of silence.

    These servers send their headers at once, and httpx has one time limit for all that follows: the first word, which
    may take minutes, and the next, which may not. So the time is taken here.

    Args:
        first: seconds for the first word.
        between: seconds between two.

    Raises:
        TimeoutError: nothing came in time.
        _Refused: it is no stream.
    """
    limit, heard_at = first, time.monotonic()
    with closing(overheard(lambda line: _lines(server, request, line))) as lines:
        for line in lines:
            if line is None:
                if time.monotonic() - heard_at >= limit:
                    raise TimeoutError
                yield None
                continue
            name, _, value = line.partition(":")
            value = value.strip()
            # Others are comments that keep the connection open, and the names of events.
            if name in ("data", "error") and value != _END:
                heard_at = time.monotonic()
                event = json.loads(value)
                if not isinstance(event, dict):
                    raise TypeError(value)
                # The first event may only say who speaks.
                limit = between if _speaks(event) else limit
                yield {"error": event} if name == "error" else event


def _lines(server: OpenAIServer, request: Mapping[str, Any], line: Line) -> Generator[str]:
    import httpx

    url, timeout = f"{server.url}/chat/completions", httpx.Timeout(None, connect=server.connect_timeout)
    with (
        server.client() as client,
        client.stream("POST", url, json=request, timeout=timeout, extensions={"trace": line.traced}) as response,
    ):
        if response.status_code != 200:
            raise _Refused(response.status_code, response.read().decode(errors="replace"))
        if "event-stream" not in response.headers.get("Content-Type", ""):
            raise ValueError(response.headers.get("Content-Type"))
        yield from filter(None, response.iter_lines())


def _speaks(event: Mapping[str, Any]) -> bool:
    deltas = [choice.get("delta") or {} for choice in event.get("choices") or ()]
    return any(delta.get(key) for delta in deltas for key in ("content", "reasoning_content", "reasoning"))


def _served(entry: Mapping[str, Any]) -> ServedModel:
    """vLLM tells the window as `max_model_len`, llama-server under `meta`, LM Studio by one of two names."""
    meta = cast(Mapping[str, Any], entry.get("meta") or {})
    told = (entry.get("max_model_len"), meta.get("n_ctx"), entry.get("loaded_context_length"))
    return ServedModel(str(entry["id"]), next((int(length) for length in told if length), 0))


def _told(body: str) -> str:
    """What an error says; OpenAI's form has it one level deeper than Ollama's."""
    try:
        error = json.loads(body)["error"]
        return error_text(json.dumps({"error": error["message"]}))
    except (ValueError, KeyError, TypeError):
        return error_text(body)
