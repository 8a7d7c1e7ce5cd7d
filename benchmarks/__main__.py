"""Runs the benchmarks named on the command line, or all: tables, and in the end everything as one line of JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence

from benchmarks import (
    checker,
    crowd,
    golden,
    ingest,
    injection,
    memory,
    ocr,
    query,
    reading,
    scale,
    startup,
    stream,
    sync,
)
from benchmarks.measure import Row, machine, show

BENCHMARKS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "startup": ("Start of a process", startup.run),
    "query": ("A search over the samples", query.run),
    "stream": ("What is added to a model's stream", stream.run),
    "crowd": ("Ten conversations at once", crowd.run),
    "ingest": ("Ingest of text PDFs", ingest.run),
    "sync": ("A sync of many files", sync.run),
    "memory": ("Memory of a growing library", memory.run),
    "ocr": ("Scans", ocr.run),
    "scale": ("Scale", scale.run),
    "reading": ("Reading the sample PDFs", reading.run),
    "checker": ("The check of generated sentences", checker.run),
    "golden": ("The golden set without a model", golden.run),
}


def main(names: Sequence[str]) -> int:
    """Run them; 2 when a name is not known. Those of a set that is not ours take its folder behind their name."""
    if names and names[0] == "injection":
        return injection.main(names[1:])
    if names and names[0] == "crowd":
        return crowd.main(names[1:])
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"Unknown: {', '.join(unknown)}. Known: {', '.join(BENCHMARKS)}.\n")
        return 2
    results: dict[str, object] = {"machine": machine()}
    for name in names or BENCHMARKS:
        title, run = BENCHMARKS[name]
        rows = run()
        show(title, rows)
        results[name] = rows
    sys.stdout.write(json.dumps(results) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
