from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.types import BlockKind, Passage, Support
from rag.testing.passages import make_document, make_passage

VIALS = make_passage(
    [
        (BlockKind.HEADING, "Open-vial periods"),
        (BlockKind.PARAGRAPH, "An opened pentavalent vial may be kept for 28 days. Write the date of opening on it."),
        (
            BlockKind.PARAGRAPH,
            "Children under 5 kg are not given the syrup. Dr Amina Otieno checks the fridge twice a day.",
        ),
    ],
    heading_path=("Vaccines", "Open-vial periods"),
)
DOSES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Medicine | Weight | Dose"),
        (BlockKind.TABLE_ROW, "Paracetamol | 10 to 15 kg | 150 mg"),
        (BlockKind.TABLE_ROW, "Paracetamol | 15 to 20 kg | 240 mg"),
    ],
    key="[2]",
    document=make_document("doses.pdf", title="Doses"),
)
PASSAGES = (VIALS, DOSES)


@pytest.mark.parametrize(
    ("sentence", "keys", "support"),
    [
        ("An opened pentavalent vial may be kept for 28 days.", ["[1]"], Support.SUPPORTED),
        ("You can keep an opened pentavalent vial for 28 days.", ["[1]"], Support.SUPPORTED),
        ("An opened pentavalent vial may be kept for 30 days.", ["[1]"], Support.CONTRADICTED),
        ("An opened pentavalent vial may be kept for 28 weeks.", ["[1]"], Support.CONTRADICTED),
        ("An opened pentavalent vial may not be kept for 28 days.", ["[1]"], Support.CONTRADICTED),
        ("Children under 5 kg are given the syrup.", ["[1]"], Support.CONTRADICTED),
        ("Children under 5 kg are not given the syrup.", ["[1]"], Support.SUPPORTED),
        ("Dr Amina Otieno checks the fridge two times a day.", ["[1]"], Support.SUPPORTED),
        ("Then Dr Peter Kamau checks the fridge twice a day.", ["[1]"], Support.NOT_FOUND),
        ("The clinic was founded by a charity in Norway.", ["[1]"], Support.NOT_FOUND),
        ("Paracetamol for a weight of 10 to 15 kg: the dose is 150 mg.", ["[2]"], Support.SUPPORTED),
        ("Paracetamol for a weight of 10 to 15 kg: the dose is 240 mg.", ["[2]"], Support.CONTRADICTED),
    ],
)
def test_support(sentence: str, keys: list[str], support: Support) -> None:
    checked = check(sentence, keys, PASSAGES, "en")
    assert checked.support is support, checked
    assert (checked.reason == "") is (support is Support.SUPPORTED)


def test_the_supporting_span_is_cited_exactly() -> None:
    checked = check("An opened pentavalent vial may be kept for 28 days.", ["[1]"], PASSAGES, "en")
    (citation,) = checked.citations
    assert citation.quote == "An opened pentavalent vial may be kept for 28 days."
    assert VIALS.slice(citation.span) == citation.quote
    assert citation.verified


@pytest.mark.parametrize("keys", [[], ["[9]"], ["[2]"]])
def test_a_wrong_or_missing_key_is_mended_from_the_other_passages(keys: list[str]) -> None:
    checked = check("An opened pentavalent vial may be kept for 28 days.", keys, PASSAGES, "en")
    assert checked.supported
    assert [citation.key for citation in checked.citations] == ["[1]"]


def test_without_passages_nothing_is_supported() -> None:
    none: tuple[Passage, ...] = ()
    assert check("The fridge is checked.", ["[1]"], none, "en").support is Support.NOT_FOUND
