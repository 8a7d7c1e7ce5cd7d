"""Cuts text that is too long at the best place there is: between sentences, else between words, else anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from rag.core.text import sentences

Cost = Callable[[Sequence[str]], list[int]]
"""How much of a chunk each text takes up, in tokens."""

_WORD: Final = re.compile(r"\S+")


def split_range(text: str, start: int, end: int, limit: int, cost: Cost) -> list[tuple[int, int]]:
    """Ranges within `text[start:end]` that cost at most `limit` each and leave out white space only.

    A sentence is one range; one beyond the limit is cut between words, a word beyond it anywhere.

    Args:
        text: the text that the ranges point into.
        start: where to begin.
        end: where to end.
        limit: the most that one range may cost, in tokens; at least 1.
        cost: tokens of each text.
    """
    part = text[start:end]
    pieces = [(start + first, start + last) for first, last in sentences(part)]
    ranges: list[tuple[int, int]] = []
    for piece, price in zip(pieces, cost([text[first:last] for first, last in pieces]), strict=True):
        ranges.extend([piece] if price <= limit else _words(text, *piece, limit, cost))
    return ranges


def _words(text: str, start: int, end: int, limit: int, cost: Cost) -> list[tuple[int, int]]:
    pieces = [match.span() for match in _WORD.finditer(text, start, end)]
    return _packed(text, pieces, limit, cost)


def _halves(text: str, start: int, end: int, limit: int, cost: Cost) -> list[tuple[int, int]]:
    if end - start < 2 or cost([text[start:end]])[0] <= limit:
        return [(start, end)]
    middle = (start + end) // 2
    return _halves(text, start, middle, limit, cost) + _halves(text, middle, end, limit, cost)


def _packed(text: str, pieces: Sequence[tuple[int, int]], limit: int, cost: Cost) -> list[tuple[int, int]]:
    """Neighbouring words taken together up to the limit; a word beyond it is halved."""
    costs = cost([text[start:end] for start, end in pieces])
    packed: list[tuple[int, int]] = []
    used = limit + 1
    for (start, end), price in zip(pieces, costs, strict=True):
        if price > limit:
            packed.extend(_halves(text, start, end, limit, cost))
            used = limit + 1
        elif used + price <= limit:
            packed[-1] = (packed[-1][0], end)
            used += price
        else:
            packed.append((start, end))
            used = price
    return packed
