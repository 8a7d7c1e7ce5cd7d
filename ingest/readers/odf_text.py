"""OpenDocument texts: headings with their levels, nested lists, tables, notes, comments and text boxes."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line
from ingest.readers.formats import ODT
from ingest.readers.odf import (
    CONTENT,
    DRAW,
    OFFICE,
    STYLE,
    TABLE,
    TEXT,
    count,
    embedded,
    formula,
    inline,
    open_document,
    plain,
    properties,
    said_in_comment,
)
from ingest.readers.odf_marks import is_struck_out, show_marks
from ingest.readers.odf_numbering import OUTLINE, ListStyles
from ingest.readers.office_zip import parse_part
from ingest.readers.raised import without_marks
from ingest.readers.remarks import counted
from ingest.readers.source import Source
from ingest.readers.table_blocks import add_table
from ingest.readers.tables import Grid
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Contents lists and indexes: their lines are printed again where they belong.
_INDEXES: Final = frozenset(
    f"{TEXT}{name}"
    for name in (
        "table-of-content",
        "illustration-index",
        "table-index",
        "object-index",
        "user-index",
        "alphabetical-index",
    )
)
_WRAPPERS: Final = frozenset(
    {f"{TEXT}section", f"{TEXT}bibliography", f"{TEXT}index-body", f"{TEXT}list-header", f"{DRAW}text-box", f"{DRAW}a"}
)
_HEADING: Final = re.compile(r"Heading(?:_20_| )?([1-9])")
_CHART: Final = "{urn:oasis:names:tc:opendocument:xmlns:chart:1.0}"
_MOST_COLUMNS: Final = 200
_MOST_ROWS: Final = 1000
"""Columns and rows that one element may stand for in a text's or slide's table."""


def read(source: Source) -> ParsedDocument:
    """Read an OpenDocument text as one page.

    Raises:
        Damaged, TooLarge, PasswordProtected: see `open_document`.
    """
    document = DocumentBuilder(ODT)
    with open_document(source) as archive:
        meta = properties(archive)
        document.title, document.dated = meta.title, meta.dated
        content, styles = parse_part(archive, CONTENT), parse_part(archive, "styles.xml")
        assert content is not None
        document.struck_out = show_marks(content, [styles, content])
        walk = Walk(document, document.new_page(), archive, [styles, content])
        body = content.find(f"{OFFICE}body")
        for root in body if body is not None else ():
            walk.blocks(root)
        walk.notes()
    document.skipped.extend(counted(number, thing) for thing, number in walk.skipped.items())
    return document.build(source.title)


class Walk:
    """Goes through a body or text box once, in order.

    Args:
        roots: of the parts that define styles, the content's last.
    """

    def __init__(
        self, document: DocumentBuilder, page: PageBuilder, archive: zipfile.ZipFile, roots: Iterable[Element | None]
    ) -> None:
        self.document = document
        self.page = page
        self.archive = archive
        self.skipped: Counter[str] = Counter()
        self._parents: dict[str, str] = {}
        known = [root for root in roots if root is not None]
        for root in known:
            for style in root.iter(f"{STYLE}style"):
                if style.get(f"{STYLE}family") == "paragraph":
                    self._parents[style.get(f"{STYLE}name", "")] = style.get(f"{STYLE}parent-style-name", "")
        self._lists = ListStyles(known)
        self._pending: list[str] = []

    def blocks(self, parent: Element) -> None:
        """Paragraphs, headings, lists, tables and drawings below `parent`."""
        for child in parent:
            tag = child.tag
            if tag in (f"{TEXT}p", f"{TEXT}h"):
                self._paragraph(child)
            elif tag == f"{TEXT}list":
                self._list(child, child.get(f"{TEXT}style-name", ""), 0, self._group())
            elif tag == f"{TABLE}table":
                self.table(child)
            elif tag in _INDEXES:
                for line in child.iter(f"{TEXT}p", f"{TEXT}h"):
                    self.page.add(BlockKind.FURNITURE, plain(line))
            elif tag in _WRAPPERS:
                self.blocks(child)
            elif tag == f"{OFFICE}annotation":
                self._pending.append(said_in_comment(child))
            elif isinstance(tag, str) and tag.startswith(DRAW):
                self.drawing(child)

    def notes(self) -> None:
        """Write the notes and comments of what was written last."""
        pending, self._pending = self._pending, []
        for note in pending:
            self.page.add(BlockKind.PARAGRAPH, note)

    def drawing(self, drawing: Element) -> None:
        """A frame or shape: the text in it, else what it is is counted."""
        if drawing.tag != f"{DRAW}frame":
            self.blocks(drawing)
            return
        kinds = {str(child.tag).removeprefix(DRAW) for child in drawing}
        tables = list(drawing.iterchildren(f"{TABLE}table"))
        if "text-box" in kinds or tables:
            self.blocks(drawing)
        elif kinds & {"object", "object-ole"}:
            self._object(drawing)
        elif "plugin" in kinds:
            self.skipped["recording"] += 1
        elif "image" in kinds:
            self.skipped["picture"] += 1

    def table(self, table: Element) -> None:
        """A table with its head; one of a single column is a frame around text."""
        rows = list(_rows(table, head=False))
        if max((len(list(_cells(row))) for row, _ in rows), default=0) < 2:
            for row, _ in rows:
                for cell in _cells(row):
                    self.blocks(cell)
            return
        self.notes()
        grid, flagged = Grid(), []
        for element, head in rows:
            cells = []
            for cell in _cells(element):
                spans = (
                    count(cell, f"{TABLE}number-rows-spanned", _MOST_ROWS),
                    count(cell, f"{TABLE}number-columns-spanned", _MOST_COLUMNS),
                )
                text = self._cell(cell)
                repeated = count(cell, f"{TABLE}number-columns-repeated", _MOST_COLUMNS)
                cells.extend([(text, *spans)] * repeated)
            while cells and not cells[-1][0] and cells[-1][1] == 1:
                cells.pop()
            times = count(element, f"{TABLE}number-rows-repeated", _MOST_ROWS) if any(text for text, *_ in cells) else 1
            for _ in range(times):
                grid.add_row(cells)
                flagged.append(head)
        filled = [index for index, row in enumerate(grid.rows) if any(row)]
        texts, wide = [grid.rows[index] for index in filled], [grid.wide[index] for index in filled]
        marked = next((place for place, index in enumerate(filled) if not flagged[index]), 0)
        if not marked and table.get(f"{TABLE}use-first-row-styles") == "true" and len(filled) > 1:
            marked = 1
        add_table(self.document, self.page, texts, wide, marked)
        self.notes()

    def _cell(self, cell: Element) -> str:
        texts = []
        for paragraph in cell.iter(f"{TEXT}p", f"{TEXT}h"):
            if any(parent.tag in _ASIDE for parent in _between(paragraph, cell)):
                continue
            found = inline(paragraph)
            texts.append(found.text)
            self._pending.extend(found.notes)
            for frame in found.frames:
                texts.append(plain(frame))
                self.skipped["picture"] += sum(1 for _ in frame.iter(f"{DRAW}image"))
        return one_line(" ".join(texts))

    def _paragraph(self, paragraph: Element, marker: str = "", depth: int = 0, group: int = 0) -> None:
        found = inline(paragraph)
        text = clean(found.text)
        names = list(self._chain(paragraph.get(f"{TEXT}style-name", "")))
        level = _outline(paragraph, names)
        if not group:
            self.notes()
        if not text:
            if level and is_struck_out(paragraph):
                self._lists.marker(OUTLINE, level - 1)
        elif level:
            numbered = paragraph.get(f"{TEXT}is-list-header") != "true"
            number = marker.replace("• ", "") or (self._lists.marker(OUTLINE, level - 1) if numbered else "")
            self.page.add(BlockKind.HEADING, number + one_line(without_marks(found.text)), level=level)
        elif "Title" in names:
            self.page.add(BlockKind.TITLE, one_line(without_marks(found.text)))
        elif marker:
            self.page.add(BlockKind.LIST_ITEM, marker + one_line(text), level=depth, group=group)
        else:
            self.page.add(BlockKind.PARAGRAPH, text, level=depth, group=group)
        self._pending.extend(found.notes)
        for frame in found.frames:
            self.drawing(frame)

    def _list(self, element: Element, style: str, depth: int, group: int) -> None:
        goes_on = element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list")
        if not depth and not goes_on:
            self._lists.begin(style)
        for item in element:
            if item.tag not in (f"{TEXT}list-item", f"{TEXT}list-header"):
                continue
            unmarked = item.tag == f"{TEXT}list-header"
            for child in item:
                if child.tag == f"{TEXT}list":
                    self._list(child, child.get(f"{TEXT}style-name") or style, depth + 1, group)
                elif child.tag in (f"{TEXT}p", f"{TEXT}h"):
                    start = item.get(f"{TEXT}start-value")
                    # What is struck out has its number still.
                    shown = plain(child) or is_struck_out(child)
                    marker = "" if unmarked or not shown else self._lists.marker(style, depth, start)
                    unmarked = unmarked or bool(marker)
                    self._paragraph(child, marker, depth, group if marker or unmarked else 0)
                elif child.tag == f"{TABLE}table":
                    self.table(child)
        if not depth:
            self.notes()

    def _group(self) -> int:
        """The list's number: one that follows another directly goes on with it."""
        last = self.page.blocks[-1] if self.page.blocks else None
        return last.group if last is not None and last.kind is BlockKind.LIST_ITEM else self.document.new_group()

    def _chain(self, style: str) -> Iterator[str]:
        """A style's name and those it is based on, nearest first."""
        seen: set[str] = set()
        while style and style not in seen:
            seen.add(style)
            yield style
            style = self._parents.get(style, "")

    def _object(self, frame: Element) -> None:
        root = embedded(self.archive, frame)
        if root is None:
            self.skipped["embedded object"] += 1
            return
        chart = next(root.iter(f"{_CHART}chart"), None)
        if chart is not None:
            self.page.add(BlockKind.PARAGRAPH, " ".join(plain(title) for title in chart.iter(f"{_CHART}title")))
            for table in chart.iter(f"{TABLE}table"):
                self.table(table)
        elif formula(root):
            self.page.add(BlockKind.PARAGRAPH, formula(root))
        else:
            self.skipped["embedded object"] += 1


_ASIDE: Final = frozenset({f"{OFFICE}annotation", f"{TEXT}note", f"{DRAW}frame", f"{DRAW}custom-shape", f"{DRAW}g"})


def _between(element: Element, ancestor: Element) -> Iterator[Element]:
    for parent in element.iterancestors():
        if parent is ancestor:
            return
        yield parent


def _outline(paragraph: Element, names: list[str]) -> int:
    """A heading's level, 0 for what is none."""
    if paragraph.tag == f"{TEXT}h":
        return count(paragraph, f"{TEXT}outline-level", 9)
    match = next((match for name in names if (match := _HEADING.fullmatch(name))), None)
    return int(match.group(1)) if match else 0


def _rows(table: Element, *, head: bool) -> Iterator[tuple[Element, bool]]:
    """A table's rows, and whether each belongs to its head."""
    for child in table:
        if child.tag == f"{TABLE}table-row":
            yield child, head
        elif child.tag == f"{TABLE}table-header-rows":
            yield from _rows(child, head=True)
        elif child.tag in (f"{TABLE}table-rows", f"{TABLE}table-row-group"):
            yield from _rows(child, head=head)


def _cells(row: Element) -> Iterator[Element]:
    """A row's cells, without the places that others cover."""
    return row.iterchildren(f"{TABLE}table-cell")
