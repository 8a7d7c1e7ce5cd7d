"""Searching one library, whichever set of chunks is in place: what is found goes with what weighs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

from rag.answering.evidence import EvidenceRanker
from rag.answering.question import Question
from rag.core.errors import MAY_ANSWER_LATER, ModelError, StoreError
from rag.core.filters import EVERYTHING, Filter
from rag.core.messages import messages
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
    by_words: SearchParts | None = None
    """The same with no trust in the embedder, which is then asked for nothing: for when its server does not answer."""


class Found(NamedTuple):
    """Passages for a question, and what they are weighed with."""

    ranker: EvidenceRanker
    result: SearchResult
    passages: tuple[Passage, ...]
    questions: tuple[Question, ...]
    """The question and its translations, each as it is weighed."""
    by_words: ModelError | None = None
    """Why only words were compared, if so."""


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
        """As `Retriever.search`, by words where the embedder's server does not answer: `problem` says so."""
        result, failure = self._steady(lambda parts: parts.retriever.search(question, k, within))
        return result if failure is None else replace(result, problem=f"{failure} {messages('en').by_words}")

    def size(self, within: Filter) -> int:
        """As `Retriever.size`."""
        return self._steady(lambda parts: parts.retriever.size(within))[0]

    def find(self, question: str, within: Filter = EVERYTHING, also: Sequence[str] = ()) -> Found:
        """The passages for a question, found by words where the embedder's server does not answer.

        Args:
            also: the question in other languages.
        """

        def work(parts: SearchParts) -> Found:
            result = parts.retriever.search(question, self._passages * HITS_PER_PASSAGE, within, also)
            passages = build_passages(self._catalog, result.hits, self._passages, result.standings)
            questions = tuple(parts.ranker.prepare(*wording) for wording in result.wordings)
            return Found(parts.ranker, result, passages, questions)

        found, failure = self._steady(work)
        return found._replace(by_words=failure)

    def _steady(self, work: Callable[[SearchParts], T]) -> tuple[T, ModelError | None]:
        """What `work` gives, done once more when another set of chunks was put in place meanwhile; and why it was
        done by words only, if so."""
        while True:
            parts = self._parts()
            try:
                done = _done(work, parts)
            except (StoreError, ValueError):  # vectors of two dimensions, an index that was closed
                if self._parts() is parts:
                    raise
                continue
            if self._parts() is parts:
                return done


def _done(work: Callable[[SearchParts], T], parts: SearchParts) -> tuple[T, ModelError | None]:
    try:
        return work(parts), None
    except MAY_ANSWER_LATER as error:
        if parts.by_words is None:
            raise
        return work(parts.by_words), error
