"""Items of a list are read together with the line that leads to them."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage

LISTS = {
    "Do not give aspirin to:": ("en", ["children under 12 with fever", "women in the last months of pregnancy"]),
    "These patients must not drive:": ("en", ["patients with seizures in the last 6 months", "blind"]),
    "Refer the child to hospital if it has:": ("en", ["a stiff neck", "convulsions", "a fever for more than 7 days"]),
    "The kit contains:": ("en", ["a thermometer", "two bandages", "gloves"]),
    "Ne donnez pas d'aspirine :": ("fr", ["aux enfants de moins de 12 ans", "aux femmes enceintes"]),
}


@pytest.mark.parametrize(
    ("lead", "sentence", "holds"),
    [
        ("Do not give aspirin to:", "Give aspirin to children under 12 with fever.", False),
        ("Do not give aspirin to:", "Aspirin is given to women in the last months of pregnancy.", False),
        ("Do not give aspirin to:", "Do not give aspirin to children under 12 with fever.", True),
        ("These patients must not drive:", "Patients with seizures in the last 6 months may drive.", False),
        ("These patients must not drive:", "Patients with seizures in the last 6 months must not drive.", True),
        ("Refer the child to hospital if it has:", "Refer the child to hospital if it has convulsions.", True),
        ("Refer the child to hospital if it has:", "A child with a stiff neck is referred to hospital.", True),
        ("Refer the child to hospital if it has:", "Refer the child to hospital.", False),
        ("The kit contains:", "The kit contains two bandages.", True),
        ("The kit contains:", "The kit contains no gloves.", False),
        ("Ne donnez pas d'aspirine :", "L'aspirine est donnée aux femmes enceintes.", False),
        ("Ne donnez pas d'aspirine :", "Ne donnez pas d'aspirine aux enfants de moins de 12 ans.", True),
    ],
)
def test_an_item_is_told_as_its_list_begins(lead: str, sentence: str, *, holds: bool) -> None:
    language, items = LISTS[lead]
    blocks = [(BlockKind.PARAGRAPH, lead), *((BlockKind.LIST_ITEM, item) for item in items)]
    passage = make_passage(blocks, document=make_document(title="", language=language))
    assert check(sentence, ["[1]"], [passage], language).supported is holds
