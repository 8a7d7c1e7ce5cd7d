"""The JSON shapes of answers, search results and errors: one place, for the command line and for LangChain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.core.errors import KitabuError
from rag.core.types import Answer, Citation, Document, Hit, Passage, Refusal, Sentence, first_page
from rag.store.catalog import Catalog


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """All of an answer as plain values. `start` and `end` are code points in the text of `page`."""
    return {
        "question": answer.question,
        "searched_question": answer.searched_question,
        "language": answer.language,
        "answer": answer.text,
        "refused": answer.refusal is not None,
        "refusal": _refusal(answer.refusal) if answer.refusal else None,
        "sentences": [_sentence(sentence) for sentence in answer.sentences],
        "citations": [citation_to_json(citation) for citation in answer.citations],
        "passages": [_passage(passage) for passage in answer.passages],
        "model": answer.model,
        "usage": {
            "prompt_tokens": answer.usage.prompt_tokens,
            "answer_tokens": answer.usage.answer_tokens,
            "window": answer.usage.window,
        },
        "timings": _timings(answer.timings),
        "notices": list(answer.notices),
    }


def citation_to_json(citation: Citation) -> dict[str, Any]:
    """A citation: `quote` is the page's text from `start` to `end` when `verified`."""
    return {
        "key": citation.key,
        "document": citation.document,
        "document_id": citation.document_id,
        "page": citation.page,
        "quote": citation.quote,
        "start": citation.span.start,
        "end": citation.span.end,
        "verified": citation.verified,
    }


def hits_to_json(hits: Sequence[Hit], catalog: Catalog, timings: Mapping[str, float]) -> dict[str, Any]:
    """Search results; `catalog` is the one that they were found in.

    Raises:
        StoreError: a document is gone, or the catalog cannot be read.
    """
    return {"hits": [_hit(hit, catalog) for hit in hits], "timings": _timings(timings)}


def document_to_json(document: Document) -> dict[str, Any]:
    """A document of the library; `added_at` is in seconds since the epoch, `size` in bytes."""
    return {
        "id": document.id,
        "name": document.name,
        "title": document.title,
        "media_type": document.media_type,
        "language": document.language,
        "pages": document.pages,
        "chunks": document.chunks,
        "size": document.size,
        "added_at": document.added_at,
        "warnings": list(document.warnings),
    }


def deletion_to_json(document: Document) -> dict[str, Any]:
    """A document that was taken out; its warnings name files that stay."""
    return {"document_id": document.id, "name": document.name, "warnings": list(document.warnings)}


def error_to_json(error: KitabuError) -> dict[str, Any]:
    """What a command prints instead of its result when it fails."""
    return {"error": {"code": error.code, "message": error.message, "hint": error.hint}}


def _hit(hit: Hit, catalog: Catalog) -> dict[str, Any]:
    spans = hit.chunk.spans
    document = catalog.document(hit.chunk.document_id)
    blocks = catalog.blocks(document.id, {span.page for span in spans})
    return {
        "rank": hit.rank,
        "score": hit.score,
        "document": document.name,
        "document_id": document.id,
        "page": first_page(spans, blocks),
        "heading_path": list(hit.chunk.heading_path),
        "text": hit.chunk.text,
        "chunk_id": hit.chunk.id,
        "origin": dict(hit.origin),
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "key": passage.key,
        "document": passage.document.name,
        "document_id": passage.document.id,
        "page": passage.page,
        "heading_path": list(passage.heading_path),
        "score": passage.score,
        "similarity": passage.similarity,
        "text": passage.text,
        "spans": [{"page": span.page, "start": span.start, "end": span.end} for span in passage.spans],
    }


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "supported": sentence.supported,
        "support": sentence.support.value,
        "reason": sentence.reason,
        "citations": [citation.key for citation in sentence.citations],
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "reason": refusal.reason,
        "message": refusal.message,
        "nearest": [citation_to_json(citation) for citation in refusal.nearest],
        "searched": refusal.searched,
    }


def _timings(timings: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(seconds, 4) for stage, seconds in timings.items()}
