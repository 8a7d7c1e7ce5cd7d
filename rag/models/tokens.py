"""How many tokens a text will be, without the model's own tokenizer."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

# Tenths of a token for each character.
_SPACE: Final = 1
_ASCII_LETTER: Final = 5
_ALPHABETIC: Final = 11
"""Latin with diacritics, Greek, Cyrillic, Hebrew, Arabic (below U+0900; and U+1E00 to U+1FFF)."""
_SYLLABIC: Final = 13
"""Indic and South-East Asian scripts, Chinese, Japanese, Korean: three bytes a character in UTF-8."""
_SYMBOL: Final = 10
"""Digits, punctuation, line breaks: usual vocabularies have no longer token for "2.5 ml (1/2)"."""
_RARE: Final = 30
"""Beyond the basic plane and control characters: one token a byte."""
ENGLISH: Final = "ENGLISH"
"""Told apart from other text in Latin script: vocabularies are made for it, and Swahili takes twice as many tokens."""
_ENGLISH_WORDS: Final = frozenset(
    "a an and are as at be by for from in is it not of on or that the this to with".split()
)
_ENGLISH_SHARE: Final = 0.15
"""Of the words; running text has a fourth to a third, other languages a few in a hundred."""


class Weighed(NamedTuple):
    """A text's estimate in tenths of tokens: of its letters by script, spaces among them, and of all else."""

    letters: Mapping[str, int]
    symbols: int


def estimate_tokens(text: str) -> int:
    """An estimate that errs on the high side, for any script and any usual model.

    The weights per character were set against the tokenizers of Qwen (151,000 entries) and MiniLM, whose counts are
    not above it on ordinary text of 15 languages, tables and code; SmolLM2's (49,000 entries, made for English) is
    at most 1.6 times as high. For English it is about 1.6 times too high: a little more memory for the window.
    """
    weighed = weigh(text)
    return -(-(sum(weighed.letters.values()) + weighed.symbols) // 10)


@lru_cache(maxsize=128)
def weigh(text: str) -> Weighed:
    """The estimate by script: `ENGLISH`, "LATIN", "CYRILLIC", "CJK" and so on.

    Cached: a prompt and its passages are weighed when it is packed, sent and learned from, and again for a repair.
    """
    letters: Counter[str] = Counter()
    symbols = spaces = 0
    # A text has few different characters: counting them is much faster than weighing each one.
    for char, count in Counter(text).items():
        weight = count * _weight(char)
        if char == " ":
            spaces += weight
        elif script := _script(char):
            letters[script] += weight
        else:
            symbols += weight
    if letters["LATIN"] and _is_english(text):
        letters[ENGLISH] = letters.pop("LATIN")
    if letters.total():
        letters[letters.most_common(1)[0][0]] += spaces
    else:
        symbols += spaces
    return Weighed(letters, symbols)


def _is_english(text: str) -> bool:
    words = text.lower().split()
    return sum(word in _ENGLISH_WORDS for word in words) >= _ENGLISH_SHARE * len(words)


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """The script of a letter or of a mark on one, by the first word of its name; "" for anything else."""
    if unicodedata.category(char)[0] not in "LM":
        return ""
    return unicodedata.name(char, "OTHER").partition(" ")[0]


def _weight(char: str) -> int:
    if char == " ":
        return _SPACE
    code = ord(char)
    if code < 0x80:
        return _ASCII_LETTER if char.isalpha() else _SYMBOL
    if code > 0xFFFF:
        return _RARE
    if code < 0x0900 or 0x1E00 <= code < 0x2000:
        return _ALPHABETIC
    return _SYLLABIC
