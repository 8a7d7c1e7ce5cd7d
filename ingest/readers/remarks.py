"""How readers of office files say what stands beside the text: comments on it, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable


def counted(count: int, thing: str) -> str:
    """A count of things for people: "1 picture", "3 pictures"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def number_of(skipped: Iterable[str], thing: str) -> int:
    """How many of such things were left out, as `counted` said it."""
    return sum(_number(text, thing) for text in skipped)


def without(skipped: Iterable[str], thing: str) -> list[str]:
    """What was left out but such things."""
    return [text for text in skipped if not _number(text, thing)]


def _number(text: str, thing: str) -> int:
    number, _, named = text.partition(" ")
    plain = number.replace(",", "")
    return int(plain) if named in (thing, f"{thing}s") and plain.isdigit() else 0


def comment(author: str, text: str, place: str = "") -> str:
    """A comment as a line of its own, so that nobody takes it for the document's text; "" for an empty one.

    Args:
        author: who made it, "" when not known.
        text: what it says, on one line.
        place: the cell it belongs to, where that is not plain from its place in the text.
    """
    words = f"Comment on {place}" if place else "Comment"
    return f"{words} ({author}): {text}" if text and author else f"{words}: {text}" if text else ""
