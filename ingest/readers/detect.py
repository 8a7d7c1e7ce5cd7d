"""Tells what a file is by its bytes; the name only decides between kinds of plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ingest.readers import compound, packages
from ingest.readers.encoding import decode
from ingest.readers.formats import (
    CSV,
    EML,
    HTML,
    JPEG,
    JSON,
    MARKDOWN,
    MBOX,
    NAMES,
    PDF,
    PNG,
    READABLE,
    RTF,
    SUFFIXES,
    TEXT,
    TIFF,
    TSV,
    WEBP,
    XLS,
    XML,
)
from ingest.readers.source import Source
from rag.core.errors import NoText, UnsupportedFormat

TNEF: Final = b"\x78\x9f\x3e\x22"
"""What a winmail.dat begins with ([MS-OXTNEF] 2.1.3.1)."""
UNWRAP: Final = "Open the message in Outlook and save what is attached, or have it sent again as HTML or plain text."
_HEAD: Final = 65_536

_MAGIC: Final = (
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    # Workbooks of Excel 2 to 5 that are not wrapped as later ones are: BIFF's "beginning of file" record.
    (b"\x09\x00\x04\x00", XLS),
    (b"\x09\x02\x06\x00", XLS),
    (b"\x09\x04\x06\x00", XLS),
    (b"\x09\x08\x08\x00", XLS),
)
_UNPACK: Final = "Unpack it and add the files within."
_AS_PNG: Final = "If it shows text, save it as PNG or PDF."
_NO_READER: Final = (
    (b"GIF8", "a GIF picture", _AS_PNG),
    (b"BM", "a bitmap picture", _AS_PNG),
    (b"8BPS", "a Photoshop picture", _AS_PNG),
    (b"%!PS", "a PostScript file", "Print it to a PDF."),
    (b"WEBVTT", "a file of subtitles (WebVTT)", ""),
    (b"SQLite format 3\x00", "a database", "Save its tables as CSV."),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"!BDN", "an Outlook mailbox (.pst)", "Export the messages as .eml or .mbox."),
    (TNEF, "attachments wrapped by Outlook (winmail.dat)", UNWRAP),
    (b"\xffWPC", "a WordPerfect document", "Save it as .docx or PDF."),
    (b"ITSF", "a Windows help file (.chm)", "Save its pages as HTML."),
)
# Binary files that begin with "BM" by chance are told from bitmaps by the file's size in bytes 2 to 5.
_BITMAP: Final = b"BM"
# Brands of ISO media files (ISO 14496-12) that are pictures; all others are films or sound.
_PICTURE_BRANDS: Final = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"heif", b"avif"})

_HTML_START = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)
_HTML_TAGS = re.compile(r"</(p|div|td|li|h[1-6]|body|html|span|table)>", re.I)
# What may stand before the root element of XML, and the root itself.
_XML_ROOT = re.compile(
    r"\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)\s*)*<([A-Za-z_][\w.:-]*)[\s/>]", re.S
)
_JSON_START = re.compile(r'\s*(?:\{\s*(?:"[^"\n]{0,500}"\s*:|\})|\[\s*(?:["{\[\]]|-?\d+(?:\.\d+)?\s*[,\]]))')
_HEADER = re.compile(rb"([!-9;-~]{1,80}):[ \t]?")
_MAIL_HEADERS: Final = frozenset(
    b"from to cc subject date received return-path mime-version message-id content-type delivered-to reply-to sender "
    b"dkim-signature x-mailer in-reply-to references".split()
)
# People begin a memo with From, To, Date and Subject; these only programs write.
_PROGRAM_HEADERS: Final = frozenset(b"received return-path mime-version message-id delivered-to dkim-signature".split())
_MBOX = re.compile(rb"From \S+.{0,80}?\d{1,2}:\d\d.{0,60}\r?\n[!-9;-~]+:")


@dataclass(frozen=True, slots=True)
class Detected:
    """A file's media type, and a warning where its name says something else."""

    media_type: str
    warning: str = ""


def detect(source: Source) -> Detected:
    """What the file is.

    Raises:
        NoText: it has no bytes.
        UnsupportedFormat: no reader for it; the message says what it seems to be.
        PasswordProtected: a locked office file, book or archive.
        Damaged: a zip that cannot be opened.
        TooLarge: an office file that unpacks to a size no document has.
    """
    with source.path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise NoText(f"{source.name} is empty.", "Add a file that has text in it.")
    promised = SUFFIXES.get(source.suffix, "")
    found = _binary(source, head) or _mail(head, promised) or _textual(source, head, promised)
    if promised and promised != found and not any({promised, found} <= family for family in _FAMILIES):
        return Detected(found, f"The name ends in {source.suffix} but the content is {NAMES[found]}; read as that.")
    return Detected(found)


# Kinds that are taken for each other without harm: text that only the name can tell apart, pictures.
_FAMILIES = (
    {CSV, TSV},
    {MARKDOWN, TEXT},
    {HTML, MARKDOWN},
    {HTML, XML},
    {JSON, TEXT},
    {EML, MBOX, TEXT},
    {PNG, JPEG, TIFF, WEBP},
)


def unsupported(source: Source, seems: str, hint: str = "") -> UnsupportedFormat:
    """The error for a file that no reader reads."""
    return UnsupportedFormat(
        f"{source.name} seems to be {seems}, which cannot be read yet.", f"{hint} Readable are {READABLE}.".strip()
    )


def _binary(source: Source, head: bytes) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        kind = packages.detect(source)
        if isinstance(kind, str):
            return kind
        raise unsupported(source, *kind)
    if head.startswith(compound.MAGIC):
        kind = compound.detect(source)
        if isinstance(kind, str):
            return kind
        raise unsupported(source, *kind)
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n") if not head.startswith(b"\t") else head
    if bare.startswith(b"%PDF-") or (b"%PDF-" in head[:1024] and b" obj" in head):
        return PDF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    for magic, media_type in _MAGIC:
        if bare.startswith(magic):
            return media_type
    if head[4:8] == b"ftyp":
        if head[8:12] in _PICTURE_BRANDS:
            raise unsupported(source, "a picture of a telephone (HEIC or AVIF)", _AS_PNG)
        raise unsupported(source, "a film or sound recording")
    for magic, seems, hint in _NO_READER:
        if bare.startswith(magic) and (magic != _BITMAP or head[6:10] == bytes(4)):
            raise unsupported(source, seems, hint)
    return ""


def _mail(head: bytes, promised: str) -> str:
    """A message or mailbox, told by its first lines: bodies may be in any encoding, or several."""
    start = head.lstrip(b"\xef\xbb\xbf\r\n")
    separator = _MBOX.match(start)
    if separator and promised != EML:
        return MBOX
    if separator:  # one message, saved with its mailbox's separator
        start = start.partition(b"\n")[2]
    names = set()
    for line in start[:16_384].split(b"\n"):
        if not line.strip():
            break
        header = _HEADER.match(line)
        if header:
            names.add(header.group(1).lower())
        elif not line.startswith((b" ", b"\t")):
            return ""
    known = names & _MAIL_HEADERS
    needed = 1 if promised in (EML, MBOX) else 2
    if len(known) < needed or not known & {b"from", b"subject", b"date", b"received", b"content-type"}:
        return ""
    # A memo in plain text begins with the same words; a page in Markdown may have them as its front matter.
    return EML if promised in (EML, MBOX) or names & _PROGRAM_HEADERS else ""


def _textual(source: Source, head: bytes, promised: str) -> str:
    decoded = decode(head, whole=False)
    if decoded is None:
        raise unsupported(source, _guess(source, head))
    text = decoded.text
    if _HTML_START.match(text[:4000]):
        return HTML
    root = _XML_ROOT.match(text[:20_000])
    if text.lstrip().startswith("<?xml") or (promised == XML and root):
        if root and root.group(1).rpartition(":")[2] == "svg":
            raise unsupported(source, "a drawing (SVG)", _AS_PNG)
        return XML
    if promised in (CSV, TSV, MARKDOWN):
        return promised
    if promised == JSON or _is_json(text, whole=len(head) < _HEAD):
        return JSON
    if promised == TEXT:
        return TEXT
    if promised == HTML or len(_HTML_TAGS.findall(text)) >= 5:
        return HTML
    return TEXT


def _is_json(text: str, *, whole: bool) -> bool:
    """Whether a text is an object or array, or one on each line. Of a long one only the beginning is looked at."""
    import json

    if not _JSON_START.match(text):
        return False
    if not whole:
        return True
    for candidate in (text, text.strip().partition("\n")[0]):
        try:
            json.loads(candidate)
        except ValueError:
            continue
        except RecursionError:
            return True
        return True
    return False


def _guess(source: Source, head: bytes) -> str:
    """What puremagic takes an unknown binary for."""
    import puremagic

    try:
        names = [match.name for match in puremagic.magic_string(head, source.name) if match.confidence >= 0.5]
    except (puremagic.PureError, ValueError):
        names = []
    return f"a binary file ({names[0]})" if names and names[0] else "a binary file of an unknown kind"
