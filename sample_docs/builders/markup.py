"""Reads the small Markdown-like language in which the sources of the documents are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

_TABLE_TITLE = re.compile(r"^Table(?:\[(?P<widths>[\d,]+)\])?: *(?P<title>.*)$")
_NUMBERED = re.compile(r"^\d+\. +")
_RULE = re.compile(r"^\|[-| :]+\|$")


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Note:
    """A remark set apart from the running text."""

    text: str


@dataclass(frozen=True)
class ItemList:
    """A bulleted or numbered list."""

    items: tuple[str, ...]
    numbered: bool


@dataclass(frozen=True)
class Table:
    """A table: its title (may be empty), relative column widths (may be empty), head and rows."""

    title: str
    widths: tuple[int, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Glossary:
    """Terms with their meanings, set in two columns."""

    entries: tuple[tuple[str, str], ...]


Block: TypeAlias = Heading | Paragraph | Note | ItemList | Table | Glossary


class _Lines:
    """The lines of a source with a place mark."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._at = 0

    def more(self) -> bool:
        return self._at < len(self._lines)

    def peek(self) -> str:
        return self._lines[self._at].strip() if self.more() else ""

    def take(self) -> str:
        line = self.peek()
        self._at += 1
        return line

    def take_while(self, fits: Callable[[str], object]) -> list[str]:
        taken: list[str] = []
        while self.more() and self.peek() and fits(self.peek()):
            taken.append(self.take())
        return taken


def parse(text: str) -> list[Block]:
    """Turn a source text into blocks, in order."""
    lines = _Lines(text)
    blocks: list[Block] = []
    while lines.more():
        if lines.peek():
            blocks.append(_block(lines))
        else:
            lines.take()
    return blocks


def _block(lines: _Lines) -> Block:
    line = lines.peek()
    if line.startswith("#"):
        lines.take()
        marks = len(line) - len(line.lstrip("#"))
        return Heading(marks, line[marks:].strip())
    if line.startswith("> "):
        return Note(" ".join(part[2:] for part in lines.take_while(lambda part: part.startswith("> "))))
    if line.startswith("- "):
        return ItemList(tuple(i[2:] for i in lines.take_while(lambda part: part.startswith("- "))), False)
    if _NUMBERED.match(line):
        return ItemList(tuple(_NUMBERED.sub("", i) for i in lines.take_while(_NUMBERED.match)), True)
    if line == "@glossary":
        lines.take()
        pairs = (entry.split(": ", 1) for entry in lines.take_while(lambda _: True))
        return Glossary(tuple((term, meaning) for term, meaning in pairs))
    if title := _TABLE_TITLE.match(line):
        lines.take()
        widths = tuple(int(part) for part in (title["widths"] or "").split(",") if part)
        return _table(lines, title["title"], widths)
    if line.startswith("|"):
        return _table(lines, "", ())
    return Paragraph(" ".join(lines.take_while(lambda part: not part.startswith(("#", "|", "- ", "> ")))))


def _table(lines: _Lines, title: str, widths: tuple[int, ...]) -> Table:
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in lines.take_while(lambda part: part.startswith("|"))
        if not _RULE.match(line)
    ]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError(f"table {title!r}: every row needs as many cells as the head")
    return Table(title, widths, rows[0], tuple(rows[1:]))
