"""Keeping a model's thinking out of its answer."""

from __future__ import annotations

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ThinkingFilter:
    """Drops `<think>...</think>` from a stream, also when a tag is split over pieces.

    What could be the beginning of a tag is held back until it is decided; nothing else is.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._after = False

    def feed(self, piece: str) -> str:
        """Take the next piece of the stream; gives what may be shown of it."""
        self._held += piece
        shown = ""
        while True:
            tag = _CLOSE if self._inside else _OPEN
            before, found, rest = self._held.partition(tag)
            if not found:
                keep = _overlap(self._held, tag)
                before, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
            if not self._inside:
                shown += self._without_gap(before)
            if not found:
                return shown
            self._held = rest
            self._after = self._inside
            self._inside = not self._inside

    def finish(self) -> str:
        """What was held back at the end of the stream; thinking that never ended is dropped."""
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
