"""What is drawn on a page beside its text: straight lines, frames and shades, and whether there are pictures."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import addressof, c_float, c_int, c_ulong, c_void_p
from functools import cache
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np

from ingest.readers.pdfium_text import Floats, Frame, function, within_reach

# FPDF_PAGEOBJ_* of fpdf_edit.h.
_PATH: Final = 2
_IMAGE: Final = 3
_FORM: Final = 5
# Forms within forms that are looked into, and objects of one page. Maps have 100,000 paths, and no table.
_DEEPEST: Final = 3
_MOST_OBJECTS: Final = 50_000
# Shorter strokes, in points, are no rule of a table.
_SHORTEST: Final = 5.0

Matrix = Floats
"""Three rows of three, for points as rows (x, y, 1)."""


class _Calls(NamedTuple):
    count: Callable[[int], int]
    item: Callable[[int, int], int]
    count_in_form: Callable[[int], int]
    item_in_form: Callable[[int, int], int]
    kind: Callable[[int], int]
    bounds: Callable[[int, int, int, int, int], int]
    """FPDFPageObj_GetBounds: object, float* left, bottom, right, top."""
    matrix: Callable[[int, int], int]
    """FPDFPageObj_GetMatrix: object, FS_MATRIX*."""


@cache
def _calls() -> _Calls:
    return _Calls(
        function("FPDFPage_CountObjects", c_int, c_void_p),
        function("FPDFPage_GetObject", c_void_p, c_void_p, c_int),
        function("FPDFFormObj_CountObjects", c_int, c_void_p),
        function("FPDFFormObj_GetObject", c_void_p, c_void_p, c_ulong),
        function("FPDFPageObj_GetType", c_int, c_void_p),
        function("FPDFPageObj_GetBounds", c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
        function("FPDFPageObj_GetMatrix", c_int, c_void_p, c_void_p),
    )


def drawn(page: int, frame: Frame) -> tuple[bool, Floats]:
    """Whether the page shows pictures, and the boxes of its paths as rows of x0, top, x1, bottom.

    Args:
        page: pointer to PDFium's page.
        frame: the page's.
    """
    calls = _calls()
    count = min(max(0, calls.count(page)), _MOST_OBJECTS)
    items = list(map(calls.item, repeat(page), range(count)))
    found: list[Floats] = []
    pictures, _ = _walk(items, np.eye(3), 1, _MOST_OBJECTS - count, found)
    if not found:
        return pictures, np.zeros((0, 4))
    boxes = frame.boxes(within_reach(np.concatenate(found)))
    long = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= _SHORTEST
    return pictures, boxes[long]


def _walk(items: list[int], matrix: Matrix, depth: int, budget: int, found: list[Floats]) -> tuple[bool, int]:
    """Collect the paths' bounds; gives whether there are pictures, and how many more objects may be looked at."""
    calls = _calls()
    kinds = list(map(calls.kind, items))
    pictures = _IMAGE in kinds
    paths = [item for item, kind in zip(items, kinds, strict=True) if kind == _PATH]
    if paths:
        found.append(_placed(_bounds(paths), matrix))
    if depth >= _DEEPEST or _FORM not in kinds:
        return pictures, budget
    for form, kind in zip(items, kinds, strict=True):
        if kind != _FORM or budget <= 0:
            continue
        count = min(max(0, calls.count_in_form(form)), budget)
        inside = list(map(calls.item_in_form, repeat(form), range(count)))
        more, budget = _walk(inside, _form_matrix(form) @ matrix, depth + 1, budget - count, found)
        pictures = pictures or more
    return pictures, budget


def _bounds(paths: list[int]) -> Floats:
    """Rows of left, bottom, right, top."""
    raw = np.zeros((len(paths), 4), dtype=np.float32)
    base, end = raw.ctypes.data, raw.ctypes.data + raw.nbytes
    list(map(_calls().bounds, paths, *(range(base + 4 * place, end + 4 * place, 16) for place in range(4))))
    return within_reach(raw)


def _form_matrix(form: int) -> Matrix:
    own = (c_float * 6)()
    _calls().matrix(form, addressof(own))
    a, b, c, d, e, f = own
    return within_reach(np.array([[a, b, 0], [c, d, 0], [e, f, 1]]))


def _placed(boxes: Floats, matrix: Matrix) -> Floats:
    """Boxes of a form's content where the form stands on the page."""
    corners = np.ones((len(boxes), 4, 3))
    corners[:, :, 0] = boxes[:, [0, 2, 2, 0]]
    corners[:, :, 1] = boxes[:, [1, 1, 3, 3]]
    placed = corners @ matrix
    return np.concatenate([placed[:, :, :2].min(axis=1), placed[:, :, :2].max(axis=1)], axis=1)
