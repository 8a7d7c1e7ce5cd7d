"""Characters of fonts of signs (Symbol, Wingdings), whose letters are no letters: an "m" of Symbol is a "µ".

Word processors keep them as bytes, or at U+F000 and the byte in Unicode's private use area.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ingest.readers.symbol_table import SYMBOL, WINGDINGS, WINGDINGS_2

UNKNOWN: Final = "\ufffd"
"""Stands for a sign that is not known: what is there and cannot be read must be seen."""
LONGEST_NAME: Final = 64
"""Characters of a font's full name at most, as Windows has it (LF_FULLFACESIZE); what is longer names none."""
_PRIVATE: Final = range(0xF020, 0xF100)
_PRIVATE_SIGNS: Final = re.compile("[\uf020-\uf0ff]")
_UNTOLD: Final[Mapping[int, str]] = {}
_FONTS: Final[Mapping[str, Mapping[int, str]]] = {
    **dict.fromkeys(("symbol", "symbolmt", "symbolps", "standardsymbolsl", "standardsymbolsps"), SYMBOL),
    "wingdings": WINGDINGS,
    "wingdings2": WINGDINGS_2,
    **dict.fromkeys(
        ("wingdings3", "webdings", "zapfdingbats", "itczapfdingbats", "monotypesorts", "mtextra", "marlett"), _UNTOLD
    ),
}
# Where the font is not told: boxes and bullets of Wingdings in the places of Symbol's rarest signs, else Symbol.
_ANY_FONT: Final[Mapping[int, str]] = {
    **SYMBOL,
    **dict.fromkeys((0xA7, 0xD8, 0x76, 0x6E, 0x71), "•"),
    **{byte: WINGDINGS[byte] for byte in (0xA8, 0xE0, 0xFC, 0xFD, 0xFE)},
    0x52: WINGDINGS_2[0x52],
}


def is_sign_font(font: str) -> bool:
    """Whether a font of that name has signs in the places of letters."""
    return _plain(font) in _FONTS


def symbol(code: int, font: str = "") -> str:
    """What a character shows that is said to be a sign, `UNKNOWN` where that is not known.

    Args:
        code: its place in Unicode, or, in a font of signs, its byte.
        font: the font's name, "" where it is not told.
    """
    if font and code in _PRIVATE and not is_sign_font(font):
        return UNKNOWN
    return in_font(chr(code), font)


def in_font(text: str, font: str, private_font: str = "") -> str:
    """What text shows: in fonts of signs every character is a sign, in others those in the private use area are.

    Args:
        text: characters as they are stored.
        font: the font's name, "" where it is not told.
        private_font: the font of what lies in the private use area, where another is told for it.
    """
    signs = _FONTS.get(_plain(font))
    if signs is None:
        private = _FONTS.get(_plain(private_font), _ANY_FONT)
        return _PRIVATE_SIGNS.sub(lambda match: private.get(ord(match.group()) - 0xF000, UNKNOWN), text)
    return "".join(_sign(char, signs) for char in text)


def _sign(char: str, signs: Mapping[int, str]) -> str:
    code = ord(char)
    if code in _PRIVATE:
        return signs.get(code - 0xF000, UNKNOWN)
    # Blanks stay, and so does what is a character of Unicode already.
    return char if char.isspace() or code < 0x20 or code > 0xFF else signs.get(code, UNKNOWN)


def _plain(font: str) -> str:
    return _letters(font) if len(font) <= LONGEST_NAME else ""


@lru_cache(maxsize=256)
def _letters(font: str) -> str:
    return re.sub(r"[\W_]", "", font.casefold())
