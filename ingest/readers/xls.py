"""Old Excel workbooks (.xls): each visible sheet a page, cell values as the sheet shows them."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import Any, cast

from ingest.readers.builder import DocumentBuilder, one_line
from ingest.readers.formats import XLS
from ingest.readers.number_format import shown
from ingest.readers.ole_properties import properties
from ingest.readers.raised import shifted
from ingest.readers.remarks import comment
from ingest.readers.sheets import MOST_COLUMNS, Merged, Row, Workbook, built, cell_name, hidden_sheets
from ingest.readers.source import Source
from ingest.readers.symbols import in_font
from rag.core.errors import PasswordProtected
from rag.core.types import ParsedDocument

_BOLD = 600
"""Weight of a font from which on it is bold, where 400 is regular."""
_SHIFTS = {1: 1, 2: -1}
"""What BIFF calls the escapement of a font: 1 raised, 2 lowered."""
_Moment = datetime.datetime | datetime.time | datetime.timedelta | float


def read(source: Source) -> ParsedDocument:
    """Read a workbook's visible sheets, hidden rows and columns too.

    Raises:
        PasswordProtected: it is locked.
        xlrd.XLRDError: it is damaged.
    """
    import xlrd

    document = DocumentBuilder(XLS)
    core = properties(source)
    document.dated = core.dated
    try:
        book: Any = xlrd.open_workbook(
            str(source.path), formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise PasswordProtected(
                f"{source.name} is locked with a password.", "Save a copy without the password and add that."
            ) from error
        raise
    with book:
        names = book.sheet_names()
        visible = [place for place in range(book.nsheets) if not book._sheet_visibility[place]]
        writer = Workbook(document, source, len(visible))
        for place in visible:
            page = writer.begin(names[place])
            if page is None:
                break
            sheet = book.sheet_by_index(place)
            rows = writer.collect(names[place], _rows(document, book, sheet))
            # xlrd gives ranges half-open, counted from 0.
            merged = [Merged(first + 1, last, left, right - 1) for first, last, left, right in sheet.merged_cells]
            notes = [
                comment(one_line(note.author or ""), _note(note), cell_name(row + 1, column))
                for (row, column), note in sorted(sheet.cell_note_map.items())
            ]
            writer.write(page, rows, merged, notes)
            book.unload_sheet(place)
    hidden_sheets(document, [name for place, name in enumerate(names) if place not in visible])
    return built(document, source, core.title)


def _rows(document: DocumentBuilder, book: Any, sheet: Any) -> Iterator[Row]:
    for number in range(sheet.nrows):
        cells: list[str] = []
        bold = True
        for column in range(min(sheet.row_len(number), MOST_COLUMNS)):
            text, struck_out = _shown(book, sheet, number, column)
            cells.append(text)
            document.struck_out += struck_out
            if text:
                font = _font(book, sheet, number, column)
                bold = bold and (bool(font.bold) or font.weight >= _BOLD)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield Row(number + 1, cells, bold)


def _shown(book: Any, sheet: Any, row: int, column: int) -> tuple[str, int]:
    """A cell's text, and the places in it where struck-out text was left out."""
    import xlrd

    text = _text(book, sheet, row, column)
    if not text:
        return "", 0
    font = _font(book, sheet, row, column)
    if sheet.cell_type(row, column) != xlrd.XL_CELL_TEXT:
        return ("", 1) if font.struck_out else (one_line(text), 0)
    # From where on which font holds: runs begin at their characters.
    begun = [
        (0, font),
        *((at, book.font_list[index]) for at, index in sheet.rich_text_runlist_map.get((row, column), ())),
    ]
    shown: list[str] = []
    places, going_on = 0, False
    for (start, own), (end, _) in zip(begun, [*begun[1:], (len(text), font)], strict=True):
        piece = text[start:end]
        shown.append("" if own.struck_out else shifted(in_font(piece, own.name), _SHIFTS.get(own.escapement, 0)))
        if piece.strip():
            places += own.struck_out and not going_on
            going_on = bool(own.struck_out)
    return one_line("".join(shown)), places


def _font(book: Any, sheet: Any, row: int, column: int) -> Any:
    """The font of a cell."""
    return book.font_list[book.xf_list[sheet.cell_xf_index(row, column)].font_index]


def _text(book: Any, sheet: Any, row: int, column: int) -> str:
    import xlrd

    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    if kind == xlrd.XL_CELL_TEXT:
        return str(value)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(value))
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, ""))
    if kind not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return ""
    style = book.xf_list[sheet.cell_xf_index(row, column)]
    known = book.format_map.get(style.format_key)
    number_format = known.format_str if known is not None else "General"
    if kind == xlrd.XL_CELL_DATE:
        return shown(_date(value, book.datemode, number_format))
    return shown(value, number_format)


def _date(value: float, datemode: int, number_format: str) -> _Moment:
    """A date, a time of day, or a span of time where the format shows hours beyond a day."""
    import xlrd

    if "[h" in number_format.lower():
        return datetime.timedelta(days=value)
    try:
        moment = xlrd.xldate.xldate_as_datetime(value, datemode)
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return value
    return cast("_Moment", moment.time() if 0 <= value < 1 else moment)


def _note(note: Any) -> str:
    """A note's text without its author's name, with which Excel begins it."""
    return one_line(str(note.text).strip().removeprefix(f"{note.author}:"))
