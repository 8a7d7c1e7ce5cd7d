"""Word documents: paragraphs, headings by style or outline level, numbered lists, tables, text boxes and notes.

The body is walked as XML: python-docx leaves out what stands in content controls, tracked insertions and text boxes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, join_cells, one_line
from ingest.readers.detect import DOCX
from ingest.readers.docx_numbering import Numbering, W
from ingest.readers.docx_styles import Styles
from ingest.readers.tables import Grid, looks_like_head
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element as Element

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_STRICT: Final = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL: Final = b"http://schemas.openxmlformats.org/"
# Wrappers around blocks whose content counts as the body's own.
_WRAPPERS: Final = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body", "txbxContent")
)


def read(path: Path) -> ParsedDocument:
    """Read a Word document as one page."""
    from docx import Document

    word = Document(io.BytesIO(_transitional(path)))
    document = DocumentBuilder(DOCX)
    document.title = word.core_properties.title or ""
    walk = _Walk(document, document.new_page(), Styles(word.styles.element), Numbering(_part(word, "numbering")))
    walk.blocks(word.element.body)
    for notes in ("footnotes", "endnotes"):
        part = _part(word, notes)
        if part is not None:
            walk.notes(part)
    return document.build(one_line(path.stem))


def _transitional(path: Path) -> bytes:
    """The file's bytes; a "strict" document has its namespaces turned into the usual ones, which python-docx knows."""
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if not any(_STRICT in archive.read(name) for name in archive.namelist() if name.endswith("_rels/.rels")):
            return data
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in archive.namelist():
                content = archive.read(name)
                if name.endswith((".xml", ".rels")):
                    # The usual namespaces carry a year where the strict ones carry none.
                    content = re.sub(re.escape(_STRICT) + rb"(\w+)/(\w+)", _TRANSITIONAL + rb"\1/2006/\2", content)
                copy.writestr(name, content)
        return buffer.getvalue()


def _part(word: WordDocument, name: str) -> Element | None:
    from lxml import etree

    for relation in word.part.rels.values():
        if relation.reltype.endswith(f"/{name}") and not relation.is_external:
            return etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False))
    return None


class _Walk:
    """Goes through the body once, in order."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, styles: Styles, numbering: Numbering) -> None:
        self.document = document
        self.page = page
        self.styles = styles
        self.numbering = numbering
        self.list_group = 0

    def blocks(self, parent: Element) -> None:
        """Paragraphs and tables below `parent`."""
        for child in parent:
            if child.tag == f"{W}p":
                self._paragraph(child)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag in _WRAPPERS:
                self.blocks(child)

    def notes(self, part: Element) -> None:
        """Footnotes or endnotes, after the body."""
        for note in part:
            if note.get(f"{W}type") in (None, "normal"):
                text = " ".join(_text(paragraph) for paragraph in note.iter(f"{W}p"))
                self.page.add(BlockKind.PARAGRAPH, one_line(text))

    def _paragraph(self, paragraph: Element) -> None:
        text = clean(_text(paragraph))
        style = self.styles.of(paragraph)
        number_id, depth = style.numbering
        if not text:
            pass
        elif style.contents:
            self.page.add(BlockKind.FURNITURE, one_line(text))
        elif style.title:
            self.page.add(BlockKind.TITLE, one_line(text))
        elif style.level:
            marker = self.numbering.marker(number_id, depth) if number_id else ""
            self.page.add(BlockKind.HEADING, (marker if marker != "• " else "") + one_line(text), level=style.level)
            self.list_group = 0
        elif number_id:
            self.list_group = self.list_group or self.document.new_group()
            item = self.numbering.marker(number_id, depth) + one_line(text)
            self.page.add(BlockKind.LIST_ITEM, item, level=depth, group=self.list_group)
        else:
            self.page.add(BlockKind.PARAGRAPH, text)
            self.list_group = 0
        for box in _text_boxes(paragraph):
            self.blocks(box)

    def _table(self, table: Element) -> None:
        rows = list(_children(table, f"{W}tr"))
        grid, flagged = Grid(), []
        cells_of = [list(_children(row, f"{W}tc")) for row in rows]
        if max((len(cells) for cells in cells_of), default=0) < 2:
            # A table of one column is a frame around text.
            for cells in cells_of:
                for cell in cells:
                    self.blocks(cell)
            return
        self.list_group = 0
        above: dict[int, str] = {}
        for row, cells in zip(rows, cells_of, strict=True):
            placed = []
            column = _before(row)
            placed.extend([("", 1, 1)] * column)
            for cell in cells:
                span, goes_on = _spans(cell)
                text = above.get(column, "") if goes_on else one_line(" ".join(_all_text(cell)))
                above[column] = text
                placed.append((text, 1, span))
                column += span
            grid.add_row(placed)
            flagged.append(row.find(f"{W}trPr/{W}tblHeader") is not None)
        group = self.document.new_group()
        head_rows = 0
        while head_rows < len(flagged) - 1 and flagged[head_rows]:
            head_rows += 1
        if not head_rows and looks_like_head(grid.rows[0], grid.rows[1:]):
            head_rows = 1
        for index, texts in enumerate(grid.rows):
            kind = BlockKind.TABLE_HEAD if index < head_rows else BlockKind.TABLE_ROW
            self.page.add(kind, join_cells(texts) if any(texts) else "", group=group)


def _children(parent: Element, tag: str) -> Iterator[Element]:
    """Children of one tag, also within content controls."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _children(child, tag)


def _spans(cell: Element) -> tuple[int, bool]:
    """Columns a cell spans, and whether it goes on with the cell above."""
    properties = cell.find(f"{W}tcPr")
    if properties is None:
        return 1, False
    across, down = properties.find(f"{W}gridSpan"), properties.find(f"{W}vMerge")
    width = across.get(f"{W}val", "1") if across is not None else "1"
    columns = min(int(width), 100) if width.isdigit() and int(width) > 0 else 1
    return columns, down is not None and down.get(f"{W}val", "continue") != "restart"


def _before(row: Element) -> int:
    """Columns that a row leaves out at its start."""
    skipped = row.find(f"{W}trPr/{W}gridBefore")
    value = skipped.get(f"{W}val", "0") if skipped is not None else "0"
    return min(int(value), 100) if value.isdigit() else 0


def _all_text(cell: Element) -> Iterator[str]:
    """Text of all paragraphs of a cell, nested tables and text boxes included."""
    for paragraph in cell.iter(f"{W}p"):
        if not _within_fallback(paragraph):
            yield _text(paragraph)


def _within_fallback(element: Element) -> bool:
    return any(parent.tag == _FALLBACK for parent in element.iterancestors())


def _text_boxes(paragraph: Element) -> Iterator[Element]:
    """The contents of text boxes anchored in a paragraph, each once (older programs get a copy as a fallback)."""
    for box in paragraph.iter(f"{W}txbxContent"):
        nested = any(parent.tag == f"{W}txbxContent" for parent in box.iterancestors())
        if not nested and not _within_fallback(box):
            yield box


def _text(element: Element) -> str:
    """A paragraph's shown characters, without those of text boxes in it and without deleted ones."""
    parts: list[str] = []
    for child in element:
        tag = child.tag
        if tag in (f"{W}t", f"{_MATH}t"):
            parts.append(child.text or "")
        elif tag in (f"{W}tab", f"{W}ptab"):
            parts.append("\t")
        elif tag in (f"{W}br", f"{W}cr"):
            parts.append("\n")
        elif tag == f"{W}noBreakHyphen":
            parts.append("-")
        elif tag == f"{W}sym":
            parts.append(_symbol(child))
        elif tag not in (
            f"{W}txbxContent",
            f"{W}del",
            f"{W}moveFrom",
            f"{W}pPr",
            f"{W}rPr",
            f"{W}instrText",
            _FALLBACK,
        ):
            parts.append(_text(child))
    return "".join(parts)


def _symbol(element: Element) -> str:
    """A character of a symbol font: ticked and empty boxes are said, others are bullets to `clean`."""
    code = element.get(f"{W}char", "")
    try:
        value = int(code, 16)
    except ValueError:
        return ""
    known = {
        0xF0FE: "☒",
        0xF0A8: "☐",
        0xF052: "☑",
        0xF0FC: "✓",
        0xF0E0: "→",
        0xF0B0: "°",
        0xF0B1: "±",
        0xF0A3: "≤",
        0xF0B3: "≥",
    }
    return known.get(value, "" if 0xE000 <= value <= 0xF8FF else chr(value))
