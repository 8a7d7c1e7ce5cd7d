"""Amounts that only look like those of the passage: a figure more or less of a dose is another dose."""

from __future__ import annotations

import pytest

from rag.answering.citations import check, check_answer
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage, said_in


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "Give 5 mg daily.", "Give .5 mg daily."),
        ("en", "Give .5 mg daily.", "Give 5 mg daily."),
        ("fr", "Donner 5 mg par jour.", "Donner ,5 mg par jour."),
        ("en", "Give ½ tablet of the drug.", "Give ¼ tablet of the drug."),
        ("en", "Give ½ tablet of the drug.", "Give ⅛ tablet of the drug."),
        ("en", "Give 10mg/5ml of the syrup.", "Give 10mg/15ml of the syrup."),
        ("en", "Give two hundred milligrams of the drug.", "Give three hundred milligrams of the drug."),
        ("en", "Give a hundred milligrams of the drug.", "Give five hundred milligrams of the drug."),
        ("en", "Give a dozen tablets of the drug.", "Give two dozen tablets of the drug."),
        ("en", "Give 1 million units of the drug.", "Give 1 thousand units of the drug."),
        ("fr", "Donner cent milligrammes par jour.", "Donner deux cents milligrammes par jour."),
        ("sw", "Mpe miligramu mia mbili.", "Mpe miligramu mia tatu."),
        # What stands between the number and its unit.
        ("en", "Give 2 paediatric tablets.", "Give 2 adult tablets."),
        ("en", "Give 2 heaped spoons of sugar.", "Give 2 level spoons of sugar."),
        ("en", "Employees get 21 working days of leave.", "Employees get 21 calendar days of leave."),
        ("fr", "Donner 2 petites cuillères de sucre.", "Donner 2 grandes cuillères de sucre."),
        # "Once" and "at once" are two things.
        ("en", "Refer the child at once.", "Refer the child once."),
        ("en", "Give the syrup once a day.", "Give the syrup at once."),
        ("en", "Amoxicillin 250 mg is given twice a day.", "Amoxicillin 250 mg is given twice."),
        ("en", "Give penicillin V 250 mg.", "Give penicillin G 250 mg."),
        ("en", "Give vitamin A with a meal.", "Give vitamin D with a meal."),
        (
            "en",
            "Patients with a fever get the hepatitis B vaccine.",
            "Patients with a fever get the hepatitis A vaccine.",
        ),
    ],
)
def test_another_amount_is_not_supported(language: str, source: str, sentence: str) -> None:
    passage = said_in(source, language)
    assert check(source, ["[1]"], (passage,), language).supported
    assert not check(sentence, ["[1]"], (passage,), language).supported


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "Give .5 mg daily.", "Give 0.5 mg daily."),
        ("es", "Dar 0,5 mg al día.", "Dar ,5 mg al día."),
        ("en", "Give ½ tablet of the drug.", "Give half a tablet of the drug."),
        ("en", "Give 1½ tablets of the drug.", "Give 1 ½ tablets of the drug."),
        ("en", "Give 10mg/5ml of the syrup.", "Give 10 mg/5 ml of the syrup."),
        ("en", "Refer the child at once.", "Refer the child immediately."),
        ("en", "Charge the lamp for two full days.", "Charge the lamp for two whole days."),
        ("en", "Give 5 L of water.", "Give 5 litres of water."),
    ],
)
def test_the_same_amount_written_otherwise_is_supported(language: str, source: str, sentence: str) -> None:
    assert check(sentence, ["[1]"], (said_in(source, language),), language).supported


DOSES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Medicine | Weight | Dose"),
        (BlockKind.TABLE_ROW, "Amoxicillin | 4 to 10 kg | 250 mg"),
        (BlockKind.TABLE_ROW, "Amoxicillin | 10 to 14 kg | 500 mg"),
        (BlockKind.TABLE_ROW, "Cotrimoxazole | 4 to 14 kg | 240 mg"),
    ],
    document=make_document("doses.pdf", title="Doses for children"),
)
FOR_TWELVE = "What is the dose of amoxicillin for a child of 12 kg?"


@pytest.mark.parametrize(
    ("question", "answer", "supported"),
    [
        (FOR_TWELVE, "500 mg", True),
        (FOR_TWELVE, "500 mg.", True),
        (FOR_TWELVE, "Answer: 500 mg", True),
        (FOR_TWELVE, "250 mg", False),
        (FOR_TWELVE, "240 mg", False),
        (FOR_TWELVE, "0.5 g", True),
        # A sentence speaks for itself.
        ("Which medicine?", "The dose of amoxicillin for a child of 12 kg is 500 mg.", True),
    ],
)
def test_a_bare_amount_is_held_together_with_its_question(question: str, answer: str, supported: bool) -> None:
    checked = check_answer(answer, question, lambda text: check(text, ["[1]"], (DOSES,), "en"), "en")
    assert checked.supported is supported
    assert checked.text == answer
