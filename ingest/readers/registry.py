"""One line per format, and the one place where what libraries throw becomes an `IngestError`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from ingest.readers.detect import CSV, DOCX, HTML, MARKDOWN, PDF, TEXT, TSV, XLSX, detect
from rag.core.errors import Damaged, IngestError, NoText, TooLarge, Unreadable
from rag.core.types import BlockKind, PageStatus, ParsedDocument

# Named, not imported: each reader pulls in the package of its format.
_READERS: Final = {
    PDF: "ingest.readers.pdf",
    DOCX: "ingest.readers.docx",
    XLSX: "ingest.readers.xlsx",
    CSV: "ingest.readers.delimited",
    TSV: "ingest.readers.delimited",
    MARKDOWN: "ingest.readers.markdown",
    HTML: "ingest.readers.html",
    TEXT: "ingest.readers.text",
}


def read(path: Path) -> ParsedDocument:
    """Read a file of any supported format.

    Raises:
        IngestError: it cannot be read; the class says why, message and hint say it to a person.
    """
    try:
        detected = detect(path)
        reader = cast("Callable[[Path], ParsedDocument]", import_module(_READERS[detected.media_type]).read)
        parsed = reader(path)
    except IngestError:
        raise
    except FileNotFoundError as error:
        raise Unreadable(f"{path.name} is not there any more.", "Add it again from where it lies now.") from error
    except PermissionError as error:
        raise Unreadable(f"{path.name} may not be read.", "Give this account the right to read it.") from error
    except IsADirectoryError as error:
        raise Unreadable(f"{path.name} is a folder.", "Add the files within.") from error
    except MemoryError as error:
        raise TooLarge(f"{path.name} is too large for this machine's memory.", "Split it and add the parts.") from error
    except Exception as error:  # parsers of foreign bytes throw anything; one bad file stops no batch
        raise Damaged(
            f"{path.name} is damaged or not what it seems to be ({type(error).__name__}: {error}).",
            "Open it in the program it was made with, save it again and add that copy.",
        ) from error
    if detected.warning:
        parsed = replace(parsed, warnings=(detected.warning, *parsed.warnings))
    _refuse_textless(path, parsed)
    return parsed


def _refuse_textless(path: Path, parsed: ParsedDocument) -> None:
    if any(block.kind is not BlockKind.FURNITURE for block in parsed.blocks):
        return
    statuses = {page.status for page in parsed.pages}
    if PageStatus.IMAGE_ONLY in statuses:
        raise NoText(
            f"{path.name} shows pictures only: there is no text in it.",
            "It seems to be scanned. Run it through a text recognition program (OCR) and add the result.",
        )
    if PageStatus.FAILED in statuses:
        raise Damaged(f"No page of {path.name} can be read.", "Print it to a new PDF and add that.")
    raise NoText(f"{path.name} has no text in it.", "Add a file that has text.")
