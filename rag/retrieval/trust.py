"""How far the embedder of a library is trusted: as is known of MiniLM, else as measured on the library itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from rag.core.fingerprint import Fingerprint
from rag.core.language import UNDETERMINED
from rag.core.probes import BLIND
from rag.retrieval.fusion import MINILM_TRUST, dense_trust
from rag.store.catalog import Catalog
from rag.store.probes import Probes

MINILM: Final = "minilm"


def trust_in(catalog: Catalog, embedder: Fingerprint) -> Callable[[str], float]:
    """Tells how far an embedder is trusted in a language, 0 to 1. What is measured later counts from then on."""
    return partial(_trust, catalog, embedder)


def blind_in(catalog: Catalog) -> dict[str, float]:
    """The languages of a library that its embedder hardly understands, with the trust in it there.

    Raises:
        StoreUnavailable: the catalog cannot be read.
    """
    made = catalog.made_with()
    if made is None:
        return {}
    trust = {language: _trust(catalog, made, language) for language in catalog.languages() if language != UNDETERMINED}
    return {language: value for language, value in trust.items() if value < BLIND}


def _trust(catalog: Catalog, embedder: Fingerprint, language: str) -> float:
    minilm = embedder.embedder == MINILM
    if minilm and language in MINILM_TRUST:
        # From 1,190 questions of people, and the refusal was fitted with it: sixty sentences do not outweigh that.
        return dense_trust(language)
    measured = Probes(catalog).of(embedder).get(language)
    if measured is not None and measured.enough:
        return measured.trust
    # An embedder that someone chose is trusted in every language until it is measured.
    return dense_trust(language) if minilm else 1.0
