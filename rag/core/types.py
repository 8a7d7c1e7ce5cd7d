"""The data that flows between the rooms: plain frozen dataclasses, no behaviour beyond small derivations.

All offsets are half-open ranges of Python string indices (code points) into `Page.text`.
Page numbers start at 1; a spreadsheet's sheets and a pageless document's single page count as pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from rag.core.dialogue import PLAIN, Clarification, Telling, WindowUse
from rag.core.filters import EVERYTHING, Filter
from rag.core.report import ReportCard

SPAN_SEPARATOR: Final = "\n"
"""What stands between the slices of a chunk or passage that is made of several spans."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The half-open range `[start, end)` of one page's text."""

    page: int
    start: int
    end: int

    def contains(self, other: Span) -> bool:
        """Whether `other` lies wholly within this span."""
        return self.page == other.page and self.start <= other.start and other.end <= self.end


class PageStatus(StrEnum):
    """How a page's text was come by."""

    TEXT = "text"
    """Read from the file's own text."""
    EMPTY = "empty"
    """Nothing is printed on the page."""
    IMAGE_ONLY = "image_only"
    """The page shows a picture and has no text to read."""
    FAILED = "failed"
    """The page could not be read; the document's warnings say why."""
    OCR = "ocr"
    """Read from the page's picture by text recognition; may hold mistakes."""


class WordBox(NamedTuple):
    """Where a recognised word stands on its page, as the page is shown.

    `start` and `end` are offsets into the page's text. The box is given in shares of the page's width and height, 0 to
    1 from its top left corner.
    """

    start: int
    end: int
    x0: float
    top: float
    x1: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page (or sheet, or the whole of a pageless document) with its exact text."""

    number: int
    text: str
    status: PageStatus = PageStatus.TEXT
    label: str = ""
    """What people call the page where a number is not it: a sheet's name, a file within an archive."""
    confidence: float | None = None
    """Pages read by text recognition: mean confidence of their words, 0 to 1, weighed by length."""
    words: tuple[WordBox, ...] = ()
    """Pages read by text recognition: where each word stands. The catalog gives them apart, see `Contents.words`."""


class BlockKind(StrEnum):
    """What a piece of a page is; the chunker and the quoting answerer treat each kind differently."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_HEAD = "table_head"
    TABLE_ROW = "table_row"
    FURNITURE = "furniture"
    """Running heads, page numbers, contents lists: shown on the page, left out of chunks."""


@dataclass(frozen=True, slots=True)
class Block:
    """A structural piece of a document, in reading order. `span` slices to its exact text."""

    kind: BlockKind
    span: Span
    level: int = 0
    """Headings: 1 is the highest. List items: nesting, from 0."""
    group: int = 0
    """Blocks of one list or table share a number above 0. A table continued on the next page keeps its number."""


def first_page(spans: Sequence[Span], blocks: Sequence[Block]) -> int:
    """The page on which the text of `spans` begins, a table's head repeated before it not counted.

    Args:
        spans: of a chunk or passage, at least one.
        blocks: of its document; at least those that lie in the spans.
    """
    for span in spans:
        inside = [block.kind for block in blocks if span.contains(block.span)]
        if not inside or any(kind is not BlockKind.TABLE_HEAD for kind in inside):
            return span.page
    return spans[0].page


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a reader makes of a file: exact page texts, and blocks that point into them."""

    media_type: str
    title: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    warnings: tuple[str, ...] = ()
    encoding: str = ""
    """Of a text file: the encoding its bytes were taken for; "" where the format leaves nothing to guess."""
    skipped: tuple[str, ...] = ()
    """What is in the file and was not read, in words for a person: "3 pictures", "sheet 'old' (hidden)"."""
    ocr_engine: str = ""
    """What recognised text on pages of status OCR, with version and languages: "tesseract 5.3.0 (eng+fra)"."""
    dated: str = ""
    """When the file says it was last changed, else made, as YYYY-MM-DD; "" when it does not say."""

    def slice(self, span: Span) -> str:
        """The exact text of `span`."""
        return self.pages[span.page - 1].text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Document:
    """A document in the catalog. `id` is the sha256 of the file's bytes, in hex."""

    id: str
    name: str
    media_type: str
    title: str
    language: str
    """ISO 639-1 code, or "und" when it could not be told."""
    pages: int
    chunks: int
    size: int
    """Bytes."""
    added_at: float
    """Seconds since the epoch."""
    warnings: tuple[str, ...] = ()
    report: ReportCard = field(default_factory=ReportCard)
    dated: str = ""
    """When the file says it was last changed, else its time on disk when it was read, as YYYY-MM-DD."""
    effective: str = ""
    """From when on it holds, as YYYY-MM-DD, where somebody said so. This and the next two are said by people."""
    review: str = ""
    """When it should have been looked through again, as YYYY-MM-DD."""
    superseded_by: str = ""
    """Id of the document that took its place."""

    @property
    def date(self) -> str:
        """The date that tells its versions apart: the effective date, else that of the file; "" where none is known."""
        return self.effective or self.dated


class Standing(StrEnum):
    """Whether a document is the one to go by, among its versions and by what people say of it."""

    CURRENT = "current"
    OLDER = "older"
    """There is a newer version, nearly the same."""
    SUPERSEDED = "superseded"
    """Somebody said that another document took its place."""
    NOT_YET = "not_yet"
    """Its effective date lies in the future."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is embedded and found.

    `text` is exactly the slices of `spans` joined by `SPAN_SEPARATOR`. A table's chunk repeats the
    table's head: its first span is the head row, wherever the head was printed.
    """

    id: str
    document_id: str
    ordinal: int
    """Place in the document, from 0."""
    heading_path: tuple[str, ...]
    spans: tuple[Span, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found. `rank` starts at 1; `score` is comparable within one search only."""

    chunk: Chunk
    rank: int
    score: float
    origin: Mapping[str, float] = field(default_factory=dict)
    """What each searcher contributed: {"dense": cosine, "keyword": BM25 score}."""
    also_in: tuple[str, ...] = ()
    """Ids of older versions that say nearly the same and were left out for it."""
    copies: tuple[str, ...] = ()
    """Ids of other documents that have nearly the same paragraph, which was left out for it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A readable stretch of one document, merged from neighbouring hits, numbered as the answer cites it."""

    key: str
    """"[1]", "[2]", ... in order of rank."""
    document: Document
    heading_path: tuple[str, ...]
    spans: tuple[Span, ...]
    text: str
    """The slices of `spans` joined by `SPAN_SEPARATOR`."""
    blocks: tuple[Block, ...]
    """The document's blocks that lie in the passage, in reading order; a table's head is among them."""
    score: float
    similarity: float
    """Cosine between question and the passage's best chunk, -1 to 1."""
    chunk_ids: tuple[str, ...]
    origin: Mapping[str, float] = field(default_factory=dict)
    standing: Standing = Standing.CURRENT
    """Of its document, for this question."""
    also_in: tuple[str, ...] = ()
    """Ids of older versions of the document that say nearly the same."""
    copies: tuple[str, ...] = ()
    """Ids of other documents that have nearly the same text."""

    @property
    def page(self) -> int:
        """The page on which the passage's own text begins, see `first_page`."""
        return first_page(self.spans, self.blocks)

    def slice(self, span: Span) -> str:
        """The exact page text of `span`, which must lie within one of the passage's spans.

        Raises:
            ValueError: when it does not.
        """
        offset = 0
        for own in self.spans:
            if own.contains(span):
                begin = offset + span.start - own.start
                return self.text[begin : begin + span.end - span.start]
            offset += own.end - own.start + len(SPAN_SEPARATOR)
        raise ValueError(f"span {span} is not in passage {self.key}")


class Support(StrEnum):
    """What the check of a sentence against the passages found."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation that supports a sentence. `quote` is exactly the page's text at `span` when `verified`."""

    key: str
    document_id: str
    document: str
    """The document's name."""
    span: Span
    quote: str
    verified: bool
    dated: str = ""
    """The document's date as YYYY-MM-DD, see `Document.date`; "" where none is known."""
    standing: Standing = Standing.CURRENT
    """Of the document, when it was quoted."""

    @property
    def page(self) -> int:
        """Page the quote stands on."""
        return self.span.page


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with what its check found."""

    text: str
    support: Support
    citations: tuple[Citation, ...] = ()
    """What supports or contradicts it, or says it of fewer or under a condition; none when nothing was found."""
    reason: str = ""
    """Why it is not supported, in words for a person, in the answer's language; empty when supported."""
    emphasis: tuple[tuple[int, int], ...] = ()
    """Ranges of `text` that hold the answer itself (quoting answerer only)."""
    separator: str = " "
    """What stands between this sentence and the next: a space, or line breaks for rows and lists."""
    nearest: Citation | None = None
    """Where to look it up when nothing was found: the span that says most of its words. It does not support it."""

    @property
    def supported(self) -> bool:
        """Whether a span of a passage holds all that the sentence says."""
        return self.support is Support.SUPPORTED


Unsupported = Literal["marked", "removed", "strict"]
"""What becomes of a generated sentence that is not supported: it is marked, or left out, or the answer is refused."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, in the question's language, with what came nearest."""

    reason: str
    """"not_in_documents", "empty_library", "question_unclear", or "unsupported": an answer was written and does not
    hold, see `Unsupported`."""
    message: str
    nearest: tuple[Citation, ...] = ()
    searched: int = 0
    """Passages (chunks) that were searched."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request to a model; 0 where the model did not say."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    window: int = 0
    """The context window asked for, in tokens."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer in a conversation, as the next question needs it."""

    question: str
    answer: str
    asked_back: bool = False
    """Whether the answer was a question back: what is said next says what was meant."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What `Engine.ask` completes with."""

    question: str
    searched_question: str
    """The question as it was searched: self-contained."""
    language: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    refusal: Refusal | None
    model: str
    """"none" for the quoting answerer."""
    usage: Usage
    timings: Mapping[str, float]
    """Seconds per stage: rewrite, translate, search, waiting, first_token, answer, repair, total."""
    notices: tuple[str, ...] = ()
    """What the reader must know: fell back to quoting, stream broke off, passages or sentences left out, sentences
    corrected, versions that disagree."""
    rivals: tuple[Citation, ...] = ()
    """What other versions of the cited documents say instead, each told in a notice. Their key is ""."""
    telling: Telling = PLAIN
    clarification: Clarification | None = None
    """Set when the question is too vague: there are no sentences then, and `text` asks back."""
    window: WindowUse | None = None
    """What the model's window held; None where no model was asked."""
    thoughts: str = ""
    """What a thinking model thought first. It is no part of the answer and is not checked."""
    within: Filter = EVERYTHING
    """What the search was kept to."""
    also_searched: tuple[str, ...] = ()
    """The question in other languages of the library, as the model put it, where its own did not bring enough."""

    @property
    def quotations(self) -> tuple[Citation, ...]:
        """Every quotation that it holds, also what only came near; some stand in it twice."""
        return (
            *self.citations,
            *(self.refusal.nearest if self.refusal else ()),
            *self.rivals,
            *(citation for sentence in self.sentences for citation in sentence.citations),
            *(sentence.nearest for sentence in self.sentences if sentence.nearest),
        )
