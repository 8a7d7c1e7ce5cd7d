"""Recognised words with their places, as engines give them and as layout and marks need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ingest.readers.pdf_view import Mark


class Word(NamedTuple):
    """One recognised word. The box is in pixels of the picture that was read, from its top left corner."""

    text: str
    confidence: float
    """0 to 1, as the engine says; comparable within one engine only."""
    x0: float
    top: float
    x1: float
    bottom: float
    line: int
    """Words of one printed line share a number; numbers grow in reading order."""
    block: int
    """Words of one stretch of text share a number; numbers grow in reading order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was recognised on one page.

    `words` lie in the picture after mending (upright, not skewed), `width` times `height` pixels large; `boxes` says
    for each of them where it stands on the page as it is shown, in shares of its width and height.
    """

    words: tuple[Word, ...]
    boxes: tuple[Mark, ...]
    width: int
    height: int
    rules: tuple[tuple[float, float, float, float], ...]
    """Lines drawn from left to right, as (x0, top, x1, bottom) in pixels of the mended picture."""
    quarter_turns: int
    """How often the page as it is shown was turned clockwise for reading."""

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, weighed by length; 0 without any."""
        total = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / total if total else 0.0

    @property
    def text(self) -> str:
        """The words in the engine's order, for telling the language."""
        return " ".join(word.text for word in self.words)
