"""Folding and tokens: what makes two spellings of a word the same, and where words begin and end in any script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import regex


class Token(NamedTuple):
    """A word, number or code. `text` is folded; `[start, end)` are offsets into the string it was found in."""

    text: str
    start: int
    end: int


# Letters that have no canonical decomposition and are often typed as their plain neighbour; Urdu and Persian
# letter forms that Arabic keyboards lack (normalisation as in Lucene's Arabic, Persian and Hindi analysers);
# dashes, apostrophes and number separators that occur inside tokens.
_SAME: Final = str.maketrans(
    {
        **dict(zip("đøłıħŧðæœ", ("d", "o", "l", "i", "h", "t", "d", "ae", "oe"), strict=True)),
        **dict.fromkeys("ٱأإآ", "ا"),
        **dict.fromkeys("ىیېے", "ي"),
        "ک": "ك",
        **dict.fromkeys("ةہۃھۀە", "ه"),
        "ـ": "",
        "़": "",
        "ँ": "ं",
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("’ʼʹ", "'"),
        **dict.fromkeys("⁄∕", "/"),
        "٫": ".",
        "٬": ",",
        "°": "",
        # Joiners, soft hyphen and direction marks show nothing of their own.
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
    }
)
_ARABIC_LETTER: Final = regex.compile(r"(?=\p{L})\p{Script=Arabic}")
_NUKTA: Final = "\N{DEVANAGARI SIGN NUKTA}"
# й and Й decompose to и and a breve, but й is a letter of its own; the breve is put back.
_SHORT_I: Final = "и\u0306"
_MARKED: Final = regex.compile(r"([\p{Latin}\p{Greek}\p{Cyrillic}])\p{M}+")
_ARABIC_MARKS: Final = regex.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06ed]")


@lru_cache(maxsize=131_072)
def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    text = unicodedata.normalize("NFD", text.translate(_SAME)).replace(_SHORT_I, "й")
    text = _MARKED.sub(r"\1", _ARABIC_MARKS.sub("", text))
    return unicodedata.normalize("NFC", text).translate(_SAME)


def fold(text: str) -> str:
    """Make spellings that people do not tell apart equal.

    NFKC, casefold, decimal digits of every script as ASCII; diacritics dropped in Latin, Greek and Cyrillic
    (й stays a letter); Arabic vowel marks and tatweel dropped, forms of alef, ya, kaf and ha unified; Indic and Thai
    vowel signs kept. `fold(fold(x)) == fold(x)`.
    """
    return _fold.__wrapped__(text) if len(text) > 64 else _fold(text)


def as_typed(pattern: str) -> str:
    """A pattern that also finds its words as they are typed: with the letters of another Arabic or Urdu keyboard, with
    or without hamza, with "ه" for "ة", and without the dot below a Devanagari letter.

    Args:
        pattern: of the package regex or of re; a set in brackets may hold such letters.
    """
    typed, in_set, escaped = [], False, False
    for character in pattern:
        others = _typed_for().get(character, "")
        if escaped or not others:
            typed.append(character)
        else:
            typed.append(others if in_set else others if character == _NUKTA else f"[{others}]")
        if not escaped and character in "[]":
            in_set = character == "["
        escaped = character == "\\" and not escaped
    return "".join(typed)


@lru_cache(maxsize=1)
def _typed_for() -> Mapping[str, str]:
    """The letters that may be typed for a letter, itself included; behind a dot, that it may be missing."""
    same: dict[str, str] = {}
    for code, plain in _SAME.items():
        if _ARABIC_LETTER.match(chr(code)) and plain:
            same[plain] = same.get(plain, plain) + chr(code)
    by_letter = {letter: letters for letters in same.values() for letter in letters}
    return {**by_letter, _NUKTA: f"{_NUKTA}?", "ँ": "ँं", "ं": "ँं"}


_SPACELESS: Final = r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々〇"
_CLUSTERED: Final = r"\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}"
_INNER: Final = r"\u00ad\u200b-\u200f\u2060\ufeff"
_LETTER: Final = rf"[\p{{L}}--[{_SPACELESS}{_CLUSTERED}]]"
_REST: Final = rf"[[\p{{L}}\p{{M}}\p{{Nd}}⁰¹²³⁴-⁹₀-₉ـ{_INNER}]--[{_SPACELESS}{_CLUSTERED}]]"
_TOKEN: Final = regex.compile(
    rf"""
      (?P<number> \p{{Nd}}{{1,2}}:\p{{Nd}}{{2}}(?::\p{{Nd}}{{2}})?(?!\p{{Nd}})       # 8:30, and 17:00 in 8:30-17:00
                | \p{{Nd}}+(?:[.,/:\-‐‑–−٫٬]\p{{Nd}}+)* )                            # 0.5  1,000  2-5  01/02/2026
    | (?P<cjk>    [{_SPACELESS}]+ )
    | (?P<thai>   [[{_CLUSTERED}]--\p{{Nd}}]+ )
    | (?P<code>   {_LETTER}{_REST}*(?:[\-‐‑–]\p{{Nd}}{_REST}*)+ )                    # SL-200
    | (?P<word>   {_LETTER}{_REST}*(?:['’ʼ](?:s|t|re|ve|ll|d|m)(?!{_REST}))? )       # patient's, don't
    | (?P<sign>   [½⅓⅔¼¾⅕-⅞℃℉㎀-㏟] )
    """,
    regex.VERBOSE | regex.VERSION1,
)
# At a longer word a raised figure is the mark of a note ("paracetamol¹"); units and signs have powers ("cm³").
_NOTE_MARKS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
_SHORTEST_NOTED: Final = 3
# The Swahili letter ng' ("ng'ombe").
_NG: Final = regex.compile(rf"[Nn][Gg]['’ʼ]{_LETTER}{_REST}*(?:(?<=[Nn][Gg])['’ʼ]{_LETTER}{_REST}*)*", regex.VERSION1)
# One readable unit: an optional vowel written in front, a letter, and the signs that hang on it.
_CLUSTER: Final = regex.compile(r"[เ-ไ]?[ก-ฮ][ะ-ฺๅ็-๎]*|\X")


def _bigrams(units: list[tuple[int, int]], text: str) -> Iterator[Token]:
    if len(units) == 1:
        ((start, end),) = units
        yield Token(fold(text[start:end]), start, end)
    for (start, _), (_, end) in pairwise(units):
        yield Token(fold(text[start:end]), start, end)


def _scan(text: str) -> Iterator[Token]:
    position = 0
    while match := _TOKEN.search(text, position):
        start, end = match.span()
        position = end
        kind = match.lastgroup
        if kind == "cjk":
            yield from _bigrams([(i, i + 1) for i in range(start, end)], text)
        elif kind == "thai":
            yield from _bigrams([m.span() for m in _CLUSTER.finditer(text, start, end)], text)
        else:
            if text[start] in "nN" and (whole := _NG.match(text, start)):
                end = position = max(end, whole.end())
            if kind == "word" and text[end - 1] in _NOTE_MARKS:
                bare = start + len(text[start:end].rstrip(_NOTE_MARKS))
                end = bare if bare - start >= _SHORTEST_NOTED else end
            folded = fold(text[start:end])
            # A few single characters fold into several words.
            yield Token(folded.replace(" ", "") if " " in folded else folded, start, end)


def tokens(text: str) -> list[Token]:
    """The words, numbers and codes of `text` in order, folded, with their offsets.

    A number with inner . , / - : is one token ("0.5", "8:30", "2-5"), so is a code ("SL-200"); a number and the unit
    written on to it are two ("5mg"). Chinese and Japanese come as overlapping pairs of characters, Thai as
    overlapping pairs of character clusters (a single one when it stands alone): neither writes spaces between words.
    """
    return [token for token in _scan(text) if token.text]
