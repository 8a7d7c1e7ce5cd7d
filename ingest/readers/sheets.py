"""What the readers of spreadsheets share: a sheet's rows into tables, its limits, its comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from ingest.readers.builder import DocumentBuilder, PageBuilder, join_cells, one_line, sensible_title
from ingest.readers.groups import filled_down
from ingest.readers.side_by_side import tables_in
from ingest.readers.source import Source
from ingest.readers.tables import among, any_values, heads, is_figure, looks_like_head
from rag.core.types import BlockKind, ParsedDocument

MOST_COLUMNS: Final = 500
"""Columns that are read; what stands beyond them is no table for people."""
# Beyond so many rows a sheet is a database, not a document to be asked; so many cells fill the memory of a reader.
_MOST_ROWS: Final = 200_000
_MOST_CELLS: Final = 4_000_000
# A merged cell of more rows is a frame around a part of the sheet.
_MOST_MERGED: Final = 200
_DEFAULT_NAME: Final = re.compile(
    r"(sheet|tabelle|feuil|hoja|foglio|planilha|blatt|лист|ورقة|शीट)\s?\d*", re.IGNORECASE
)
# Rows of words that stand apart from the figures below them are their heads where they are no more than this.
_MOST_HEADS: Final = 3
# The first rows tell what a column holds.
_TELLING_ROWS: Final = 1_000
# Any script's digits, and fractions in one character.
_NUMBER: Final = re.compile(r"[\d¼-¾⅐-⅟][\d¼-¾⅐-⅟.,/ ]*")
_FIGURE_FIRST: Final = re.compile(r"[\W_]*[\d¼-¾⅐-⅟]")
_SAYING: Final = re.compile(r"[^\W_]")


@dataclass(slots=True)
class Row:
    """A row that has something in it. `number` counts from 1 in the sheet, `cells` begins with its first column."""

    number: int
    cells: list[str]
    bold: bool = False
    """Whether all its filled cells are set in bold."""


class Merged(NamedTuple):
    """A merged range: first and last row from 1, first and last column from 0."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


class Workbook:
    """Writes sheets, each to a page of its own.

    Args:
        document: what they are written to.
        source: the file.
        sheets: how many it has to show.
    """

    def __init__(self, document: DocumentBuilder, source: Source, sheets: int) -> None:
        self._document = document
        self._source = source
        self._sheets = sheets
        self._done = 0
        self._cells = 0

    def begin(self, name: str) -> PageBuilder | None:
        """The next sheet's page; None beyond the limit."""
        if self._done == self._source.limits.pages:
            self._document.warnings.append(f"Only the first {self._done:,} of {self._sheets:,} sheets were read.")
        self._done += 1
        self._source.progress(self._done, self._sheets)
        return self._document.new_page(label=name) if self._done <= self._source.limits.pages else None

    def collect(self, name: str, rows: Iterable[Row]) -> list[Row]:
        """A sheet's rows as far as the limits go."""
        collected: list[Row] = []
        for row in rows:
            self._cells += len(row.cells)
            if len(collected) == _MOST_ROWS or self._cells > _MOST_CELLS:
                self._document.warnings.append(f"Only the first {len(collected):,} rows of sheet '{name}' were read.")
                break
            collected.append(row)
        return collected

    def write(
        self, page: PageBuilder, rows: list[Row], merged: Sequence[Merged] = (), beside: Iterable[str] = ()
    ) -> None:
        """Write a sheet's rows as tables.

        Args:
            page: what they are written to; its label is the sheet's name.
            rows: from top to bottom.
            merged: the sheet's merged ranges.
            beside: comments and text in drawings, which come after the tables.
        """
        lines = [line for line in beside if line]
        if (rows or lines) and (self._sheets > 1 or not _DEFAULT_NAME.fullmatch(page.label.strip())):
            page.add(BlockKind.HEADING, one_line(page.label), level=1)
        _fill_down(rows, merged)
        _Tables(self._document, page, merged).write(rows)
        for line in lines:
            page.add(BlockKind.PARAGRAPH, line)


def built(document: DocumentBuilder, source: Source, title: str) -> ParsedDocument:
    """The document, by its own title else the file's name: a sheet's name is no title of the workbook."""
    return replace(document.build(source.title), title=sensible_title(title) or source.title)


def hidden_sheets(document: DocumentBuilder, names: Sequence[str]) -> None:
    """Say which sheets were left out because they are hidden."""
    if names:
        document.warnings.append(f"Hidden sheets were left out: {', '.join(names)}.")
    document.skipped.extend(f"sheet '{name}' (hidden)" for name in names)


def cell_name(row: int, column: int) -> str:
    """What people call a cell: B3 for row 3, column 1. Rows count from 1, columns from 0."""
    letters = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return f"{letters}{row}"


def _fill_down(rows: Sequence[Row], merged: Sequence[Merged]) -> None:
    """Repeat the text of a cell merged over several rows in each of them, as it speaks of all."""
    wanted = [each for each in merged if each.first_column == each.last_column and each.first_row < each.last_row]
    by_number = {row.number: row for row in rows} if wanted else {}
    for first, last, column, _ in wanted:
        top = by_number.get(first)
        text = top.cells[column] if top is not None and column < len(top.cells) else ""
        if not text or last - first >= _MOST_MERGED:
            continue
        for number in range(first + 1, last + 1):
            row = by_number.get(number)
            if row is not None:
                row.cells.extend([""] * (column + 1 - len(row.cells)))
                row.cells[column] = row.cells[column] or text


class _Column(NamedTuple):
    """What a table's column holds: how many cells with a letter or figure, and how many of these with a figure."""

    filled: int = 0
    figures: int = 0

    @property
    def kind(self) -> bool | None:
        """Whether it holds figures or words; None where it holds nothing or both."""
        return None if not self.filled or 0 < 2 * self.figures <= self.filled else self.figures > 0

    def with_more(self, more: _Column) -> _Column:
        """The column with further rows."""
        return _Column(self.filled + more.filled, self.figures + more.figures)


class _Tables:
    """Writes one sheet: runs of rows between empty ones are tables, unless they go on with the table above."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, merged: Sequence[Merged]) -> None:
        self.document = document
        self.page = page
        self.across: dict[int, list[Merged]] = {}
        """The cells merged over columns, by their first row."""
        for each in merged:
            if each.first_column < each.last_column:
                self.across.setdefault(each.first_row, []).append(each)
        self.group = 0
        self.columns: dict[int, _Column] = {}
        """The table's columns by their places in the sheet."""
        self.heads = False
        """Whether the table's rows may be the heads of figures that stand apart below them."""
        self.lines: list[list[str]] = []
        """The heads of the last table that had some, and its columns, for a part of it that words stand before."""
        self.headed: dict[int, _Column] = {}

    def write(self, rows: Iterable[Row]) -> None:
        region: list[Row] = []
        for row in rows:
            if region and row.number != region[-1].number + 1:
                self._region(region)
                region = []
            region.append(row)
        if region:
            self._region(region)

    def _region(self, rows: list[Row]) -> None:
        # Rows with one filled cell above a table are its title and remarks.
        while rows and _filled(rows[0]) == 1 and (len(rows) == 1 or _filled(rows[1]) != 1 or rows[0].bold):
            text = next(cell for cell in rows[0].cells if cell)
            heading = rows[0].bold and len(rows) > 1 and len(text) <= 80
            self.page.add(BlockKind.HEADING if heading else BlockKind.PARAGRAPH, text, level=2 if heading else 0)
            self.group = 0
            rows = rows[1:]
        if not rows:
            return
        begins = next((place for place in range(2, len(rows) - 1) if _begins_table(rows, place)), 0)
        if begins:
            self._region(rows[:begins])
            self.group = 0
            self._region(rows[begins:])
            return
        merged = (each for row in rows for each in self.across.get(row.number, ()))
        beside = tables_in([row.cells for row in rows], [(each.first_column, each.last_column) for each in merged])
        if len(beside) > 1:
            for start, end in beside:
                self.group = 0
                part = (replace(row, cells=[*[""] * start, *row.cells[start:end]]) for row in rows)
                self.write(row for row in part if any(row.cells))
            self.group = 0
            return
        width = max(len(row.cells) for row in rows)
        columns = [place for place in range(width) if any(place < len(row.cells) and row.cells[place] for row in rows)]
        cells = [[row.cells[place] if place < len(row.cells) else "" for place in columns] for row in rows]
        telling = cells[:_TELLING_ROWS]
        below_words = not self.group
        unmarked = self.group > 0 and not rows[0].bold
        # Bold over rows that are not says that it is a head, also of figures.
        marked = int(len(rows) > 1 and rows[0].bold and not rows[1].bold and _filled(rows[0]) > 1)
        count, lines = heads(cells, [self._wide(row.number, columns) for row in rows], marked)
        head = count > 0 and not (unmarked and _recurs(telling))
        held = dict(zip(columns, map(_column, zip(*telling[count * head :], strict=True)), strict=True))
        figures = any(each.kind for each in held.values()) or any(is_figure(cell) for row in cells for cell in row)
        if self._goes_on(held) and not (head and (rows[0].bold or figures)):
            cells = [[row.cells[place] if place < len(row.cells) else "" for place in self.columns] for row in rows]
            head = False
            # Heads do not tell what their columns hold.
            known = dict.fromkeys(self.columns, _Column()) if self.heads and figures else self.columns
            self.columns = known | {place: known[place].with_more(column) for place, column in held.items()}
            self.heads = False
        else:
            # A figure above figures is the first of them ("5 mg") or names its column ("1st dose"): it heads nothing.
            counted = (
                cell
                for cell, place in zip(cells[0], columns, strict=True)
                if held[place].kind or self.columns.get(place, _Column()).kind
            )
            series = any(map(is_figure, cells[0])) and not any_values(cells[0], cells[1:])
            head = head and not (unmarked and not series and any(map(_begins_with_figure, counted)))
            self.group, self.columns = self.document.new_group(), held
            # A row below a head that names something is the table's own.
            own = head and any(row[0] for row in cells[count:])
            self.heads = not (own or figures) and len(cells) <= _MOST_HEADS
            if head:
                self.lines, self.headed = lines, held
            elif below_words and self._is_part(held):
                for line in self.lines:
                    self.page.add(BlockKind.TABLE_HEAD, join_cells(line), group=self.group)
        for line in lines if head else ():
            self.page.add(BlockKind.TABLE_HEAD, join_cells(line), group=self.group)
        for row in filled_down(cells[count:] if head else cells):
            self.page.add(BlockKind.TABLE_ROW, join_cells(row), group=self.group)

    def _wide(self, number: int, columns: Sequence[int]) -> dict[int, int]:
        """The cells of a row that are merged over several of the columns: the first place of each, and how many."""
        merged = {first: last - first + 1 for _, _, first, last in self.across.get(number, ())}
        return among(merged, columns)

    def _is_part(self, held: dict[int, _Column]) -> bool:
        """Whether rows without heads, below words, hold the same in the same columns as the table with heads above."""
        kinds = {place: each.kind for place, each in held.items()}
        return (
            len(held) > 1
            and kinds == {place: each.kind for place, each in self.headed.items()}
            and None not in kinds.values()
        )

    def _goes_on(self, held: dict[int, _Column]) -> bool:
        """Whether rows of these columns can be more of the table above: none has words where that has figures."""
        return (
            self.group > 0
            and held.keys() <= self.columns.keys()
            and (
                self.heads
                or all({each.kind, self.columns[place].kind} != {True, False} for place, each in held.items())
            )
        )


def _begins_table(rows: Sequence[Row], place: int) -> bool:
    """Whether a row is the head of another table right below the first: bold among rows that are not, and all words."""
    row = rows[place]
    bold = rows[0].bold and row.bold and not rows[place - 1].bold and not rows[place + 1].bold
    if not bold or _filled(row) < 2 or _filled(rows[place + 1]) < 2 or any(map(is_figure, row.cells)):
        return False
    return looks_like_head(row.cells, [other.cells for other in rows[place + 1 :]])


def _filled(row: Row) -> int:
    return sum(1 for cell in row.cells if cell)


def _recurs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a row below has a text of the first row in its column again, be it with another number."""
    first = [_NUMBER.sub("0", cell) for cell in rows[0]]
    return any(
        row != rows[0] and any(text and _NUMBER.sub("0", cell) == text for cell, text in zip(row, first, strict=True))
        for row in rows[1:]
    )


def _column(cells: Iterable[str]) -> _Column:
    filled = [cell for cell in cells if _SAYING.search(cell)]
    return _Column(len(filled), sum(map(_begins_with_figure, filled)))


def _begins_with_figure(cell: str) -> bool:
    """Whether a cell holds a figure, also one with a long unit: "5 mg", "½ tablet"."""
    return bool(_FIGURE_FIRST.match(cell)) or is_figure(cell)
