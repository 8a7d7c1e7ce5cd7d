"""Office files that hold pictures and no text, such as scans pasted into a letter: the text of their pictures."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Final

from ingest.readers.archive import natural_order
from ingest.readers.builder import DocumentBuilder
from ingest.readers.formats import DOCX, ODP, ODT, PPTX, SUFFIXES
from ingest.readers.members import Merger, spooled
from ingest.readers.office_zip import open_package
from ingest.readers.source import Source
from rag.core.errors import NoText
from rag.core.types import ParsedDocument

HOLD_PICTURES: Final = frozenset({DOCX, PPTX, ODT, ODP})
_FOLDERS: Final = ("word/media/", "ppt/media/", "Pictures/")
"""Where the pictures on pages and slides lie; small ones of the whole file, for file managers, lie elsewhere."""


def read(source: Source, parsed: ParsedDocument) -> ParsedDocument:
    """The text of the pictures, each a page, in the order of their names, which programs number as they come.

    Args:
        source: an office file of one of the kinds in `HOLD_PICTURES`.
        parsed: what was read of it: nothing; it comes back where there are no pictures.

    Raises:
        NoText: nothing can be recognised on them; the hint says what was tried or what to install.
        TooLarge, Damaged, PasswordProtected: see `open_package`.
    """
    document = DocumentBuilder(parsed.media_type)
    document.dated = parsed.dated
    merger = Merger(source, document)
    refused: list[NoText] = []
    with open_package(source) as archive:
        pictures = _pictures(archive)
        for number, part in enumerate(pictures, 1):
            with archive.open(part) as stream:
                _picture(merger, Path(part.filename).name, stream, number, refused)
            source.progress(number, len(pictures))
    found = merger.build(parsed.title)
    if found.blocks:
        return found
    if refused:
        raise NoText(f"{source.name} shows pictures only: there is no text in it.", refused[0].hint)
    return parsed


def _pictures(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    parts = (part for part in archive.infolist() if part.filename.startswith(_FOLDERS))
    kinds = ((part, SUFFIXES.get(Path(part.filename).suffix.lower(), "")) for part in parts)
    return sorted(
        (part for part, kind in kinds if kind.startswith("image/")), key=lambda part: natural_order(part.filename)
    )


def _picture(merger: Merger, name: str, stream: IO[bytes], number: int, refused: list[NoText]) -> None:
    def parse(member: Source) -> ParsedDocument:
        from ingest.readers.image import read

        with spooled(member, stream) as picture:
            try:
                return read(picture)
            except NoText as error:
                refused.append(error)
                raise

    merger.read_with(name, parse, title=f"Picture {number}")
