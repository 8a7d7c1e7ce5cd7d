"""Searching and deleting in libraries of 1,000 to 1,000,000 chunks: random unit vectors, words as often as in speech.

Random directions in 384 dimensions are the hardest case for a graph of neighbours: real vectors are found faster. The
words follow Zipf's law, and questions are drawn like the texts, so that they hold very frequent words.

    python -m benchmarks.scale                  # 1,000 and 10,000
    python -m benchmarks.scale 100000 1000000
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from benchmarks.measure import Row, percentile, seconds, show
from rag.core.ports import Matrix, Vector
from rag.core.types import Block, BlockKind, Chunk, Document, Page, ParsedDocument, Span
from rag.retrieval.passages import build_passages
from rag.retrieval.retriever import Retriever
from rag.store.catalog import Place
from rag.store.erasure import Erasure
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

SIZES: Final = (1_000, 10_000)
QUESTIONS: Final = 200
PASSAGES: Final = 6
DIMENSION: Final = 384
_IN_DOCUMENT: Final = 50
"""Chunks of a document, one to a page."""
_WORDS: Final = 150
_VOCABULARY: Final = 100_000
_APPLIED: Final = 5_000
"""Chunks between two times that the indexes take in what is new."""


def run() -> list[Row]:
    """One row for each size."""
    return [row for size in SIZES for row in measure(size)]


def measure(chunks: int) -> list[Row]:
    """Build a library of so many chunks in a temporary folder, search it, and delete from it."""
    with TemporaryDirectory(prefix="kitabu-scale-") as folder:
        data, chance = Path(folder) / "data", _Chance()
        began = time.perf_counter()
        with _opened(data) as library:
            _fill(library, chunks, chance)
        built = time.perf_counter() - began
        began = time.perf_counter()
        with _opened(data) as library:
            opened = time.perf_counter() - began
            search = _search(library, chance)
            with _opened(data) as beside:
                first = seconds(lambda: beside.vectors.search(chance.vectors(1)[0], 50))
                scan = [seconds(lambda: beside.vectors.search(chance.vectors(1)[0], 50)) for _ in range(20)]
            memory = _memory_mb()
            size = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
            deleted = _delete(library)
    return [
        {
            "chunks": chunks,
            "build s": built,
            "open s": opened,
            **search,
            "scan beside, first ms": first * 1000,
            "scan beside p50 ms": percentile(scan, 50) * 1000,
            "disk MB": size / 1e6,
            "peak MB": memory,
            "delete s": deleted,
        }
    ]


class _Chance:
    """Texts and vectors, the same in every run."""

    def __init__(self) -> None:
        self._drawn = np.random.default_rng(20261123)
        letters = self._drawn.integers(97, 123, size=(_VOCABULARY, 7), dtype=np.uint8)
        self._words = np.array([bytes(row[: 3 + i % 5]).decode() for i, row in enumerate(letters)])
        often = 1 / np.arange(1, _VOCABULARY + 1)
        self._upto = np.cumsum(often / often.sum())

    def text(self, words: int = _WORDS) -> str:
        places = np.searchsorted(self._upto, self._drawn.random(words))
        return " ".join(self._words[np.minimum(places, _VOCABULARY - 1)])

    def vectors(self, count: int) -> Matrix:
        drawn = self._drawn.standard_normal((count, DIMENSION), dtype=np.float32)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


class _RandomQuestions(HashEmbedder):
    """An embedder that answers at once: what is measured is the time added to embedding."""

    def __init__(self, chance: _Chance) -> None:
        super().__init__(DIMENSION)
        self._chance = chance

    def encode_query(self, text: str) -> Vector:  # noqa: ARG002 (the port's signature)
        vector: Vector = self._chance.vectors(1)[0]
        return vector


@contextmanager
def _opened(data: Path) -> Iterator[Library]:
    library = Library.open(data, dimension=DIMENSION)
    try:
        yield library
    finally:
        library.close()


def _fill(library: Library, chunks: int, chance: _Chance) -> None:
    fingerprint = HashEmbedder(DIMENSION).fingerprint("scale")
    for start in range(0, chunks, _IN_DOCUMENT):
        document_id = f"{start // _IN_DOCUMENT:064x}"
        pages = tuple(Page(number + 1, chance.text()) for number in range(_IN_DOCUMENT))
        spans = [Span(page.number, 0, len(page.text)) for page in pages]
        parsed = ParsedDocument(
            "text/plain", f"Document {start}", pages, tuple(Block(BlockKind.PARAGRAPH, span) for span in spans)
        )
        made = [Chunk(f"{document_id}:{i}", document_id, i, (), (span,), pages[i].text) for i, span in enumerate(spans)]
        name = f"document{start}.txt"
        document = Document(
            document_id,
            name,
            "text/plain",
            parsed.title,
            "en",
            len(pages),
            len(made),
            1,
            time.time(),
            dated="2026-11-23",
        )
        vectors = chance.vectors(len(made))
        library.catalog.put(document, parsed, made, vectors, fingerprint, Place(f"/scale/{name}", document_id, 1, 1))
        if start % _APPLIED == 0:
            library.apply_pending()
    library.apply_pending()


def _search(library: Library, chance: _Chance) -> dict[str, float]:
    retriever = Retriever(
        library.catalog, library.vectors, library.keywords, _RandomQuestions(chance), lambda _language: 1.0
    )
    added, laps = [], []
    for number in range(QUESTIONS + 10):
        question = chance.text(8)
        began = time.perf_counter()
        found = retriever.search(question, 2 * PASSAGES)
        between = time.perf_counter()
        build_passages(library.catalog, found.hits, PASSAGES)
        ended = time.perf_counter()
        if number >= 10:  # the first ones warm up
            added.append(ended - began - found.timings["embed"])
            laps.append({**found.timings, "passages": ended - between})
    stages = ("dense", "keyword", "fuse", "versions", "passages")
    return {
        "added p50 ms": percentile(added, 50) * 1000,
        "added p95 ms": percentile(added, 95) * 1000,
        **{f"{stage} p50 ms": percentile([lap[stage] for lap in laps], 50) * 1000 for stage in stages},
        "added / Chroma's own": percentile(added, 50) / percentile([lap["dense"] for lap in laps], 50),
    }


def _delete(library: Library) -> float:
    """Seconds to delete a document so that nothing of it is left, receipt and all."""
    document = library.catalog.document(f"{1:064x}")
    erasure = Erasure(library, document)
    library.catalog.remove_document(document.id)
    later = library.erase(most=None)
    receipt = erasure.receipt(warnings=(), removed=(), left=(), later=later)
    if receipt.left or not all(check.clean for check in receipt.checks):
        raise AssertionError(receipt)
    return receipt.seconds


def _memory_mb() -> float:
    """The most memory that the process ever held."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    show("Scale", [row for size in (map(int, sys.argv[1:]) if sys.argv[1:] else SIZES) for row in measure(size)])
