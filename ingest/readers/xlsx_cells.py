"""The rows of an Excel sheet, streamed: only rows that are in the file cost anything, and no sheet is held as XML.

openpyxl reads styles and shared strings; its own rows come with all the empty ones between them, of which a file of a
few kilobytes can claim a billion.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, cast

from ingest.readers.builder import one_line
from ingest.readers.number_format import shown
from ingest.readers.sheets import MOST_COLUMNS, Merged, Row
from ingest.readers.symbols import in_font
from ingest.readers.xlsx_strings import S, show_string

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from openpyxl import Workbook as ExcelWorkbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# ECMA-376 part 1, 22.9.2.19: a character that XML cannot hold is written _x000D_.
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class _Style(NamedTuple):
    """How a cell is set."""

    number_format: str = "General"
    bold: bool = False
    struck: bool = False
    font: str = ""


class SheetRows:
    """One sheet's rows. `merged`, `uncalculated` and `struck_out` are known when all rows were taken.

    Args:
        struck: places that are struck out in shared strings, by their index.
    """

    def __init__(self, workbook: ExcelWorkbook, sheet: ReadOnlyWorksheet, struck: Mapping[int, int]) -> None:
        self.merged: list[Merged] = []
        self.uncalculated = 0
        """Formulas whose result was never stored: the file was written by a program that does not calculate."""
        self.struck_out = 0
        """Places where struck-out text was left out."""
        self._struck = struck
        self._workbook: Any = workbook
        self._sheet: Any = cast("Any", sheet)
        self.part: str = self._sheet._worksheet_path
        """The name of the part that holds it."""
        self._styles: dict[int, _Style] = {}

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """The rows that have something in them, from top to bottom."""
        from lxml import etree

        number = 0
        events = etree.iterparse(stream, events=("end",), tag=(f"{S}row", f"{S}mergeCell"), resolve_entities=False)
        for _, element in events:
            if element.tag == f"{S}row":
                value = element.get("r", "")
                number = int(value) if value.isdigit() else number + 1
                row = self._row(number, element)
                if row is not None:
                    yield row
            else:
                self._merge(element.get("ref", ""))
            element.clear(keep_tail=False)
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]

    def _row(self, number: int, element: Element) -> Row | None:
        cells: list[str] = []
        bold, column = True, -1
        for cell in element:
            match = _REFERENCE.fullmatch(cell.get("r", ""))
            column = _column(match.group(1)) if match else column + 1
            if column >= MOST_COLUMNS or cell.tag != f"{S}c":
                continue
            style = cell.get("s", "0")
            style_id = int(style) if style.isdigit() else 0
            text = self._text(cell, style_id)
            if text and self._style(style_id).struck:
                self.struck_out += 1
            elif text:
                cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = text
                bold = bold and self._style(style_id).bold
        return Row(number, cells, bold) if cells else None

    def _text(self, cell: Element, style_id: int) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            self.struck_out += show_string(cell)
            text = "".join(piece.text or "" for piece in cell.iter(f"{S}t") if _is_shown(piece))
            return one_line(in_font(text, self._style(style_id).font))
        value = cell.findtext(f"{S}v")
        if not value:
            if cell.find(f"{S}f") is not None and (value is None or kind != "str"):
                self.uncalculated += 1
            return ""
        if kind == "s":
            strings = self._sheet._shared_strings
            index = int(value)
            self.struck_out += self._struck.get(index, 0)
            text = str(strings[index]) if 0 <= index < len(strings) else ""
            return one_line(in_font(text, self._style(style_id).font))
        if kind in ("str", "e"):
            text = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), value)
            return one_line(in_font(text, self._style(style_id).font))
        if kind == "b":
            return shown(value.strip() in ("1", "true"))
        return one_line(self._number(value, kind, style_id))

    def _number(self, value: str, kind: str, style_id: int) -> str:
        from openpyxl.utils.datetime import from_excel

        if kind == "d":
            try:
                return shown(datetime.datetime.fromisoformat(value))
            except ValueError:
                return value
        try:
            number = float(value) if re.search(r"[.eE]", value) else int(value)
        except ValueError:
            return value
        if style_id in self._workbook._date_formats:
            elapsed = style_id in self._workbook._timedelta_formats
            try:
                return shown(from_excel(number, self._workbook.epoch, timedelta=elapsed))
            except (OverflowError, ValueError):
                return shown(number)
        return shown(number, self._style(style_id).number_format)

    def _style(self, style_id: int) -> _Style:
        from openpyxl.cell.read_only import ReadOnlyCell

        known = self._styles.get(style_id)
        if known is None:
            cell: Any = ReadOnlyCell(self._sheet, 1, 1, None, "n", style_id)
            try:
                font = cell.font
                look = (bool(font.b), bool(font.strike), font.name or "") if font is not None else ()
                known = _Style(cell.number_format or "General", *look)
            except IndexError:  # a style that the workbook does not define
                known = _Style()
            self._styles[style_id] = known
        return known

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if begin and end:
            rows = int(begin.group(2)), int(end.group(2))
            self.merged.append(Merged(*rows, _column(begin.group(1)), _column(end.group(1))))


def _column(letters: str) -> int:
    """A column's place, from 0."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _is_shown(piece: Element) -> bool:
    """Whether text is the cell's own, not how to pronounce it."""
    parent = piece.getparent()
    return parent is None or parent.tag != f"{S}rPh"
