"""How long a new process takes: help, the import, a question asked cold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.library import golden_questions, sample_library
from benchmarks.measure import ROOT, Row, seconds

ROUNDS = 5


def run() -> list[Row]:
    """One row per command, medians."""
    with TemporaryDirectory(prefix="kitabu-bench-") as folder:
        with sample_library(Path(folder)):
            pass
        question = golden_questions(answerable_in="en")[0]
        data = ["--data", folder]
        commands = {
            "python -c pass": ["-c", "pass"],
            "import rag": ["-c", "import rag"],
            "kitabu --help": ["-m", "rag", "--help"],
            "kitabu list": ["-m", "rag", "list", *data],
            "kitabu search": ["-m", "rag", "search", question, *data],
            "kitabu ask, quoting": ["-m", "rag", "ask", question, "--model", "none", *data],
        }
        return [{"command": name, "ms": _median(command) * 1000} for name, command in commands.items()]


def _median(command: list[str]) -> float:
    line = [sys.executable, *command]
    return median(
        seconds(lambda: subprocess.run(line, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)) for _ in range(ROUNDS)
    )
