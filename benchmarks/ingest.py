"""Ingest of the sample library, from files to durable indexes, next to embedding the same chunks alone."""

from __future__ import annotations

import time
from tempfile import TemporaryDirectory

from benchmarks.measure import SAMPLES, Row, seconds
from ingest.embedding_text import embedded_text
from rag.build import open_kitabu
from rag.core.config import Settings


def run() -> list[Row]:
    """One row for the whole way, one for the encoder alone."""
    with TemporaryDirectory(prefix="kitabu-bench-") as folder:
        settings = Settings.model_validate({"data": folder, "model": "none"})
        with open_kitabu(settings) as kitabu:
            kitabu.embedder.encode_document(["Warm-up."])
            began = time.perf_counter()
            report = kitabu.pipeline.ingest([SAMPLES])
            whole = time.perf_counter() - began
            entries = [entry for batch in kitabu.library.catalog.iter_chunks() for entry in batch]
            texts = [embedded_text(entry.title, entry.chunk) for entry in entries]
            alone = seconds(lambda: kitabu.embedder.encode_document(texts))
    pages = sum(file.pages for file in report.files)
    return [
        {"way": "files to indexes", "s": whole, "chunks/s": len(texts) / whole, "pages/s": pages / whole},
        {"way": "encoder alone", "s": alone, "chunks/s": len(texts) / alone, "pages/s": pages / alone},
    ]
