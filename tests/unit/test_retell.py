"""Sentences told in another language than the documents'."""

from __future__ import annotations

import pytest

from rag.answering.retell import check_retold, told_notice
from rag.core.checking import verdicts
from rag.core.messages import messages
from rag.core.types import BlockKind, Support
from rag.testing.passages import make_document, make_passage

VIALS = make_passage(
    [(BlockKind.PARAGRAPH, "An opened vial is kept for 28 days at 2 to 8 °C. It is not frozen below 0 °C.")]
)
LAMPS = make_passage([(BlockKind.PARAGRAPH, "The lamp needs 7 hours of sun.")], key="[2]")
SWAHILI = make_passage(
    [(BlockKind.PARAGRAPH, "Chemsha maji kwa dakika 3.")], key="[3]", document=make_document(language="sw")
)


@pytest.mark.parametrize(
    ("language", "text", "support", "reason"),
    [
        ("fr", "Un flacon ouvert se garde 28 jours.", Support.SUPPORTED, ""),
        ("sw", "Chupa iliyofunguliwa huhifadhiwa siku 28.", Support.SUPPORTED, ""),
        ("de", "Eine offene Flasche hält 28 Tage bei 2 bis 8 °C.", Support.SUPPORTED, ""),
        ("fr", "Un flacon ouvert se garde 30 jours.", Support.NOT_FOUND, verdicts("fr").numberless),
        ("fr", "Un flacon ouvert se garde 28 heures.", Support.NOT_FOUND, verdicts("fr").numberless),
        ("fr", "Un flacon ouvert ne se garde pas 28 jours.", Support.CONTRADICTED, verdicts("fr").negated),
        ("fr", "Un flacon ouvert se garde longtemps.", Support.NOT_FOUND, verdicts("fr").wordless),
    ],
)
def test_numbers_and_negation_are_compared_across_languages(
    language: str, text: str, support: Support, reason: str
) -> None:
    sentence = check_retold(text, ["[1]"], [VIALS, LAMPS], language)
    assert (sentence.support, sentence.reason) == (support, reason)
    if support is Support.SUPPORTED:
        (citation,) = sentence.citations
        assert VIALS.slice(citation.span) == citation.quote
        assert "28 days" in citation.quote


def test_a_wrong_key_is_replaced_by_the_passage_with_the_number() -> None:
    (citation,) = check_retold("La lampe a besoin de 7 heures de soleil.", ["[1]"], [VIALS, LAMPS], "fr").citations
    assert citation.key == "[2]"


def test_where_the_passages_have_the_language_words_are_checked() -> None:
    assert check_retold("Chemsha maji kwa dakika 3.", ["[3]"], [VIALS, SWAHILI], "sw").supported
    assert not check_retold("Samaki wengi wana ladha nzuri.", ["[3]"], [SWAHILI], "sw").supported


def test_the_reader_is_told_only_where_languages_differ() -> None:
    assert told_notice("sw", [VIALS]) == messages("sw").told_across
    assert told_notice("sw", [VIALS, SWAHILI]) == ""
    assert told_notice("", [VIALS]) == ""
