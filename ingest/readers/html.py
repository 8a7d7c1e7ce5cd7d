"""HTML: the page's own content without navigation, with headings, lists, tables and definitions told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line, sensible_title
from ingest.readers.dates import iso_date
from ingest.readers.docx_numbering import formed
from ingest.readers.encoding import Decoded, decode, read_bytes
from ingest.readers.formats import HTML
from ingest.readers.html_elements import BLOCKS, hidden, is_backlink, note_mark, parse_tree, skipped, tick
from ingest.readers.html_marks import show_marks
from ingest.readers.html_notes import place_notes
from ingest.readers.html_tabs import show_panels
from ingest.readers.source import Source
from ingest.readers.table_blocks import add_rows
from ingest.readers.tables import Grid, among, heads
from rag.core.errors import UnsupportedFormat
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
# What is left after taking navigation away must be at least this share of the page, else nothing is taken away.
_LEAST_SHARE: Final = 0.2
_LIST_STYLE: Final = re.compile(r"list-style(?:-type)?\s*:[^;]*?((?:lower|upper)-(?:alpha|latin|roman))")
_LIST_FORMS: Final = {
    **dict.fromkeys(("a", "lower-alpha", "lower-latin"), "lowerLetter"),
    **dict.fromkeys(("A", "upper-alpha", "upper-latin"), "upperLetter"),
    **dict.fromkeys(("i", "lower-roman"), "lowerRoman"),
    **dict.fromkeys(("I", "upper-roman"), "upperRoman"),
}
_DATE_NAMES: Final = (
    "article:modified_time og:updated_time datemodified dcterms.modified last-modified revised "
    "article:published_time datepublished dcterms.created dcterms.date dc.date date pubdate publish-date"
).split()


def read(source: Source) -> ParsedDocument:
    """Read an HTML page in the encoding it names, or the one that fits.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    data, warnings = read_bytes(source)
    decoded = decode_html(data)
    if decoded is None:
        raise UnsupportedFormat(f"{source.name} is not an HTML page.", "Save the page again from the browser.")
    parsed = parse(decoded.text, fallback_title=source.title)
    return replace(parsed, encoding=decoded.encoding, warnings=(*warnings, *parsed.warnings))


def decode_html(data: bytes) -> Decoded | None:
    """The text of an HTML page and its encoding, or None where it is no text."""
    decoded = decode(data)
    named = _CHARSET.search(data[:4096])
    if named is None or decoded is None or decoded.encoding.startswith("utf-"):
        return decoded
    name = named.group(1).decode("ascii").lower()
    try:
        return Decoded(data.decode(name), name)
    except (LookupError, UnicodeDecodeError):
        return decoded


def parse(text: str, fallback_title: str) -> ParsedDocument:
    """The structure of an HTML page."""
    document = DocumentBuilder(HTML)
    page = document.new_page()
    root = parse_tree(text, document)
    if root is None:
        return document.build(fallback_title)
    document.struck_out += show_marks(root)
    place_notes(root)
    show_panels(root)
    titles = root.xpath("//head/title | //title[not(ancestor::svg)]")
    document.title = clean(titles[0].text_content()) if titles else ""
    document.dated = _dated(root)
    whole = _length(root, around=True)
    content = _content(root)
    around = _length(content, around=False) < _LEAST_SHARE * whole
    walk = _Walk(document, page, keep_around=around)
    if not around:
        for heading in _outer_headings(root, content):
            walk.element(heading)
    walk.element(root if around else content)
    walk.flush()
    if not sensible_title(document.title):
        document.title = ""
    return document.build(fallback_title)


def fill(document: DocumentBuilder, page: PageBuilder, text: str, heading_level: int = 0) -> int:
    """Append all that an HTML text shows to a page of `document`: a message's body, a chapter of a book.

    Unlike a page of the web these have no navigation around them, whatever their elements are called.

    Args:
        document: what it becomes part of.
        page: where it is written.
        text: the HTML.
        heading_level: level of the heading that it stands under, 0 for none.

    Returns:
        Level of the heading that what comes after it stands under.
    """
    walk = _Walk(document, page, keep_around=True)
    walk.heading_level = heading_level
    root = parse_tree(text, document)
    if root is not None:
        document.struck_out += show_marks(root)
        place_notes(root)
        walk.element(root)
        walk.flush()
    return walk.heading_level


def _dated(root: HtmlElement) -> str:
    """When the page says it was last changed, else published, as YYYY-MM-DD."""
    stated = {
        str(meta.get("name") or meta.get("property") or meta.get("http-equiv") or meta.get("itemprop") or "").lower(): (
            meta.get("content") or ""
        )
        for meta in root.iter("meta")
    }
    return next((date for name in _DATE_NAMES if (date := iso_date(stated.get(name, "")))), "")


def _content(root: HtmlElement) -> HtmlElement:
    """The element that holds the page's own content: its one <main> or <article>, else all."""
    for path in ("//main", "//*[@role='main']", "//article"):
        found: list[HtmlElement] = [element for element in root.xpath(path) if not hidden(element)]
        if len(found) == 1:
            return found[0]
    return root


def _outer_headings(root: HtmlElement, content: HtmlElement) -> list[HtmlElement]:
    """The page's first-level headings that stand in its head part."""
    within = set(content.iter("h1"))
    if within and any(not _in_header(heading) for heading in within):
        return []
    return [
        heading for heading in root.iter("h1") if (heading not in within or _in_header(heading)) and not hidden(heading)
    ][:1]


def _in_header(element: HtmlElement) -> bool:
    return any(parent.tag == "header" for parent in element.iterancestors()) and not any(
        parent.tag in ("article", "main") for parent in element.iterancestors()
    )


def _length(element: HtmlElement, *, around: bool) -> int:
    """Letters of an element's text."""
    total = len((element.text or "").strip()) if isinstance(element.tag, str) else 0
    for child in element:
        if not skipped(child, around):
            total += _length(child, around=around)
        total += len((child.tail or "").strip())
    return total


class _List(NamedTuple):
    """An open list."""

    group: int
    number: int | None
    """Of the next item; None for bullets."""
    step: int = 1
    form: str = "decimal"
    """How items are counted, see `formed`."""


class _Walk:
    """Goes through the tree once; inline text is collected until a block begins or ends."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, *, keep_around: bool) -> None:
        self.document = document
        self.page = page
        self.keep_around = keep_around
        self.inline: list[str] = []
        self.marker = ""
        self.lists: list[_List] = []
        """Open lists, the innermost last."""
        self.heading_level = 0
        self._terms_of: HtmlElement | None = None
        self._terms_ask = False

    def flush(self) -> None:
        """Write what was collected as a paragraph or list item."""
        text = clean("".join(self.inline))
        self.inline.clear()
        if not text:
            return
        if self.lists:
            kind = BlockKind.LIST_ITEM if self.marker else BlockKind.PARAGRAPH
            self.page.add(kind, self.marker + one_line(text), level=len(self.lists) - 1, group=self.lists[-1].group)
            self.marker = ""
        else:
            self.page.add(BlockKind.PARAGRAPH, text)

    def children(self, element: HtmlElement) -> None:
        """An element's text and children."""
        self.text(element.text)
        for child in element:
            if mark := tick(child):
                self.inline.append(mark)
            elif not skipped(child, self.keep_around):
                self.element(child)
            self.text(child.tail)

    def text(self, text: str | None) -> None:
        """Inline text, its line breaks being blanks."""
        if text:
            self.inline.append(re.sub(r"\s+", " ", text))

    def element(self, element: HtmlElement) -> None:
        """One element."""
        tag = str(element.tag)
        if tag == "br":
            self.inline.append("\n")
        elif tag == "img" or (tag == "a" and is_backlink(element)):
            return
        elif tag == "a" and (mark := note_mark(element)):
            self.inline.append(f"[{mark}]")
        elif tag not in BLOCKS:
            self.children(element)
        else:
            self.flush()
            self._block(element, tag)
            self.flush()

    def _block(self, element: HtmlElement, tag: str) -> None:
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._heading(element, int(tag[1]))
        elif tag == "summary":
            self._heading(element, min(6, self.heading_level + 1), keep=self.heading_level)
        elif tag in ("ul", "ol"):
            self._list(element, tag)
        elif tag == "li":
            self._item(element)
        elif tag in ("dt", "dd"):
            self._definition(element, tag)
        elif tag == "pre":
            self.page.add(BlockKind.PARAGRAPH, clean("".join(self._strings(element))))
        elif tag == "table":
            self._table(element)
        else:
            self.children(element)

    def _heading(self, element: HtmlElement, level: int, keep: int | None = None) -> None:
        text = one_line("".join(self._strings(element)))
        if text:
            self.page.add(BlockKind.HEADING, text, level=level)
            self.heading_level = level if keep is None else keep

    def _strings(self, element: HtmlElement) -> Iterator[str]:
        """All shown text of an element, as it stands."""
        yield element.text or ""
        for child in element:
            if child.tag == "br":
                yield "\n"
            elif child.tag == "a" and (mark := note_mark(child)):
                yield f"[{mark}]"
            elif mark := tick(child):
                yield mark
            elif not skipped(child, self.keep_around):
                if child.tag in BLOCKS:
                    yield " "
                yield from self._strings(child)
                if child.tag in BLOCKS:
                    yield " "
            yield child.tail or ""

    def _list(self, element: HtmlElement, tag: str) -> None:
        group = self.lists[0].group if self.lists else self.document.new_group()
        step = -1 if element.get("reversed") is not None else 1
        items = sum(child.tag == "li" for child in element)
        first = _whole(element.get("start"), 1 if step > 0 else items)
        self.lists.append(_List(group, first if tag == "ol" else None, step, _list_form(element)))
        self.children(element)
        self.flush()
        self.lists.pop()

    def _item(self, element: HtmlElement) -> None:
        if not self.lists:
            self.lists.append(_List(self.document.new_group(), None))
            self._item(element)
            self.flush()
            self.lists.pop()
            return
        own = self.lists[-1]
        if own.number is None:
            self.marker = "• "
        else:
            number = _whole(element.get("value"), own.number)
            self.marker = f"{formed(number, own.form)}. "
            self.lists[-1] = own._replace(number=number + own.step)
        self.children(element)
        self.flush()
        self.marker = ""

    def _definition(self, element: HtmlElement, tag: str) -> None:
        """Where terms are questions, each heads its answer; other terms and their meanings are a list."""
        text = one_line("".join(self._strings(element)))
        if tag == "dt" and self._asks(element):
            self.page.add(BlockKind.HEADING, text, level=min(6, self.heading_level + 1))
        elif tag == "dd" and self.page.blocks and self.page.blocks[-1].kind is BlockKind.HEADING:
            self.children(element)
        else:
            last = self.page.blocks[-1] if self.page.blocks else None
            goes_on = last is not None and last.kind is BlockKind.LIST_ITEM and last.group and not self.lists
            group = last.group if last is not None and goes_on else self.document.new_group()
            self.page.add(BlockKind.LIST_ITEM, text, level=int(tag == "dd"), group=group)

    def _asks(self, term: HtmlElement) -> bool:
        """Whether any term of the term's list is a question."""
        around = term.getparent()
        if around is not self._terms_of:
            self._terms_of = around
            self._terms_ask = around is not None and any(map(_is_question, around.iterchildren("dt")))
        return self._terms_ask

    def _table(self, element: HtmlElement) -> None:
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]
        cells = [[cell for cell in row if cell.tag in ("td", "th") and not hidden(cell)] for row in rows]
        widest = max((len(row) for row in cells), default=0)
        layout = element.get("role") in ("presentation", "none") or any(True for _ in element.iterdescendants("table"))
        if layout or widest < 2:
            self.children(element)
            return
        grid, headed = Grid(), []
        for row, own in zip(rows, cells, strict=True):
            if not own or skipped(row, self.keep_around):
                continue
            grid.add_row(
                [(one_line("".join(self._strings(c))), _number(c, "rowspan"), _number(c, "colspan")) for c in own]
            )
            headed.append(next(row.iterancestors()).tag == "thead" or all(cell.tag == "th" for cell in own))
        filled = [
            place
            for place in range(max(map(len, grid.rows), default=0))
            if any(place < len(row) and row[place] for row in grid.rows)
        ]
        if len(filled) < 2:  # the other columns are there to keep a distance
            self.children(element)
            return
        self._outside_cells(element)
        self.flush()
        for caption in element.iterchildren("caption"):
            self.page.add(BlockKind.PARAGRAPH, one_line("".join(self._strings(caption))))
        shown = [index for index, row_texts in enumerate(grid.rows) if any(row_texts)]
        texts = [[grid.rows[index][place] for place in filled if place < len(grid.rows[index])] for index in shown]
        marked = [headed[index] for index in shown]
        wide = [among(grid.wide[index], filled) for index in shown]
        # Heads that stand only further down, or that all rows are said to be, are those of rows.
        named = marked.index(False) if False in marked else 0
        count, head = heads(texts, wide, named) if named or not any(marked[:-1]) or all(marked) else (0, [])
        add_rows(self.document, self.page, head, texts[count:])

    def _outside_cells(self, part: HtmlElement) -> None:
        """What a table holds outside of its rows' cells, which browsers show above it."""
        self.text(part.text)
        for child in part:
            cell = part.tag == "tr" and child.tag in ("td", "th")
            if cell or skipped(child, self.keep_around) or child.tag in ("caption", "colgroup", "col"):
                pass
            elif child.tag == "tr" or child.find(".//tr") is not None:
                self._outside_cells(child)
            else:
                self.element(child)
            self.text(child.tail)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\s*[-+]?\d{1,9}\s*", text) else default


def _list_form(element: HtmlElement) -> str:
    """How a list's items are counted."""
    style = _LIST_STYLE.search(element.get("style") or "")
    return _LIST_FORMS.get(style.group(1) if style else (element.get("type") or ""), "decimal")


def _is_question(term: HtmlElement) -> bool:
    return str(term.text_content()).strip().endswith(("?", "？", "؟"))


def _number(cell: HtmlElement, name: str) -> int:
    """A span attribute, within reason."""
    value = (cell.get(name) or "1").strip()
    return min(int(value), 200) if value.isdigit() and int(value) > 0 else 1
