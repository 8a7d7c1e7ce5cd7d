"""Ctrl+C while questions are asked: what was asked is told, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rag.cli.failures import INTERRUPTED
from tests.cli.test_eval import QUESTIONS, RECORDS, write
from tests.places import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to other processes")
MANY = 500
"""More than are asked before the signal comes."""


def many(folder: Path) -> str:
    return write(folder / "many.jsonl", [{**QUESTIONS[0], "id": number} for number in range(MANY)])


def start(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    """As a terminal starts it: what it starts belongs to the same group, which Ctrl+C reaches as a whole."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("environment", {})}
    line = [sys.executable, "-m", "rag", "eval", *arguments]
    return subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True, **more)


def test_figures_of_what_was_asked_before_ctrl_c_are_told(filled: Path, tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    ask = ["answers", "--questions", many(tmp_path), "--library", str(filled), "--model", "none", "--json"]
    with start(*ask, stderr=theirs) as process:
        shown = b""
        while b"2 of 500 questions" not in shown:
            shown += os.read(ours, 4096)
        os.killpg(process.pid, signal.SIGINT)
        told = json.loads(process.communicate()[0])
    while b"of which the figures are" not in shown:
        shown += os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == INTERRUPTED
    assert told["stopped"] is True
    assert 2 <= told["questions"] == len(told["results"]) < MANY
    assert told["metrics"]["citation_recall"] == 1.0


def test_a_stopped_comparison_leaves_no_library_behind(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('model = "none"\n')
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    corpus = write(tmp_path / "corpus.jsonl", [{**RECORDS[0], "_id": str(number)} for number in range(300)])
    ask = ["--questions", many(tmp_path), "--corpus", corpus]
    with start(
        "compare", *(str(tmp_path / name) for name in ("a.toml", "b.toml")), *ask,
        stderr=subprocess.PIPE, environment={"TMPDIR": str(temporary)},
    ) as process:  # fmt: skip
        while not list(temporary.glob("kitabu-eval-*/data/catalog.sqlite")):
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == INTERRUPTED
    assert "Traceback" not in err
    assert not list(temporary.glob("kitabu-eval-*"))
