"""How well the search finds the documents that people judged relevant."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rag.core.errors import ModelError
from rag.core.types import Hit
from rag.engine import Engine
from rag.evaluation.beir import Judgements
from rag.evaluation.metrics import mean, ndcg, quantile, recall, reciprocal_rank
from rag.retrieval.retriever import CANDIDATES

HITS_PER_DOCUMENT: Final = 5
"""Passages fetched for each document wanted: several may come from one document."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What one query found."""

    id: str
    ranked: tuple[str, ...]
    """Ids of the first `k` documents, best first."""
    ndcg: float
    recall: float
    reciprocal_rank: float
    seconds: float


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """The figures of a run: means over the queries that have a relevant document."""

    k: int
    results: tuple[QueryResult, ...]
    without_relevant: int
    """Judged queries without a relevant document, which were not asked."""

    def to_json(self) -> dict[str, Any]:
        """The figures by their usual names; latencies in seconds."""
        seconds = [result.seconds for result in self.results]
        return {
            "queries": len(self.results),
            "queries_without_relevant": self.without_relevant,
            f"ndcg@{self.k}": mean([result.ndcg for result in self.results]),
            f"recall@{self.k}": mean([result.recall for result in self.results]),
            f"mrr@{self.k}": mean([result.reciprocal_rank for result in self.results]),
            "latency_p50": quantile(seconds, 0.50),
            "latency_p95": quantile(seconds, 0.95),
        }


def run_retrieval(
    engine: Engine,
    queries: Mapping[str, str],
    judged: Judgements,
    records: Mapping[str, tuple[str, ...]],
    k: int = 10,
    on_result: Callable[[QueryResult], None] = lambda _result: None,
) -> RetrievalReport:
    """Search for every judged query that has a relevant document, in order.

    Args:
        engine: over a library that holds the collection.
        queries: texts by id.
        judged: grades by document, by query.
        records: ids of records by document of the library.
        k: how far down the ranking counts.
        on_result: called after each query.

    Raises:
        ModelError: the embedder or the reranker does not answer, so that something else would be measured.
    """
    asked = [query for query, grades in judged.items() if any(grade > 0 for grade in grades.values())]
    # No fewer than each search proposes: the ranking is then the one that every answer is made from.
    depth = max(CANDIDATES, HITS_PER_DOCUMENT * k)
    # The first search loads what later ones have.
    _searched(engine, "Warm-up", depth)
    results = []
    for query in asked:
        began = time.perf_counter()
        hits = _searched(engine, queries[query], depth)
        seconds = time.perf_counter() - began
        ranked = rank_documents(hits, records)[:k]
        grades = judged[query]
        result = QueryResult(
            query,
            tuple(ranked),
            ndcg(ranked, grades, k),
            recall(ranked, grades, k),
            reciprocal_rank(ranked, grades, k),
            seconds,
        )
        on_result(result)
        results.append(result)
    return RetrievalReport(k, tuple(results), len(judged) - len(asked))


def _searched(engine: Engine, query: str, depth: int) -> list[Hit]:
    found = engine.search(query, depth)
    if found.problem:
        raise ModelError(found.problem, "Measure again once that is mended.")
    return found.hits


def rank_documents(hits: list[Hit], records: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Ids of records in the order of their best passages; those that say the same follow each other."""
    documents = dict.fromkeys(hit.chunk.document_id for hit in hits)
    return [record for document in documents for record in records.get(document, ())]
