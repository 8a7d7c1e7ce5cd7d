"""Rows of tables: what stands under a head that limits or denies is not told without it."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.types import BlockKind, Passage
from rag.testing.passages import make_passage


def table(head: str, *rows: str) -> Passage:
    return make_passage([(BlockKind.TABLE_HEAD, head), *((BlockKind.TABLE_ROW, row) for row in rows)])


DOSES = table(
    "Medicine | Usual dose | Maximum dose a day | Route | Not for",
    "Ibuprofen | 400 mg | 1200 mg | by mouth | stomach ulcer",
    "Paracetamol | 1 g | 4 g | by mouth | liver disease",
)
EFFECTS = table(
    "Medicine | Dose | Contraindications | Side effects",
    "Ibuprofen | 400 mg | stomach ulcer | nausea",
    "Losartan | 50 mg | pregnancy | dizziness",
)


@pytest.mark.parametrize(
    ("passage", "sentence"),
    [
        (DOSES, "Paracetamol 4 g."),
        (DOSES, "The dose of ibuprofen is 1200 mg."),
        (DOSES, "Ibuprofen is given for stomach ulcer."),
        (EFFECTS, "Losartan is given in pregnancy."),
        (EFFECTS, "Losartan 50 mg is taken in pregnancy."),
        (EFFECTS, "Ibuprofen is for nausea."),
    ],
)
def test_a_cell_is_not_told_without_the_head_that_limits_it(passage: Passage, sentence: str) -> None:
    assert not check(sentence, ["[1]"], [passage], "en").supported


@pytest.mark.parametrize(
    ("passage", "sentence"),
    [
        (DOSES, "The maximum dose of ibuprofen is 1200 mg a day."),
        (DOSES, "Ibuprofen is taken by mouth."),
        (EFFECTS, "The dose of losartan is 50 mg."),
        (EFFECTS, "Side effects of losartan: dizziness."),
        (EFFECTS, "Ibuprofen is contraindicated in stomach ulcer."),
    ],
)
def test_cells_that_deny_something_deny_no_others(passage: Passage, sentence: str) -> None:
    assert check(sentence, ["[1]"], [passage], "en").supported
