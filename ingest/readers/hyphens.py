"""Words that are broken at the ends of lines, put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from rag.core.text import fold
from rag.core.words import words_of as words_of_language

_SOFT: Final = "\u00ad"
_HYPHENS: Final = ("-", "\u2010", _SOFT)
_HYPHEN_END: Final = re.compile(r"(\w+)[-\u2010\u00ad]$")
# Languages that write so; in others such short words are ends of words ("Frau-en", "siste-mas").
_SUSPENDING: Final = ("de", "en")
# The last word of a line is looked for among this many of its last characters.
_LAST_WORD: Final = 60
_WORD_START: Final = re.compile(r"\w+")
_WORDS: Final = re.compile(r"\w+(?:-\w+)*")


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Every word of the document, folded; words broken at a line's end are not among them."""
    words: set[str] = set()
    for text in texts:
        body = _HYPHEN_END.sub("", text) if text.endswith(_HYPHENS) else text
        words.update(_WORDS.findall(body.casefold()))
    return frozenset(words)


def join_lines(texts: Sequence[str], words: frozenset[str]) -> str:
    """Lines as running text; a word broken at a line's end is put together again.

    Whether a hyphen belongs to the word is told by the document itself: "follow-up" keeps it where "follow-up" stands
    elsewhere and "followup" does not. In "pre- and postnatal" it stands for the rest of a word.
    """
    joined = []
    for text, after in pairwise([*texts, ""]):
        broken = _HYPHEN_END.search(text[-_LAST_WORD:]) if text.endswith(_HYPHENS) else None
        start = _WORD_START.match(after)
        if broken is None or start is None:
            joined.append(text + " ")
            continue
        first, second = broken.group(1).casefold(), start.group().casefold()
        if first + second not in words and fold(second) in _links():
            joined.append(text + " ")
            continue
        keeps = (
            not start.group()[0].islower()
            or not first[-1].isalpha()
            or (f"{first}-{second}" in words and first + second not in words)
        )
        joined.append(text if keeps and text[-1] != _SOFT else text[:-1])
    return "".join(joined).rstrip()


@cache
def _links() -> frozenset[str]:
    """What joins two words of which the first lacks its end: "and", "or"."""
    spoken = [words_of_language(language) for language in _SUSPENDING]
    links = {word for words in spoken for word in (*words.conjunctions, *words.alternatives)}
    return frozenset(map(fold, links.difference(*(words.but for words in spoken))))
