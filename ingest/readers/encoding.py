"""Bytes of a text file into text: byte order marks, UTF-8, UTF-16 and -32, then a guess among the old code pages."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from rag.core.errors import UnsupportedFormat

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ALLOWED_CONTROLS: Final = frozenset("\t\n\r\x0b\x0c\x1b\x1a\x85")
# A text may hold a stray control character; a binary file is full of them.
_MOST_CONTROLS = 0.005
# Enough for the guess, and quick: charset-normalizer tries some ninety code pages.
_SAMPLE = 20_000
_CENTRAL_EUROPEAN: Final = frozenset(
    "Polish Czech Slovak Hungarian Romanian Croatian Slovene Slovenian Turkish Lithuanian Latvian Estonian".split()
)


def read_text(path: Path) -> str:
    """The whole text of a file.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    text = decode(path.read_bytes())
    if text is None:
        raise UnsupportedFormat(f"{path.name} is not a text file.", "Save it as UTF-8 text.")
    return text


def decode(data: bytes, *, whole: bool = True) -> str | None:
    """The text in `data`, or None where it is no text.

    Args:
        data: a file's bytes, or (`whole` false) its beginning, which may end within a character.
        whole: whether all of the file is given.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            text = _decode(data, name, whole)
            return text.removeprefix("\ufeff") if text is not None and _is_text(text) else None
    wide = _wide(data)
    if wide:
        text = _decode(data, wide, whole)
        return text if text is not None and _is_text(text) else None
    text = _decode(data, "utf-8", whole)
    if text is None:
        text = _guessed(data)
    return text if text is not None and _is_text(text) else None


def _decode(data: bytes, encoding: str, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: in most scripts every second byte, or three of four, is near zero."""
    sample = data[:4096]
    if len(sample) < 4 or 0 not in sample:
        return ""
    zeros = [sample[place::4].count(0) / max(1, len(sample[place::4])) for place in range(4)]
    if min(zeros[1:]) > 0.9 and zeros[0] < 0.3:
        return "utf-32-le"
    if min(zeros[:3]) > 0.9 and zeros[3] < 0.3:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if odd > 0.3 and even < 0.05:
        return "utf-16-le"
    if even > 0.3 and odd < 0.05:
        return "utf-16-be"
    return ""


def _guessed(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    if data[:8192].count(0):
        return None
    best = from_bytes(data[:_SAMPLE]).best()
    # In Latin script cp1252 is by far the most frequent code page; the guess confuses it with its neighbours.
    western = best is None or (
        all("Latin" in name or "Control" in name for name in best.alphabets) and best.language not in _CENTRAL_EUROPEAN
    )
    names = ["cp1252"] if western or best is None else [best.encoding, "cp1252"]
    for name in (*names, "latin-1"):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def _is_text(text: str) -> bool:
    controls = sum(1 for char in text[:65_536] if char < " " and char not in _ALLOWED_CONTROLS)
    return controls <= _MOST_CONTROLS * len(text[:65_536]) + 1
