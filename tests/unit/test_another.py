"""What only looks like an answer: another of a series, another word in one's place, no bound, another word."""

from __future__ import annotations

import pytest

from rag.answering.alternatives import names_alternative
from rag.answering.bounds import gives_bound
from rag.answering.codes import names_another
from rag.answering.relatives import has_form, has_relative
from rag.answering.units import Unit, cut
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage


def unit(text: str, language: str = "en") -> Unit:
    document = make_document(title="", language=language)
    return cut(make_passage([(BlockKind.PARAGRAPH, text)], document=document))[-1]


@pytest.mark.parametrize(
    ("question", "text", "another"),
    [
        ("What does the Lumo 200 cost?", "The Lumo 100 costs 18 dollars.", True),
        ("what does the lumo 200 cost", "The Lumo 100 costs 18 dollars.", True),
        ("What is done in Room 14?", "In Room 12 patients wait.", True),
        ("What does the Lumo 300 cost?", "The Lumo 100 costs 18 dollars, the Lumo 300 costs 45 dollars.", False),
        ("What does a lamp for 200 dollars have?", "The Lumo 100 costs 18 dollars.", False),
        ("I buy 25 lamps, is there a discount?", "From 20 lamps on there is a discount.", False),
        ("Child 12 kg, how many?", "A Child 15 kg gets 2.", False),
    ],
)
def test_a_name_with_another_number_is_another(question: str, text: str, another: bool) -> None:
    assert names_another(question, unit(text)) is another


def test_what_hangs_on_a_question_about_another_is_about_that() -> None:
    passage = make_passage(
        [(BlockKind.HEADING, "How long does the Lumo 100 shine?"), (BlockKind.PARAGRAPH, "For 20 hours.")],
        heading_path=("How long does the Lumo 100 shine?",),
    )
    answer = cut(passage)[-1]
    assert names_another("How long does the Lumo 500 shine?", answer)
    assert not names_another("How long does the Lumo 100 shine?", answer)


@pytest.mark.parametrize(
    ("question", "text", "language", "rival"),
    [
        ("When is the weekly report due?", "The monthly report is due on the 5th.", "en", True),
        ("When is the weekly report due?", "The weekly and the monthly report are due on the 5th.", "en", False),
        (
            "When is the weekly report due?",
            "The monthly report is due on the 5th, the other one every week.",
            "en",
            False,
        ),
        ("When is the report due?", "The monthly report is due on the 5th.", "en", False),
        ("What is the daily dose?", "The dose is given three times a day.", "en", False),
        ("What happens at the second visit?", "At the first visit blood is taken.", "en", True),
        ("What is the maximum stock?", "The minimum stock is 40 vials.", "en", True),
        ("Qui signe le rapport annuel ?", "Le rapport mensuel est signé par la directrice.", "fr", True),
    ],
)
def test_another_word_in_its_place(question: str, text: str, language: str, rival: bool) -> None:
    assert names_alternative(question, language, unit(text, language)) is rival


@pytest.mark.parametrize(
    ("question", "text", "language", "gives"),
    [
        ("What is the maximum dose?", "Give 10 mg per kg three times a day.", "en", False),
        ("What is the maximum dose?", "Give 10 mg per kg, at most four times a day.", "en", True),
        ("What is the maximum dose?", "Give 10 mg per kg, but never more than 400 mg.", "en", True),
        ("What is the maximum dose?", "Children below 20 kg get 3 mg.", "en", False),
        ("What is the dose?", "Give 10 mg per kg three times a day.", "en", True),
        ("What is the minimum age?", "It is given only in hospital.", "en", False),
        ("What is the minimum age?", "It is given from the age of 6 months on.", "en", True),
        ("What is the highest temperature?", "Vaccines are kept at 2 to 8 °C.", "en", True),
        ("Quelle est la dose maximale ?", "On donne 400 mg.", "fr", False),
        ("Wie hoch ist die Höchstdosis?", "Man gibt höchstens 4 g.", "de", True),
        ("最大剂量是多少？", "每次5毫克。", "zh", False),
    ],
)
def test_a_bound_is_told_or_not(question: str, text: str, language: str, gives: bool) -> None:
    assert gives_bound(question, language, unit(text, language), of_dose=True) is gives


@pytest.mark.parametrize(
    ("term", "other", "related", "form"),
    [
        ("anaphylact", "anaphylaxi", True, True),
        ("paracetmol", "paracetamol", True, True),
        ("haemoglobin", "hemoglobin", True, True),
        ("mtoto", "watoto", True, True),
        ("lumen", "lumo", True, False),
        ("sunday", "monday", False, False),
        ("maximum", "minimum", False, False),
    ],
)
def test_words_of_one_family(term: str, other: str, related: bool, form: bool) -> None:
    assert has_relative(term, {other}, "en") is related
    assert has_form(term, {other}, "en") is form
