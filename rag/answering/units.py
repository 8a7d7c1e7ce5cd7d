"""Cutting passages into the pieces that can be quoted as an answer: sentences, list items, table rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.core.cells import split_cells
from rag.core.text import sentences
from rag.core.types import Block, BlockKind, Passage, Span

_QUESTION_MARKS: Final = ("?", "؟", "？", ";")  # the last is Greek
_SENTENCE_MARKS: Final = (".", "!", "?", "。", "！", "？", "؟", "۔", "।")
_COLONS: Final = (":", "：")


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
    """What it hangs on: a list's introducing line, a table's caption, or the question heading it answers."""
    head: tuple[str, ...] = ()
    """The table's head cells, for a row."""
    before: str = ""
    """The sentence before it in its paragraph, which its "it" and "they" may stand for."""

    @property
    def cells(self) -> tuple[str, ...]:
        """A row's cells, with the empty ones at its end that its line leaves out; the whole text for other kinds."""
        found = split_cells(self.text)
        # A row of one cell may be one that was merged over all columns.
        return (*found, *[""] * (len(self.head) - len(found))) if len(found) > 1 else found

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
    """The passage's units in reading order.

    Headings and table captions are no units: they are the lead of what follows.
    """
    units: list[Unit] = []
    heading = lead = caption = ""
    for index, block in enumerate(passage.blocks):
        text = passage.slice(block.span)
        match block.kind:
            case BlockKind.HEADING | BlockKind.TITLE:
                heading, caption = text, ""
                lead = text if text.rstrip().endswith(_QUESTION_MARKS) else ""
            case BlockKind.PARAGRAPH:
                caption = text if _precedes_table(passage.blocks, index) else ""
                if not caption or caption.rstrip().endswith(_SENTENCE_MARKS):
                    units += _sentence_units(passage, block, index, text, lead)
                if text.rstrip().endswith(_COLONS):
                    lead = text
            case BlockKind.LIST_ITEM:
                units.append(Unit(passage, block.span, text, block.kind, index, block.group, lead or heading))
            case BlockKind.TABLE_ROW:
                head = _head(passage, block.group, len(split_cells(text)))
                units.append(Unit(passage, block.span, text, block.kind, index, block.group, caption or lead, head))
            case BlockKind.TABLE_HEAD | BlockKind.FURNITURE:
                pass
    return units or _whole(passage)


def _precedes_table(blocks: Sequence[Block], index: int) -> bool:
    table = (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)
    return index + 1 < len(blocks) and blocks[index + 1].kind in table


def _sentence_units(passage: Passage, block: Block, index: int, text: str, lead: str) -> list[Unit]:
    page, offset = block.span.page, block.span.start
    units: list[Unit] = []
    before = ""
    for start, end in sentences(text):
        span = Span(page, offset + start, offset + end)
        units.append(Unit(passage, span, text[start:end], block.kind, index, lead=lead, before=before))
        before = text[start:end]
    return units


def _head(passage: Passage, group: int, width: int) -> tuple[str, ...]:
    """The cells of a table's head, for a row of `width` cells: the last columns may have no head."""
    for block in passage.blocks:
        if block.kind is BlockKind.TABLE_HEAD and block.group == group:
            found = split_cells(passage.slice(block.span))
            # A head of one cell is a title over the whole table.
            return (*found, *[""] * (width - len(found))) if len(found) > 1 else found
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
