"""Notes that a passage refers to and that stand below it, in another chunk: under a long table, at a page's foot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rag.core.notes import beginning, note_blocks, references
from rag.core.types import Block, Span

_BELOW: Final = 40
"""Blocks behind the last one that refers, or behind its table or list, in which a note is looked for."""
_MOST_BLOCKS: Final = 2_000
"""Blocks that are looked through."""
_MOST_NOTES: Final = 10


def marks_within(
    spans: Sequence[Span], blocks: Sequence[Block], text_of: Callable[[Span], str]
) -> dict[Span, frozenset[str]]:
    """The marks of notes that the blocks in `spans` refer to, by the blocks' spans; those without any left out."""
    inside = [block for block in blocks if any(span.contains(block.span) for span in spans)]
    found = {block.span: references(text_of(block.span), block.kind) for block in inside}
    return {span: marks for span, marks in found.items() if marks}


def notes_below(
    marks: Mapping[Span, frozenset[str]],
    spans: Sequence[Span],
    blocks: Sequence[Block],
    text_of: Callable[[Span], str],
) -> list[Span]:
    """Where the notes stand that a passage refers to and does not hold, in reading order.

    Args:
        marks: of the passage, see `marks_within`; at least one.
        spans: of the passage.
        blocks: of its document, in reading order: those in `spans` and what follows them.
        text_of: the page text at a block's span.
    """
    places = {block.span: index for index, block in enumerate(blocks)}
    first, last = min(places[span] for span in marks), max(places[span] for span in marks)
    group = blocks[last].group
    end = max([index for index in range(last, len(blocks)) if group and blocks[index].group == group], default=last)
    window = blocks[first : min(end + _BELOW, first + _MOST_BLOCKS)]
    notes = [
        (index + first, {beginning(line) for line in text_of(window[index].span).splitlines()})
        for index in sorted(note_blocks(window, text_of))
    ]
    wanted: set[int] = set()
    for span, found in marks.items():
        place = places[span]
        for mark in found:
            note = next((index for index, begins in notes if index > place and mark in begins), place)
            if note > place and not _is_of_later_page(mark, blocks[place : note + 1], text_of):
                wanted.add(note)
    below = [blocks[index].span for index in sorted(wanted)]
    return [note for note in below if not any(span.contains(note) for span in spans)][:_MOST_NOTES]


def _is_of_later_page(mark: str, blocks: Sequence[Block], text_of: Callable[[Span], str]) -> bool:
    """Whether a note, the last block, is for a mark on its own page, as numbers begin anew there; signs do not.

    Args:
        mark: as `references` gives it, also in the first block.
        blocks: from the one that refers to the note.
        text_of: the page text at a block's span.
    """
    first, page = blocks[0], blocks[-1].span.page
    if first.span.page == page or not mark.isalnum():
        return False
    return any(
        block.span.page == page
        and not (block.group and block.group == first.group)
        and mark in references(text_of(block.span), block.kind)
        for block in blocks[1:-1]
    )
