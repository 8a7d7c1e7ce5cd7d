"""An answer reader without a model, for tests of what is made of its readings."""

from __future__ import annotations

from collections.abc import Sequence

from rag.core.ports import Reading


class FirstNumberReader:
    """Finds the first word with a digit in it, and is sure of that; sure of nothing where there is none."""

    def __init__(self, trust: float = 1.0) -> None:
        self._trust = trust

    def trust(self, language: str) -> float:  # noqa: ARG002 - the port's
        """The same in all languages."""
        return self._trust

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Reading]:  # noqa: ARG002 - the port's
        """The first such word of each text."""
        return [_first_number(text) for _, text in texts]


def _first_number(text: str) -> Reading:
    start = 0
    for word in text.split(" "):
        if any(map(str.isdigit, word)):
            return Reading(start, start + len(word), 3.0)
        start += len(word) + 1
    return Reading(0, 0, float("-inf"))
