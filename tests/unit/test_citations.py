from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.types import BlockKind, Passage, Support
from rag.testing.passages import make_document, make_passage, said_in

VIALS = make_passage(
    [
        (BlockKind.HEADING, "Open-vial periods"),
        (BlockKind.PARAGRAPH, "An opened pentavalent vial may be kept for 28 days. Write the date of opening on it."),
        (
            BlockKind.PARAGRAPH,
            "Children under 5 kg are not given the syrup. Dr Amina Otieno checks the fridge twice a day.",
        ),
    ],
    heading_path=("Vaccines", "Open-vial periods"),
)
DOSES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Medicine | Weight | Dose"),
        (BlockKind.TABLE_ROW, "Paracetamol | 10 to 15 kg | 150 mg"),
        (BlockKind.TABLE_ROW, "Paracetamol | 15 to 20 kg | 240 mg"),
    ],
    key="[2]",
    document=make_document("doses.pdf", title="Doses"),
)
PASSAGES = (VIALS, DOSES)


@pytest.mark.parametrize(
    ("sentence", "keys", "support"),
    [
        ("An opened pentavalent vial may be kept for 28 days.", ["[1]"], Support.SUPPORTED),
        ("You can keep an opened pentavalent vial for 28 days.", ["[1]"], Support.SUPPORTED),
        ("An opened pentavalent vial may be kept for 30 days.", ["[1]"], Support.CONTRADICTED),
        ("An opened pentavalent vial may be kept for 28 weeks.", ["[1]"], Support.CONTRADICTED),
        ("An opened pentavalent vial may not be kept for 28 days.", ["[1]"], Support.CONTRADICTED),
        ("Children under 5 kg are given the syrup.", ["[1]"], Support.CONTRADICTED),
        ("Children under 5 kg are not given the syrup.", ["[1]"], Support.SUPPORTED),
        ("Dr Amina Otieno checks the fridge two times a day.", ["[1]"], Support.SUPPORTED),
        ("Then Dr Peter Kamau checks the fridge twice a day.", ["[1]"], Support.NOT_FOUND),
        ("The clinic was founded by a charity in Norway.", ["[1]"], Support.NOT_FOUND),
        ("Paracetamol for a weight of 10 to 15 kg: the dose is 150 mg.", ["[2]"], Support.SUPPORTED),
        ("Paracetamol for a weight of 10 to 15 kg: the dose is 240 mg.", ["[2]"], Support.CONTRADICTED),
    ],
)
def test_support(sentence: str, keys: list[str], support: Support) -> None:
    checked = check(sentence, keys, PASSAGES, "en")
    assert checked.support is support, checked
    assert (checked.reason == "") is (support is Support.SUPPORTED)


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "Store the vaccine below 38 °C.", "Store the vaccine above 38 °C."),
        ("en", "Take the tablet before the meal.", "Take the tablet after the meal."),
        ("en", "Take at most 4 tablets a day.", "Take at least 4 tablets a day."),
        ("en", "Take 2 tablets a day.", "Take 2 tablets a week."),
        ("en", "The syrup is for children under 5 years.", "The syrup is for children over 5 years."),
        ("en", "Give the injection unless the child has a fever.", "Give the injection if the child has a fever."),
        ("en", "The midwife inserts the copper coil.", "Only the midwife inserts the copper coil."),
        ("en", "Zinc is 10 mg and ORS is 20 mg.", "Zinc is 20 mg and ORS is 10 mg."),
        ("en", "The shop opens at 8:30 and closes at 17:00.", "The shop opens at 17:00 and closes at 8:30."),
        ("en", "The shop is open from 8:30 to 17:00.", "The shop is open from 17:00 to 8:30."),
        ("en", "The lamp costs 500 shillings.", "The lamp costs 500 dollars."),
        ("en", "The vial is kept for 28 days.", "The vial is kept for 28 nights."),
        ("en", "Give the child 5 spoons of syrup.", "Give the child 5 pills of syrup."),
        ("hi", "शीशी को 28 दिन तक रखें।", "शीशी को 28 घंटे तक रखें।"),
        ("ar", "تحفظ القارورة لمدة 28 يوم.", "تحفظ القارورة لمدة 28 ساعة."),
        ("ur", "شیشی 28 دن تک رکھیں۔", "شیشی 28 گھنٹے تک رکھیں۔"),
        ("sw", "Chupa hutunzwa kwa siku 28.", "Chupa hutunzwa kwa saa 28."),
        ("ur", "بچے کو شربت نہیں دیا جاتا۔", "بچے کو شربت دیا جاتا۔"),
        ("th", "ไม่ควรให้ยานี้แก่เด็ก", "ควรให้ยานี้แก่เด็ก"),
        ("zh", "不可给儿童服用糖浆。", "可给儿童服用糖浆。"),
        ("es", "La dosis es de 0,125 mg.", "La dosis es de 125 mg."),
        ("es", "El saco cuesta 1.000 pesos.", "El saco cuesta 1 peso."),
    ],
)
def test_a_statement_turned_round_is_not_supported(language: str, source: str, sentence: str) -> None:
    passage = said_in(source, language)
    assert check(source, ["[1]"], (passage,), language).supported
    assert not check(sentence, ["[1]"], (passage,), language).supported


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "An opened vial may be kept for 28 days.", "An opened vial lasts 28 days."),
        ("en", "Children under 5 kg get the syrup.", "Children weighing less than 5 kg get the syrup."),
        ("en", "Give no more than 4 tablets.", "Give up to 4 tablets."),
        ("en", "Give at most 4 tablets.", "Give no more than 4 tablets."),
        ("fr", "Si le patient a de la fièvre, donner le sirop.", "Donner le sirop au patient qui a de la fièvre."),
        ("es", "Sí, el almacén abre los lunes.", "El almacén abre los lunes."),
    ],
)
def test_a_true_paraphrase_is_supported(language: str, source: str, sentence: str) -> None:
    passage = said_in(source, language)
    assert check(sentence, ["[1]"], (passage,), language).supported


def test_the_negation_of_one_sentence_is_not_taken_for_that_of_its_neighbour() -> None:
    text = "Open flames are forbidden within 3 metres. Nobody works more than four nights in a row."
    passage = make_passage([(BlockKind.PARAGRAPH, text)])
    assert not check("Open flames are allowed within 3 metres.", ["[1]"], (passage,), "en").supported


@pytest.mark.parametrize(
    ("source", "sentence", "support"),
    [
        (
            "The injection is given up to 2 weeks late without a test.",
            "The injection is given up to 2 weeks late.",
            "supported",
        ),
        ("The wound is washed without soap.", "The wound is washed with soap.", "contradicted"),
        ("Se lava la herida sin jabón.", "Se lava la herida con jabón.", "contradicted"),
        # A comma parts what is said of the vial from the negation: it may be meant or not.
        (
            "It is used only if the date has not passed, the vial has been kept cold.",
            "The vial is kept cold.",
            "not_found",
        ),
        ("Do not give aspirin, ibuprofen or codeine.", "Give ibuprofen.", "contradicted"),
    ],
)
def test_how_far_a_negation_reaches(source: str, sentence: str, support: str) -> None:
    language = "es" if "jab" in source else "en"
    passage = said_in(source, language)
    assert check(sentence, ["[1]"], [passage], language).support == support


def test_the_supporting_span_is_cited_exactly() -> None:
    checked = check("An opened pentavalent vial may be kept for 28 days.", ["[1]"], PASSAGES, "en")
    (citation,) = checked.citations
    assert citation.quote == "An opened pentavalent vial may be kept for 28 days."
    assert VIALS.slice(citation.span) == citation.quote
    assert citation.verified


@pytest.mark.parametrize("keys", [[], ["[9]"], ["[2]"]])
def test_a_wrong_or_missing_key_is_mended_from_the_other_passages(keys: list[str]) -> None:
    checked = check("An opened pentavalent vial may be kept for 28 days.", keys, PASSAGES, "en")
    assert checked.supported
    assert [citation.key for citation in checked.citations] == ["[1]"]


def test_a_heading_is_not_a_statement() -> None:
    text = "Yes, and you get a new one at once."
    passage = make_passage([(BlockKind.HEADING, "The lamp was broken in the box."), (BlockKind.PARAGRAPH, text)])
    assert not check("The lamp was broken in the box.", ["[1]"], (passage,), "en").supported
    assert check(text, ["[1]"], (passage,), "en").supported


def test_what_has_no_letters_is_not_found() -> None:
    assert check("...", ["[1]"], PASSAGES, "en").support is Support.NOT_FOUND


def test_without_passages_nothing_is_supported() -> None:
    none: tuple[Passage, ...] = ()
    assert check("The fridge is checked.", ["[1]"], none, "en").support is Support.NOT_FOUND
