"""Hits of several versions of a document: the newest first, and each paragraph once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Final

import numpy as np

from rag.core.ports import Matrix, Vector
from rag.core.shingles import Shingles, containment, shingles, words
from rag.core.text import content_terms, terms
from rag.core.types import Document, Hit, Standing
from rag.store.versions import State

SAME_TEXT: Final = 0.75
"""Share of an older chunk's shingles that stands in a newer version's hits, from which on it is the same paragraph: of
200 words eight or more may differ, and the versions may be cut into chunks at other places."""
SAME_PASSAGE: Final = 0.7
"""Cosine between two chunks' vectors, from which on the one counts as what the other became."""


@dataclass(frozen=True)
class Candidates:
    """What a search found, best first, with what is needed to compare the chunks with each other."""

    question: str
    language: str
    hits: Sequence[Hit]
    vectors: Matrix
    """Of the hits' chunks, row for row."""
    states: Mapping[str, State]
    """Of the documents that have versions."""
    document: Callable[[str], Document]
    found: int | None = None
    """How many of the hits the search itself found; None for all."""

    @cached_property
    def _by_document(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, hit in enumerate(self.hits):
            found.setdefault(hit.chunk.document_id, []).append(place)
        return found

    def cosines(self, place: int, others: Sequence[int]) -> Vector:
        """Between the chunk of one hit and those of others, shape (len(others),).

        Not all with all at once: a product of that size is divided among threads, which wait for each other up to a
        hundred times as long as it takes where the cores have other work.
        """
        return np.asarray(self.vectors[others] @ self.vectors[place], dtype=np.float32)

    @cached_property
    def _shingles(self) -> Callable[[int], Shingles]:
        return cache(lambda place: shingles(words(self.hits[place].chunk.text)))

    @cached_property
    def _said(self) -> Callable[[int], frozenset[str]]:
        return cache(self._asked_terms)

    @cached_property
    def stands_back(self) -> Callable[[str], bool]:
        """Tells whether there is a document to go by before the one of an id, and the question does not name that one.

        "What did the handbook of 2023 say?" has a number that only the older one's name, title or date has. Words
        alone do not tell: a name mostly says what all its versions are about.
        """
        return cache(self._stands_back)

    @cached_property
    def _asked(self) -> frozenset[str]:
        return frozenset(content_terms(self.question, self.language))

    def _stands_back(self, document_id: str) -> bool:
        state = self.states.get(document_id)
        if state is None or not state.newer:
            return False
        if self.document(document_id).name.casefold() in self.question.casefold():
            return False
        return not self._named(document_id) - self._named(state.newer[0])

    def missing(self) -> dict[str, list[str]]:
        """Of hits whose passage was not found in the version to go by, the chunks' ids by that version's id.

        Ten versions of a document take the places of ten passages, and the newest may stand further down.
        """
        found: dict[str, list[str]] = {}
        for place, hit in enumerate(self.hits):
            if self.stands_back(hit.chunk.document_id):
                newest = self.states[hit.chunk.document_id].newer[0]
                if not self._near(place, newest):
                    found.setdefault(newest, []).append(hit.chunk.id)
        return found

    def extended(self, hits: Sequence[Hit], vectors: Matrix) -> Candidates:
        """These candidates and further ones, which come in only as the same passage of others."""
        ranks = range(len(self.hits) + 1, len(self.hits) + len(hits) + 1)
        further = [replace(hit, rank=rank) for hit, rank in zip(hits, ranks, strict=True)]
        return replace(
            self, hits=[*self.hits, *further], vectors=np.concatenate([self.vectors, vectors]), found=len(self.hits)
        )

    def _near(self, place: int, document_id: str) -> list[int]:
        """The hits of a document that are like the one at `place`, the most alike first."""
        others = self._by_document.get(document_id, [])
        cosines = self.cosines(place, others).tolist()
        near = [(cosine, other) for cosine, other in zip(cosines, others, strict=True) if cosine >= SAME_PASSAGE]
        return [other for _, other in sorted(near, key=lambda pair: -pair[0])]

    def settle(self, k: int) -> list[Hit]:
        """The `k` best hits, in a new order where there are versions.

        A hit of an outdated document comes right after the same passage of the newest version among the candidates. It
        is left out, and noted with that passage, when the newer one says nearly the same and has every word of the
        question that it has.
        """
        placed: dict[int, Hit] = {}
        at: dict[int, int] = {}
        for place, hit in enumerate(self.hits[: self.found]):
            if len(placed) >= k and place not in placed:
                break
            self._place(place, hit.score, placed, at)
        ordered = list(placed.values())[:k]
        lowest = float("inf")
        for index, hit in enumerate(ordered):
            lowest = min(lowest, hit.score)
            ordered[index] = replace(hit, rank=index + 1, score=lowest)
        return ordered

    def _place(self, place: int, score: float, placed: dict[int, Hit], at: dict[int, int]) -> int:
        """Put a hit behind those placed so far, its newer version before it; where it, or what says the same, stands.

        Args:
            place: of the hit.
            score: that of the hit for whose sake it is placed.
            placed: the hits in their new order, by their old places.
            at: where hits stand that have been placed, and the newer ones that those left out were noted with.
        """
        if place in at:
            return at[place]
        at[place] = place
        hit = replace(self.hits[place], score=max(score, self.hits[place].score))
        twin, same = self._newer(place)
        if twin is not None:
            twin = self._place(twin, hit.score, placed, at)
        if twin in placed and same:
            noted = dict.fromkeys((*placed[twin].also_in, hit.chunk.document_id))
            placed[twin] = replace(placed[twin], also_in=tuple(noted))
            at[place] = twin
        else:
            placed[place] = hit
        return at[place]

    def _newer(self, place: int) -> tuple[int | None, bool]:
        """The same passage in a newer version, if it is among the candidates, and whether that makes this one idle."""
        hit = self.hits[place]
        document_id = hit.chunk.document_id
        if not self.stands_back(document_id):
            return None, False
        state = self.states[document_id]
        behind: int | None = None
        for newer in state.newer:
            near = self._near(place, newer)
            if near and self._says_all(place, near):
                return near[0], True
            if behind is None and state.standing is Standing.SUPERSEDED:
                near = near or self._by_document.get(newer, [])
            if behind is None and near:
                behind = near[0]
        return behind, False

    def _says_all(self, place: int, newer: Sequence[int]) -> bool:
        """Whether hits of a newer version together hold the text of this one, and the question's words that it has."""
        if not self._said(place) <= frozenset().union(*map(self._said, newer)):
            return False
        theirs = self._shingles(newer[0])
        if len(newer) > 1:
            theirs = np.unique(np.concatenate([self._shingles(other) for other in newer]))
        return containment(self._shingles(place), theirs) >= SAME_TEXT

    def _asked_terms(self, place: int) -> frozenset[str]:
        chunk = self.hits[place].chunk
        language = self.document(chunk.document_id).language
        return self._asked.intersection(terms(" ".join((*chunk.heading_path, chunk.text)), language))

    def _named(self, document_id: str) -> frozenset[str]:
        document = self.document(document_id)
        words = terms(f"{document.name} {document.title} {document.date[:4]}", document.language)
        return self._asked & {word for word in words if any(map(str.isdecimal, word))}
