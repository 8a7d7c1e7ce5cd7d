"""OpenDocument spreadsheets: each visible sheet a page, streamed, so that repeated rows and cells cost nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, one_line
from ingest.readers.formats import ODS
from ingest.readers.odf import (
    CONTENT,
    DRAW,
    FORMATTING,
    OFFICE,
    STYLE,
    TABLE,
    TEXT,
    count,
    inline,
    open_document,
    plain,
    properties,
    said_in_comment,
)
from ingest.readers.odf_marks import FONT_FACE, Marks
from ingest.readers.remarks import counted
from ingest.readers.sheets import MOST_COLUMNS, Merged, Row, Workbook, built, cell_name, hidden_sheets
from ingest.readers.source import Source
from rag.core.errors import TooLarge
from rag.core.types import ParsedDocument

if TYPE_CHECKING:
    import zipfile

    from lxml.etree import _Element as Element

# A row that is there so often was filled down to the sheet's end; it is read once.
_MOST_REPEATED: Final = 1000
_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
"""Rows and columns of the largest sheet that any program has."""
_MOST_FILLED: Final = 4_000_000
"""Cells with the same text that one row element may stand for."""


def read(source: Source) -> ParsedDocument:
    """Read a spreadsheet's visible sheets, hidden rows and columns too.

    Raises:
        TooLarge: a row that has text is repeated beyond reason; or see `open_document`.
        Damaged, PasswordProtected: see `open_document`.
    """
    document = DocumentBuilder(ODS)
    with open_document(source) as archive:
        meta = properties(archive)
        document.dated = meta.dated
        sheets = _sheets(archive)
        writer = Workbook(document, source, sum(shown for _, shown in sheets))
        skipped: Counter[str] = Counter()
        with archive.open(CONTENT) as stream:
            content = _Content(source, stream, document.warnings, skipped)
            for name, shown in sheets:
                page = writer.begin(name) if shown else None
                content.start(name)
                if page is not None:
                    rows = writer.collect(name, content.rows())
                    content.finish()
                    writer.write(page, rows, content.merged, content.beside)
                content.finish()
    document.struck_out = content.struck_out
    hidden_sheets(document, [name for name, shown in sheets if not shown])
    document.skipped.extend(counted(number, thing) for thing, number in skipped.items() if number)
    return built(document, source, meta.title)


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, bool]]:
    """Names of the sheets in their order, and whether each is shown."""
    from lxml import etree

    hidden: set[str] = set()
    sheets: list[tuple[str, bool]] = []
    depth = 0
    with archive.open(CONTENT) as stream:
        tags = (f"{TABLE}table", f"{STYLE}style", f"{TABLE}table-row")
        for event, element in etree.iterparse(stream, events=("start", "end"), tag=tags, resolve_entities=False):
            if element.tag == f"{TABLE}table":
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    shown = element.get(f"{TABLE}style-name", "") not in hidden
                    sheets.append((one_line(element.get(f"{TABLE}name", "")), shown))
            elif event == "end" and element.tag == f"{STYLE}style":
                if any(each.get(f"{TABLE}display") == "false" for each in element):
                    hidden.add(element.get(f"{STYLE}name", ""))
            elif event == "end" and not depth > 1:
                _forget(element)
    return sheets


class _Content:
    """The sheets of the content part, one after the other, each row's XML forgotten when it was read.

    `merged` and `beside` (comments and text in drawings) are those of the sheet that was read last.
    """

    def __init__(self, source: Source, stream: IO[bytes], warnings: list[str], skipped: Counter[str]) -> None:
        from lxml import etree

        self.merged: list[Merged] = []
        self.beside: list[str] = []
        self.struck_out = 0
        """Places where struck-out text was left out."""
        self._marks = Marks()
        self._source = source
        self._warnings = warnings
        self._skipped = skipped
        self._bold: set[str] = set()
        self._name = ""
        self._number = 0
        self._depth = 0
        tags = (f"{TABLE}table", f"{TABLE}table-row", f"{TABLE}shapes", f"{STYLE}style", FONT_FACE)
        self._events = etree.iterparse(stream, events=("start", "end"), tag=tags, resolve_entities=False)

    def start(self, name: str) -> None:
        """Go to the beginning of the next sheet."""
        self.merged, self.beside, self._number, self._name = [], [], 0, name
        for event, element in self._events:
            if event == "end" and element.tag in (f"{STYLE}style", FONT_FACE):
                self._marks.learn(element)
                if any(each.get(f"{FORMATTING}font-weight") in ("bold", "700", "800", "900") for each in element):
                    self._bold.add(element.get(f"{STYLE}name", ""))
            elif event == "start" and element.tag == f"{TABLE}table":
                self._depth = 1
                return

    def rows(self) -> Iterator[Row]:
        """The sheet's rows that have something in them."""
        while self._depth:
            event, element = next(self._events)
            if element.tag == f"{TABLE}table":
                self._depth += 1 if event == "start" else -1
            elif event == "end" and self._depth == 1:
                if element.tag == f"{TABLE}table-row":
                    yield from self._row(element)
                elif element.tag == f"{TABLE}shapes":
                    self.struck_out += self._marks.show(element)
                    self._drawings(element)
                _forget(element)

    def finish(self) -> None:
        """Go to the sheet's end without reading what is left of it."""
        while self._depth:
            event, element = next(self._events)
            if element.tag == f"{TABLE}table":
                self._depth += 1 if event == "start" else -1
            elif event == "end" and self._depth == 1:
                _forget(element)

    def _row(self, element: Element) -> Iterator[Row]:
        self.struck_out += self._marks.show(element)
        number = self._number + 1
        repeated = count(element, f"{TABLE}number-rows-repeated", _LAST_ROW)
        self._number += repeated
        cells: list[str] = []
        bold, column, filled = True, 0, 0
        for cell in element:
            if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            times = count(cell, f"{TABLE}number-columns-repeated", _LAST_COLUMN)
            text = self._cell(cell, number, column)
            if text and column < MOST_COLUMNS:
                filled += times
                cells.extend([""] * (column - len(cells)))
                cells.extend([text] * min(times, MOST_COLUMNS - column))
                bold = bold and cell.get(f"{TABLE}style-name", "") in self._bold
            column += times
        if filled * repeated > _MOST_FILLED:
            raise TooLarge(
                f"Sheet '{self._name}' of {self._source.name} has {filled * repeated:,} cells with the same text.",
                "Delete what fills the sheet to its end, save it and add it again.",
            )
        if repeated > _MOST_REPEATED and cells:
            self._warnings.append(
                f"Row {number} of sheet '{self._name}' is there {repeated:,} times with the same text; read once."
            )
            repeated = 1
        if cells:
            for place in range(repeated):
                yield Row(number + place, list(cells), bold)

    def _cell(self, cell: Element, row: int, column: int) -> str:
        down, across = (count(cell, f"{TABLE}number-{way}-spanned", _LAST_ROW) for way in ("rows", "columns"))
        if down > 1 or across > 1:
            self.merged.append(Merged(row, row + down - 1, column, column + across - 1))
        texts: list[str] = []
        for child in cell:
            if child.tag == f"{TEXT}p":
                texts.append(inline(child).text)
            elif child.tag == f"{OFFICE}annotation":
                self.beside.append(said_in_comment(child, cell_name(row, column)))
            elif isinstance(child.tag, str) and child.tag.startswith(DRAW):
                self._drawings(child)
        # Programs that only calculate store a value and not how it is shown.
        values = ("date-value", "time-value", "boolean-value", "string-value", "value")
        stored = next((value for name in values if (value := cell.get(f"{OFFICE}{name}"))), "")
        return one_line(" ".join(texts)) or one_line(stored)

    def _drawings(self, element: Element) -> None:
        self._skipped["chart"] += sum(1 for _ in element.iter(f"{DRAW}object"))
        objects = sum(1 for image in element.iter(f"{DRAW}image") if image.getprevious() is None)
        self._skipped["picture"] += objects
        self.beside.append(plain(element))


def _forget(element: Element) -> None:
    """Give back the memory of an element that was read, and of those before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
