"""Searching one library, whichever set of chunks is in place: what is found goes with what weighs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from rag.answering.evidence import EvidenceRanker, Question
from rag.core.errors import StoreError
from rag.core.filters import EVERYTHING, Filter
from rag.core.types import Passage
from rag.retrieval.passages import build_passages
from rag.retrieval.retriever import Retriever, SearchResult
from rag.store.catalog import Catalog

T = TypeVar("T")
HITS_PER_PASSAGE: Final = 3
"""Hits fetched per passage wanted: neighbours among them are merged."""


class SearchParts(NamedTuple):
    """What searches one set of chunks and vectors, all with the embedder that made it."""

    retriever: Retriever
    ranker: EvidenceRanker


class Found(NamedTuple):
    """Passages for a question, and what they are weighed with."""

    ranker: EvidenceRanker
    result: SearchResult
    passages: tuple[Passage, ...]
    questions: tuple[Question, ...]
    """The question and its translations, each as it is weighed."""


class Searcher:
    """Searches what is in place now.

    Args:
        parts: gives what searches the set of chunks that is in place now; raises `FingerprintMismatch` when that was
            made by another embedder. Gives the same object as long as nothing was switched.
        passages: how many passages an answer is made from.
    """

    def __init__(self, catalog: Catalog, parts: Callable[[], SearchParts], passages: int) -> None:
        self._catalog = catalog
        self._parts = parts
        self._passages = passages

    def search(self, question: str, k: int, within: Filter) -> SearchResult:
        """As `Retriever.search`."""
        return self._steady(lambda parts: parts.retriever.search(question, k, within))

    def size(self, within: Filter) -> int:
        """As `Retriever.size`."""
        return self._steady(lambda parts: parts.retriever.size(within))

    def find(self, question: str, within: Filter = EVERYTHING, also: Sequence[str] = ()) -> Found:
        """The passages for a question.

        Args:
            also: the question in other languages.
        """

        def work(parts: SearchParts) -> Found:
            result = parts.retriever.search(question, self._passages * HITS_PER_PASSAGE, within, also)
            passages = build_passages(self._catalog, result.hits, self._passages, result.standings)
            questions = tuple(parts.ranker.prepare(*wording) for wording in result.wordings)
            return Found(parts.ranker, result, passages, questions)

        return self._steady(work)

    def _steady(self, work: Callable[[SearchParts], T]) -> T:
        """What `work` gives, done once more when another set of chunks was put in place meanwhile."""
        while True:
            parts = self._parts()
            try:
                done = work(parts)
            except (StoreError, ValueError):  # vectors of two dimensions, an index that was closed
                if self._parts() is parts:
                    raise
                continue
            if self._parts() is parts:
                return done
