"""The words of a page with their places, taken from PDFium in bulk.

A call through ctypes costs about a third of a microsecond and a Python object per character more than that, which for
3,000 characters a page is several times what PDFium itself needs. So the text comes in one piece, boxes are asked for
at the words' ends only, and styles once for each text object.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_CHARACTERS: Final = 500_000
"""Characters read of one page. A page of a book has 3,000, a broadsheet's 30,000."""

# The hyphen of a word that PDFium joins over a line's end: 2 for FPDFText_GetUnicode, U+FFFE for FPDFText_GetText.
_JOINERS: Final = ("\x02", "\ufffe")
RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""A letter, mark or figure of a script that is written from right to left."""
_BOLD_NAMES: Final = ("bold", "black", "heavy", "semibold", "demi")
_BOLD_WEIGHT: Final = 600
# Boxes of one line's characters of one font and size have the same height to within this, in points.
_LEVEL: Final = 0.02
# Width of a word above which there may be a gap in it, as shares of its boxes' height (about 1.15 em): for each
# character of a word of several text objects, and of one; and for the gap.
_WIDE: Final = (0.47, 0.62, 0.6)
# Spaced-out letters stand closer to each other than this share of their boxes' height.
_GAP: Final = 0.75
# No page is larger, in points (PDF 2.0, annex C: 14,400 units); coordinates beyond are nonsense.
_FARTHEST: Final = 1e6


@dataclass(frozen=True, slots=True)
class Words:
    """Stretches of text without a blank, in PDFium's order: parallel columns, one row a word.

    Boxes are rows of x0, top, x1, bottom in points from the page's top left corner, with `x0 < x1`.
    """

    texts: list[str]
    """A character that PDFium has no code for is "\\0", so that places in the text are places in the page."""
    places: list[Sequence[int]]
    """Indexes of the words' characters in PDFium's order."""
    first: Floats
    """Boxes of the words' first characters."""
    last: Floats
    """Boxes of the words' last characters."""
    sizes: Floats
    """Font sizes as drawn, in points."""
    bold: Flags
    blank: Flags
    """Whether a blank or a line's end stands before the word."""
    newline: Flags
    """Whether a line's end does."""
    joined: Flags
    """Whether the word goes on with the text object of the character before."""
    turns: Integers
    """Quarter turns clockwise that make the word read from left to right."""
    kept: Flags
    """Whether the word surely goes on with the line of the one before: where lines run from right to left."""

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Integers) -> Words:
        """Some of the words."""
        return Words(
            texts=[self.texts[row] for row in rows.tolist()],
            places=[self.places[row] for row in rows.tolist()],
            first=self.first[rows],
            last=self.last[rows],
            sizes=self.sizes[rows],
            bold=self.bold[rows],
            blank=self.blank[rows],
            newline=self.newline[rows],
            joined=self.joined[rows],
            turns=self.turns[rows],
            kept=self.kept[rows],
        )


class Frame(NamedTuple):
    """Turns PDF coordinates (from the bottom left, unrotated) into those of the shown page, `width` times `height`."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int
    width: float
    height: float

    def boxes(self, raw: Floats) -> Floats:
        """Rows of left, bottom, right, top as rows of x0, top, x1, bottom."""
        x, y = raw[:, 0::2], raw[:, 1::2]
        if self.rotation == 90:
            across, down = y - self.bottom, x - self.left
        elif self.rotation == 180:
            across, down = self.right - x, y - self.bottom
        elif self.rotation == 270:
            across, down = self.top - y, self.right - x
        else:
            across, down = x - self.left, self.top - y
        return np.stack([across.min(1), down.min(1), across.max(1), down.max(1)], axis=1)

    def turns(self, a: Floats, b: Floats) -> Integers:
        """Quarter turns clockwise that make text written in the directions (a, b) read from left to right."""
        across, down = {90: (b, a), 180: (-a, b), 270: (-b, -a)}.get(self.rotation, (a, -b))
        level = np.where(across >= 0, 0, 2)
        return np.where(np.abs(across) >= np.abs(down), level, np.where(down > 0, 3, 1))


class _Calls(NamedTuple):
    """PDFium's functions, taking plain integers for pointers: half the cost of pypdfium2's own for each call."""

    box: Callable[[int, int, int], int]
    """FPDFText_GetLooseCharBox: text page, character, FS_RECTF*."""
    text_object: Callable[[int, int], int | None]
    """FPDFText_GetTextObject: text page, character."""
    matrix: Callable[[int, int, int], int]
    """FPDFText_GetMatrix: text page, character, FS_MATRIX*."""
    font_size: Callable[[int, int], float]
    """FPDFText_GetFontSize: text page, character."""
    font: Callable[[int], int | None]
    """FPDFTextObj_GetFont: text object."""
    origin: Callable[[int, int, int, int], int]
    """FPDFText_GetCharOrigin: text page, character, double* x, double* y."""


def address(handle: Any) -> int:
    """The pointer behind one of pypdfium2's handles or functions, 0 for none."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """PDFium's function `name` with these types."""
    import pypdfium2.raw as pdfium

    return ctypes.PYFUNCTYPE(result, *arguments)(address(getattr(pdfium, name)))


@cache
def _calls() -> _Calls:
    from ctypes import c_double, c_int, c_void_p

    return _Calls(
        function("FPDFText_GetLooseCharBox", c_int, c_void_p, c_int, c_void_p),
        function("FPDFText_GetTextObject", c_void_p, c_void_p, c_int),
        function("FPDFText_GetMatrix", c_int, c_void_p, c_int, c_void_p),
        function("FPDFText_GetFontSize", c_double, c_void_p, c_int),
        function("FPDFTextObj_GetFont", c_void_p, c_void_p),
        function("FPDFText_GetCharOrigin", c_int, c_void_p, c_int, c_void_p, c_void_p),
    )


def character_boxes(text_page: int, frame: Frame, places: Sequence[int]) -> Floats:
    """Boxes of single characters, by their index in PDFium's order."""
    return frame.boxes(_raw_boxes(text_page, places))


def character_origins(text_page: int, frame: Frame, places: Sequence[int]) -> Floats:
    """Where characters stand on their base line: rows of x, y."""
    raw = np.zeros((len(places), 2))
    base, end = raw.ctypes.data, raw.ctypes.data + raw.nbytes
    list(map(_calls().origin, repeat(text_page), places, range(base, end, 16), range(base + 8, end + 8, 16)))
    return frame.boxes(within_reach(raw)[:, [0, 1, 0, 1]])[:, :2]


def turn_boxes(boxes: Floats, width: float, height: float, turns: int) -> Floats:
    """Boxes on a page of `width` times `height` after turning the page clockwise by `turns` quarters."""
    for _ in range(turns % 4):
        boxes = np.stack([height - boxes[:, 3], boxes[:, 0], height - boxes[:, 1], boxes[:, 2]], axis=1)
        width, height = height, width
    return boxes


def _raw_boxes(text_page: int, places: Sequence[int]) -> Floats:
    """Rows of left, bottom, right, top; zeros where PDFium has none."""
    raw = np.zeros((len(places), 4), dtype=np.float32)  # FS_RECTF: left, top, right, bottom
    base = raw.ctypes.data
    list(map(_calls().box, repeat(text_page), places, range(base, base + 16 * len(places), 16)))
    return within_reach(raw[:, [0, 3, 2, 1]])


def within_reach(raw: NDArray[Any]) -> Floats:
    """Coordinates of PDFium without what is no number or lies off every page."""
    return np.clip(np.nan_to_num(raw.astype(np.float64)), -_FARTHEST, _FARTHEST)


def read_words(text_page: int, frame: Frame) -> tuple[Words, bool]:
    """The words of a page, and whether it holds more than the `MOST_CHARACTERS` that are read.

    Args:
        text_page: pointer to PDFium's text page.
        frame: the page's.
    """
    text, cut = _text(text_page)
    if RIGHT_TO_LEFT.search(text):
        from ingest.readers.pdfium_backwards import read_words_by_place

        return read_words_by_place(text_page, frame, text), cut
    ranges = _word_places(text)
    boxes = _raw_boxes(text_page, ranges.ravel().tolist()).reshape(-1, 2, 4)
    objects = _objects(text_page, ranges)
    ranges, boxes, objects = _split(text_page, ranges, boxes, objects)
    begins, ends = ranges[:, 0], ranges[:, 1]
    blank, newline = np.ones(len(ranges), np.bool_), np.zeros(len(ranges), np.bool_)
    blank[1:] = begins[1:] > ends[:-1] + 1
    lines = np.cumsum(_mask(text, "\r\n"))
    newline[1:] = lines[begins[1:]] > lines[ends[:-1]]
    joined = np.zeros(len(ranges), np.bool_)
    joined[1:] = objects[1:, 0] == objects[:-1, 1]
    sizes, bold, turns = text_styles(text_page, frame, objects[:, 0], begins)
    first, last = frame.boxes(boxes[:, 0]), frame.boxes(boxes[:, 1])
    for each in (first, last):
        each[:, 2] = np.maximum(each[:, 2], each[:, 0] + 0.01)
    shown = as_printed(text)
    return Words(
        texts=[shown[begin : end + 1] for begin, end in ranges.tolist()],
        places=[range(begin, end + 1) for begin, end in ranges.tolist()],
        first=first,
        last=last,
        sizes=np.where(sizes > 0, sizes, first[:, 3] - first[:, 1]),
        bold=bold,
        blank=blank,
        newline=newline,
        joined=joined,
        turns=turns,
        kept=np.zeros(len(ranges), np.bool_),
    ), cut


def as_printed(text: str) -> str:
    """Text with the hyphens at line ends as hyphens."""
    for mark in (*_JOINERS, "\u00ad"):
        text = text.replace(mark, "-")
    return text


def _text(text_page: int) -> tuple[str, bool]:
    """The page's text, one code point for each of PDFium's characters, and whether it has more of them."""
    import pypdfium2.raw as pdfium

    handle = ctypes.cast(text_page, pdfium.FPDF_TEXTPAGE)
    total = max(0, pdfium.FPDFText_CountChars(handle))
    count = min(total, MOST_CHARACTERS)
    if not count:
        return "", False
    # UTF-16 code units and a final zero. One that is half of a pair or a character without code shifts the rest.
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(handle, 0, count, buffer)
    whole = written == count + 1 and pdfium.FPDFText_GetTextIndexFromCharIndex(handle, count - 1) == count - 1
    if whole:
        text = bytes(memoryview(buffer).cast("B")[: 2 * count]).decode("utf-16-le", "surrogatepass")
        if len(text) == count:
            return text, total > count
    return _text_by_character(handle, count), total > count


def _text_by_character(handle: Any, count: int) -> str:
    import pypdfium2.raw as pdfium

    found = []
    lead = 0
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            lead = code
            found.append("\0")
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((lead - 0xD800) << 10) + (code - 0xDC00) if lead else 0
        lead = 0
        found.append(chr(code) if code < 0x110000 else "\0")
    return "".join(found)


@cache
def _blanks() -> Flags:
    """For every code point of the basic plane whether it is white space or, what no text has, a control character."""
    found = np.array([chr(code).isspace() for code in range(0x10000)])
    found[1:0x20] = True
    found[[ord(mark) for mark in _JOINERS]] = False
    return found


def _codes(text: str) -> Integers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)


def _mask(text: str, wanted: str) -> Flags:
    return np.isin(_codes(text), [ord(char) for char in wanted])


def _word_places(text: str) -> Integers:
    """Rows of the words' first and last places. A word that PDFium joined over a line's end is two."""
    codes = _codes(text)
    inside = ~_blanks()[np.minimum(codes, 0xFFFF)]
    after_joiner = np.zeros(len(codes) + 1, np.bool_)
    after_joiner[1:] = _mask(text, "".join(_JOINERS))
    padded = np.concatenate([[False], inside, [False]])
    begins = np.flatnonzero(inside & (~padded[:-2] | after_joiner[:-1]))
    ends = np.flatnonzero(inside & (~padded[2:] | after_joiner[1:]))
    return np.stack([begins, ends], axis=1)


def _objects(text_page: int, ranges: Integers) -> Integers:
    """The text objects that words begin and end in, as pointers; 0 for what PDFium put in itself."""
    begins, ends = ranges[:, 0], ranges[:, 1]
    found = np.stack([objects_at(text_page, begins.tolist())] * 2, axis=1)
    # An object's characters follow each other: a word ends in its own object where the next word begins in it too.
    unsure = ends > begins
    unsure[:-1] &= found[1:, 0] != found[:-1, 0]
    found[unsure, 1] = objects_at(text_page, ends[unsure].tolist())
    return found


def objects_at(text_page: int, places: Sequence[int]) -> Integers:
    """The text objects that characters are of, as pointers; 0 for what PDFium put in itself."""
    found = map(_calls().text_object, repeat(text_page), places)
    return np.array([pointer or 0 for pointer in found], dtype=np.int64)


def _split(text_page: int, ranges: Integers, boxes: Floats, objects: Integers) -> tuple[Integers, Floats, Integers]:
    """Split what PDFium takes for a word and stands apart or at different heights.

    Most words are whole, and to look at each of their characters takes long: so only those are looked at that are wide
    for their letters, or whose ends are of different text objects and uneven (10³).
    """
    size = np.abs(boxes[:, 0, 3] - boxes[:, 0, 1])
    width = np.maximum(boxes[:, 0, 2], boxes[:, 1, 2]) - np.minimum(boxes[:, 0, 0], boxes[:, 1, 0])
    apart = np.abs(boxes[:, 0] - boxes[:, 1]) > _LEVEL
    # Level is what differs in lefts and rights only, or, of text that is turned, in tops and bottoms only.
    uneven = (apart[:, 1] | apart[:, 3]) & (apart[:, 0] | apart[:, 2])
    several = objects[:, 0] != objects[:, 1]
    usual = np.where(several, _WIDE[0], _WIDE[1]) * (ranges[:, 1] - ranges[:, 0] + 1)
    rows = np.flatnonzero((width > size * (usual + _WIDE[2])) | (several & uneven))
    pieces: list[list[int]] = []
    for begin, end in ranges[rows].tolist():
        cuts = (begin + 1 + _cuts(text_page, range(begin, end + 1))).tolist()
        pieces.extend([start, stop - 1] for start, stop in zip([begin, *cuts], [*cuts, end + 1], strict=True))
    if not pieces:
        return ranges, boxes, objects
    added = np.array(pieces, dtype=np.int64)
    ranges = np.concatenate([np.delete(ranges, rows, 0), added])
    boxes = np.concatenate([np.delete(boxes, rows, 0), _raw_boxes(text_page, added.ravel().tolist()).reshape(-1, 2, 4)])
    objects = np.concatenate([np.delete(objects, rows, 0), _objects(text_page, added)])
    order = np.argsort(ranges[:, 0], kind="stable")
    return ranges[order], boxes[order], objects[order]


def _cuts(text_page: int, places: range) -> Integers:
    """After which characters of a word another object begins, or a gap as wide as between cells."""
    objects = objects_at(text_page, places)
    boxes = _raw_boxes(text_page, places)
    size = np.abs(boxes[:, 3] - boxes[:, 1]).max()
    apart = np.maximum(boxes[1:, [0, 1]] - boxes[:-1, [2, 3]], boxes[:-1, [0, 1]] - boxes[1:, [2, 3]]).max(axis=1)
    return np.flatnonzero((objects[1:] != objects[:-1]) | (apart > _GAP * size))


def text_styles(text_page: int, frame: Frame, objects: Integers, begins: Integers) -> tuple[Floats, Flags, Integers]:
    """Font size, boldness and quarter turns of every word, asked for once for each text object."""
    calls = _calls()
    unique, where, rows = np.unique(objects, return_index=True, return_inverse=True)
    places = begins[where].tolist()
    matrices = np.zeros((len(places), 6), dtype=np.float32)
    base = matrices.ctypes.data
    list(map(calls.matrix, repeat(text_page), places, range(base, base + 24 * len(places), 24)))
    a, b, c, d = within_reach(matrices[:, :4]).T
    sizes = np.array(list(map(calls.font_size, repeat(text_page), places)), np.float64)
    sizes = np.round(np.nan_to_num(sizes) * np.hypot(c, d), 1)
    sizes[sizes > _FARTHEST] = 0.0
    bold = _bold(text_page, unique.tolist(), places)
    return sizes[rows], bold[rows], frame.turns(a, b)[rows]


def _bold(text_page: int, objects: Sequence[int], places: Sequence[int]) -> Flags:
    """Whether text objects are set in a bold font, by one character of each."""
    fonts: dict[int, bool] = {}
    found = []
    for pointer, place in zip(objects, places, strict=True):
        font = (_calls().font(pointer) or 0) if pointer else 0
        if font not in fonts:
            fonts[font] = _is_bold(text_page, place)
        found.append(fonts[font])
    return np.array(found, np.bool_)


def _is_bold(text_page: int, index: int) -> bool:
    import pypdfium2.raw as pdfium

    handle = ctypes.cast(text_page, pdfium.FPDF_TEXTPAGE)
    if pdfium.FPDFText_GetFontWeight(handle, index) >= _BOLD_WEIGHT:
        return True
    buffer, flags = ctypes.create_string_buffer(256), ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(handle, index, buffer, len(buffer), flags)
    name = buffer.raw[: max(0, min(length, len(buffer)) - 1)].decode("utf-8", "replace").lower()
    return any(word in name for word in _BOLD_NAMES)
