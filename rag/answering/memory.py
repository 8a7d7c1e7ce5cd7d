"""Earlier turns of a conversation within a model's window: the most recent ones, whole, in the room that is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import regex

from rag.core.prompts import load
from rag.core.types import Turn

MEMORY_SHARE: Final = 0.25
"""Of the window, what earlier turns take at most: the passages hold the answer, the turns only what is talked about."""
_KEYS: Final = regex.compile(r"\s?\[\d{1,2}\]")
"""Citations of earlier answers, which number other passages."""


class Memory(NamedTuple):
    """The earlier turns that fit."""

    text: str
    """As it stands in the prompt; "" without any."""
    tokens: int
    held: int
    """How many turns, the most recent ones."""


NOTHING: Final = Memory("", 0, 0)


def remember(turns: Sequence[Turn], fence: str, room: int, count: Callable[[str], int]) -> Memory:
    """The most recent turns that fit `room` tokens. Turns go in whole, and none before one that does not fit.

    Args:
        turns: oldest first; those without an answer are passed over.
        fence: stands in none of them. An answer may quote a document, so it is fenced as passages are.
        count: how many tokens a text will be.
    """
    answered = [turn for turn in turns if turn.answer.strip()]
    best = NOTHING
    for held in range(1, len(answered) + 1):
        told = "\n\n".join(map(as_told, answered[-held:]))
        text = load("memory").render(fence=fence, turns=told)[0].content + "\n\n"
        tokens = count(text)
        if tokens > room:
            break
        best = Memory(text, tokens, held)
    return best


def as_told(turn: Turn) -> str:
    """A turn as the model is shown it."""
    return f"Question: {turn.question}\nAnswer: {_KEYS.sub('', turn.answer)}"
