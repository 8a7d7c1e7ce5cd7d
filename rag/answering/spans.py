"""What a generated sentence is held against: units of the passages, alone and in pairs, and blocks that it copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import regex

from rag.answering.claims import Amount, take_apart
from rag.answering.polarity import senses
from rag.answering.units import COLONS, Unit, cut
from rag.answering.wording import is_said, said_something, terms_as_said
from rag.core.text import QUESTION_MARKS, fold, sentences, tokens, without_numbering
from rag.core.types import BlockKind, Passage
from rag.core.words import words_of

OWN_SHARE: Final = 1 / 3
"""Share of a sentence's content words that a span says itself; its headings cannot say all."""
JOINED: Final = 2
"""Content words that each of two sentences must add when both together support one."""

# A heading may be a question, or say what its text denies.
_STATING: Final = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW})
_NUMBER: Final = regex.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+")


@dataclass(frozen=True, slots=True)
class Window:
    """A unit, or two that follow each other, with what it stands under."""

    unit: Unit
    """The first of them: what is cited."""
    parts: tuple[str, ...]
    above: tuple[str, ...]
    """What it stands under: title, headings, the sentence that leads to it, the table's head."""

    @property
    def text(self) -> str:
        """Its own words as a person reads them."""
        return " ".join(self.parts)

    @property
    def language(self) -> str:
        """Of the document."""
        return self.unit.passage.document.language

    @property
    def asks(self) -> bool:
        """Whether it ends with a question, which states nothing."""
        return self.parts[-1].rstrip().endswith(QUESTION_MARKS)

    @property
    def row(self) -> bool:
        """Whether it is a row of a table."""
        return self.unit.kind is BlockKind.TABLE_ROW

    def says(self, content: Set[str], language: str, *, compound: bool) -> bool:
        """Whether it says enough of the content words itself, each of two sentences its part.

        "Yes" to a question that stands above it says what the question says.

        Args:
            content: terms of a sentence in `language`.
            compound: that sentence has several clauses, so that it may say what two sentences say.
        """
        if not content or self.unit.lead.rstrip().endswith(QUESTION_MARKS):
            return True
        by_part = []
        for part in self.parts:
            words = terms_as_said(part, self.language, language)
            by_part.append({term for term in content if is_said(term, words, language)})
        if len(frozenset().union(*by_part)) < OWN_SHARE * len(content):
            return False
        if len(self.parts) == 1:
            return True
        one, other = by_part
        return self.takes_up or (compound and min(len(one - other), len(other - one)) >= JOINED)

    def parts_amount(self, amount: Amount, content: Sequence[str], language: str) -> bool:
        """Whether the amount is of something else: of two sentences, the one that has it has none of the words that it
        is said of; or those stand in a later clause.

        Args:
            amount: of a sentence in `language`.
            content: terms of that sentence; they count where the amount is a clause of its own.
        """
        if len(self.parts) == 1:
            return not self.row and self._of_later(amount, language)
        if self.takes_up:
            return False
        near = [term for term in said_something(amount.near, language) if not senses(term, language)]
        holding = [part for part in self.parts if self._holds(part, amount)]
        words = [terms_as_said(part, self.language, language) for part in holding]
        wanted = near or said_something(content, language)
        return bool(holding) and not any(is_said(term, found, language) for found in words for term in wanted)

    def _of_later(self, amount: Amount, language: str) -> bool:
        """Whether, of clauses that a semicolon parts, the amount stands in one and what it is said of in a later one.

        A later clause takes its subject from an earlier one, and never the other way round.
        """
        clauses = self.text.split(";")
        holding = [place for place, clause in enumerate(clauses) if self._holds(clause, amount)]
        if not holding or holding[-1] == len(clauses) - 1:
            return False
        near = said_something(amount.near, language)
        here, later = (
            {term for term in near if is_said(term, terms_as_said(text, self.language, language), language)}
            for text in (clauses[holding[-1]], ";".join(clauses[holding[-1] + 1 :]))
        )
        return len(later - here) > len(here - later)

    def _holds(self, part: str, amount: Amount) -> bool:
        return any(amount.quantity.agrees(other.quantity) for other in take_apart(part, self.language).amounts)

    @property
    def takes_up(self) -> bool:
        """Whether the second sentence begins with an "it" that stands for something in the first."""
        begin = [token.text for token in tokens(self.parts[-1])[:1]]
        return any(word in words_of(self.language).taking_up for word in begin)


def windows(passage: Passage) -> Iterator[Window]:
    """Each unit alone, and each sentence with the next one of its paragraph: a generated sentence often joins two.

    Rows and list items are never joined, or one row's dose would support another's; nor are two sentences of
    which one is negated, or the one's "not" would pass for the other's.
    """
    alone = [Window(unit, (_told(unit),), _above(unit)) for unit in cut(passage)]
    yield from alone
    for first, second in pairwise(alone):
        one, other = first.unit, second.unit
        if one.kind is BlockKind.PARAGRAPH and one.block == other.block and _negated(one) == _negated(other):
            yield Window(one, (one.readable(), other.readable()), first.above)


def _told(unit: Unit) -> str:
    """The unit as a person reads it; an item of a list behind the line that leads to it, which may deny it, "Do not
    give aspirin to:", or say when it holds."""
    text = _NUMBER.sub("", unit.readable())
    lead = unit.lead.strip()
    if unit.kind is not BlockKind.LIST_ITEM or not lead.endswith(COLONS):
        return text
    start, end = sentences(lead)[-1]
    # A colon would end what a negation reaches.
    return f"{lead[start:end].rstrip(''.join(COLONS)).rstrip()} {text}"


def _above(unit: Unit) -> tuple[str, ...]:
    lead = sentences(unit.lead)[-1:]
    leading = tuple(unit.lead[start:end] for start, end in lead)
    # The 7 of "7. Repairs" is no amount.
    path = tuple(without_numbering(heading) for heading in unit.passage.heading_path)
    return (unit.passage.document.title, *path, *leading, *unit.head)


def copied(text: str, passages: Sequence[Passage]) -> Unit | None:
    """The block that the text is a copy of, its number or bullet aside; a table's head is no unit of its own."""
    wanted = _bare(text)
    for passage in passages:
        for index, block in enumerate(passage.blocks):
            if block.kind in _STATING and _bare(passage.slice(block.span)) == wanted:
                return Unit(passage, block.span, passage.slice(block.span), block.kind, index)
    return None


def _bare(text: str) -> str:
    return " ".join(fold(_NUMBER.sub("", text)).split()).rstrip(".;:")


def _negated(unit: Unit) -> bool:
    return take_apart(unit.readable(), unit.passage.document.language).negated
