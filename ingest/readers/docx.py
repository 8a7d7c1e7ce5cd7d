"""Word documents: paragraphs, headings by style or outline level, numbered lists, tables, text boxes and notes.

The body is walked as XML: python-docx leaves out what stands in content controls, tracked insertions and text boxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line
from ingest.readers.docx_cells import (
    FALLBACK,
    WRAPPERS,
    cell_texts,
    children_of,
    columns_before,
    frames_tables,
    spans,
    text_boxes,
    within,
)
from ingest.readers.docx_notes import mark_references
from ingest.readers.docx_numbering import Numbering, W
from ingest.readers.docx_runs import show
from ingest.readers.docx_styles import Styles
from ingest.readers.formats import DOCX
from ingest.readers.note_marks import noted
from ingest.readers.office_zip import open_package, parse_xml
from ingest.readers.ooxml import properties, usual_form
from ingest.readers.ooxml_graphics import A, add_chart, add_diagram, is_chart
from ingest.readers.raised import without_marks
from ingest.readers.remarks import comment, counted
from ingest.readers.source import Source
from ingest.readers.table_blocks import add_table
from ingest.readers.tables import Grid
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element as Element

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_V = "{urn:schemas-microsoft-com:vml}"
_O = "{urn:schemas-microsoft-com:office:office}"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic"
# What stands in a paragraph and is not printed there: text boxes are read on their own, "rt" says how to pronounce.
_SILENT: Final = frozenset(
    {FALLBACK, *(f"{W}{name}" for name in ("txbxContent", "del", "moveFrom", "pPr", "rPr", "instrText", "rt"))}
)


def read(source: Source) -> ParsedDocument:
    """Read a Word document as one page, without its running heads and feet.

    Raises:
        Damaged, TooLarge, PasswordProtected: see `open_package`.
    """
    from docx import Document

    document = DocumentBuilder(DOCX)
    with open_package(source) as archive:
        core = properties(archive)
        word = Document(usual_form(archive) or str(source.path))
    document.title, document.dated = core.title, core.dated
    walk = _Walk(document, document.new_page(), word)
    walk.blocks(word.element.body)
    walk.end()
    document.skipped.extend(counted(number, thing) for thing, number in _left_out(word.element.body).items() if number)
    return document.build(source.title)


def _part(word: WordDocument, name: str) -> Element | None:
    for relation in word.part.rels.values():
        if relation.reltype.endswith(f"/{name}") and not relation.is_external:
            return parse_xml(relation.target_part.blob)
    return None


def _left_out(body: Element) -> dict[str, int]:
    """What is in the body and has no text that could be read, counted."""
    shown = [
        element
        for element in body.iter(_PICTURE, f"{_V}imagedata", f"{_O}OLEObject", f"{W}altChunk")
        if not within(element, FALLBACK)
    ]
    # The picture of an embedded object stands for the object.
    pictures = [each for each in shown if each.tag == f"{_V}imagedata" and not within(each, f"{W}object")]
    return {
        "picture": len(pictures) + sum(each.tag == _PICTURE for each in shown),
        "embedded object": sum(each.tag in (f"{_O}OLEObject", f"{W}altChunk") for each in shown),
    }


class _Walk:
    """Goes through the body once, in order."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, word: WordDocument) -> None:
        self.document = document
        self.page = page
        self.styles = Styles(word.styles.element)
        self.numbering = Numbering(_part(word, "numbering"))
        self.list_group = 0
        self._word = word
        _join_paragraphs(word.element.body)
        document.struck_out += show(word.element.body, self.styles)
        self._marks = mark_references(word.element.body, _part(word, "settings"))
        self._notes = {name: self._notes_of(name) for name in ("footnote", "endnote", "comment")}
        self._pending: list[str] = []

    def blocks(self, parent: Element) -> None:
        """Paragraphs and tables below `parent`."""
        for child in parent:
            if child.tag == f"{W}p":
                self._paragraph(child)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag in WRAPPERS:
                self.blocks(child)

    def end(self) -> None:
        """Write the notes that are left: those of the last paragraph, and any that no paragraph refers to."""
        self._write_notes()
        for notes in self._notes.values():
            self._pending.extend(notes.values())
        self._write_notes()

    def _notes_of(self, name: str) -> dict[str, str]:
        part = _part(self._word, f"{name}s")
        if part is not None:
            self.document.struck_out += show(part, self.styles)
        return {key: noted(self._marks.get((name, key), ""), text) for key, text in _notes(part).items()}

    def _write_notes(self) -> None:
        """Footnotes, endnotes and comments come after the paragraph, list or table that refers to them."""
        pending, self._pending = self._pending, []
        for note in pending:
            self.page.add(BlockKind.PARAGRAPH, note)

    def _collect_notes(self, element: Element) -> None:
        for name, notes in self._notes.items():
            for reference in element.iter(f"{W}{name}Reference"):
                self._pending.append(notes.pop(reference.get(f"{W}id", ""), ""))

    def _paragraph(self, paragraph: Element) -> None:
        shown = _text(paragraph)
        text = clean(shown)
        style = self.styles.of(paragraph)
        number_id, depth = style.numbering
        if not number_id or style.level:
            self._write_notes()
        if not text:
            # What is struck out has its number still.
            if number_id and next(paragraph.iter(f"{W}t"), None) is not None:
                self.numbering.marker(number_id, depth)
        elif style.contents:
            self.page.add(BlockKind.FURNITURE, one_line(text))
        elif style.title:
            self.page.add(BlockKind.TITLE, one_line(without_marks(shown)))
        elif style.level:
            marker = self.numbering.marker(number_id, depth) if number_id else ""
            heading = (marker if marker != "• " else "") + one_line(without_marks(shown))
            self.page.add(BlockKind.HEADING, heading, level=style.level)
            self.list_group = 0
        elif number_id:
            self.list_group = self.list_group or self.document.new_group()
            item = self.numbering.marker(number_id, depth) + one_line(text)
            self.page.add(BlockKind.LIST_ITEM, item, level=depth, group=self.list_group)
        else:
            self.page.add(BlockKind.PARAGRAPH, text)
            self.list_group = 0
        self._collect_notes(paragraph)
        self._graphics(paragraph)
        for box in text_boxes(paragraph):
            self.blocks(box)

    def _graphics(self, element: Element) -> None:
        """Charts and diagrams anchored in a paragraph or table."""
        for data in element.iter(f"{A}graphicData"):
            if within(data, FALLBACK):
                continue
            for reference in data:
                relation = reference.get(f"{_R}id") or reference.get(f"{_R}dm") or ""
                kind = str(reference.tag).rpartition("}")[2]
                if kind not in ("chart", "relIds") or relation not in self._word.part.rels:
                    continue
                root = parse_xml(self._word.part.rels[relation].target_part.blob)
                if kind == "relIds":
                    add_diagram(self.document, self.page, root)
                elif is_chart(root):
                    add_chart(self.document, self.page, root)

    def _table(self, table: Element) -> None:
        rows = [row for row in children_of(table, f"{W}tr") if row.find(f"{W}trPr/{W}del") is None]
        grid, flagged = Grid(), []
        cells_of = [list(children_of(row, f"{W}tc")) for row in rows]
        if max((len(cells) for cells in cells_of), default=0) < 2 or frames_tables(table):
            # A table of one column is a frame around text.
            for cells in cells_of:
                for cell in cells:
                    self.blocks(cell)
            return
        self.list_group = 0
        self._write_notes()
        above: dict[int, str] = {}
        for row, cells in zip(rows, cells_of, strict=True):
            placed = []
            column = columns_before(row)
            placed.extend([("", 1, 1)] * column)
            for cell in cells:
                span, goes_on = spans(cell)
                text = above.get(column, "") if goes_on else one_line(" ".join(cell_texts(cell, _text)))
                above[column] = text
                placed.append((text, 1, span))
                column += span
            grid.add_row(placed)
            flagged.append(row.find(f"{W}trPr/{W}tblHeader") is not None)
        # A table of which all rows are flagged tells of none.
        marked = flagged.index(False) if False in flagged else 0
        add_table(self.document, self.page, grid.rows, grid.wide, marked)
        self._collect_notes(table)
        self._graphics(table)
        self._write_notes()


def _join_paragraphs(body: Element) -> None:
    """Put each paragraph whose end was deleted, with changes tracked, before the text of the next one."""
    for paragraph in list(body.iter(f"{W}p")):
        mark, following = paragraph.find(f"{W}pPr/{W}rPr"), paragraph.getnext()
        ends = mark is None or (mark.find(f"{W}del") is None and mark.find(f"{W}moveFrom") is None)
        if ends or following is None or following.tag != f"{W}p":
            continue
        own = following.find(f"{W}pPr")
        place = 0 if own is None else following.index(own) + 1
        for child in reversed([child for child in paragraph if child.tag != f"{W}pPr"]):
            following.insert(place, child)
        body_of = paragraph.getparent()
        if body_of is not None:
            body_of.remove(paragraph)


def _notes(part: Element | None) -> dict[str, str]:
    """The text of footnotes, endnotes or comments by their id."""
    notes: dict[str, str] = {}
    for note in part if part is not None else ():
        if note.get(f"{W}type") in (None, "normal"):
            text = one_line(" ".join(_text(paragraph) for paragraph in note.iter(f"{W}p")))
            is_comment = note.tag == f"{W}comment"
            notes[note.get(f"{W}id", "")] = comment(one_line(note.get(f"{W}author", "")), text) if is_comment else text
    return notes


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
        elif tag not in _SILENT and not _is_hidden(child):
            parts.append(_text(child))
    return "".join(parts)


def _is_hidden(run: Element) -> bool:
    """Whether a run is set as hidden text."""
    vanish = run.find(f"{W}rPr/{W}vanish") if run.tag == f"{W}r" else None
    return vanish is not None and vanish.get(f"{W}val", "1") not in ("0", "false", "off")
