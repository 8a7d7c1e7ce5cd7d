"""Merging hits that stand side by side into passages that read well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from rag.core.types import SPAN_SEPARATOR, Block, Chunk, Document, Hit, Page, Passage, Span, Standing
from rag.retrieval.notes import marks_within, notes_below
from rag.store.catalog import Catalog

_ALL_CURRENT: Final[Mapping[str, Standing]] = {}


def build_passages(
    catalog: Catalog, hits: Sequence[Hit], limit: int, standings: Mapping[str, Standing] = _ALL_CURRENT
) -> tuple[Passage, ...]:
    """Merge neighbouring hits of one document into at most `limit` passages, best first, keyed "[1]", "[2]", ...

    Args:
        hits: best first.
        standings: of the documents that are not the ones to go by, by id.
    """
    groups = group_neighbours(hits)[:limit]
    pages: dict[str, set[int]] = {}
    for group in groups:
        for hit in group:
            pages.setdefault(hit.chunk.document_id, set()).update(span.page for span in hit.chunk.spans)
    sources = {document_id: _Source.read(catalog, document_id, numbers) for document_id, numbers in pages.items()}
    return tuple(
        _merge(
            catalog,
            sources[group[0].chunk.document_id],
            group,
            f"[{number}]",
            standings.get(group[0].chunk.document_id, Standing.CURRENT),
        )
        for number, group in enumerate(groups, start=1)
    )


def group_neighbours(hits: Sequence[Hit]) -> list[list[Hit]]:
    """The hits in groups that belong together, the groups in order of their best hit, which stands first in each.

    Hits are neighbours when their chunks follow each other under the same heading; a hit that is the neighbour of
    two groups makes them one.
    """
    groups: list[list[Hit]] = []
    for hit in hits:
        near = [group for group in groups if any(_neighbours(hit.chunk, other.chunk) for other in group)]
        if not near:
            groups.append([hit])
            continue
        home, *others = near
        for other in others:
            home += other
            groups.remove(other)
        home.append(hit)
    return groups


def _neighbours(one: Chunk, other: Chunk) -> bool:
    return (
        one.document_id == other.document_id
        and abs(one.ordinal - other.ordinal) == 1
        and one.heading_path == other.heading_path
    )


class _Source(NamedTuple):
    """What passages of one document are made from, read once for all of them."""

    document: Document
    pages: dict[int, Page]
    blocks: list[Block]

    @classmethod
    def read(cls, catalog: Catalog, document_id: str, numbers: set[int]) -> _Source:
        pages = {number: catalog.page(document_id, number) for number in numbers}
        return cls(catalog.document(document_id), pages, catalog.blocks(document_id, numbers))

    def with_page_after(self, catalog: Catalog, number: int) -> _Source:
        """This with the page behind one of its pages, where a table may end."""
        if number + 1 in self.pages or number == self.document.pages:
            return self
        return self.read(catalog, self.document.id, {*self.pages, number + 1})

    def text_of(self, span: Span) -> str:
        return self.pages[span.page].text[span.start : span.end]


def _merge(catalog: Catalog, source: _Source, hits: Sequence[Hit], key: str, standing: Standing) -> Passage:
    best = hits[0]
    chunks = sorted((hit.chunk for hit in hits), key=lambda chunk: chunk.ordinal)
    spans = join_spans([span for chunk in chunks for span in chunk.spans], source.pages)
    if marks := marks_within(spans, source.blocks, source.text_of):
        source = source.with_page_after(catalog, spans[-1].page)
        notes = notes_below(marks, spans, source.blocks, source.text_of)
        spans = join_spans(sorted([*spans, *notes]), source.pages)
    return Passage(
        key=key,
        document=source.document,
        heading_path=best.chunk.heading_path,
        spans=spans,
        text=SPAN_SEPARATOR.join(map(source.text_of, spans)),
        blocks=tuple(block for block in source.blocks if any(span.contains(block.span) for span in spans)),
        score=best.score,
        similarity=max(hit.origin.get("dense", 0.0) for hit in hits),
        chunk_ids=tuple(chunk.id for chunk in chunks),
        origin=best.origin,
        standing=standing,
        also_in=tuple(dict.fromkeys(older for hit in hits for older in hit.also_in)),
        copies=tuple(dict.fromkeys(other for hit in hits for other in hit.copies)),
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
