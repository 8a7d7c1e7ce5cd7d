from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.expectation import Kind
from rag.answering.expectation import expected as kinds_of
from rag.answering.marks import marked
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.reading import Answering
from rag.answering.units import Unit, cut
from rag.core.text import content_terms
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage, said_in

DOSES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Medicine | Weight | Dose"),
        (BlockKind.TABLE_ROW, "Paracetamol | 10 to 15 kg | 150 mg"),
    ]
)


def ask(text: str, language: str = "en") -> Question:
    words = content_terms(text, language)
    vector = np.zeros(384, dtype=np.float32)
    weights = dict.fromkeys(words, 1 / len(words))
    return Question(text, language, vector, weights, 1.0, quantities(text), frozenset())


def shown(question: Question, unit: Unit, answering: Answering | None = None) -> list[str]:
    text = unit.readable()
    return [text[start:end] for start, end in marked(question, unit, answering)]


def alone(question: Question, text: str, reading: tuple[str, float] | None = None, language: str = "en") -> list[str]:
    """What is marked in a sentence, where a reader found some of its words if `reading` says so."""
    (piece,) = cut(said_in(text, language))
    if reading is None:
        return shown(question, piece)
    start = text.index(reading[0])
    return shown(question, piece, Answering(start, start + len(reading[0]), reading[1]))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "3. If the fit lasts longer than 5 minutes, call.", ["5 minutes"]),
        ("en", "Adrenaline 1 in 1000 into the muscle, 0.5 mg.", ["0.5 mg"]),
        ("en", "Open from 08:00 and for children till 12:30.", ["08:00", "12:30"]),
        ("en", "The child gets azithromycin 10 mg/kg.", ["10 mg/kg"]),
        ("en", "The child gets 2 to 4 mg per kg, kept at -20 °C.", ["2 to 4 mg per kg", "-20 °C"]),
        ("fr", "Donner 10 mg par kg pendant deux jours.", ["10 mg par kg", "deux jours"]),
        ("es", "Se deja a 50 cm de la pared.", ["50 cm"]),
        ("sw", "Bei ni shilingi 500.", ["shilingi 500"]),
        ("sw", "Hufunguliwa saa 2 asubuhi hadi saa 10 jioni.", ["saa 2 asubuhi hadi saa 10"]),
        ("en", "Call at once and give $50 or KES 500.", ["$50", "KES 500"]),
        ("hi", "इसका दाम 480 रुपये है।", ["480 रुपये"]),
        ("ur", "دکان 10 بجے کھلتی ہے۔", ["10 بجے"]),
        ("ar", "الرد خلال 21 يوما.", ["21 يوما"]),
        ("zh", "每次2片。", ["2片"]),
    ],
)
def test_quantities_are_marked_whole_and_nothing_else(language: str, text: str, expected: list[str]) -> None:
    assert alone(ask("tell"), text, language=language) == expected


@pytest.mark.parametrize(
    ("language", "text", "found", "expected"),
    [
        ("en", "The child gets azithromycin 10 mg/kg.", "10 mg", "10 mg/kg"),
        ("en", "Give between 1 and 2 litres.", "2 lit", "1 and 2 litres"),
        ("hi", "इसका दाम 480 रुपये है।", "480 रुपय", "480 रुपये"),
        ("ur", "دکان 10 بجے کھلتی ہے۔", "10 بج", "10 بجے"),
        ("th", "ให้ยาสองเม็ด", "ยา", "ยา"),
    ],
)
def test_a_readers_words_are_widened_to_whole_ones(language: str, text: str, found: str, expected: str) -> None:
    assert alone(ask("tell"), text, (found, 0.9), language) == [expected]


@given(st.text(alphabet="ab5 .,/kgm°Cेप%-", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_marks_lie_in_the_text_and_cut_no_word(text: str, one: int, other: int) -> None:
    pieces = [piece for piece in cut(said_in(text)) if piece.readable()]
    for piece in pieces[:1]:
        shown = piece.readable()
        start, end = sorted((min(one, len(shown)), min(other, len(shown))))
        for begin, stop in marked(ask("tell"), piece, Answering(start, end, 0.9)):
            assert 0 <= begin <= start
            assert end <= stop <= len(shown)
            assert not (shown[stop - 1 : stop].isalpha() and shown[stop : stop + 1].isalpha())


@pytest.mark.parametrize(
    ("asked", "kinds", "heads", "cells", "expected"),
    [
        ("What does a blood group test cost?", {Kind.MONEY}, "Test | Price", "Blood group | 60", ["60"]),
        ("When is the yellow bin emptied?", {Kind.TIME}, "Bin | Place | Days", "Yellow | Room 4 | Monday", ["Monday"]),
        (
            "How long does plan B take?",
            {Kind.NUMBER},
            "Plan | Done",
            "Plan B: some | 4 hours of ORS",
            ["4 hours of ORS"],
        ),
        ("How much ORS at 12 years?", {Kind.NUMBER}, "Age | ORS", "10 years and more | As wanted", ["As wanted"]),
        ("How many tablets at 2 years?", {Kind.NUMBER}, "Weight | Tablets", "10 to 13 kg | 2", []),
        ("How many visitors?", {Kind.NUMBER}, "Hours | Visitors", "17:00 to 17:30 | one person", ["one person"]),
        ("When is the laboratory open?", {Kind.TIME}, "Service | Days | Hours", "Laboratory | Monday | 08:00", []),
    ],
)
def test_the_cell_that_a_question_gives_is_not_marked(
    asked: str, kinds: set[Kind], heads: str, cells: str, expected: list[str]
) -> None:
    table = make_passage([(BlockKind.TABLE_HEAD, heads), (BlockKind.TABLE_ROW, cells)])
    question = replace(ask(asked), expected=frozenset(kinds))
    assert shown(question, cut(table)[0]) == expected


def test_the_cell_of_the_asked_weight_is_not_marked_and_a_row_for_another_weight_not_at_all() -> None:
    question = ask("Which weight and dose at 12 kg?")
    assert shown(question, cut(DOSES)[0]) == ["150 mg"]
    other = make_passage([(BlockKind.TABLE_HEAD, "Weight | Dose"), (BlockKind.TABLE_ROW, "20 to 30 kg | 240 mg")])
    assert shown(question, cut(other)[0]) == []


OXYGEN = "Oxygen is given at 1 to 2 litres a minute for children and 0.5 litres a minute for infants under 2 months."
MAGNESIUM = "For a fit give magnesium sulfate: 4 g slowly into a vein and 10 g into the muscle."


@pytest.mark.parametrize(
    ("asked", "text", "found", "expected"),
    [
        ("How much oxygen for an infant?", OXYGEN, "1 to 2 litres", []),
        ("How much oxygen for an infant?", OXYGEN, "0.5 litres", ["0.5 litres"]),
        ("How much oxygen for children?", OXYGEN, "1 to 2 litres", ["1 to 2 litres"]),
        ("How much magnesium sulfate into the muscle?", MAGNESIUM, "4 g", []),
        ("How much magnesium sulfate into the muscle?", MAGNESIUM, "10 g", ["10 g"]),
        ("When does the clinic close?", "The clinic opens at 8:00 and closes at 17:00.", "8:00", []),
        ("When does the clinic open?", "The clinic opens at 8:00 and closes at 17:00.", "8:00", ["8:00"]),
        (
            "How long is an unwrapped pack boiled?",
            "A pack is boiled for 30 minutes if wrapped, 20 minutes if not.",
            "30",
            [],
        ),
        ("How old may a wound of 10 hours be?", "Wounds less than 8 hours old are closed.", "closed", []),
        ("A wound of 10 hours?", "Wounds less than 8 hours old are closed; faces up to 24 hours.", "are closed", []),
    ],
)
def test_a_value_of_another_condition_is_not_marked(asked: str, text: str, found: str, expected: list[str]) -> None:
    assert alone(ask(asked), text, (found, 0.9)) == expected


@pytest.mark.parametrize(
    ("language", "asked", "text", "wrong"),
    [
        (
            "fr",
            "Combien pour les adultes ?",
            "On donne 2 comprimés aux enfants et 4 comprimés aux adultes.",
            "2 comprimés",
        ),
        ("es", "¿A cuánto de la pared?", "Se dejan a 20 cm del suelo y a 50 cm de la pared.", "20 cm"),
        ("hi", "तार का खर्च?", "स्विच का खर्च 90 रुपये और तार का खर्च 150 रुपये है।", "90 रुपये"),
    ],
)
def test_a_value_of_another_thing_is_not_marked(language: str, asked: str, text: str, wrong: str) -> None:
    assert alone(ask(asked, language), text, (wrong, 0.9), language) == []


TABLETS = ("Weight | Four-medicine tablets | Vitamin B6", "55 to 70 kg | 4 | 25 mg")
VIAL = ("Vaccine | Doses in a vial | Use after opening | Remark", "BCG | 20 | 4 hours | Protect from light")
BLEACH = ("Use | Strength | Parts bleach to water", "Floors | 0.1 percent | 1 to 49")
SOLBETA = ("Medicine | Body weight | Dose | Times a day", "Solbeta | over 20 kg | 15 mg | 2")
PUFFS = ("Age (years) | Puffs | Interval (hours)", "6-11 | 2 | 6")
BY_AGE = ("Age | Weight | Dose", "1 to 4 years | 10 to 17 kg | 120 mg")
BLOOD = ("Test | Sample | Result after | Price", "Blood group | 2 ml blood | 45 minutes | 60 shillings")
STOCK = ("Medicine | Unit | Minimum", "BCG vaccine | vial of 20 | 8")


@pytest.mark.parametrize(
    ("language", "asked", "table", "expected"),
    [
        ("en", "How many four-medicine tablets at 70 kg?", TABLETS, ["4"]),
        ("en", "How many milligrams of vitamin B6 at 70 kg?", TABLETS, ["25 mg"]),
        ("en", "What dose at 70 kg?", TABLETS, []),
        ("en", "How many doses are in a vial of BCG?", VIAL, ["20"]),
        ("en", "How long is BCG used after opening?", VIAL, ["4 hours"]),
        ("en", "How many doses are in a vial of BCG?", STOCK, []),
        ("en", "How many parts bleach to water for floors?", BLEACH, ["1 to 49"]),
        ("en", "How many times a day is Solbeta given at 30 kg?", SOLBETA, ["2"]),
        ("en", "How often is Solbeta given at 30 kg?", SOLBETA, ["2"]),
        ("en", "What is the dose of Solbeta at 30 kg?", SOLBETA, ["15 mg"]),
        ("en", "How many hours between Pulmadex puffs for an 8 year old?", PUFFS, ["6"]),
        ("en", "How many puffs of Pulmadex for a child of 8 years?", PUFFS, ["2"]),
        ("en", "How many times a day is paracetamol given to a child of 12 kg?", BY_AGE, []),
        ("en", "blood group test cost How long does it take?", BLOOD, ["45 minutes"]),
        ("en", "What does a blood group test cost?", BLOOD, ["60 shillings"]),
        ("en", "What does a malaria test cost?", ("Test | Price", "Malaria slide | 30 shillings"), ["30 shillings"]),
        ("en", "How long does plan C take?", ("Plan | Signs", "Plan C | Fold takes longer than 2 seconds"), []),
        ("en", "What is the dose of Zoranol at 20 kg?", ("Weight (kg) | Dose (ml)", "≥20 | 10*"), []),
        ("en", "What is the maximum dose of lidocaine?", ("Medicine | Unit | Maximum", "Lidocaine | vial | 48"), []),
        ("en", "What is the dose of Zoranol at 12 kg?", ("Weight (kg) | Dose (ml)", "10–14.9 | 5"), ["5"]),
        ("fr", "Combien de fois par jour à 10 kg ?", ("Poids | Dose | Fois par jour", "8 à 15 kg | 80 mg | 2"), ["2"]),
        ("es", "¿Cuántas veces al día a 10 kg?", ("Peso | Dosis | Veces al día", "8 a 15 kg | 80 mg | 2"), ["2"]),
        (
            "sw",
            "Mara ngapi kwa siku, kilo 10?",
            ("Uzito | Kipimo | Mara kwa siku", "kilo 8 hadi 15 | 80 mg | 2"),
            ["2"],
        ),
        ("ar", "كم مرة في اليوم لوزن 10 كغ؟", ("الوزن | الكمية | مرات", "8 إلى 15 كغ | 80 mg | 2"), ["2"]),
        ("ur", "10 کلو پر دن میں کتنی بار؟", ("وزن | مقدار | بار", "8 سے 15 کلو | 80 mg | 2"), ["2"]),
        ("hi", "10 किलो पर दिन में कितनी बार?", ("वज़न | मात्रा | बार", "8 से 15 किलो | 80 mg | 2"), ["2"]),
    ],
)
def test_the_cell_of_the_asked_measure_is_marked_be_its_number_bare_or_not(
    language: str, asked: str, table: tuple[str, str], expected: list[str]
) -> None:
    head, cells = table
    rows = make_passage(
        [(BlockKind.TABLE_HEAD, head), (BlockKind.TABLE_ROW, cells)], document=make_document(language=language)
    )
    question = replace(ask(asked, language), expected=kinds_of(asked))
    assert shown(question, cut(rows)[0]) == expected


def test_the_new_words_of_a_follow_up_choose_the_column() -> None:
    table = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Age | Into the rectum | Into a vein"),
            (BlockKind.TABLE_ROW, "1 to 4 years | 5 mg | 3 mg"),
        ]
    )
    question = replace(ask("What dose into the rectum at 3 years? And into a vein?"), expected=frozenset({Kind.DOSE}))
    assert shown(replace(question, named=frozenset({"vein"})), cut(table)[0]) == ["3 mg"]
    assert shown(question, cut(table)[0]) == []


KELORIN = "Kelorin is given at 10 mg/kg for children under 12 years, and 15 mg/kg from 12 years."
NAXOTOL = "Give naxotol 0.1 mg/kg to children below 20 kg and 2 mg to everyone heavier."
VITAMIN = "Children from 6 to 11 months get one blue capsule of 100,000 units."


@pytest.mark.parametrize(
    ("language", "asked", "text", "wrong"),
    [
        ("en", "What is the dose of Kelorin for an adult?", KELORIN, {"12 years", "10 mg/kg"}),
        ("en", "How much naxotol for a man of 120 kg?", NAXOTOL, {"20 kg", "0.1 mg/kg"}),
        ("en", "Artemether for a child of 4.8 kg?", "Children under 5 kg are not given artemether.", {"5 kg"}),
        ("en", "What vitamin A dose at 8 months?", VITAMIN, {"6 to 11 months"}),
        ("fr", "Quelle dose ?", "Donner 2 comprimés aux enfants de moins de 12 ans.", {"12 ans"}),
        ("es", "¿Qué dosis?", "Se dan 2 tabletas a los niños de menos de 12 años.", {"12 años"}),
        ("sw", "Kipimo gani?", "Watoto chini ya miaka 12 wape vidonge 2.", {"miaka 12"}),
        ("ar", "ما الجرعة؟", "للأطفال أقل من 12 سنة 2 قرص.", {"12 سنة"}),
        ("ur", "کتنی خوراک؟", "12 سال سے کم بچوں کو 2 گولیاں دیں۔", {"12 سال"}),
        ("hi", "कितनी खुराक?", "12 साल से कम बच्चों को 2 गोलियाँ दें।", {"12 साल"}),
    ],
)
def test_whom_a_sentence_is_for_is_not_marked(language: str, asked: str, text: str, wrong: set[str]) -> None:
    assert wrong.isdisjoint(alone(ask(asked, language), text, language=language))


def test_a_reader_marks_no_bound_of_a_person_and_a_length_of_time_all_the_same() -> None:
    question = ask("What vitamin A dose for a child of 8 months?")
    assert alone(question, VITAMIN, ("6 to 11 months", 0.9)) == []
    assert alone(question, VITAMIN, ("100,000 units", 0.9)) == ["100,000 units"]
    old = "Glibenclamide is not given to people over 65 years."
    whole = "not given to people over 65 years"
    assert alone(ask("Is glibenclamide given to a man of 70 years?"), old, (whole, 0.9)) == [whole]
    records = "Records are kept for at least 10 years."
    assert alone(ask("How long are records kept?"), records) == ["10 years"]
    assert alone(ask("How long are records kept?"), records, ("10 years", 0.9)) == ["10 years"]


def test_of_two_doses_that_no_word_tells_apart_none_is_marked() -> None:
    assert alone(ask("How much magnesium sulfate?"), MAGNESIUM) == []
    assert alone(ask("How much magnesium sulfate into the muscle?"), MAGNESIUM) == ["10 g"]


@pytest.mark.parametrize("text", ["• vials of glass", "- vials of glass", "– vials of glass"])
def test_a_mark_begins_behind_a_bullet(text: str) -> None:
    (item,) = cut(make_passage([(BlockKind.LIST_ITEM, text)]))
    question = ask("What is burned?")
    assert shown(question, item, Answering(0, 7, 0.9)) == ["vials"]
    assert shown(question, item, Answering(0, 1, 0.9)) == []


SERAVIT = "Adults take 2 tablets in the morning and 1 tablet in the evening."


@pytest.mark.parametrize("asked", ["How many tablets at 4 years?", "How many tablets for a child in the morning?"])
def test_an_adults_dose_is_not_marked_for_a_child(asked: str) -> None:
    assert alone(ask(asked), SERAVIT) == []
    assert alone(ask(asked), SERAVIT, ("2 tablets", 0.9)) == []
    assert alone(ask("How many tablets for an adult in the morning?"), SERAVIT, ("2 tablets", 0.9)) == ["2 tablets"]


def test_an_adults_column_is_not_marked_for_a_child() -> None:
    table = make_passage(
        [(BlockKind.TABLE_HEAD, "Drug | Children | Adults"), (BlockKind.TABLE_ROW, "Norvexin | 15 mg | 120 mg")]
    )
    for asked, expected in (("What dose for children?", ["15 mg"]), ("What dose for an adult?", ["120 mg"])):
        question = replace(ask(asked), expected=kinds_of(asked))
        assert shown(question, cut(table)[0]) == expected


def test_in_a_sentence_only_what_is_counted_is_marked() -> None:
    text = "Children 6 to 12 years: 1 tablet every 8 hours."
    assert alone(ask("How many tablets at 8 years?"), text) == ["1 tablet"]
    assert alone(ask("How many drops at 8 years?"), text) == []
    assert alone(ask("How many tablets for an adult?"), text) == []


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("كم ساعة يصوم المريض عن الماء؟", "يصوم المريض 8 ساعات عن الطعام وساعتين عن الماء.", ["وساعتين"]),
        ("كم ساعة يصوم المريض عن الطعام؟", "يصوم المريض 8 ساعات عن الطعام وساعتين عن الماء.", ["8 ساعات"]),
        ("متى يوقف الأسبرين؟", "يوقف الأسبرين بسبعة أيام، ويوقف الوارفارين بخمسة أيام.", ["بسبعة أيام"]),
        ("متى يوقف الوارفارين؟", "يوقف الأسبرين بسبعة أيام، ويوقف الوارفارين بخمسة أيام.", ["بخمسة أيام"]),
    ],
)
def test_arabic_numbers_with_a_letter_written_on_to_them_are_read(asked: str, text: str, expected: list[str]) -> None:
    passage = make_passage([(BlockKind.PARAGRAPH, text)], document=make_document(language="ar"))
    assert shown(ask(asked, "ar"), cut(passage)[0]) == expected


@pytest.mark.parametrize(
    ("language", "asked", "text", "reading", "expected"),
    [
        ("en", "What is not put on burns?", "Ice, butter and eggs are not put on burns.", "butter and eggs", []),
        ("en", "When is it given out?", "It is given out on Tuesdays and Thursdays.", "on Tuesdays", []),
        (
            "en",
            "When is it given out?",
            "It is given out on Tuesdays and Thursdays.",
            "on Tuesdays and Thursdays",
            None,
        ),
        ("es", "¿Qué no se devuelve?", "Los cascos y la ropa no se devuelven.", "la ropa", []),
        ("hi", "क्या नहीं लौटता?", "टोपी और कपड़े वापस नहीं लिए जाते।", "कपड़े", []),
        ("en", "Who decides?", "It is decided by the director, and told at once.", "the director", None),
    ],
)
def test_a_part_of_a_list_is_not_marked(
    language: str, asked: str, text: str, reading: str, expected: list[str] | None
) -> None:
    found = alone(ask(asked, language), text, (reading, 0.9), language)
    assert found == ([reading] if expected is None else expected)


@pytest.mark.parametrize(
    ("language", "asked", "reading", "expected"),
    [
        ("es", "¿Puedo quemarlas?", "en la caja roja", []),
        ("es", "¿Puedo quemarlas?", "no se queman", ["no se queman"]),
        ("es", "¿Qué hago con ellas?", "en la caja roja", ["en la caja roja"]),
    ],
)
def test_for_a_yes_or_a_no_nothing_is_marked_beside_a_not(
    language: str, asked: str, reading: str, expected: list[str]
) -> None:
    text = "Se guardan en la caja roja; no se queman."
    assert alone(ask(asked, language), text, (reading, 0.9), language) == expected


def test_for_a_yes_or_a_no_no_amount_is_marked() -> None:
    text = "It is put off if the fever is above 38.5 °C."
    assert alone(ask("Can a child with a cold be vaccinated?"), text) == []
    assert alone(ask("At which temperature is it put off?"), text) == ["38.5 °C"]


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("How much phenobarbital for a child?", "Phenobarbital, 20 mg/kg, is prepared.", ["20 mg/kg"]),
        ("How much phenobarbital for an adult?", "Phenobarbital, 20 mg/kg, is prepared.", []),
        ("How much phenobarbital?", "Phenobarbital, 20 mg/kg, is prepared.", ["20 mg/kg"]),
        ("How much phenobarbital for an adult?", "Adults get phenobarbital, 200 mg.", ["200 mg"]),
    ],
)
def test_what_stands_under_a_heading_for_others_is_not_marked(asked: str, text: str, expected: list[str]) -> None:
    blocks = [(BlockKind.HEADING, "Fits in children"), (BlockKind.PARAGRAPH, text)]
    for passage in (make_passage(blocks), make_passage(blocks[1:], heading_path=("Emergencies", "Fits in children"))):
        sentence = next(piece for piece in cut(passage) if piece.text == text)
        value = expected[0] if expected else "20 mg/kg"
        start = text.index(value)
        assert shown(ask(asked), sentence) == expected
        assert shown(ask(asked), sentence, Answering(start, start + len(value), 0.9)) == expected
