"""Runs the benchmarks named on the command line, or all: tables, and in the end everything as one line of JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence

from benchmarks import golden, ingest, query, startup, stream
from benchmarks.measure import Row, machine, show

BENCHMARKS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "startup": ("Start of a process", startup.run),
    "query": ("A search over the samples", query.run),
    "stream": ("What is added to a model's stream", stream.run),
    "ingest": ("Ingest of the samples", ingest.run),
    "golden": ("The golden set without a model", golden.run),
}


def main(names: Sequence[str]) -> int:
    """Run them; 2 when a name is not known."""
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
