"""What the reader of an answer must know of other versions of the documents that it cites."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rag.answering.draft import AnswerDraft
from rag.answering.versions import (
    MOST,
    cited_documents,
    disagreement,
    disagreement_notice,
    quoted_unit,
    standing_notices,
)
from rag.core.events import Notice
from rag.core.types import Document, Hit
from rag.retrieval.passages import build_passages
from rag.store.catalog import Catalog

RIVALS: Final = 3
"""Other versions of a cited document that are looked into, the newest of them."""
RIVAL_CHUNKS: Final = 3
"""Chunks of each that are held against what the answer quotes."""


def version_notices(draft: AnswerDraft, catalog: Catalog) -> Iterator[Notice]:
    """Tell which cited documents are not the ones to go by, and where another version says something else.

    Args:
        draft: the finished answer; its notices and rivals are added to.
        catalog: of the library that it was made from.

    Raises:
        StoreError: the catalog cannot be read.
    """
    cited = cited_documents(draft.sentences, draft.passages)
    states = catalog.states([document.id for document in cited]) if cited else {}
    standings = {document_id: state.standing for document_id, state in states.items()}

    def preferred(document_id: str) -> Document | None:
        newer = states[document_id].newer if document_id in states else ()
        return catalog.document(newer[0]) if newer else None

    for text in standing_notices(cited, standings, preferred, draft.language, time.strftime("%Y-%m-%d")):
        yield draft.notice(text)
    others = {document_id: state.others for document_id, state in states.items() if state.others}
    for text in _disagreements(draft, catalog, others) if others else ():
        yield draft.notice(text)


def _disagreements(draft: AnswerDraft, catalog: Catalog, others: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A sentence for each other version that says something else of what the answer quotes."""
    compared: set[tuple[str, str]] = set()
    for citation in dict.fromkeys(citation for s in draft.sentences for citation in s.citations):
        unit = quoted_unit(citation, draft.passages)
        for rival in others.get(citation.document_id, ())[:RIVALS] if unit else ():
            document = catalog.document(rival)
            pair = min(citation.document_id, rival), max(citation.document_id, rival)
            # Somebody has said already which of the two holds.
            if unit is None or pair in compared or document.superseded_by or len(draft.rivals) == MOST:
                continue
            near = catalog.nearest_chunks(rival, unit.passage.chunk_ids, RIVAL_CHUNKS)
            hits = [Hit(chunk, rank, 0.0) for rank, chunk in enumerate(near, start=1)]
            found = disagreement(unit, build_passages(catalog, hits, RIVAL_CHUNKS))
            if found is not None:
                compared.add(pair)
                draft.rivals.append(found.citation)
                yield disagreement_notice(unit.passage.document, document, found, draft.language)
