"""Sets a source as a Word document with the built-in styles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_DIRECTION
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph
from lxml.etree import SubElement

from . import archive
from .markup import Block, Glossary, Heading, ItemList, Note, Paragraph, Table, parse


@dataclass(frozen=True)
class Paper:
    """What a Word document says beside its text."""

    title: str
    author: str
    language: str
    right_to_left: bool = False


class _Writer:
    """Adds blocks to a Word document."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.word: WordDocument = Document()
        properties = self.word.core_properties
        properties.title, properties.author, properties.language = paper.title, paper.author, paper.language
        properties.comments = ""
        properties.created = properties.modified = archive.MOMENT
        properties.last_modified_by = paper.author

    def add(self, block: Block) -> None:
        match block:
            case Heading(level, text):
                self._turn(self.word.add_heading(text, level))
            case Paragraph(text):
                self._turn(self.word.add_paragraph(text))
            case Note(text):
                self._turn(self.word.add_paragraph(text, style="Intense Quote"))
            case ItemList(items, numbered):
                style = "List Number" if numbered else "List Bullet"
                for item in items:
                    self._turn(self.word.add_paragraph(item, style=style))
            case Table():
                self._table(block)
            case Glossary(entries):
                for term, meaning in entries:
                    self._turn(self.word.add_paragraph(f"{term}: {meaning}"))

    def _table(self, table: Table) -> None:
        if table.title:
            self._turn(self.word.add_paragraph(table.title, style="Caption"))
        grid = self.word.add_table(rows=0, cols=len(table.head), style="Light Grid Accent 1")
        if self.paper.right_to_left:
            grid.table_direction = WD_TABLE_DIRECTION.RTL
        for row in (table.head, *table.rows):
            for cell, text in zip(grid.add_row().cells, row, strict=True):
                cell.text = text
                self._turn(cell.paragraphs[0])
        # Word repeats this row at the head of each page.
        SubElement(grid.rows[0]._tr.get_or_add_trPr(), qn("w:tblHeader"))
        self.word.add_paragraph()

    def _turn(self, paragraph: WordParagraph) -> None:
        """Mark the paragraph and its runs as right-to-left where the language is."""
        if not self.paper.right_to_left:
            return
        SubElement(paragraph._p.get_or_add_pPr(), qn("w:bidi"))
        for run in paragraph.runs:
            run.font.rtl = True
            language = SubElement(run._r.get_or_add_rPr(), qn("w:lang"))
            language.set(qn("w:bidi"), self.paper.language)


def build(source: Path, target: Path, paper: Paper) -> None:
    """Write the Word document of one source."""
    writer = _Writer(paper)
    for block in parse(source.read_text(encoding="utf-8")):
        writer.add(block)
    writer.word.save(str(target))
    archive.normalise(target)
