"""From laid-out pages to blocks: which styles are headings, which rows carry on a table from the page before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, join_cells, one_line
from ingest.readers.hyphens import join_lines, words_of
from ingest.readers.lists import BULLET, heading_depth
from ingest.readers.pdf_columns import regions_of
from ingest.readers.pdf_furniture import LARGER, squeeze
from ingest.readers.pdf_grids import ruled_tables
from ingest.readers.pdf_layout import PageSegments, Segment, Table, lines_of, segments_of
from ingest.readers.pdf_notes import raise_note_numbers
from ingest.readers.pdf_paragraphs import Paragraph, goes_on, paragraphs_of
from ingest.readers.pdf_tables import horizontal_rules, join_markers, split_tables
from ingest.readers.pdfium import Bookmark, PageGlyphs
from ingest.readers.pdfium_text import Words
from rag.core.types import BlockKind

_LONGEST_HEADING: Final = 160
_MOST_LEVELS: Final = 6


@dataclass(slots=True)
class PageLayout:
    """One page's text in reading order."""

    number: int
    head: list[str] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    parts: list[Paragraph | Table] = field(default_factory=list)
    turned: list[str] = field(default_factory=list)


def reading_order(page: PageGlyphs) -> list[tuple[Words, Segment]]:
    """All segments of a page in the order in which its text is read, each with the words that its rows are of."""
    ordered = [
        (page.upright, segment)
        for region in regions_of(segments_of(page.upright))
        for line in region
        for segment in line.segments
    ]
    return ordered + [(run, segment) for run in page.turned for segment in segments_of(run)]


def lay_out(number: int, page: PageSegments, furniture: set[int], listed: set[int]) -> PageLayout:
    """Put one page's segments in order and group them; `listed` are those of a contents list."""
    layout = PageLayout(number)
    for line in lines_of(segment for segment in page.upright if segment.order in furniture):
        (layout.head if line.middle < page.height / 2 else layout.foot).append(line.text)
    body = [segment for segment in page.upright if segment.order not in furniture]
    layout.contents = [line.text for line in lines_of(each for each in body if each.order in listed)]
    rules = horizontal_rules(page.rules)
    regions = regions_of(ruled_tables([each for each in body if each.order not in listed], page.rules))
    for region in raise_note_numbers([[join_markers(line) for line in region] for region in regions]):
        for part in split_tables(region, rules):
            if isinstance(part, Table):
                layout.parts.append(part)
            else:
                paragraphs = paragraphs_of(part)
                before = layout.parts[-1] if layout.parts else None
                if isinstance(before, Paragraph) and paragraphs and goes_on(before, paragraphs[0]):
                    before.lines.extend(paragraphs.pop(0).lines)
                layout.parts.extend(paragraphs)
    layout.turned = [segment.text for segment in page.turned]
    return layout


@dataclass(frozen=True, slots=True)
class StyleGuide:
    """What the whole document tells about its styles."""

    body: float
    """Font size of most of the text."""
    body_bold: bool
    levels: dict[tuple[float, bool], int]
    """Heading styles (size, bold) and their levels."""
    outline: dict[tuple[int, str], int]
    """Level of each outline entry by page and squeezed title."""
    words: frozenset[str]

    @classmethod
    def of(cls, layouts: Sequence[PageLayout], bookmarks: Sequence[Bookmark]) -> StyleGuide:
        """Look over all pages."""
        sizes: Counter[tuple[float, bool]] = Counter()
        paragraphs = [part for layout in layouts for part in layout.parts if isinstance(part, Paragraph)]
        for paragraph in paragraphs:
            for line in paragraph.lines:
                sizes[(round(line.size * 2) / 2, line.bold)] += len(line.text)
        (body, body_bold), _ = sizes.most_common(1)[0] if sizes else ((10.0, False), 0)
        words = words_of(line.text for paragraph in paragraphs for line in paragraph.lines)
        outline = {(mark.page, squeeze(mark.title)): mark.level for mark in bookmarks if squeeze(mark.title)}
        plain = cls(body, body_bold, {}, outline, words)
        styles = {plain.style(each) for each in paragraphs if plain.looks_like_heading(each)}
        ranked = sorted(styles, key=lambda style: (-style[0], not style[1]))
        return cls(
            body, body_bold, {style: min(rank, _MOST_LEVELS) for rank, style in enumerate(ranked, 1)}, outline, words
        )

    @staticmethod
    def style(paragraph: Paragraph) -> tuple[float, bool]:
        """Size in half points, and boldness."""
        return round(paragraph.size * 2) / 2, paragraph.bold

    def looks_like_heading(self, paragraph: Paragraph) -> bool:
        """Whether size, weight and length are a heading's."""
        text = " ".join(line.text for line in paragraph.lines).strip()
        if len(text) > _LONGEST_HEADING or len(paragraph.lines) > 3 or not any(char.isalpha() for char in text):
            return False
        if text[-1] in ".,;" and not (text[-1] == "." and len(text) < 40 and heading_depth(text)):
            return False
        size, bold = self.style(paragraph)
        if size >= LARGER * self.body:
            return not BULLET.match(text)
        strong = bold and not self.body_bold and size >= self.body - 0.25
        return strong and text[-1] != ":" and not BULLET.match(text)

    def heading_level(self, paragraph: Paragraph, page: int) -> int:
        """The paragraph's level as a heading, 0 where it is none."""
        text = " ".join(line.text for line in paragraph.lines)
        marked = self.outline.get((page, squeeze(text)), 0)
        if self.looks_like_heading(paragraph):
            return marked or self.levels.get(self.style(paragraph), _MOST_LEVELS)
        return marked if marked and len(text) <= _LONGEST_HEADING else 0


class BlockWriter:
    """Writes layouts into a document; remembers what goes on over a page's end."""

    def __init__(self, document: DocumentBuilder, guide: StyleGuide) -> None:
        self.document = document
        self.guide = guide
        self._table: Table | None = None
        self._table_group = 0
        self._list_group = 0
        self._margins: list[float] = []
        self._open: list[int] = []
        """Style levels of the headings that the next block stands under."""

    def write(self, page: PageBuilder, layout: PageLayout) -> None:
        """Append all of one page's blocks."""
        for text in (*layout.head, *layout.contents):
            page.add(BlockKind.FURNITURE, one_line(text))
        for part in layout.parts:
            if isinstance(part, Table):
                self._write_table(page, part)
            else:
                self._write_paragraph(page, part, layout.number)
        for text in layout.turned:
            page.add(BlockKind.PARAGRAPH, one_line(text))
        for text in layout.foot:
            page.add(BlockKind.FURNITURE, one_line(text))

    def _write_paragraph(self, page: PageBuilder, paragraph: Paragraph, number: int) -> None:
        text = one_line(join_lines([clean(line.text) for line in paragraph.lines], self.guide.words))
        level = self.guide.heading_level(paragraph, number)
        if level:
            self._table, self._list_group = None, 0
            # Levels count open headings: a style between two others that this chapter does not use leaves no gap.
            self._open = [*(outer for outer in self._open if outer < level), level]
            page.add(BlockKind.HEADING, text, level=len(self._open))
        elif paragraph.item:
            self._table = None
            self._list_group = self._list_group or self.document.new_group()
            self._margins = [x0 for x0 in self._margins if x0 < paragraph.x0 - 4]
            page.add(BlockKind.LIST_ITEM, text, level=len(self._margins), group=self._list_group)
            self._margins.append(paragraph.x0)
        else:
            self._table, self._list_group, self._margins = None, 0, []
            page.add(BlockKind.PARAGRAPH, text)

    def _write_table(self, page: PageBuilder, table: Table) -> None:
        if _is_numbered_list(table):
            self._table = None
            self._list_group = self._list_group or self.document.new_group()
            for number, text in table.rows:
                page.add(BlockKind.LIST_ITEM, one_line(f"{number} {self._joined(text)}"), group=self._list_group)
            return
        self._list_group, self._margins = 0, []
        rows = [join_cells(self._joined(cell) for cell in row) for row in table.rows]
        first_on_page = not any(block.kind is not BlockKind.FURNITURE for block in page.blocks)
        before, head = self._table, table.head
        goes_on = first_on_page or (head == 0 and page.blocks[-1].group == self._table_group)
        if before is not None and goes_on and len(before.columns) == len(table.columns):
            repeated = max(before.head, 1)
            if rows[:repeated] == [join_cells(self._joined(cell) for cell in row) for row in before.rows[:repeated]]:
                head = repeated
            elif table.head:
                before = None
        else:
            before = None
        if before is None:
            self._table_group = self.document.new_group()
        for index, row in enumerate(rows):
            kind = BlockKind.TABLE_HEAD if index < head else BlockKind.TABLE_ROW
            page.add(kind, row, group=self._table_group)
        self._table = (
            table
            if before is None
            else Table(before.rows[: before.head] or before.rows[:1], table.columns, before.head)
        )

    def _joined(self, cell: str) -> str:
        return join_lines([clean(line) for line in cell.split("\n")], self.guide.words)


def _is_numbered_list(table: Table) -> bool:
    """Whether the first of two columns only counts: list items whose numbers stand apart and have no dot."""
    numbers = [row[0] for row in table.rows]
    if table.head or len(table.columns) != 2 or not all(number.isdecimal() for number in numbers):
        return False
    return [int(number) for number in numbers] == list(range(int(numbers[0]), int(numbers[0]) + len(numbers)))
