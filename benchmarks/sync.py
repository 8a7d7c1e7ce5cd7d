"""A sync of many files of which nothing, or one, has changed, next to walking the tree and asking for every file.

python -m benchmarks.sync --files 10000
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.corpus import notes
from benchmarks.measure import Row, seconds, show
from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.report import IngestReport
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder

FILES = 10_000
WORDS = 60
REPEATS = 5


def run() -> list[Row]:
    """The usual size."""
    return compare(FILES)


class Cost(NamedTuple):
    """What one way took, in seconds; the processor time is that of all threads, without the processes that read."""

    wall: float
    processor: float


def compare(files: int) -> list[Row]:
    """One row for the walk, one for each sync. The embedder is a fast one: nothing is embedded in what is measured."""
    with TemporaryDirectory(prefix="kitabu-bench-") as temporary:
        folder = Path(temporary, "notes")
        folder.mkdir()
        notes(folder, files=files, words=WORDS)
        embedder = HashEmbedder()
        library = Library.open(Path(temporary, "data"), dimension=embedder.dimension)
        chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
        pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**6)
        try:
            return measure(pipeline, folder)
        finally:
            pipeline.close()
            library.close()


def measure(pipeline: Pipeline, folder: Path) -> list[Row]:
    """The rows for one folder of Markdown files, which is synced first."""
    reports: list[IngestReport] = []

    def sync() -> None:
        reports.append(pipeline.ingest([folder], sync=True))

    first = _cost(sync)
    walk = _usual([_cost(lambda: _walk(str(folder))) for _ in range(REPEATS)])
    unchanged = _usual([_cost(sync) for _ in range(REPEATS)])
    quiet = reports[-1]
    assert set(quiet.counts.values()) == {0, len(quiet.files)}
    changed, alone = [], []
    path = next(folder.rglob("*.md"))
    for number in range(REPEATS):
        _change(path, 2 * number)
        changed.append(_cost(sync))
        assert reports[-1].counts == {**quiet.counts, "replaced": 1, "unchanged": len(quiet.files) - 1}
        _change(path, 2 * number + 1)
        alone.append(_cost(lambda: pipeline.ingest([path])))
    ways = {
        "walk and stat": walk,
        "sync, nothing changed": unchanged,
        "sync, one file changed": _usual(changed),
        "one changed file, named": _usual(alone),
        "first sync": first,
    }
    return [
        {
            "way": way,
            "ms": cost.wall * 1000,
            "processor ms": cost.processor * 1000,
            "of the walk's": cost.processor / walk.processor,
            "report, kB": len(json.dumps(quiet.to_json())) / 1000 if cost is unchanged else 0.0,
        }
        for way, cost in ways.items()
    ]


def _cost(work: Callable[[], object]) -> Cost:
    processor = time.process_time()
    return Cost(seconds(work), time.process_time() - processor)


def _usual(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(one) for one in zip(*costs, strict=True)))


def _change(path: Path, number: int) -> None:
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\nOne more line, number {number}.\n", encoding="utf-8")


def _walk(folder: str) -> int:
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            total += _walk(entry.path) if entry.is_dir() else entry.stat().st_size
    return total


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=FILES)
    show("A sync of many files", compare(parser.parse_args().files))
