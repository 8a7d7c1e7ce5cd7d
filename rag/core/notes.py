"""Notes below a table, a list or a text: "* In kidney disease, no more than 5 ml" belongs to "10*" above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from rag.core.cells import split_cells
from rag.core.types import Block, BlockKind, Span

_SIGNS: Final = "*\u2217\uff0a\u066d†‡※§"
# Figures, and the small letters that are modifiers in Unicode; ª and º are of ordinals.
_RAISED: Final = "\u2070¹²³\u2074-\u2079\u1d43-\u1dbb\u02b0-\u02b8\u02e1-\u02e3\u2071\u207f"
# A section of a law, "§ 3", is no mark.
_MARK: Final = rf"(?:(?P<sign>[{_SIGNS}])(?P=sign)*(?!(?<=§)\s?\d)|[{_RAISED}]+|\[(?:\d{{1,2}}|[a-z])\])"
_NUMBERED: Final = r"\((?:\d{1,2}|[a-z])\)"
_BEGIN: Final = re.compile(rf"\s*(?P<mark>{_MARK}|{_NUMBERED}(?=\s))")
_BEHIND: Final = re.compile(rf"(?<=\S)\s?(?P<mark>{_MARK})(?!\w)")
_IN_CELL: Final = re.compile(rf"(?P<mark>{_MARK}|{_NUMBERED})")
_STARS: Final = str.maketrans("\u2217\uff0a\u066d", "***")
_REFERRING: Final = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW})


def beginning(text: str) -> str:
    """The mark that a text begins with; "" where it begins with none, or with a sign that it is set in: **bold**."""
    found = _BEGIN.match(text)
    if not found:
        return ""
    mark = _plain(found["mark"])
    return "" if any(_plain(other["mark"]) == mark for other in _IN_CELL.finditer(text, found.end())) else mark


def references(text: str, kind: BlockKind) -> frozenset[str]:
    """The marks of notes that a text refers to. "(1)" is one in a table only: elsewhere it numbers what follows."""
    pattern = _IN_CELL if kind in (BlockKind.TABLE_ROW, BlockKind.TABLE_HEAD) else _BEHIND
    return frozenset(_plain(found["mark"]) for found in pattern.finditer(text))


def note_blocks(blocks: Sequence[Block], text_of: Callable[[Span], str]) -> frozenset[int]:
    """The indices of the blocks that are notes: what they begin with is referred to above them.

    Of several blocks that begin with a mark the first below the reference is its note.

    Args:
        blocks: in reading order.
        text_of: the text at a block's span.
    """
    found: set[int] = set()
    open_marks: frozenset[str] = frozenset()
    for index, block in enumerate(blocks):
        text = text_of(block.span)
        if _begins_note(block, text, open_marks, blocks, text_of):
            found.add(index)
            open_marks -= {beginning(line) for line in text.splitlines()}
        elif block.kind in _REFERRING:
            open_marks |= references(text, block.kind)
    return frozenset(found)


def _begins_note(
    block: Block, text: str, marks: frozenset[str], blocks: Sequence[Block], text_of: Callable[[Span], str]
) -> bool:
    mark = beginning(text) if marks else ""
    if mark not in marks:
        return False
    if block.kind is BlockKind.TABLE_ROW:
        return _is_note_row(split_cells(text), mark)
    if block.kind is BlockKind.LIST_ITEM:
        # Items that all begin with a star have it as their bullet.
        items = [other for other in blocks if other.group == block.group]
        return [beginning(text_of(other.span)) for other in items].count(mark) == 1
    return block.kind is BlockKind.PARAGRAPH


def _is_note_row(cells: Sequence[str], mark: str) -> bool:
    """Whether a row is a note over all columns, or one behind its mark in a cell of its own."""
    filled = [cell for cell in cells if cell]
    return len(filled) == 1 or (len(filled) == 2 and _plain(filled[0]) == mark)


def _plain(mark: str) -> str:
    """One mark for all scripts' figures and stars."""
    return "".join(str(int(char)) if char.isdecimal() else char for char in mark.translate(_STARS))
