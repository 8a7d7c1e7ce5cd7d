"""Sentences that turn "or" into "and", a duty into a permission, or that only write an amount otherwise; and what is
called the opposite of the document."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.types import Support
from rag.testing.passages import said_in


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "Give paracetamol for fever or pain.", "Give paracetamol for fever and pain."),
        ("en", "Give zinc and ORS to the child.", "Give zinc or ORS to the child."),
        ("en", "Give zinc and ORS to the child.", "Give ORS or zinc to the child."),
        (
            "en",
            "The shop refunds the price or exchanges the lamp.",
            "The shop refunds the price and exchanges the lamp.",
        ),
        ("fr", "Donner du zinc ou du fer.", "Donner du zinc et du fer."),
        ("es", "Dar zinc y hierro al niño.", "Dar zinc o hierro al niño."),
        ("sw", "Mpe mtoto zinki au maziwa.", "Mpe mtoto zinki na maziwa."),
        ("hi", "बच्चे को जिंक या दूध दें।", "बच्चे को जिंक और दूध दें।"),
        ("en", "Leave must be approved by the manager.", "Leave may be approved by the manager."),
        ("en", "Visitors do not have to sign the book.", "Visitors must not sign the book."),
        ("en", "Patients need not fast before the test.", "Patients must not fast before the test."),
        ("de", "Besucher müssen das Buch nicht unterschreiben.", "Besucher dürfen das Buch nicht unterschreiben."),
    ],
)
def test_another_bond_is_not_supported(language: str, source: str, sentence: str) -> None:
    passage = said_in(source, language)
    assert check(source, ["[1]"], (passage,), language).supported
    assert not check(sentence, ["[1]"], (passage,), language).supported


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "Give zinc and ORS to the child.", "Give ORS and zinc to the child."),
        ("en", "Do not give zinc or ORS to the child.", "Do not give zinc and ORS to the child."),
        ("en", "Aspirin is not given under 12 years.", "Aspirin is not given under the age of 12."),
        ("en", "Aspirin is not given under 12 years.", "Aspirin is not given under 12 years of age."),
        ("es", "Dar el jarabe desde los 5 años.", "Dar el jarabe desde los 5 años de edad."),
        ("en", "Keep the vaccine at 2 to 8 °C.", "Keep the vaccine between 2 and 8 degrees Celsius."),
        ("en", "Keep the vaccine at 2 to 8 °C.", "Keep the vaccine between 2 °C and 8 °C."),
        ("en", "For help call 0712 345 678.", "For help call 0712345678."),
        ("en", "For help call +254 712 345 678.", "For help call +254-712-345-678."),
    ],
)
def test_the_same_in_other_words_is_supported(language: str, source: str, sentence: str) -> None:
    assert check(sentence, ["[1]"], (said_in(source, language),), language).supported


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("For help call 0712 345 678.", "For help call 0712 345 679."),
        ("For help call 0712 345 678.", "For help call 0721345678."),
        ("Keep the vaccine at 2 to 8 °C.", "Keep the vaccine between 2 and 18 degrees Celsius."),
        ("Aspirin is not given under 12 years.", "Aspirin is not given under the age of 16."),
        ("Aspirin is not given under 12 kg.", "Aspirin is not given under the age of 12."),
    ],
)
def test_another_figure_is_not(source: str, sentence: str) -> None:
    assert not check(sentence, ["[1]"], (said_in(source, "en"),), "en").supported


CREATININE = "Metformin is not given when creatinine is above 150."


@pytest.mark.parametrize(
    ("source", "sentence", "support"),
    [
        (CREATININE, "Metformin is given when creatinine is above 150.", "contradicted"),
        # What the sentence says instead may mean the same.
        (CREATININE, "Metformin is withheld when creatinine is above 150.", "not_found"),
        ("The box stays cold if it is not opened.", "The box stays cold if it is sealed.", "not_found"),
    ],
)
def test_the_opposite_is_said_only_where_nothing_else_differs(source: str, sentence: str, support: str) -> None:
    assert check(sentence, ["[1]"], (said_in(source, "en"),), "en").support is Support(support)
