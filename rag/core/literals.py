"""Which literal texts a regular expression cannot do without: to look for these first is far cheaper than for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import regex

Needs = frozenset[str]
"""Texts of which at least one has to be there."""

_QUANTIFIER: Final = regex.compile(r"(?:[?*+]|\{(?P<least>\d*)(?:,\d*)?\})[?+]?")
_SHORTEST: Final = 2
"""Characters: a single one tells hardly any text from another."""


def needed(pattern: str) -> tuple[Needs, ...]:
    """Of each of these at least one text stands in everything that `pattern` finds; the one seldom met comes first.

    Args:
        pattern: of the module `regex`, without flags that change what letters mean; its groups are (?:...).

    Raises:
        ValueError: it has another group, or a bracket that is not closed.
    """
    parts, end = _alternatives(pattern, 0)
    if end != len(pattern):
        raise ValueError(f"{pattern!r} has a bracket too many at {end}")
    told = {part for part in parts if min(map(len, part)) >= _SHORTEST}
    return tuple(sorted(told, key=lambda part: (*_rarity(part), sorted(part)), reverse=True))


def _alternatives(pattern: str, at: int) -> tuple[list[Needs], int]:
    """What each alternative needs from `at` to the end of their group, and where that is."""
    every: list[list[Needs]] = []
    while True:
        parts, at = _sequence(pattern, at)
        every.append(parts)
        if not pattern.startswith("|", at):
            break
        at += 1
    if len(every) == 1:
        return every[0], at
    # Of several only one has to be there: of what it needs.
    return ([frozenset().union(*(max(parts, key=_rarity) for parts in every))] if all(every) else []), at


def _sequence(pattern: str, at: int) -> tuple[list[Needs], int]:
    """The same for what stands between two bars."""
    parts: list[Needs] = []
    run = ""
    while at < len(pattern) and pattern[at] not in "|)":
        literal, inside, at = _item(pattern, at)
        quantifier = _QUANTIFIER.match(pattern, at)
        if literal and not quantifier:
            run += literal
            continue
        parts.append(frozenset({run}))
        run = ""
        if quantifier:
            at = quantifier.end()
        if not quantifier or quantifier[0][0] == "+" or int(quantifier["least"] or 0):
            parts += [frozenset({literal})] if literal else inside
    return _without_empty([*parts, frozenset({run})]), at


def _item(pattern: str, at: int) -> tuple[str, list[Needs], int]:
    """The character that stands at `at` for itself, or what the group there needs; and where it ends."""
    sign = pattern[at]
    if sign == "(":
        if not pattern.startswith("(?:", at):
            raise ValueError(f"{pattern!r} has a group of another kind at {at}")
        inside, end = _alternatives(pattern, at + len("(?:"))
        return "", inside, end + 1
    if sign == "[":
        end = at + 1
        while pattern[end] != "]":
            end += 2 if pattern[end] == "\\" else 1
        return "", [], end + 1
    if sign == "\\":
        kind = pattern[at + 1]
        if kind in "pP":
            return "", [], pattern.index("}", at) + 1
        return ("" if kind.isalnum() else kind), [], at + 2
    return ("" if sign in "^$." else sign), [], at + 1


def _without_empty(parts: Iterable[Needs]) -> list[Needs]:
    return [part for part in parts if all(part)]


def _rarity(part: Needs) -> tuple[int, int]:
    """Long texts, and few of them, are met least."""
    return min(map(len, part)), -len(part)
