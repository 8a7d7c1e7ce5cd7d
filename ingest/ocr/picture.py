"""Makes a page's picture readable, upright and level, and says where its points lie on the page as it is shown.

Skew is found by projection profiles (Postl, Detection of linear oblique structures and skew scan in digitized
documents, ICPR 1986): seen along the lines of text, the dark edges fall into few rows, so that the sum of the squared
row counts is largest at the angle of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, tan
from typing import TYPE_CHECKING, Final

from ingest.readers.pdf_view import Mark

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

MOST_SKEW: Final = 12.0
"""Degrees that are looked for either way."""
LEAST_SKEW: Final = 0.25
"""Degrees below which a page is left as it is: turning it blurs the print, and engines read it as well."""
_COARSE: Final = 0.5
_FINE: Final = 0.05
_PROFILE_SIDE: Final = 1000
# Shades by which print differs from paper, and its share of a page: a line of text at 200 dpi covers 0.0005.
_CONTRAST: Final = 60
_LEAST_PRINT: Final = 0.00005
_MOST_POINTS: Final = 60_000
# How much better the best angle's profile must be than the usual one: a photograph's is 1.0 to 1.1.
_CLEAR: Final = 1.15
_RULE_SHARE: Final = 0.06
"""Shortest drawn line that counts as one, as a share of the picture's width: longer than a wide letter's bar."""
_RULE_THICKNESS: Final = 0.006
"""Thickest drawn line, as a share of the picture's width; what is thicker is an area."""


@dataclass(frozen=True, slots=True)
class Slant:
    """How the text of a picture lies."""

    angle: float
    """Degrees by which the picture must be turned counterclockwise to be level, -12 to 12."""
    sideways: bool
    """Whether lines of text run from top to bottom."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A picture turned for reading, and the way back."""

    picture: Image
    angle: float
    """Degrees counterclockwise that the shown picture was turned by about its middle, first."""
    quarter_turns: int
    """Quarter turns clockwise after that."""
    shown: tuple[int, int]
    """Width and height of the picture as it is shown."""
    level: tuple[int, int]
    """Width and height after the first turn."""

    def mark(self, x0: float, top: float, x1: float, bottom: float) -> Mark:
        """The box around this box of `picture` (pixels) on the page as it is shown, in shares of its size."""
        corners = [self._shown(x, y) for x in (x0, x1) for y in (top, bottom)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        width, height = self.shown
        return (
            min(max(min(xs) / width, 0.0), 1.0),
            min(max(min(ys) / height, 0.0), 1.0),
            min(max(max(xs) / width, 0.0), 1.0),
            min(max(max(ys) / height, 0.0), 1.0),
        )

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        width, height = self.picture.size
        for _ in range(self.quarter_turns % 4):  # one quarter back, counterclockwise
            x, y = y, width - x
            width, height = height, width
        turn = radians(self.angle)
        dx, dy = x - self.level[0] / 2, y - self.level[1] / 2
        return (
            self.shown[0] / 2 + dx * cos(turn) - dy * sin(turn),
            self.shown[1] / 2 + dx * sin(turn) + dy * cos(turn),
        )


def mend(picture: Image, angle: float, quarter_turns: int) -> Mended:
    """Turn a grey picture by `angle` degrees counterclockwise, then by quarter turns clockwise; nothing is cut off."""
    from PIL import Image

    level = picture
    if abs(angle) >= LEAST_SKEW:
        level = picture.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=paper_of(picture))
    else:
        angle = 0.0
    turned = level
    turns = quarter_turns % 4
    if turns:
        turned = level.transpose(
            {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}[turns]
        )
    return Mended(turned, angle, turns, picture.size, level.size)


def paper_of(picture: Image) -> int:
    """The commonest shade of a grey picture, which is the paper's."""
    histogram = picture.histogram()
    return histogram.index(max(histogram))


def is_blank(picture: Image) -> bool:
    """Whether nothing is printed on a grey picture: hardly a point differs much from the paper."""
    histogram, paper = picture.histogram(), paper_of(picture)
    printed = sum(histogram[: max(0, paper - _CONTRAST)]) + sum(histogram[paper + _CONTRAST :])
    return printed < _LEAST_PRINT * sum(histogram)


def slant_of(picture: Image) -> Slant:
    """How the text of a grey picture lies; level where nothing speaks for another angle."""
    import numpy as np

    small = picture.copy()
    small.thumbnail((_PROFILE_SIDE, _PROFILE_SIDE))
    dark = _dark(np.asarray(small))
    upper = _sampled(np.argwhere(dark[1:, :] & ~dark[:-1, :]))
    left = _sampled(np.argwhere(dark[:, 1:] & ~dark[:, :-1]))
    level, level_score = _best_angle(upper[:, 1], upper[:, 0])
    # A turned page's lines run along the columns: the same with the axes exchanged, where angles count the other way.
    sideways, sideways_score = _best_angle(left[:, 0], left[:, 1])
    if sideways_score > level_score:
        return Slant(-sideways if sideways_score >= _CLEAR else 0.0, sideways=sideways_score >= _CLEAR)
    return Slant(level if level_score >= _CLEAR else 0.0, sideways=False)


def _dark(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Ink: darker than Otsu's threshold (IEEE Transactions on Systems, Man and Cybernetics 9(1), 1979)."""
    import numpy as np

    counts = np.bincount(pixels.ravel(), minlength=256).astype(float)
    below, mass = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    dark: NDArray[np.bool_] = pixels <= int(np.nanargmax(np.nan_to_num(between)))
    return ~dark if 2 * dark.sum() > dark.size else dark


def _sampled(points: NDArray[np.intp]) -> NDArray[np.float64]:
    step = max(1, -(-len(points) // _MOST_POINTS))
    sampled: NDArray[np.float64] = points[::step].astype(float)
    return sampled


def _best_angle(along: NDArray[np.float64], across: NDArray[np.float64]) -> tuple[float, float]:
    """The angle in degrees at which the points fall into fewest rows, and how much better it is than the median."""
    import numpy as np

    if len(along) < 100:
        return 0.0, 1.0

    def score(angle: float) -> float:
        rows = np.round(across - along * tan(radians(angle)))
        counts = np.bincount((rows - rows.min()).astype(int))
        return float((counts.astype(float) ** 2).sum())

    coarse = np.arange(-MOST_SKEW, MOST_SKEW + _COARSE / 2, _COARSE)
    scores = [score(angle) for angle in coarse]
    best = float(coarse[int(np.argmax(scores))])
    fine = np.arange(best - _COARSE, best + _COARSE + _FINE / 2, _FINE)
    best = float(fine[int(np.argmax([score(angle) for angle in fine]))])
    usual = float(np.median(scores))
    return best, score(best) / usual if usual else 1.0


def rules_of(picture: Image) -> list[tuple[float, float, float, float]]:
    """Lines drawn from left to right on a grey picture, as (x0, top, x1, bottom) in its pixels."""
    import numpy as np

    dark = _dark(np.asarray(picture))
    width = dark.shape[1]
    length = max(20, round(_RULE_SHARE * width))
    if width <= length:
        return []
    # A gap of a pixel and a step of one, as scanning makes them, do not break a line.
    dark = dark | np.roll(dark, 1, axis=0)
    sums = np.cumsum(dark, axis=1, dtype=np.int32)
    full = (sums[:, length:] - sums[:, :-length]) >= length - max(2, length // 50)
    found: list[tuple[float, float, float, float]] = []
    thickest = max(4, round(_RULE_THICKNESS * width))
    rows = np.flatnonzero(full.any(axis=1))
    begin = 0
    for index in range(1, len(rows) + 1):
        if index < len(rows) and rows[index] == rows[index - 1] + 1:
            continue
        top, bottom = int(rows[begin]), int(rows[index - 1])
        begin = index
        if bottom - top > thickest:
            continue
        columns = np.flatnonzero(full[top : bottom + 1].any(axis=0))
        breaks = np.flatnonzero(np.diff(columns) > length)
        for start, end in zip([0, *(breaks + 1)], [*breaks, len(columns) - 1], strict=True):
            found.append((float(columns[start]), float(top), float(columns[end] + length), float(bottom + 1)))
    return found
