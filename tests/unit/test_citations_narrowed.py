"""Sentences that tell of everybody what the passage tells of some: "pregnant women" as "women"."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.testing.passages import said_in


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "The vaccine is given to pregnant women.", "The vaccine is given to women."),
        ("en", "All pregnant women get a bed net.", "All women get a bed net."),
        ("en", "Diabetic patients get losartan.", "Patients get losartan."),
        ("en", "Patients with gout do not get hydrochlorothiazide.", "Patients do not get hydrochlorothiazide."),
        ("en", "Patients with a known allergy to penicillin get azithromycin.", "Patients get azithromycin."),
        ("en", "Women who breastfeed get 600 mg.", "Women get 600 mg."),
        ("fr", "Les enfants qui toussent restent à la maison.", "Les enfants restent à la maison."),
        ("es", "Los niños con fiebre toman agua hervida.", "Los niños toman agua hervida."),
        ("sw", "Watoto wenye homa hupewa maji.", "Watoto hupewa maji."),
    ],
)
def test_what_is_said_of_some_is_not_said_of_all(language: str, source: str, sentence: str) -> None:
    passage = said_in(source, language)
    assert check(source, ["[1]"], (passage,), language).supported
    checked = check(sentence, ["[1]"], (passage,), language)
    assert not checked.supported
    # The reader is shown of whom it is said.
    assert [citation.quote for citation in checked.citations] == [source]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("Weigh children every week.", "Children are weighed every week."),
        ("Refer patients to the district hospital.", "Patients are referred to the district hospital."),
        ("Patients with a known allergy to penicillin get 5 mg.", "Patients with an allergy to penicillin get 5 mg."),
        (
            "Women with an earlier caesarean section, twins or a fever give birth in hospital.",
            "Women with a fever give birth in hospital.",
        ),
        ("The child is washed, with the mother beside it.", "The child is washed."),
    ],
)
def test_who_is_meant_may_be_said_otherwise(source: str, sentence: str) -> None:
    assert check(sentence, ["[1]"], (said_in(source, "en"),), "en").supported
