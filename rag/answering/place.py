"""What is quoted from one place: the piece that answers, with what it needs to be understood."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import Final, NamedTuple

from rag.answering.conditions import denies, is_limitation
from rag.answering.evidence import RankedUnit
from rag.answering.fitting import fits
from rag.answering.marks import WITHOUT_HEAD
from rag.answering.noted import noted_by
from rag.answering.polarity import is_negation
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.rows import asked_rows
from rag.answering.units import COLONS, Unit, cut, other_halves
from rag.core.text import content_terms, fold, terms, tokens
from rag.core.types import BlockKind
from rag.core.words import words_of

MAX_ITEMS: Final = 12
"""List items or rows quoted together; more would no longer read as an answer."""
MAX_SENTENCES: Final = 6
"""Sentences quoted together from one FAQ answer."""
_HEADINGS: Final = frozenset({BlockKind.HEADING, BlockKind.TITLE})


class Place(NamedTuple):
    """What is quoted from one place."""

    above: list[Unit]
    """What the rest hangs on: a list's lead, a heading, a table's caption."""
    quoted: list[Unit]
    """What answers; at least one."""
    left_out: list[Unit]
    """What would belong to it and is too much."""
    lacking: frozenset[str] = frozenset()
    """The question's terms that the best place has and this one has not."""

    @property
    def units(self) -> list[Unit]:
        """All that is quoted, in reading order."""
        return [*self.above, *self.quoted]


def expand(question: Question, best: RankedUnit) -> Place:
    """The unit with what it needs to be understood: a whole FAQ answer, a list with its lead, the other rows."""
    unit = best.unit
    units = cut(unit.passage)
    position = units.index(unit)
    if unit.note:
        return _noted_place(question, unit, units)
    if unit.kind is BlockKind.PARAGRAPH and unit.text.rstrip().endswith(COLONS):
        items = _led_by(units, position)
        return Place([], [unit, *items[:MAX_ITEMS]], items[MAX_ITEMS:])
    if unit.kind is BlockKind.LIST_ITEM:
        items = [other for other in units if other.group == unit.group and other.kind is BlockKind.LIST_ITEM]
        if _asks_for_list(question, best):
            return _within(_lead(unit, units), items, unit, MAX_ITEMS)
        alike = [other for other in items if _matches_alike(question, unit, other)]
        return _within([*_lead(unit, units), *_parents(unit, items)], alike, unit, MAX_ITEMS)
    if unit.kind is BlockKind.TABLE_ROW:
        rows = [other for other in units if other.group == unit.group and other.kind is BlockKind.TABLE_ROW]
        asked = asked_rows(question, unit, rows)
        return _within([*_caption(unit), *_first_row(rows, asked)], asked, unit, MAX_ITEMS)
    if unit.names_entry:
        return _within([], [other for other in units if other.entry == unit.entry], unit, MAX_SENTENCES)
    if unit.entry_name:
        name, *entry = [other for other in units if other.entry == unit.entry]
        # For a baby of 6 months, the dose of adults alone would hide that children get it from 1 year on.
        others = [
            other
            for other in entry
            if fits(question.amounts, unit) is None and fits(question.amounts, other) is not None
        ]
        return Place([name], [other for other in entry if other == unit or other in others], [])
    if unit.kind is BlockKind.PARAGRAPH and unit.lead and not unit.lead.rstrip().endswith(COLONS):
        answer = [other for other in units if other.lead == unit.lead and other.kind is BlockKind.PARAGRAPH]
        place = _within([], answer, unit, MAX_SENTENCES)
        return place._replace(quoted=[part for one in place.quoted for part in _with_led(units, one)])
    before, behind = other_halves(unit, units)
    above = [*_heading(question, best, units), *_referred_to(before[0] if before else unit, units), *before]
    return Place(above, [unit, *behind, *limited_by(behind[0] if behind else unit, units)], [])


def limited_by(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The sentence behind one that takes back a part of it, or denies it: "The proposal was rejected."."""
    language = unit.passage.document.language
    behind = next((other for other in units if other.block == unit.block and other.before == unit.text), None)
    if unit.kind is not BlockKind.PARAGRAPH or behind is None:
        return []
    if is_limitation(behind.text, language):
        return [behind]
    first = next(iter(content_terms(behind.text, language)), "")
    opening = next((token.text for token in tokens(behind.text)), "")
    # "Aspirin is stopped. Not stopped is ..." goes on with another thing.
    again = first in terms(unit.text, language) and not is_negation(opening, language)
    taken_up = again or opening in _pronouns(language)
    return [behind] if taken_up and denies(behind.text, language) else []


def _first_row(rows: Sequence[Unit], asked: Sequence[Unit]) -> list[Unit]:
    """What seems to be the head of a table that has none: without it nobody knows what "no" and "yes" are said of.

    Words that do not come again below them, in a row before which the passage has something else.
    """
    first = rows[0]
    if first.head or len(first.cells) <= WITHOUT_HEAD or not first.block or first in asked:
        return []
    below = [set(cells) for cells in zip_longest(*(row.cells for row in rows[1:]), fillvalue="")]
    again = any(cell in others for cell, others in zip(first.cells, below, strict=False))
    named = all(first.cells[1:]) and not any(char.isdigit() for char in first.text)
    return [first] if named and not again else []


def _heading(question: Question, best: RankedUnit, units: Sequence[Unit]) -> list[Unit]:
    """The heading above a sentence where it says something itself, and a word of the question that the sentence lacks.

    "Tablets are swallowed with water" is half an answer under "Aspirin: not for children".
    """
    unit = best.unit
    heads = [index for index, block in enumerate(unit.passage.blocks[: unit.block]) if block.kind in _HEADINGS]
    own = set(terms(unit.text, unit.passage.document.language))
    return [
        other
        for other in units
        if other.kind is BlockKind.HEADING
        and other.block in heads[-1:]
        and not own >= question.weights.keys() & {*terms(other.text, other.passage.document.language)}
    ]


def _noted_place(question: Question, unit: Unit, units: Sequence[Unit]) -> Place:
    """A note below what refers to it, and below the rows that the question asks for where it names some."""
    noted, note = noted_by(unit)
    first = next((other for other in noted if other.kind is BlockKind.TABLE_ROW), None)
    if first is not None:
        rows = [other for other in units if other.group == first.group and other.kind is BlockKind.TABLE_ROW]
        asked = asked_rows(question, first, rows)
        if len(asked) < len(rows):
            noted = [other for other in units if other in noted or other in asked]
    return Place([*(_caption(noted[0]) if noted else ()), *noted[:MAX_ITEMS]], note, [])


def _referred_to(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The sentence before one that begins with "It" or "But": without it nobody knows what is spoken of."""
    language = unit.passage.document.language
    first = next((token.text for token in tokens(unit.text)), "")
    before = [other for other in units[: units.index(unit)] if other.block == unit.block and other.text == unit.before]
    goes_on = first in _pronouns(language) or is_limitation(unit.text, language)
    return before[-1:] if unit.before and goes_on else []


@cache
def _pronouns(language: str) -> frozenset[str]:
    return frozenset(map(fold, words_of(language).sentence_pronouns))


def _within(above: list[Unit], wanted: list[Unit], unit: Unit, most: int) -> Place:
    """So many of the wanted units at most, the given one among them where it is wanted."""
    first = max(0, wanted.index(unit) - most + 1) if unit in wanted else 0
    return Place(above, wanted[first : first + most], [*wanted[:first], *wanted[first + most :]])


def _with_led(units: Sequence[Unit], unit: Unit) -> list[Unit]:
    return [unit, *(_led_by(units, units.index(unit)) if unit.text.rstrip().endswith(COLONS) else ())]


def _led_by(units: Sequence[Unit], position: int) -> list[Unit]:
    """The list, the table or the paragraph that a line ending in a colon leads to: what stands right behind it."""
    behind = units[position + 1 :]
    if not behind or units[position].text.strip() not in behind[0].lead:
        return []
    first = behind[0]
    if first.kind is BlockKind.PARAGRAPH:
        return [other for other in behind if other.block == first.block]
    return [other for other in behind if other.kind is first.kind and other.group == first.group]


def _lead(item: Unit, units: Sequence[Unit]) -> list[Unit]:
    """What a list hangs on, in its exact words: without it "spray cans" may be what is burned or what must not be."""
    before = [other for other in units[: units.index(item)] if other.kind is BlockKind.PARAGRAPH]
    leading = [other for other in before if other.text in item.lead and other.text.rstrip().endswith(COLONS)]
    return leading[-1:] or block_above(item)


def _parents(item: Unit, items: Sequence[Unit]) -> list[Unit]:
    """The items of a list that an inner one stands under, the outermost first."""
    blocks = item.passage.blocks
    level, found = blocks[item.block].level, list[Unit]()
    for other in reversed(items[: items.index(item)]):
        if blocks[other.block].level < level:
            level = blocks[other.block].level
            found.insert(0, other)
    return found


def _matches_alike(question: Question, unit: Unit, other: Unit) -> bool:
    """Whether another item has all that the question says of this one, and is as much for what it asks about."""
    if fits(question.amounts, unit) is not fits(question.amounts, other):
        return False
    amounts = quantities(unit.readable()) & question.quantities
    return amounts <= quantities(other.readable()) and named_terms(question, unit) <= named_terms(question, other)


def named_terms(question: Question, unit: Unit) -> set[str]:
    """The question's words that a row or item has, and its lead and head have not; a number alone names nothing."""
    language = unit.passage.document.language
    own = set(terms(unit.text, language)) - set(terms(" ".join((unit.lead, *unit.head)), language))
    return {term for term in own & question.weights.keys() if not term[0].isdigit()}


def _asks_for_list(question: Question, best: RankedUnit) -> bool:
    """The item itself adds little to what its lead already says of the question: the whole list is asked for."""
    language = best.unit.passage.document.language
    own = set(terms(best.unit.text, language))
    lead = set(terms(best.unit.lead, language))
    return sum(question.weights[term] for term in best.matched if term in own and term not in lead) < 0.2


def _caption(row: Unit) -> list[Unit]:
    """The table's caption as a unit: a dose without "every 6 hours, at most four a day" is half an answer."""
    return [above for above in block_above(row) if above.kind is BlockKind.PARAGRAPH]


def block_above(unit: Unit) -> list[Unit]:
    """The heading or paragraph that is the unit's lead, where the passage has it; one or none."""
    passage = unit.passage
    return [
        Unit(passage, block.span, unit.lead, block.kind, index)
        for index, block in enumerate(passage.blocks[: unit.block])
        if block.kind in (BlockKind.HEADING, BlockKind.TITLE, BlockKind.PARAGRAPH)
        and passage.slice(block.span) == unit.lead
    ][-1:]


def same_words(one: Unit, other: Unit) -> bool:
    """Whether two units say the same of the same, so that one of them is enough."""
    if one.entry_name != other.entry_name:
        # "Pregnancy: avoid." is said of two medicines.
        return False
    return one.span == other.span or one.text.split() == other.text.split()
