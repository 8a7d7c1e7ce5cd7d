"""Ingest of text PDFs, from files to durable indexes, next to embedding the same chunks alone and to the usual recipe.

    python -m benchmarks.ingest --files 40 --pages 25 --rounds 2
    python -m benchmarks.ingest --folder DIR          # its PDFs instead of made ones

The three are measured in turns, since a shared machine is not always equally fast. The recipe's packages, and the PDFs
that are made, need the packages for development.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.corpus import text_pdfs
from benchmarks.measure import SAMPLES, Row, cpu_seconds, show
from benchmarks.recipe import Recipe
from ingest.embedding_text import embedded_text
from rag.build import Kitabu, open_kitabu
from rag.core.config import Settings
from rag.core.ports import Embedder
from rag.models.embedding import MiniLM

FILES, PAGES, ROUNDS = 40, 25, 2


class Cost(NamedTuple):
    """What one way took."""

    seconds: float
    cpu: float
    chunks: int


def run() -> list[Row]:
    """The usual size."""
    return compare(None, FILES, PAGES, ROUNDS)


def compare(folder: Path | None, files: int, pages: int, rounds: int) -> list[Row]:
    """One row for each way.

    Args:
        folder: whose PDFs are taken; None makes some.
        files: how many are made.
        pages: of each.
        rounds: in how many parts the files are taken, each part by all three ways.
    """
    with TemporaryDirectory(prefix="kitabu-bench-") as temporary:
        work = Path(temporary)
        (work / "pdfs").mkdir()
        found = sorted(folder.rglob("*.pdf")) if folder else text_pdfs(work / "pdfs", files=files, pages=pages)
        recipe = Recipe()
        settings = Settings.model_validate({"data": work / "data", "model": "none"})
        # One of its own: that of the pipeline keeps the tokens of what it has just embedded.
        bare = MiniLM()
        with open_kitabu(settings) as kitabu:
            _warm_up(kitabu, bare)
            taken = [
                _round(kitabu, bare, recipe, found[number::rounds], work / f"chroma{number}")
                for number in range(rounds)
            ]
    ways = zip(("files to indexes", "encoder alone", "usual recipe"), zip(*taken, strict=True), strict=True)
    encoder = [one[1] for one in taken]
    return [_row(way, costs, encoder) for way, costs in ways]


def _warm_up(kitabu: Kitabu, bare: Embedder) -> None:
    for embedder in (kitabu.embedder, bare):
        embedder.encode_document(["Warm-up."] * 64)
    kitabu.pipeline.ingest([SAMPLES / "Clinic handbook.pdf"])


def _round(
    kitabu: Kitabu, bare: Embedder, recipe: Recipe, files: Sequence[Path], chroma: Path
) -> tuple[Cost, Cost, Cost]:
    catalog = kitabu.library.catalog
    ids: list[str] = []

    def whole() -> int:
        report = kitabu.pipeline.ingest(files)
        ids.extend(file.document_id for file in report.files if file.document_id)
        return sum(file.chunks for file in report.files)

    ingested = _cost(whole)
    titles = {document_id: catalog.document(document_id).title for document_id in ids}
    texts = [
        embedded_text(title, chunk) for one, title in titles.items() for chunk in catalog.chunk_range(one, 0, 10**9)
    ]
    alone = _cost(lambda: len(bare.encode_document(texts)))
    return ingested, alone, _cost(lambda: int(recipe.run(files, chroma)["chunks"]))


def _cost(work: Callable[[], int]) -> Cost:
    cpu, began = cpu_seconds(), time.perf_counter()
    chunks = work()
    return Cost(time.perf_counter() - began, cpu_seconds() - cpu, chunks)


def _row(way: str, costs: Sequence[Cost], encoder: Sequence[Cost]) -> Row:
    seconds, chunks = sum(cost.seconds for cost in costs), sum(cost.chunks for cost in costs)
    return {
        "way": way,
        "s": seconds,
        "processor s": sum(cost.cpu for cost in costs),
        "chunks": chunks,
        "chunks/s": chunks / seconds,
        "time of encoder alone": statistics.median(
            cost.seconds / alone.seconds for cost, alone in zip(costs, encoder, strict=True)
        ),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    show("Ingest of text PDFs", compare(given.folder, given.files, given.pages, given.rounds))
