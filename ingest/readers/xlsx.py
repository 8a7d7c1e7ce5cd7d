"""Excel workbooks: each sheet a page, its tables found by empty rows, cell values as the sheet shows them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, join_cells, one_line
from ingest.readers.detect import XLSX
from ingest.readers.number_format import shown
from ingest.readers.tables import is_figure, looks_like_head
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

# A formula whose result was never stored: the file was written by a program that does not calculate.
_UNCALCULATED = re.compile(rb"<c\b[^>]*>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_DEFAULT_NAME = re.compile(r"(sheet|tabelle|feuil|hoja|foglio|planilha|blatt|лист|ورقة|शीट)\s?\d*", re.IGNORECASE)
# Beyond so many rows a sheet is a database, not a document to be asked.
_MOST_ROWS: Final = 200_000
_MOST_COLUMNS: Final = 500


@dataclass(frozen=True, slots=True)
class _Row:
    cells: list[str]
    bold: bool


def read(path: Path) -> ParsedDocument:
    """Read a workbook's visible sheets."""
    from openpyxl import load_workbook

    document = DocumentBuilder(XLSX)
    # An open file: openpyxl refuses names that do not end in .xlsx, and the content was looked at already.
    with path.open("rb") as file:
        workbook = load_workbook(file, read_only=True, data_only=True)
        try:
            document.title = workbook.properties.title or ""
            sheets: list[ReadOnlyWorksheet] = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
            hidden = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state != "visible"]
            for sheet in sheets:
                page = document.new_page(label=sheet.title)
                sheet.reset_dimensions()
                rows = list(islice(_rows(sheet), _MOST_ROWS + 1))
                if len(rows) > _MOST_ROWS:
                    document.warnings.append(f"Only the first {_MOST_ROWS:,} rows of sheet '{sheet.title}' were read.")
                if rows and (len(sheets) > 1 or not _DEFAULT_NAME.fullmatch(sheet.title.strip())):
                    page.add(BlockKind.HEADING, one_line(sheet.title), level=1)
                _Sheet(document, page).write(rows[:_MOST_ROWS])
        finally:
            workbook.close()
    if hidden:
        document.warnings.append(f"Hidden sheets were left out: {', '.join(hidden)}.")
    missing = _uncalculated(path)
    if missing:
        document.warnings.append(
            f"{missing} formulas have no stored result and were left out. "
            "Open the file in a spreadsheet program and save it."
        )
    # A sheet's name is no title of the workbook.
    fallback = one_line(path.stem)
    document.title = document.title or fallback
    return document.build(fallback)


def _rows(sheet: Any) -> Iterator[_Row]:
    """The sheet's rows; several empty ones in a row come as one."""
    empty = False
    for row in sheet.rows:
        cells = row[:_MOST_COLUMNS]
        texts = [one_line(shown(cell.value, cell.number_format)) if cell.value is not None else "" for cell in cells]
        filled = [cell for cell, text in zip(cells, texts, strict=True) if text]
        if filled:
            empty = False
            yield _Row(texts, all(cell.font is not None and bool(cell.font.b) for cell in filled))
        elif not empty:
            empty = True
            yield _Row([], False)


def _uncalculated(path: Path) -> int:
    found = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                found += len(_UNCALCULATED.findall(archive.read(name)))
    return found


class _Sheet:
    """Writes one sheet: runs of rows between empty ones are tables, unless they go on with the table above."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder) -> None:
        self.document = document
        self.page = page
        self.group = 0
        self.columns: list[int] = []

    def write(self, rows: Iterable[_Row]) -> None:
        region: list[_Row] = []
        for row in rows:
            if row.cells:
                region.append(row)
            elif region:
                self._region(region)
                region = []
        if region:
            self._region(region)

    def _region(self, rows: list[_Row]) -> None:
        # Rows with one filled cell above a table are its title and remarks.
        while rows and _filled(rows[0]) == 1 and (len(rows) == 1 or _filled(rows[1]) != 1 or rows[0].bold):
            text = next(cell for cell in rows[0].cells if cell)
            heading = rows[0].bold and len(rows) > 1 and len(text) <= 80
            self.page.add(BlockKind.HEADING if heading else BlockKind.PARAGRAPH, text, level=2 if heading else 0)
            self.group = 0
            rows = rows[1:]
        if not rows:
            return
        width = max(len(row.cells) for row in rows)
        columns = [place for place in range(width) if any(place < len(row.cells) and row.cells[place] for row in rows)]
        cells = [[row.cells[place] if place < len(row.cells) else "" for place in columns] for row in rows]
        figures = any(is_figure(cell) for row in cells[1:] for cell in row)
        head = looks_like_head(cells[0], cells[1:])
        goes_on = self.group > 0 and set(columns) <= set(self.columns)
        if goes_on and (not head or not (rows[0].bold or figures)):
            cells = [[row.cells[place] if place < len(row.cells) else "" for place in self.columns] for row in rows]
            head = False
        else:
            self.group, self.columns = self.document.new_group(), columns
        for index, row in enumerate(cells):
            kind = BlockKind.TABLE_HEAD if head and index == 0 else BlockKind.TABLE_ROW
            self.page.add(kind, join_cells(row), group=self.group)


def _filled(row: _Row) -> int:
    return sum(1 for cell in row.cells if cell)
