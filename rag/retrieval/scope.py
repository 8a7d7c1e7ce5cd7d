"""Both searches kept to some of the library's chunks, so that no fewer are found than there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from rag.core.errors import InvalidFilter
from rag.core.filters import Filter
from rag.core.ports import KeywordIndex, Scored, Vector, VectorIndex
from rag.store.catalog import Catalog
from rag.store.versions import State

EXACT: Final = 5000
"""So many chunks or fewer are gone through one by one: their vectors are read from the catalog in some 20 ms. Of more,
the indexes give enough of all chunks that enough of these are among them."""
_SPARE: Final = 1.5
"""What an index is asked for beyond the share that the scope has of the library."""


@dataclass(frozen=True)
class Scope:
    """What a search looks at.

    Args:
        documents: ids of the documents it is kept to; None for all.
        chunk_ids: ids of all chunks it is kept to, where they are few; None where `documents` says it.
        size: how many chunks there are in it.
    """

    catalog: Catalog
    vectors: VectorIndex
    keywords: KeywordIndex
    documents: frozenset[str] | None
    chunk_ids: Sequence[str] | None
    size: int

    @classmethod
    def of(cls, catalog: Catalog, vectors: VectorIndex, keywords: KeywordIndex, within: Filter) -> Scope:
        """The scope that a filter leaves.

        Raises:
            InvalidFilter: it leaves no document.
        """
        if not within:
            return cls(catalog, vectors, keywords, None, None, catalog.size())
        found = catalog.matching(within)
        if not found:
            raise InvalidFilter(
                f"No document of the library is left by what the search is kept to: {within}.",
                "Leave some of it out. `kitabu list` shows the documents with their languages and dates.",
            )
        size = sum(found.values())
        documents = frozenset(found)
        chunk_ids = catalog.chunk_ids(documents) if size <= EXACT else None
        return cls(catalog, vectors, keywords, documents, chunk_ids, size)

    def only(self, chunk_ids: Sequence[str]) -> Scope:
        """The scope of some of its chunks."""
        return replace(self, chunk_ids=chunk_ids, size=len(chunk_ids))

    def states(self, document_ids: Collection[str]) -> dict[str, State]:
        """How documents stand among their versions. What it leaves out is no version to go by."""
        found = self.catalog.states(document_ids)
        documents = self.documents
        if documents is None:
            return found
        return {
            key: state._replace(newer=tuple(filter(documents.__contains__, state.newer)))
            for key, state in found.items()
        }

    def dense(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest, best first, scored by cosine; fewer only where there are fewer."""
        if self.chunk_ids is None:
            found = self._enough(lambda count: self.vectors.search(vector, count), k)
            # A graph may give up before it has seen everything.
            if self.documents is None or len(found) >= min(k, self.size):
                return found
        chunk_ids = self.catalog.chunk_ids(self.documents or ()) if self.chunk_ids is None else self.chunk_ids
        ids, vectors = self.catalog.vectors_of(chunk_ids, len(vector))
        cosines = vectors @ vector
        return [Scored(ids[place], float(cosines[place])) for place in np.argsort(-cosines, kind="stable")[:k]]

    def keyword(self, question: str, language: str, k: int) -> list[Scored]:
        """The `k` best by their words, best first."""
        if self.chunk_ids is not None:
            return self.keywords.search(question, language, k, self.chunk_ids)
        return self._enough(lambda count: self.keywords.search(question, language, count), k)

    def _enough(self, search: Callable[[int], list[Scored]], k: int) -> list[Scored]:
        """The `k` best of the scope: more and more of the library's best, until enough of them are in it."""
        if self.documents is None:
            return search(k)
        total = self.catalog.size()
        count = min(total, int(k * _SPARE * total / max(self.size, 1)) + 1)
        while True:
            found = search(count)
            kept = set(self.kept([scored.chunk_id for scored in found]))
            if len(kept) >= k or len(found) < count or count >= total:
                return [scored for scored in found if scored.chunk_id in kept][:k]
            count = min(total, 2 * count)

    def kept(self, chunk_ids: Sequence[str]) -> list[str]:
        """Those of the chunks that are in documents it is kept to."""
        if self.documents is None:
            return list(chunk_ids)
        owner = self.catalog.documents_of(chunk_ids)
        return [chunk_id for chunk_id in chunk_ids if owner.get(chunk_id) in self.documents]
