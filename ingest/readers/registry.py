"""One line per format, and the one place where what libraries throw becomes an `IngestError`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from ingest.readers import formats, office_pictures
from ingest.readers.builder import has_text
from ingest.readers.detect import detect
from ingest.readers.source import Source
from rag.core.errors import ConfigError, Damaged, IngestError, NoText, TooLarge, Unreadable, UnsupportedFormat
from rag.core.types import PageStatus, ParsedDocument
from rag.models.loading import load_dotted

if TYPE_CHECKING:  # it imports numpy, whose threads do not fit into the memory of a process that reads
    from rag.core.ports import Reader

# Named, not imported: each reader pulls in the package of its format.
_READERS: Final = {
    formats.PDF: "ingest.readers.pdf",
    formats.DOCX: "ingest.readers.docx",
    formats.XLSX: "ingest.readers.xlsx",
    formats.PPTX: "ingest.readers.pptx",
    formats.DOC: "ingest.readers.legacy",
    formats.PPT: "ingest.readers.legacy",
    formats.XLS: "ingest.readers.xls",
    formats.ODT: "ingest.readers.odf_text",
    formats.ODS: "ingest.readers.odf_sheet",
    formats.ODP: "ingest.readers.odf_slides",
    formats.RTF: "ingest.readers.rtf",
    formats.EPUB: "ingest.readers.epub",
    formats.EML: "ingest.readers.mail",
    formats.MBOX: "ingest.readers.mailbox",
    formats.MSG: "ingest.readers.outlook",
    formats.ZIP: "ingest.readers.archive",
    formats.PNG: "ingest.readers.image",
    formats.JPEG: "ingest.readers.image",
    formats.TIFF: "ingest.readers.image",
    formats.WEBP: "ingest.readers.image",
    formats.CSV: "ingest.readers.delimited",
    formats.TSV: "ingest.readers.delimited",
    formats.MARKDOWN: "ingest.readers.markdown",
    formats.HTML: "ingest.readers.html",
    formats.JSON: "ingest.readers.json",
    formats.XML: "ingest.readers.xml",
    formats.TEXT: "ingest.readers.text",
}


def read(source: Source) -> ParsedDocument:
    """Read a file of any supported format.

    Raises:
        IngestError: it cannot be read; the class says why, message and hint say it to a person.
    """
    try:
        if source.suffix in source.own:
            return _read_by_own(source)
        detected = detect(source)
        reader = cast("Callable[[Source], ParsedDocument]", import_module(_READERS[detected.media_type]).read)
        parsed = reader(source)
        if detected.media_type in formats.HOLD_PICTURES:
            parsed = office_pictures.read(source, parsed)
    except IngestError:
        raise
    except ConfigError as error:
        raise UnsupportedFormat(f"{source.name} was not read. {error.message}", error.hint) from error
    except FileNotFoundError as error:
        raise Unreadable(f"{source.name} is not there any more.", "Add it again from where it lies now.") from error
    except PermissionError as error:
        raise Unreadable(f"{source.name} may not be read.", "Give this account the right to read it.") from error
    except IsADirectoryError as error:
        raise Unreadable(f"{source.name} is a folder.", "Add the files within.") from error
    except RecursionError as error:
        raise TooLarge(
            f"{source.name} is nested too deeply to be read.", "Save it again in a simpler form, or as PDF."
        ) from error
    except MemoryError as error:
        raise TooLarge(
            f"{source.name} is too large for this machine's memory.", "Split it and add the parts."
        ) from error
    except Exception as error:  # parsers of foreign bytes throw anything; one bad file stops no batch
        raise Damaged(
            f"{source.name} is damaged or not what it seems to be ({type(error).__name__}: {error}).",
            "Open it in the program it was made with, save it again and add that copy.",
        ) from error
    parsed = _within_limits(source, parsed)
    if detected.warning:
        parsed = replace(parsed, warnings=(detected.warning, *parsed.warnings))
    _refuse_textless(source, parsed)
    return parsed


def load_own(path: str) -> Reader:
    """The reader at a dotted path.

    Raises:
        ConfigError: there is none; names the setting.
    """
    return cast("Reader", load_dotted(path, "readers", (), ["read"]))


def _read_by_own(source: Source) -> ParsedDocument:
    parsed = load_own(source.own[source.suffix]).read(source.path)
    for block in parsed.blocks:
        page = parsed.pages[block.span.page - 1]
        if not 0 <= block.span.start <= block.span.end <= len(page.text):
            raise ValueError(f"a block of page {page.number} does not lie in its text")
    parsed = _within_limits(source, parsed)
    _refuse_textless(source, parsed)
    return parsed


def _within_limits(source: Source, parsed: ParsedDocument) -> ParsedDocument:
    """The document without pages beyond the limit; readers that can stop there by themselves have done so."""
    most = source.limits.pages
    if len(parsed.pages) <= most:
        return parsed
    warning = f"Read in part: the first {most:,} of {len(parsed.pages):,} pages. Split it into smaller files."
    return replace(
        parsed,
        pages=parsed.pages[:most],
        blocks=tuple(block for block in parsed.blocks if block.span.page <= most),
        warnings=(*parsed.warnings, warning),
    )


def _refuse_textless(source: Source, parsed: ParsedDocument) -> None:
    if has_text(parsed):
        return
    statuses = {page.status for page in parsed.pages}
    if PageStatus.IMAGE_ONLY in statuses:
        raise NoText(
            f"{source.name} shows pictures only: there is no text in it.",
            "It seems to be scanned. Run it through a text recognition program (OCR) and add the result.",
        )
    if PageStatus.FAILED in statuses:
        raise Damaged(f"No page of {source.name} can be read.", "Print it to a new PDF and add that.")
    raise NoText(f"{source.name} has no text in it.", "Add a file that has text.")
