"""The straight lines drawn on a page, put together from the pieces that files draw them in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ingest.readers.pdfium import Box
from ingest.readers.pdfium_text import Flags, Floats

Stroke = tuple[float, float, float]
"""A straight line: its place across, and from where to where it runs, in points."""
MEET: Final = 3.0
"""Lines that come this close meet, in points."""

# A thin box is a drawn line; a thicker one is a frame or a shade, whose edges count as lines.
_THICKNESS: Final = 3.0
# Lines this close are one.
_SAME: Final = 1.5


def strokes_of(rules: Sequence[Box]) -> tuple[list[Stroke], list[Stroke]]:
    """The lines that run across the page as (y, x0, x1), and those that run down it as (x, top, bottom)."""
    across: list[Stroke] = []
    down: list[Stroke] = []
    for x0, top, x1, bottom in rules:
        if bottom - top <= _THICKNESS and x1 - x0 > bottom - top:
            across.append(((top + bottom) / 2, x0, x1))
        elif x1 - x0 <= _THICKNESS:
            down.append(((x0 + x1) / 2, top, bottom))
        else:
            across += [(top, x0, x1), (bottom, x0, x1)]
            down += [(x0, top, bottom), (x1, top, bottom)]
    return _merged(across), _merged(down)


def _merged(strokes: list[Stroke]) -> list[Stroke]:
    """Pieces of one line put together."""
    found: list[Stroke] = []
    group: list[Stroke] = []
    for stroke in [*sorted(strokes), (float("inf"), 0.0, 0.0)]:
        if group and stroke[0] - group[-1][0] > _SAME:
            place = sum(each[0] for each in group) / len(group)
            start, end = 0.0, -1.0
            for _, low, high in sorted(group, key=lambda each: each[1]):
                if end < start or low > end + MEET:
                    if end >= start:
                        found.append((place, start, end))
                    start, end = low, high
                else:
                    end = max(end, high)
            found.append((place, start, end))
            group = []
        group.append(stroke)
    return found


def cut_by(strokes: Sequence[Stroke], before: Floats, after: Floats) -> Flags:
    """Whether a line down the page stands between one box and the next: rows of x0, top, x1, bottom each."""
    found = np.zeros(len(after), np.bool_)
    middle = (after[:, 1] + after[:, 3]) / 2
    for x, top, bottom in strokes:
        apart = ((before[:, 2] <= x + _SAME) & (after[:, 0] >= x - _SAME)) | (
            (after[:, 2] <= x + _SAME) & (before[:, 0] >= x - _SAME)
        )
        found |= apart & (middle > top) & (middle < bottom)
    return found
