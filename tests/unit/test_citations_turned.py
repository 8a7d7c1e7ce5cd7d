"""Sentences that have all the words of their source, turned round, told of the whole or as a fact; and such as only
seem so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag.answering.citations import check
from rag.testing.passages import said_in
from tests.places import ROOT

LINES = (ROOT / "tests" / "fixtures" / "checker" / "turned.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("pair", [json.loads(line) for line in LINES], ids=lambda pair: pair["sentence"])
def test_a_sentence_that_turns_its_source_round_does_not_hold(pair: dict[str, Any]) -> None:
    passage = said_in(pair["source"], pair["language"])
    assert check(pair["sentence"], ["[1]"], (passage,), pair["language"]).supported is pair["holds"]
