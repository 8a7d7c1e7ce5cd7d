"""When the words of one reply came."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import NamedTuple, cast

from rag.core.errors import Truncated
from rag.core.ports import ChatChunk, ChatMessage, ChatModel
from rag.core.types import Usage


class Timed(NamedTuple):
    """One reply. Times in seconds since it was asked for, all 0 where no word came."""

    first: float
    """Until the first word, thoughts included."""
    last: float
    ended: float
    usage: Usage
    cut: Truncated | None
    """Set when it ended at its longest length, or broke off."""


def timed_reply(
    chat: ChatModel,
    messages: Sequence[ChatMessage],
    *,
    window: int,
    max_tokens: int,
    go_on: Callable[[], bool] = lambda: True,
) -> Timed | None:
    """Ask and note the times; None when `go_on` said no on the way.

    Raises:
        ModelError: as the model's `stream` does, but for `Truncated`.
    """
    usage, cut = Usage(), None
    first = last = 0.0
    began = time.perf_counter()
    source = cast("Generator[ChatChunk, None, None]", chat.stream(messages, window=window, max_tokens=max_tokens))
    with closing(source):
        try:
            for chunk in source:
                if not go_on():
                    return None
                if chunk.text or chunk.thought:
                    last = time.perf_counter() - began
                    first = first or last
                usage = chunk.usage or usage
        except Truncated as error:
            cut = error
    return Timed(first, last, time.perf_counter() - began, usage, cut)
