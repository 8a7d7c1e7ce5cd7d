"""A page of a document as it is read beside an answer, and the addresses that lead there."""

from dataclasses import replace

from ingest.readers import formats
from rag.core.cells import CELL_SEPARATOR
from rag.core.types import Block, BlockKind, Document, Page, PageStatus, Span
from rag.ui import strings
from rag.ui.addresses import from_button, parse
from rag.ui.source_view import MOST_BLOCKS, Box, Place, printed_html, text_html, toolbar_html

DOCUMENT = Document("d" * 64, "a<b>.pdf", "application/pdf", "Hand<b>book", "en", 3, 4, 10, 0.0)


def blocks_of(*pieces: tuple[BlockKind, str]) -> tuple[Page, list[Block]]:
    text, blocks = "", []
    for kind, words in pieces:
        blocks.append(Block(kind, Span(1, len(text), len(text) + len(words)), group=1))
        text += words + "\n"
    return Page(1, text), blocks


def test_structure_and_the_mark_across_blocks() -> None:
    head, row = CELL_SEPARATOR.join(["Lamp", "Price"]), CELL_SEPARATOR.join(["Nuru 1", "<4>"])
    page, blocks = blocks_of(
        (BlockKind.HEADING, "Prices"),
        (BlockKind.PARAGRAPH, "Every lamp has one."),
        (BlockKind.LIST_ITEM, "• one"),
        (BlockKind.TABLE_HEAD, head),
        (BlockKind.TABLE_ROW, row),
    )
    start = page.text.index("lamp has")
    mark = Span(1, start, page.text.index("• one") + 3)
    html = text_html(page, blocks, [mark])
    assert '<h4 dir="auto">Prices</h4>' in html
    assert '<p dir="auto">Every <mark data-mark="0">lamp has one.</mark></p>' in html
    assert '<mark data-mark="0">• o</mark>ne</li>' in html
    assert '<th scope="col" dir="auto">Lamp</th>' in html
    assert '<td dir="auto">&lt;4&gt;</td>' in html


def test_a_long_sheet_shows_the_head_and_the_rows_around_the_mark() -> None:
    rows = [(BlockKind.TABLE_ROW, f"row {number}") for number in range(3000)]
    page, blocks = blocks_of((BlockKind.TABLE_HEAD, "Head"), *rows)
    at = page.text.index("row 2000")
    html = text_html(page, blocks, [Span(1, at, at + 8)])
    assert html.count("<tr>") == MOST_BLOCKS + 1
    assert "Head</th>" in html
    assert ">row 2000</mark>" in html
    assert "row 10<" not in html


def test_a_page_without_text_says_why() -> None:
    assert strings.PAGE_IMAGE_ONLY in text_html(Page(1, "", PageStatus.IMAGE_ONLY), [], [])
    assert strings.NO_PAGE_TEXT in text_html(Page(1, "", PageStatus.EMPTY), [], [])


def test_the_printed_page_carries_its_marks_or_the_words() -> None:
    page = Page(2, "text")
    marked = printed_html(DOCUMENT, page, "/api/page/x/2.png", [Box(0.1, 0.2, 0.3, 0.04), Box(0, 0, 1, 1, 1)], "quote")
    assert 'style="left:10.0000%;top:20.0000%;width:30.0000%;height:4.0000%"' in marked
    assert 'class="box other" data-mark="1"' in marked
    assert 'alt="Page 2 of Hand&lt;b&gt;book as it is printed"' in marked
    assert strings.NOT_MARKED in printed_html(DOCUMENT, page, "/api/page/x/2.png", [], "quote")


def test_a_page_read_by_text_recognition_says_how_sure_it_is() -> None:
    page = Page(2, "text", PageStatus.OCR, confidence=0.94)
    sure = printed_html(DOCUMENT, page, "/api/page/x/2.png", [], "")
    assert "Read by text recognition, 94% sure of the words. Compare with the picture." in sure
    assert "notice" not in sure
    doubtful = printed_html(DOCUMENT, replace(page, confidence=0.62), "/api/page/x/2.png", [], "")
    assert '<p class="notice">Read by text recognition, only 62% sure of the words' in doubtful
    assert strings.COMPARE not in text_html(page, [], [])
    assert "recognition" not in text_html(Page(2, "text"), [], [])


def test_pages_are_called_what_they_are() -> None:
    assert strings.page_of(2, 9, "report.pdf, page 2", formats.ZIP) == "report.pdf, page 2 (2 of 9)"
    assert strings.page_of(3, 40, "", formats.PPTX) == "slide 3 of 40"
    assert strings.page_of(2, 3, "Prices", formats.ODS) == "Prices, sheet 2 of 3"
    assert strings.page(3, "", formats.ODP) == "slide 3"
    assert strings.page(3, "", formats.TIFF) == "p. 3"
    assert strings.page(2, "report.pdf, page 2", formats.EML) == "report.pdf, page 2"


def test_the_toolbar_stops_at_the_ends() -> None:
    first = toolbar_html(DOCUMENT, Page(1, ""), source=(1, 2), marks=1, original="", printed=False)
    assert f'aria-label="{strings.PREVIOUS_PAGE}" title="{strings.PREVIOUS_PAGE}" disabled' in first
    assert "Source 1 of 2" in first
    assert "page 1 of 3" in first
    assert "Hand&lt;b&gt;book" in first
    sheets = replace(DOCUMENT, media_type=formats.XLSX)
    last = toolbar_html(
        sheets, Page(3, "", label="Prices"), source=None, marks=2, original="/api/original/d", printed=True
    )
    assert "Prices, sheet 3 of 3" in last
    assert 'data-local="next-mark"' in last
    assert f'aria-label="{strings.NEXT_PAGE}" title="{strings.NEXT_PAGE}" disabled' in last


def test_addresses_read_back_and_nonsense_does_not_hurt() -> None:
    assert parse({"doc": "d", "page": "14", "mark": "3-9"}) == Place("d", 14, 3, 9)
    assert parse({}) is None
    assert parse({"doc": "d", "page": "-1", "mark": "9-3"}) == Place("d", 1, 9, 3)
    assert Place("d", 1, 9, 3).span is None
    assert parse({"doc": "d", "page": "²", "mark": "x"}) == Place("d")
    assert from_button("d:2:5:9") == Place("d", 2, 5, 9)
    assert from_button("nonsense") == Place("nonsense")
