"""What is said in other words, and what only sounds like it."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.types import BlockKind, Support
from rag.testing.passages import make_document, make_passage, said_in

DOSES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Age | Weight | Tablets per dose"),
        (BlockKind.TABLE_ROW, "1 to 2 years | 10 to 13 kg | 2"),
        (BlockKind.TABLE_ROW, "3 to 5 years | 14 to 19 kg | 3"),
        (BlockKind.TABLE_ROW, "6 years and more | 20 kg and more | 4"),
    ],
    document=make_document(title="Amoxicillin"),
)
REPAIRS = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Repair | Nuru Mini | Nuru Home | Nuru Pro"),
        (BlockKind.TABLE_ROW, "New battery | 370 | 610 | 975"),
        (BlockKind.TABLE_ROW, "New switch | 120 | not possible | 185"),
    ],
    document=make_document(title="Costs of repairs"),
)
LAMPS = make_passage(
    [
        (BlockKind.HEADING, "What is the difference between Nuru Mini and Nuru Home?"),
        (BlockKind.PARAGRAPH, "The Nuru Mini gives 90 lumens and cannot charge a telephone. It has a green button."),
    ],
    heading_path=("What is the difference between Nuru Mini and Nuru Home?",),
    document=make_document(title="Lamps"),
)


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "The solution is thrown away after 24 hours.", "Discard the solution after 24 hours."),
        ("en", "If the child vomits, wait 10 minutes.", "If the child throws up, pause for 10 minutes."),
        ("en", "Each sample of diarrhoea is sterilised.", "Every sample of diarrhea is sterilized."),
        ("en", "Medicines are given out for 90 days.", "Medicines are dispensed for 90 days."),
        ("en", "The antenatal clinic is held on Wednesday.", "The antenatal clinic is located here on Wednesdays."),
        ("en", "The file is free of charge.", "The file costs nothing."),
        ("en", "Refer below a saturation of 90 percent.", "Refer at a saturation that falls below 90 %."),
        ("en", "It covers 3 rooms: office, ward, store.", "It includes 3 rooms: office, ward, store."),
        ("en", "Wash the wound for 15 minutes.", "Clean the wound for a quarter of an hour."),
        ("en", "Stitches come out after 7 days.", "Stitches come out after a week."),
        ("en", "Medicines are counted every morning by two people.", "Two people count the medicines every morning."),
        ("en", "An opened vial is used for 21 days.", "Once opened, the vial is used for 21 days."),
        ("en", "It is settled within 7 days of coming back.", "It is settled within 7 days after returning."),
        ("en", "Wash your hands before you open the vial.", "Before you open the vial, wash your hands."),
        ("en", "After the meal, wash the plates.", "Wash the plates after the meal."),
        ("en", "The nurse signs the form.", "The form is signed by the nurse."),
        ("en", "Red bags are for waste and yellow bags are for needles.", "Yellow bags are for needles."),
        ("en", "In May the board elects the chair.", "The board elects the chair in May."),
        ("en", "The medicine may cause sleepiness.", "The medicine can cause sleepiness."),
        ("en", "The maximum dose is 4 tablets a day.", "The dose is at most 4 tablets a day."),
        (
            "en",
            "Patients with a positive test and no danger sign get the syrup for 3 days.",
            "Patients with a positive test get the syrup for three days.",
        ),
        (
            "en",
            "The patient coughs behind the laboratory, never in the toilet.",
            "The patient coughs behind the laboratory.",
        ),
        ("en", "Keep it for forty-eight hours.", "Keep it for 48 hours."),
        ("fr", "La friction dure 25 secondes.", "La friction dure vingt-cinq secondes."),
        ("es", "La cuota es de 85 pesos.", "La cuota es de ochenta y cinco pesos."),
        ("sw", "Mwaga maji baada ya saa 24.", "Mwaga maji baada ya saa ishirini na nne."),
    ],
)
def test_other_words_for_the_same(language: str, source: str, sentence: str) -> None:
    assert check(sentence, ["[1]"], (said_in(source, language),), language).supported


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("Only the midwife inserts the coil.", "Only the nurse inserts the coil."),
        ("The clinic opens on Monday.", "The clinic opens on Tuesday."),
        ("Keep the vial in the refrigerator.", "Keep the vial in the freezer."),
        ("Give one tablet of zinc.", "Give one capsule of zinc."),
        ("The paste is not shared.", "The paste may be shared."),
        ("A medical note is needed from the third day on.", "A medical note is needed from the first day on."),
        ("The dose is 10 to 13 mg.", "The dose is 12 mg."),
        ("Keep it for forty-eight hours.", "Keep it for 38 hours."),
    ],
)
def test_a_word_replaced_is_not(source: str, sentence: str) -> None:
    assert check(source, ["[1]"], (said_in(source),), "en").supported
    assert not check(sentence, ["[1]"], (said_in(source),), "en").supported


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("At a weight of 12 kg 2 tablets per dose are given.", True),
        ("At an age of two years 2 tablets per dose are given.", True),
        ("At a weight of 25 kg 4 tablets per dose are given.", True),
        ("At a weight of 12 kg 3 tablets per dose are given.", False),
        ("At a weight of 9 kg 2 tablets per dose are given.", False),
        ("At a weight of 19 kg 4 tablets per dose are given.", False),
    ],
)
def test_a_weight_or_age_within_the_range_of_a_row(sentence: str, supported: bool) -> None:
    assert check(sentence, ["[1]"], (DOSES,), "en").supported is supported


@pytest.mark.parametrize(
    ("sentence", "support"),
    [
        ("A new battery for the Nuru Pro costs 975.", Support.SUPPORTED),
        ("A new battery for the Nuru Pro costs 610.", Support.CONTRADICTED),
        ("A new switch costs 120 for the Nuru Mini and 185 for the Nuru Pro.", Support.SUPPORTED),
    ],
)
def test_an_amount_stands_in_the_column_that_is_named(sentence: str, support: Support) -> None:
    assert check(sentence, ["[1]"], (REPAIRS,), "en").support is support


def test_which_one_is_told_from_how_many() -> None:
    blocks = [(BlockKind.TABLE_HEAD, "Name | Extension"), (BlockKind.TABLE_ROW, "Pharmacy assistant | 21")]
    passage = make_passage(blocks, document=make_document(title="Telephone"))
    assert check("The pharmacy assistant has extension 21.", ["[1]"], (passage,), "en").supported
    assert not check("The pharmacy assistant has extension 12.", ["[1]"], (passage,), "en").supported
    visits = said_in("A mother is visited on day 3 and on day 7.")
    assert check("On day 3 a mother is visited.", ["[1]"], (visits,), "en").supported
    assert not check("A mother has 7 visits.", ["[1]"], (visits,), "en").supported


def test_a_name_of_the_heading_does_not_stand_in_for_another_in_the_sentence() -> None:
    assert check("The Nuru Mini gives 90 lumens.", ["[1]"], (LAMPS,), "en").supported
    assert not check("The Nuru Home gives 90 lumens.", ["[1]"], (LAMPS,), "en").supported


def test_the_number_of_a_list_item_is_no_amount() -> None:
    passage = make_passage(
        [
            (BlockKind.LIST_ITEM, "2. Put the vaccines in the cold box."),
            (BlockKind.PARAGRAPH, "Vaccines are kept between 2 °C and 8 °C."),
        ],
        document=make_document(title=""),
    )
    assert check("Vaccines are kept at 2 to 8 °C.", ["[1]"], (passage,), "en").supported


def test_a_row_of_another_item_does_not_contradict() -> None:
    passage = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Vaccine | Use after opening"),
            (BlockKind.TABLE_ROW, "Oral polio | 28 days"),
            (BlockKind.TABLE_ROW, "Pentavalent, damaged by frost | 21 days"),
        ],
        document=make_document(title=""),
    )
    told = check("The opened pentavalent vaccine spoils by frost after 21 days.", ["[1]"], (passage,), "en")
    assert told.support is Support.NOT_FOUND


def test_a_sentence_that_is_not_found_leads_to_the_span_that_comes_nearest() -> None:
    passage = said_in("Stitches on the face come out after 5 days. The shop sells lamps and batteries.")
    told = check("Stitches on the face are cut by the nurse.", ["[1]"], (passage,), "en")
    assert told.support is Support.NOT_FOUND
    assert told.citations == ()
    assert told.nearest is not None
    assert told.nearest.quote == "Stitches on the face come out after 5 days."
    assert check("Elephants are grey.", ["[1]"], (passage,), "en").nearest is None
    held = check("Stitches on the face come out after 5 days.", ["[1]"], (passage,), "en")
    assert held.supported
    assert held.nearest is None


@pytest.mark.parametrize(
    ("title", "head", "supported"),
    [
        ("When stitches come out", "Part of the body | Days", True),
        ("Stitches", "Part of the body | Days", False),
        ("When stitches come out", "Part of the body | Use after days", False),
    ],
)
def test_a_table_that_says_when(title: str, head: str, supported: bool) -> None:
    blocks = [(BlockKind.TABLE_HEAD, head), (BlockKind.TABLE_ROW, "Face | 5 days")]
    passage = make_passage(blocks, document=make_document(title=title))
    assert check("Stitches on the face come out after 5 days.", ["[1]"], (passage,), "en").supported is supported
    assert not check("Stitches on the face come out after 7 days.", ["[1]"], (passage,), "en").supported
