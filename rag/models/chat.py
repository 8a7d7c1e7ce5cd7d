"""Chat models behind `ports.ChatModel`: Ollama through langchain-ollama, and any LangChain chat model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, cast

from rag.core.config import Settings
from rag.core.errors import ContextOverflow, ModelError, Truncated
from rag.core.ports import ChatChunk, ChatMessage, ChatModel
from rag.core.types import Usage
from rag.models.loading import disable_tracing, load_dotted
from rag.models.ollama import ModelCard, OllamaServer, error_text, status_error, transport_error
from rag.models.thinking import ThinkingFilter
from rag.models.tokens import estimate_tokens

if TYPE_CHECKING:
    import httpx
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_ollama import ChatOllama

KEEP_ALIVE: Final = "15m"
"""How long Ollama keeps the model in memory: loading is the longest wait, and questions come in groups."""
LEAST_SHARE: Final = 0.25
"""Of the estimated prompt tokens, what a server that read all of it evaluates at least: the estimate is at most
about twice too high on measured text, and repetition and wide vocabularies lower the count further."""

_MessageStream = Generator["AIMessageChunk", None, None]
"""What a LangChain model streams; it is typed as an iterator, and it is a generator that must be closed."""


class OllamaChat:
    """A model on an Ollama server.

    Args:
        name: the model's name on the server, e.g. "qwen3:4b".
        first_token_timeout: seconds for the first word, loading included.
        token_timeout: seconds between two words.
    """

    def __init__(self, name: str, server: OllamaServer, *, first_token_timeout: float, token_timeout: float) -> None:
        self.name = name
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
        """The context length that the model was made for.

        Raises:
            ModelError: unreachable or not pulled.
        """
        return self._about().context_length

    def count_tokens(self, text: str) -> int:
        """An estimate that errs on the high side."""
        return estimate_tokens(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """Stream a reply at temperature 0, without the model's thinking. Closing the iterator closes the connection.

        Raises:
            ModelError: see `rag.models.ollama`; `TimedOut` when words stop coming; `ContextOverflow` also after the
                reply when the server read only part of the prompt; `Truncated` when the stream broke off, or the
                reply reached `max_tokens`, after text had come.
        """
        import httpx
        from ollama import ResponseError

        # A thinking model is told not to; any other answers 400 when the matter is mentioned.
        parameters: dict[str, Any] = {"reasoning": False} if "thinking" in self._about().capabilities else {}
        parameters["options"] = {"num_ctx": window, "num_predict": max_tokens, "temperature": 0}
        limit = self._first_token_timeout if patience is None else min(patience, self._first_token_timeout)
        source = self._client(limit).stream([(m.role, m.content) for m in messages], **parameters)
        reply = _Reply(self.name, window, prompt_estimate=sum(self.count_tokens(m.content) for m in messages))
        try:
            with closing(cast(_MessageStream, source)):
                yield from reply.read(source)
        except ResponseError as error:
            raise reply.broken(status_error(error.status_code, error.error, self._server.url, self.name)) from error
        except httpx.TimeoutException as error:
            raise transport_error(error, self._server.url, self.name) from error
        except (httpx.HTTPError, ConnectionError, ValueError, TypeError, AttributeError) as error:
            # ValueError and its like: lines that are not JSON or not Ollama's, and a stream with nothing in it.
            raise reply.broken(transport_error(error, self._server.url, self.name)) from error
        yield from reply.finish()

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


class _Reply:
    """Reads one stream of message chunks and judges how it ended."""

    def __init__(self, model: str, window: int, prompt_estimate: int) -> None:
        self._model = model
        self._window = window
        self._prompt_estimate = prompt_estimate
        self._filter = ThinkingFilter()
        self._text_came = False
        self._ending: Mapping[str, Any] = {}

    def read(self, source: Iterator[AIMessageChunk]) -> Iterator[ChatChunk]:
        for chunk in source:
            if chunk.response_metadata.get("done"):
                self._ending = chunk.response_metadata
            yield from self._show(self._filter.feed(text_of(chunk)))

    def finish(self) -> Iterator[ChatChunk]:
        """The usage, or the error that the ending means."""
        yield from self._show(self._filter.finish())
        if not self._ending:
            raise self.broken(ModelError(f"'{self._model}' stopped without an answer.", "Ask again."))
        evaluated = int(self._ending.get("prompt_eval_count") or 0)
        written = int(self._ending.get("eval_count") or 0)
        yield ChatChunk("", Usage(evaluated, written, self._window))
        if 0 < evaluated < self._prompt_estimate * LEAST_SHARE:
            raise ContextOverflow(
                f"'{self._model}' read only {evaluated} tokens of the passages; the rest was cut by the model server.",
                "Update Ollama, or set 'passages' lower.",
            )
        if self._ending.get("done_reason") == "length":
            raise Truncated(
                f"The answer of '{self._model}' reached its longest length and stops there.",
                "Set 'answer_tokens' higher.",
            )
        if not self._text_came:
            raise ModelError(f"'{self._model}' gave an empty answer.", "Ask again, or use another model.")

    def broken(self, cause: ModelError) -> ModelError:
        """The error for a stream that failed: `cause`, or `Truncated` when text had come."""
        if not self._text_came:
            return cause
        return Truncated(f"The answer of '{self._model}' broke off. {cause.message}", "Ask again.")

    def _show(self, text: str) -> Iterator[ChatChunk]:
        if text:
            self._text_came = True
            yield ChatChunk(text)


def _timeout(connect: float, read: float) -> httpx.Timeout:
    import httpx

    return httpx.Timeout(read, connect=connect)


def _wire(inner: httpx.BaseTransport, token_timeout: float) -> httpx.BaseTransport:
    """A transport that adds what ChatOllama and the ollama client leave out, below both of them.

    `truncate: false`, so that a prompt longer than the window is refused instead of cut silently: neither passes it
    on. And a second time limit: Ollama sends its headers with the first word, so the client's read timeout is the
    time to that, and from the headers on the limit between words counts.
    """
    import httpx

    class Wire(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            body = json.loads(request.read())
            body["truncate"] = False
            headers = [(key, value) for key, value in request.headers.raw if key.lower() != b"content-length"]
            timeout = dict(request.extensions["timeout"])
            extensions = {**request.extensions, "timeout": timeout}
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
    """

    def __init__(self, model: BaseChatModel, name: str, window: int) -> None:
        self.name = name
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
            ModelError: whatever the model raised, by its name; `Truncated` when text had come, or at `max_tokens`.
        """
        thinking = ThinkingFilter()
        written = prompt = 0
        text_came = cut = False
        try:
            with closing(cast(_MessageStream, self._model.stream([(m.role, m.content) for m in messages]))) as source:
                for chunk in source:
                    written += 1
                    if usage := chunk.usage_metadata:
                        prompt = max(prompt, usage["input_tokens"])
                        written = max(written, usage["output_tokens"])
                    if text := thinking.feed(text_of(chunk)):
                        text_came = True
                        yield ChatChunk(text)
                    if cut := written > max_tokens:
                        break
        except Exception as error:  # a foreign class: whatever it raises is its failure, told by name
            told = error_text(str(error))
            if text_came:
                raise Truncated(f"The answer of '{self.name}' broke off: {told}.", "Ask again.") from error
            raise ModelError(f"'{self.name}' failed: {told}.", "Check the setting 'model'.") from error
        if rest := thinking.finish():
            text_came = True
            yield ChatChunk(rest)
        yield ChatChunk("", Usage(prompt, written, window))
        if cut:
            raise Truncated(f"The answer of '{self.name}' reached its longest length.", "Set 'answer_tokens' higher.")
        if not text_came:
            raise ModelError(f"'{self.name}' gave an empty answer.", "Ask again, or use another model.")


def text_of(chunk: AIMessageChunk) -> str:
    """The text of a message chunk, its content being a string or a list of blocks."""
    if isinstance(chunk.content, str):
        return chunk.content
    return "".join(
        block if isinstance(block, str) else str(block.get("text", ""))
        for block in chunk.content
        if isinstance(block, str) or block.get("type") == "text"
    )


def _ollama(name: str, settings: Settings) -> ChatModel:
    return OllamaChat(
        name,
        OllamaServer(settings.ollama_url, settings.connect_timeout),
        first_token_timeout=settings.first_token_timeout,
        token_timeout=settings.token_timeout,
    )


_REGISTERED: Final[Mapping[str, Callable[[str, Settings], ChatModel]]] = {
    "ollama": _ollama,
}


def load_chat_model(name: str, settings: Settings) -> ChatModel:
    """The chat model that `name` means: "ollama:NAME", a bare NAME (on Ollama), or a LangChain class's dotted path.

    "llama3.2" is a name, not a path: the parts of a dotted path are Python names.

    Raises:
        UnknownBackend: the dotted path leads to no chat model.
        MissingDependency: its module is not installed.
        ConfigError: the server's address is none.
    """
    backend, separator, rest = name.partition(":")
    if separator and backend in _REGISTERED:
        return _REGISTERED[backend](rest, settings)
    if "." not in name or not all(part.isidentifier() for part in name.split(".")):
        return _ollama(name, settings)
    model = load_dotted(name, "model", [f"{prefix}:NAME" for prefix in _REGISTERED], ["stream"])
    return LangChainChat(cast("BaseChatModel", model), name, settings.window)
