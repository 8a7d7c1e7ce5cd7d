"""Pictures of text (PNG, JPEG, WebP, TIFF with several pages), read by text recognition."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ingest.ocr.engines import OFF
from ingest.ocr.recogniser import Recogniser
from ingest.ocr.remarks import ranges, refuse_unread, warnings_of
from ingest.ocr.words import Reading
from ingest.readers.builder import DocumentBuilder
from ingest.readers.dates import iso_date
from ingest.readers.formats import JPEG, PNG, TIFF, WEBP
from ingest.readers.pages import Recognised, with_words, write_pages
from ingest.readers.source import Source
from rag.core.errors import TooLarge
from rag.core.types import PageStatus, ParsedDocument

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

MEDIA_TYPES: Final = {"PNG": PNG, "JPEG": JPEG, "MPO": JPEG, "WEBP": WEBP, "TIFF": TIFF}
"""By the names Pillow gives formats; MPO is a JPEG with a second picture for depth, as telephones make it."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "TIFF")
MOST_PIXELS: Final = 178_000_000
"""Pixels of one page above which a file is refused: a sheet of 1 m by 0.7 m at 300 dpi has 98 million. It is also where
Pillow refuses, twice its `MAX_IMAGE_PIXELS`."""
# Engines read best where letters are 20 to 40 pixels high: longer sides are drawn smaller, shorter ones larger.
_LONGEST_SIDE: Final = 3500
_SHORTEST_SIDE: Final = 2000
_MOST_ENLARGED: Final = 3.0
_A4: Final = 842.0
"""Points of the long side that a picture is taken to have: what it says of its own size is mostly wrong."""
# EXIF: when the picture was taken, when the file was changed (CIPA DC-008).
_DATES: Final = (36867, 306)
_EXIF_IFD: Final = 0x8769


def read(source: Source) -> ParsedDocument:
    """Read a picture's text.

    Raises:
        TooLarge: it has more pixels than are taken in.
        NoText: nothing can be recognised on it; the hint says what was tried or what to install.
    """
    recogniser = Recogniser(source.ocr)
    recognised: dict[int, Recognised] = {}
    statuses: list[PageStatus] = []
    with opened(source.path, source.name) as picture:
        document = DocumentBuilder(MEDIA_TYPES[picture.format or ""])
        document.dated = _dated(picture)
        total, more = _pages(picture, source.limits.pages)
        pages = _Pages(picture, source.name, total)
        readings: list[Reading | None] = [None] * total
        if source.ocr != OFF and recogniser.available:
            readings = recogniser.read_all(pages.pictures(), total, source.progress)
        for index, reading in enumerate(readings):
            if index in pages.failed:
                statuses.append(PageStatus.FAILED)
            elif reading is None:
                statuses.append(PageStatus.IMAGE_ONLY)
            elif not reading.words:
                statuses.append(PageStatus.EMPTY)
            else:
                statuses.append(PageStatus.OCR)
                recognised[index] = Recognised(reading, reading.height * _A4 / pages.sides[index])
    words = write_pages(document, [None] * total, statuses, recognised)
    document.warnings.extend(_warnings(statuses))
    confidences = {index + 1: each.reading.confidence for index, each in recognised.items()}
    document.warnings.extend(warnings_of(recogniser, confidences))
    if more:
        document.warnings.append(f"Only the first {total:,} pages were read.")
    parsed = with_words(document.build(source.title), recognised, words, recogniser.engine)
    refuse_unread(source, parsed, recogniser)
    return parsed


@contextmanager
def opened(path: Path, name: str) -> Iterator[Image]:
    """A picture file whose points are not yet in memory.

    Raises:
        TooLarge: it has more pixels than are taken in.
        OSError: it is none of the known formats, or damaged.
    """
    from PIL import Image

    with warnings.catch_warnings():
        # Pillow warns from half of what it refuses; large sheets are scanned, too.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            picture = Image.open(path, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise _too_large(name) from error
        with picture:
            _check(picture, name)
            yield picture


def shown(picture: Image, name: str) -> Image:
    """The current page upright as its camera says, in grey or colour.

    Raises:
        TooLarge: it has more pixels than are taken in.
        OSError: it is damaged.
    """
    from PIL import Image, ImageOps

    _check(picture, name)
    page = ImageOps.exif_transpose(picture)
    if page.mode in ("RGB", "L"):
        return page
    if page.mode.startswith(("I", "F")):  # 16 bits and more a point: the whole range as 256 shades
        darkest, lightest = page.getextrema()
        assert isinstance(darkest, int | float)
        assert isinstance(lightest, int | float)
        factor = 255 / max(1, lightest - darkest)
        return page.convert("F").point(lambda value: (value - darkest) * factor).convert("L")
    if page.mode in ("RGBA", "LA", "PA") or "transparency" in page.info:
        page = page.convert("RGBA")
        paper = Image.new("RGBA", page.size, "white")
        return Image.alpha_composite(paper, page).convert("RGB")
    return page.convert("L" if page.mode == "1" else "RGB")


class _Pages:
    """Takes a file's pages one by one when they are asked for."""

    def __init__(self, picture: Image, name: str, total: int) -> None:
        self._picture = picture
        self._name = name
        self._total = total
        self.sides: dict[int, int] = {}
        """Pixels of the long side, as they are read."""
        self.failed: set[int] = set()

    def pictures(self) -> Iterator[Image]:
        from PIL import Image

        for index in range(self._total):
            try:
                self._picture.seek(index)
                page = _sized(shown(self._picture, self._name).convert("L"))
            except (OSError, EOFError, SyntaxError, ValueError):
                if self._total == 1:
                    raise
                self.failed.add(index)  # one bad page costs that page
                page = Image.new("L", (1, 1), 255)
            self.sides[index] = max(page.size)
            yield page


def _sized(page: Image) -> Image:
    from PIL import Image

    side = max(page.size)
    if side > _LONGEST_SIDE:
        factor = _LONGEST_SIDE / side
    elif side < _SHORTEST_SIDE:
        factor = min(_MOST_ENLARGED, _SHORTEST_SIDE / side)
    else:
        return page
    size = (max(1, round(page.width * factor)), max(1, round(page.height * factor)))
    return page.resize(size, Image.Resampling.LANCZOS)


def _pages(picture: Image, most: int) -> tuple[int, bool]:
    """How many pages are read, and whether there are more. Other formats than TIFF hold films and previews."""
    if picture.format != "TIFF":
        return 1, False
    for index in range(most):
        try:
            picture.seek(index + 1)
        except (EOFError, OSError, SyntaxError, ValueError):
            return index + 1, False
    return most, True


def _check(picture: Image, name: str) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_large(name)


def _too_large(name: str) -> TooLarge:
    return TooLarge(
        f"{name} has more than {MOST_PIXELS // 1_000_000} million pixels.",
        "Save it with fewer dots an inch (300 are enough for text) and add that.",
    )


def _dated(picture: Image) -> str:
    exif = picture.getexif()
    values = (exif.get_ifd(_EXIF_IFD).get(_DATES[0]), exif.get(_DATES[1]))
    dates = (iso_date(str(value)[:10].replace(":", "-")) for value in values if value)
    return next((date for date in dates if date), "")


def _warnings(statuses: list[PageStatus]) -> list[str]:
    found = []
    for status, words in (
        (PageStatus.IMAGE_ONLY, "Nothing could be recognised on"),
        (PageStatus.FAILED, "Damaged and not read:"),
    ):
        numbers = [number for number, each in enumerate(statuses, 1) if each is status]
        if numbers and len(statuses) > 1:
            found.append(f"{words} page{'' if len(numbers) == 1 else 's'} {ranges(numbers)}.")
    return found
