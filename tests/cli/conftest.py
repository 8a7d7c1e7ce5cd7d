from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rag.cli.main import run

HANDBOOK = """# Clinic handbook

## Vaccines

Vaccines are kept between 2 °C and 8 °C. An opened vial of measles vaccine is thrown away after 6 hours.

## Visiting hours

Visitors are welcome from 14:00 to 17:00 every day. Children under 12 come with an adult.
"""
PRICES = "item,price\nSolar lamp small,950 shillings\nSolar lamp large,2400 shillings\n"


@dataclass(frozen=True)
class Result:
    """What a command gave back."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Kitabu = Callable[..., Result]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of the machine's, and a model server where nothing answers."""
    for name in [name for name in os.environ if name.startswith("KITABU_") and not name.startswith("KITABU_REQUIRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KITABU_OLLAMA_URL", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def kitabu(capsys: pytest.CaptureFixture[str]) -> Kitabu:
    """Runs a command in this process."""

    def call(*arguments: str) -> Result:
        capsys.readouterr()
        status = run(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(status, out, err)

    return call


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents and two files that cannot be read."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    (folder / "prices.csv").write_text(PRICES, encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that follows makes sense\n")
    (folder / "empty.txt").write_bytes(b"")
    return folder


@pytest.fixture(scope="session")
def filled(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds `documents`; tests that change it take a copy."""
    data = tmp_path_factory.mktemp("filled") / "data"
    assert run(["ingest", str(documents), "--data", str(data)]) == 1
    return data
