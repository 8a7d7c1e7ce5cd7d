from __future__ import annotations

import subprocess
import sys

from tests.places import ROOT


def test_generated_pages_say_what_the_code_says() -> None:
    made = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
