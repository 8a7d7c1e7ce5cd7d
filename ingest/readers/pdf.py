"""PDF: exact page texts with headings, lists, tables and running heads told apart.

A page's text is made from the characters' places: reading order over columns, the lines of one paragraph joined, table
cells separated by " | ". Blocks are found over the whole document, because what repeats on every page, which font size
is the body's and which words exist unhyphenated is only known from all pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.readers.builder import DocumentBuilder, one_line
from ingest.readers.detect import PDF
from ingest.readers.pdf_blocks import BlockWriter, StyleGuide, lay_out
from ingest.readers.pdf_furniture import find_furniture, squeeze
from ingest.readers.pdf_layout import segments_of
from ingest.readers.pdfium import PageGlyphs, open_pdf
from rag.core.errors import Damaged
from rag.core.types import PageStatus, ParsedDocument


def read(path: Path) -> ParsedDocument:
    """Read a PDF's text; pages that show pictures only are named in a warning.

    Raises:
        PasswordProtected: it needs a password.
        UnsupportedFormat: it is encrypted in an unknown way.
        Damaged: it does not parse, or has no pages.
    """
    with open_pdf(path) as file:
        if len(file) == 0:
            raise Damaged(f"{path.name} has no pages.", "Get a fresh copy of the file.")
        pages: list[PageGlyphs | None] = []
        for index in range(len(file)):
            try:
                pages.append(file.glyphs(index))
            except ValueError:
                pages.append(None)
        bookmarks = file.bookmarks()
        title = file.title
    titles = frozenset(squeeze(mark.title) for mark in bookmarks)
    segments = [segments_of(page.upright) if page else [] for page in pages]
    furniture = find_furniture([page.height if page else 0.0 for page in pages], segments)
    layouts = [
        lay_out(number, page, segments[number - 1], furniture[number - 1], titles) if page else None
        for number, page in enumerate(pages, 1)
    ]
    document = DocumentBuilder(PDF)
    document.title = title
    guide = StyleGuide.of([layout for layout in layouts if layout], bookmarks)
    writer = BlockWriter(document, guide)
    for page, layout in zip(pages, layouts, strict=True):
        builder = document.new_page(status=_status(page))
        if layout is not None:
            writer.write(builder, layout)
    document.warnings.extend(_warnings(pages))
    return document.build(one_line(path.stem))


def _status(page: PageGlyphs | None) -> PageStatus:
    if page is None:
        return PageStatus.FAILED
    if page.upright or page.turned:
        return PageStatus.TEXT
    return PageStatus.IMAGE_ONLY if page.has_images else PageStatus.EMPTY


def _warnings(pages: Sequence[PageGlyphs | None]) -> list[str]:
    statuses = [_status(page) for page in pages]
    found = []
    for status, one, many in (
        (PageStatus.IMAGE_ONLY, "page shows a picture only", "pages show pictures only"),
        (PageStatus.FAILED, "page is damaged", "pages are damaged"),
    ):
        numbers = [number for number, each in enumerate(statuses, 1) if each is status]
        if numbers:
            what = one if len(numbers) == 1 else many
            found.append(f"{len(numbers)} {what} and could not be read: {ranges(numbers)}.")
    return found


def ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers in words: [2, 5, 6, 7] is "2, 5-7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
