"""Footnotes of a PDF page whose numbers stand on the line: "1 500 mg each time" is note 1 and not 1,500 mg."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ingest.readers.pdf_layout import Line
from ingest.readers.raised import superscript

# Notes are set smaller than the text.
_SMALLER: Final = 0.95
# At a word, or apart from it; at a figure or a unit it is a power.
_MARK: Final = re.compile(r"(?:(?<=[^\W\d_]{3})|(?<=[.,;:!?)]) ?|(?<= ))([⁰¹²³⁴-⁹]{1,2})(?!\w)")
_NUMBER: Final = re.compile(r"(\d{1,2}) +(?=\S)")


def raise_note_numbers(regions: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """A page's lines, the numbers of its notes raised as their marks in the text above them are.

    They are notes where the page ends with smaller lines of which the first begins with the number of a mark.

    Args:
        regions: the page's lines in reading order.
    """
    lines = [line for region in regions for line in region]
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    first = len(lines)
    while first and lines[first - 1].size <= _SMALLER * usual:
        first -= 1
    marks = {mark for line in lines[:first] for mark in _MARK.findall(line.text)}
    if not marks or first == len(lines) or _number(lines[first]) not in marks:
        return [list(region) for region in regions]
    # A line that only begins with an amount, as notes 1 and 2 go on below, has a number that comes twice.
    begun = Counter(map(_number, lines[first:]))
    notes = marks & {number for number, times in begun.items() if times == 1}
    raised = iter([*lines[:first], *(_raised(line) if _number(line) in notes else line for line in lines[first:])])
    return [[next(raised) for _ in region] for region in regions]


def _number(line: Line) -> str:
    """The number that a line begins with, raised; "" where there is none."""
    found = _NUMBER.match(line.text)
    return superscript(found[1]) if found else ""


def _raised(line: Line) -> Line:
    first, *others = line.segments
    if others and first.text.isdecimal():
        # What follows the number is one text with it.
        second, *others = others
        joined = replace(
            second,
            text=f"{superscript(first.text)} {second.text}",
            x0=first.x0,
            words=range(first.words.start, second.words.stop),
        )
    else:
        joined = replace(first, text=_NUMBER.sub(lambda found: f"{superscript(found[1])} ", first.text, count=1))
    return Line([joined, *others])
