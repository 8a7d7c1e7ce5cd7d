"""Memory of a growing library: the most that this process and its readers held until so many chunks were in.

    python -m benchmarks.memory --chunks 1000 10000 100000

MiniLM is loaded and has embedded a full batch, so that its memory counts. The many chunks get their vectors from a
fast embedder: MiniLM would take most of an hour for them and would hold no more.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus import notes, sample_sentences
from benchmarks.measure import Row, resident_mb, seconds, show
from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.pool import ReaderPool, reading_processes
from rag.core.machine import keep_memory_together
from rag.models.embedding import MiniLM
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

CHUNKS = (1_000, 10_000)
WORDS = 3_000
SAMPLE_SECONDS = 0.2


class _Peak:
    """The most that was held since it was last asked."""

    def __init__(self) -> None:
        self._most = (0.0, 0.0)
        self._over = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    def take(self) -> tuple[float, float]:
        most, self._most = self._most, (0.0, 0.0)
        return most

    def end(self) -> None:
        self._over.set()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            own, children = resident_mb()
            self._most = (max(own, self._most[0]), max(children, self._most[1]))


def run() -> list[Row]:
    """The usual sizes."""
    return grow(CHUNKS)


def grow(sizes: Sequence[int]) -> list[Row]:
    """One row for each size, of one library that grows."""
    rows: list[Row] = []
    keep_memory_together()
    with TemporaryDirectory(prefix="kitabu-bench-") as temporary:
        minilm = MiniLM()
        minilm.encode_document([" ".join(sample_sentences()[:40])] * 256)
        minilm.encode_query("Warm-up?")
        embedder = HashEmbedder()
        library = Library.open(Path(temporary, "data"), dimension=embedder.dimension)
        chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
        readers = ReaderPool(processes=reading_processes())
        pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**8, readers=readers)
        peak = _Peak()
        try:
            for size in sizes:
                took = 0.0
                while (chunks := library.catalog.chunk_count()) < size:
                    folder = Path(temporary, f"notes {chunks}")
                    folder.mkdir()
                    # About 20 chunks a file; what was written before is not written again.
                    files = max(10, (size - chunks) // 20)
                    notes(folder, files=files, words=WORDS, first=chunks)
                    took += seconds(partial(pipeline.ingest, [folder]))
                own, children = peak.take()
                rows.append(
                    {
                        "chunks": float(library.catalog.chunk_count()),
                        "this process, MB": own,
                        "readers, MB": children,
                        "both, MB": own + children,
                        "s": took,
                    }
                )
        finally:
            peak.end()
            pipeline.close()
            library.close()
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, nargs="+", default=CHUNKS)
    show("Memory of a growing library", grow(parser.parse_args().chunks))
