"""The check of generated sentences held against what a person found, see tests/fixtures/checker/README.md."""

from __future__ import annotations

import time
from itertools import cycle, islice
from pathlib import Path

import pytest

from rag.testing.labelled import Figures, Labelled, figures, load_labelled

FOLDER = Path(__file__).parents[1] / "fixtures" / "checker"
HALVES = ("tune", "test")


@pytest.fixture(scope="module")
def written() -> list[Labelled]:
    return load_labelled(FOLDER, "sentences.jsonl")


def test_both_halves_have_true_and_false_sentences(written: list[Labelled]) -> None:
    assert len(written) >= 250
    for half in HALVES:
        part = [sentence for sentence in written if sentence.half == half]
        assert sum(sentence.supported for sentence in part) >= 30
        assert sum(sentence.number for sentence in part) >= 25
        assert all(sentence.reason for sentence in part if not sentence.supported)


@pytest.mark.parametrize("half", HALVES)
def test_false_sentences_are_flagged_and_true_ones_left_in_peace(written: list[Labelled], half: str) -> None:
    found = figures(sentence for sentence in written if sentence.half == half)
    assert found.recall >= 0.95, found
    assert found.peace >= 0.80, found
    assert found.precision >= 0.90, found


def test_every_wrong_number_is_flagged(written: list[Labelled]) -> None:
    by_hand = load_labelled(FOLDER, "corrupted.jsonl")
    found = figures(sentence for sentence in (*written, *by_hand) if sentence.number)
    assert found.recall >= 0.99, found


@pytest.mark.parametrize("half", HALVES)
def test_sentences_in_six_languages(half: str) -> None:
    """What is said in other words is hardly recognised outside English: the floor is for what is false."""
    sentences = [one for one in load_labelled(FOLDER, "reworded_languages.jsonl") if one.half == half]
    assert figures(sentences).recall >= 0.95
    assert figures(one for one in sentences if one.number).recall >= 0.99


def test_sentences_that_were_corrupted_by_hand_are_flagged() -> None:
    by_hand = load_labelled(FOLDER, "corrupted.jsonl")
    assert len(by_hand) >= 50
    assert figures(by_hand).recall >= 0.95


def test_an_answer_of_ten_sentences_is_checked_in_a_tenth_of_a_second(written: list[Labelled]) -> None:
    answers: dict[tuple[str, ...], list[Labelled]] = {}
    for sentence in written:
        answers.setdefault(tuple(passage.text for passage in sentence.passages), []).append(sentence)
    times = []
    for said in answers.values():
        began = time.process_time()
        for sentence in islice(cycle(said), 10):
            sentence.checked()
        times.append(time.process_time() - began)
    assert sorted(times)[len(times) // 2] < 0.1


def test_figures_count_both_kinds_of_mistakes() -> None:
    found = Figures(false=8, flagged=6, true=4, in_peace=2)
    assert (found.recall, found.precision, found.peace) == (0.75, 0.75, 0.5)
    nothing = Figures(0, 0, 0, 0)
    assert (nothing.recall, nothing.precision, nothing.peace) == (1.0, 1.0, 1.0)
