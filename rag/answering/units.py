"""Cutting passages into the pieces that can be quoted as an answer: sentences, list items, table rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.core.text import sentences
from rag.core.types import Block, BlockKind, Passage, Span

CELL_SEPARATOR: Final = " | "
"""What stands between a row's cells in page text (readers' convention)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One quotable piece of a passage. `text` is exactly the page's text at `span`."""

    passage: Passage
    span: Span
    text: str
    kind: BlockKind
    block: int
    """Index of the unit's block in `passage.blocks`."""
    group: int = 0
    lead: str = ""
    """What it hangs on: a list's introducing line, or the question heading it answers."""
    head: tuple[str, ...] = ()
    """The table's head cells, for a row."""

    @property
    def cells(self) -> tuple[str, ...]:
        """A row's cells; the whole text for other kinds."""
        return tuple(cell.strip() for cell in self.text.split(CELL_SEPARATOR))

    @property
    def context(self) -> str:
        """What the unit means beyond its own words: title, headings, lead and head cells."""
        path = self.passage.heading_path
        return " ".join((self.passage.document.title, *path, self.lead, *self.head))

    def readable(self) -> str:
        """The unit as a person reads it: white space folded, a row's cells with their heads."""
        if self.kind is BlockKind.TABLE_ROW and len(self.head) == len(self.cells):
            pairs = zip(self.head, self.cells, strict=True)
            return "; ".join(f"{head}: {cell}" if head else cell for head, cell in pairs if cell)
        return " ".join(self.text.split())


def cut(passage: Passage) -> list[Unit]:
    """The passage's units in reading order. Headings are no units, they are the context of what follows."""
    units: list[Unit] = []
    lead = ""
    for index, block in enumerate(passage.blocks):
        text = passage.slice(block.span)
        match block.kind:
            case BlockKind.HEADING | BlockKind.TITLE:
                lead = text if text.rstrip().endswith(("?", "؟", "？", ";")) else ""
            case BlockKind.PARAGRAPH:
                units += _sentence_units(passage, block, index, text, lead)
                if text.rstrip().endswith((":", "：")):
                    lead = text
            case BlockKind.LIST_ITEM:
                units.append(Unit(passage, block.span, text, block.kind, index, block.group, lead))
            case BlockKind.TABLE_ROW:
                head = _head(passage, passage.blocks, block.group)
                units.append(Unit(passage, block.span, text, block.kind, index, block.group, lead, head))
            case BlockKind.TABLE_HEAD | BlockKind.FURNITURE:
                pass
    return units or _whole(passage)


def _sentence_units(passage: Passage, block: Block, index: int, text: str, lead: str) -> list[Unit]:
    page, offset = block.span.page, block.span.start
    return [
        Unit(passage, Span(page, offset + start, offset + end), text[start:end], block.kind, index, lead=lead)
        for start, end in sentences(text)
    ]


def _head(passage: Passage, blocks: Sequence[Block], group: int) -> tuple[str, ...]:
    for block in blocks:
        if block.kind is BlockKind.TABLE_HEAD and block.group == group:
            return tuple(cell.strip() for cell in passage.slice(block.span).split(CELL_SEPARATOR))
    return ()


def _whole(passage: Passage) -> list[Unit]:
    """A passage that cuts through a long block holds no whole one: its sentences are the units then."""
    units: list[Unit] = []
    for span in passage.spans:
        text = passage.slice(span)
        units += [
            Unit(passage, Span(span.page, span.start + a, span.start + b), text[a:b], BlockKind.PARAGRAPH, index)
            for index, (a, b) in enumerate(sentences(text))
        ]
    return units
