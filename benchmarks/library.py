"""The sample library in a temporary data folder, for the benchmarks that need one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import ROOT, SAMPLES
from rag.build import Kitabu, open_kitabu
from rag.core.config import Settings


@contextmanager
def sample_library(data: Path | None = None, **settings: str) -> Iterator[Kitabu]:
    """Ingest the samples, unless `data` holds them already, and open them."""
    with TemporaryDirectory(prefix="kitabu-bench-") as temporary:
        chosen = Settings.model_validate({"data": data or Path(temporary), "model": "none", **settings})
        with open_kitabu(chosen) as kitabu:
            kitabu.pipeline.ingest([SAMPLES])
            yield kitabu


def golden_questions(*, answerable_in: str = "") -> list[str]:
    """The golden set's questions; only the answerable ones of a language when one is named."""
    lines = (ROOT / "sample_docs" / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line]
    return [
        entry["question"]
        for entry in entries
        if not entry["history"] and (not answerable_in or (entry["answerable"] and entry["language"] == answerable_in))
    ]
