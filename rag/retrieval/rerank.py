"""The first hits put into the order of a reranker, which reads question and passage together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from rag.core.ports import Reranker
from rag.core.types import Document, Hit

RERANKED: Final = 30
"""Hits that a reranker reads: five times what an answer is made from."""


def reorder(question: str, hits: Sequence[Hit], reranker: Reranker, document: Callable[[str], Document]) -> list[int]:
    """The places of `hits` in the reranker's order; those beyond the first `RERANKED` stay behind as they were.

    Raises:
        ModelError: the reranker failed.
    """
    first = hits[:RERANKED]
    scores = reranker.score(question, [_readable(hit, document(hit.chunk.document_id)) for hit in first])
    best_first = sorted(range(len(first)), key=lambda place: -scores[place])
    return [*best_first, *range(len(first), len(hits))]


def renumbered(hits: Sequence[Hit], order: Sequence[int]) -> list[Hit]:
    """The hits in that order. Ranks and scores stay with the places: a reranker's scale is its own."""
    return [replace(hits[old], rank=place.rank, score=place.score) for place, old in zip(hits, order, strict=True)]


def _readable(hit: Hit, document: Document) -> str:
    """The chunk with what tells what it is about: title and headings."""
    return "\n".join(dict.fromkeys((document.title, *hit.chunk.heading_path, hit.chunk.text)))
