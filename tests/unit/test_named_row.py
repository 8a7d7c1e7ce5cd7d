"""The one row that a question names counts as read by a reader that doubts it, and no near miss does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.answering.evidence import Evidence, RankedUnit
from rag.answering.expectation import expected
from rag.answering.named_row import LEAST_READING, with_named_row
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.units import cut
from rag.core.text import content_terms
from rag.core.types import BlockKind, Passage
from rag.testing.passages import make_document, make_passage

DOUBTED = Evidence(meaning=0.6, missing=0.0, lacking=0.0, untrusted=0.0, reading=0.1, read=1.0)


def table(*lines: str, caption: str = "", language: str = "en") -> Passage:
    head, *rows = lines
    above = [(BlockKind.PARAGRAPH, caption)] if caption else []
    blocks = [*above, (BlockKind.TABLE_HEAD, head), *((BlockKind.TABLE_ROW, row) for row in rows)]
    return make_passage(blocks, document=make_document(title="", language=language))


FEES = table("Service | Fee (shillings) | Room", "Consultation | 200 | 1", "Malaria test | 150 | 4")
SYRUP = table(
    "Age | Syrup", "2 to 11 months | 2.5 ml", "1 to 4 years | 5 ml", caption="Paracetamol, at most 4 times a day"
)
TOOLS = table("Outil | Caution | Poids", "Perceuse | 50 euros | 3 kg", "Tondeuse | 100 euros | 28 kg", language="fr")
COURSES = table("Curso | Día | Precio", "Cerámica | martes | 40 euros", "Guitarra | lunes | 35 euros", language="es")


def read(question: str, passage: Passage, row: int, language: str, evidence: Evidence = DOUBTED) -> float:
    words = content_terms(question, language)
    vector = np.zeros(384, dtype=np.float32)
    weights = dict.fromkeys(words, 1 / len(words))
    asked = Question(question, language, vector, weights, 1.0, quantities(question), expected(question))
    unit = [unit for unit in cut(passage) if unit.kind is BlockKind.TABLE_ROW][row]
    return with_named_row(asked, [RankedUnit(unit, 1.0, 0.5, 0.5, frozenset())], evidence).reading


@pytest.mark.parametrize(
    ("language", "passage", "row", "question"),
    [
        ("en", FEES, 1, "What is the fee for the malaria test?"),
        ("en", FEES, 0, "Which room is the consultation in?"),
        ("en", SYRUP, 0, "What is the dose of paracetamol for a child of 8 months?"),
        ("en", SYRUP, 1, "How much paracetamol is given to a child of 3 years?"),
        ("fr", TOOLS, 0, "Quel est le poids de la perceuse ?"),
        ("es", COURSES, 1, "¿Cuál es el precio del curso de guitarra?"),
    ],
)
def test_the_row_and_the_cell_that_are_asked_for(language: str, passage: Passage, row: int, question: str) -> None:
    assert read(question, passage, row, language) == LEAST_READING


@pytest.mark.parametrize(
    ("language", "passage", "row", "question"),
    [
        ("en", FEES, 1, "What is the fee for a blood test?"),
        ("en", FEES, 0, "What discount is given for the consultation?"),
        ("en", FEES, 0, "Who does the consultation?"),
        ("en", SYRUP, 0, "What is the dose of ibuprofen for a child of 8 months?"),
        ("en", SYRUP, 1, "What is the dose of paracetamol for a child of 14 years?"),
        ("en", SYRUP, 1, "What is the maximum dose of paracetamol for a child of 3 years?"),
        ("en", SYRUP, 0, "How much paracetamol does a child get?"),
        ("fr", TOOLS, 0, "Quelle est la puissance de la perceuse ?"),
        ("fr", TOOLS, 0, "Quel est le poids de la scie ?"),
        ("es", COURSES, 1, "¿Quién enseña el curso de guitarra?"),
        ("es", COURSES, 0, "¿Cuál es el precio del curso de cocina?"),
    ],
)
def test_near_misses_gain_nothing(language: str, passage: Passage, row: int, question: str) -> None:
    assert read(question, passage, row, language) == DOUBTED.reading


def test_what_a_reader_is_surer_of_stays_and_what_it_did_not_read_too() -> None:
    question = "What is the fee for the malaria test?"
    assert read(question, FEES, 1, "en", replace(DOUBTED, reading=0.9)) == 0.9
    assert read(question, FEES, 1, "en", replace(DOUBTED, read=0.0)) == DOUBTED.reading


def test_below_a_title_over_the_whole_table_no_cell_is_named() -> None:
    titled = table("Syrup by age", "1 to 4 years | 5 ml", "5 to 9 years | 10 ml")
    assert read("How much syrup for a child of 2 years?", titled, 0, "en") == DOUBTED.reading
