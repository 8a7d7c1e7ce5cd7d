"""The refusal weighs what a reader says as far as the reader is trusted."""

from dataclasses import replace

import pytest

from rag.answering.evidence import Evidence
from rag.answering.refusal import probability, refuse
from rag.core.types import BlockKind
from rag.testing.passages import make_passage
from tests.unit.test_extract import ask, ranked, unit

SURE = Evidence(meaning=0.6, missing=0.1, lacking=0.0, untrusted=0.2, reading=0.95, read=1.0)


def test_a_reading_counts_as_far_as_the_reader_is_trusted() -> None:
    doubtful = replace(SURE, reading=0.05)
    assert probability(SURE) > 0.5 > probability(doubtful)
    unread = probability(replace(SURE, reading=0.0, read=0.0))
    assert unread == probability(replace(doubtful, read=0.0))
    for evidence in (SURE, doubtful):
        assert probability(replace(evidence, read=0.5)) == pytest.approx((probability(evidence) + unread) / 2)


@pytest.mark.parametrize("read", [0.0, 1.0])
def test_what_is_missing_or_lacking_speaks_against_an_answer(read: float) -> None:
    evidence = replace(SURE, read=read)
    assert probability(replace(evidence, missing=0.5)) < probability(evidence)
    assert probability(replace(evidence, lacking=1.0)) < probability(evidence)


def test_what_came_nearest_is_shown_with_what_it_is_said_of() -> None:
    entry = make_passage(
        [(BlockKind.PARAGRAPH, "Amoxicillin (capsule 500 mg). Dose: 250 mg. Pregnancy: safe. Do not use: allergy.")]
    )
    question = ask("Is captopril safe in pregnancy?")
    refusal = refuse("en", [entry], 1, ranked(question, [unit(entry, "Pregnancy")], [0.1]))
    assert [citation.quote for citation in refusal.nearest] == [
        "Amoxicillin (capsule 500 mg). Dose: 250 mg. Pregnancy: safe."
    ]
