"""The notebook under examples/ runs from its first cell to its last, and its figures are what they should be."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.places import ROOT

NOTEBOOK = ROOT / "examples" / "documents_to_measured_answers.ipynb"


def test_every_cell_runs_in_order(tmp_path: Path) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells), "kept without outputs"
    # As a kernel does: one namespace, a cell after the other.
    script = tmp_path / "cells.py"
    script.write_text("\n\n".join("".join(cell["source"]) for cell in cells), encoding="utf-8")
    own = {key: value for key, value in os.environ.items() if not key.startswith("KITABU_")}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=NOTEBOOK.parent, env={**own, "PYTHONPATH": str(ROOT)}, timeout=300,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"indexed, \d+ pages?", done.stdout)) == 3
    shares = dict(re.findall(r"^(\w+) +(\d\.\d\d)$", done.stdout, re.MULTILINE))
    assert float(shares["citation_recall"]) >= 0.7
    assert float(shares["refusal_recall"]) >= 0.7
    assert float(shares["unsupported"]) == 0.0
    assert "no more than chance" in done.stdout
