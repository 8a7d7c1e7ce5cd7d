"""Questions drafted from the documents themselves, without a model, for a person to accept.

Three things in documents are questions already, or nearly: a FAQ's questions, the cells of a table (what a row's name
and a column's head meet in), and headings. Beside them stand questions that look the same and that the documents do
not answer: a row of one table with a column of another, a heading of one document put to another.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Final

from rag.core.cells import split_cells
from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.text import QUESTION_MARKS, content_terms, sentences, terms
from rag.core.types import Block, BlockKind, Document
from rag.store.catalog import Catalog

ROWS_PER_TABLE: Final = 4
"""Rows asked about in one table: more of the same teach nothing."""
LONGEST_CELL: Final = 80
"""Characters of a cell that can be an answer or a row's name; longer ones are texts."""
SHORTEST_SECTION: Final = 40
"""Characters under a heading, from which on there is something to ask for."""
NEAR_MISSES_PER_DOCUMENT: Final = 10
LENT_HEADINGS: Final = 200
"""Headings kept of the documents before, in each language."""

_OWN_MARKS: Final[Mapping[str, str]] = {**dict.fromkeys(("ar", "fa", "ps", "ur"), "؟"), "ja": "？", "zh": "？"}
# "4. ", "Q: ", "a) " stand before a question, they are not part of it.
_NUMBERING: Final = re.compile(r"^(?:\d{1,3}|[A-Za-z])[.:)]\s+")
_TITLES: Final = (BlockKind.TITLE, BlockKind.HEADING)


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that somebody has to look at."""

    question: str
    answer: str
    """What the documents say; "" where they do not."""
    document: Document
    page: int
    source: Source
    """What it was made from."""
    lender: str = ""
    """Near misses: id of the other document whose words it has."""

    @property
    def answerable(self) -> bool:
        """Whether the documents should answer it."""
        return self.source is not Source.NEAR_MISS

    @property
    def made_of(self) -> tuple[str, ...]:
        """Ids of the documents whose words it has."""
        return (self.document.id, self.lender) if self.lender else (self.document.id,)

    def kept(self, key: str) -> KeptQuestion:
        """As a question of a golden set that nobody has accepted yet."""
        golden = GoldenQuestion(
            id=key,
            question=self.question,
            answers=(self.answer,) if self.answer else (),
            answerable=self.answerable,
            document=self.document.name if self.answerable else None,
            pages=(self.page,) if self.answerable else (),
            language=self.document.language,
            history=(),
            split="test",
        )
        return KeptQuestion(golden, draft=True, source=self.source)


def in_force(catalog: Catalog) -> list[Document]:
    """The documents that hold today, by their names: what a superseded one says must not become a right answer."""
    today = time.strftime("%Y-%m-%d")
    held = (one for one in catalog.documents() if not one.superseded_by and one.effective <= today)
    return sorted(held, key=lambda document: document.name)


def draft_questions(catalog: Catalog, per_document: int) -> Iterator[Draft]:
    """Questions from each document, answerable ones first.

    Args:
        catalog: of the library.
        per_document: at most so many answerable ones of each document, the kinds mixed.
    """
    lent: dict[str, list[_Lent]] = {}
    for document in in_force(catalog):
        parts = _Parts.read(catalog, document)
        found: dict[str, Draft] = {}
        for several in zip_longest(parts.faq(), parts.cells(), parts.headings()):
            for draft in filter(None, several):
                found.setdefault(draft.question.casefold(), draft)
        answerable = list(found.values())[:per_document]
        yield from answerable
        others = lent.setdefault(document.language, [])
        near_misses = chain(parts.crossed_tables(), parts.strange_headings(others))
        yield from islice(near_misses, min(len(answerable), NEAR_MISSES_PER_DOCUMENT))
        said = parts.said()
        others[:0] = (_Lent(heading, said) for heading in parts.headings())
        del others[LENT_HEADINGS:]


@dataclass(frozen=True, slots=True)
class _Lent:
    """A heading that another document may be asked about."""

    heading: Draft
    said: Set[str]
    """Every term of its document."""


@dataclass(frozen=True, slots=True)
class _Table:
    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Page and cells of each."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """One document's blocks with their texts."""

    document: Document
    blocks: Sequence[tuple[Block, str]]

    @classmethod
    def read(cls, catalog: Catalog, document: Document) -> _Parts:
        pages = {page.number: page.text for page in catalog.pages(document.id)}
        blocks = [
            (block, pages[block.span.page][block.span.start : block.span.end])
            for block in catalog.blocks(document.id)
            if block.kind is not BlockKind.FURNITURE
        ]
        return cls(document, [(block, " ".join(text.split())) for block, text in blocks])

    def faq(self) -> Iterator[Draft]:
        """What is asked in the document itself, answered by the first sentence after it."""
        for place, (block, text) in enumerate(self.blocks[:-1]):
            following, answer = self.blocks[place + 1]
            asks = text.endswith(QUESTION_MARKS) and len(list(sentences(text))) == 1
            if not asks or block.kind in (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW):
                continue
            said = _first_sentence(answer)
            if said and following.kind not in _TITLES and not answer.endswith(QUESTION_MARKS):
                yield self._draft(text, said, following, Source.FAQ)

    def cells(self) -> Iterator[Draft]:
        """A row's name and a column's head: "Solar lamp small: price?" is answered by the cell."""
        for table in self._tables():
            for number, (page, cells) in enumerate(table.rows[:ROWS_PER_TABLE]):
                # Another column for each row, so that a wide table is asked about in its breadth.
                column = 1 + number % (len(table.head) - 1)
                if cells[0] and cells[column] and max(len(cells[0]), len(cells[column])) <= LONGEST_CELL:
                    question = self._asked(f"{cells[0]}: {table.head[column]}")
                    yield Draft(question, cells[column], self.document, page, Source.TABLE)

    def headings(self) -> Iterator[Draft]:
        """A heading as it stands, answered by the first sentence of its section."""
        for place, (block, text) in enumerate(self.blocks[:-1]):
            following, below = self.blocks[place + 1]
            # What stands first is what all of it is about, also where the file names another title.
            titles = place == 0 or text == self.document.title
            if block.kind is not BlockKind.HEADING or titles or text.endswith(QUESTION_MARKS):
                continue
            said = _first_sentence(below)
            if said and following.kind is BlockKind.PARAGRAPH and len(below) >= SHORTEST_SECTION:
                yield self._draft(self._asked(text), said, following, Source.HEADING)

    def said(self) -> Set[str]:
        """Every term of the document."""
        return _terms((self.document.title, *(text for _, text in self.blocks)), self.document.language)

    def strange_headings(self, others: Sequence[_Lent]) -> Iterator[Draft]:
        """Headings of other documents, asked of this one's title, where neither document mentions the other's words.

        Where the heading's document speaks of what the title names, it may answer.
        """
        said, title = self.said(), set(content_terms(self.document.title, self.document.language))
        for other in others:
            asked = set(content_terms(other.heading.question, self.document.language))
            if asked and title and not asked & said and not title & other.said:
                question = f"{self.document.title}: {other.heading.question}"
                yield Draft(question, "", self.document, 1, Source.NEAR_MISS, lender=other.heading.document.id)

    def crossed_tables(self) -> Iterator[Draft]:
        """Rows of one table with columns that only another table of the document has."""
        tables = list(self._tables())
        made: set[str] = set()
        for one in tables:
            for other in tables:
                strange = [head for head in other.head[1:] if not _mentions(one, head, self.document.language)]
                for head in strange:
                    # Another row each time, so that not all of them ask for the first.
                    page, cells = one.rows[len(made) % len(one.rows)]
                    question = self._asked(f"{cells[0]}: {head}")
                    named = any(cells[0].casefold() in map(str.casefold, row) for _, row in other.rows)
                    if cells[0] and not named and len(cells[0]) <= LONGEST_CELL and question not in made:
                        made.add(question)
                        yield Draft(question, "", self.document, page, Source.NEAR_MISS)

    def _tables(self) -> Iterator[_Table]:
        heads = {
            block.group: split_cells(text)
            for block, text in self.blocks
            if block.kind is BlockKind.TABLE_HEAD and block.group
        }
        for group, head in heads.items():
            rows = tuple(
                (block.span.page, cells)
                for block, text in self.blocks
                if block.kind is BlockKind.TABLE_ROW
                and block.group == group
                and len(cells := split_cells(text)) == len(head)
            )
            if len(head) > 1 and all(head[1:]) and rows:
                yield _Table(head, rows)

    def _asked(self, text: str) -> str:
        return text.rstrip(".:：。") + _OWN_MARKS.get(self.document.language, "?")

    def _draft(self, question: str, answer: str, block: Block, source: Source) -> Draft:
        return Draft(_NUMBERING.sub("", question), answer, self.document, block.span.page, source)


def _mentions(table: _Table, head: str, language: str) -> bool:
    """Whether the table speaks of a word of `head`, so that it may answer after all."""
    said = _terms((*table.head, *(cell for _, row in table.rows for cell in row)), language)
    return bool(said.intersection(content_terms(head, language)))


def _terms(texts: Iterable[str], language: str) -> set[str]:
    return {term for text in texts for term in terms(text, language)}


def _first_sentence(text: str) -> str:
    """The first sentence; "" where it only leads to a list, which would be the answer."""
    ranges = sentences(text)
    first = text[ranges[0][0] : ranges[0][1]] if ranges else text
    return "" if first.rstrip().endswith((":", "：")) else first
