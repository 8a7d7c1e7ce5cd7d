"""PDF: exact page texts with headings, lists, tables and running heads told apart.

A page's text is made from the characters' places: reading order over columns, the lines of one paragraph joined, table
cells separated by " | ". Blocks are found over the whole document, because what repeats on every page, which font size
is the body's and which words exist unhyphenated is only known from all pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ingest.ocr.remarks import ranges, refuse_unread
from ingest.readers import pdf_fallback
from ingest.readers.builder import DocumentBuilder, one_line
from ingest.readers.formats import PDF
from ingest.readers.pages import with_words, write_pages
from ingest.readers.pdf_layout import PageSegments
from ingest.readers.pdf_scans import Scans, read_scans
from ingest.readers.pdfium import PdfFile, open_pdf
from ingest.readers.pdfium_text import MOST_CHARACTERS
from ingest.readers.remarks import counted
from ingest.readers.source import Source
from rag.core.errors import Damaged, PasswordProtected
from rag.core.types import PageStatus, ParsedDocument

_FEW_MISSING: Final = 20


def read(source: Source) -> ParsedDocument:
    """Read a PDF's text; pages without usable text are read by text recognition, where there is an engine.

    Raises:
        PasswordProtected: it needs a password.
        UnsupportedFormat: it is encrypted in an unknown way.
        Damaged: it does not parse, or has no pages.
        NoText: it shows pictures only, of which nothing could be recognised.
    """
    try:
        return _read(source)
    except (Damaged, PasswordProtected) as error:
        return pdf_fallback.read(source, error)


def _read(source: Source) -> ParsedDocument:
    document = DocumentBuilder(PDF)
    with open_pdf(source.path, source.name) as file:
        total = len(file)
        if total == 0:
            raise Damaged(f"{source.name} has no pages.", "Get a fresh copy of the file.")
        pages = _there([_page(file, index) for index in range(min(total, source.limits.pages))])
        bookmarks = file.bookmarks()
        document.title = file.title
        document.dated = file.dated
        attachments = file.attachments()
        scans = read_scans(file, pages, source)
    if attachments:
        names = ", ".join(map(one_line, attachments))
        document.skipped.append(f"{counted(len(attachments), 'attached file')}: {names}")
    if scans.pictures:
        document.skipped.append(counted(scans.pictures, "picture"))
    statuses = [_status(page, index, scans) for index, page in enumerate(pages)]
    words = write_pages(document, pages, statuses, scans.kept, bookmarks)
    document.warnings.extend(_warnings(pages, statuses, scans))
    if total > len(pages) and len(pages) < source.limits.pages:
        document.warnings.append(f"The file says that it has {total:,} pages; {len(pages):,} could be found.")
    elif total > len(pages):
        document.warnings.append(f"Only the first {len(pages):,} of {total:,} pages were read.")
    parsed = with_words(document.build(source.title), scans.kept, words, scans.recogniser.engine)
    refuse_unread(source, parsed, scans.recogniser)
    return parsed


def _there(pages: list[PageSegments | None]) -> list[PageSegments | None]:
    """Without the pages at the end that a file only says it has: none of them is there, and they are most of all."""
    last = max((number for number, page in enumerate(pages, 1) if page is not None), default=0)
    return pages[:last] if last > 0 and len(pages) - last > max(last, _FEW_MISSING) else pages


def _page(file: PdfFile, index: int) -> PageSegments | None:
    try:
        return PageSegments.of(file.glyphs(index))
    except ValueError:
        return None


def _status(page: PageSegments | None, index: int, scans: Scans) -> PageStatus:
    if index in scans.kept:
        return PageStatus.OCR
    if page is None:
        return PageStatus.FAILED
    if page.upright or page.turned:
        return PageStatus.TEXT
    return PageStatus.IMAGE_ONLY if page.has_images and index not in scans.blank else PageStatus.EMPTY


def _warnings(pages: Sequence[PageSegments | None], statuses: Sequence[PageStatus], scans: Scans) -> list[str]:
    found = []
    for status, one, many in (
        (PageStatus.IMAGE_ONLY, "page shows a picture only", "pages show pictures only"),
        (PageStatus.FAILED, "page is damaged", "pages are damaged"),
    ):
        numbers = [number for number, each in enumerate(statuses, 1) if each is status]
        if numbers:
            what = one if len(numbers) == 1 else many
            found.append(f"{len(numbers)} {what} and could not be read: {ranges(numbers)}.")
    found.extend(scans.warnings())
    cut = [number for number, page in enumerate(pages, 1) if page is not None and page.cut]
    if cut:
        found.append(f"Only the first {MOST_CHARACTERS:,} characters of a page were read: {ranges(cut)}.")
    return found
