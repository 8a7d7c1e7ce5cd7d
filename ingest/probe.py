"""The inverse cloze task on the library itself: is a passage found by a sentence that was left out of it?

After Lee, Chang and Toutanova, "Latent retrieval for weakly supervised open domain question answering" (2019). An
embedder that is blind in a language does not find what is left of the passage, by meaning alone.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import regex

from ingest.embedding_text import embedded_text
from rag.core.errors import KitabuError
from rag.core.filters import Filter
from rag.core.language import UNDETERMINED
from rag.core.ports import Embedder
from rag.core.probes import ENOUGH, Probe
from rag.core.sentence import sentences
from rag.store.catalog import Catalog
from rag.store.derived import always
from rag.store.places import Entry
from rag.store.probes import Probes

log = logging.getLogger(__name__)

PROBED: Final = 60
"""Passages of a language that are looked for at most: 60 sentences and 60 passages to embed, some seconds."""
AMONG: Final = 120
"""Passages of the language that each is looked for in."""
NEARER: Final = 5 / (AMONG - 1)
"""Share of the others below which a passage counts as found: Recall@5 among `AMONG`, and the same for fewer."""
CHANGED: Final = 2
"""The passages of a language must have become so many times as many, or as few, to be measured anew."""

_RETRY_SECONDS: Final = 600.0
_LOOKED_AT: Final = 600
_SHORTEST: Final = 20
_LONGEST: Final = 300
_UNITS_OF_WORDLESS: Final = 2.5
"""Characters of an alphabet to one of Chinese or Japanese."""
_LETTERS: Final = 0.6
"""Share of a sentence that must be letters: rows of numbers ask nothing."""
_BATCH: Final = 8
_LETTER: Final = regex.compile(r"[\p{L}\p{M}]")
_WORDLESS: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


class _Cloze(NamedTuple):
    """A passage without one of its sentences."""

    entry: Entry
    sentence: str
    rest: str


def due(catalog: Catalog, embedder: Embedder, *, anew: bool = False) -> list[str]:
    """The languages that have enough passages and were not measured with this embedder, or when the library was
    another; `anew`: those also that were. None where the library's vectors are not this embedder's."""
    fingerprint = embedder.fingerprint("")
    if not _made_by(catalog, embedder):
        return []
    known = Probes(catalog).of(fingerprint)
    found = []
    for language, chunks in catalog.chunks_by_language().items():
        before = known.get(language)
        changed = anew or before is None or not before.chunks / CHANGED < chunks < before.chunks * CHANGED
        if language != UNDETERMINED and chunks >= ENOUGH and changed:
            found.append(language)
    return found


def probe(catalog: Catalog, embedder: Embedder, language: str, go_on: Callable[[], bool] = always) -> Probe | None:
    """Look for passages of a language by their own sentences, by meaning alone. The same library, the same result.

    Args:
        catalog: its vectors are the embedder's.
        embedder: any.
        language: as `Document.language` has it.
        go_on: asked between small batches.

    Returns:
        None when it was not to go on, or another set of vectors was put in place meanwhile.

    Raises:
        ModelError: the embedder fails.
        StoreUnavailable: the catalog cannot be read, or changed while it was.
    """
    generation, revision = catalog.generation(), catalog.revision()
    ids = sorted(catalog.chunk_ids(catalog.matching(Filter(languages=(language,)))), key=_place)
    looked_at = _in_order(catalog, ids[:_LOOKED_AT])
    clozes = [made for entry in looked_at if (made := _cloze(entry)) is not None][:PROBED]
    chosen = [made.entry for made in clozes]
    pool = chosen + [entry for entry in looked_at if entry not in chosen][: max(0, AMONG - len(chosen))]
    vectors = catalog.vectors([entry.chunk.id for entry in pool])
    found = 0
    for start in range(0, len(clozes), _BATCH):
        if not go_on():
            return None
        batch = clozes[start : start + _BATCH]
        rests = embedder.encode_document([_text(made) for made in batch])
        for number, (made, rest) in enumerate(zip(batch, rests, strict=True), start):
            question = embedder.encode_query(made.sentence)
            others = [
                place for place, entry in enumerate(pool) if place != number and made.sentence not in entry.chunk.text
            ]
            nearer = int(np.count_nonzero(vectors[others] @ question >= float(rest @ question)))
            found += nearer < NEARER * len(others)
    if catalog.generation() != generation or not _made_by(catalog, embedder):
        return None
    return Probe(language, len(clozes), found, len(ids), revision)


def probe_due(
    catalog: Catalog, embedder: Embedder, go_on: Callable[[], bool] = always, *, anew: bool = False
) -> list[str] | None:
    """Measure and keep what is due; `anew`: all languages that have enough passages.

    Returns:
        The languages that were measured; None when it was not to go on.

    Raises:
        ModelError: the embedder fails.
        StoreUnavailable: the catalog cannot be read or written.
    """
    languages = due(catalog, embedder, anew=anew)
    for language in languages:
        made = probe(catalog, embedder, language, go_on)
        if made is None:
            return None
        Probes(catalog).keep(embedder.fingerprint(""), made)
    return languages


class ProbeWhenIdle:
    """Measures what is due, and looks whether something is only when the library has changed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._done: tuple[int, int] | None = None
        self._again_at = 0.0

    def __call__(self, embedder: Embedder, idle: Callable[[], bool]) -> None:
        """Do it as long as `idle`; an embedder that fails is tried again later."""
        now = (self._catalog.generation(), self._catalog.revision())
        if now == self._done or time.monotonic() < self._again_at:
            return
        try:
            if probe_due(self._catalog, embedder, idle) is not None:
                self._done = now
        except KitabuError as error:
            log.warning("how far the embedder is to be trusted was not measured: %s", error.message)
            self._again_at = time.monotonic() + _RETRY_SECONDS


def _made_by(catalog: Catalog, embedder: Embedder) -> bool:
    return {replace(made, chunker="") for made in catalog.fingerprints()} == {embedder.fingerprint("")}


def _place(chunk_id: str) -> bytes:
    """Mixes the documents: ids begin with that of their document."""
    return hashlib.blake2b(chunk_id.encode(), digest_size=8).digest()


def _in_order(catalog: Catalog, ids: Sequence[str]) -> list[Entry]:
    entries = {entry.chunk.id: entry for entry in catalog.entries(ids)}
    return [entries[chunk_id] for chunk_id in ids if chunk_id in entries]


def _cloze(entry: Entry) -> _Cloze | None:
    """The passage without one of its sentences; None where it has none that could be asked for, or little else."""
    text = entry.chunk.text
    ranges = [one for one in sentences(text) if _asks(text[slice(*one)])]
    if not ranges:
        return None
    start, end = ranges[_place(entry.chunk.id)[0] % len(ranges)]
    sentence, rest = text[start:end], f"{text[:start]}{text[end:]}".strip()
    if 2 * _units(rest) < _units(sentence) or sentence in rest:
        return None
    return _Cloze(entry, sentence, rest)


def _asks(sentence: str) -> bool:
    letters = len(_LETTER.findall(sentence))
    return _SHORTEST <= _units(sentence) <= _LONGEST and letters >= _LETTERS * len(sentence)


def _units(text: str) -> float:
    return len(text) + (_UNITS_OF_WORDLESS - 1) * len(_WORDLESS.findall(text))


def _text(made: _Cloze) -> str:
    return embedded_text(made.entry.title, replace(made.entry.chunk, text=made.rest))
