"""The notes that belong to quoted units, and what a note belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.units import Unit, cut
from rag.core.notes import references
from rag.core.types import BlockKind


def notes_below(quoted: Sequence[Unit]) -> list[Unit]:
    """The notes that units of one passage refer to, themselves or by their lead or their table's head, in order."""
    found = {note.span: note for unit in quoted if not unit.note for mark in _marks(unit) for note in _note(unit, mark)}
    return sorted(found.values(), key=lambda note: (note.block, note.span.start))


def noted_by(note: Unit) -> tuple[list[Unit], list[Unit]]:
    """What refers to a note, and the whole note: alone nobody knows what it is said of."""
    passage, mark = note.passage, note.note
    blocks = [
        Unit(passage, block.span, passage.slice(block.span), block.kind, index)
        for index, block in enumerate(passage.blocks[: note.block])
        if block.kind in (BlockKind.TABLE_HEAD, BlockKind.PARAGRAPH)
    ]
    units = [unit for unit in cut(passage) if not unit.note]
    for candidates in (units, blocks):
        referring = [unit for unit in candidates if mark in references(unit.text, unit.kind)]
        if above := [unit for unit in referring if note in _note(unit, mark)]:
            return above, _note(above[0], mark)
    return [], [note]


def _marks(unit: Unit) -> frozenset[str]:
    passage = unit.passage
    heads = [
        references(passage.slice(block.span), block.kind)
        for block in passage.blocks
        if unit.group and block.kind is BlockKind.TABLE_HEAD and block.group == unit.group
    ]
    return references(unit.text, unit.kind).union(references(unit.lead, BlockKind.PARAGRAPH), *heads)


def _note(unit: Unit, mark: str) -> list[Unit]:
    """The first note with a mark that stands below a unit."""
    below = [other for other in cut(unit.passage) if other.note == mark and other.block > unit.block]
    return [other for other in below if other.block == below[0].block]
