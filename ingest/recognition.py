"""Whether an embedder that nothing but its name marks still gives the vectors that a library has of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from ingest.embedding_text import embedded_text
from rag.core.errors import FingerprintMismatch
from rag.core.ports import Embedder
from rag.models.embedding import LangChainEmbedder
from rag.store.catalog import Catalog

COMPARED: Final = 3
"""Passages that are embedded again: one call, which may be paid for."""
SAME: Final = 0.9
"""Least mean cosine between what is stored and what comes now. Servers that compute in another order or precision stay
above 0.99; two models of one dimension have nothing in common."""


def check_vectors(catalog: Catalog, embedder: Embedder) -> None:
    """Embed a few passages of the library again, where no digest of weights tells that the embedder is the same.

    Raises:
        FingerprintMismatch: its vectors are others now than those in the library.
        ModelError: the embedder failed.
    """
    if not isinstance(embedder, LangChainEmbedder):
        return
    entries = next(catalog.iter_chunks(COMPARED), [])
    stored = catalog.vectors([entry.chunk.id for entry in entries])
    if not entries or stored.shape[1] != embedder.dimension:
        return  # `check_embedder` has told, or a library without documents
    now = embedder.encode_document([embedded_text(entry.title, entry.chunk) for entry in entries])
    if float(np.einsum("ij,ij->i", stored, now).mean()) < SAME:
        raise FingerprintMismatch(
            f"The embedder '{embedder.name}' gives other vectors now than those in the library in "
            f"{catalog.database.path.parent}, though its name, 'model' and dimension are the same.",
            f"Set it back as it was. Or give it another 'model', which libraries are marked with, and run "
            f"`kitabu embedder use {embedder.name}` to make a new index beside the old one.",
        )
