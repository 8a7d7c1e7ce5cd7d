"""Tables in plain text: columns that blanks keep apart on line after line, or bars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ingest.readers.lists import is_item

_WORD: Final = re.compile(r"\S+")
_GAP: Final = re.compile(r" {2,}")
_RULE: Final = re.compile(r"[\s\-=_+|]*[\-=_]{2,}[\s\-=_+|]*")
_BARS: Final = re.compile(r"\s*\|.*\|\s*")
_FIRST: Final = 50
_WIDEST: Final = 300
"""Characters of a line; no printer has more."""
_SENTENCE_ENDS: Final = (".", "!", "?", "।", "。", "؟", "۔")


def table_at(lines: Sequence[str]) -> tuple[int, list[list[str]]]:
    """How many of the first lines are a table, and its rows; (0, []) where they are none.

    Args:
        lines: with their indentation and without tabs.
    """
    if _BARS.fullmatch(lines[0]) or _RULE.fullmatch(lines[0]):
        return _with_bars(lines)
    taken = 0
    while taken < len(lines) and (_has_gap(lines[taken]) or (taken and _RULE.fullmatch(lines[taken]))):
        taken += 1
    while taken and _RULE.fullmatch(lines[taken - 1]):
        taken -= 1
    printed = [line for line in lines[:taken] if not _RULE.fullmatch(line)]
    # What the first lines tell is told soon, also of a long text.
    rows = _rows(printed) if len(printed) <= _FIRST or _rows(printed[:_FIRST]) else []
    return (taken, rows) if rows else (0, [])


def _rows(lines: Sequence[str]) -> list[list[str]]:
    """The cells of lines that are a table's; none where they are no table."""
    edges = _columns(lines)
    if len(lines) < 2 or len(edges) < 2:
        return []
    # Text that is stretched to a width has wide blanks anywhere.
    if any(_GAP.search(line[start:end].strip()) for line in lines for start, end in edges):
        return []
    rows: list[list[str]] = []
    for line in lines:
        cells = [line[start:end].strip() for start, end in edges]
        if not cells[0] and rows:  # a cell that goes on below
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
    # Two blanks stand behind a full stop too.
    prose = any(cell.endswith(_SENTENCE_ENDS) for row in rows for cell in row[:-1])
    return [] if prose or len(rows) < 2 or any(is_item(row[0] + " ") for row in rows) else rows


def may_begin(line: str) -> bool:
    """Whether a table may begin with a line."""
    return _has_gap(line) or _BARS.fullmatch(line) is not None or _RULE.fullmatch(line) is not None


def _has_gap(line: str) -> bool:
    return len(line) <= _WIDEST and (_GAP.search(line.strip()) is not None or line.startswith("        "))


def _columns(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Where the columns begin and end: between them all lines are blank over two characters or more."""
    width = max(map(len, lines), default=0)
    filled = bytearray(width)
    for line in lines:
        for word in _WORD.finditer(line):
            filled[word.start() : word.end()] = b"\1" * len(word.group())
    blank = [not each for each in filled]
    edges: list[tuple[int, int]] = []
    start = None
    for place in range(width + 1):
        ends = place == width or (blank[place] and (place + 1 >= width or blank[place + 1]))
        if start is None and place < width and not blank[place]:
            start = place
        elif start is not None and ends:
            edges.append((start, place))
            start = None
    return edges


def _with_bars(lines: Sequence[str]) -> tuple[int, list[list[str]]]:
    taken = 0
    rows: list[list[str]] = []
    while taken < len(lines) and (_BARS.fullmatch(lines[taken]) or _RULE.fullmatch(lines[taken])):
        if not _RULE.fullmatch(lines[taken]):
            rows.append([cell.strip() for cell in lines[taken].strip()[1:-1].split("|")])
        taken += 1
    even = len(rows) > 1 and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1
    return (taken, rows) if even else (0, [])
