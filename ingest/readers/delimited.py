"""CSV and TSV: one page, each row's cells joined, the first row as the table's head where it names the columns."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Final

from ingest.readers.builder import DocumentBuilder, clean, join_cells, one_line
from ingest.readers.detect import CSV, TSV
from ingest.readers.encoding import decode
from ingest.readers.tables import looks_like_head
from rag.core.errors import UnsupportedFormat
from rag.core.types import BlockKind, ParsedDocument

_DELIMITERS: Final = (",", ";", "\t", "|", ":")
_SAMPLE_ROWS: Final = 200
# A cell of a table; the csv module's own limit of 131,072 is met by pasted web pages.
_LONGEST_CELL: Final = 10_000_000


def read(path: Path) -> ParsedDocument:
    """Read delimited text in any usual encoding, with any usual delimiter.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    text = decode(path.read_bytes())
    if text is None:
        raise UnsupportedFormat(f"{path.name} is not a text file.", "Save it as CSV in UTF-8.")
    delimiter = find_delimiter(text)
    document = DocumentBuilder(TSV if delimiter == "\t" else CSV)
    page = document.new_page()
    rows = [[one_line(cell) for cell in row] for row in _rows(text, delimiter)]
    rows = [row for row in rows if any(row)]
    rows = _without_empty_columns(rows)
    while (
        len(rows) > 2 and len([cell for cell in rows[0] if cell]) == 1 and len([cell for cell in rows[1] if cell]) > 1
    ):
        page.add(BlockKind.PARAGRAPH, " ".join(cell for cell in rows.pop(0) if cell))
    group = document.new_group()
    for index, row in enumerate(rows):
        head = index == 0 and looks_like_head(row, rows[1:])
        page.add(BlockKind.TABLE_HEAD if head else BlockKind.TABLE_ROW, join_cells(row), group=group)
    parsed = document.build(one_line(path.stem))
    ragged = sum(len(row) > len(rows[0]) for row in rows) if rows else 0
    if ragged:
        document.warnings.append(f"{ragged} rows have more cells than the first row; their last cells have no head.")
        parsed = document.build(one_line(path.stem))
    return parsed


def find_delimiter(text: str) -> str:
    """The character that cuts the text into the most even rows."""
    sample = "\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_SAMPLE_ROWS])
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = Counter(len(row) for row in _rows(sample, delimiter) if any(clean(cell) for cell in row))
        width, count = max(widths.items(), key=lambda entry: (entry[1], entry[0]), default=(1, 0))
        if width < 2:
            continue
        # Times of day and links are full of colons: a colon must be as even as possible to count.
        evenness = count / sum(widths.values())
        score = evenness + min(width, 20) / 1000 - (0.3 if delimiter == ":" else 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    # NUL bytes and lone carriage returns make the csv module give up.
    tidy = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return list(csv.reader(io.StringIO(tidy), delimiter=delimiter, skipinitialspace=True))


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    width = max((len(row) for row in rows), default=0)
    filled = [column for column in range(width) if any(column < len(row) and row[column] for row in rows)]
    return [[row[column] for column in filled if column < len(row)] for row in rows]
