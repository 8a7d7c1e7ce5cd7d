"""PDFium behind a lock: characters with their places, pages as pictures, outlines.

PDFium is not thread-safe, not even across documents, so every call of this process holds `LOCK`.
All coordinates that leave this file are points from the page's top left corner, as the page is shown (rotation and
crop box applied).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ingest.readers.dates import iso_date
from ingest.readers.pdfium_drawing import drawn
from ingest.readers.pdfium_text import Frame, Integers, Words, address, character_boxes, read_words, turn_boxes
from rag.core.errors import Damaged, PasswordProtected, UnsupportedFormat

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

LOCK: Final = threading.RLock()

Box = tuple[float, float, float, float]
"""x0, top, x1, bottom."""

# What FPDF_GetLastError tells of a file that cannot be opened (fpdfview.h).
_ERROR_PASSWORD = 4
_ERROR_SECURITY = 5
# Limits of a drawn page: 60 MB in memory, and what browsers still show. A page may be 2 points wide and 14,400 high.
_MOST_PIXELS = 20_000_000
_TALLEST = 16_000
_MOST_ATTACHMENTS = 100


@dataclass(frozen=True, slots=True)
class PageGlyphs:
    """What is printed on one page."""

    width: float
    height: float
    upright: Words
    """Words that stand as most of the page's text does, turned so that they read from left to right."""
    turned: tuple[Words, ...]
    """Runs of text set in another direction (a label along an axis, a stamp)."""
    quarter_turns: int
    """How often the shown page is turned clockwise to give the coordinates of `upright` (most pages: 0)."""
    rules: tuple[Box, ...]
    """Straight lines and frames, in the coordinates of `upright`."""
    has_images: bool
    cut: bool
    """Whether the page holds more characters than are read of one."""


class Bookmark(NamedTuple):
    """An entry of the outline. `level` starts at 1; `page` too, 0 where it leads nowhere."""

    title: str
    level: int
    page: int


class PdfFile:
    """An open PDF. Use it within `open_pdf` and from one thread."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self._document = document
        self._flattened: set[int] = set()

    def __len__(self) -> int:
        return len(self._document)

    @property
    def title(self) -> str:
        """The title in the file's metadata."""
        return str(self._document.get_metadata_value("Title"))

    @property
    def dated(self) -> str:
        """When the file was last changed, else made, as YYYY-MM-DD, by its metadata; "" when they do not say."""
        values = (str(self._document.get_metadata_value(key)) for key in ("ModDate", "CreationDate"))
        dates = (iso_date(value.removeprefix("D:")[:8]) or iso_date(value) for value in values)
        return next((date for date in dates if date), "")

    def attachments(self) -> list[str]:
        """Names of the files that are embedded in this one."""
        from pypdfium2 import PdfiumError

        names = []
        for index in range(min(self._document.count_attachments(), _MOST_ATTACHMENTS)):
            try:
                names.append(str(self._document.get_attachment(index).get_name()))
            except PdfiumError:
                names.append("")
        return names

    def bookmarks(self) -> list[Bookmark]:
        """The outline, in order."""
        found = []
        for entry in self._document.get_toc(max_depth=6):
            target = entry.get_dest()
            index = target.get_index() if target else None
            found.append(Bookmark(entry.get_title(), entry.level + 1, 0 if index is None else index + 1))
        return found

    def glyphs(self, index: int) -> PageGlyphs:
        """The characters of the page `index` (from 0).

        Raises:
            ValueError: PDFium cannot load this page.
        """
        with self._page(index) as page:
            return _read_page(page)

    def size(self, index: int) -> tuple[float, float]:
        """Width and height of the page `index` (from 0) as it is shown, in points.

        Raises:
            ValueError: PDFium cannot load this page.
        """
        with self._page(index) as page:
            width, height = page.get_size()
            return max(1.0, float(width)), max(1.0, float(height))

    def picture_shares(self, index: int) -> list[float]:
        """For each picture on the page `index` (from 0), the share of the page that it covers, 0 to 1.

        Raises:
            ValueError: PDFium cannot load this page.
        """
        import pypdfium2.raw as pdfium

        with self._page(index) as page:
            left, bottom, right, top = page.get_bbox()
            area = max(1.0, (right - left) * (top - bottom))
            shares = []
            for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
                x0, y0, x1, y1 = item.get_bounds()
                width, height = min(x1, right) - max(x0, left), min(y1, top) - max(y0, bottom)
                shares.append(max(0.0, width) * max(0.0, height) / area)
            return shares

    def character_boxes(self, index: int, places: Sequence[int]) -> list[Box]:
        """Where characters stand on the page `index` (from 0), as the page is shown.

        Args:
            index: the page.
            places: the characters, as `Words.places` counts them.

        Raises:
            ValueError: PDFium cannot load this page.
        """
        with self._page(index) as page:
            text_page = page.get_textpage()
            try:
                boxes = character_boxes(address(text_page.raw), _frame(page), places)
            finally:
                text_page.close()
        return [(x0, top, x1, bottom) for x0, top, x1, bottom in boxes.tolist()]

    def picture(self, index: int, width_px: int) -> Image:
        """The page `index` (from 0) drawn `width_px` wide, or narrower where it would exceed the limits of a picture.

        Raises:
            ValueError: PDFium cannot load this page.
        """
        with self._page(index) as page:
            width, height = max(1.0, page.get_width()), max(1.0, page.get_height())
            scale = min(width_px / width, _TALLEST / height, (_MOST_PIXELS / (width * height)) ** 0.5)
            bitmap = page.render(scale=scale, may_draw_forms=True)
            try:
                picture: Image = bitmap.to_pil().convert("RGB")
                return picture
            finally:
                bitmap.close()

    @contextmanager
    def _page(self, index: int) -> Iterator[pypdfium2.PdfPage]:
        from pypdfium2 import PdfiumError

        try:
            page = self._load(index)
        except (PdfiumError, IndexError) as error:
            raise ValueError(f"page {index + 1} cannot be loaded") from error
        try:
            yield page
        except PdfiumError as error:
            raise ValueError(f"page {index + 1} cannot be read") from error
        finally:
            page.close()

    def _load(self, index: int) -> pypdfium2.PdfPage:
        """A page; what was filled in or written on it is made part of it, else PDFium's text would not have it."""
        import pypdfium2.raw as pdfium

        page = self._document[index]
        if index not in self._flattened and pdfium.FPDFPage_GetAnnotCount(page) > 0:
            self._flattened.add(index)
            if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
                page.close()
                page = self._document[index]
        return page


@contextmanager
def open_pdf(path: Path, name: str = "") -> Iterator[PdfFile]:
    """Open a PDF and hold PDFium's lock until it is closed again.

    Args:
        path: the file.
        name: what errors call it; the path's name when not given.

    Raises:
        PasswordProtected: it needs a password to be opened.
        UnsupportedFormat: it is encrypted in a way that PDFium does not know.
        Damaged: it does not parse as a PDF.
    """
    import pypdfium2

    name = name or path.name
    with LOCK:
        try:
            # Bytes, not the path: PDFium would keep the file open and read a file that grows meanwhile in two states.
            document = pypdfium2.PdfDocument(path.read_bytes())
        except pypdfium2.PdfiumError as error:
            if error.err_code == _ERROR_PASSWORD:
                raise PasswordProtected(
                    f"{name} is locked with a password.", "Save a copy without the password and add that."
                ) from error
            if error.err_code == _ERROR_SECURITY:
                raise UnsupportedFormat(
                    f"{name} is encrypted in a way that cannot be read.", "Print it to a new PDF and add that."
                ) from error
            raise Damaged(
                f"{name} is damaged and cannot be opened as a PDF.",
                "Open it in a PDF viewer; if it shows, print it to a new PDF and add that, else get a fresh copy.",
            ) from error
        try:
            if document.get_formtype():
                document.init_forms()  # draws what was filled in by programs that leave the drawing to the viewer
            yield PdfFile(document)
        finally:
            document.close()


def _frame(page: pypdfium2.PdfPage) -> Frame:
    left, bottom, right, top = page.get_bbox()
    width, height = page.get_size()
    return Frame(left, bottom, right, top, int(page.get_rotation()) % 360, float(width), float(height))


def _read_page(page: pypdfium2.PdfPage) -> PageGlyphs:
    frame = _frame(page)
    text_page = page.get_textpage()
    try:
        words, cut = read_words(address(text_page.raw), frame)
    finally:
        text_page.close()
    main, upright, turned = _by_turns(words)
    upright = _turned(upright, frame, main)
    turned = [_turned(group, frame, int(group.turns[0])) for group in turned]
    has_images, boxes = drawn(address(page.raw), frame)
    boxes = turn_boxes(boxes, frame.width, frame.height, main)
    rules = [(x0, top, x1, bottom) for x0, top, x1, bottom in boxes.tolist()]
    width, height = (frame.height, frame.width) if main % 2 else (frame.width, frame.height)
    return PageGlyphs(width, height, upright, tuple(turned), main, tuple(rules), has_images, cut)


def _by_turns(words: Words) -> tuple[int, Words, list[Words]]:
    """The quarter turns of most of the text, what is turned so, and in runs what is turned otherwise."""
    if len(words) and (words.turns == words.turns[0]).all():
        return int(words.turns[0]), words, []
    lengths = np.array([len(text) for text in words.texts], np.int64)
    main = int(np.bincount(words.turns, weights=lengths, minlength=4).argmax())
    others = [words.take(run) for run in _runs(words.turns) if words.turns[run[0]] != main]
    return main, words.take(np.flatnonzero(words.turns == main)), others


def _runs(turns: Integers) -> list[Integers]:
    """Rows that follow each other and are turned alike."""
    return np.split(np.arange(len(turns)), np.flatnonzero(np.diff(turns)) + 1) if len(turns) else []


def _turned(words: Words, frame: Frame, turns: int) -> Words:
    if turns == 0:
        return words
    first, last = (turn_boxes(boxes, frame.width, frame.height, turns) for boxes in (words.first, words.last))
    return replace(words, first=first, last=last)
