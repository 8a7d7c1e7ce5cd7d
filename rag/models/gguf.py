"""A GGUF file answered from in this process, by llama.cpp through xllamacpp: no server to install, nothing to start.

`LlamaCpp` is LangChain's chat model over the file, `GgufChat` the same behind `ports.ChatModel`. Needs the extra
`gguf`.
"""

from __future__ import annotations

import json
import queue
import secrets
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, cast

import httpx

from rag.core.errors import (
    ContextOverflow,
    InvalidWeights,
    MissingDependency,
    ModelError,
    ServerBusy,
    TimedOut,
)
from rag.core.machine import usable_cores
from rag.core.ports import ChatChunk, ChatMessage
from rag.core.turns import Turns
from rag.models.hanging_up import Line, overheard
from rag.models.loading import disable_tracing
from rag.models.reply import Reply

disable_tracing()

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

MAGIC: Final = b"GGUF"
"""The first bytes of every GGUF file (ggml's docs/gguf.md)."""
_TOKENIZE_SECONDS: Final = 30.0
_Piece = Mapping[str, Any] | None
"""A line of llama.cpp's reply, in OpenAI's form; None is its end."""


class LlamaCpp(BaseChatModel):
    """A GGUF file as a LangChain chat model, at temperature 0. Loads the file when it is made.

    One request at a time: a second one waits for the first, no longer than `first_token_timeout`.

    Raises:
        MissingDependency: xllamacpp is not installed.
        InvalidWeights: there is no such file, or it is no GGUF file that llama.cpp can load.
    """

    path: Path
    context: int = 8192
    """The largest context window in tokens; the model's own limits it further, see `window`."""
    first_token_timeout: float = 180.0
    """Seconds for the first word, the reading of the prompt included."""
    token_timeout: float = 30.0
    """Seconds between two words."""

    _server: Any = PrivateAttr()
    _key: str = PrivateAttr()
    _window: int = PrivateAttr()
    _busy: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def model_post_init(self, context: Any, /) -> None:
        """Load the file."""
        self._key = secrets.token_hex(16)
        self._server = _load(self.path, self.context, self._key)
        self._window = int(self._ask("/props")["default_generation_settings"]["n_ctx"])

    @property
    def window(self) -> int:
        """The context window it was loaded with, in tokens: `context`, or the model's own where that is smaller."""
        return self._window

    @property
    def _llm_type(self) -> str:
        return "gguf"

    def get_token_ids(self, text: str) -> list[int]:
        """Tokens as llama.cpp makes them of a prompt, special marks in the text being the tokens they would become."""
        tokens: list[int] = self._ask("/tokenize", {"content": text, "parse_special": True})["tokens"]
        return tokens

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        max_tokens: int | None = None,
        patience: float | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Stream a reply; closing the iterator stops the model after the word it is at.

        Args:
            max_tokens: the longest reply.
            patience: seconds for the first word, where they are fewer than `first_token_timeout`.

        Raises:
            ServerBusy: another request was not done in time.
            TimedOut: words stopped coming.
            ContextOverflow: the prompt does not fit the window.
            ModelError: llama.cpp refused the request.
        """
        request: dict[str, Any] = {
            "messages": convert_to_openai_messages(messages),
            "temperature": 0,
            "stream": True,
            # Thinking models think only when asked to; templates of others do not know the word.
            "chat_template_kwargs": {"enable_thinking": False},
        }
        request |= {"max_tokens": max_tokens} if max_tokens else {}
        request |= {"stop": stop} if stop else {}
        limit = self.first_token_timeout if patience is None else min(patience, self.first_token_timeout)
        with closing(self._pieces(request, limit)) as pieces:
            for piece in pieces:
                for choice in piece.get("choices", ()):
                    if text := choice["delta"].get("content"):
                        yield ChatGenerationChunk(message=AIMessageChunk(content=text))
                    if reason := choice.get("finish_reason"):
                        yield _ending(piece, reason)

    def _pieces(self, request: Mapping[str, Any], limit: float) -> Generator[Mapping[str, Any]]:
        if not self._busy.acquire(timeout=limit):
            raise ServerBusy(f"'{self.path.stem}' is still busy with another question.", "Ask again in a minute.")
        # llama.cpp calls back from the thread that asks it, until the reply is complete or the callback says stop;
        # while it reads the prompt it does not. The next request waits for that, whoever gave this one up does not.
        pieces: queue.SimpleQueue[_Piece] = queue.SimpleQueue()
        stopped = threading.Event()

        def take(line: str) -> bool:
            pieces.put(json.loads(line))
            return stopped.is_set()

        def work() -> None:
            try:
                self._server.handle_chat_completions(json.dumps(request), take)
            finally:
                self._busy.release()
                pieces.put(None)

        threading.Thread(target=work, name="llama", daemon=True).start()
        try:
            while (piece := self._next(pieces, limit)) is not None:
                if "error" in piece:
                    raise self._refused(piece["error"])
                limit = self.token_timeout if _has_text(piece) else limit
                yield piece
        finally:
            stopped.set()

    def _next(self, pieces: queue.SimpleQueue[_Piece], limit: float) -> _Piece:
        try:
            return pieces.get(timeout=limit)
        except queue.Empty:
            raise TimedOut(
                f"'{self.path.stem}' gave no word for {limit:.0f} seconds.",
                "Use a smaller model, or set 'first_token_timeout' higher.",
            ) from None

    def _refused(self, error: Mapping[str, Any]) -> ModelError:
        if error.get("type") == "exceed_context_size_error":
            return ContextOverflow(
                f"The prompt does not fit the window of '{self.path.stem}': {error.get('n_prompt_tokens')} tokens of "
                f"{self._window}.",
                "Set 'passages' lower or 'window' higher.",
            )
        return ModelError(f"'{self.path.stem}' failed: {error.get('message', error)}.", "Ask again.")

    def _ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What llama.cpp tells of itself; it does so only at an address on this computer, which the key guards."""
        with httpx.Client(
            base_url=self._server.listening_address,
            headers={"Authorization": f"Bearer {self._key}"},
            trust_env=False,
            timeout=_TOKENIZE_SECONDS,
        ) as client:
            reply = client.get(path) if body is None else client.post(path, json=body)
            return reply.raise_for_status().json()


class GgufChat:
    """A GGUF file as a `ChatModel`.

    Args:
        window: the largest context window in tokens; the model's own limits it further.
        first_token_timeout: seconds for the first word.
        token_timeout: seconds between two words.

    Raises:
        MissingDependency, InvalidWeights: as `LlamaCpp` does.
    """

    def __init__(
        self, path: Path, window: int, *, first_token_timeout: float = 180.0, token_timeout: float = 30.0
    ) -> None:
        self.name = path.stem
        self.turns = Turns(1)
        self._model = LlamaCpp(
            path=path, context=window, first_token_timeout=first_token_timeout, token_timeout=token_timeout
        )

    def window(self) -> int:
        """The window it was loaded with."""
        return self._model.window

    def count_tokens(self, text: str) -> int:
        """The exact count, by the model's own tokenizer."""
        return len(self.tokenize(text))

    def tokenize(self, text: str) -> list[int]:
        """Token ids of a prompt."""
        return self._model.get_token_ids(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """Stream a reply. The window is the one that the model was loaded with; `window` is for the usage only.

        Raises:
            ModelError: as `LlamaCpp` does; `Truncated` when words stopped coming or `max_tokens` was reached after
                text had come.
        """
        reply = Reply(self.name, window)
        prompt = [(message.role, message.content) for message in messages]

        def speak(_: Line) -> Generator[Any]:
            return cast(Generator[Any], self._model.stream(prompt, max_tokens=max_tokens, patience=patience))

        try:
            with closing(overheard(speak)) as source:
                for chunk in source:
                    if chunk is None:
                        yield ChatChunk("")
                        continue
                    if reason := chunk.response_metadata.get("finish_reason"):
                        reply.end(reason)
                    if counted := chunk.usage_metadata:
                        reply.count(counted["input_tokens"], counted["output_tokens"])
                    yield from reply.take(str(chunk.content))
        except ModelError as error:
            raise reply.broken(error) from error
        yield from reply.finish()


def _load(path: Path, window: int, key: str) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingDependency(
            f"The model file {path} needs a package that is not installed: xllamacpp.",
            'Run: pip install "kitabu[gguf]" (in the checkout: .venv/bin/pip install -e ".[gguf]").',
        ) from error
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError as error:
        raise InvalidWeights(
            f"The model file {path} cannot be opened: {error.strerror}.",
            "Correct the setting 'model': gguf: and the path of a file.",
        ) from error
    if magic != MAGIC:
        raise InvalidWeights(f"{path} is not a GGUF file.", "Download the model as a .gguf file.")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = window
    parameters.n_parallel = 1
    parameters.fit_params = False  # it would change the window
    parameters.cache_ram_mib = 0  # or it keeps earlier prompts, in 8 GB of memory
    parameters.warmup = False
    parameters.verbosity = -1
    parameters.ui = False
    parameters.api_keys = [key]
    # One core is left for the rest: llama.cpp's threads spin while they wait, and wait for the slowest of them.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = max(1, usable_cores() - 1)
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise InvalidWeights(
            f"{path} cannot be loaded: it is damaged, made for a newer llama.cpp, or larger than the free memory.",
            "Download it again, or use a smaller model.",
        ) from error


def _has_text(piece: Mapping[str, Any]) -> bool:
    return any(choice["delta"].get("content") for choice in piece.get("choices", ()))


def _ending(piece: Mapping[str, Any], reason: str) -> ChatGenerationChunk:
    timings = piece.get("timings", {})
    read = int(timings.get("prompt_n", 0)) + int(timings.get("cache_n", 0))
    written = int(timings.get("predicted_n", 0))
    message = AIMessageChunk(
        content="",
        usage_metadata={"input_tokens": read, "output_tokens": written, "total_tokens": read + written},
        response_metadata={"finish_reason": reason},
    )
    return ChatGenerationChunk(message=message)
