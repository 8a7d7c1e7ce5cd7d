"""The JSON shapes of answers, search results and errors: one place, for the command line and for LangChain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rag.core.dialogue import Clarification, WindowUse
from rag.core.errors import KitabuError
from rag.core.serialise import to_json
from rag.core.types import Answer, Citation, Document, Hit, Passage, Refusal, Sentence, Standing, first_page
from rag.store.catalog import Catalog
from rag.store.jobs import Job
from rag.store.versions import State


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """All of an answer as plain values. `start` and `end` are code points in the text of `page`."""
    return {
        "question": answer.question,
        "searched_question": answer.searched_question,
        "also_searched": list(answer.also_searched),
        "language": answer.language,
        "answer": answer.text,
        "refused": answer.refusal is not None,
        "refusal": _refusal(answer.refusal) if answer.refusal else None,
        "sentences": [_sentence(sentence) for sentence in answer.sentences],
        "citations": [citation_to_json(citation) for citation in answer.citations],
        "rivals": [citation_to_json(citation) for citation in answer.rivals],
        "passages": [_passage(passage) for passage in answer.passages],
        "model": answer.model,
        "usage": {
            "prompt_tokens": answer.usage.prompt_tokens,
            "answer_tokens": answer.usage.answer_tokens,
            "window": answer.usage.window,
        },
        "window": _window(answer.window) if answer.window else None,
        "timings": _timings(answer.timings),
        "notices": list(answer.notices),
        "asked_back": _clarification(answer.clarification) if answer.clarification else None,
        "within": to_json(answer.within) if answer.within else None,
        "told": {"simply": answer.telling.simply, "language": answer.telling.language or None},
        "thoughts": answer.thoughts,
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
        "dated": citation.dated,
        "standing": citation.standing.value,
    }


def hits_to_json(hits: Sequence[Hit], catalog: Catalog, timings: Mapping[str, float]) -> dict[str, Any]:
    """Search results; `catalog` is the one that they were found in.

    Raises:
        StoreError: a document is gone, or the catalog cannot be read.
    """
    return {"hits": [_hit(hit, catalog) for hit in hits], "timings": _timings(timings)}


def document_to_json(document: Document, state: State | None = None) -> dict[str, Any]:
    """A document of the library; `added_at` is in seconds since the epoch, `size` in bytes, dates are YYYY-MM-DD.

    Args:
        state: how it stands among its versions; None where it has none.
    """
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
        "dated": document.dated,
        "effective": document.effective,
        "review": document.review,
        "superseded_by": document.superseded_by or None,
        "standing": (state.standing if state else Standing.CURRENT).value,
        "versions": list(state.others) if state else [],
        "warnings": list(document.warnings),
        "orders": [asdict(order) for order in document.report.orders],
    }


def job_to_json(job: Job, work: str, about: str) -> dict[str, Any]:
    """A job of the queue; times are in seconds since the epoch, `progress` is null before there is any.

    Args:
        job: as the queue has it.
        work: what it does, in words.
        about: to what.
    """
    return {
        "id": job.id,
        "kind": job.kind,
        "work": work,
        "about": about,
        "state": job.state.value,
        "progress": dict(job.progress) or None,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "counts": job.result.get("counts"),
        "error": {"code": job.code, "message": job.message, "hint": job.hint} if job.message else None,
    }


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
        "dated": document.date,
        "also_in": list(hit.also_in),
        "copies": list(hit.copies),
        "origin": dict(hit.origin),
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "key": passage.key,
        "document": passage.document.name,
        "document_id": passage.document.id,
        "dated": passage.document.date,
        "standing": passage.standing.value,
        "also_in": list(passage.also_in),
        "copies": list(passage.copies),
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
        "nearest": citation_to_json(sentence.nearest) if sentence.nearest else None,
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "reason": refusal.reason,
        "message": refusal.message,
        "nearest": [citation_to_json(citation) for citation in refusal.nearest],
        "searched": refusal.searched,
    }


def _window(use: WindowUse) -> dict[str, int]:
    """What the model's window held, in tokens as estimated; the turns and passages also by number."""
    return {**to_json(use), "free": use.free}


def _clarification(clarification: Clarification) -> dict[str, Any]:
    return {
        "message": clarification.message,
        "meanings": [{"label": one.label, "question": one.question} for one in clarification.meanings],
    }


def _timings(timings: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(seconds, 4) for stage, seconds in timings.items()}
