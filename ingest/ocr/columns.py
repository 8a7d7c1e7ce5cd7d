"""Recognised words to stretches of text, ordered so that columns are read one after the other and tables row by row.

Engines mistake one for the other: tesseract takes a table's columns for columns of text, rapidocr reads columns of text
line by line. What tells them apart is how full the lines are: running text fills its column, cells do not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import log
from statistics import median
from typing import Final

from ingest.ocr.words import Reading, Word
from ingest.readers.builder import clean
from ingest.readers.pdf_layout import PageSegments, Segment, lines_of

# Heights in shares of the font size, as usual text faces have them (Times, Helvetica, DejaVu within 0.05).
_ASCENT: Final = 0.73
_X_HEIGHT: Final = 0.53
_DESCENT: Final = 0.21
_DESCENDERS = re.compile(r"[gjpqyQçşţ,;()\[\]]")
_ASCENDERS = re.compile(r"[bdfhkltA-Z0-9À-ÖØ-Þáàâäéèêëíìîïóòôöúùûüñ()\[\]/]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
# Sizes are told in steps of this factor from the body's: told from boxes they scatter by about 10 %, and by 25 % where
# letters differ more in height (Arabic, Devanagari).
_STEP: Final = 1.25
_WIDE_STEP: Final = 1.6
# Lines of running text stand at most so many sizes apart; where they do further, the size was told too small.
_WIDEST_PITCH: Final = 1.8
# A wider gap than both of these, in sizes and in usual gaps between words, parts cells.
_CELL_GAP: Final = 0.9
_GAP_FACTOR: Final = 2.6
# Running text: words (or characters, where no blanks are written) of the middle line, lines, and the share of lines
# that reach this share of the column's width.
_PROSE_WORDS: Final = 4
_PROSE_CHARACTERS: Final = 24
_PROSE_LINES: Final = 4
_PROSE_FULL: Final = 0.5
_REACHES: Final = 0.85


def body_sizes(readings: Sequence[Reading], heights: Sequence[float]) -> tuple[float, float]:
    """Size of most Latin text and of most other text over all pages, in points.

    Args:
        readings: the pages.
        heights: of the mended pages in points.
    """
    sizes: tuple[list[float], list[float]] = ([], [])
    for reading, height in zip(readings, heights, strict=True):
        scale = height / max(1, reading.height)
        for line in _lines(reading):
            words = [reading.words[index] for index in line]
            sizes[0 if _is_latin(words) else 1].extend([_size(words) * scale] * sum(len(word.text) for word in words))
    return (median(sizes[0]) if sizes[0] else 10.0), (median(sizes[1]) if sizes[1] else 10.0)


def page_of(reading: Reading, height: float, bodies: tuple[float, float]) -> tuple[PageSegments, Reading]:
    """The words put together in points, and the reading with its words in the order that segments count them in.

    Args:
        reading: what was recognised.
        height: of the mended page in points.
        bodies: as `body_sizes` gives them.
    """
    scale = height / max(1, reading.height)
    lines = _lines(reading)
    gap = _usual_gap(reading, lines) * scale
    found: list[tuple[Segment, list[int]]] = []
    for line in lines:
        words = [reading.words[index] for index in line]
        latin = _is_latin(words)
        size = _stepped(_size(words) * scale, bodies[0 if latin else 1], _STEP if latin else _WIDE_STEP)
        top, bottom = min(word.top for word in words) * scale, max(word.bottom for word in words) * scale
        for run in _runs(reading, line, max(_CELL_GAP * size, _GAP_FACTOR * gap) / scale):
            parts = [reading.words[index] for index in run]
            text = " ".join(clean(word.text) for word in parts)
            x0, x1 = min(word.x0 for word in parts) * scale, max(word.x1 for word in parts) * scale
            found.append((Segment(text, x0, top, x1, bottom, size, False, len(found), range(len(run))), run))
    segments = [segment for segment, _ in found]
    runs = {id(segment): run for segment, run in found}
    _loosen(segments)
    order: list[int] = []
    for number, segment in enumerate(_ordered(segments)):
        segment.order = number
        run = runs[id(segment)]
        segment.words = range(len(order), len(order) + len(run))
        order.extend(run)
    segments.sort(key=lambda each: each.order)
    rules = tuple((x0 * scale, y0 * scale, x1 * scale, y1 * scale) for x0, y0, x1, y1 in reading.rules)
    page = PageSegments(height, segments, [], rules, has_images=True, cut=False)
    words_in_order = tuple(reading.words[index] for index in order)
    return page, replace(reading, words=words_in_order, boxes=tuple(reading.boxes[index] for index in order))


def _runs(reading: Reading, line: Sequence[int], widest: float) -> list[list[int]]:
    """A line cut where words stand further apart than `widest` pixels, in either direction."""
    runs = [[line[0]]]
    for before, index in pairwise(line):
        last, word = reading.words[before], reading.words[index]
        if max(word.x0 - last.x1, last.x0 - word.x1) > widest:
            runs.append([])
        runs[-1].append(index)
    return runs


def _lines(reading: Reading) -> list[list[int]]:
    """Indices of the words by the engine's lines; words that are nothing once cleaned are left out."""
    lines: dict[int, list[int]] = defaultdict(list)
    for index, word in enumerate(reading.words):
        if clean(word.text):
            lines[word.line].append(index)
    return list(lines.values())


def _is_latin(words: Sequence[Word]) -> bool:
    text = "".join(word.text for word in words)
    return 2 * len(_LATIN.findall(text)) >= sum(char.isalpha() for char in text)


def _size(words: Sequence[Word]) -> float:
    """Font size of a line in pixels, from its words' heights."""
    if not _is_latin(words):
        return median(word.bottom - word.top for word in words)
    sizes = []
    for word in words:
        tall = _ASCENT if _ASCENDERS.search(word.text) else _X_HEIGHT
        deep = _DESCENT if _DESCENDERS.search(word.text) else 0.0
        if any(char.isalnum() for char in word.text):
            sizes.extend([(word.bottom - word.top) / (tall + deep)] * len(word.text))
    # Below the middle: what distorts a box (a speck, a line touching a letter) makes it larger.
    return sorted(sizes)[2 * len(sizes) // 5] if sizes else max(word.bottom - word.top for word in words)


def _stepped(size: float, body: float, step: float) -> float:
    return body * step ** round(log(max(size, 0.1) / max(body, 0.1)) / log(step))


def _usual_gap(reading: Reading, lines: Sequence[Sequence[int]]) -> float:
    """Distance of neighbouring words in pixels."""
    gaps = []
    for line in lines:
        for first, second in pairwise(reading.words[index] for index in line):
            gaps.append(max(second.x0 - first.x1, first.x0 - second.x1, 0.0))
    return median(gaps) if gaps else 0.0


def _loosen(segments: Sequence[Segment]) -> None:
    """Make sizes fit the distance of the lines: of scripts with tall letters, and of pages typed with wide spacing."""
    pitches = []
    for block in _blocks(segments, reach=3.0):
        for upper, lower in pairwise(block):
            if upper.size == lower.size:
                pitches.append((lower.top - upper.top) / upper.size)
    usual = sorted(pitches)[len(pitches) // 3] if len(pitches) >= 4 else 0.0
    if usual > _WIDEST_PITCH:
        for segment in segments:
            segment.size *= usual / _WIDEST_PITCH


def _blocks(segments: Sequence[Segment], reach: float) -> list[list[Segment]]:
    """Segments that stand below each other, no further than `reach` sizes from top to top."""
    blocks: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda each: (each.top, each.x0)):
        for block in reversed(blocks):
            last = block[-1]
            overlap = min(last.x1, segment.x1) - max(last.x0, segment.x0)
            below = 0.5 * last.size < segment.top - last.top <= reach * max(last.size, segment.size)
            if below and overlap > 0.5 * min(last.x1 - last.x0, segment.x1 - segment.x0):
                block.append(segment)
                break
        else:
            blocks.append([segment])
    return blocks


def _ordered(segments: list[Segment]) -> list[Segment]:
    """The segments row by row, but one column after the other where running text stands side by side."""
    rows = [segment for line in lines_of(segments) for segment in line.segments]
    for columns in _text_columns(segments):
        top = min(segment.top for column in columns for segment in column)
        bottom = max(segment.bottom for column in columns for segment in column)
        ranges = [(min(each.x0 for each in column), max(each.x1 for each in column)) for column in columns]
        inside = [segment for segment in rows if top <= segment.middle <= bottom]
        if not inside:
            continue
        place = rows.index(inside[0])
        apart = [segment for segment in rows if not top <= segment.middle <= bottom]
        inside.sort(key=lambda segment: _column_of(segment, ranges))  # stable: rows stay in order within a column
        rows = [*apart[:place], *inside, *apart[place:]]
    return rows


def _column_of(segment: Segment, ranges: Sequence[tuple[float, float]]) -> int:
    overlaps = [min(right, segment.x1) - max(left, segment.x0) for left, right in ranges]
    return overlaps.index(max(overlaps))


def _text_columns(segments: Sequence[Segment]) -> list[list[list[Segment]]]:
    """Groups of blocks of running text that stand side by side, each from left to right."""
    prose = [block for block in _blocks(segments, reach=2.0) if _is_prose(block)]
    groups: list[list[list[Segment]]] = []
    for block in sorted(prose, key=lambda each: min(segment.x0 for segment in each)):
        left = min(segment.x0 for segment in block)
        for group in groups:
            beside = group[-1]
            shared = min(beside[-1].bottom, block[-1].bottom) - max(beside[0].top, block[0].top)
            if max(segment.x1 for segment in beside) < left and shared > 0:
                group.append(block)
                break
        else:
            groups.append([block])
    return [group for group in groups if len(group) > 1]


def _is_prose(block: Sequence[Segment]) -> bool:
    if len(block) < _PROSE_LINES:
        return False
    left, right = min(segment.x0 for segment in block), max(segment.x1 for segment in block)
    full = sum(segment.x1 - segment.x0 >= _REACHES * (right - left) for segment in block)
    words = median(len(segment.words) for segment in block)
    characters = median(len(segment.text) for segment in block)
    return full >= _PROSE_FULL * len(block) and (words >= _PROSE_WORDS or characters >= _PROSE_CHARACTERS)
