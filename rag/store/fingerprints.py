"""Whether an embedder and a chunker are those that made a library: vectors of two embedders must never meet."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rag.core.errors import FingerprintMismatch
from rag.core.fingerprint import Fingerprint
from rag.store.catalog import FILE_NAME, Catalog


def check_fingerprint(catalog: Catalog, fingerprint: Fingerprint) -> None:
    """Raises FingerprintMismatch when a document was made with another embedder or chunker than this."""
    stale = catalog.stale_documents(fingerprint)
    if stale:
        raise FingerprintMismatch(
            f"{len(stale)} documents of the library in {catalog.database.path.parent} were indexed with another "
            f"embedder or chunker than {fingerprint.embedder} with {fingerprint.chunker}.",
            f"Run `kitabu embedder use {fingerprint.embedder}` to make a new index beside the old one, or set back "
            "what was changed.",
        )


def check_embedder(catalog: Catalog, fingerprint: Fingerprint) -> None:
    """Raises FingerprintMismatch when a vector was made by another embedder than this.

    Chunks may be those of another chunker: they can be searched, and no new ones be added to them.
    """
    made = {replace(one, chunker=fingerprint.chunker) for one in catalog.fingerprints()}
    if made - {fingerprint}:
        names = ", ".join(sorted({one.embedder for one in made - {fingerprint}}))
        raise FingerprintMismatch(
            f"The library in {catalog.database.path.parent} was indexed with another embedder ({names}) than "
            f"{fingerprint.embedder} as it is now.",
            "Run `kitabu embedder use` to make a new index beside the old one, or set the embedder back.",
        )


def made_with(data: Path) -> Fingerprint | None:
    """The embedder and chunker of the library in `data`, as far as it has documents; for who has not opened it.

    Raises:
        StoreUnavailable: the catalog cannot be read.
    """
    path = data / FILE_NAME
    if not path.is_file():
        return None
    with closing(Catalog.open(path, read_only=True)) as catalog:
        return catalog.made_with()
