"""PDFium behind a lock: characters with their places, pages as pictures, outlines.

PDFium is not thread-safe, not even across documents, so every call of this process holds `LOCK`.
All coordinates that leave this file are points from the page's top left corner, as the page is shown (rotation and
crop box applied).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rag.core.errors import Damaged, PasswordProtected, UnsupportedFormat

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

LOCK: Final = threading.RLock()

# What FPDF_GetLastError tells of a file that cannot be opened (fpdfview.h).
_ERROR_PASSWORD = 4
_ERROR_SECURITY = 5
# A character that FPDFText_IsHyphen calls a line-end hyphen has this code in PDFium's text.
_HYPHEN_MARKS = frozenset("\x02\ufffe\u00ad")
_BOLD_NAMES = ("bold", "black", "heavy", "semibold", "demi")
_BOLD_WEIGHT = 600
# Limits of a drawn page: 60 MB in memory, and what browsers still show. A page may be 2 points wide and 14,400 high.
_MOST_PIXELS = 20_000_000
_TALLEST = 16_000


class Glyph(NamedTuple):
    """One printed character. `x0 < x1` and `top < bottom`, in points; `run` numbers the text objects of a page."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    run: int


@dataclass(frozen=True, slots=True)
class PageGlyphs:
    """What is printed on one page. A blank or a line break in PDFium's order is a glyph without width (x0 == x1)."""

    width: float
    height: float
    upright: tuple[Glyph, ...]
    """Characters that stand as most of the page's text does, turned so that they read from left to right."""
    turned: tuple[tuple[Glyph, ...], ...]
    """Runs of text set in another direction (a label along an axis, a stamp)."""
    quarter_turns: int
    """How often the shown page is turned clockwise to give the coordinates of `upright` (most pages: 0)."""
    rules: tuple[tuple[float, float, float, float], ...]
    """Straight lines and frames, as (x0, top, x1, bottom) in the coordinates of `upright`."""
    has_images: bool


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
        """A page; what was filled into a form is made part of the page, else PDFium's text would not have it."""
        import pypdfium2.raw as pdfium

        page = self._document[index]
        if self._document.get_formtype() != pdfium.FORMTYPE_NONE and index not in self._flattened:
            pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
            self._flattened.add(index)
            page.close()
            page = self._document[index]
        return page


@contextmanager
def open_pdf(path: Path) -> Iterator[PdfFile]:
    """Open a PDF and hold PDFium's lock until it is closed again.

    Raises:
        PasswordProtected: it needs a password to be opened.
        UnsupportedFormat: it is encrypted in a way that PDFium does not know.
        Damaged: it does not parse as a PDF.
    """
    import pypdfium2

    with LOCK:
        try:
            # Bytes, not the path: PDFium would keep the file open and read a file that grows meanwhile in two states.
            document = pypdfium2.PdfDocument(path.read_bytes())
        except pypdfium2.PdfiumError as error:
            if error.err_code == _ERROR_PASSWORD:
                raise PasswordProtected(
                    f"{path.name} is locked with a password.", "Save a copy without the password and add that."
                ) from error
            if error.err_code == _ERROR_SECURITY:
                raise UnsupportedFormat(
                    f"{path.name} is encrypted in a way that cannot be read.", "Print it to a new PDF and add that."
                ) from error
            raise Damaged(
                f"{path.name} is damaged and cannot be opened as a PDF.",
                "Open it in a PDF viewer; if it shows, print it to a new PDF and add that, else get a fresh copy.",
            ) from error
        try:
            yield PdfFile(document)
        finally:
            document.close()


class _Frame:
    """Turns PDF coordinates (from the bottom left, unrotated) into those of the shown page."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self.left, self.bottom, self.right, self.top = page.get_bbox()
        self.rotation = int(page.get_rotation()) % 360
        self.width, self.height = (float(value) for value in page.get_size())

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 90:
            return y - self.bottom, x - self.left
        if self.rotation == 180:
            return self.right - x, y - self.bottom
        if self.rotation == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = self.point(x0, y0), self.point(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def turns(self, a: float, b: float) -> int:
        """Quarter turns clockwise that make text written in the direction (a, b) read from left to right."""
        (ox, oy), (dx, dy) = self.point(0, 0), self.point(a, b)
        dx, dy = dx - ox, dy - oy
        if abs(dx) >= abs(dy):
            return 0 if dx >= 0 else 2
        return 3 if dy > 0 else 1


def turn_box(
    box: tuple[float, float, float, float], width: float, height: float, turns: int
) -> tuple[float, float, float, float]:
    """A box on a page of `width` times `height` after turning the page clockwise by `turns` quarters."""
    x0, top, x1, bottom = box
    for _ in range(turns % 4):
        x0, top, x1, bottom = height - bottom, x0, height - top, x1
        width, height = height, width
    return x0, top, x1, bottom


def _read_page(page: pypdfium2.PdfPage) -> PageGlyphs:
    import pypdfium2.raw as pdfium

    frame = _Frame(page)
    text_page = page.get_textpage()
    try:
        raw, runs = _characters(text_page.raw, frame)
    finally:
        text_page.close()
    weights = [0, 0, 0, 0]
    for glyph in raw:
        if glyph.x1 > glyph.x0:
            weights[runs[glyph.run]] += 1
    main = max(range(4), key=lambda turns: weights[turns])
    upright: list[Glyph] = []
    turned: list[list[Glyph]] = []
    previous = -1
    for glyph in raw:
        turns = runs[glyph.run]
        placed = glyph
        if turns:
            box = turn_box((glyph.x0, glyph.top, glyph.x1, glyph.bottom), frame.width, frame.height, turns)
            placed = glyph._replace(x0=box[0], top=box[1], x1=box[2], bottom=box[3])
        if turns == main:
            upright.append(placed)
        elif turns == previous and turned:
            turned[-1].append(placed)
        else:
            turned.append([placed])
        previous = turns
    rules = []
    has_images = False
    for item in page.get_objects(max_depth=3):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            has_images = True
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH:
            box = turn_box(frame.box(*item.get_bounds()), frame.width, frame.height, main)
            rules.append(box)
    width, height = (frame.height, frame.width) if main % 2 else (frame.width, frame.height)
    return PageGlyphs(
        width, height, tuple(upright), tuple(tuple(run) for run in turned), main, tuple(rules), has_images
    )


def _characters(handle: object, frame: _Frame) -> tuple[list[Glyph], list[int]]:
    """All characters in PDFium's order, and for each run (text object) the quarter turns that set it upright."""
    import pypdfium2.raw as pdfium

    rect, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    seen: dict[int, int] = {}
    runs = [0]
    styles: list[tuple[float, bool]] = [(0.0, False)]
    glyphs: list[Glyph] = []
    run = 0
    lead = 0
    for index in range(max(0, pdfium.FPDFText_CountChars(handle))):
        code = pdfium.FPDFText_GetUnicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            lead = code
            continue
        if 0xDC00 <= code < 0xE000 and lead:
            code = 0x10000 + ((lead - 0xD800) << 10) + (code - 0xDC00)
        lead = 0
        text = chr(code) if 0 < code < 0x110000 else ""
        if text in _HYPHEN_MARKS:
            text = "-"
        if not text or text.isspace():
            last = glyphs[-1] if glyphs else None
            if last is not None and text:
                mark = "\n" if text in "\r\n" else " "
                glyphs.append(Glyph(mark, last.x1, last.top, last.x1, last.bottom, last.size, last.bold, run))
            continue
        item = pdfium.FPDFText_GetTextObject(handle, index)
        key = ctypes.addressof(item.contents) if item else 0
        if key not in seen:
            seen[key] = len(runs)
            pdfium.FPDFText_GetMatrix(handle, index, matrix)
            runs.append(frame.turns(matrix.a, matrix.b))
            size = pdfium.FPDFText_GetFontSize(handle, index) * hypot(matrix.c, matrix.d)
            styles.append((round(size, 1), _is_bold(handle, index)))
        run = seen[key]
        size, bold = styles[run]
        pdfium.FPDFText_GetLooseCharBox(handle, index, rect)
        x0, top, x1, bottom = frame.box(rect.left, rect.bottom, rect.right, rect.top)
        if x1 - x0 < 0.01:
            x1 = x0 + 0.01
        glyphs.append(Glyph(text, x0, top, x1, bottom, size or bottom - top, bold, run))
    return glyphs, runs


def _is_bold(handle: object, index: int) -> bool:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_GetFontWeight(handle, index) >= _BOLD_WEIGHT:
        return True
    buffer, flags = ctypes.create_string_buffer(256), ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(handle, index, buffer, len(buffer), flags)
    name = buffer.raw[: max(0, min(length, len(buffer)) - 1)].decode("utf-8", "replace").lower()
    return any(word in name for word in _BOLD_NAMES)
