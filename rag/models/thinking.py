"""Keeping a model's thinking apart from its answer."""

from __future__ import annotations

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ThinkingFilter:
    """Takes `<think>...</think>` out of a stream, also when a tag is split over pieces.

    What could be the beginning of a tag is held back until it is decided; nothing else is.
    """

    def __init__(self) -> None:
        self.thought = ""
        """What the last piece added to the thoughts."""
        self._held = ""
        self._inside = False
        self._after = False

    def feed(self, piece: str) -> str:
        """Take the next piece of the stream; gives what may be shown of it."""
        self._held += piece
        self.thought = shown = ""
        while True:
            tag = _CLOSE if self._inside else _OPEN
            before, found, rest = self._held.partition(tag)
            if not found:
                keep = _overlap(self._held, tag)
                before, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
            if self._inside:
                self.thought += before
            else:
                shown += self._without_gap(before)
            if not found:
                return shown
            self._held = rest
            self._after = self._inside
            self._inside = not self._inside

    def finish(self) -> str:
        """What was held back at the end of the stream; of thinking that never ended, nothing is shown."""
        self.thought = self._held if self._inside else ""
        return "" if self._inside else self._held

    def _without_gap(self, text: str) -> str:
        """Without the line breaks that stand between thinking and answer."""
        if self._after:
            text = text.lstrip()
            self._after = not text
        return text


def _overlap(text: str, tag: str) -> int:
    """Length of the longest end of `text` that begins `tag`."""
    return next(n for n in range(min(len(text), len(tag) - 1), -1, -1) if text.endswith(tag[:n]))
