"""Tables with ages or weights in the heads of their columns."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answering.asked_cell import asked_cell
from rag.answering.evidence import RankedUnit
from rag.answering.expectation import expected
from rag.answering.extract import compose
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.rows import may_be_marked
from rag.answering.units import Unit, cut
from rag.core.text import content_terms, terms
from rag.core.types import BlockKind, Passage
from rag.testing.passages import make_document, make_passage


def table(head: str, *rows: str, language: str = "en") -> Passage:
    blocks = [(BlockKind.TABLE_HEAD, head), *((BlockKind.TABLE_ROW, row) for row in rows)]
    return make_passage(blocks, document=make_document(title="Doses", language=language))


ANTIBIOTICS = table(
    "Medicine | Form | 2 to 11 months | 1 to 4 years | 5 to 11 years",
    "Amoxicillin | syrup | 2.5 | 5 | 10",
    "Cotrimoxazole | syrup | 2 to 3 | 5 | 7.5",
)


def ask(text: str, language: str = "en") -> Question:
    words = content_terms(text, language)
    vector = np.zeros(384, dtype=np.float32)
    asked, kinds = quantities(text), expected(text)
    return Question(text, language, vector, dict.fromkeys(words, 1 / len(words)), 1.0, asked, kinds)


def marked(question: Question, unit: Unit) -> str:
    cell = asked_cell(question, unit) if may_be_marked(question, unit) else None
    return unit.readable()[slice(*cell)] if cell else ""


@pytest.mark.parametrize(
    ("language", "question", "head", "row", "said"),
    [
        ("en", "How much amoxicillin does a child of 8 months get?", "", "Amoxicillin", "2.5"),
        ("en", "What is the dose of amoxicillin for a child of 3 years?", "", "Amoxicillin", "5"),
        ("en", "How much cotrimoxazole does a baby of 5 months get?", "", "Cotrimoxazole", "2 to 3"),
        ("en", "How much cotrimoxazole does a child of 5 years get?", "", "Cotrimoxazole", "7.5"),
        ("en", "In which form is amoxicillin given to a child of 8 months?", "", "Amoxicillin", "syrup"),
        (
            "fr",
            "Quelle est la dose d'ampicilline pour un enfant de 7 kg ?",
            "Médicament | 3 à 5 kg | 6 à 9 kg",
            "Ampicilline | 125 mg | 250 mg",
            "250 mg",
        ),
        (
            "es",
            "¿Qué dosis de ampicilina recibe un niño de 8 meses?",
            "Medicina | de 2 a 11 meses | de 1 a 4 años",
            "Ampicilina | 125 mg | 250 mg",
            "125 mg",
        ),
        (
            "ar",
            "ما هي جرعة سيفالكسين لطفل عمره 3 سنوات؟",
            "الدواء | من 2 إلى 11 شهرا | من 1 إلى 4 سنوات",
            "سيفالكسين | 125 ملغ | 250 ملغ",
            "250 ملغ",
        ),
        (
            "hi",
            "8 किलो के बच्चे को कितना सिरप दिया जाता है?",
            "दवा | 3 से 5 किलो | 6 से 9 किलो",
            "सिरप | 2 मिली | 4 मिली",
            "4 मिली",
        ),
    ],
)
def test_the_column_for_the_asked_age_or_weight_is_marked(
    language: str, question: str, head: str, row: str, said: str
) -> None:
    passage = table(head, row, language=language) if head else ANTIBIOTICS
    unit = next(unit for unit in cut(passage) if unit.text.startswith(row))
    assert marked(ask(question, language), unit) == said


@pytest.mark.parametrize(
    "question",
    [
        "How much amoxicillin does an adult get?",
        "How much amoxicillin does a baby of 1 month get?",
        "How much amoxicillin does a child of 14 years get?",
        "What is the price of amoxicillin for a child of 8 months?",
        "How much amoxicillin does a child get?",
    ],
)
def test_where_no_column_is_for_it_the_row_is_told_with_all_heads_and_nothing_is_marked(question: str) -> None:
    asked = ask(question)
    row = cut(ANTIBIOTICS)[0]
    matched = frozenset(asked.weights.keys() & {*terms(f"{row.text} {row.context}", "en")})
    (sentence,) = compose(asked, [RankedUnit(row, 0.9, 0.5, 0.5, matched)])
    assert sentence.text == f"“{row.readable()}”"
    assert "5 to 11 years: 10" in sentence.text
    assert sentence.emphasis == ()
