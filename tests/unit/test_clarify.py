"""When a question is asked back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.answering.clarify import ask_back
from rag.answering.question import Question
from rag.core.dialogue import Clarification
from rag.core.messages import messages
from rag.core.text import content_terms
from rag.core.types import BlockKind, Passage, Turn
from rag.testing.passages import make_document, make_passage


def place(key: int, heading: tuple[str, ...], score: float, document: str = "handbook") -> Passage:
    made = make_passage(
        [(BlockKind.PARAGRAPH, "The dose is told here.")],
        key=f"[{key}]",
        document=make_document(f"{document}.pdf", title=document.capitalize()),
        heading_path=heading,
    )
    return replace(made, score=score)


def question(text: str, language: str = "en") -> Question:
    terms = content_terms(text, language)
    weights = {term: 1 / len(terms) for term in terms}
    return Question(text, language, np.zeros(1, np.float32), weights, 1.0, frozenset(), frozenset())


def asked(text: str, *places: Passage, history: tuple[Turn, ...] = (), language: str = "en") -> Clarification | None:
    return ask_back(question(text, language), places, lambda _: 1.0, history)


THREE = (place(1, ("4 Malaria", "Artemether"), 1.0), place(2, ("Fever",), 0.9), place(3, ("Tetanus",), 0.8))


def test_a_bare_word_that_fits_several_things_is_asked_back() -> None:
    clarification = asked("dose?", *THREE)
    assert clarification is not None
    assert clarification.message == messages("en").several
    assert [meaning.label for meaning in clarification.meanings] == ["Artemether", "Fever", "Tetanus"]
    assert clarification.meanings[0].question == "dose (Malaria › Artemether)?"
    assert clarification.text == f"{messages('en').several}\n- Artemether\n- Fever\n- Tetanus"


def test_a_heading_that_is_a_question_is_asked_as_it_is() -> None:
    faq = [place(n, (f"How long does {what} last?",), 1.0) for n, what in enumerate(("light", "battery", "warranty"))]
    clarification = asked("How long?", *faq)
    assert clarification is not None
    assert clarification.meanings[1].question == "How long does battery last?"


def test_two_documents_with_the_same_heading_are_told_apart() -> None:
    clarification = asked("dose?", place(1, ("Dose",), 1.0, "paracetamol"), place(2, ("Dose",), 0.95, "amoxicillin"))
    assert clarification is not None
    assert [meaning.label for meaning in clarification.meanings] == ["Paracetamol › Dose", "Amoxicillin › Dose"]
    assert clarification.meanings[0].question == "dose (Paracetamol › Dose)?"


def test_among_few_passages_words_and_meaning_decide() -> None:
    # Fused scores are scaled between the best and the worst: of three that say the same, one has 0.
    same = {"keyword": 2.0, "dense": 0.5}
    few = [
        replace(place(n, (what,), score), origin=same)
        for n, (what, score) in enumerate((("Zinc", 1.0), ("Salt", 0.4), ("Sugar", 0.0)))
    ]
    assert asked("dose?", *few) is not None
    farther = [few[0], *(replace(one, origin={"keyword": 1.0, "dense": 0.5}) for one in few[1:])]
    assert asked("dose?", *farther) is None
    other = [few[0], *(replace(one, similarity=0.3) for one in few[1:])]
    assert asked("dose?", *other) is None


def test_at_most_four_meanings_in_the_language_of_the_question() -> None:
    clarification = asked("¿dosis?", *(place(n, (f"Parte {n}",), 1.0) for n in range(6)), language="es")
    assert clarification is not None
    assert len(clarification.meanings) == 4
    assert clarification.message == messages("es").several


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("dose of artemether for children?", THREE),
        ("How many members does the cooperative have?", THREE),
        ("dose?", THREE[:1]),
        ("dose?", THREE[:2]),
        ("dose?", (place(1, ("Dose",), 1.0), place(2, ("Dose",), 0.8, "other"))),
        ("dose?", (THREE[0], place(2, ("Fever",), 0.5), place(3, ("Tetanus",), 0.4))),
        ("dose?", (place(1, ("The dose",), 1.0), *THREE[1:])),
        ("dose?", (THREE[0], THREE[0], THREE[0])),
        ("dose?", ()),
    ],
    ids=[
        "clear",
        "sentence",
        "one",
        "two in one document",
        "second is farther",
        "others far",
        "heading names it",
        "same",
        "none",
    ],
)
def test_what_can_be_answered_is_answered(text: str, places: tuple[Passage, ...]) -> None:
    assert asked(text, *places) is None


def test_places_that_lack_a_word_asked_for_are_no_meanings() -> None:
    assert ask_back(question("dose?"), THREE, lambda _: 0.5, ()) is None
    only_first = ask_back(question("dose?"), THREE, lambda passage: float(passage.key == "[1]"), ())
    assert only_first is None


def test_a_question_back_is_not_followed_by_another() -> None:
    assert asked("dose?", *THREE, history=(Turn("dose?", "Which one?", asked_back=True),)) is None
    assert asked("dose?", *THREE, history=(Turn("dose?", "Which one?"),)) is not None
