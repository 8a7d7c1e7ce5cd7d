"""Lines of one region into paragraphs, list items and heading lines, with the words joined as they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ingest.readers.lists import is_item
from ingest.readers.pdf_furniture import LEADERS
from ingest.readers.pdf_layout import Line, is_right_to_left

# In multiples of the font size, top to top.
_LOOSEST_PITCH: Final = 2.1
_PITCH_SLACK: Final = 1.22
_INDENT: Final = 0.8
_SIZE_SLACK: Final = 0.6
_SENTENCE_ENDS = frozenset(".!?:;。！？।؟۔…")
# A note with its mark; within a text marks stand behind words.
_NOTE: Final = re.compile(r"(?:[⁰¹²³⁴-⁹ᵃ-ᶻⁱⁿ]+ |[†‡]+ ?)\w")


@dataclass(slots=True)
class Paragraph:
    """Lines that are read as one."""

    lines: list[Line]
    item: bool = False
    """Whether it begins with a bullet or a list's number."""

    @property
    def size(self) -> float:
        """Font size of its longest line."""
        return max(self.lines, key=lambda line: len(line.text)).size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)

    @property
    def x0(self) -> float:
        """Left edge of the first line."""
        return self.lines[0].x0


def paragraphs_of(lines: Sequence[Line]) -> list[Paragraph]:
    """Group the lines of one region."""
    if not lines:
        return []
    pitches = [
        lower.top - upper.top
        for upper, lower in pairwise(lines)
        if abs(lower.size - upper.size) < _SIZE_SLACK and 0 < lower.top - upper.top < _LOOSEST_PITCH * lower.size
    ]
    # The lower quartile: where most paragraphs have one line, the median is the distance of paragraphs.
    usual = sorted(pitches)[len(pitches) // 4] if pitches else 1.3 * lines[0].size
    backwards = is_right_to_left(" ".join(line.text for line in lines))
    edges = [_edges(line, backwards) for line in lines]
    left, right = min(start for start, _ in edges), max(end for _, end in edges)
    found: list[Paragraph] = []
    for line in lines:
        item = is_item(line.text) and not (found and _runs_on(found[-1].lines[-1], line, left, right, backwards))
        if found and _continues(found[-1], line, item, usual, left, right, backwards):
            found[-1].lines.append(line)
        else:
            found.append(Paragraph([line], item))
    return found


def goes_on(above: Paragraph, following: Paragraph) -> bool:
    """Whether a paragraph at the head of a column is the rest of the one at the foot of the column before."""
    last, first = above.lines[-1], following.lines[0]
    alike = abs(above.size - following.size) < _SIZE_SLACK and above.bold == following.bold
    if following.item or not alike or first.top > last.top or _ends_sentence(last.text) or LEADERS.search(last.text):
        return False
    begin = first.text.lstrip("\"'“«(")[:1]
    if begin.isupper() or begin.islower():
        return begin.islower()
    # Scripts without capitals, and figures.
    begins, ends = min(line.x0 for line in above.lines), max(line.x1 for line in above.lines)
    short = min(last.x1 - begins, ends - last.x0) < 0.88 * (ends - begins)
    return len(above.lines) > 1 and not short


def _edges(line: Line, backwards: bool) -> tuple[float, float]:
    """Where a line begins and ends; of text from right to left as in a mirror."""
    return (-line.x1, -line.x0) if backwards else (line.x0, line.x1)


def _runs_on(last: Line, line: Line, left: float, right: float, backwards: bool) -> bool:
    """Whether a line that begins with a dash or a number only goes on with the sentence of a full line above it."""
    begin, end = _edges(last, backwards)
    full = end > right - 0.12 * (right - left)
    level = abs(_edges(line, backwards)[0] - begin) < _INDENT * line.size
    return full and level and not _ends_sentence(last.text) and line.top - last.top < 1.6 * line.size


def _ends_sentence(text: str) -> bool:
    return text.rstrip("\"'”’)]")[-1:] in _SENTENCE_ENDS


def _continues(
    paragraph: Paragraph, line: Line, item: bool, usual: float, left: float, right: float, backwards: bool
) -> bool:
    last, first = paragraph.lines[-1], paragraph.lines[0]
    pitch = line.top - last.top
    if abs(line.size - last.size) > _SIZE_SLACK or line.bold != last.bold or LEADERS.search(last.text):
        return False
    if _NOTE.match(line.text):
        return False
    if pitch <= 0.2 * line.size or pitch > min(_LOOSEST_PITCH * line.size, max(usual, 1.1 * line.size) * _PITCH_SLACK):
        return False
    (begin, end), (last_begin, last_end) = _edges(line, backwards), _edges(last, backwards)
    first_begin, _ = _edges(first, backwards)
    step = _INDENT * line.size
    if item and not (paragraph.item and begin > first_begin + step and not is_item(first.text)):
        return False
    if paragraph.item:
        return begin >= first_begin - 2
    ended = _ends_sentence(last.text) and last_end < right - 0.12 * (right - left)
    if len(paragraph.lines) == 1:
        if begin > last_begin + step:
            # Deeper than the first line: a hanging indent, unless the first line was a finished sentence.
            return not ended
        return not (ended and last_end < right - 0.25 * (right - left))
    second_begin, _ = _edges(paragraph.lines[1], backwards)
    indented = abs(begin - second_begin) > 0.5 * step
    centred = abs((begin + end) - (last_begin + last_end)) < 4
    return not (ended or (indented and not centred))
