"""Keeping a model's thinking apart from its answer."""

from __future__ import annotations

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ThinkingFilter:
    """Takes `<think>...</think>` out of a stream, also when a tag is split over pieces.

    Some models' templates put the opening tag into the prompt, so that only the closing one comes: what stood before it
    was thought, and is given back as that. What could be the beginning of a tag is held back until it is decided;
    nothing else is.
    """

    def __init__(self) -> None:
        self.thought = ""
        """What the last piece added to the thoughts."""
        self.withdrawn = False
        """The last piece showed that all that was shown before was thought; it is in `thought`."""
        self._shown = ""
        self._held = ""
        self._inside = False
        self._after = False

    def feed(self, piece: str) -> str:
        """Take the next piece of the stream; gives what may be shown of it."""
        self._held += piece
        self.thought = shown = ""
        self.withdrawn = False
        while True:
            before, tag, rest = self._next_tag()
            if self._inside:
                self.thought += before
            else:
                shown += self._without_gap(before)
            if not tag:
                self._held = rest
                self._shown += shown
                return shown
            if tag == _CLOSE and not self._inside:
                self.withdrawn = self.withdrawn or bool(self._shown)
                self.thought += self._shown + shown
                self._shown = shown = ""
            self._held = rest
            self._after = tag == _CLOSE
            self._inside = tag == _OPEN

    def finish(self) -> str:
        """What was held back at the end of the stream; of thinking that never ended, nothing is shown."""
        self.withdrawn = False
        self.thought = self._held if self._inside else ""
        return "" if self._inside else self._held

    def _next_tag(self) -> tuple[str, str, str]:
        """What stands before the next tag, the tag, and what follows; without one, "" and what may become one."""
        tags = (_CLOSE,) if self._inside else (_OPEN, _CLOSE)
        found = min(((self._held.find(tag), tag) for tag in tags if tag in self._held), default=None)
        if found is None:
            stop = len(self._held) - max(_overlap(self._held, tag) for tag in tags)
            return self._held[:stop], "", self._held[stop:]
        start, tag = found
        return self._held[:start], tag, self._held[start + len(tag) :]

    def _without_gap(self, text: str) -> str:
        """Without the line breaks that stand between thinking and answer."""
        if self._after:
            text = text.lstrip()
            self._after = not text
        return text


def _overlap(text: str, tag: str) -> int:
    """Length of the longest end of `text` that begins `tag`."""
    return next(n for n in range(min(len(text), len(tag) - 1), -1, -1) if text.endswith(tag[:n]))
