"""Makes a workbook from a folder with one CSV file per sheet."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from . import archive

_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")


def _value(text: str) -> str | int | float | date:
    """Numbers and dates become real cell values, so that a reader meets them as in real workbooks."""
    if _DATE.match(text):
        return date.fromisoformat(text)
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _fill(sheet: Worksheet, rows: list[list[str]]) -> None:
    for row in rows:
        sheet.append([_value(text) for text in row])
    for column, texts in enumerate(zip(*rows, strict=True), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = max(map(len, texts)) + 3
        head = sheet.cell(1, column)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", start_color="12616A")
    sheet.freeze_panes = "A2"


def build(folder: Path, target: Path, author: str) -> None:
    """Write the workbook; the sheets are in the order of the file names, named without their number."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for source in sorted(folder.glob("*.csv")):
        with source.open(encoding="utf-8", newline="") as file:
            _fill(book.create_sheet(source.stem.split(" ", 1)[1]), list(csv.reader(file)))
    book.properties.creator = author
    book.properties.created = book.properties.modified = archive.MOMENT
    book.save(target)
    archive.normalise(target)
