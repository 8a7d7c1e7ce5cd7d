"""Pages whose text has places, printed or recognised, written into a document: shared by PDFs and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.ocr.columns import body_sizes, page_of
from ingest.ocr.layout import lay_out as lay_out_recognised
from ingest.ocr.layout import write as write_recognised
from ingest.ocr.words import Reading
from ingest.readers.builder import DocumentBuilder
from ingest.readers.pdf_blocks import BlockWriter, StyleGuide, lay_out
from ingest.readers.pdf_furniture import find_contents, find_furniture, squeeze
from ingest.readers.pdf_layout import PageSegments
from ingest.readers.pdfium import Bookmark
from rag.core.types import PageStatus, ParsedDocument, WordBox


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page's reading and the height of its mended picture in points."""

    reading: Reading
    height: float


def write_pages(
    document: DocumentBuilder,
    pages: Sequence[PageSegments | None],
    statuses: Sequence[PageStatus],
    recognised: Mapping[int, Recognised],
    bookmarks: Sequence[Bookmark] = (),
) -> dict[int, tuple[WordBox, ...]]:
    """Write all pages and say where the words of the recognised ones stand, by the pages' places from 0.

    Args:
        document: what they are written into.
        pages: what is printed on each; None where it could not be read.
        statuses: as the pages' text was come by.
        recognised: by place: what takes the place of the printed text.
        bookmarks: the outline.
    """
    bodies = body_sizes([each.reading for each in recognised.values()], [each.height for each in recognised.values()])
    sheets = list(pages)
    readings: dict[int, Reading] = {}
    for index, each in recognised.items():
        sheets[index], readings[index] = page_of(each.reading, each.height, bodies)
    titles = frozenset(squeeze(mark.title) for mark in bookmarks)
    furniture = find_furniture(sheets)
    contents = find_contents(sheets, furniture, titles)
    printed = {}
    pieces = {}
    for index, sheet in enumerate(sheets):
        if sheet is not None and index in readings:
            pieces[index] = lay_out_recognised(index + 1, sheet, furniture[index], contents[index])
        elif sheet is not None:
            printed[index] = lay_out(index + 1, sheet, furniture[index], contents[index])
    layouts = {index: [layout] for index, layout in printed.items()}
    layouts.update({index: [piece.layout for piece in found] for index, found in pieces.items()})
    guide = StyleGuide.of([layout for index in sorted(layouts) for layout in layouts[index]], bookmarks)
    writer = BlockWriter(document, guide)
    words = {}
    for index, status in enumerate(statuses):
        builder = document.new_page(status=status)
        if index in pieces:
            words[index] = write_recognised(writer, builder, pieces[index], readings[index])
        elif index in printed:
            writer.write(builder, printed[index])
    return words


def with_words(
    parsed: ParsedDocument,
    recognised: Mapping[int, Recognised],
    words: Mapping[int, tuple[WordBox, ...]],
    engine: str,
) -> ParsedDocument:
    """The document with its recognised pages' words and confidence, and what read them."""
    if not recognised:
        return parsed
    pages = list(parsed.pages)
    for index, each in recognised.items():
        confidence = round(each.reading.confidence, 3)
        pages[index] = replace(pages[index], confidence=confidence, words=words.get(index, ()))
    return replace(parsed, pages=tuple(pages), ocr_engine=engine)
