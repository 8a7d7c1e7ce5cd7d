"""Office files that are ZIP archives of XML: opened under the limits, their parts parsed without entities."""

from __future__ import annotations

import copy
import zipfile
from typing import TYPE_CHECKING, Final

from ingest.readers.source import Source
from ingest.readers.zips import open_zip, read_part, refuse_bomb
from rag.core.errors import Damaged, PasswordProtected

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_XML_ENDINGS: Final = (".xml", ".rels", ".vml")
_DECLARATIONS: Final = 4096
"""Bytes at the beginning of a part among which a document type would stand."""
# Deflate packs at most 1,032 bytes into one; what cannot unpack beyond this does no harm when its size is a lie.
_HARMLESS: Final = 64 * 1024**2
_MOST_PER_BYTE: Final = 1032
_PIECE: Final = 1024**2


def open_package(source: Source) -> zipfile.ZipFile:
    """The archive. No part of it is larger than it says, and none declares entities of its own.

    Raises:
        Damaged: it cannot be opened, a part's size is a lie, or a part declares entities, as only a bomb does.
        TooLarge: it unpacks to more than the limit.
        PasswordProtected: a part is locked.
    """
    archive = open_zip(source)
    try:
        parts = [part for part in archive.infolist() if not part.is_dir()]
        refuse_bomb(source, parts)
        if any(part.flag_bits & 1 for part in parts):
            raise PasswordProtected(
                f"{source.name} is locked with a password.", "Save a copy without the password and add that."
            )
        for part in parts:
            if part.compress_size * _MOST_PER_BYTE > _HARMLESS and part.compress_type != zipfile.ZIP_STORED:
                _refuse_lie(source, archive, part)
            if part.filename.lower().endswith(_XML_ENDINGS):
                _refuse_entities(source, part.filename, read_part(archive, part.filename, _DECLARATIONS))
    except BaseException:
        archive.close()
        raise
    return archive


def parse_xml(data: bytes) -> Element:
    """The root of a part.

    Raises:
        lxml.etree.XMLSyntaxError: it is no XML, or nested deeper than any document.
    """
    from lxml import etree

    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def parse_part(archive: zipfile.ZipFile, name: str) -> Element | None:
    """The root of a part, None where the archive has none of that name."""
    return parse_xml(archive.read(name)) if name in archive.NameToInfo else None


def _refuse_lie(source: Source, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    # One byte more is asked for than the part says it has: where it comes, the checksum does not fit either.
    longer = copy.copy(part)
    longer.file_size += 1
    left = longer.file_size
    try:
        with archive.open(longer) as stream:
            while piece := stream.read(_PIECE):
                left -= len(piece)
    except zipfile.BadZipFile:
        left = 0
    if left <= 0:
        raise Damaged(f"{source.name} is damaged: its part {part.filename} is not what it says.", "Get a fresh copy.")


def _refuse_entities(source: Source, name: str, head: bytes) -> None:
    mark = "<!ENTITY"
    if any(mark.encode(encoding) in head for encoding in ("ascii", "utf-16-le", "utf-16-be")):
        raise Damaged(
            f"{source.name} is not a proper office file: its part {name} declares entities.",
            "It may be made to harm. Open it in the program it was made with and save it again.",
        )
