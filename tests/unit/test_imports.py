from __future__ import annotations

import subprocess
import sys

import pytest

from tests.places import ROOT

HEAVY = (
    "torch", "transformers", "tokenizers", "streamlit", "chromadb", "langchain", "langchain_core", "langchain_ollama",
    "ollama", "sentence_transformers", "pypdfium2", "tantivy", "docx", "openpyxl", "lxml", "httpx", "starlette",
)  # fmt: skip

REPORT = f"\nimport sys; print('HEAVY', *sorted(set(sys.modules) & set({HEAVY!r})))"


def loaded_by(code: str) -> list[str]:
    line = [sys.executable, "-c", code + REPORT]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rsplit("HEAVY", 1)[1].split()


@pytest.mark.parametrize(
    "code",
    [
        "import rag; rag.open",
        "from rag.cli.main import run; assert run(['--help']) == 0",
        "from rag.cli.main import run; assert run(['ask', '--help']) == 0",
        "from rag.cli.main import run; assert run(['list', '--data', 'no-such-folder-at-all']) == 0",
        "from rag.cli.main import run; assert run(['status', '--data', 'no-such-folder-at-all', '--json']) == 0",
    ],
)
def test_light_commands_load_no_heavy_package(code: str) -> None:
    assert loaded_by(code) == []
    assert not (ROOT / "no-such-folder-at-all").exists()


def test_the_check_sees_a_heavy_package() -> None:
    assert loaded_by("import ollama") != []
