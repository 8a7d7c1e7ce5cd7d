"""The blocks of an RTF document: paragraphs told apart by style, outline level and marker, tables by their rows."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line
from ingest.readers.docx_styles import heading_level, is_contents, is_title
from ingest.readers.lists import BULLET
from ingest.readers.raised import without_marks
from ingest.readers.table_blocks import add_table
from rag.core.types import BlockKind

# Programs round the edges of cells that stand below each other; 20 twips are a point.
_SAME_EDGE: Final = 40
# How the bullets of Courier New and Wingdings are stored.
_LETTER_BULLETS: Final = frozenset({"o", "§", "ü", "Ø", "v", "q"})


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Properties of the paragraph that is being read."""

    style: int = 0
    outline: int | None = None
    depth: int = 0
    in_table: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """A style of the style sheet: its name, and its outline level from 0 where it has one."""

    name: str = ""
    outline: int | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: its cells' texts, their right edges in twips and whether each goes on with the one above."""

    cells: list[str]
    edges: list[tuple[int, bool]]
    head: bool


class Writer:
    """Writes paragraphs, lists and tables to the page."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder) -> None:
        self._document = document
        self._page = page
        self._list = 0
        self._notes: list[str] = []
        self._boxes: list[str] = []
        self._cells: list[str] = []
        self._edges: list[tuple[int, bool]] = []
        self._goes_on = False
        self._head = False
        self._rows: list[_Row] = []

    def note(self, text: str, *, in_table: bool) -> None:
        """A footnote or comment; it is written after the paragraph or table it belongs to."""
        self._leave_table(in_table=in_table)
        self._notes.append(text)

    def box(self, text: str, *, in_table: bool) -> None:
        """A text box; it is written after the paragraph or table it is anchored in."""
        self._leave_table(in_table=in_table)
        self._boxes.append(text)

    def _leave_table(self, *, in_table: bool) -> None:
        """End the table before what belongs to the paragraph below it."""
        if not in_table and not self._cells:
            self._end_table()

    def paragraph(self, text: str, properties: Paragraph, style: Style, marker: str) -> None:
        """A paragraph of the body."""
        self._end_table()
        shown, text = text, clean(text)
        outline = properties.outline if properties.outline is not None else style.outline
        level = heading_level(style.name) or (outline + 1 if outline is not None and outline < 9 else 0)
        if not text:
            pass
        elif is_contents(style.name):
            self._page.add(BlockKind.FURNITURE, one_line(text))
        elif level:
            number = "" if not marker or _is_bullet(marker) else f"{marker} "
            self._page.add(BlockKind.HEADING, number + one_line(without_marks(shown)), level=level)
        elif is_title(style.name):
            self._page.add(BlockKind.TITLE, one_line(without_marks(shown)))
        elif marker:
            self._list = self._list or self._document.new_group()
            sign = "•" if _is_bullet(marker) else marker
            item = f"{sign} {one_line(text)}"
            self._page.add(BlockKind.LIST_ITEM, item, level=properties.depth, group=self._list)
            return
        else:
            self._page.add(BlockKind.PARAGRAPH, text)
        self._list = 0
        self._beside()

    def cell(self, text: str) -> None:
        """A cell of the row that is being read."""
        self._cells.append(one_line(text))

    def row_word(self, word: str, number: int | None) -> None:
        """A control word about the row: its definition, or its end."""
        if word == "trowd":
            self._edges, self._goes_on, self._head = [], False, False
        elif word == "trhdr":
            self._head = True
        elif word == "clvmrg":
            self._goes_on = True
        elif word == "cellx":
            self._edges.append((number or 0, self._goes_on))
            self._goes_on = False
        elif self._cells:
            self._rows.append(_Row(self._cells, self._edges, self._head))
            self._cells = []

    def end(self) -> None:
        """Write what is left."""
        self._end_table()
        self._beside()

    def _beside(self) -> None:
        for box in self._boxes:
            for line in clean(box).split("\n"):
                self._page.add(BlockKind.PARAGRAPH, line)
        for note in self._notes:
            self._page.add(BlockKind.PARAGRAPH, note)
        self._boxes, self._notes = [], []

    def _end_table(self) -> None:
        if self._cells:
            self._rows.append(_Row(self._cells, [], False))
            self._cells = []
        rows, self._rows = self._rows, []
        if not rows:
            return
        self._list = 0
        texts, wide = _placed(rows)
        if max(len(cells) for cells in texts) < 2:
            # A table of one column is a frame around text.
            for cells in texts:
                self._page.add(BlockKind.PARAGRAPH, cells[0])
        else:
            marked = next((place for place, row in enumerate(rows) if not row.head), 0)
            add_table(self._document, self._page, texts, wide, marked)
        self._beside()


def _placed(rows: list[_Row]) -> tuple[list[list[str]], list[dict[int, int]]]:
    """The rows' texts under one set of columns, told by the cells' right edges, and the cells over several of these."""
    known = all(len(row.cells) == len(row.edges) for row in rows)
    columns: list[int] = []
    for edge in sorted({edge for row in rows for edge, _ in row.edges}):
        if not columns or edge - columns[-1] > _SAME_EDGE:
            columns.append(edge)
    placed: list[list[str]] = []
    wide: list[dict[int, int]] = []
    above: dict[int, str] = {}
    for row in rows if known else ():
        texts = [""] * len(columns)
        column, below, across = 0, {}, {}
        for text, (edge, goes_on) in zip(row.cells, row.edges, strict=True):
            end = bisect_right(columns, edge)
            shown = above.get(end, "") if goes_on and not text else text
            below[end] = shown
            if column < len(columns):
                texts[column] = f"{texts[column]} {shown}".strip()
            if end - column > 1:
                across[column] = end - column
            column = max(column, end)
        above = below
        placed.append(texts)
        wide.append(across)
    return (placed, wide) if placed else ([row.cells for row in rows], [{} for _ in rows])


def _is_bullet(marker: str) -> bool:
    return marker in _LETTER_BULLETS or bool(BULLET.match(f"{marker} "))
