"""Lines of one region into paragraphs, list items and heading lines, with the words joined as they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ingest.readers.lists import is_item
from ingest.readers.pdf_layout import Line

# In multiples of the font size, top to top.
_LOOSEST_PITCH: Final = 2.1
_PITCH_SLACK: Final = 1.22
_INDENT: Final = 0.8
_SIZE_SLACK: Final = 0.6
_SENTENCE_END = re.compile(r"[.!?:;。！？।؟۔…][\"'”’)\]]*$")
_HYPHEN_END = re.compile(r"(\w+)[-\u2010]$")
_WORD_START = re.compile(r"\w+")


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
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    found: list[Paragraph] = []
    for line in lines:
        item = is_item(line.text) and not (found and _runs_on(found[-1].lines[-1], line, left, right))
        if found and _continues(found[-1], line, item, usual, left, right):
            found[-1].lines.append(line)
        else:
            found.append(Paragraph([line], item))
    return found


def _runs_on(last: Line, line: Line, left: float, right: float) -> bool:
    """Whether a line that begins with a dash or a number only goes on with the sentence of a full line above it."""
    full = last.x1 > right - 0.12 * (right - left)
    level = abs(line.x0 - last.x0) < _INDENT * line.size
    return full and level and not _SENTENCE_END.search(last.text) and line.top - last.top < 1.6 * line.size


def _continues(paragraph: Paragraph, line: Line, item: bool, usual: float, left: float, right: float) -> bool:
    last, first = paragraph.lines[-1], paragraph.lines[0]
    pitch = line.top - last.top
    if abs(line.size - last.size) > _SIZE_SLACK or line.bold != last.bold:
        return False
    if pitch <= 0.2 * line.size or pitch > min(_LOOSEST_PITCH * line.size, max(usual, 1.1 * line.size) * _PITCH_SLACK):
        return False
    if item and not (paragraph.item and line.x0 > first.x0 + _INDENT * line.size and not is_item(first.text)):
        return False
    step = _INDENT * line.size
    if paragraph.item:
        return line.x0 >= first.x0 - 2
    ended = bool(_SENTENCE_END.search(last.text)) and last.x1 < right - 0.12 * (right - left)
    if len(paragraph.lines) == 1:
        if line.x0 > last.x0 + step:
            # Deeper than the first line: a hanging indent, unless the first line was a finished sentence.
            return not ended
        return not (ended and last.x1 < right - 0.25 * (right - left))
    indented = line.x0 > paragraph.lines[1].x0 + 0.5 * step or line.x0 < paragraph.lines[1].x0 - 0.5 * step
    centred = abs((line.x0 + line.x1) - (last.x0 + last.x1)) < 4
    return not (ended or (indented and not centred))


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Every word of the document, folded; words broken at a line's end are not among them."""
    words: set[str] = set()
    for text in texts:
        body = _HYPHEN_END.sub("", text)
        words.update(re.findall(r"\w+(?:-\w+)*", body.casefold()))
    return frozenset(words)


def join_lines(texts: Sequence[str], words: frozenset[str]) -> str:
    """Lines as running text; a word broken at a line's end is put together again.

    Whether a hyphen belongs to the word is told by the document itself: "follow-up" keeps it where "follow-up" stands
    elsewhere and "followup" does not.
    """
    if not texts:
        return ""
    joined = texts[0]
    for text in texts[1:]:
        broken, start = _HYPHEN_END.search(joined), _WORD_START.match(text)
        if broken is None or start is None:
            joined += " " + text
            continue
        first, second = broken.group(1).casefold(), start.group().casefold()
        keeps = (
            not start.group()[0].islower()
            or not first[-1].isalpha()
            or (f"{first}-{second}" in words and first + second not in words)
        )
        joined = joined + text if keeps else joined[: broken.end(1)] + text
    return joined
