"""A document's page as it is read beside an answer: as printed with the quotation marked, or as structured text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

from rag.core.cells import cell_ranges
from rag.core.types import Block, BlockKind, Document, Page, PageStatus, Span
from rag.ui import strings
from rag.ui.markup import button, icon, text

MOST_BLOCKS: Final = 400
"""Blocks shown of one page at most (a sheet may have 100,000 rows), around the marked place."""
DOUBTFUL: Final = 0.8
"""Mean confidence below which a page read by text recognition comes with a warning: of clean pages it is 0.88 to 0.97,
of pages read in the wrong language 0.2 to 0.7."""


class Box(NamedTuple):
    """A marked rectangle as fractions of the page's width and height; `mark` 0 is the quotation asked for."""

    left: float
    top: float
    width: float
    height: float
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What the address bar says is open: a page of a document and, where something is quoted, its range."""

    document_id: str
    page: int = 1
    start: int = 0
    end: int = 0

    @property
    def span(self) -> Span | None:
        """The quoted range, if any."""
        return Span(self.page, self.start, self.end) if self.end > self.start else None

    def on(self, page: int) -> Place:
        """Another page of the same document, with nothing quoted."""
        return Place(self.document_id, page)


def toolbar_html(
    document: Document, page: Page, *, source: tuple[int, int] | None, marks: int, original: str, printed: bool
) -> str:
    """The head of the source: what it is, and what can be done with it.

    Args:
        source: which of how many sources of the answer is open, when it is one.
        marks: marked places on the page.
        original: address of the original file, or "".
        printed: whether the page is shown as printed and can be zoomed.
    """
    name = document.title or document.name
    kicker = strings.source_of(*source) if source else strings.DOCUMENT
    tools = _paging(document, page) if document.pages > 1 or printed else []
    if printed:
        tools.append(_local("zoom-out", icon("minus"), strings.ZOOM_OUT))
        tools.append(_local("zoom-in", icon("plus"), strings.ZOOM_IN))
    if marks > 1:
        tools.append(_local("next-mark", icon("down"), strings.NEXT_MARK))
    if source and source[1] > 1:
        tools.append(button("source", str(source[0] % source[1] + 1), text(strings.NEXT_SOURCE), classes="word"))
    if original:
        tools.append(
            f'<a class="tool" href="{text(original)}" download aria-label="{text(strings.SAVE_ORIGINAL)}" '
            f'title="{text(strings.SAVE_ORIGINAL)}">{icon("save")}</a>'
        )
    return (
        '<header class="source-head"><div class="titles">'
        f'<p class="kicker">{text(kicker)}</p><h2 dir="auto">{text(name)}</h2></div>'
        f"{button('close', '', icon('close'), label=strings.CLOSE, classes='close')}"
        f'<div class="tools">{"".join(tools)}</div></header>'
    )


def _paging(document: Document, page: Page) -> list[str]:
    before, after = page.number - 1, page.number + 1
    place = strings.page_of(page.number, document.pages, page.label, document.media_type)
    return [
        button("page", str(before), icon("left"), label=strings.PREVIOUS_PAGE, disabled=before < 1),
        f'<span class="where">{text(place)}</span>',
        button("page", str(after), icon("right"), label=strings.NEXT_PAGE, disabled=after > document.pages),
    ]


def printed_html(document: Document, page: Page, picture: str, boxes: Sequence[Box], quote: str) -> str:
    """The page as printed: its picture from `picture` (an address on this server), the quotation's boxes on it."""
    marks = "".join(_box(box) for box in boxes)
    alt = text(strings.page_picture(document.title or document.name, page.number))
    notices = _notices(page, "", printed=True)
    said = f'<p class="visually-hidden" dir="auto">{text(quote)}</p>' if quote and boxes else ""
    missed = (
        f'<p class="notice">{text(strings.NOT_MARKED)}</p><blockquote dir="auto">{text(quote)}</blockquote>'
        if quote and not boxes
        else ""
    )
    return (
        f'{notices}{missed}{said}<div class="sheet" tabindex="0"><div class="paper">'
        f'<img src="{text(picture)}" alt="{alt}">{marks}</div></div>'
    )


def text_html(page: Page, blocks: Sequence[Block], marks: Sequence[Span], note: str = "") -> str:
    """The page's text with its structure: headings, lists and tables, the marked ranges highlighted, the first most."""
    own = [block for block in blocks if block.span.page == page.number]
    notice = _notices(page, note, printed=False)
    if not page.text.strip():
        empty = "" if _unreadable(page.status) else f'<p class="muted">{text(strings.NO_PAGE_TEXT)}</p>'
        return f'<div class="text">{notice}{empty}</div>'
    if not own:
        whole = Span(page.number, 0, len(page.text))
        return f'<div class="text">{notice}<div class="plain" dir="auto">{_marked(page, whole, marks)}</div></div>'
    body = "".join(_groups(page, _around(own, marks), marks))
    return f'<div class="text">{notice}{body}</div>'


def _notices(page: Page, note: str, *, printed: bool) -> str:
    """What must be known of the page before it is believed; quiet where its text can be trusted."""
    said = "".join(f'<p class="notice">{text(words)}</p>' for words in (note, _unreadable(page.status)) if words)
    if page.status is not PageStatus.OCR:
        return said
    doubtful = page.confidence is not None and page.confidence < DOUBTFUL
    words = strings.read_from_picture(page.confidence, doubtful)
    if printed:
        words += f" {strings.COMPARE}"
    return f'{said}<p class="{"notice" if doubtful else "muted recognised"}">{text(words)}</p>'


def _box(box: Box) -> str:
    other = " other" if box.mark else ""
    place = f"left:{box.left:.4%};top:{box.top:.4%};width:{box.width:.4%};height:{box.height:.4%}"
    return f'<mark class="box{other}" data-mark="{box.mark}" style="{place}"></mark>'


def _local(name: str, inner: str, label: str) -> str:
    """A button that the page itself handles, without asking the server."""
    return (
        f'<button type="button" data-local="{name}" aria-label="{text(label)}" title="{text(label)}">{inner}</button>'
    )


def _around(blocks: list[Block], marks: Sequence[Span]) -> list[Block]:
    if len(blocks) <= MOST_BLOCKS:
        return blocks
    at = next((i for i, block in enumerate(blocks) if marks and block.span.end > marks[0].start), 0)
    first = max(0, min(at - MOST_BLOCKS // 2, len(blocks) - MOST_BLOCKS))
    heads = [block for block in blocks[:first] if block.kind is BlockKind.TABLE_HEAD][-1:]
    return heads + blocks[first : first + MOST_BLOCKS]


def _groups(page: Page, blocks: list[Block], marks: Sequence[Span]) -> Iterator[str]:
    for kind, members in groupby(blocks, key=_family):
        items = list(members)
        if kind == "table":
            yield f'<div class="scroll" tabindex="0"><table dir="auto">{_rows(page, items, marks)}</table></div>'
        elif kind == "list":
            inner = "".join(
                f'<li dir="auto" class="level-{min(block.level, 4)}">{_marked(page, block.span, marks)}</li>'
                for block in items
            )
            yield f"<ul>{inner}</ul>"
        else:
            for block in items:
                tag = {BlockKind.TITLE: "h3", BlockKind.HEADING: "h4"}.get(block.kind, "p")
                quiet = ' class="furniture"' if block.kind is BlockKind.FURNITURE else ""
                yield f'<{tag} dir="auto"{quiet}>{_marked(page, block.span, marks)}</{tag}>'


def _family(block: Block) -> str:
    if block.kind in (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW):
        return "table"
    return "list" if block.kind is BlockKind.LIST_ITEM else "flow"


def _rows(page: Page, blocks: list[Block], marks: Sequence[Span]) -> str:
    out = []
    for block in blocks:
        cell = "th" if block.kind is BlockKind.TABLE_HEAD else "td"
        scope = ' scope="col"' if cell == "th" else ""
        cells = "".join(
            f'<{cell}{scope} dir="auto">{_marked(page, span, marks)}</{cell}>' for span in _cells(page, block.span)
        )
        out.append(f"<tr>{cells}</tr>")
    return "".join(out)


def _cells(page: Page, row: Span) -> list[Span]:
    line = page.text[row.start : row.end]
    return [Span(page.number, row.start + start, row.start + end) for start, end in cell_ranges(line)]


def _marked(page: Page, span: Span, marks: Sequence[Span]) -> str:
    out, at = [], span.start
    within = ((max(mark.start, span.start), min(mark.end, span.end), number) for number, mark in enumerate(marks))
    for start, end, number in sorted(within):
        if start < at or end <= start:
            continue
        other = ' class="other"' if number else ""
        out.append(f'{text(page.text[at:start])}<mark{other} data-mark="{number}">{text(page.text[start:end])}</mark>')
        at = end
    return "".join(out) + text(page.text[at : span.end])


def _unreadable(status: PageStatus) -> str:
    """Why a page has no text that can be shown; "" where that is not its own fault."""
    told = {PageStatus.IMAGE_ONLY: strings.PAGE_IMAGE_ONLY, PageStatus.FAILED: strings.PAGE_FAILED}
    return told.get(status, "")
