"""Replies of models that run in circles: a check of them takes no longer than their length."""

from __future__ import annotations

import time
from functools import partial

import pytest

from rag.answering.citations import LONGEST, check, check_answer
from rag.core.checking import verdicts
from rag.core.types import BlockKind, Support
from rag.testing.passages import make_passage, said_in

DOSES = said_in("Children of 10 kg get 250 mg of amoxicillin twice a day. Zinc is given for 10 days.")
RUNS = [
    "12 mg, 13 ml ",
    "not ",
    "a or b and ",
    "½ ",
    "10⁹ ",
    "0712 345 678 ",
    "(",
    "0-1-",
    "before after ",
    "每天",
    "กินยา",
    "8 am ",
]


@pytest.mark.parametrize("run", RUNS)
def test_a_sentence_without_an_end_is_not_compared(run: str) -> None:
    text = run * (200_000 // len(run))
    began = time.process_time()
    found = check_answer(
        text, "How much amoxicillin?", partial(check, keys=["[1]"], passages=[DOSES], language="en"), "en"
    )
    assert time.process_time() - began < 5
    assert (found.support, found.reason, found.citations) == (Support.NOT_FOUND, verdicts("en").too_long, ())


@pytest.mark.parametrize("run", RUNS)
def test_the_longest_that_is_compared_is_compared_soon(run: str) -> None:
    text = (run * LONGEST)[:LONGEST]
    began = time.process_time()
    assert not check(text, ["[1]"], [DOSES], "en").supported
    assert time.process_time() - began < 5


def test_many_lines_cost_as_many_times_one_line() -> None:
    rows = [(BlockKind.LIST_ITEM, f"Item {number} is {number} mg.") for number in range(100)]
    passage = make_passage(rows)
    text = "\n".join(f"- Item {number % 100} is {number % 100} mg, not more" for number in range(300))
    began = time.process_time()
    assert not check(text, ["[1]"], [passage], "en").supported
    assert time.process_time() - began < 60
