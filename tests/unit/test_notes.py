"""Notes below tables, lists and texts are quoted with what refers to them."""

from __future__ import annotations

import pytest

from rag.answering.extract import compose
from rag.answering.units import cut
from rag.core.types import BlockKind, Passage
from rag.testing.passages import make_passage
from tests.unit.test_extract import ask, ranked, said, unit


def noted(*notes: tuple[BlockKind, str], cell: str = "10*") -> Passage:
    """A table of which one row has the mark of a note, and what stands below it."""
    return make_passage(
        [
            (BlockKind.PARAGRAPH, "Zoranol, once a day"),
            (BlockKind.TABLE_HEAD, "Weight (kg) | Dose (ml)"),
            (BlockKind.TABLE_ROW, "5 to 19 | 5"),
            (BlockKind.TABLE_ROW, f"20 and more | {cell}"),
            *notes,
        ]
    )


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        ("10*", "* In kidney disease, no more than 5 ml."),
        ("10 †", "†In kidney disease, no more than 5 ml."),
        ("10‡", "‡ In kidney disease, no more than 5 ml."),
        ("10§", "§ In kidney disease, no more than 5 ml."),
        ("10**", "** In kidney disease, no more than 5 ml."),
        ("10¹", "¹ In kidney disease, no more than 5 ml."),
        ("10ᵃ", "ᵃ In kidney disease, no more than 5 ml."),
        ("10 (1)", "(1) In kidney disease, no more than 5 ml."),
        ("10[1]", "[1] In kidney disease, no more than 5 ml."),
        ("10 (١)", "(١) In kidney disease, no more than 5 ml."),
        ("10٭", "* In kidney disease, no more than 5 ml."),
    ],
)
@pytest.mark.parametrize("kind", [BlockKind.PARAGRAPH, BlockKind.TABLE_ROW, BlockKind.LIST_ITEM])
def test_a_row_takes_along_the_note_below_its_table_unmarked(kind: BlockKind, cell: str, note: str) -> None:
    table = noted((kind, note), cell=cell)
    question = ask("Zoranol dose at 25 kg in ml?")
    sentences = compose(question, ranked(question, [unit(table, "20 and"), unit(table, note)], [0.9, 0.9]))
    assert said(sentences) == [
        "“Zoranol, once a day”",
        f"“Weight (kg): 20 and more; Dose (ml): {cell}”",
        f"“{note}”",
    ]
    assert sentences[-1].emphasis == ()
    assert sentences[-2].separator == "\n"
    question = ask("Zoranol dose at 7 kg in ml?")
    sentences = compose(question, ranked(question, [unit(table, "5 to"), unit(table, note)], [0.9, 0.9]))
    assert said(sentences) == ["“Zoranol, once a day”", "“Weight (kg): 5 to 19; Dose (ml): 5”"]


def test_a_note_that_answers_is_quoted_with_what_refers_to_it_and_nothing_is_marked() -> None:
    table = noted((BlockKind.PARAGRAPH, "* In kidney disease, no more than 5 ml.\n† Shake it."))
    question = ask("How much Zoranol in kidney disease?")
    sentences = compose(question, ranked(question, [unit(table, "* In"), unit(table, "20 and")], [0.9, 0.9]))
    assert said(sentences) == [
        "“Zoranol, once a day”",
        "“Weight (kg): 20 and more; Dose (ml): 10*”",
        "“* In kidney disease, no more than 5 ml.”",
    ]
    assert not any(sentence.emphasis for sentence in sentences)
    question = ask("How much Zoranol at 7 kg in kidney disease?")
    sentences = compose(question, ranked(question, [unit(table, "* In"), unit(table, "5 to")], [0.9, 0.9]))
    assert said(sentences)[1:] == [
        "“Weight (kg): 5 to 19; Dose (ml): 5”",
        "“Weight (kg): 20 and more; Dose (ml): 10*”",
        "“* In kidney disease, no more than 5 ml.”",
    ]
    assert not any(sentence.emphasis for sentence in sentences)


def test_notes_are_of_the_head_too_and_each_of_several_stands_with_its_mark() -> None:
    table = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Weight | Dose*"),
            (BlockKind.TABLE_ROW, "5 to 19 kg | 5 ml"),
            (BlockKind.TABLE_ROW, "20 to 29 kg | 10 ml†"),
            (BlockKind.PARAGRAPH, "* Once a day\n† Not in kidney disease. Ask the doctor"),
            (BlockKind.TABLE_HEAD, "Ward | Beds"),
            (BlockKind.TABLE_ROW, "East | 5"),
        ]
    )
    for question, start, notes in (
        ("Dose at 7 kg?", "5 to", ["“* Once a day”"]),
        ("Dose at 25 kg?", "20", ["“* Once a day”", "“† Not in kidney disease.”", "“Ask the doctor”"]),
        ("Beds in the East?", "East", []),
    ):
        asked = ask(question)
        assert said(compose(asked, ranked(asked, [unit(table, start)], [0.9])))[1:] == notes


def test_a_sentence_and_an_item_take_their_notes_along() -> None:
    page = make_passage(
        [
            (BlockKind.PARAGRAPH, "Give 5 ml of Zoranol†. Keep it cool."),
            (BlockKind.LIST_ITEM, "spoons*"),
            (BlockKind.LIST_ITEM, "cups"),
            (BlockKind.PARAGRAPH, "* Of steel."),
            (BlockKind.PARAGRAPH, "† By mouth."),
        ]
    )
    for text, start, expected in (
        ("How much Zoranol?", "Give", ["“Give 5 ml of Zoranol†.”", "“† By mouth.”"]),
        ("Cool?", "Keep", ["“Keep it cool.”"]),
        ("Which spoons?", "spoons", ["“spoons*”", "“* Of steel.”"]),
    ):
        question = ask(text)
        assert said(compose(question, ranked(question, [unit(page, start)], [0.9]))) == expected


def test_a_title_over_a_tables_heads_names_no_column() -> None:
    table = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Doses of Zoranol"),
            (BlockKind.TABLE_HEAD, "Weight | Dose"),
            (BlockKind.TABLE_ROW, "5 to 19 kg | 5 ml"),
        ]
    )
    assert unit(table, "5 to").readable() == "Weight: 5 to 19 kg; Dose: 5 ml"


@pytest.mark.parametrize(
    "lines",
    [
        ["Leave is as in § 3.", "§ 3 Leave is 24 days."],
        ["This is **dangerous** work.", "**Leave:** 24 days."],
        ["In case (1) ask.", "(1) Leave is 24 days."],
        ["Beds are free.", "* Leave is 24 days."],
    ],
)
def test_what_nothing_above_refers_to_is_no_note(lines: list[str]) -> None:
    assert not any(piece.note for piece in cut(make_passage([(BlockKind.PARAGRAPH, line) for line in lines])))
