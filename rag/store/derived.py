"""The indexes that are derived from the catalog: where they lie, and filling them from it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rag.core.errors import StoreUnavailable
from rag.core.ports import KeywordEntry, KeywordIndex, VectorIndex
from rag.store.catalog import Catalog, Entry
from rag.store.chroma_server import COLLECTION_FILE
from rag.store.keywords import TantivyIndex

log = logging.getLogger(__name__)

VECTORS: Final = "vectors"
KEYWORDS: Final = "keywords"
_BATCH: Final = 1000
_ALONE: Final = nullcontext()
"""Nobody else changes the index meanwhile."""


@dataclass(frozen=True, slots=True)
class IndexesBeside:
    """The indexes of the set beside, made and not yet searched."""

    catalog: Catalog
    """Reads the set beside as if it were the one that is searched."""
    vectors: VectorIndex
    keywords: TantivyIndex
    dimension: int

    def close(self) -> None:
        """Let go of the files."""
        self.vectors.close()
        self.keywords.close()
        self.catalog.close()


def index_folder(data: Path, kind: str, generation: int) -> Path:
    """Where an index of that kind lies when the sets of chunks were switched so often."""
    return data / (f"{kind}-{generation}" if generation else kind)


def remove_others(data: Path, generation: int, opened: Callable[[Path], VectorIndex]) -> None:
    """Remove indexes of other generations: given up, or left by a process that was killed while it made them.

    Args:
        opened: gives the vector index in a folder; what it holds elsewhere, on a server, is removed too.
    """
    kept = {index_folder(data, kind, generation).name for kind in (VECTORS, KEYWORDS)}
    for path in list(data.iterdir()):
        kind, _, number = path.name.partition("-")
        if kind in (VECTORS, KEYWORDS) and (not number or number.isdecimal()) and path.name not in kept:
            if kind == VECTORS and not _cleared(path, opened):
                continue
            shutil.rmtree(path, ignore_errors=True)


def _cleared(path: Path, opened: Callable[[Path], VectorIndex]) -> bool:
    """Whether it holds nothing elsewhere any more; else its folder is needed, which tells what it is called there."""
    try:
        index = opened(path)
        try:
            index.clear()
        finally:
            index.close()
    except StoreUnavailable as error:
        log.warning("what the earlier index %s holds was not removed; the next start tries again: %s", path, error)
        # What is damaged on this disk can be removed as it is.
        return not (path / COLLECTION_FILE).exists()
    return True


def always() -> bool:
    """The `go_on` of work that nobody stops."""
    return True


def fill_vectors(
    catalog: Catalog,
    index: VectorIndex,
    dimension: int,
    progress: Callable[[int], None] | None = None,
    *,
    one_at_a_time: AbstractContextManager[object] = _ALONE,
    go_on: Callable[[], bool] = always,
) -> int:
    """Make a vector index anew from the catalog; how many vectors it then has.

    Args:
        one_at_a_time: held for a batch, so that a deletion is not undone by a batch read before it.
        go_on: asked between batches; when false, the rest is left out.
    """
    with one_at_a_time:
        index.clear()
    done, batches = 0, catalog.iter_vectors(dimension=dimension)
    while go_on():
        with one_at_a_time:
            batch = next(batches, None)
            if batch is None:
                break
            index.add(*batch)
        done += len(batch[0])
        if progress:
            progress(done)
    return done


def fill_keywords(catalog: Catalog, index: KeywordIndex, progress: Callable[[int], None] | None = None) -> int:
    """Make a keyword index anew from the catalog; how many chunks it then has."""
    index.clear()
    done = 0
    for entries in catalog.iter_chunks(_BATCH):
        index.add(with_neighbours(catalog, entries))
        done += len(entries)
        if progress:
            progress(done)
    return done


def keyword_entries(catalog: Catalog, chunk_ids: Sequence[str]) -> list[KeywordEntry]:
    """What the keyword index takes in of the chunks of those ids."""
    return with_neighbours(catalog, catalog.entries(chunk_ids))


def with_neighbours(catalog: Catalog, entries: Sequence[Entry]) -> list[KeywordEntry]:
    """What the keyword index takes in of chunks: title, headings, text, and the texts beside it under its heading."""
    ordinals: dict[str, list[int]] = {}
    for entry in entries:
        ordinals.setdefault(entry.chunk.document_id, []).append(entry.chunk.ordinal)
    chunks = {
        (document_id, chunk.ordinal): chunk
        for document_id, found in ordinals.items()
        for chunk in catalog.chunk_range(document_id, min(found) - 1, max(found) + 1)
    }

    def keyword_entry(entry: Entry) -> KeywordEntry:
        chunk = entry.chunk
        text = "\n".join((entry.title, *chunk.heading_path, chunk.text))
        beside = (chunks.get((chunk.document_id, chunk.ordinal + step)) for step in (-1, 1))
        # What stands under another heading is about something else, however near it is.
        texts = [one.text for one in beside if one is not None and one.heading_path == chunk.heading_path]
        return chunk.id, text, entry.language, "\n".join(texts)

    # In reading order each text is analysed once, though it stands in three entries.
    return [
        keyword_entry(entry) for entry in sorted(entries, key=lambda one: (one.chunk.document_id, one.chunk.ordinal))
    ]
