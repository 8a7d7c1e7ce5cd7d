"""Opening ZIP files that may be made to harm: too many entries, sizes that lie, parts that unpack without end."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import Final

from ingest.readers.source import Source
from rag.core.errors import Damaged, TooLarge

ZIP_ERRORS: Final = (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error)
"""What the standard library throws at a ZIP file or member that is cut off, changed or packed in a way it lacks."""

# The central directory names every entry, 46 bytes and a name each; all of it is read into memory on opening.
_LARGEST_DIRECTORY: Final = 16 * 1024**2
_END_OF_DIRECTORY: Final = b"PK\x05\x06"
# APPNOTE 4.3.16: the record is 22 bytes and a comment of at most 65,535.
_END_LENGTH: Final = 22
_LONGEST_END: Final = _END_LENGTH + 65_535

# Office files are small; a single part that unpacks beyond this and by more than the ratio below is a bomb.
_SUSPICIOUS_PART: Final = 100 * 1024**2
_LARGEST_RATIO: Final = 400


def open_zip(source: Source) -> zipfile.ZipFile:
    """The ZIP file, its directory read and no part of it unpacked.

    Raises:
        Damaged: it cannot be opened.
        TooLarge: its directory lists more entries than any document has.
    """
    with source.path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _LONGEST_END))
        tail = file.read()
    place = tail.rfind(_END_OF_DIRECTORY)
    if 0 <= place <= len(tail) - _END_LENGTH:
        # 0xFFFFFFFF stands for "see the ZIP64 record": more than 4 GB, or entries beyond counting.
        (length,) = struct.unpack_from("<I", tail, place + 12)
        if length > _LARGEST_DIRECTORY:
            raise TooLarge(f"{source.name} lists far too many files.", "Split it into smaller archives.")
    try:
        return zipfile.ZipFile(source.path)
    except ZIP_ERRORS as error:
        raise Damaged(
            f"{source.name} is damaged: it is cut off or was changed on its way.", "Get a fresh copy."
        ) from error


def refuse_bomb(source: Source, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse an office file or book that says it unpacks to a size no document has.

    The sizes may lie: the standard library unpacks a part to its stated size at most.

    Raises:
        TooLarge: it does.
    """
    unpacked = sum(part.file_size for part in parts)
    bomb = any(
        part.file_size > _SUSPICIOUS_PART and part.file_size > _LARGEST_RATIO * max(1, part.compress_size)
        for part in parts
    )
    if unpacked > source.limits.unpacked or bomb:
        raise TooLarge(f"{source.name} unpacks to {unpacked // 1024**2:,} MB.", "Split it into smaller documents.")


def read_part(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """At most `limit` bytes from the beginning of a part; b"" where there is none, or it cannot be unpacked."""
    try:
        with archive.open(name) as part:
            return part.read(limit)
    except (KeyError, *ZIP_ERRORS):
        return b""
