"""Tells what a file is by its bytes; the name only decides between kinds of plain text."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.readers.encoding import decode
from rag.core.errors import Damaged, NoText, PasswordProtected, TooLarge, UnsupportedFormat

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
MARKDOWN: Final = "text/markdown"
HTML: Final = "text/html"
TEXT: Final = "text/plain"

SUFFIXES: Final = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".docm": DOCX,
    ".dotx": DOCX,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".xltx": XLSX,
    ".csv": CSV,
    ".tsv": TSV,
    ".tab": TSV,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".txt": TEXT,
    ".text": TEXT,
    ".log": TEXT,
}
"""Name endings that are looked for in folders, and what they promise."""

READABLE: Final = "PDF, Word (.docx), Excel (.xlsx), CSV, Markdown, HTML and plain text"

_NAMES: Final = {
    PDF: "a PDF",
    DOCX: "a Word document",
    XLSX: "an Excel workbook",
    CSV: "a CSV table",
    TSV: "a tab-separated table",
    MARKDOWN: "Markdown",
    HTML: "an HTML page",
    TEXT: "plain text",
}
# A zip that unpacks to more than this many bytes is not a document.
_LARGEST_UNPACKED = 2 * 1024**3
_LARGEST_RATIO = 400
# Office files are small; a single part that unpacks beyond this and by more than the ratio above is a bomb.
_SUSPICIOUS_PART = 100 * 1024**2

_MAGIC: Final = (
    (b"{\\rtf", "an RTF document", "Open it in a word processor and save it as .docx or PDF."),
    (b"\x89PNG", "a PNG picture", ""),
    (b"\xff\xd8\xff", "a JPEG picture", ""),
    (b"GIF8", "a GIF picture", ""),
    (b"II*\x00", "a TIFF picture", ""),
    (b"MM\x00*", "a TIFF picture", ""),
    (b"%!PS", "a PostScript file", "Print it to a PDF."),
    (b"WEBVTT", "a file of subtitles (WebVTT)", ""),
    (b"SQLite format 3\x00", "a database", ""),
)
# Streams within an OLE file, named in UTF-16, by which the old Office formats are told apart.
_OLE: Final = (
    ("WordDocument", "an old Word document (.doc)", "Open it in a word processor and save it as .docx."),
    ("Workbook", "an old Excel workbook (.xls)", "Open it in a spreadsheet program and save it as .xlsx."),
    ("Book", "an old Excel workbook (.xls)", "Open it in a spreadsheet program and save it as .xlsx."),
    ("PowerPoint Document", "an old PowerPoint file (.ppt)", "Save it as PDF."),
    ("__substg1.0", "an Outlook message (.msg)", "Save the message as PDF or as text."),
)
_ZIP_KINDS: Final = (
    ("ppt/", "a PowerPoint file (.pptx)", "Save it as PDF."),
    ("META-INF/container.xml", "an EPUB book", "Turn it into a PDF or HTML."),
    ("content.xml", "an OpenDocument file", "Save it as .docx, .xlsx or PDF."),
)
_HTML_START = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)
_HTML_TAGS = re.compile(r"</(p|div|td|li|h[1-6]|body|html|span|table)>", re.I)
_MAIL = re.compile(r"(From|To|Subject|Date|Received|Return-Path|MIME-Version|Message-ID|Content-Type): ", re.I)


@dataclass(frozen=True, slots=True)
class Detected:
    """A file's media type, and a warning where its name says something else."""

    media_type: str
    warning: str = ""


def detect(path: Path) -> Detected:
    """What the file is.

    Raises:
        NoText: it has no bytes.
        UnsupportedFormat: no reader for it; the message says what it seems to be.
        PasswordProtected: a locked Office file.
        Damaged: a zip that cannot be opened.
        TooLarge: a zip that unpacks to a size no document has.
    """
    with path.open("rb") as file:
        head = file.read(65_536)
    if not head:
        raise NoText(f"{path.name} is empty.", "Add a file that has text in it.")
    promised = SUFFIXES.get(path.suffix.lower(), "")
    found = _binary(path, head) or _textual(path, head, promised)
    if promised and promised != found and {promised, found} not in _SAME_FAMILY:
        return Detected(found, f"The name ends in {path.suffix} but the content is {_NAMES[found]}; read as that.")
    return Detected(found)


# Kinds of plain text that only the name can tell apart.
_SAME_FAMILY = ({CSV, TSV}, {MARKDOWN, TEXT}, {HTML, MARKDOWN})


def _unsupported(path: Path, seems: str, hint: str = "") -> UnsupportedFormat:
    return UnsupportedFormat(
        f"{path.name} seems to be {seems}, which cannot be read yet.", f"{hint} Readable are {READABLE}.".strip()
    )


def _binary(path: Path, head: bytes) -> str:
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _ole(path)
    for magic, seems, hint in _MAGIC:
        if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(magic):
            if "picture" in seems:
                hint = "Pictures are not read; add a PDF that has text."
            raise _unsupported(path, seems, hint)
    return ""


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Damaged(
            f"{path.name} is damaged: it is cut off or was changed on its way.", "Get a fresh copy."
        ) from error
    unpacked = sum(part.file_size for part in parts)
    bomb = any(
        part.file_size > _SUSPICIOUS_PART and part.file_size > _LARGEST_RATIO * max(1, part.compress_size)
        for part in parts
    )
    if unpacked > _LARGEST_UNPACKED or bomb:
        raise TooLarge(f"{path.name} unpacks to {unpacked // 1024**2} MB.", "Split it into smaller documents.")
    names = [part.filename for part in parts]
    if any(part.flag_bits & 1 for part in parts):
        raise PasswordProtected(f"{path.name} is locked with a password.", "Save a copy without the password.")
    if any(name.startswith("word/") for name in names):
        return DOCX
    if any(name.startswith("xl/") for name in names):
        return XLSX
    for start, seems, hint in _ZIP_KINDS:
        if any(name.startswith(start) for name in names):
            raise _unsupported(path, seems, hint)
    raise _unsupported(path, "a zip archive", "Unpack it and add the files within.")


def _ole(path: Path) -> PasswordProtected | UnsupportedFormat:
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return PasswordProtected(
            f"{path.name} is locked with a password.", "Save a copy without the password and add that."
        )
    for stream, seems, hint in _OLE:
        if stream.encode("utf-16-le") in data:
            return _unsupported(path, seems, hint)
    return _unsupported(path, "an old Office file")


def _textual(path: Path, head: bytes, promised: str) -> str:
    text = decode(head, whole=False)
    if text is None:
        raise _unsupported(path, _guess(path, head))
    if _HTML_START.match(text[:4000]):
        return HTML
    if text.lstrip().startswith("<?xml"):
        raise _unsupported(path, "an XML file", "Save the document that it belongs to as PDF or HTML.")
    if promised in (CSV, TSV, MARKDOWN, TEXT):
        return promised
    if promised == HTML or len(_HTML_TAGS.findall(text)) >= 5:
        return HTML
    suffix = path.suffix.lower()
    if suffix in (".json", ".jsonl", ".geojson") or (not suffix and re.match(r'\s*[\[{]\s*["{\[]', text)):
        raise _unsupported(path, "a JSON file", "Save what it says as a table (CSV) or as text.")
    if suffix == ".eml" or (not suffix and len(_MAIL.findall(text[:2000])) >= 3):
        raise _unsupported(path, "an e-mail", "Save the message as PDF or as text.")
    return TEXT


def _guess(path: Path, head: bytes) -> str:
    """What puremagic takes an unknown binary for."""
    import puremagic

    try:
        names = [match.name for match in puremagic.magic_string(head, path.name) if match.confidence >= 0.5]
    except (puremagic.PureError, ValueError):
        names = []
    return f"a binary file ({names[0]})" if names and names[0] else "a binary file of an unknown kind"
