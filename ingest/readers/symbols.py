"""Characters of symbol fonts (Symbol, Wingdings), which word processors keep in Unicode's private use area."""

from __future__ import annotations

from typing import Final

_PRIVATE: Final = range(0xE000, 0xF900)
_BULLETS: Final = frozenset({0xF0B7, 0xF0A7, 0xF0D8, 0xF076, 0xF06E, 0xF071})
_KNOWN: Final = {
    0xF0FE: "☒",
    0xF0A8: "☐",
    0xF052: "☑",
    0xF0FC: "✓",
    0xF0E0: "→",
    0xF0B0: "°",
    0xF0B1: "±",
    0xF0A3: "≤",
    0xF0B3: "≥",
}


def symbol(code: int) -> str:
    """What a character of a symbol font shows: ticked and empty boxes, bullets, signs; "" where that is not known."""
    if code in _BULLETS:
        return "•"
    return _KNOWN.get(code, "" if code in _PRIVATE else chr(code))
