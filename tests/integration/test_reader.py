"""The real reader: what it marks, and that it knows when a text does not answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.errors import InvalidWeights
from rag.core.ports import Reading
from rag.models.reader import MiniLMReader, load_reader

TEXT = "An opened vial of polio vaccine may be kept for 28 days at 2 to 8 degrees."


def found(question: str, text: str = TEXT, before: str = "Open-vial periods:") -> tuple[str, Reading]:
    (reading,) = load_reader().read(question, [(before, text)])
    return text[reading.start : reading.end], reading


def test_the_words_that_answer_are_found() -> None:
    words, reading = found("How long may an opened vial be kept?")
    assert words == "28 days"
    assert reading.score > 0


def test_a_text_on_something_else_scores_below_one_that_answers() -> None:
    question = "How long may an opened vial be kept?"
    _, right = found(question)
    _, wrong = found(question, "The night guard is paid on the last Friday of the month.")
    assert wrong.score < right.score - 2


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=80), st.text(max_size=200), st.text(min_size=1, max_size=80))
def test_words_lie_within_their_text(before: str, text: str, question: str) -> None:
    _, reading = found(question, text, before)
    assert 0 <= reading.start <= reading.end <= len(text)


def test_what_is_read_together_is_read_as_alone() -> None:
    """Padding changes nothing; on processors with bfloat16 up to its precision."""
    texts = [("Stores:", "Gloves are kept in cupboard 4."), ("Periods:", f"{TEXT} {'It is written down. ' * 20}")]
    together = load_reader().read("Where are gloves kept?", texts)
    for text, reading in zip(texts, together, strict=True):
        (alone,) = load_reader().read("Where are gloves kept?", [text])
        assert (alone.start, alone.end) == (reading.start, reading.end)
        assert alone.score == pytest.approx(reading.score, abs=0.3)


def test_text_beyond_what_is_read_is_no_error() -> None:
    words, _ = found("How long may an opened vial be kept?", f"{TEXT} {'Nothing else is said here. ' * 200}")
    assert words == "28 days"


def test_questions_from_several_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(lambda _: found("How long may an opened vial be kept?")[0], range(8)))
    assert readings == ["28 days"] * 8


def test_nothing_to_read() -> None:
    assert load_reader().read("Is it cold?", []) == []


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidWeights, match=r"reader\.safetensors"):
        MiniLMReader(tmp_path / "reader.safetensors").read("Is it cold?", [("", "Yes.")])
