"""Text in a document that gives orders to a program that reads it: found by what only such text says.

A handbook gives orders to people all the time ("Ignore the alarm", "Do not give more than 4 doses"). What is looked for
is an order about instructions, about the reader's own answer or role, or text made so that people do not see it.
The rules stand in `rag/core/data/orders.txt`, by language; figures in docs/benchmarks.md.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import regex

from rag.core.literals import Needs, needed
from rag.core.text import sentences

LONGEST_QUOTE: Final = 240
"""Characters of a quotation."""
LEAST_RUN: Final = 6
"""Invisible characters in a row that no script needs; joiners and direction marks come one or two at a time."""

_RULES: Final = Path(__file__).parent / "data" / "orders.txt"
# Unicode's tags (a copy of ASCII that nothing shows), which only flags use: a black flag, tags, the cancel tag.
_TAGS: Final = regex.compile(r"(?<!\U0001F3F4[\U000E0020-\U000E007E]*)[\U000E0001\U000E0020-\U000E007E]+\U000E007F?")
_INVISIBLE: Final = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff\ufe00-\ufe0f"
)
_RUN: Final = regex.compile(rf"[{_INVISIBLE}]{{{LEAST_RUN},}}")
# Joiners between Latin letters hide a word from a search; Arabic and Indic scripts need them between theirs.
_SPLIT: Final = regex.compile(r"(?:\p{Latin}[\u200b-\u200d\u2060\ufeff]+){3,}\p{Latin}")
_REVERSED: Final = regex.compile(r"[\u202d\u202e][^\n\u202c]{3,}")
_DROPPED: Final = regex.compile(rf"[{_INVISIBLE}\u202a-\u202e\u2066-\u2069]")


class OrderKind(StrEnum):
    """What an order is about."""

    INSTRUCTIONS = "instructions"
    """The instructions that the program works by: to ignore, forget or show them."""
    ROLE = "role"
    """Who the program is to be, or who speaks: "you are now", "system:"."""
    ANSWER = "answer"
    """What it is to write in its answer, or in which form."""
    HIDDEN = "hidden"
    """Nothing that is seen: characters that are not shown, or are shown in another order."""


class _Rule(NamedTuple):
    kind: OrderKind
    pattern: str
    needs: tuple[Needs, ...]
    """Looked for first: going over a page with all rules takes ten times as long."""


class Order(NamedTuple):
    """A stretch of text that gives an order."""

    start: int
    end: int
    kind: OrderKind


@lru_cache(maxsize=256)  # the passages of a question are looked through at several places
def find_orders(text: str) -> tuple[Order, ...]:
    """The sentences of `text` that give orders to a program, and hidden characters; in order, none overlapping.

    Returns:
        Half-open ranges of code points in `text`.
    """
    found = [Order(match.start(), match.end(), OrderKind.HIDDEN) for match in _hidden(text)]
    shown, places = _without_invisible(text)
    small = _small(shown)
    matches = [
        (match.start(), rule.kind)
        for rule in _rules()
        if all(any(one in small for one in texts) for texts in rule.needs)  # most have none of the first
        for match in _compiled(rule.pattern).finditer(small)
    ]
    if matches:
        ranges = sentences(shown)
        for at, kind in matches:
            start, end = next(((a, b) for a, b in ranges if a <= at < b), (at, at + 1))
            found.append(Order(places[start], places[end - 1] + 1, kind))
    return _apart(found)


def quote(text: str, order: Order) -> str:
    """The order's own words on one line, cut where they are long; tag characters as the letters that they stand for."""
    said = text[order.start : order.end]
    if order.kind is OrderKind.HIDDEN:
        said = "".join(chr(ord(char) - 0xE0000) if 0xE0020 <= ord(char) <= 0xE007E else char for char in said)
    flat = " ".join(_DROPPED.sub("", said).split())
    return flat if len(flat) <= LONGEST_QUOTE else f"{flat[: LONGEST_QUOTE - 1].rstrip()}…"


def _hidden(text: str) -> list[regex.Match[str]]:
    if text.isascii():
        return []
    return [match for pattern in (_TAGS, _RUN, _SPLIT, _REVERSED) for match in pattern.finditer(text)]


def _without_invisible(text: str) -> tuple[str, range | list[int]]:
    """The text as it is seen, and for each of its characters where it stands in `text`."""
    if text.isascii() or not _DROPPED.search(text):
        return text, range(len(text))
    places = [place for place, char in enumerate(text) if not _DROPPED.match(char)]
    return "".join(text[place] for place in places), places


def _small(text: str) -> str:
    """`text` in small letters, each in its place: matching without regard to case is several times slower."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _apart(found: list[Order]) -> tuple[Order, ...]:
    kept: list[Order] = []
    for order in sorted(found):
        if not kept or order.start >= kept[-1].end:
            kept.append(order)
    return tuple(kept)


@cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    """Compiled when a text first has what it needs: most rules never are, and all of them take a tenth of a second."""
    return regex.compile(pattern, regex.MULTILINE)


@cache
def _rules() -> tuple[_Rule, ...]:
    """The rules of all languages: an order need not be in the language of its document."""
    patterns: dict[OrderKind, list[str]] = {}
    kind = OrderKind.ANSWER
    for line in _RULES.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = OrderKind(line.strip("[]").split()[0])
        elif line.strip() and not line.startswith("#"):
            patterns.setdefault(kind, []).append(line)
    return tuple(_Rule(kind, one, needed(one)) for kind, rules in patterns.items() for one in rules)
