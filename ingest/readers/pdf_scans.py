"""PDF pages that have no usable text: found, drawn and read by text recognition, the better reading kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ingest.ocr.engines import OFF
from ingest.ocr.quality import FEWEST_LETTERS, fault
from ingest.ocr.recogniser import DPI, Recogniser
from ingest.ocr.remarks import pages_in_words, warnings_of
from ingest.ocr.words import Reading
from ingest.readers.pages import Recognised
from ingest.readers.pdf_layout import PageSegments
from ingest.readers.pdfium import PdfFile
from ingest.readers.source import Source
from rag.core.text import detect_language

if TYPE_CHECKING:
    from PIL.Image import Image

LARGE_PICTURE: Final = 0.05
"""Share of the page above which a picture is more than a logo or an icon."""
_SCAN: Final = 0.3
"""Share of the page that a scan with a stamp or number printed over it covers."""
_WHOLE_PAGE: Final = 0.8
"""Share of the page above which a picture is the paper: a scan whose text lies over it, or a background."""
_DRAWING: Final = 30
"""Lines and shapes on a page without text above which its letters may be drawn as shapes."""
_TRUSTED: Final = 0.7
"""Mean confidence above which a reading is kept instead of a garbled text layer."""
_FACTOR: Final = 2
"""How many times more letters than the text layer a reading must have to be kept instead of a few printed words."""
# Pixels of the longer side: a scan may be placed on a page of any size.
_SHORTEST_SIDE: Final = 2200
_LONGEST_SIDE: Final = 4700
_SAMPLE: Final = 4000
_TELLING: Final = 200
"""Characters from which the document's language can be told."""


@dataclass(slots=True)
class Scans:
    """What was recognised of a file. Pages count from 0."""

    recogniser: Recogniser
    kept: dict[int, Recognised] = field(default_factory=dict)
    """The readings that take the place of the pages' own text."""
    blank: set[int] = field(default_factory=set)
    """Pages whose picture shows nothing: backs of sheets."""
    garbled: dict[int, str] = field(default_factory=dict)
    """What is wrong with the text of pages where nothing better was recognised."""
    replaced: dict[int, str] = field(default_factory=dict)
    """What was wrong with the text of pages that were read by text recognition instead."""
    pictures: int = 0
    """Pictures of some size on pages whose text was taken as it is."""

    def warnings(self) -> list[str]:
        """What people should know of it."""
        found = []
        if self.replaced:
            numbers = pages_in_words([index + 1 for index in sorted(self.replaced)])
            found.append(
                f"The text stored in the file is garbled ({_reasons(self.replaced)}) on {numbers}, which was read from "
                "the picture instead."
            )
        if self.garbled:
            numbers = pages_in_words([index + 1 for index in sorted(self.garbled)])
            found.append(
                f"The text seems garbled ({_reasons(self.garbled)}) on {numbers}, and nothing better was read."
            )
        confidences = {index + 1: each.reading.confidence for index, each in self.kept.items()}
        return found + warnings_of(self.recogniser, confidences)


def read_scans(file: PdfFile, pages: Sequence[PageSegments | None], source: Source) -> Scans:
    """Look through the pages and read those that need it."""
    texts = [" ".join(segment.text for segment in page.upright) if page else "" for page in pages]
    faults = [fault(text) for text in texts]
    good = " ".join(text for text, wrong in zip(texts, faults, strict=True) if text and not wrong)
    language = detect_language(good[:_SAMPLE]) if len(good) >= _TELLING else ""
    scans = Scans(Recogniser(source.ocr, language))
    wanted: list[int] = []
    for index, page in enumerate(pages):
        if page is None:
            continue
        shares = _picture_shares(file, index) if page.has_images else []
        letters = sum(map(str.isalnum, texts[index]))
        if not letters and not page.turned:
            needed = page.has_images or len(page.rules) >= _DRAWING
        else:
            needed = bool(faults[index]) or (letters < FEWEST_LETTERS and max(shares, default=0.0) >= _SCAN)
        if needed:
            wanted.append(index)
        else:
            scans.pictures += sum(LARGE_PICTURE <= share < _WHOLE_PAGE for share in shares)
    drawn = _Drawn(file, wanted)
    readings: list[Reading | None] = [None] * len(wanted)
    if wanted and source.ocr != OFF and scans.recogniser.available:
        readings = scans.recogniser.read_all(drawn.pictures(), len(wanted), source.progress)
    for index, reading in zip(wanted, readings, strict=True):
        letters = sum(map(str.isalnum, texts[index]))
        if reading is not None and not reading.words:
            scans.blank.add(index)
        elif reading is not None and _is_better(reading, letters, faults[index]):
            scans.kept[index] = Recognised(reading, reading.height * drawn.points[index])
            if faults[index]:
                scans.replaced[index] = faults[index]
        elif faults[index]:
            scans.garbled[index] = faults[index]
    return scans


def _picture_shares(file: PdfFile, index: int) -> list[float]:
    try:
        return file.picture_shares(index)
    except ValueError:
        return []


class _Drawn:
    """Draws pages one by one when they are asked for."""

    def __init__(self, file: PdfFile, wanted: Sequence[int]) -> None:
        self._file = file
        self._wanted = wanted
        self.points: dict[int, float] = {}
        """Points a pixel."""

    def pictures(self) -> Iterator[Image]:
        from PIL import Image

        for index in self._wanted:
            try:
                width, height = self._file.size(index)
                side = min(max(max(width, height) / 72 * DPI, _SHORTEST_SIDE), _LONGEST_SIDE)
                picture = self._file.picture(index, max(1, round(side * width / max(width, height)))).convert("L")
            except ValueError:
                width, picture = 1.0, Image.new("L", (1, 1), 255)  # nothing is recognised on it
            self.points[index] = width / picture.width
            yield picture


def _is_better(reading: Reading, letters: int, wrong: str) -> bool:
    """Whether a reading is kept instead of the page's own text, of so many letters and digits."""
    if wrong:
        return reading.confidence >= _TRUSTED
    return sum(char.isalnum() for char in reading.text) > _FACTOR * letters


def _reasons(faults: Mapping[int, str]) -> str:
    return ", ".join(dict.fromkeys(faults.values()))
