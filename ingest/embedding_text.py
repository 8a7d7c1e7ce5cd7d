"""What of a chunk is embedded and indexed: its document's title, its headings, its text. One definition for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.core.types import Chunk

_JOIN: Final = " > "
# Together about a third of the smallest embedder's 256 tokens: four Latin letters or one of another script to a token.
_TITLE_UNITS: Final = 100
_PATH_UNITS: Final = 180
_FOREIGN_UNITS: Final = 3


def embedded_text(title: str, chunk: Chunk) -> str:
    """Title, heading path and text, one below the other. Headings that the text begins with are not said twice."""
    path = [heading for heading in chunk.heading_path if heading != title]
    opening = chunk.text[: sum(len(heading) + 4 for heading in path) + 4]
    while path and path[-1] in opening:
        path.pop()
    above = context("" if title and chunk.text.startswith(title) else title, path)
    return f"{above}\n{chunk.text}" if above else chunk.text


def context(title: str, heading_path: Sequence[str]) -> str:
    """The lines above a chunk's text, kept short: long headings lose their middle, then the outer ones go."""
    headings = [_shortened(heading, _PATH_UNITS // 2) for heading in heading_path if heading != title]
    while headings and _units(_JOIN.join(headings)) > _PATH_UNITS:
        headings.pop(0)
    lines = [_shortened(title, _TITLE_UNITS), _JOIN.join(headings)]
    return "\n".join(line for line in lines if line)


def _units(text: str) -> int:
    return len(text) if text.isascii() else sum(1 if char < "\u0250" else _FOREIGN_UNITS for char in text)


def _shortened(text: str, limit: int) -> str:
    """`text` with its middle left out where it is longer than `limit` units."""
    if _units(text) <= limit:
        return text
    keep = len(text) * (limit - 2) // _units(text)
    # Other scripts are spread unevenly in a mixed heading; take off until it fits.
    while keep > 2 and _units(text[: keep // 2]) + _units(text[len(text) - keep // 2 :]) > limit - 2:
        keep -= 1
    return f"{text[: keep // 2].rstrip()}…{text[len(text) - keep // 2 :].lstrip()}"
