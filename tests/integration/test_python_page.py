"""docs/python.md: its examples are one program, which is run as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.places import ROOT

PAGE = ROOT / "docs" / "python.md"


def test_the_page_runs_as_written(tmp_path: Path) -> None:
    program = "\n".join(
        re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
    own = {key: value for key, value in os.environ.items() if not key.startswith("KITABU_")}
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**own, "PYTHONPATH": str(ROOT), "KITABU_OLLAMA_URL": "http://127.0.0.1:9"},
    )
    assert done.returncode == 0, done.stderr
    assert "lamps.md indexed None" in done.stdout
    assert done.stdout.count("5 hours of full sun") >= 5
    assert "three years" in done.stdout
    assert "422 invalid_question" in done.stdout
    assert "Nothing answers at http://127.0.0.1:9" in done.stdout
