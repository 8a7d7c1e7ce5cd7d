"""From the order in which a line is printed to the order in which it is read, where some of it runs right to left.

This goes the way of the Unicode bidirectional algorithm (UAX 9, implicit part) backwards. The way back is not always
unique; where it is not, the reading that documents have is taken: a number stands before its unit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_BACKWARDS: Final = frozenset({"R", "AL"})
_NUMBER: Final = frozenset({"EN", "AN"})
_MIRRORED: Final = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_PAIRS: Final = {")": "(", "]": "[", "}": "{", "»": "«"}
_UNIT_BEFORE_NUMBER: Final = re.compile(
    r"(mg|ml|kg|g|l|mcg|µg|ug|iu|ui|cm|mm|km|m|mmol|dl|mmhg|kcal|cc|kb|mb|gb|usd|eur|kes|°c)(?:/\w{1,6})?( +)"
    r"[\d.,/-]*\d",
    re.IGNORECASE,
)


def runs_backwards(char: str) -> bool:
    """Whether a character belongs to a script that is written from right to left."""
    return unicodedata.bidirectional(char) in _BACKWARDS


def reading_order(chars: Sequence[str], backwards: bool) -> tuple[list[int], list[bool]]:
    """The order in which one printed line is read.

    Args:
        chars: its characters from left to right, without combining marks.
        backwards: whether the line as a whole runs from right to left.

    Returns:
        Places in `chars` in the order of reading; and for each of them whether it runs from right to left.
    """
    kinds = [unicodedata.bidirectional(char[:1] or " ") for char in chars]
    if not any(kind in _BACKWARDS for kind in kinds):
        return list(range(len(chars))), [False] * len(chars)
    if backwards:
        return _from_right(chars, kinds, 0, len(chars))
    order: list[int] = []
    flags: list[bool] = []
    place = 0
    while place < len(chars):
        end = place + 1
        if kinds[place] in _BACKWARDS:
            strong = [index for index in range(place, len(chars)) if kinds[index] in (*_BACKWARDS, "L")]
            stop = next((index for index in strong if kinds[index] == "L"), len(chars))
            end = max(index for index in strong if index < stop) + 1
            inner, turned = _from_right(chars, kinds, place, end)
            order += inner
            flags += turned
        else:
            order.append(place)
            flags.append(False)
        place = end
    return order, flags


def _from_right(chars: Sequence[str], kinds: Sequence[str], start: int, end: int) -> tuple[list[int], list[bool]]:
    order: list[int] = []
    flags: list[bool] = []
    place = end - 1
    while place >= start:
        begin = place
        while begin > start and kinds[begin] not in _BACKWARDS and kinds[begin - 1] not in _BACKWARDS:
            begin -= 1
        if kinds[place] in _BACKWARDS:
            inner, turned = [place], [True]
        else:
            inner, turned = _stretch(chars, kinds, begin, place + 1, _after_arabic(kinds, place))
        order += inner
        flags += turned
        place = begin - 1
    return order, flags


def _after_arabic(kinds: Sequence[str], place: int) -> bool:
    """Whether what is read before a number is Arabic: separators then set its digits apart (UAX 9, W2)."""
    strong = next((kind for kind in kinds[place + 1 :] if kind in _BACKWARDS), None)
    return strong == "AL" or (strong is None and "AL" in kinds)


def _stretch(
    chars: Sequence[str], kinds: Sequence[str], start: int, end: int, after_arabic: bool
) -> tuple[list[int], list[bool]]:
    """Read what stands between two letters that run backwards: words and numbers from left to right, the rest not."""
    letters = [index for index in range(start, end) if kinds[index] == "L"]
    forward: list[tuple[int, int]] = []
    if letters:
        solid = [index for index in range(start, end) if kinds[index] in (*_NUMBER, "L")]
        forward = [(solid[0], solid[-1] + 1)]
        text = "".join(char[:1] for char in chars[solid[0] : solid[-1] + 1])
        unit = _UNIT_BEFORE_NUMBER.fullmatch(text)
        if unit:
            first = solid[0] + unit.start(2)
            forward = [(solid[0], first), (first + len(unit.group(2)), solid[-1] + 1)]
    else:
        forward = _numbers(kinds, start, end, after_arabic)
    order: list[int] = []
    flags: list[bool] = []
    place = end
    for first, last in reversed(forward):
        order += range(place - 1, last - 1, -1)
        flags += [True] * (place - last)
        order += range(first, last)
        flags += [False] * (last - first)
        place = first
    order += range(place - 1, start - 1, -1)
    flags += [True] * (place - start)
    return order, flags


def _numbers(kinds: Sequence[str], start: int, end: int, after_arabic: bool) -> list[tuple[int, int]]:
    """Ranges of figures that are read from left to right, with the separators and signs that belong to them."""
    joining = {"CS"} if after_arabic else {"CS", "ES"}
    found: list[tuple[int, int]] = []
    place = start
    while place < end:
        if kinds[place] not in _NUMBER:
            place += 1
            continue
        last = place + 1
        while last < end and (
            kinds[last] in _NUMBER or (last + 1 < end and kinds[last] in joining and kinds[last + 1] in _NUMBER)
        ):
            last += 1
        first, place = place, last
        if not after_arabic:
            while place < end and kinds[place] == "ET":
                place += 1
            while first > start and kinds[first - 1] == "ET" and (not found or first > found[-1][1]):
                first -= 1
        found.append((first, place))
    return found


def mend_brackets(text: str, flags: Sequence[bool]) -> str:
    """Brackets that run backwards as they are meant: the first opens what the next one closes.

    They are printed mirrored, and what a file says of one may be the sign printed or the sign meant. Where they are no
    pairs, all are turned if then more of them match.
    """
    signs = list(text)
    for kind in ("()", "[]", "{}", "«»"):
        places = [place for place, (char, flag) in enumerate(zip(text, flags, strict=True)) if flag and char in kind]
        if len(places) % 2 == 0:
            for number, place in enumerate(places):
                signs[place] = kind[number % 2]
    mended = "".join(signs)
    turned = "".join(char.translate(_MIRRORED) if flag else char for char, flag in zip(text, flags, strict=True))
    return min((mended, text, turned), key=_unmatched)


def _unmatched(text: str) -> int:
    stack: list[str] = []
    wrong = 0
    for char in text:
        if char in _PAIRS.values():
            stack.append(char)
        elif char in _PAIRS:
            if stack and stack[-1] == _PAIRS[char]:
                stack.pop()
            else:
                wrong += 1
    return wrong + len(stack)
