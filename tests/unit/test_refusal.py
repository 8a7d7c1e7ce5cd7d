"""The refusal weighs what a reader says as far as the reader is trusted."""

from dataclasses import replace

import pytest

from rag.answering.evidence import Evidence
from rag.answering.refusal import probability

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
