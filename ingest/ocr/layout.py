"""From recognised words to blocks with exact spans: the PDF reader's layout, fed with recognised words.

Columns, tables, lists, headings and running heads are found as in a PDF that has text. Each word's place in the page's
text is kept.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.ocr.words import Reading
from ingest.readers.builder import PageBuilder, clean
from ingest.readers.pdf_blocks import BlockWriter, PageLayout
from ingest.readers.pdf_columns import regions_of
from ingest.readers.pdf_layout import Line, PageSegments, Segment, Table, is_right_to_left, lines_of
from ingest.readers.pdf_paragraphs import paragraphs_of
from ingest.readers.pdf_tables import horizontal_rules, join_markers, split_tables
from ingest.readers.tables import looks_like_head
from rag.core.cells import CELL_SEPARATOR
from rag.core.types import WordBox

_BETWEEN: Final = frozenset(CELL_SEPARATOR + "\n")
_HYPHENS: Final = "-\u2010"
# A heading is set larger than most lines by this factor.
_LARGER: Final = 1.1


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes one or a few blocks, with the indices of its words in the order of its text."""

    layout: PageLayout
    words: tuple[int, ...]


def lay_out(number: int, page: PageSegments, furniture: set[int], listed: set[int]) -> list[Piece]:
    """A recognised page's pieces in reading order.

    Args:
        number: the page's.
        page: as `ingest.ocr.columns.page_of` gives it.
        furniture: the `order` of the segments that are running heads and page numbers.
        listed: those of a contents list.
    """
    head: list[Piece] = []
    foot: list[Piece] = []
    for line in lines_of(segment for segment in page.upright if segment.order in furniture):
        if line.middle < page.height / 2:
            head.append(Piece(PageLayout(number, head=[line.text]), _indices(line.segments)))
        else:
            foot.append(Piece(PageLayout(number, foot=[line.text]), _indices(line.segments)))
    body = [segment for segment in page.upright if segment.order not in furniture]
    contents = [
        Piece(PageLayout(number, contents=[line.text]), _indices(line.segments))
        for line in lines_of(segment for segment in body if segment.order in listed)
    ]
    rules = horizontal_rules(page.rules)
    parts: list[Piece] = []
    regions = regions_of([segment for segment in body if segment.order not in listed])
    for lines in (part for region in regions for part in _parts([join_markers(line) for line in region])):
        begin = 0
        for part in split_tables(lines, rules):
            if isinstance(part, Table):
                end = begin + _lines_of_table(lines[begin:], part)
                part.head = part.head or int(_has_head(part))
                parts.append(Piece(PageLayout(number, parts=[part]), _table_indices(lines[begin:end], part)))
                begin = end
                continue
            begin += len(part)
            for paragraph in paragraphs_of(part):
                words = tuple(index for line in paragraph.lines for index in _indices(line.segments))
                parts.append(Piece(PageLayout(number, parts=[paragraph]), words))
    return [*head, *contents, *parts, *foot]


def _parts(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """A region cut at its headings: the columns of a table do not go on beyond one."""
    body = sorted(line.size for line in lines)[len(lines) // 2]
    begin = 0
    for index, line in enumerate(lines):
        if len(line.segments) == 1 and line.size > _LARGER * body:
            yield from (part for part in (lines[begin:index], lines[index : index + 1]) if part)
            begin = index + 1
    if begin < len(lines):
        yield lines[begin:]


def write(writer: BlockWriter, page: PageBuilder, pieces: Iterable[Piece], reading: Reading) -> tuple[WordBox, ...]:
    """Append a page's blocks and say where in its text each word stands.

    Args:
        writer: the document's.
        page: begun already.
        pieces: as `lay_out` gives them.
        reading: as `ingest.ocr.columns.page_of` gives it.
    """
    found: list[WordBox] = []
    for piece in pieces:
        before = len(page.blocks)
        writer.write(page, piece.layout)
        if len(page.blocks) > before:
            start = page.blocks[before].span.start
            found.extend(_placed(page.page().text[start:], start, piece.words, reading))
    return tuple(found)


def _placed(text: str, offset: int, indices: Sequence[int], reading: Reading) -> Iterator[WordBox]:
    """Walk through the text of a piece with its words; what stands between them are blanks, breaks and cell bars."""
    place = 0
    for index in indices:
        word = clean(reading.words[index].text)
        # A word broken at its line's end stands in the text without its hyphen.
        forms = (word, word[:-1]) if word[-1] in _HYPHENS and len(word) > 1 else (word,)
        while not text.startswith(forms, place) and text[place : place + 1] in _BETWEEN and place < len(text):
            place += 1
        length = next((len(form) for form in forms if text.startswith(form, place)), 0)
        if length:
            yield WordBox(offset + place, offset + place + length, *reading.boxes[index])
            place += length


def _indices(segments: Iterable[Segment]) -> tuple[int, ...]:
    return tuple(index for segment in segments for index in segment.words)


def _squeezed(text: str) -> int:
    """Characters without white space: what a line and the cells made of it have in common."""
    return len("".join(text.split()))


def _lines_of_table(lines: Sequence[Line], table: Table) -> int:
    """How many of the lines the table was made of."""
    wanted = sum(_squeezed(cell) for row in table.rows for cell in row)
    for count, line in enumerate(lines, 1):
        wanted -= _squeezed(line.text)
        if wanted <= 0:
            return count
    return len(lines)


def _table_indices(lines: Sequence[Line], table: Table) -> tuple[int, ...]:
    """Indices of a table's words, row by row and cell by cell: a cell of several lines is read before the next."""
    waiting: dict[int, deque[Segment]] = defaultdict(deque)
    for line in lines:
        for segment in line.segments:
            overlaps = [min(right, segment.x1) - max(left, segment.x0) for left, right in table.columns]
            waiting[overlaps.index(max(overlaps))].append(segment)
    # The first cell of a row that is read from the right is that of the last column.
    columns = range(len(table.columns))
    places = columns[::-1] if is_right_to_left(" ".join(line.text for line in lines)) else columns
    found: list[int] = []
    for row in table.rows:
        for column, cell in zip(places, row, strict=False):
            wanted = _squeezed(cell)
            while wanted > 0 and waiting[column]:
                segment = waiting[column].popleft()
                wanted -= _squeezed(segment.text)
                found.extend(segment.words)
    return tuple(found)


def _has_head(table: Table) -> bool:
    """Whether the first row names the columns: engines do not tell bold print, so words over figures must do."""
    first, rest = table.rows[0], table.rows[1:]
    if any(char.isdigit() for cell in first for char in cell) or not looks_like_head(first, rest):
        return False
    return 2 * sum(any(char.isdigit() for cell in row[1:] for char in cell) for row in rest) >= len(rest)
