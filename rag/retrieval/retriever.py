"""Dense and keyword search together, fused."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from rag.core.errors import ModelError
from rag.core.filters import EVERYTHING, Filter
from rag.core.ports import Embedder, KeywordIndex, Matrix, Reranker, Vector, VectorIndex
from rag.core.text import detect_language
from rag.core.types import Chunk, Hit, Standing
from rag.retrieval.copies import without_copies
from rag.retrieval.exact import codes, holding, quoted, weighed
from rag.retrieval.fusion import Ranked, fuse, in_turn
from rag.retrieval.parts import parts
from rag.retrieval.rerank import renumbered, reorder
from rag.retrieval.scope import Scope
from rag.retrieval.versions import Candidates
from rag.store.catalog import Catalog

CANDIDATES: Final = 50
"""How many chunks each searcher proposes to the fusion: several times what is shown, few enough to stay quick."""
MOST_CANDIDATES: Final = 500
"""More are proposed where copies of few paragraphs take the places, until there are so many."""


class Wording(NamedTuple):
    """A question to search with."""

    text: str
    language: str
    vector: Vector
    """All zeros where its meaning is not compared."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first."""

    question: str
    language: str
    hits: list[Hit]
    wordings: tuple[Wording, ...]
    """The question, and its translations."""
    timings: dict[str, float]
    """Seconds: scope, embed, dense, keyword, fuse, rerank where there is one, versions, total."""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    """Of the documents of the hits that are not the ones to go by."""
    named: frozenset[str] = frozenset()
    """Those of them that the question asks for by name: they need not stand back."""
    problem: str = ""
    """What the reader must know of how it was searched: the reranker failed, and the order is that without it."""


class Retriever:
    """Searches one library.

    Args:
        trust: how far the embedder is trusted in a language, 0 to 1.
        reranker: puts the first hits into its order; None for none.
    """

    def __init__(
        self,
        catalog: Catalog,
        vectors: VectorIndex,
        keywords: KeywordIndex,
        embedder: Embedder,
        trust: Callable[[str], float],
        reranker: Reranker | None = None,
    ) -> None:
        self._catalog = catalog
        self._vectors = vectors
        self._keywords = keywords
        self._embedder = embedder
        self._trust = trust
        self._reranker = reranker

    def search(self, question: str, k: int, within: Filter = EVERYTHING, also: Sequence[str] = ()) -> SearchResult:
        """The `k` best chunks for a self-contained question.

        A question that asks several things is searched as a whole and for each of them. Where a passage has the words
        that it puts in quotation marks, only such passages are found.

        Args:
            within: what the search is kept to.
            also: the question in other languages; what is found for each is taken in turn.

        Raises:
            InvalidFilter: no document is left by `within`.
            StoreError: an index cannot be read.
        """
        language = detect_language(question)
        clock = _Stopwatch()
        scope = self._scope(question, within)
        clock.lap("scope")
        asked = [self._worded(text) for text in (question, *also)]
        wordings = [*asked, *map(self._worded, parts(question, language))]
        clock.lap("embed")
        count = max(CANDIDATES, k)
        found, hits, problem = self._search(wordings, count, k, scope, clock)
        # Copies of a few paragraphs may have taken all places.
        while len(hits) < k and count < min(scope.size, MOST_CANDIDATES):
            count *= 4
            found, hits, problem = self._search(wordings, count, k, scope, clock)
        standings = {
            hit.chunk.document_id: found.states[hit.chunk.document_id].standing
            for hit in hits
            if hit.chunk.document_id in found.states
        }
        outdated = {key: standing for key, standing in standings.items() if standing is not Standing.CURRENT}
        named = frozenset(key for key in outdated if not found.stands_back(key))
        return SearchResult(question, language, hits, tuple(asked), clock.finish(), outdated, named, problem)

    def _search(
        self, wordings: Sequence[Wording], count: int, k: int, scope: Scope, clock: _Stopwatch
    ) -> tuple[Candidates, list[Hit], str]:
        """The candidates, up to `count` of each searcher; the `k` best of them; why they were not reranked, if so."""
        found = self._candidates(wordings, count, scope, clock)
        problem = ""
        if self._reranker is not None:
            try:
                found = self._reranked(found, self._reranker)
            except ModelError as error:
                problem = str(error)
            clock.lap("rerank")
        if found.states:
            found = self._with_newest(found, wordings[0].vector)
        hits = found.settle(len(found.hits)) if found.states else found.hits
        hits = without_copies(found, hits, k)
        clock.lap("versions")
        return found, hits, problem

    def size(self, within: Filter) -> int:
        """How many chunks a search is kept to.

        Raises:
            InvalidFilter: no document is left by `within`.
        """
        return Scope.of(self._catalog, self._vectors, self._keywords, within).size

    def _scope(self, question: str, within: Filter) -> Scope:
        """What is looked at: all that the filter leaves, or the chunks in it that have what the question quotes."""
        scope = Scope.of(self._catalog, self._vectors, self._keywords, within)
        phrases = quoted(question)
        if not phrases:
            return scope
        having = [set(scope.kept(chunk_ids)) for chunk_ids in holding(phrases, self._keywords, self._catalog)]
        # All phrases together, or any of them; what no passage has keeps nothing out.
        chunk_ids = set.intersection(*having) or set.union(*having)
        return scope.only(sorted(chunk_ids)) if chunk_ids else scope

    def _worded(self, text: str) -> Wording:
        language = detect_language(text)
        # An embedder that is not trusted at all need not be asked, and may not answer.
        asked = self._trust(language) > 0
        vector = self._embedder.encode_query(text) if asked else np.zeros(self._embedder.dimension, np.float32)
        return Wording(text, language, vector)

    def _reranked(self, found: Candidates, reranker: Reranker) -> Candidates:
        order = reorder(found.question, found.hits, reranker, found.document)
        return replace(found, hits=renumbered(found.hits, order), vectors=found.vectors[order])

    def _with_newest(self, found: Candidates, vector: Vector) -> Candidates:
        """The candidates with the same passages of the versions to go by, where older ones took their places."""
        known = {hit.chunk.id for hit in found.hits}
        new: dict[str, Chunk] = {}
        for document_id, chunk_ids in found.missing().items():
            near = self._catalog.nearest_chunks(document_id, chunk_ids, 1)
            new |= {chunk.id: chunk for chunk in near if chunk.id not in known}
        if not new:
            return found
        vectors = self._catalog.vectors(list(new))
        similarities = (vectors @ vector).tolist()
        return found.extended(
            [
                Hit(chunk, 0, 0.0, {"dense": similarity, "keyword": 0.0})
                for chunk, similarity in zip(new.values(), similarities, strict=True)
            ],
            vectors,
        )

    def _candidates(self, wordings: Sequence[Wording], count: int, scope: Scope, clock: _Stopwatch) -> Candidates:
        """Up to `count` chunks of each searcher for each wording, best first, those of several wordings in turn."""
        dense = [scope.dense(wording.vector, count) if wording.vector.any() else [] for wording in wordings]
        clock.lap("dense")
        keyword = [dict(scope.keyword(wording.text, wording.language, count)) for wording in wordings]
        clock.lap("keyword")
        proposed = [
            list(dict.fromkeys([*(scored.chunk_id for scored in near), *said]))
            for near, said in zip(dense, keyword, strict=True)
        ]
        ids = list(dict.fromkeys(chain.from_iterable(proposed)))
        chunks = self._catalog.chunks(ids)
        # An index may lag behind a deletion for a moment: what the catalog does not know does not exist.
        ids = [chunk_id for chunk_id in ids if chunk_id in chunks]
        # Exact cosines for all candidates, so that keyword finds are compared by meaning as well.
        vectors = self._catalog.vectors(ids)
        # A part that says "its bulb" means the lamp that the question names.
        named = codes(wordings[0].text)
        rankings = [
            self._ranking(wording, [chunk_id for chunk_id in some if chunk_id in chunks], said, cosines, named)
            for wording, some, said, cosines in zip(
                wordings, proposed, keyword, _cosines(wordings, ids, vectors), strict=True
            )
        ]
        ranked = in_turn(rankings)
        hits = [
            Hit(chunks[found.chunk_id], rank, found.score, {"dense": found.similarity, "keyword": found.keyword})
            for rank, found in enumerate(ranked, start=1)
        ]
        places = {chunk_id: place for place, chunk_id in enumerate(ids)}
        clock.lap("fuse")
        states = scope.states({hit.chunk.document_id for hit in hits})
        first = wordings[0]
        order = [places[found.chunk_id] for found in ranked]
        return Candidates(first.text, first.language, hits, vectors[order], states, cache(self._catalog.document))

    def _ranking(
        self,
        wording: Wording,
        proposed: Sequence[str],
        said: Mapping[str, float],
        cosines: Mapping[str, float],
        named: Sequence[str],
    ) -> list[Ranked]:
        """What was proposed for one wording, best first.

        Args:
            said: scores of the keyword search.
            cosines: of the wording and all candidates.
            named: codes that the question names.
        """
        similarity = {chunk_id: cosines[chunk_id] for chunk_id in proposed}
        keyword = {chunk_id: score for chunk_id, score in said.items() if chunk_id in cosines}
        fused = weighed(fuse(similarity, keyword, self._trust(wording.language)), named, self._keywords)
        order = sorted(fused, key=lambda chunk_id: (-fused[chunk_id], chunk_id))
        return [Ranked(key, fused[key], similarity[key], keyword.get(key, 0.0)) for key in order]


def _cosines(wordings: Sequence[Wording], ids: Sequence[str], vectors: Matrix) -> list[dict[str, float]]:
    """Of each wording and every chunk."""
    return [dict(zip(ids, (vectors @ one.vector).tolist() if ids else [], strict=True)) for one in wordings]


class _Stopwatch:
    """Names the seconds between laps."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = self._laps.get(name, 0.0) + now - self._last
        self._last = now

    def finish(self) -> dict[str, float]:
        return {**self._laps, "total": self._last - self._start}
