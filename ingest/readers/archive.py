"""ZIP archives: the pages of all files within that can be read, in order of their names."""

from __future__ import annotations

import datetime
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.formats import ZIP, is_unnoticed
from ingest.readers.members import Merger, refuse_nothing_read, refuse_overspent
from ingest.readers.source import Source
from ingest.readers.zips import ZIP_ERRORS, open_zip
from rag.core.errors import Damaged, PasswordProtected
from rag.core.types import ParsedDocument

# APPNOTE 4.4.4: bit 0 of a member's flags says that it is locked, bit 11 that its name is UTF-8.
_LOCKED: Final = 0x1
_UTF8_NAME: Final = 0x800
# Code pages of systems that do not say which they use, each taken when it turns all of a name into letters.
_NAME_CODE_PAGES: Final = ("cp866", "cp932", "gb18030", "cp1252")
# A small letter before a capital one, beyond ASCII: letters of another code page.
_MIXED: Final = re.compile("[а-яёßà-öø-ÿ][А-ЯЁÀ-ÖØ-Þ]")
# What the time of an entry is when none was set.
_NO_DATE: Final = (1980, 1, 1)


def read(source: Source) -> ParsedDocument:
    """Read all files within. One that cannot be read leaves a warning, one that no reader reads is counted.

    Raises:
        TooLarge: it unpacks to more bytes or files than the limits allow.
        IngestError: nothing in it can be read; of the members' class where they share one, else `NoText`.
    """
    document = DocumentBuilder(ZIP)
    merger = Merger(source, document)
    with open_zip(source) as archive:
        parts = [part for part in archive.infolist() if not part.is_dir()]
        refuse_overspent(source, coming=sum(part.file_size for part in parts))
        names = _without_common_folder(member_names(parts))
        wanted = sorted(
            ((name, part) for name, part in zip(names, parts, strict=True) if not is_unnoticed(name)),
            key=lambda entry: natural_order(entry[0]),
        )
        for done, (name, part) in enumerate(wanted):
            source.progress(done, len(wanted))
            _member(merger, archive, name, part)
    document.dated = _newest(parts)
    parsed = merger.build(source.title)
    if not parsed.blocks:
        refuse_nothing_read(merger, "an archive")
    return parsed


def _member(merger: Merger, archive: zipfile.ZipFile, name: str, part: zipfile.ZipInfo) -> None:
    if part.flag_bits & _LOCKED:
        merger.fail(name, PasswordProtected(f"{name} is locked with a password.", "Unlock it and add it by itself."))
        return
    try:
        with archive.open(part) as stream:
            merger.read(name, stream)
    except ZIP_ERRORS as error:
        reason = f"{name} in {merger.source.name} cannot be unpacked ({error})."
        merger.fail(name, Damaged(reason, "Get a fresh copy of the archive."))


def member_names(parts: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The members' names for people, in the code page they were written in as far as that can be told."""
    return [
        _tidy(
            part.orig_filename
            if part.flag_bits & _UTF8_NAME or part.orig_filename.isascii()
            else _decoded(part.orig_filename.encode("cp437"))
        )
        for part in parts
    ]


def _tidy(name: str) -> str:
    """A name without what leads out of a folder. It is shown and sorted by; no file of that name is ever made."""
    steps = name.split("\0")[0].replace("\\", "/").split("/")
    return "/".join(step for step in steps if step not in ("", ".", "..")) or "unnamed"


def _without_common_folder(names: Sequence[str]) -> list[str]:
    """The names from below the folder that all of them lie in: people pack a folder, and it says nothing."""
    folders = [name.split("/")[:-1] for name in names]
    common = 0
    while folders and all(len(folder) > common and folder[common] == folders[0][common] for folder in folders):
        common += 1
    return ["/".join(name.split("/")[common:]) for name in names]


def _decoded(name: bytes) -> str:
    """A name without the UTF-8 flag: UTF-8 all the same, else the PC's old code page, else one that gives letters."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        pass
    usual = name.decode("cp437")
    if all(char.isascii() or unicodedata.name(char, "").startswith("LATIN ") for char in usual):
        return usual
    for code_page in _NAME_CODE_PAGES:
        try:
            decoded = name.decode(code_page)
        except UnicodeDecodeError:
            continue
        if all(char.isascii() or char.isalpha() for char in decoded) and not _MIXED.search(decoded):
            return decoded
    return usual


def natural_order(name: str) -> list[tuple[int, str]]:
    """What to sort names by so that "page 2" comes before "page 10"."""
    return [
        (int(piece), "") if piece.isdecimal() and len(piece) < 19 else (-1, piece)
        for piece in re.split(r"(\d+)", name.casefold())
    ]


def _newest(parts: Sequence[zipfile.ZipInfo]) -> str:
    for year, month, day, *_ in sorted((part.date_time for part in parts), reverse=True):
        if (year, month, day) == _NO_DATE:
            return ""
        try:
            return datetime.date(year, month, day).isoformat()
        except ValueError:
            continue
    return ""
