"""A chat model that says what a test gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.core.errors import ModelError
from rag.core.ports import ChatChunk, ChatMessage
from rag.core.turns import Turns


class ScriptedModel:
    """Replies with given pieces, or fails after them; notes what it was asked."""

    name = "scripted"
    turns = Turns(1)

    def __init__(self, *pieces: str, error: ModelError | None = None) -> None:
        self._pieces = pieces
        self._error = error
        self.asked: list[str] = []
        """The messages of the last call."""
        self.calls = 0
        self.limits: tuple[int, int, float | None] = (0, 0, None)
        """Window, tokens and patience of the last call."""

    def window(self) -> int:
        """More than any test needs."""
        return 32_768

    def count_tokens(self, text: str) -> int:
        """One for each character."""
        return len(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """The pieces, whatever is asked."""
        self.calls += 1
        self.asked = [message.content for message in messages]
        self.limits = (window, max_tokens, patience)
        yield from map(ChatChunk, self._pieces)
        if self._error:
            raise self._error
