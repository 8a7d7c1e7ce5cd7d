"""One paragraph in several places: shown once, with the other places named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

import numpy as np

from rag.core.shingles import Shingles, containment, shingles, words
from rag.core.text import content_terms, is_stopword, terms
from rag.core.types import Document, Hit
from rag.retrieval.versions import Candidates

NEAR: Final = 0.5
"""Cosine between two chunks' vectors below which their words are not compared. Title and headings are embedded with a
chunk: the same 35 words under different titles were between 0.59 and 0.81."""
REMEMBERED: Final = 2048
"""Texts whose shingles are kept: what is asked for again and again is in few of them."""
SAME_TEXT: Final = 0.8
"""Share of a chunk's shingles that stand in a better one: of 60 words, three that stand apart may differ."""


@dataclass(frozen=True)
class _Text:
    """A chunk's words, compared only where its meaning is near."""

    hit: Hit
    document: Callable[[str], Document]

    @cached_property
    def language(self) -> str:
        return self.document(self.hit.chunk.document_id).language

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words(self.hit.chunk.text))

    @property
    def shingles(self) -> Shingles:
        return _shingles(self.hit.chunk.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(terms(self.hit.chunk.text, self.language))

    def says_nothing_new(self, better: _Text, asked: frozenset[str]) -> bool:
        """Whether `better` has nearly all of this text, and all of it that could make a difference.

        That is every number, every word of the question, and every word that carries no meaning of its own: "not" is
        among those.
        """
        if containment(self.shingles, better.shingles) < SAME_TEXT:
            return False
        if asked & self.terms - better.terms:
            return False
        return not any(map(self._decides, self.words - better.words))

    def _decides(self, word: str) -> bool:
        return any(map(str.isdecimal, word)) or is_stopword(word, self.language)


def without_copies(found: Candidates, hits: Sequence[Hit], k: int) -> list[Hit]:
    """The `k` best hits that each say something of their own; `copies` of a hit names the documents left out for it.

    Versions of one document are left to `Candidates.settle`.

    Args:
        found: what the hits come from.
        hits: best first.
    """
    rows = {hit.chunk.id: row for row, hit in enumerate(found.hits)}
    asked = frozenset(content_terms(found.question, found.language))
    kept: list[_Text] = []
    copies: dict[int, list[str]] = {}
    for hit in hits:
        if len(kept) == k:  # copies stand close to each other: few come later, and comparing all takes time
            break
        text = _Text(hit, found.document)
        cosines = found.cosines(rows[hit.chunk.id], [rows[other.hit.chunk.id] for other in kept])
        near = np.flatnonzero(cosines >= NEAR).tolist()
        home = next((place for place in near if _same(text, kept[place], asked, found)), None)
        if home is not None:
            copies.setdefault(home, []).append(hit.chunk.document_id)
        else:
            kept.append(text)
    return [
        replace(text.hit, rank=place + 1, copies=_others(copies.get(place, ()), text.hit.chunk.document_id))
        for place, text in enumerate(kept)
    ]


@lru_cache(REMEMBERED)
def _shingles(text: str) -> Shingles:
    return shingles(words(text))


def _same(text: _Text, better: _Text, asked: frozenset[str], found: Candidates) -> bool:
    state = found.states.get(text.hit.chunk.document_id)
    versions = state is not None and better.hit.chunk.document_id in state.others
    return not versions and text.says_nothing_new(better, asked)


def _others(found: Sequence[str], own: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(document_id for document_id in found if document_id != own))
