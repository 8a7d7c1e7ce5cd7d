"""Number formats taken apart: their sections, for which numbers each is, and what stands in it.

The grammar is that of ECMA-376 part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""
    "(?P<quoted>[^"]*)"
    | \\?(?P<mark>[-()])                              # how a negative number is often marked
    | \\(?P<escaped>.)
    | \[\$(?P<currency>[^\]-]*)[^\]]*\]
    | \[(?P<condition>(?:<=|>=|<>|[<>=])[ ]*-?[0-9]+(?:\.[0-9]*)?)\]
    | (?P<unknown>\[(?:h+|m+|s+|[<>=][^\]]*)\])       # spans of time, and conditions that are none
    | \[(?P<setting>[^\]]*)\]                         # colours, languages
    | _(?P<skipped>.) | \*(?P<filler>.)
    | (?P<general>General|@)
    | (?P<exponent>E[+-])
    | (?P<slash>/)
    | (?P<digit>[0#?]) | (?P<number>[1-9]) | (?P<point>\.) | (?P<comma>,) | (?P<percent>%)
    | (?P<end>;)
    | (?P<letter>[A-Za-z])                            # codes of dates, or a unit without its quotes
    | (?P<plain>[^"\\\[\]_*])
    | (?P<stray>.)                                    # a quote or bracket without its other one
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
Condition = tuple[str, float]
# What each of so many sections is for where it does not say so itself; None: whatever is left.
_USUAL: Final[Mapping[int, tuple[Condition | None, ...]]] = {
    1: (None,),
    2: ((">=", 0), None),
    3: ((">", 0), ("<", 0), None),
}
MOST_SECTIONS: Final = 3
"""Sections for numbers; a fourth is for text."""
_LONGEST: Final = 255
"""Characters; people write no longer one, and digits without end would be asked for in a hostile file."""

CODES: Final = frozenset({"general", "digit", "number", "point", "comma", "percent", "exponent", "slash"})
"""Kinds of tokens that stand for a figure or change it. A slash, a number and a percent sign are printed too."""
_UNKNOWN: Final = frozenset({"unknown", "stray"})


class Token(NamedTuple):
    """A sign or a text of a format, of a kind named as the groups of `_TOKEN`, or blank."""

    kind: str
    text: str


class Section(NamedTuple):
    """One of a format's sections."""

    tokens: tuple[Token, ...]
    condition: Condition | None
    """None: all numbers that no section before it takes."""
    only_negative: bool
    """Whether only negative numbers come to it: it says itself how they are marked."""

    def takes(self, value: float) -> bool:
        """Whether it is for this number, if no section before it was."""
        return self.condition is None or _OPERATORS[self.condition[0]](value, self.condition[1])


def sections(number_format: str) -> tuple[Section, ...]:
    """A format's sections for numbers, three at most; none where it is no format."""
    return _sections(number_format) if len(number_format) <= _LONGEST else ()


@lru_cache(maxsize=256)
def _sections(number_format: str) -> tuple[Section, ...]:
    parts: list[list[Token]] = [[]]
    for match in _TOKEN.finditer(number_format):
        kind = match.lastgroup or "stray"
        if kind == "end":
            parts.append([])
        elif kind in ("skipped", "filler"):
            # Room of a sign's width, or up to the cell's edge.
            parts[-1].append(Token("blank", " "))
        elif kind != "setting":
            parts[-1].append(Token(kind, match[kind]))
    if len(parts) > MOST_SECTIONS + 1:
        return ()
    if any(token.kind in _UNKNOWN for tokens in parts for token in tokens):
        return ()
    if len(parts) > 1 and Token("general", "@") in parts[-1]:
        parts.pop()
    parts = parts[:MOST_SECTIONS]
    known: list[Section] = []
    for tokens, usual in zip(parts, _USUAL[len(parts)], strict=True):
        own = next((token.text for token in tokens if token.kind == "condition"), "")
        condition = _condition(own) if own else usual
        bare = tuple(token for token in tokens if token.kind != "condition")
        known.append(Section(bare, condition, _only_negative(condition, known)))
    return tuple(known)


def _condition(text: str) -> Condition:
    sign = text.rstrip("-.0123456789 ")
    return sign, float(text[len(sign) :])


def _only_negative(condition: Condition | None, before: Sequence[Section]) -> bool:
    if condition is not None:
        return condition[0] in ("<", "<=") and condition[1] <= 0
    taken = [section.condition for section in before if section.condition is not None]
    return any(sign in (">", ">=") and limit <= 0 for sign, limit in taken)
