"""How fast a chat model and an embedder are on this machine, from one short try each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from rag.core.errors import ModelError
from rag.core.ports import ChatMessage, ChatModel, Embedder
from rag.models.timing import timed_reply

_LINES: Final = 40
"""Of the prompt: about 700 tokens, enough that its reading is what takes the time."""
_WRITTEN: Final = 32
_WINDOW: Final = 4096
TRIED: Final = 64
"""Passages that are embedded: more than belong to a question, so that the embedder works as it does on files."""


class ChatRates(NamedTuple):
    """Tokens a second."""

    read: float
    written: float


def measure_chat(chat: ChatModel) -> ChatRates:
    """Have a model read a page and write a few words; loading it is not counted.

    Raises:
        ModelError: it cannot be asked.
    """
    timed_reply(chat, [ChatMessage("user", "Say yes.")], window=_WINDOW, max_tokens=1)
    # A number in front, so that nothing of it is remembered from an earlier try.
    stamp = f"Page {time.time_ns()}.\n"
    page = stamp + "\n".join(f"{line}. The cold box was opened at {line} o'clock and closed." for line in range(_LINES))
    asked = [ChatMessage("user", f"{page}\nTell what happened, line by line.")]
    timed = timed_reply(chat, asked, window=_WINDOW, max_tokens=_WRITTEN)
    assert timed is not None, "nobody said to stop"
    if timed.usage.prompt_tokens == 0:
        raise ModelError(f"'{chat.name}' does not say how many tokens it read.", "Its speed cannot be measured.")
    first = timed.first or timed.ended
    reading, writing = max(first, 1e-6), max(timed.ended - first, 1e-6)
    return ChatRates(timed.usage.prompt_tokens / reading, max(1, timed.usage.answer_tokens - 1) / writing)


def measure_embedder(embedder: Embedder, texts: Sequence[str]) -> float:
    """Passages embedded a second. Loading the embedder is not counted.

    Args:
        embedder: any.
        texts: passages of the library; repeated to make `TRIED`, changed a little so that none is remembered.
    """
    given = list(texts) or ["The cold box was opened in the morning and closed at noon, as the list says. " * 12]
    stamp = time.time_ns()
    tried = [f"{stamp + number} {text}" for number, text in enumerate(np.resize(np.array(given, dtype=object), TRIED))]
    embedder.encode_query(str(stamp))
    embedder.encode_document(tried[:1])
    began = time.perf_counter()
    embedder.encode_document(tried)
    return TRIED / max(time.perf_counter() - began, 1e-6)
