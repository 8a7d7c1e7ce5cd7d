"""Sets a source as a PDF book with a contents list, running heads and page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    ListFlowable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid
from reportlab.platypus.tableofcontents import TableOfContents
from typing_extensions import override

from . import archive
from .markup import Block, Glossary, Heading, ItemList, Note, Paragraph, Table, parse

INK = colors.HexColor("#1f2a30")
TEAL = colors.HexColor("#12616a")
PALE = colors.HexColor("#e8f1f1")
GREY = colors.HexColor("#6b777c")
WIDTH, HEIGHT = A4
MARGIN = 22 * mm
TEXT_WIDTH = WIDTH - 2 * MARGIN
TEXT_HEIGHT = HEIGHT - 52 * mm
# A longer table may break over a page; a shorter one stays whole, under its title.
ROWS_KEPT_TOGETHER = 14


@dataclass(frozen=True)
class Book:
    """What a PDF says beside its text."""

    title: str
    subtitle: str
    owner: str
    footer: str
    language: str
    contents: str = ""
    """The heading of the contents list; empty for a short paper without cover and contents."""


def _style(name: str, **changes: Any) -> ParagraphStyle:
    settings: dict[str, Any] = {"fontName": "Helvetica", "fontSize": 10.2, "leading": 14.6, "textColor": INK}
    return ParagraphStyle(name, **(settings | changes))


BODY = _style("body", spaceAfter=6, allowWidows=0, allowOrphans=0)
CELL = _style("cell", fontSize=9.4, leading=12)
CELL_HEAD = _style("cell head", fontSize=9.4, leading=12, fontName="Helvetica-Bold", textColor=colors.white)
CAPTION = _style(
    "caption",
    fontSize=9.4,
    fontName="Helvetica-Bold",
    textColor=TEAL,
    spaceBefore=4,
    spaceAfter=4,
    keepWithNext=1,
)
# Kept with its table, a table longer than the page would be pushed to the next page as a whole.
CAPTION_OF_LONG = ParagraphStyle("caption of long", parent=CAPTION, keepWithNext=0)
NOTE = _style(
    "note",
    backColor=PALE,
    borderColor=TEAL,
    borderWidth=0.6,
    borderPadding=7,
    leftIndent=8,
    rightIndent=8,
    spaceBefore=14,
    spaceAfter=14,
)
ENTRY = _style("entry", fontSize=9.6, leading=13, spaceAfter=5, leftIndent=8, firstLineIndent=-8)
HEADINGS = {
    1: _style("h1", fontName="Helvetica-Bold", fontSize=19, leading=24, textColor=TEAL, spaceBefore=24, spaceAfter=10),
    2: _style(
        "h2",
        fontName="Helvetica-Bold",
        fontSize=12.6,
        leading=17,
        textColor=TEAL,
        spaceBefore=9,
        spaceAfter=4,
        keepWithNext=1,
    ),
    3: _style("h3", fontName="Helvetica-Bold", fontSize=10.6, spaceBefore=6, spaceAfter=3, keepWithNext=1),
}
CONTENTS_LINE = _style("contents line", fontSize=10.8, leading=20)


class _Template(BaseDocTemplate):
    """Draws running heads and footers, and tells the contents list where each chapter begins."""

    def __init__(self, path: Path, book: Book) -> None:
        super().__init__(
            str(path),
            pagesize=A4,
            title=book.title,
            author=book.owner,
            subject=book.footer,
            lang=book.language,
            creator="sample_docs/build.py",
            invariant=1,
            # Streams stay plain: what a compressor writes differs from one zlib to the next.
            pageCompression=0,
        )
        self.book = book
        self.chapter = ""
        whole = Frame(MARGIN, 26 * mm, TEXT_WIDTH, TEXT_HEIGHT, 0, 0, 0, 0)
        head = Frame(MARGIN, HEIGHT - 26 * mm - 14 * mm, TEXT_WIDTH, 14 * mm, 0, 0, 0, 0)
        column = (TEXT_WIDTH - 10 * mm) / 2
        columns = [
            Frame(MARGIN + shift, 26 * mm, column, TEXT_HEIGHT - 14 * mm, 0, 0, 0, 0) for shift in (0, column + 10 * mm)
        ]
        self.addPageTemplates(
            [
                *([PageTemplate("cover", [whole], onPage=self._cover)] if book.contents else []),
                PageTemplate("text", [whole], onPageEnd=self._running),
                PageTemplate("columns", [head, *columns], onPageEnd=self._running),
            ]
        )

    @override
    def afterFlowable(self, flowable: Flowable) -> None:
        """Note a chapter's page for the contents list and the outline."""
        if isinstance(flowable, Text) and flowable.style.name == "h1":
            self.chapter = flowable.getPlainText()
            mark = f"chapter-{self.chapter.split()[0]}"
            self.canv.bookmarkPage(mark)
            self.canv.addOutlineEntry(self.chapter, mark)
            self.notify("TOCEntry", (0, escape(self.chapter), self.page, mark))

    def _footer(self, canvas: Canvas) -> None:
        canvas.setFillColor(GREY)
        canvas.setFont("Helvetica", 8)
        canvas.drawString(MARGIN, 14 * mm, self.book.footer)

    def _cover(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        self.chapter = self.book.contents
        canvas.saveState()
        canvas.setFillColor(TEAL)
        canvas.rect(0, HEIGHT * 0.62, WIDTH, HEIGHT * 0.38, stroke=0, fill=1)
        self._footer(canvas)
        canvas.restoreState()

    def _running(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.saveState()
        canvas.setStrokeColor(TEAL)
        canvas.setLineWidth(0.6)
        canvas.line(MARGIN, HEIGHT - 19 * mm, WIDTH - MARGIN, HEIGHT - 19 * mm)
        canvas.line(MARGIN, 18.5 * mm, WIDTH - MARGIN, 18.5 * mm)
        canvas.setFillColor(GREY)
        canvas.setFont("Helvetica", 8)
        canvas.drawString(MARGIN, HEIGHT - 17 * mm, f"{self.book.owner}: {self.book.title}")
        canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 17 * mm, self.chapter)
        self._footer(canvas)
        canvas.drawRightString(WIDTH - MARGIN, 14 * mm, str(canvas.getPageNumber()))
        canvas.restoreState()


def _set_table(table: Table) -> list[Flowable]:
    widths = table.widths or (1,) * len(table.head)
    cells = [[Text(escape(cell), CELL_HEAD) for cell in table.head]]
    cells += [[Text(escape(cell), CELL) for cell in row] for row in table.rows]
    grid = Grid(
        cells,
        colWidths=[TEXT_WIDTH * width / sum(widths) for width in widths],
        repeatRows=1,
        spaceAfter=9,
        style=[
            ("BACKGROUND", (0, 0), (-1, 0), TEAL),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, PALE]),
            ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#b9c7c9")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ],
    )
    if len(table.rows) > ROWS_KEPT_TOGETHER:
        return [CondPageBreak(50 * mm), Text(escape(table.title), CAPTION_OF_LONG), grid]
    return [KeepTogether([Text(escape(table.title), CAPTION), grid])]


def _set_list(items: ItemList) -> Flowable:
    return ListFlowable(
        [Text(escape(item), _style("item", spaceAfter=2)) for item in items.items],
        bulletType="1" if items.numbered else "bullet",
        bulletFormat="%s." if items.numbered else None,
        start=None if items.numbered else "•",
        bulletFontSize=10.2,
        bulletColor=TEAL,
        leftIndent=18,
        spaceAfter=7,
    )


def _set(block: Block, book: Book) -> list[Flowable]:
    match block:
        case Heading(1, text) if book.contents:
            return [CondPageBreak(80 * mm), Text(escape(text), HEADINGS[1])]
        case Heading(level, text):
            return [CondPageBreak(30 * mm), Text(escape(text), HEADINGS[level])]
        case Paragraph(text):
            return [Text(escape(text), BODY)]
        case Note(text):
            return [Text(escape(text), NOTE)]
        case ItemList():
            return [_set_list(block)]
        case Table():
            return _set_table(block)
        case Glossary(entries):
            return [Text(f"<b>{escape(term)}</b>: {escape(meaning)}", ENTRY) for term, meaning in entries]


def _front(book: Book) -> list[Flowable]:
    cover = {"alignment": TA_CENTER}
    contents = TableOfContents(levelStyles=[CONTENTS_LINE], dotsMinLevel=0)
    return [
        Spacer(1, 36 * mm),
        Text(escape(book.owner), _style("owner", fontSize=17, leading=22, textColor=colors.white, **cover)),
        Spacer(1, 5 * mm),
        Text(
            escape(book.title),
            _style("title", fontName="Helvetica-Bold", fontSize=34, leading=40, textColor=colors.white, **cover),
        ),
        Spacer(1, 62 * mm),
        Text(escape(book.subtitle), _style("subtitle", fontSize=12, leading=18, **cover)),
        NextPageTemplate("text"),
        PageBreak(),
        # A style of another name than a chapter's, so that the contents list does not list itself.
        Text(escape(book.contents), ParagraphStyle("contents", parent=HEADINGS[1])),
        contents,
        PageBreak(),
    ]


def _story(blocks: Sequence[Block], book: Book) -> list[Flowable]:
    story = _front(book) if book.contents else []
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if isinstance(block, Heading) and isinstance(following, Glossary):
            # The heading stands alone in the frame over the two columns.
            heading = Text(escape(block.text), HEADINGS[block.level])
            story += [NextPageTemplate("columns"), PageBreak(), heading, FrameBreak()]
        else:
            story += _set(block, book)
    return story


def build(source: Path, target: Path, book: Book) -> None:
    """Write the PDF of one source."""
    blocks = parse(source.read_text(encoding="utf-8"))
    _Template(target, book).multiBuild(_story(blocks, book))
    archive.date_pdf(target)
