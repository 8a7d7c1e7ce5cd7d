"""Answering without a model: the sentences, list items or table rows that answer, quoted and cited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from rag.answering.evidence import Question, RankedUnit
from rag.answering.expectation import Kind
from rag.answering.quantities import quantities
from rag.answering.reading import Answering
from rag.answering.rows import asked_rows, may_be_marked
from rag.answering.units import Unit, cut
from rag.core.messages import messages
from rag.core.text import terms
from rag.core.types import BlockKind, Citation, Sentence, Support

MAX_SOURCES: Final = 3
"""Separate places that one answer quotes."""
MAX_ITEMS: Final = 12
"""List items quoted together; more would no longer read as an answer."""
MAX_SENTENCES: Final = 4
"""Sentences quoted together from one FAQ answer."""
LEAST_MARKED: Final = 0.1
"""Words that a reader thinks less likely to answer are not marked: a wrong mark misleads, none only costs a second."""
FURTHER_SHARE: Final = 0.85
"""A further place is quoted when it scores at least this share of the best."""

_QUANTITY: Final = re.compile(r"\d[\d.,:/–-]*(?:\s?(?:%|°\s?[CF]|[^\W\d_]+))?")


def compose(question: Question, ranked: Sequence[RankedUnit]) -> list[Sentence]:
    """Quote the best-supported units as an answer, best first; every sentence is a quotation with its citation.

    Args:
        ranked: units best first; must not be empty.
    """
    best = ranked[0]
    answering = {(entry.unit.passage.key, entry.unit.span): entry.answering for entry in ranked}
    places: list[list[Unit]] = []
    for candidate in ranked:
        if len(places) == MAX_SOURCES or candidate.score < FURTHER_SHARE * best.score:
            break
        place = _expand(question, candidate)
        if not any(_same_words(unit, quoted) for unit in place for group in places for quoted in group):
            places.append(place)
    also = messages(question.language).also
    composed: list[Sentence] = []
    for number, place in enumerate(places):
        # In further places the reader's mark is wrong too often: there only quantities are marked.
        read = {} if number else answering
        said = [_sentence(question, unit, read.get((unit.passage.key, unit.span))) for unit in place]
        if number:
            said[0] = _prefixed(said[0], f"{also} ")
            composed[-1] = replace(composed[-1], separator="\n\n")
        for index, (unit, following) in enumerate(pairwise(place)):
            if BlockKind.PARAGRAPH not in (unit.kind, following.kind) or following.kind is not BlockKind.PARAGRAPH:
                said[index] = replace(said[index], separator="\n")
        composed += said
    return composed


def plain_text(sentences: Iterable[Sentence]) -> str:
    """The answer as text, each sentence followed by the keys of its citations."""
    parts: list[str] = []
    for sentence in sentences:
        keys = "".join(dict.fromkeys(citation.key for citation in sentence.citations))
        parts += [f"{sentence.text} {keys}".rstrip(), sentence.separator]
    return "".join(parts[:-1])


def cite(unit: Unit) -> Citation:
    """The citation of a unit: its exact text on its page."""
    document = unit.passage.document
    return Citation(
        unit.passage.key,
        document.id,
        document.name,
        unit.span,
        unit.text,
        verified=True,
        dated=document.date,
        standing=unit.passage.standing,
    )


def _expand(question: Question, best: RankedUnit) -> list[Unit]:
    """The unit with what it needs to be understood: a whole FAQ answer, a list with its lead, the other rows."""
    unit = best.unit
    units = cut(unit.passage)
    position = units.index(unit)
    if unit.kind is BlockKind.PARAGRAPH and unit.text.rstrip().endswith((":", "：")):
        items = [other for other in units[position + 1 :] if other.lead and unit.text.strip() in other.lead.strip()]
        return [unit, *items[:MAX_ITEMS]]
    if unit.kind is BlockKind.LIST_ITEM and _asks_for_list(question, best):
        items = [other for other in units if other.group == unit.group and other.kind is BlockKind.LIST_ITEM]
        lead = [other for other in units if other.text and other.text in unit.lead]
        return [*lead[-1:], *items[:MAX_ITEMS]]
    if unit.kind is BlockKind.TABLE_ROW:
        rows = [other for other in units if other.group == unit.group and other.kind is BlockKind.TABLE_ROW]
        return [*_caption(unit), *asked_rows(question, unit, rows)]
    if unit.kind is BlockKind.PARAGRAPH and unit.lead and not unit.lead.rstrip().endswith((":", "：")):
        answer = [other for other in units if other.lead == unit.lead and other.kind is BlockKind.PARAGRAPH]
        return answer[:MAX_SENTENCES] if unit in answer[:MAX_SENTENCES] else [unit]
    return [unit]


def _asks_for_list(question: Question, best: RankedUnit) -> bool:
    """The item itself adds little to what its lead already says of the question: the whole list is asked for."""
    language = best.unit.passage.document.language
    own = set(terms(best.unit.text, language))
    lead = set(terms(best.unit.lead, language))
    return sum(question.weights[term] for term in best.matched if term in own and term not in lead) < 0.2


def _caption(row: Unit) -> list[Unit]:
    """The table's caption as a unit: a dose without "every 6 hours, at most four a day" is half an answer."""
    passage = row.passage
    return [
        Unit(passage, block.span, row.lead, block.kind, index)
        for index, block in enumerate(passage.blocks)
        if block.kind is BlockKind.PARAGRAPH and passage.slice(block.span) == row.lead
    ][:1]


def _same_words(one: Unit, other: Unit) -> bool:
    return one.span == other.span or one.text.split() == other.text.split()


def _sentence(question: Question, unit: Unit, answering: Answering | None) -> Sentence:
    text = f"“{unit.readable()}”"
    return Sentence(
        text=text,
        support=Support.SUPPORTED,
        citations=(cite(unit),),
        emphasis=tuple(_emphasis(question, unit, text, answering)),
    )


def _prefixed(sentence: Sentence, prefix: str) -> Sentence:
    shift = len(prefix)
    emphasis = tuple((start + shift, end + shift) for start, end in sentence.emphasis)
    return replace(sentence, text=prefix + sentence.text, emphasis=emphasis)


def _emphasis(question: Question, unit: Unit, text: str, answering: Answering | None) -> Iterable[tuple[int, int]]:
    """Where the answer stands.

    Of a row, the cell under a head that was asked for; else the words that a reader found, else quantities new to the
    question. In what is said of another weight or age, nothing.
    """
    if not may_be_marked(question, unit):
        return
    if unit.kind is BlockKind.TABLE_ROW and len(unit.head) == len(unit.cells):
        yield from _asked_cells(question, unit, text)
        return
    if answering is not None and answering.probability >= LEAST_MARKED:
        yield answering.start + 1, answering.end + 1  # behind the quotation mark
        return
    for match in _QUANTITY.finditer(text):
        if match.group() not in question.text:
            yield match.span()


def _asked_cells(question: Question, unit: Unit, text: str) -> Iterable[tuple[int, int]]:
    """The cell under the head that says most of what was asked; a measured quantity counts for more than words."""
    language = unit.passage.document.language
    best, most = -1, 0.0
    for index, (head, cell) in enumerate(zip(unit.head, unit.cells, strict=True)):
        said = sum(question.weights.get(term, 0.0) for term in set(terms(head, language)))
        if said and Kind.NUMBER in question.expected and any(found.unit for found in quantities(cell)):
            said += 1.0
        if said > most:
            best, most = index, said
    start = text.find(f"{unit.head[best]}: {unit.cells[best]}") if best >= 0 else -1
    if start >= 0 and unit.cells[best]:
        begin = start + len(unit.head[best]) + 2
        yield begin, begin + len(unit.cells[best])
