"""Words of pages that hold text from right to left, put in the order of reading by where their characters stand.

PDFium turns such text by the runs in which a file happens to write it, which leaves some words backwards and others
not. So its order is not used here: characters are taken by line and from left to right, as they are printed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

import numpy as np

from ingest.readers.pdf_bidi import mend_brackets, reading_order, runs_backwards
from ingest.readers.pdfium_text import (
    Flags,
    Floats,
    Frame,
    Integers,
    Words,
    as_printed,
    character_boxes,
    character_origins,
    objects_at,
    text_styles,
    turn_boxes,
)

# In multiples of the font size: how far the base lines of one line's characters may be apart, the least gap between
# words (within one that PDFium has in one piece, only a wide one counts: letters are narrower than what they take up)
# and between cells. Above and below the base line: the height of a line.
_LEVEL: Final = 0.3
_WORD_GAP: Final = 0.2
_SURE_GAP: Final = 0.45
_CELL_GAP: Final = 0.9
_ASCENT: Final = 0.9
_DESCENT: Final = 0.25
# Characters in one place are a ligature's, or from here on the replacement of what is drawn.
_REPLACEMENT: Final = 4
_ALEFS: Final = frozenset("\u0622\u0623\u0625\u0627")
_LAM: Final = "\u0644"


@dataclass(slots=True)
class _Character:
    text: str
    place: int
    """In PDFium's order."""
    x0: float
    x1: float
    origin: float
    base: float
    size: float
    row: int
    """In the arrays of styles."""
    marks: list[_Character] = field(default_factory=list)
    """Vowel signs and the like that stand on it."""
    replaces: bool = False
    """Whether with its marks it stands for a word that is drawn."""


@dataclass(slots=True)
class _Word:
    characters: list[_Character]
    text: str
    begins_segment: bool


def read_words_by_place(text_page: int, frame: Frame, text: str) -> Words:
    """All words of a page.

    Args:
        text_page: pointer to PDFium's text page.
        frame: the page's.
        text: the page's text, one code point for each of PDFium's characters.
    """
    shown = as_printed(text)
    places = np.array([place for place, char in enumerate(shown) if char not in "\r\n"], np.int64)
    objects = objects_at(text_page, places.tolist())
    # What PDFium put in itself has no object; its blanks stand anywhere.
    places, objects = places[objects != 0], objects[objects != 0]
    sizes, bold, turns = text_styles(text_page, frame, objects, places)
    boxes = character_boxes(text_page, frame, places.tolist())
    origins = character_origins(text_page, frame, places.tolist())[:, [0, 1, 0, 1]]
    sizes = np.where(sizes > 0, sizes, boxes[:, 3] - boxes[:, 1])
    words: list[_Word] = []
    for turn in range(4):
        rows = np.flatnonzero(turns == turn)
        upright, points = (
            turn_boxes(each[rows], frame.width, frame.height, turn).tolist() for each in (boxes, origins)
        )
        characters = [
            _Character(shown[places[row]], int(places[row]), box[0], box[2], point[0], point[1], float(sizes[row]), row)
            for row, box, point in zip(rows.tolist(), upright, points, strict=True)
        ]
        words.extend(_words(characters))
    return _columns(words, frame, sizes, bold, turns)


def _columns(words: list[_Word], frame: Frame, sizes: Floats, bold: Flags, turns: Integers) -> Words:
    rows = np.array([word.characters[0].row for word in words], np.int64)
    turns = turns[rows]
    first, last = (
        np.array([_box(word.characters[end]) for word in words], np.float64).reshape(-1, 4) for end in (0, -1)
    )
    for turn in range(1, 4):
        those = turns == turn
        width, height = (frame.height, frame.width) if turn % 2 else (frame.width, frame.height)
        for each in (first, last):
            each[those] = turn_boxes(each[those], width, height, -turn)
    starts = np.array([word.begins_segment for word in words], np.bool_)
    return Words(
        texts=[word.text for word in words],
        places=[[character.place for character in word.characters] for word in words],
        first=first,
        last=last,
        sizes=sizes[rows],
        bold=bold[rows],
        blank=np.ones(len(words), np.bool_),
        newline=starts,
        joined=np.zeros(len(words), np.bool_),
        turns=turns,
        kept=~starts,
    )


def _box(character: _Character) -> tuple[float, float, float, float]:
    """As high as the line: what is drawn of a letter may be a dot."""
    x0, x1 = character.x0, max(character.x1, character.x0 + 0.01)
    return x0, character.base - _ASCENT * character.size, x1, character.base + _DESCENT * character.size


def _words(characters: Sequence[_Character]) -> Iterator[_Word]:
    """Words in the order of reading, line by line."""
    characters = _with_replacements(characters)
    letters = [each for each in characters if not _is_mark(each.text)]
    lines = _lines(letters)
    _set_marks([each for each in characters if _is_mark(each.text)], lines)
    backwards = sum(runs_backwards(each.text) for each in letters)
    mostly = 2 * backwards > sum(each.text.isalpha() for each in letters)
    for line in lines:
        segments = _segments(line)
        for segment in reversed(segments) if mostly else segments:
            yield from _read(segment, mostly)


def _with_replacements(characters: Sequence[_Character]) -> list[_Character]:
    """Words given as the replacement of what is drawn (ActualText) stand in one place: their letters go together.

    PDFium has turned them, as if they had been drawn.
    """
    found: list[_Character] = []
    for _, group in groupby(characters, key=lambda each: (each.origin, each.base)):
        same = list(group)
        if len(same) < _REPLACEMENT:
            found.extend(same)
            continue
        if any(runs_backwards(each.text) for each in same):
            same.reverse()
        same[0].marks, same[0].replaces = same[1:], True
        found.append(same[0])
    return found


def _is_mark(text: str) -> bool:
    return unicodedata.category(text) == "Mn"


def _lines(letters: Sequence[_Character]) -> list[list[_Character]]:
    """Characters on one base line, from left to right; lines from top to bottom."""
    found: list[list[_Character]] = []
    for letter in sorted(letters, key=lambda each: each.base):
        if found and letter.base - found[-1][0].base < _LEVEL * min(letter.size, found[-1][0].size):
            found[-1].append(letter)
        else:
            found.append([letter])
    for line in found:
        line.sort(key=lambda each: (each.origin, not each.replaces))
        # A drawn ligature of lam and alef is two characters in one place, in the order that PDFium made of them.
        for place, (first, second) in enumerate(pairwise(line)):
            if first.origin == second.origin and first.text == _LAM and second.text in _ALEFS:
                line[place], line[place + 1] = second, first
    return found


def _set_marks(marks: Sequence[_Character], lines: Sequence[Sequence[_Character]]) -> None:
    """Give each mark to the letter that it is drawn over or under."""
    for mark in marks:
        near = [line for line in lines if line and abs(line[0].base - mark.base) < mark.size]
        middle = (mark.x0 + mark.x1) / 2
        letters = [letter for line in near for letter in line if letter.text != " "]
        if letters:
            nearest = min(
                letters,
                key=lambda each: (
                    max(each.x0 - middle, middle - each.x1, 0) + abs(each.base - mark.base) / 2,
                    abs(each.place - mark.place),
                ),
            )
            nearest.marks.append(mark)


def _segments(line: Sequence[_Character]) -> list[list[_Character]]:
    """A line cut at gaps as wide as between cells."""
    found: list[list[_Character]] = []
    right = 0.0
    for letter in line:
        if letter.text.isspace() or "\0" < letter.text < " ":  # as blanks that a font has no code for come out
            continue
        if not found or letter.x0 - right > _CELL_GAP * letter.size:
            found.append([])
            right = letter.x1
        found[-1].append(letter)
        right = max(right, letter.x1)
    return found


def _are_letters(*characters: _Character) -> bool:
    return all(runs_backwards(each.text) for each in characters)


def _read(segment: Sequence[_Character], mostly: bool) -> Iterator[_Word]:
    """The words of what stands on one line, put in the order of reading."""
    visual: list[_Character | None] = []
    right = segment[0].x1
    before: _Character | None = None
    for letter in segment:
        gap = letter.x0 - right
        whole = before is not None and abs(letter.place - before.place) == 1 and _are_letters(before, letter)
        replaces = before is not None and (before.replaces or letter.replaces)
        if replaces or gap > (_SURE_GAP if whole else _WORD_GAP) * letter.size:
            visual.append(None)
        visual.append(letter)
        right = max(right, letter.x1)
        before = letter
    signs = [each.text if each else " " for each in visual]
    strong = sum(runs_backwards(sign) for sign in signs)
    backwards = strong > 0 and (mostly or 2 * strong > sum(sign.isalpha() for sign in signs))
    order, flags = reading_order(signs, backwards)
    text = mend_brackets("".join(signs[place] for place in order), flags)
    begins = True
    run: list[tuple[_Character, str]] = []
    for place, sign in zip([*order, -1], [*text, " "], strict=True):
        letter_or_gap = visual[place] if place >= 0 else None
        if letter_or_gap is not None:
            run.append((letter_or_gap, sign))
            run.extend((mark, mark.text) for mark in letter_or_gap.marks)
        elif run:
            yield _Word([letter for letter, _ in run], "".join(sign for _, sign in run), begins)
            begins, run = False, []
