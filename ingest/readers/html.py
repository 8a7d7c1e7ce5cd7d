"""HTML: the page's own content without navigation, with headings, lists, tables and definitions told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, join_cells, one_line, sensible_title
from ingest.readers.detect import HTML
from ingest.readers.encoding import decode
from ingest.readers.tables import Grid, looks_like_head
from rag.core.errors import UnsupportedFormat
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_NEVER: Final = frozenset(
    "script style noscript template svg iframe object embed head button select input textarea canvas audio "
    "video".split()
)
_AROUND: Final = frozenset("nav footer aside header menu dialog".split())
_AROUND_ROLES: Final = frozenset(
    "navigation banner contentinfo search complementary menu menubar dialog alertdialog".split()
)
_AROUND_NAMES = re.compile(
    r"(^|[\s_-])(nav|navbar|navbox|menu|breadcrumbs?|sidebar|cookies?|cookie-?banner|social|share|advert\w*|"
    r"ads?|skip-?link|"
    r"skip-?link|"
    r"mw-editsection|mw-jump-link|toc|pagination|newsletter|site-?footer|site-?header)($|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS: Final = frozenset(
    "address article aside blockquote body center details dd div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main nav ol p pre section summary table "
    "tbody td tfoot th thead tr ul "
    "caption".split()
)
# What is left after taking navigation away must be at least this share of the page, else nothing is taken away.
_LEAST_SHARE: Final = 0.2


def read(path: Path) -> ParsedDocument:
    """Read an HTML page in the encoding it names, or the one that fits.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    data = path.read_bytes()
    text = _decoded(data)
    if text is None:
        raise UnsupportedFormat(f"{path.name} is not an HTML page.", "Save the page again from the browser.")
    return parse(text, fallback_title=one_line(path.stem))


def _decoded(data: bytes) -> str | None:
    text = decode(data)
    named = _CHARSET.search(data[:4096])
    if named is None or text is None or _is_utf8(data) or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text
    try:
        return data.decode(named.group(1).decode("ascii"))
    except (LookupError, UnicodeDecodeError):
        return text


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def parse(text: str, fallback_title: str) -> ParsedDocument:
    """The structure of an HTML page."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    document = DocumentBuilder(HTML)
    # Text was decoded already; a declaration in it must not make lxml decode it again.
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))
    try:
        root = document_fromstring(body.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8", huge_tree=True))
    except etree.ParserError:
        document.new_page()
        return document.build(fallback_title)
    titles = root.xpath("//head/title | //title[not(ancestor::svg)]")
    document.title = clean(titles[0].text_content()) if titles else ""
    whole = _length(root, around=True)
    content = _content(root)
    around = _length(content, around=False) < _LEAST_SHARE * whole
    walk = _Walk(document, document.new_page(), keep_around=around)
    if not around:
        for heading in _outer_headings(root, content):
            walk.element(heading)
    walk.element(root if around else content)
    walk.flush()
    if not sensible_title(document.title):
        document.title = ""
    return document.build(fallback_title)


def _content(root: HtmlElement) -> HtmlElement:
    """The element that holds the page's own content: its one <main> or <article>, else all."""
    for path in ("//main", "//*[@role='main']", "//article"):
        found: list[HtmlElement] = [element for element in root.xpath(path) if not _hidden(element)]
        if len(found) == 1:
            return found[0]
    return root


def _outer_headings(root: HtmlElement, content: HtmlElement) -> list[HtmlElement]:
    """The page's first-level headings that stand in its head part."""
    within = set(content.iter("h1"))
    if within and any(not _in_header(heading) for heading in within):
        return []
    return [
        heading
        for heading in root.iter("h1")
        if (heading not in within or _in_header(heading)) and not _hidden(heading)
    ][:1]


def _in_header(element: HtmlElement) -> bool:
    return any(parent.tag == "header" for parent in element.iterancestors()) and not any(
        parent.tag in ("article", "main") for parent in element.iterancestors()
    )


def _hidden(element: HtmlElement) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(element.get("style") or ""))
    )


def _is_around(element: HtmlElement) -> bool:
    """Whether an element is navigation, a page's head or foot, advertising."""
    if element.tag in ("body", "html", "main", "article"):
        return False
    if element.tag == "header" and any(
        parent.tag in ("article", "main", "section") for parent in element.iterancestors()
    ):
        return False
    if element.tag in _AROUND or (element.get("role") or "").lower() in _AROUND_ROLES:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return element.tag not in ("li", "td", "tr", "p") and len(names) < 200 and bool(_AROUND_NAMES.search(names))


def _skipped(element: HtmlElement, keep_around: bool) -> bool:
    if not isinstance(element.tag, str) or element.tag in _NEVER or _hidden(element):
        return True
    return not keep_around and _is_around(element)


def _length(element: HtmlElement, *, around: bool) -> int:
    """Letters of an element's text."""
    total = len((element.text or "").strip()) if isinstance(element.tag, str) else 0
    for child in element:
        if not _skipped(child, around):
            total += _length(child, around=around)
        total += len((child.tail or "").strip())
    return total


class _Walk:
    """Goes through the tree once; inline text is collected until a block begins or ends."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, *, keep_around: bool) -> None:
        self.document = document
        self.page = page
        self.keep_around = keep_around
        self.inline: list[str] = []
        self.marker = ""
        self.lists: list[tuple[int, int | None]] = []
        """Open lists: group, and the next number (None for bullets)."""
        self.heading_level = 0

    def flush(self) -> None:
        """Write what was collected as a paragraph or list item."""
        text = clean("".join(self.inline))
        self.inline.clear()
        if not text:
            return
        if self.lists:
            kind = BlockKind.LIST_ITEM if self.marker else BlockKind.PARAGRAPH
            self.page.add(kind, self.marker + one_line(text), level=len(self.lists) - 1, group=self.lists[-1][0])
            self.marker = ""
        else:
            self.page.add(BlockKind.PARAGRAPH, text)

    def children(self, element: HtmlElement) -> None:
        """An element's text and children."""
        self.text(element.text)
        for child in element:
            if not _skipped(child, self.keep_around):
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
        elif tag == "img":
            return
        elif tag not in _BLOCKS:
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
            elif not _skipped(child, self.keep_around):
                if child.tag in _BLOCKS:
                    yield " "
                yield from self._strings(child)
                if child.tag in _BLOCKS:
                    yield " "
            yield child.tail or ""

    def _list(self, element: HtmlElement, tag: str) -> None:
        group = self.lists[0][0] if self.lists else self.document.new_group()
        start = (element.get("start") or "1").strip()
        number = (int(start) if start.lstrip("-").isdigit() else 1) if tag == "ol" else None
        self.lists.append((group, number))
        self.children(element)
        self.flush()
        self.lists.pop()

    def _item(self, element: HtmlElement) -> None:
        if not self.lists:
            self.lists.append((self.document.new_group(), None))
            self._item(element)
            self.flush()
            self.lists.pop()
            return
        group, number = self.lists[-1]
        self.marker = "• " if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = (group, number + 1)
        self.children(element)
        self.flush()
        self.marker = ""

    def _definition(self, element: HtmlElement, tag: str) -> None:
        """Where terms are questions, each heads its answer; other terms and their meanings are a list."""
        text = one_line("".join(self._strings(element)))
        siblings = (*element.itersiblings("dt", preceding=True), element, *element.itersiblings("dt"))
        if tag == "dt" and any(map(_is_question, siblings)):
            self.page.add(BlockKind.HEADING, text, level=min(6, self.heading_level + 1))
        elif tag == "dd" and self.page.blocks and self.page.blocks[-1].kind is BlockKind.HEADING:
            self.children(element)
        else:
            last = self.page.blocks[-1] if self.page.blocks else None
            goes_on = last is not None and last.kind is BlockKind.LIST_ITEM and last.group and not self.lists
            group = last.group if last is not None and goes_on else self.document.new_group()
            self.page.add(BlockKind.LIST_ITEM, text, level=int(tag == "dd"), group=group)

    def _table(self, element: HtmlElement) -> None:
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]
        cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
        widest = max((len(row) for row in cells), default=0)
        layout = element.get("role") in ("presentation", "none") or any(True for _ in element.iterdescendants("table"))
        if layout or widest < 2:
            self.children(element)
            return
        for caption in element.iterchildren("caption"):
            self.page.add(BlockKind.PARAGRAPH, one_line("".join(self._strings(caption))))
        grid, heads = Grid(), []
        for row, own in zip(rows, cells, strict=True):
            if not own or _skipped(row, self.keep_around):
                continue
            grid.add_row(
                [(one_line("".join(self._strings(c))), _number(c, "rowspan"), _number(c, "colspan")) for c in own]
            )
            heads.append(next(row.iterancestors()).tag == "thead" or all(cell.tag == "th" for cell in own))
        marked = any(heads[:-1])
        group = self.document.new_group()
        for index, texts in enumerate(grid.rows):
            if not any(texts):
                continue
            head = all(heads[: index + 1]) if marked else index == 0 and looks_like_head(texts, grid.rows[1:])
            self.page.add(BlockKind.TABLE_HEAD if head else BlockKind.TABLE_ROW, join_cells(texts), group=group)


def _is_question(term: HtmlElement) -> bool:
    return str(term.text_content()).strip().endswith(("?", "？", "؟"))


def _number(cell: HtmlElement, name: str) -> int:
    """A span attribute, within reason."""
    value = (cell.get(name) or "1").strip()
    return min(int(value), 200) if value.isdigit() and int(value) > 0 else 1
