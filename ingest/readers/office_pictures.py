"""The text of the pictures in office files: scans pasted into a letter, tables on slides that were photographed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from ingest.readers.archive import natural_order
from ingest.readers.builder import DocumentBuilder, has_text
from ingest.readers.formats import HOLD_PICTURES, SUFFIXES
from ingest.readers.members import Merger, spooled
from ingest.readers.office_places import Shown, places
from ingest.readers.office_zip import open_package
from ingest.readers.remarks import counted, number_of, without
from ingest.readers.source import Source, Spent
from rag.core.errors import Damaged, IngestError, NoText
from rag.core.types import Document, Page, PageStatus, ParsedDocument

FOLDERS: Final = ("word/media/", "ppt/media/", "Pictures/")
"""Where the pictures on pages and slides lie; small ones of the whole file, for file managers, lie elsewhere."""
_PICTURE: Final = "picture"
"""What readers call what is read here, among what they left out."""
MOST: Final = 50
"""Pictures that are read in a file that has text too: a photograph takes seconds to turn out to be none."""
_SMALLEST: Final = 20_000
"""Points of a picture that is read in a file that has text: a logo of 140 by 140 has less, a line of 400 by 60 more."""


class _Picture(NamedTuple):
    number: int
    """Its place among the file's pictures, from 1."""
    part: zipfile.ZipInfo
    shown: Shown | None
    """Where; None where nothing shows it."""

    @property
    def name(self) -> str:
        own = Path(self.part.filename).name
        return f"slide {self.shown.slide}, {own}" if self.shown and self.shown.slide else own


def picture_of(document: Document, page: Page) -> str:
    """Name of the picture within an office file that the page was read from; "" for all other pages."""
    name = re.sub(r"^slide \d+, ", "", page.label)
    known = SUFFIXES.get(Path(name).suffix.lower(), "").startswith("image/")
    return name if document.media_type in HOLD_PICTURES and page.status is PageStatus.OCR and known else ""


def read(source: Source, parsed: ParsedDocument) -> ParsedDocument:
    """The document with the text of its pictures, each a page behind its own pages, in the order of their names, which
    programs number as they come. A slide that shows nothing but a picture becomes that page.

    Args:
        source: an office file of one of the kinds in `formats.HOLD_PICTURES`.
        parsed: what was read of it. It comes back where there is no picture to be read.

    Raises:
        NoText: there is no text in it, and nothing can be recognised on its pictures; the hint says what was tried or
            what to install.
        TooLarge, Damaged, PasswordProtected: see `open_package`.
    """
    textless = not has_text(parsed)
    if not textless and not (number_of(parsed.skipped, _PICTURE) and _can_recognise(source)):
        return parsed
    with open_package(source) as archive:
        pictures = _pictures(archive, places(archive, parsed.media_type))
        if not textless:  # what nothing shows belongs to templates and running heads
            pictures = [picture for picture in pictures if picture.shown][:MOST]
            # They are few and more than was asked for: none of what holds the file is refused for them.
            source = replace(source, spent=Spent(), depth=0)
        reading = _Reading(source, parsed, archive, pictures)
        found = reading.alone() if textless else reading.beside()
    if has_text(found):
        return found
    if reading.refused:
        raise NoText(f"{source.name} shows pictures only: there is no text in it.", reading.refused[0].hint)
    return parsed


class _Reading:
    """Reads a file's pictures, one after another."""

    def __init__(
        self, source: Source, parsed: ParsedDocument, archive: zipfile.ZipFile, pictures: Sequence[_Picture]
    ) -> None:
        self.refused: list[NoText] = []
        """Why pictures gave no text."""
        self._source = source
        self._parsed = parsed
        self._archive = archive
        self._pictures = pictures
        self._smallest = 0
        self._done = 0
        document = DocumentBuilder(parsed.media_type)
        document.dated = parsed.dated
        document.warnings.extend(parsed.warnings)
        self._merger = Merger(source, document)

    def alone(self) -> ParsedDocument:
        """The pictures' pages without those of the file, which are empty."""
        for picture in self._pictures:
            self._read(picture)
        return self._merger.build(self._parsed.title)

    def beside(self) -> ParsedDocument:
        """The file's pages and those of the pictures."""
        self._smallest = _SMALLEST
        waiting = list(self._pictures)
        for page in self._parsed.pages:
            bare = page.status is PageStatus.IMAGE_ONLY and not page.text
            if not (bare and self._read_first(waiting, page.number)):
                self._merger.append_own(_alone(self._parsed, page))
        for picture in waiting:
            self._read(picture)
        for skipped in without(self._parsed.skipped, _PICTURE):
            self._merger.skip(skipped)
        tried = sum(picture.shown.times for picture in self._pictures if picture.shown)
        left = number_of(self._parsed.skipped, _PICTURE) - tried
        if left > 0:
            self._merger.skip(counted(left, _PICTURE))
        return self._merger.build(self._parsed.title)

    def _read_first(self, waiting: list[_Picture], slide: int) -> bool:
        """Whether one of the slide's pictures has text: the first that has is read, and waits no more."""
        for picture in [picture for picture in waiting if picture.shown and picture.shown.slide == slide]:
            waiting.remove(picture)
            if self._read(picture):
                return True
        return False

    def _read(self, picture: _Picture) -> bool:
        """Whether it has text, which was appended then."""

        def parse(member: Source) -> ParsedDocument:
            from ingest.readers.registry import read

            try:
                with self._archive.open(picture.part) as stream, spooled(member, stream) as file:
                    self._refuse_small(file)
                    return _first_page(read(file))
            except IngestError as error:
                if isinstance(error, NoText):
                    self.refused.append(error)
                raise
            except Exception as error:  # one bad picture costs that picture, whatever its bytes make a library throw
                raise Damaged(
                    f"{member.name} is damaged ({type(error).__name__}: {error}).",
                    "Save that picture again and put it in anew.",
                ) from error

        appended = self._merger.read_with(picture.name, parse, title=f"Picture {picture.number}")
        self._done += 1
        self._source.progress(self._done, len(self._pictures))
        return appended

    def _refuse_small(self, file: Source) -> None:
        from ingest.readers.image import opened

        with opened(file.path, file.name) as picture:
            if picture.width * picture.height < self._smallest:
                raise NoText(f"{file.name} is too small to be read.", "")


def _can_recognise(source: Source) -> bool:
    from ingest.ocr.engines import OFF
    from ingest.ocr.recogniser import Recogniser

    return source.ocr != OFF and Recogniser(source.ocr).available


def _pictures(archive: zipfile.ZipFile, shown: Mapping[str, Shown]) -> list[_Picture]:
    parts = [part for part in archive.infolist() if part.filename.startswith(FOLDERS)]
    chosen = [part for part in parts if SUFFIXES.get(Path(part.filename).suffix.lower(), "").startswith("image/")]
    chosen.sort(key=lambda part: natural_order(part.filename))
    return [_Picture(number, part, shown.get(part.filename)) for number, part in enumerate(chosen, 1)]


def _first_page(parsed: ParsedDocument) -> ParsedDocument:
    """Of a TIFF with several pages the one that office programs show."""
    return replace(_alone(parsed, parsed.pages[0]), warnings=parsed.warnings) if len(parsed.pages) > 1 else parsed


def _alone(parsed: ParsedDocument, page: Page) -> ParsedDocument:
    """The document with that page alone."""
    blocks = tuple(
        replace(block, span=replace(block.span, page=1)) for block in parsed.blocks if block.span.page == page.number
    )
    return replace(parsed, pages=(page,), blocks=blocks, warnings=(), skipped=())
