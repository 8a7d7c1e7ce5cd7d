"""Cutting passages into the pieces that can be quoted as an answer: sentences, list items, table rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from rag.answering.measures import COUNTING
from rag.answering.normal import normal
from rag.answering.polarity import negations
from rag.answering.quantities import places
from rag.core.cells import split_cells
from rag.core.notes import beginning, note_blocks
from rag.core.text import QUESTION_MARKS, sentences
from rag.core.types import Block, BlockKind, Passage, Span

_GREEK_QUESTION_MARKS: Final = (*QUESTION_MARKS, ";", "\u037e")
_SENTENCE_MARKS: Final = (".", "!", "?", "。", "！", "？", "؟", "۔", "।")
_LABEL: Final = re.compile(r"[^\W\d_][^.:：;,،؛?!؟]{0,40}[:：]\s*\S")
_FEWEST_LABELS: Final = 2
_LONGEST_NAME: Final = 120
"""Characters of what an entry is about: a medicine with all its forms."""
COLONS: Final = (":", "：")
"""A line that ends in one leads to what follows it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One quotable piece of a passage. `text` is exactly the page's text at `span`."""

    passage: Passage
    span: Span
    text: str
    kind: BlockKind
    block: int
    """Index of the unit's block in `passage.blocks`; -1 for a lead that was repeated without its block."""
    group: int = 0
    """Of its list or table, see `rag.core.types.Block`; 0 for a sentence."""
    lead: str = ""
    """What it hangs on: a list's introducing line, a table's caption, or the question that it answers."""
    head: tuple[str, ...] = ()
    """The table's head cells, for a row."""
    before: str = ""
    """The sentence before it in its paragraph, which its "it" and "they" may stand for."""
    entry: Span | None = None
    """The sentence that names what its paragraph tells under labels, see `_is_entry`; None where there is none."""
    note: str = ""
    """The mark of the note that it is part of, which something above refers to; "" where it is no note's."""

    @property
    def cells(self) -> tuple[str, ...]:
        """A row's cells, with the empty ones at its end that its line leaves out; the whole text for other kinds."""
        found = split_cells(self.text)
        # A row of one cell may be one that was merged over all columns.
        return (*found, *[""] * (len(self.head) - len(found))) if len(found) > 1 else found

    @property
    def names_entry(self) -> bool:
        """It says no more than what the rest of its paragraph is about: "Atenolol (tablet 50 mg)."."""
        return self.entry == self.span

    @property
    def entry_name(self) -> str:
        """What the paragraph names that it is of; "" for what names it, and where nothing does."""
        return self.passage.slice(self.entry) if self.entry and not self.names_entry else ""

    @property
    def context(self) -> str:
        """What the unit means beyond its own words: title, headings, lead, head cells, and whose entry it is of."""
        path = self.passage.heading_path
        return " ".join((self.passage.document.title, *path, self.lead, *self.head, self.entry_name))

    def readable(self) -> str:
        """The unit as a person reads it: white space folded, a row's cells with their heads."""
        if self.kind is BlockKind.TABLE_ROW and len(self.head) == len(self.cells):
            pairs = zip(self.head, self.cells, strict=True)
            return "; ".join(f"{head}: {cell}" if head else cell for head, cell in pairs if cell)
        if self.note:
            return " ".join(cell for cell in split_cells(" ".join(self.text.split())) if cell)
        return " ".join(self.text.split())


def cut(passage: Passage) -> list[Unit]:
    """The passage's units in reading order.

    Headings, table captions, and questions that a paragraph of their own asks are no units: they are the lead of what
    follows. Only a heading that says something, "Aspirin: not for children", is one too. A line that ends in a colon
    leads to the list or table right behind it, and to nothing behind that. A note is text of its own, also where it
    stands in a table's row.
    """
    units: list[Unit] = []
    notes = note_blocks(passage.blocks, passage.slice)
    heading = asked = lead = caption = ""
    led = 0  # the group of the list or table that `lead` and `caption` belong to, 0 before it has begun
    for index, block in enumerate(passage.blocks):
        text = passage.slice(block.span)
        if index in notes:
            units += _note_units(passage, block, index)
            continue
        if block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW) and block.group != led:
            if led:
                lead = caption = ""
            led = block.group
            if not lead and (repeated := _repeated_lead(passage, block)):
                lead = repeated.text
                units.append(repeated)
        match block.kind:
            case BlockKind.HEADING | BlockKind.TITLE:
                heading, asked = text, text if _ends_asking(passage, text) else ""
                lead, caption, led = "", "", 0
                if not asked and says_something(text, passage.document.language):
                    units.append(Unit(passage, block.span, text, BlockKind.HEADING, index))
            case BlockKind.PARAGRAPH:
                if led:
                    lead, led = "", 0
                above, caption = lead or asked, text if _precedes_table(passage.blocks, index) else ""
                question = _is_question(passage, text) and _is_answered(passage, index)
                if not question and (not caption or caption.rstrip().endswith(_SENTENCE_MARKS)):
                    units += _sentence_units(passage, block, index, text, above)
                if question or text.rstrip().endswith(COLONS):
                    lead = text
                elif _ends_asking(passage, lead):
                    lead = ""
            case BlockKind.LIST_ITEM:
                above = lead or asked or heading
                units.append(Unit(passage, block.span, text, block.kind, index, block.group, above))
            case BlockKind.TABLE_ROW:
                head, above = _head(passage, block.group, len(split_cells(text))), caption or lead or asked
                units.append(Unit(passage, block.span, text, block.kind, index, block.group, above, head))
            case BlockKind.TABLE_HEAD | BlockKind.FURNITURE:
                pass
    return units or _whole(passage)


def other_halves(unit: Unit, units: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
    """The parts of a sentence that stand before and behind one, on other pages: "never given to", "infants".

    Args:
        unit: a sentence, or a part of one.
        units: of its passage, in reading order; it is among them.
    """
    place = units.index(unit)
    before = [other for other in units[max(0, place - 1) : place] if _is_cut(other, unit)]
    behind = [other for other in units[place + 1 : place + 2] if _is_cut(unit, other)]
    return before, behind


def _is_cut(first: Unit, second: Unit) -> bool:
    """Whether two units are one sentence that goes over from one page to the next."""
    if {first.kind, second.kind} != {BlockKind.PARAGRAPH} or first.note or second.note:
        return False
    unfinished = not first.text.rstrip("\"'”’»)").endswith((*_SENTENCE_MARKS, *COLONS))
    begin = second.text.lstrip("\"'“«(")[:1]
    return second.span.page == first.span.page + 1 and unfinished and not begin.isupper()


def with_entry(unit: Unit) -> Unit:
    """The unit from where its paragraph names what it is about: alone, "Pregnancy: safe." may be anybody's."""
    if not unit.entry_name or unit.entry is None:
        return unit
    span = Span(unit.span.page, unit.entry.start, unit.span.end)
    return replace(unit, span=span, text=unit.passage.slice(span))


def says_something(heading: str, language: str) -> bool:
    """Whether a heading gives an amount or an hour, or denies something; "Chapter 2" gives none."""
    said = normal(heading, language)
    amounts = (placed for placed in places(said, language) if placed.measured)
    numbered = (placed.quantity.unit.endswith(COUNTING) for placed in amounts)
    return bool(negations(said, language)) or not all(numbered)


def _ends_asking(passage: Passage, text: str) -> bool:
    marks = _GREEK_QUESTION_MARKS if passage.document.language == "el" else QUESTION_MARKS
    return text.rstrip().endswith(marks)


def _is_question(passage: Passage, text: str) -> bool:
    return _ends_asking(passage, text) and len(sentences(text)) == 1


def _is_answered(passage: Passage, index: int) -> bool:
    """Whether text other than one more question follows under the same heading."""
    following = next((block for block in passage.blocks[index + 1 :] if block.kind is not BlockKind.FURNITURE), None)
    if following is None or following.kind in (BlockKind.HEADING, BlockKind.TITLE):
        return False
    return following.kind is not BlockKind.PARAGRAPH or not _is_question(passage, passage.slice(following.span))


def _repeated_lead(passage: Passage, block: Block) -> Unit | None:
    """The line that leads to the list of `block`, where a passage repeats it without the rest of its paragraph."""
    number = next((number for number, span in enumerate(passage.spans) if span.contains(block.span)), 0)
    for span in reversed(passage.spans[:number]):
        inside = [other for other in passage.blocks if span.contains(other.span)]
        if not inside:
            text = passage.slice(span)
            return Unit(passage, span, text, BlockKind.PARAGRAPH, -1) if text.rstrip().endswith(COLONS) else None
        if any(other.group != block.group for other in inside):
            return None
    return None


def _precedes_table(blocks: Sequence[Block], index: int) -> bool:
    table = (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)
    return index + 1 < len(blocks) and blocks[index + 1].kind in table


def _sentence_units(passage: Passage, block: Block, index: int, text: str, lead: str) -> list[Unit]:
    page, offset = block.span.page, block.span.start
    units: list[Unit] = []
    before = ""
    found = sentences(text)
    first = Span(page, offset + found[0][0], offset + found[0][1]) if found else None
    entry = first if _is_entry([text[start:end] for start, end in found]) else None
    for start, end in found:
        span = Span(page, offset + start, offset + end)
        units.append(Unit(passage, span, text[start:end], block.kind, index, lead=lead, before=before, entry=entry))
        before = text[start:end]
    return units


def _is_entry(said: Sequence[str]) -> bool:
    """Whether a paragraph's first sentence names what the others tell under labels, as in a formulary.

    "Atenolol (tablet 50 mg). Dose: 50 mg once a day. Pregnancy: avoid.": without the first none knows whose dose it is.
    """
    named = bool(said) and len(said[0]) <= _LONGEST_NAME and not _LABEL.match(said[0])
    return named and sum(_LABEL.match(sentence) is not None for sentence in said[1:]) >= _FEWEST_LABELS


def _note_units(passage: Passage, block: Block, index: int) -> list[Unit]:
    """The sentences of a block of notes, each with the mark that it stands behind."""
    text = passage.slice(block.span)
    begins = [match.start() for match in re.finditer(r"^", text, re.MULTILINE) if beginning(text[match.start() :])]
    units: list[Unit] = []
    mark = ""
    for start, end in pairwise([*begins, len(text)]):
        lines = replace(block, span=Span(block.span.page, block.span.start + start, block.span.start + end))
        for unit in _sentence_units(passage, lines, index, text[start:end], ""):
            mark = beginning(unit.text) or mark
            units.append(replace(unit, kind=BlockKind.PARAGRAPH, note=mark))
    return units


def _head(passage: Passage, group: int, width: int) -> tuple[str, ...]:
    """The cells of a table's head, for a row of `width` cells: the last columns may have no head."""
    title: tuple[str, ...] = ()
    for block in passage.blocks:
        if block.kind is BlockKind.TABLE_HEAD and block.group == group:
            found = split_cells(passage.slice(block.span))
            # A head of one cell is a title over the whole table.
            if len(found) > 1:
                return (*found, *[""] * (width - len(found)))
            title = title or found
    return title


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
