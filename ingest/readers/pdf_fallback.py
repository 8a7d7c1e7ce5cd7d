"""The second opinion: pypdf reads the text of files that PDFium cannot open, without columns, headings or tables."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, clean, one_line
from ingest.readers.formats import PDF
from ingest.readers.hyphens import join_lines, words_of
from ingest.readers.source import Source
from rag.core.errors import Damaged, PasswordProtected
from rag.core.types import BlockKind, PageStatus, ParsedDocument

if TYPE_CHECKING:
    from pypdf import PdfReader


_DAMAGED: Final = "The file is damaged. Its text could be recovered, but not its headings and tables."
_OWNED: Final = (
    "The file is locked, but the password of its owner is empty. Its text was read, but not its headings and tables."
)


def read(source: Source, refused: Damaged | PasswordProtected) -> ParsedDocument:
    """The plain text of a PDF that is damaged, or locked by a program that gave its owner an empty password.

    Args:
        source: the file.
        refused: why PDFium could not read it.

    Raises:
        Damaged, PasswordProtected: `refused`, where pypdf finds no text either.
    """
    import pypdf

    # It reports each mended flaw; what counts for people is the warning below.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with source.path.open("rb") as stream:
            reader = pypdf.PdfReader(stream, strict=False)
            total = len(reader.pages)
            texts = [_text(reader, index) for index in range(min(total, source.limits.pages))]
            title = str((reader.metadata and reader.metadata.title) or "")
    except OSError:
        raise
    except Exception as error:  # it throws anything at broken files
        raise refused from error
    if not any(texts):
        raise refused
    document = DocumentBuilder(PDF)
    document.title = title
    words = words_of(line for text in texts if text for line in text.splitlines())
    for text in texts:
        page = document.new_page(status=PageStatus.FAILED if text is None else PageStatus.TEXT)
        for paragraph in clean(text or "").split("\n\n"):
            page.add(BlockKind.PARAGRAPH, one_line(join_lines(paragraph.split("\n"), words)))
    document.warnings.append(_OWNED if isinstance(refused, PasswordProtected) else _DAMAGED)
    if total > len(texts):
        document.warnings.append(f"Only the first {len(texts):,} of {total:,} pages were read.")
    return document.build(source.title)


def _text(reader: PdfReader, index: int) -> str | None:
    """One page's text, None where it cannot be read."""
    try:
        return reader.pages[index].extract_text()
    except Exception:  # noqa: BLE001 - as above; one bad page costs that page
        return None
