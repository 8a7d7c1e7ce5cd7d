"""Chat models behind `ports.ChatModel`: Ollama through langchain-ollama, any LangChain chat model, and each by name."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from rag.core.config import Settings
from rag.core.errors import MissingDependency, ModelError, UnknownBackend
from rag.core.ports import ChatChunk, ChatMessage, ChatModel
from rag.core.turns import SERVER_AT_ONCE, Turns, turns_at
from rag.models.figures import FILE, TokenFigures, figures_at
from rag.models.hanging_up import Line, overheard
from rag.models.hardware import total_memory
from rag.models.loading import disable_tracing, load_dotted
from rag.models.ollama import ModelCard, OllamaServer, is_here
from rag.models.ollama_errors import error_text, status_error, transport_error
from rag.models.reply import CUT_OFF, Chunks, Reply, persistent, text_of
from rag.models.tokens import estimate_tokens

if TYPE_CHECKING:
    import httpx
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_ollama import ChatOllama

KEEP_ALIVE: Final = "15m"
"""How long Ollama keeps the model in memory: loading is the longest wait, and questions come in groups."""
OLLAMA_AT_ONCE: Final = 1
"""Ollama's own default (OLLAMA_NUM_PARALLEL): it takes in more, and lets them wait where nobody sees their place."""

_LENGTHS: Final = frozenset({"length", "max_tokens", "MAX_TOKENS"})
"""How the makers of LangChain's models write that a reply reached its longest length."""
_REASONS: Final = ("finish_reason", "stop_reason", "stopReason", "done_reason")
"""Where they write why a reply ended."""
_MessageStream = Generator["AIMessageChunk", None, None]
"""What a LangChain model streams; it is typed as an iterator, and it is a generator that must be closed."""
_line: Final[ContextVar[Line]] = ContextVar("line")
"""The connection of the request that this thread makes: ChatOllama has no parameter that would reach the transport."""


class OllamaChat:
    """A model on an Ollama server.

    Args:
        name: the model's name on the server, e.g. "qwen3:4b".
        first_token_timeout: seconds for the first word, loading included.
        token_timeout: seconds between two words.
        at_once: questions that the server is given at the same time.
        figures: what is known of its tokens.
    """

    def __init__(
        self,
        name: str,
        server: OllamaServer,
        *,
        first_token_timeout: float,
        token_timeout: float,
        at_once: int = OLLAMA_AT_ONCE,
        figures: TokenFigures | None = None,
    ) -> None:
        self.name = name
        self._figures = figures or TokenFigures()
        self.turns = turns_at(server.url, at_once)
        self._server = server
        self._first_token_timeout = first_token_timeout
        self._token_timeout = token_timeout
        self._lock = threading.Lock()
        self._card: ModelCard | None = None
        self._chats: dict[float, ChatOllama] = {}

    def warm_up(self) -> None:
        """Import the client, so that the first question does not wait a second for it. Sends nothing."""
        self._client(self._first_token_timeout)

    def window(self) -> int:
        """The context length that the model was made for; on this machine no more than its memory allows.

        Raises:
            ModelError: unreachable or not pulled.
        """
        return self._about().window(total_memory() if is_here(self._server.url) else 0)

    def count_tokens(self, text: str) -> int:
        """An estimate that errs on the high side, closer once the model has counted a few prompts."""
        return self._figures.count(self.name, text)

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """Stream a reply at temperature 0, the model's thoughts apart. Closing the iterator closes the connection.

        Raises:
            ModelError: see `rag.models.ollama`; `TimedOut` when words stop coming; `ContextOverflow` also after the
                reply when the server read only part of the prompt; `Truncated` when the stream broke off, or the
                reply reached `max_tokens`, after text had come.
        """
        limit = self._first_token_timeout if patience is None else min(patience, self._first_token_timeout)
        return persistent(lambda: self._attempt(messages, window, max_tokens, limit), limit)

    def _attempt(self, messages: Sequence[ChatMessage], window: int, max_tokens: int, limit: float) -> Chunks:
        import httpx
        from ollama import ResponseError

        # The thoughts of a thinking model are read apart, and `_wire` tells it to have none: some cannot help it. Any
        # other model answers 400 when the matter is mentioned.
        parameters: dict[str, Any] = {"reasoning": True} if "thinking" in self._about().capabilities else {}
        parameters["options"] = {"num_ctx": window, "num_predict": max_tokens, "temperature": 0}
        prompt = [(message.role, message.content) for message in messages]

        def speak(line: Line) -> _MessageStream:
            _line.set(line)
            return cast(_MessageStream, self._client(limit).stream(prompt, **parameters))

        contents = [message.content for message in messages]
        reply = Reply(self.name, window, prompt_estimate=sum(map(self.count_tokens, contents)))
        try:
            with closing(overheard(speak)) as source:
                for chunk in source:
                    if chunk is None:
                        yield ChatChunk("")
                        continue
                    told = chunk.response_metadata
                    if told.get("done"):
                        reply.count(int(told.get("prompt_eval_count") or 0), int(told.get("eval_count") or 0))
                        reply.end(str(told.get("done_reason") or "stop"))
                    yield from reply.take(
                        text_of(chunk.content), str(chunk.additional_kwargs.get("reasoning_content") or "")
                    )
        except ResponseError as error:
            raise reply.broken(status_error(error.status_code, error.error, self._server.url, self.name)) from error
        except httpx.TimeoutException as error:
            raise transport_error(error, self._server.url, self.name) from error
        except (httpx.HTTPError, ConnectionError, ValueError, TypeError, AttributeError) as error:
            # ValueError and its like: lines that are not JSON or not Ollama's, and a stream with nothing in it.
            raise reply.broken(transport_error(error, self._server.url, self.name)) from error
        yield from reply.finish()
        self._figures.learn(self.name, contents, reply.prompt_tokens)

    def _about(self) -> ModelCard:
        with self._lock:
            if self._card is None:
                self._card = self._server.show(self.name)
            return self._card

    def _client(self, first_token_timeout: float) -> ChatOllama:
        # The client takes its time limits when it is made; there are two, for answering and for rewriting.
        with self._lock:
            if first_token_timeout not in self._chats:
                disable_tracing()
                from langchain_ollama import ChatOllama

                transport = _wire(self._server.transport(), self._token_timeout)
                timeout = _timeout(self._server.connect_timeout, first_token_timeout)
                self._chats[first_token_timeout] = ChatOllama(
                    model=self.name,
                    base_url=self._server.url,
                    keep_alive=KEEP_ALIVE,
                    client_kwargs={"timeout": timeout, "follow_redirects": False, "trust_env": False},
                    sync_client_kwargs={"transport": transport},
                )
            return self._chats[first_token_timeout]


def _timeout(connect: float, read: float) -> httpx.Timeout:
    import httpx

    return httpx.Timeout(read, connect=connect)


def _wire(inner: httpx.BaseTransport, token_timeout: float) -> httpx.BaseTransport:
    """A transport that adds what ChatOllama and the ollama client leave out, below both of them.

    `truncate: false`, so that a prompt longer than the window is refused instead of cut silently: neither passes it
    on. `think: false` where ChatOllama says true: it reads thoughts apart only where it asks for them. A second time
    limit: Ollama sends its headers with the first word, so the client's read timeout is the time to that, and from the
    headers on the limit between words counts. And hold of the connection, so that it can be cut.
    """
    import httpx

    class Wire(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            body = json.loads(request.read())
            body["truncate"] = False
            if body.get("think"):
                body["think"] = False
            headers = [(key, value) for key, value in request.headers.raw if key.lower() != b"content-length"]
            timeout = dict(request.extensions["timeout"])
            extensions = {**request.extensions, "timeout": timeout, "trace": _line.get().traced}
            changed = httpx.Request(request.method, request.url, headers=headers, json=body, extensions=extensions)
            response = inner.handle_request(changed)
            # httpcore looks here when it begins to read the body.
            timeout["read"] = token_timeout
            return response

        def close(self) -> None:
            inner.close()

    return Wire()


class LangChainChat:
    """Any LangChain chat model, streamed as a `Runnable`.

    Args:
        window: its context window in tokens; LangChain's interface does not tell.
        at_once: questions that it is given at the same time.
    """

    def __init__(self, model: BaseChatModel, name: str, window: int, at_once: int = SERVER_AT_ONCE) -> None:
        self.name = name
        self.turns = Turns(at_once)
        self._model = model
        self._window = window

    def window(self) -> int:
        """The window it was built with."""
        return self._window

    def count_tokens(self, text: str) -> int:
        """An estimate that errs on the high side."""
        return estimate_tokens(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """Stream a reply. `max_tokens` ends it; LangChain has no parameter for `window`, which is for the usage only,
        and none for `patience`, which is ignored.

        Raises:
            ModelError: whatever the model raised, by its name; `Truncated` when text had come, at `max_tokens`, and
                where its server cut it off.
        """
        reply = Reply(self.name, window)
        prompt = [(message.role, message.content) for message in messages]
        written, read, reason = 0, 0, "stop"
        try:
            with closing(overheard(lambda _: cast(_MessageStream, self._model.stream(prompt)))) as source:
                for chunk in source:
                    if chunk is None:
                        yield ChatChunk("")
                        continue
                    written += 1
                    if usage := chunk.usage_metadata:
                        read = max(read, usage["input_tokens"])
                        written = max(written, usage["output_tokens"])
                    yield from reply.take(
                        text_of(chunk.content), str(chunk.additional_kwargs.get("reasoning_content") or "")
                    )
                    if written > max_tokens or not _LENGTHS.isdisjoint(map(str, chunk.response_metadata.values())):
                        reason = "length"
                        break
                    told = (chunk.response_metadata.get(key) for key in _REASONS)
                    reason = next((str(why) for why in told if str(why).lower() in CUT_OFF), reason)
        except Exception as error:  # a foreign class: whatever it raises is its failure, told by name
            failure = ModelError(f"'{self.name}' failed: {error_text(str(error))}.", "Check the setting 'model'.")
            raise reply.broken(failure) from error
        reply.count(read, written)
        reply.end(reason)
        yield from reply.finish()


def _ollama(name: str, settings: Settings) -> ChatModel:
    return OllamaChat(
        name,
        OllamaServer(settings.ollama_url, settings.connect_timeout),
        first_token_timeout=settings.first_token_timeout,
        token_timeout=settings.token_timeout,
        at_once=settings.at_once or OLLAMA_AT_ONCE,
        figures=figures_at(settings.data / FILE),
    )


def _openai(name: str, settings: Settings) -> ChatModel:
    from rag.models.openai import OpenAIChat, OpenAIServer

    return OpenAIChat(
        name,
        OpenAIServer(settings.openai_url, settings.openai_key.get_secret_value(), settings.connect_timeout),
        settings.window,
        first_token_timeout=settings.first_token_timeout,
        token_timeout=settings.token_timeout,
        at_once=settings.at_once or SERVER_AT_ONCE,
        figures=figures_at(settings.data / FILE),
    )


def _gguf(path: str, settings: Settings) -> ChatModel:
    from rag.models.gguf import GgufChat

    return GgufChat(
        Path(path).expanduser(),
        settings.window,
        first_token_timeout=settings.first_token_timeout,
        token_timeout=settings.token_timeout,
    )


def _langchain(name: str, settings: Settings) -> ChatModel:
    disable_tracing()
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise MissingDependency(
            f"Setting 'model' names '{LANGCHAIN}:{name}', but the module 'langchain' is not installed.",
            'Run: pip install "kitabu[langchain]", and the package of its maker, for example langchain-mistralai.',
        ) from error
    try:
        model = init_chat_model(name, temperature=0)
    except ImportError as error:
        raise MissingDependency(f"'{LANGCHAIN}:{name}' needs a package: {error}.", "Install it with pip.") from error
    except Exception as error:
        # A foreign class: whatever it raises (a missing key, an unknown name) is why it could not be made.
        raise UnknownBackend(
            f"Setting 'model' names '{LANGCHAIN}:{name}', which LangChain cannot make: {error_text(str(error))}.",
            f'Write it like "{LANGCHAIN}:mistralai:mistral-small-latest", as init_chat_model takes it.',
        ) from error
    return LangChainChat(model, name, settings.window, settings.at_once or SERVER_AT_ONCE)


GGUF: Final = "gguf"
OPENAI: Final = "openai"
LANGCHAIN: Final = "langchain"
_REGISTERED: Final[Mapping[str, Callable[[str, Settings], ChatModel]]] = {
    "ollama": _ollama,
    OPENAI: _openai,
    GGUF: _gguf,
    LANGCHAIN: _langchain,
}


def load_chat_model(name: str, settings: Settings) -> ChatModel:
    """The chat model that `name` means: "ollama:NAME", a bare NAME (on Ollama), "openai:NAME" (on a server that speaks
    OpenAI's protocol), "gguf:PATH", "langchain:MAKER:NAME" (by `init_chat_model`), or a LangChain class's dotted path.

    "llama3.2" is a name, not a path: the parts of a dotted path are Python names.

    Raises:
        UnknownBackend: the dotted path or the name leads to no chat model.
        MissingDependency: a module is not installed.
        InvalidWeights: the GGUF file cannot be loaded.
        ConfigError: the server's address or key is none.
    """
    backend, separator, rest = name.partition(":")
    if separator and backend in _REGISTERED:
        return _REGISTERED[backend](rest, settings)
    if "." not in name or not all(part.isidentifier() for part in name.split(".")):
        return _ollama(name, settings)
    model = load_dotted(name, "model", [f"{prefix}:NAME" for prefix in _REGISTERED], ["stream"])
    return LangChainChat(cast("BaseChatModel", model), name, settings.window, settings.at_once or SERVER_AT_ONCE)
