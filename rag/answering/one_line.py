"""What a model is asked for in one line: a question in other words."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rag.answering.context import SMALLEST_WINDOW
from rag.answering.generate import closing_stream
from rag.answering.links import foreign
from rag.core.orders import find_orders
from rag.core.ports import ChatMessage, ChatModel


def one_line(
    model: ChatModel, prompt: Sequence[ChatMessage], *, max_tokens: int, seconds: float, max_window: int
) -> str:
    """The first line of the reply; "" when it took too long.

    Args:
        seconds: for the whole reply, the wait for the first word included.
        max_window: the largest context window to ask of the model, in tokens.

    Raises:
        ModelError: as the model's `stream` does; `TimedOut` also when its first word did not come in time.
    """
    text, deadline = "", time.monotonic() + seconds
    window = min(SMALLEST_WINDOW, max_window, model.window())
    stream = model.stream(prompt, window=window, max_tokens=max_tokens, patience=seconds)
    with closing_stream(stream) as source:
        for chunk in source:
            text = chunk.text if chunk.withdrawn else text + chunk.text
            if "\n" in text.strip():
                break
            if time.monotonic() > deadline:
                return ""
    return next(iter(text.strip().splitlines()), "")


def undressed(line: str) -> str:
    """The line without the marks of quotation and emphasis that models put around it."""
    return line.strip(" \"'“”«»*`")


def brings_in(text: str, asked: Sequence[str]) -> bool:
    """Whether it has an order or an address that no person wrote: earlier answers, and models, quote documents."""
    return (bool(find_orders(text)) and not any(map(find_orders, asked))) or bool(foreign(text, asked))
