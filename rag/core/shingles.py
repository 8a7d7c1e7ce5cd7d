"""Runs of words by which texts are told to be nearly the same, whatever their language.

Broder, "On the resemblance and containment of documents" (1997): a text is the set of its runs of `SHINGLE` words;
the resemblance of two texts is the Jaccard index of their sets, the containment of one in the other the share of its
set that the other has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Shingles = NDArray[np.uint64]
"""The distinct shingles of a text as hashes, sorted."""

SHINGLE: Final = 3
"""Words in a shingle; characters, in scripts that write no spaces between words."""

# Thai, Lao, Burmese, Khmer, kana, Han.
_SPACELESS: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# All but white space and the punctuation of the scripts that are served: quicker than naming what letters are.
_WORD: Final = re.compile(
    "[^\\s!-/:-@\\[-`{-~\u00a0-\u00bf\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u206f\u2190-\u2bff\u3000-\u303f]+"
)
_PIECE: Final = re.compile(f"[{_SPACELESS}]|[^{_SPACELESS}]+")
_HAS_SPACELESS: Final = re.compile(f"[{_SPACELESS}]")
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_STEP: Final = np.uint64(0xD6E8FEB86659FD93)
"""Odd 64-bit constants of well-mixed bits: the golden ratio's, as in Knuth's multiplicative hashing, and one of the
"rrmxmx" mixer by Pelle Evensen."""
_HALF: Final = np.uint64(32)


def words(text: str) -> list[str]:
    """The words of `text`, folded, in order; in scripts without spaces, its characters."""
    found = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    if not _HAS_SPACELESS.search(text):
        return found
    return [piece for word in found for piece in _PIECE.findall(word)]


def shingles(found: Sequence[str]) -> Shingles:
    """The shingles of a text of these words; a text shorter than one is one."""
    if not found:
        return np.empty(0, dtype=np.uint64)
    numbers = {word: crc32(word.encode("utf-8", "surrogatepass")) for word in set(found)}
    codes = np.array([numbers[word] for word in found], dtype=np.uint64) * _SPREAD
    run = min(SHINGLE, len(codes))
    count = len(codes) - run + 1
    total = np.zeros(count, dtype=np.uint64)
    for place in range(run):
        total = total * _STEP + codes[place : place + count]
        total ^= total >> _HALF
    return np.unique(total)


def common(one: Shingles, other: Shingles) -> int:
    """How many shingles two texts share."""
    return len(np.intersect1d(one, other, assume_unique=True))


def containment(one: Shingles, other: Shingles) -> float:
    """Share of `one` that stands in `other`, 0 to 1; 0 where `one` is empty."""
    return common(one, other) / len(one) if len(one) else 0.0
