"""Merging hits that stand side by side into passages that read well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.core.types import SPAN_SEPARATOR, Chunk, Hit, Page, Passage, Span
from rag.store.catalog import Catalog


def build_passages(catalog: Catalog, hits: Sequence[Hit], limit: int) -> tuple[Passage, ...]:
    """Merge neighbouring hits of one document into at most `limit` passages, best first, keyed "[1]", "[2]", ...

    Hits are neighbours when their chunks follow each other under the same heading. A merged passage takes
    the rank of its best hit.
    """
    groups: list[list[Hit]] = []
    for hit in hits:
        home = next((group for group in groups if any(_neighbours(hit.chunk, other.chunk) for other in group)), None)
        if home is not None:
            home.append(hit)
        elif len(groups) < limit:
            groups.append([hit])
    return tuple(_merge(catalog, group, f"[{number}]") for number, group in enumerate(groups, start=1))


def _neighbours(one: Chunk, other: Chunk) -> bool:
    return (
        one.document_id == other.document_id
        and abs(one.ordinal - other.ordinal) == 1
        and one.heading_path == other.heading_path
    )


def _merge(catalog: Catalog, hits: Sequence[Hit], key: str) -> Passage:
    best = hits[0]
    document = catalog.document(best.chunk.document_id)
    chunks = sorted((hit.chunk for hit in hits), key=lambda chunk: chunk.ordinal)
    numbers = sorted({span.page for chunk in chunks for span in chunk.spans})
    pages = {number: catalog.page(document.id, number) for number in numbers}
    spans = join_spans([span for chunk in chunks for span in chunk.spans], pages)
    blocks = catalog.blocks(document.id, numbers)
    return Passage(
        key=key,
        document=document,
        heading_path=best.chunk.heading_path,
        spans=spans,
        text=SPAN_SEPARATOR.join(pages[span.page].text[span.start : span.end] for span in spans),
        blocks=tuple(block for block in blocks if any(span.contains(block.span) for span in spans)),
        score=best.score,
        similarity=max(hit.origin.get("dense", 0.0) for hit in hits),
        chunk_ids=tuple(chunk.id for chunk in chunks),
        origin=best.origin,
    )


def join_spans(spans: Sequence[Span], pages: dict[int, Page]) -> tuple[Span, ...]:
    """Drop spans that others cover and join those with only white space between them, keeping their order."""
    joined: list[Span] = []
    for span in spans:
        if any(other.contains(span) for other in joined):
            continue
        last = joined[-1] if joined else None
        if last and last.page == span.page and last.start <= span.start:
            between = pages[span.page].text[last.end : span.start]
            if not between.strip():
                joined[-1] = replace(last, end=max(last.end, span.end))
                continue
        joined.append(span)
    return tuple(joined)
