"""What is denied of exactly what was asked about comes before what is said of others."""

from __future__ import annotations

import pytest

from rag.answering.denied import denied_first
from rag.answering.evidence import RankedUnit
from rag.answering.units import cut
from rag.core.text import terms
from rag.core.types import BlockKind, Passage
from rag.testing.passages import make_document, make_passage
from tests.unit.test_extract import ask


def first_of(question: str, language: str, passage: Passage) -> str:
    """The text of the unit that comes first, where the first sentence of the passage ranks highest."""
    asked = ask(question, language)
    ranked = [
        RankedUnit(unit, 0.9 - 0.01 * number, 0.5, 0.5, asked.weights.keys() & frozenset(terms(unit.text, language)))
        for number, unit in enumerate(cut(passage))
    ]
    return denied_first(asked, ranked)[0].unit.text


def said(text: str, language: str) -> Passage:
    return make_passage([(BlockKind.PARAGRAPH, text)], document=make_document(language=language))


FITS = "Use diazepam, 0.5 mg per kg, never more than 10 mg. Diazepam is not given to newborns; call the doctor."


@pytest.mark.parametrize(
    ("language", "question", "text", "first"),
    [
        ("en", "How much diazepam does a newborn get?", FITS, "Diazepam is not given"),
        ("en", "How much diazepam does a child get?", FITS, "Use diazepam"),
        ("en", "How much diazepam is given per kg?", FITS, "Use diazepam"),
        ("en", "To whom is no diazepam given?", FITS, "Use diazepam"),
        ("en", "How much diazepam is given to an adult?", FITS, "Use diazepam"),
        # "Call the doctor" is not what is denied.
        ("en", "How much diazepam does a doctor get?", FITS, "Use diazepam"),
        (
            "en",
            "How much does the trust pay for university fees?",
            "The trust pays half of the school fees. University fees are not covered by the trust.",
            "University fees",
        ),
        (
            "es",
            "¿Cuánto cuesta reparar la batería?",
            "Reparar los frenos cuesta 20 euros. No se puede reparar la batería.",
            "No se puede",
        ),
        (
            "fr",
            "Combien de diazépam pour un nouveau-né ?",
            "Donner du diazépam, 0,5 mg par kg. Le diazépam n'est pas donné au nouveau-né.",
            "Le diazépam",
        ),
        (
            "hi",
            "नवजात को कितना डायजेपाम?",
            "डायजेपाम 5 मिलीग्राम दें। नवजात को डायजेपाम नहीं दिया जाता।",
            "नवजात",
        ),
    ],
)
def test_what_is_denied_of_the_asked_thing_comes_first(language: str, question: str, text: str, first: str) -> None:
    assert first_of(question, language, said(text, language)).startswith(first)
