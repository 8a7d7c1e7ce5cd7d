"""Sentences whose amounts are of something else than what was asked about, and how long a state goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.conditions import is_condition, is_limitation
from rag.answering.expectation import expected
from rag.answering.fitness import gives_expected, is_of_another
from rag.answering.fitting import amounts_asked, fits
from rag.answering.units import cut
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage
from tests.unit.test_extract import ask


@pytest.mark.parametrize(
    ("language", "condition", "limitation"),
    [
        ("en", "Where artesunate is not available", "However, not in pregnancy."),
        ("fr", "Lorsque l'artésunate manque", "Toutefois, pas pendant la grossesse."),
        ("es", "Si no hay artesunato", "Pero no en el embarazo."),
        ("sw", "Kama artesunate haipo", "Lakini si kwa wajawazito."),
        ("ar", "إذا لم يتوفر", "لكن لا يعطى للحوامل."),
        ("ur", "اگر دستیاب نہ ہو", "لیکن حاملہ کو نہیں۔"),
        ("hi", "यदि उपलब्ध न हो", "लेकिन गर्भवती को नहीं।"),
    ],
)
def test_what_sentences_begin_with_is_known_in_many_languages(language: str, condition: str, limitation: str) -> None:
    assert is_condition(condition, language)
    assert not is_condition(limitation, language)
    assert is_limitation(limitation, language)
    assert not is_limitation(condition, language)


@pytest.mark.parametrize(
    ("asked", "text", "conditional", "expected_of_another"),
    [
        ("What dose of artesunate?", "Where artesunate is not available, use artemether 3.2 mg/kg.", True, True),
        ("What dose of artemether?", "Where artesunate is not available, use artemether 3.2 mg/kg.", True, False),
        ("What if artesunate is not available?", "Where artesunate is not there, use artemether 3 mg.", True, False),
        ("What dose of amoxicillin?", "They are not given amoxicillin; they get iron 10 mg/kg.", True, False),
        ("What dose of amoxicillin?", "They are not given amoxicillin; they get iron 10 mg/kg.", False, True),
        ("What dose of amoxicillin?", "If amoxicillin is given, give 10 mg/kg.", True, False),
        ("Is iron safe?", "Iron must not be given to mothers, to infants under 6 months, or to others.", False, False),
        ("What dose of amoxicillin?", "If amoxicillin is not there, call the doctor.", True, False),
    ],
)
def test_a_sentence_may_give_an_amount_of_another_thing(
    asked: str, text: str, conditional: bool, expected_of_another: bool
) -> None:
    (unit,) = cut(make_passage([(BlockKind.PARAGRAPH, text)]))
    question = replace(ask(asked), expected=expected(asked))
    assert is_of_another(question, unit, conditional=conditional) is expected_of_another
    if conditional and expected_of_another:
        assert not gives_expected(question, unit)


@pytest.mark.parametrize(
    ("language", "asked", "text", "fitting"),
    [
        ("en", "What if it is above 8 °C for 3 hours?", "If it lasts less than 2 hours, keep the vaccines.", False),
        ("en", "What if it is above 8 °C for 1 hour?", "If it lasts less than 2 hours, keep the vaccines.", True),
        ("en", "What if it is above 8 °C for 3 hours?", "After more than 2 hours, move the vaccines.", True),
        ("en", "May it be kept for 40 days?", "It is kept for at most 28 days.", None),
        ("fr", "Que faire après une panne pendant 3 heures ?", "Si elle dure moins de 2 heures, on attend.", False),
        ("fr", "Que faire après une panne pendant 1 heure ?", "Si elle dure moins de 2 heures, on attend.", True),
    ],
)
def test_how_long_a_state_goes_on_is_held_against_conditions(
    language: str, asked: str, text: str, fitting: bool | None
) -> None:
    (unit,) = cut(make_passage([(BlockKind.PARAGRAPH, text)], document=make_document(language=language)))
    assert fits(amounts_asked(asked, language), unit) is fitting
