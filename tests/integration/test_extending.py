"""docs/extending.md: every example is run as written there, by the contract suites and as configured."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

PAGE = ROOT / "docs" / "extending.md"
BLOCK = re.compile(r"^```(python|toml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST_LINES = 30
FILM = "1\n00:00:01,000 --> 00:00:04,000\nThe lamp is charged for six hours.\n"
PARTS = ("trigrams", "program", "overlap", "subtitles", "paragraphs", "filestore")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's Python files, and its configuration as one file."""
    folder = tmp_path_factory.mktemp("extending")
    settings = []
    for kind, name, body in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "python":
            (folder / name).write_text(body, encoding="utf-8")
        else:
            settings.append(body)
    (folder / "kitabu.toml").write_text("".join(settings), encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("KITABU_")}
    paths = os.pathsep.join((str(ROOT), str(folder)))
    return subprocess.run(
        [sys.executable, "-P", "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env={**own, "PYTHONPATH": paths, "COLUMNS": "200", **(environment or {})},
    )  # fmt: skip


def test_every_part_is_written_in_under_thirty_lines(written: Path) -> None:
    assert {path.stem for path in written.glob("*.py")} == {*PARTS, *(f"test_{part}" for part in PARTS)}
    for path in written.glob("*.py"):
        lines = [line for line in path.read_text().splitlines() if line.strip()]
        assert len(lines) < MOST_LINES, path.name


def test_the_contract_suites_pass_as_written(written: Path) -> None:
    done = run(written, "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", ".")
    assert done.returncode == 0, done.stdout + done.stderr
    (passed,) = re.findall(r"(\d+) passed", done.stdout)
    assert int(passed) >= 30


def test_all_of_them_answer_together_as_configured(written: Path, tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    (films / "lamps.srt").write_text(FILM)
    data = {"KITABU_DATA": str(tmp_path / "data")}
    taken = run(written, "rag", "ingest", str(films), environment=data)
    assert taken.returncode == 0, taken.stderr
    status = run(written, "rag", "status", "--json", environment=data).stdout
    assert '"embedder": "trigrams.Trigrams"' in status
    assert '"chunker": "paragraphs:1:256"' in status
    assert list(written.glob("*.json")), "the store's file"
    listed = run(written, "rag", "list", "--json", environment=data).stdout
    assert '"media_type": "application/x-subrip"' in listed
    asked = run(written, "rag", "ask", "How long is the lamp charged?", "--model", "none", environment=data)
    assert "charged for six hours" in asked.stdout, asked.stderr
    told = run(written, "rag", "ask", "How long is the lamp charged?", "--json", environment=data)
    assert '"model": "program.Program"' in told.stdout, told.stdout + told.stderr
