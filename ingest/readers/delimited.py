"""CSV and TSV: one page, each row's cells joined, the first row as the table's head where it names the columns."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line
from ingest.readers.encoding import LONGEST_TEXT, read_text
from ingest.readers.formats import CSV, TSV
from ingest.readers.side_by_side import tables_in
from ingest.readers.source import Source
from ingest.readers.table_blocks import add_rows
from ingest.readers.tables import heads, looks_like_head
from rag.core.types import BlockKind, ParsedDocument

_DELIMITERS: Final = (",", ";", "\t", "|", ":")
_SAMPLE_ROWS: Final = 200
_SAMPLE: Final = 100_000
# Excel's own limit.
_MOST_COLUMNS: Final = 16_384
# Pasted web pages are the longest cells that mean anything.
_LONGEST_CELL: Final = 1_000_000
_MOST_CELLS: Final = 5_000_000
_LONGEST_PREAMBLE: Final = 20
"""Rows above a table's head."""


def read(source: Source) -> ParsedDocument:
    """Read delimited text in any usual encoding, with any usual delimiter.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    text, encoding, warnings = read_text(source)
    delimiter = find_delimiter(text)
    document = DocumentBuilder(TSV if delimiter == "\t" else CSV)
    document.encoding = encoding
    document.warnings += warnings
    page = document.new_page()
    rows = _clean_rows(document, text, delimiter)
    for start, end in tables_in(rows):
        _add_table(document, page, [row[start:end] for row in rows if any(row[start:end])])
    return document.build(source.title)


def _add_table(document: DocumentBuilder, page: PageBuilder, rows: list[list[str]]) -> None:
    rows = _without_empty_columns(rows)
    first = _first_row(rows)
    for row in rows[:first]:
        page.add(BlockKind.PARAGRAPH, " ".join(filter(None, row)))
    rows = rows[first:]
    headed = bool(rows) and looks_like_head(rows[0], rows[1:])
    count, lines = heads(rows, [{}] * len(rows)) if headed else (0, [])
    add_rows(document, page, lines, rows[count:])
    ragged = sum(len(row) > len(rows[0]) for row in rows) if rows else 0
    if ragged:
        document.warnings.append(f"{ragged} rows have more cells than the first row; their last cells have no head.")


def _first_row(rows: Sequence[Sequence[str]]) -> int:
    """Index of the row that the table begins with: programs write titles, dates and the like above it."""
    filled = [sum(map(bool, row)) for row in rows]
    width = max(filled, default=0)
    # The first row that fills the table is its head or a row of it.
    whole = next((index for index in range(len(rows)) if filled[index] == width), 0)
    sparse = all(2 * cells <= width for cells in filled[:whole])
    if 0 < whole <= _LONGEST_PREAMBLE and sparse and looks_like_head(rows[whole], rows[whole + 1 :]):
        return whole
    return next((index for index in range(len(rows) - 1) if filled[index] > 1 or filled[index + 1] <= 1), 0)


def find_delimiter(text: str) -> str:
    """The character that cuts the text into the most even rows."""
    beginning = text[:_SAMPLE].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # The last line of a cut text lacks cells.
    sample = "\n".join((beginning[:-1] if len(text) > _SAMPLE and len(beginning) > 1 else beginning)[:_SAMPLE_ROWS])
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


def _clean_rows(document: DocumentBuilder, text: str, delimiter: str) -> list[list[str]]:
    """The rows that hold something, their cells clean, within limits; what was left out is told."""
    rows: list[list[str]] = []
    wide = long = cells = 0
    for row in _rows(text, delimiter):
        wide += len(row) > _MOST_COLUMNS
        long += any(len(cell) > _LONGEST_CELL for cell in row)
        kept = [one_line(cell[:_LONGEST_CELL]) for cell in row[:_MOST_COLUMNS]]
        cells += len(kept)
        if cells > _MOST_CELLS:
            document.warnings.append(
                f"Read in part: the first {len(rows):,} rows. Split it into smaller files, by year for example."
            )
            break
        if any(kept):
            rows.append(kept)
    if wide:
        document.warnings.append(f"{wide:,} rows have more than {_MOST_COLUMNS:,} cells; those beyond were not read.")
    if long:
        document.warnings.append(
            f"{long:,} rows have cells of more than {_LONGEST_CELL:,} characters; what lies beyond was not read."
        )
    return rows


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_TEXT)
    # NUL bytes and lone carriage returns make the csv module give up.
    tidy = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    yield from csv.reader(io.StringIO(tidy), delimiter=delimiter, skipinitialspace=True)


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    width = max((len(row) for row in rows), default=0)
    found: set[int] = set()
    for row in rows:
        found.update(column for column, cell in enumerate(row) if cell)
    filled = sorted(found)
    if len(filled) == width:
        return rows
    return [[row[column] for column in filled if column < len(row)] for row in rows]
