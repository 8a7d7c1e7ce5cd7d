"""Sentence ranges of any script."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

import regex

# Never the end of a sentence, whatever follows.
_TITLES: Final = frozenset(
    "dr dra mr mrs ms prof st sr sra srta vs cf approx ca i.e e.g z.b d.h u.a p.ex d-na dl dna т.е т.к डॉ श्री".split()
)
# Not the end of a sentence when a number follows ("p. 5", "No. 7").
_BEFORE_NUMBER: Final = frozenset(
    "p pp no nos nr núm num nº n fig figs tab art vol ch chap sec sect s eq ref pág pag str рис стр табл с п max min "
    "tel ext bd kap abs abb σελ σ".split()
)
_GERMAN_MONTHS: Final = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()

_BLOCK_END: Final = regex.compile(
    r"""(?: \n(?:[^\S\n]*\n)+ | [\f\v\u2028\u2029]        # blank line, page or paragraph break
                  | \n(?=[^\S\n]*(?:[-*•‣◦▪●–]|\d{1,3}[.)]|[a-z]\))[^\S\n]) )""",  # the next line is a list item
    regex.VERBOSE,
)
_BRACKETS: Final = r"[\"'”’»)\]」』”）】]*+"
# Behind a full stop there may be the mark of a note: "5 ml.¹ Not for infants."
_MARKS: Final = r"(?:(?:[⁰¹²³⁴-⁹ᵃ-ᶻⁱⁿ*†‡]++,?)++|(?:\[(?:\d{1,2}|[a-z])\])++)?+"
_CLOSERS: Final = f"{_BRACKETS}{_MARKS}{_BRACKETS}"
_END: Final = regex.compile(
    rf"""(?P<always> [。！？．｡]+ {_CLOSERS} | [؟۔।॥]+ {_CLOSERS} )
       | (?P<mark>   (?<![!?…])[!?…]++[.!?…]{{0,9}}+ {_CLOSERS} (?=\s|$) )
       | (?P<dot>    (?<!\.)\.++ {_CLOSERS} (?=\s|$) )
       | (?P<thai>   (?<=[ก-๛])[^\S\n]+ (?=[ก-๛]) | (?<=[ก-๛])[^\S\n]*+\n\s*+(?=[ก-๛]) )""",
    regex.VERBOSE,
)
_WORD_BREAK: Final = regex.compile(r"[\s(\[\"'“„«]")
_REACH: Final = 80
"""Characters before a full stop that are looked at: no abbreviation with the word before it is longer."""
_NEXT: Final = regex.compile(r"\s*[\"'“„«(\[]*(\S?)")


def _ends(text: str, start: int, stop: int, match: regex.Match[str]) -> bool:
    """Whether the full stop of `match` ends the sentence that began at `start`, in a block that ends at `stop`."""
    found = _NEXT.match(text, match.end(), stop)
    following = found[1] if found else ""
    if not following:
        return True
    if match["mark"] is not None:
        # "Stop!" he said
        return not (following.islower() and match["mark"][-1] not in "!?….")
    if following.islower():
        return False
    before = text[max(start, match.start() - _REACH) : match.start()]
    word = _WORD_BREAK.split(before)[-1]
    head = before[: len(before) - len(word)].strip()
    low = word.casefold()
    if low in _TITLES:
        return False
    if following.isdigit() and low in _BEFORE_NUMBER:
        return False
    if word.isdecimal():
        # "1. Wash hands": the number of a list item; "am 3. Mai".
        return bool(head) and not any(text.startswith(month, match.end() + 1) for month in _GERMAN_MONTHS)
    if len(word) == 1 and word.isalpha() and word == word.upper() and match["dot"] == ".":
        # An initial: "J. Smith", "Dr. A. B. Okoye", "(M. Adjei"; not "vitamin A. Give".
        return bool(head) and not (head.endswith((".", "(", "[")) or head.split()[-1][:1].isupper())
    return True


def _within(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    position = start
    while match := _END.search(text, position, stop):
        position = match.end()
        if match["always"] is not None or match["thai"] is not None or _ends(text, start, stop, match):
            yield start, match.end()
            start = match.end()
    yield start, stop


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def sentences(text: str) -> list[tuple[int, int]]:
    """The half-open ranges of the sentences of `text`, trimmed, in order.

    Sentences end at . ! ? … and their like in Chinese, Arabic, Urdu and Hindi, at blank lines and before list items; a
    single line break inside a paragraph is a space. Not at abbreviations, initials, decimals, or before a small
    letter. Thai ends at spaces between Thai letters. The ranges are disjoint, not blank, and cover every character
    that is not white space.
    """
    return list(each_sentence(text))


def each_sentence(text: str) -> Iterator[tuple[int, int]]:
    """The same, one by one: the first ones of a long text are found without reading all of it."""
    start = 0
    for stop, following in chain((match.span() for match in _BLOCK_END.finditer(text)), [(len(text), len(text))]):
        for piece in _within(text, start, stop):
            first, last = _trim(text, *piece)
            if first < last:
                yield first, last
        start = following
