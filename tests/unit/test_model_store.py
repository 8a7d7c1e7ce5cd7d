"""What is kept of models: the choice for everybody, the one of a conversation, and measurements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.trials import ModelTrial
from rag.store.catalog import Catalog
from rag.store.conversations import Conversations
from rag.store.models import Models
from rag.store.schema import MIGRATIONS

TRIAL = ModelTrial("qwen3:4b", "d1", 1000.0, 2.5, 0.8, 400, 91, 9.0, 3_600_000_000, 0.7, 4096)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(tmp_path / "catalog.sqlite")
    yield opened
    opened.close()


def test_a_choice_is_kept_replaced_and_taken_back(catalog: Catalog) -> None:
    models = Models(catalog)
    assert models.chosen() == ""
    models.choose("ollama:qwen3:4b")
    models.choose("none")
    assert Models(catalog).chosen() == "none"
    models.choose("")
    assert models.chosen() == ""


def test_the_last_measurement_of_each_model_is_kept(catalog: Catalog) -> None:
    models = Models(catalog)
    assert models.trials() == {}
    other = replace(TRIAL, model="gemma3:1b")
    faster = replace(TRIAL, answer_seconds=4.5)
    for trial in (TRIAL, other, faster):
        models.keep(trial)
    assert models.trials() == {"qwen3:4b": faster, "gemma3:1b": other}
    assert (TRIAL.tokens_per_second, faster.tokens_per_second) == (10.0, 20.0)
    assert replace(TRIAL, answer_tokens=1).tokens_per_second == 0
    assert replace(TRIAL, answer_seconds=0.0).tokens_per_second == 0


def test_a_conversation_keeps_its_model(catalog: Catalog) -> None:
    store = Conversations(catalog)
    conversation = store.create("Lamps")
    assert store.get(conversation.id).model == ""
    store.set_model(conversation.id, "ollama:qwen3:4b")
    assert store.get(conversation.id).model == "ollama:qwen3:4b"
    assert [one.model for one in store.recent()] == ["ollama:qwen3:4b"]
    assert store.create("Boats", "none").model == "none"


def test_a_catalog_of_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    before = next(i for i, script in enumerate(MIGRATIONS) if "model_trials" in script)
    old = sqlite3.connect(path)
    for script in MIGRATIONS[:before]:
        old.executescript(script)
    old.execute("INSERT INTO conversations (id, title, created_at) VALUES ('c', 'Lamps', 1.0)")
    old.execute(f"PRAGMA user_version = {before}")
    old.commit()
    old.close()
    catalog = Catalog.open(path)
    assert Conversations(catalog).get("c").model == ""
    assert Models(catalog).chosen() == ""
    catalog.close()
