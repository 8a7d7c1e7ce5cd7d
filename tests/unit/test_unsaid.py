"""Words of a question that stand nowhere, and when they are told above a quotation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rag.answering.evidence import OTHER_QUESTION, RankedUnit, put_off
from rag.answering.extract import TOLD_FROM, compose
from rag.answering.question import Question
from rag.answering.reading import Answering
from rag.answering.units import cut
from rag.answering.unsaid import as_written, terms_nowhere, without_words
from rag.core.messages import messages
from rag.core.text import content_terms
from rag.core.types import BlockKind
from rag.testing.passages import make_passage

DOSE = make_passage([(BlockKind.PARAGRAPH, "Children with diarrhoea get zinc for 10 days.")])
[UNIT] = cut(DOSE)


def asked(text: str, *unknown: str) -> Question:
    terms = content_terms(text, "en")
    assert set(unknown) <= set(terms)
    weights = dict.fromkeys(terms, 1 / len(terms))
    vector = np.zeros(3, np.float32)
    return Question(text, "en", vector, weights, 1.0, frozenset(), frozenset(), unknown=frozenset(unknown))


def read(asked_odds: float, rest_odds: float) -> RankedUnit:
    """The unit as a reader sees it with and without what stands nowhere, by logarithms of the odds."""
    with_all, without = (Answering(0, 5, 1 / (1 + math.exp(-odds))) for odds in (asked_odds, rest_odds))
    return RankedUnit(UNIT, 1.0, 0.5, 0.5, frozenset(), with_all, without)


@pytest.mark.parametrize(
    ("question", "unknown", "found"),
    [
        ("Zinc for women, how long?", ["women"], ["women"]),
        ("Zinc for toddlers, how long?", ["toddler"], []),  # children are spoken of
        ("How long is zinc given for diarhoea?", ["diarhoea"], []),  # a misspelling
        ("Zinc for twelve days?", ["twelv"], []),
        ("What is the maximum zinc dose?", ["maximum"], []),
        ("Which vitamin for diarrhoea?", ["vitamin"], ["vitamin"]),
    ],
)
def test_words_that_stand_nowhere(question: str, unknown: list[str], found: list[str]) -> None:
    assert as_written(asked(question, *unknown), terms_nowhere(asked(question, *unknown), [UNIT])) == found


def test_a_question_without_them_keeps_its_other_words() -> None:
    question = asked("How much zinc for pregnant women?", "pregnant", "women")
    assert without_words(question, {"pregnant", "women"}) == "How much zinc for ?"


def test_how_far_they_put_a_reader_off() -> None:
    assert put_off([read(-2.0, 2.0)]) == pytest.approx(4.0)
    assert put_off([read(2.0, -2.0)]) == put_off([]) == 0.0
    assert 0 < TOLD_FROM < OTHER_QUESTION


def test_they_are_told_above_a_quotation_that_may_answer_another_question() -> None:
    question = asked("How long do women get zinc?", "women")
    told = messages("en").nowhere.format(words="women")
    first, second = compose(question, [read(0.0, 2.0)])
    assert first.text == told
    assert not first.citations
    assert second.citations
    assert [bool(sentence.citations) for sentence in compose(question, [read(0.0, 1.0)])] == [True]


def test_where_nothing_is_read_again_they_are_told_when_they_are_half_of_the_question() -> None:
    once = Answering(0, 5, 0.5)
    unit = RankedUnit(UNIT, 1.0, 0.5, 0.5, frozenset(), once, once)
    half = asked("Which vitamin for diarrhoea?", "vitamin")
    assert compose(half, [unit])[0].text == messages("en").nowhere.format(words="vitamin")
    third = asked("Which vitamin for diarrhoea in children?", "vitamin")
    assert [bool(sentence.citations) for sentence in compose(third, [unit])] == [True]


def test_a_name_is_told_in_any_case() -> None:
    named = asked("How long do children in Nairobi get zinc?", "nairobi")
    assert compose(named, [read(0.0, 0.0)])[0].text == messages("en").nowhere.format(words="Nairobi")
    small = asked("How long do children in nairobi get zinc?", "nairobi")
    assert len(compose(small, [read(0.0, 0.0)])) == 1
