"""What a question names exactly: phrases in quotation marks, and codes such as SL-200 or 2025-03-01."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import regex

from rag.core.ports import KeywordIndex
from rag.core.text import tokens
from rag.store.catalog import Catalog

LOOKED_AT: Final = 2000
"""Chunks with all words of a phrase that are read at a time, those first that have them most."""
CODE_WEIGHT: Final = 0.5
"""Share of its score that a chunk loses when it has none of the codes of a question that other chunks have."""
COMMON: Final = 50
"""A code in so many chunks is a topic, not a name: there may be other words for it, as for a gene."""

# Not the single quotation mark, which is an apostrophe more often.
_QUOTED: Final = regex.compile(
    r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|「([^「」]+)」|『([^『』]+)』'
)
_DATE: Final = regex.compile(r"\d+([./-])\d+\1\d+")


def quoted(question: str) -> list[str]:
    """The phrases that stand in quotation marks, those with a word in them."""
    found = (next(filter(None, match.groups())) for match in _QUOTED.finditer(question))
    return [phrase for phrase in found if tokens(phrase)]


def holding(phrases: Sequence[str], keywords: KeywordIndex, catalog: Catalog) -> list[list[str]]:
    """For each phrase the ids of chunks that have it, word by word, in their text, headings or title."""
    return [_holding([token.text for token in tokens(phrase)], keywords, catalog) for phrase in phrases]


def _holding(words: Sequence[str], keywords: KeywordIndex, catalog: Catalog) -> list[str]:
    read: set[str] = set()
    count = LOOKED_AT
    while True:
        candidates = keywords.having(list(dict.fromkeys(words)), count)
        new = [chunk_id for chunk_id in candidates if chunk_id not in read]
        found = [
            entry.chunk.id
            for entry in catalog.entries(new)
            if any(_stands_in(words, text) for text in (entry.title, *entry.chunk.heading_path, entry.chunk.text))
        ]
        if found or len(candidates) < count:
            return found
        read.update(new)
        count *= 2


def _stands_in(words: Sequence[str], text: str) -> bool:
    found = [token.text for token in tokens(text)]
    starts = (place for place, word in enumerate(found) if word == words[0])
    return any(found[place : place + len(words)] == list(words) for place in starts)


def codes(question: str) -> list[str]:
    """The question's words, folded, that mix letters and digits, and its dates in digits."""
    found = (token.text for token in tokens(question))
    return list(dict.fromkeys(word for word in found if _is_code(word)))


def _is_code(word: str) -> bool:
    digit = any(character.isdecimal() for character in word)
    return digit and (any(character.isalpha() for character in word) or _DATE.fullmatch(word) is not None)


def weighed(scores: Mapping[str, float], named: Sequence[str], keywords: KeywordIndex) -> Mapping[str, float]:
    """The scores of chunks, lowered for those that lack codes of the question that others of them have.

    Meaning alone takes lamp SL-300 for lamp SL-200.
    """
    holders: list[Collection[str]] = []
    for code in named:
        having = set(keywords.having([code], COMMON))
        if len(having) < COMMON and not having.isdisjoint(scores):
            holders.append(having)
    if not holders:
        return scores
    lost = CODE_WEIGHT / len(holders)
    return {key: score * (1.0 - lost * sum(key not in having for having in holders)) for key, score in scores.items()}
