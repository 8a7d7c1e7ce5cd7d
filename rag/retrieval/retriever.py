"""Dense and keyword search together, fused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rag.core.ports import Embedder, KeywordIndex, Scored, Vector, VectorIndex
from rag.core.text import detect_language
from rag.core.types import Hit
from rag.retrieval.fusion import fuse
from rag.store.catalog import Catalog

CANDIDATES: Final = 50
"""How many chunks each searcher proposes to the fusion: several times what is shown, few enough to stay quick."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first."""

    question: str
    language: str
    hits: list[Hit]
    question_vector: Vector
    timings: dict[str, float]
    """Seconds: embed, dense, keyword, fuse, total."""


class Retriever:
    """Searches one library."""

    def __init__(
        self,
        catalog: Catalog,
        vectors: VectorIndex,
        keywords: KeywordIndex,
        embedder: Embedder,
        trust: Callable[[str], float],
    ) -> None:
        self._catalog = catalog
        self._vectors = vectors
        self._keywords = keywords
        self._embedder = embedder
        self._trust = trust

    def search(self, question: str, k: int) -> SearchResult:
        """The `k` best chunks for a self-contained question.

        Raises:
            StoreError: an index cannot be read.
        """
        language = detect_language(question)
        clock = _Stopwatch()
        vector = self._embedder.encode_query(question)
        clock.lap("embed")
        candidates = max(CANDIDATES, k)
        dense = self._vectors.search(vector, candidates)
        clock.lap("dense")
        keyword = self._keywords.search(question, language, candidates)
        clock.lap("keyword")
        hits = self._fuse(vector, dense, keyword, self._trust(language), k)
        clock.lap("fuse")
        return SearchResult(question, language, hits, vector, clock.finish())

    def _fuse(self, vector: Vector, dense: list[Scored], keyword: list[Scored], trust: float, k: int) -> list[Hit]:
        keyword_scores = dict(keyword)
        ids = list(dict.fromkeys([scored.chunk_id for scored in (*dense, *keyword)]))
        chunks = self._catalog.chunks(ids)
        # An index may lag behind a deletion for a moment: what the catalog does not know does not exist.
        ids = [chunk_id for chunk_id in ids if chunk_id in chunks]
        if not ids:
            return []
        # Exact cosines for all candidates, so that keyword finds are compared by meaning as well.
        cosines = (self._catalog.vectors(ids) @ vector).tolist()
        similarity = dict(zip(ids, cosines, strict=True))
        known_keywords = {key: score for key, score in keyword_scores.items() if key in chunks}
        fused = fuse(similarity, known_keywords, trust)
        ranked = sorted(ids, key=lambda key: (-fused[key], key))[:k]
        return [
            Hit(
                chunk=chunks[key],
                rank=rank,
                score=fused[key],
                origin={"dense": similarity[key], "keyword": keyword_scores.get(key, 0.0)},
            )
            for rank, key in enumerate(ranked, start=1)
        ]


class _Stopwatch:
    """Names the seconds between laps."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = now - self._last
        self._last = now

    def finish(self) -> dict[str, float]:
        return {**self._laps, "total": self._last - self._start}
