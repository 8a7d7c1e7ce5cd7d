"""The answer to a question that asks several things, from units that were ranked for each of them."""

from __future__ import annotations

import numpy as np
import pytest

from rag.answering.evidence import RankedUnit
from rag.answering.expectation import expected
from rag.answering.extract import plain_text
from rag.answering.quantities import quantities
from rag.answering.question import Question, naming
from rag.answering.several import Part, compose_parts, wordings
from rag.answering.units import Unit, cut
from rag.core.messages import languages, messages
from rag.core.text import content_terms, terms
from rag.core.types import BlockKind, Passage
from rag.retrieval.parts import parts_to_answer
from rag.testing.passages import make_passage

LAMPS = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Lamp | Price (shillings) | Warranty"),
        (BlockKind.TABLE_ROW, "SL-10 | 950 | 1 year"),
        (BlockKind.TABLE_ROW, "SL-20 | 1850 | 2 years"),
    ]
)
SYRUP = make_passage(
    [
        (BlockKind.PARAGRAPH, "Paracetamol, every 6 hours"),
        (BlockKind.TABLE_HEAD, "Weight | Syrup"),
        (BlockKind.TABLE_ROW, "4 to 9 kg | 2.5 ml"),
        (BlockKind.TABLE_ROW, "10 to 17 kg | 5 ml"),
    ],
    key="[2]",
)
REPORT = make_passage(
    [(BlockKind.PARAGRAPH, "The head nurse signs the report. It is sent to the district by the fifth of the month.")],
    key="[3]",
)


def part(said: str, text: str, *units: Unit) -> Part:
    words = content_terms(text, "en")
    weights = dict.fromkeys(words, 1 / len(words))
    vector = np.zeros(384, dtype=np.float32)
    question = Question(text, "en", vector, weights, 1.0, quantities(text), expected(text))
    found = [frozenset(term for term in weights if term in terms(f"{one.text} {one.context}", "en")) for one in units]
    ranked = [
        RankedUnit(one, 0.9 - 0.3 * place, 0.5, 0.5, found[place]) for place, one in enumerate(units)
    ]  # further ones stay out
    return Part(said, naming(question, said), ranked)


def unit(passage: Passage, start: str) -> Unit:
    return next(unit for unit in cut(passage) if unit.text.startswith(start))


def test_each_part_has_its_own_quotation_in_the_order_of_the_parts() -> None:
    price = part("How much does the SL-10 cost", "How much does the SL-10 cost", unit(LAMPS, "SL-10"))
    signs = part("who signs the report?", "who signs the report?", unit(REPORT, "The head"))
    assert plain_text(compose_parts([price, signs], "en")) == (
        "“Lamp: SL-10; Price (shillings): 950; Warranty: 1 year” [1]\n\n“The head nurse signs the report.” [3]"
    )
    assert [sentence.citations[0].key for sentence in compose_parts([signs, price], "en")] == ["[3]", "[1]"]


def test_one_quotation_that_answers_two_parts_is_told_once_and_marked_for_both() -> None:
    row = unit(LAMPS, "SL-10")
    price = part("How much does the SL-10 cost", "How much does the SL-10 cost", row)
    warranty = part("how long is its warranty?", "SL-10 how long is its warranty?", row)
    (sentence,) = compose_parts([price, warranty], "en")
    assert [sentence.text[start:end] for start, end in sentence.emphasis] == ["950", "1 year"]


def test_a_caption_that_answers_a_part_stands_above_the_row_that_answers_another() -> None:
    row = unit(SYRUP, "10 to 17")
    dose = part("What is the dose for a child of 12 kg", "What is the dose for a child of 12 kg", row)
    often = part("how often can it be repeated?", "child 12 kg how often can it be repeated?", row)
    composed = compose_parts([dose, often], "en")
    assert [sentence.text for sentence in composed] == [
        "“Paracetamol, every 6 hours”",
        "“Weight: 10 to 17 kg; Syrup: 5 ml”",
    ]


def test_another_row_of_a_quoted_table_goes_on_below_it_without_its_caption() -> None:
    first = part("How much is given at 5 kg", "How much is given at 5 kg", unit(SYRUP, "4 to 9"))
    second = part("how much at 12 kg?", "how much at 12 kg?", unit(SYRUP, "10 to 17"))
    report = part("who signs the report?", "who signs the report?", unit(REPORT, "The head"))
    assert [sentence.text for sentence in compose_parts([first, second], "en")] == [
        "“Paracetamol, every 6 hours”",
        "“Weight: 4 to 9 kg; Syrup: 2.5 ml”",
        "“Weight: 10 to 17 kg; Syrup: 5 ml”",
    ]
    between = [sentence.text for sentence in compose_parts([first, report, second], "en")]
    assert between.count("“Paracetamol, every 6 hours”") == 2, "a row stands below what it hangs on"


def test_a_part_that_nothing_was_found_for_is_named() -> None:
    price = part("How much does the SL-10 cost", "How much does the SL-10 cost", unit(LAMPS, "SL-10"))
    weight = part("how heavy is it?", "SL-10 how heavy is it?")
    composed = compose_parts([weight, price], "en")
    assert composed[0].text == "Not found in the documents: “how heavy is it?”"
    assert composed[0].citations == ()
    assert compose_parts([price, weight], "en")[-1].text == composed[0].text


def test_what_was_told_for_another_part_answers_none_that_it_says_nothing_of() -> None:
    sentence = unit(REPORT, "The head")
    signs = part("Who signs the report", "Who signs the report", sentence)
    weight = part("how heavy is it?", "report how heavy is it?", sentence)
    assert [one.text for one in compose_parts([signs, weight], "en")] == [
        "“The head nurse signs the report.”",
        "Not found in the documents: “how heavy is it?”",
    ]


@pytest.mark.parametrize("language", languages())
def test_every_language_says_that_nothing_was_found(language: str) -> None:
    said = messages(language).part_not_found
    assert "{part}" in said
    assert language == "en" or said != messages("en").part_not_found


@pytest.mark.parametrize(
    ("language", "question", "asked"),
    [
        ("en", "How much does the SL-10 cost and how long is its warranty?", ["SL-10 how long is its warranty?"]),
        (
            "en",
            "What is the dose of paracetamol for an adult and how much is given to a child of 12 kg?",
            ["paracetamol how much is given to a child of 12 kg?"],
        ),
        (
            "en",
            "When does the pharmacy open and who signs the monthly report?",
            ["who signs the monthly report?", "pharmacy open who signs the monthly report?"],
        ),
        (
            "en",
            "What is the dose of ibuprofen for a child and what is the dose of paracetamol for a child?",
            ["what is the dose of paracetamol for a child?"],
        ),
        (
            "en",
            "How much does the SL-10 cost and how much does the SL-20 cost?",
            ["how much does the SL-20 cost?"],
        ),
        ("fr", "Combien coûte la SL-10 et combien dure sa garantie ?", ["SL-10 combien dure sa garantie ?"]),
        ("es", "¿Cuánto cuesta la lámpara y cuánto dura la garantía?", ["lámpara cuánto dura la garantía?"]),
        ("de", "Was kostet die Lampe und wie lange ist die Garantie?", ["Lampe wie lange ist die Garantie?"]),
        ("ru", "Сколько стоит лампа и какая у неё гарантия?", ["лампа какая у неё гарантия?"]),
        ("zh", "这盏灯多少钱，保修期多久？", ["这盏灯 保修期多久？"]),
    ],
)
def test_a_part_is_asked_of_what_the_parts_before_it_ask_of(language: str, question: str, asked: list[str]) -> None:
    pieces = parts_to_answer(question, language)
    assert wordings(pieces, 0, language) == [pieces[0]]
    assert wordings(pieces, 1, language) == asked
