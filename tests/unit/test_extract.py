from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.answering.evidence import RankedUnit
from rag.answering.expectation import Kind
from rag.answering.extract import compose, plain_text
from rag.answering.fitness import gives_expected
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.reading import Answering
from rag.answering.units import Unit, cut
from rag.core.text import content_terms, terms
from rag.core.types import SPAN_SEPARATOR, BlockKind, Passage, Sentence
from rag.testing.passages import make_document, make_passage

VIALS = make_passage(
    [
        (BlockKind.HEADING, "Open-vial periods"),
        (BlockKind.PARAGRAPH, "An opened vial may be kept for 28 days. Write the date of opening on it."),
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
KIT = make_passage(
    [
        (BlockKind.PARAGRAPH, "The emergency kit holds:"),
        (BlockKind.LIST_ITEM, "adrenaline"),
        (BlockKind.LIST_ITEM, "a bag and mask"),
        (BlockKind.PARAGRAPH, "Check it weekly."),
    ]
)
BY_AGE = make_passage(
    [
        (BlockKind.PARAGRAPH, "Paracetamol, every 6 hours"),
        (BlockKind.TABLE_HEAD, "Age | Weight (kg) | Dose"),
        (BlockKind.TABLE_ROW, "2 to 11 months | 4 to 9 | 60 mg"),
        (BlockKind.TABLE_ROW, "1 to 4 years | 10 to 17 | 120 mg"),
        (BlockKind.TABLE_ROW, "12 years and more | 40 and more | 1000 mg"),
        (BlockKind.TABLE_ROW, "Adults | 40 and more | 1000 mg"),
    ]
)
MEDICINES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Medicine | Weight | Tablets"),
        (BlockKind.TABLE_ROW, "Paracetamol | 10 to 17 kg | 1"),
        (BlockKind.TABLE_ROW, "Paracetamol | 18 to 25 kg | 2"),
        (BlockKind.TABLE_ROW, "Amoxicillin | 4 to 9 kg | 3"),
        (BlockKind.TABLE_ROW, "Amoxicillin | 10 to 17 kg | 4"),
    ]
)
FRONT = make_passage([(BlockKind.PARAGRAPH, "An opened vial is kept in front.")], key="[5]")
PLAN = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Age | Vaccines"),
        (BlockKind.TABLE_ROW, "Birth | BCG"),
        (BlockKind.TABLE_ROW, "9 months | Measles 1"),
        (BlockKind.TABLE_ROW, "18 months | Measles 2"),
    ]
)
FAQ = make_passage(
    [
        (BlockKind.HEADING, "Can the lamp get wet?"),
        (BlockKind.PARAGRAPH, "Light rain does no harm. Do not put it under water."),
        (BlockKind.HEADING, "Is there a warranty?"),
        (BlockKind.PARAGRAPH, "Yes, for two years."),
    ]
)


def ask(text: str, language: str = "en") -> Question:
    words = content_terms(text, language)
    vector = np.zeros(384, dtype=np.float32)
    return Question(text, language, vector, dict.fromkeys(words, 1 / len(words)), 1.0, frozenset(), frozenset())


def ranked(question: Question, units: list[Unit], scores: list[float]) -> list[RankedUnit]:
    def matched(unit: Unit) -> frozenset[str]:
        found = set(terms(f"{unit.text} {unit.context}", "en"))
        return frozenset(term for term in question.weights if term in found)

    return [RankedUnit(unit, score, 0.5, 0.5, matched(unit)) for unit, score in zip(units, scores, strict=True)]


def unit(passage: Passage, start: str) -> Unit:
    return next(unit for unit in cut(passage) if unit.text.startswith(start))


def test_units_are_exact_slices_and_know_what_they_hang_on() -> None:
    for passage in (VIALS, DOSES, KIT, FAQ):
        for piece in cut(passage):
            assert passage.slice(piece.span) == piece.text
    assert unit(DOSES, "Paracetamol | 15").head == ("Medicine", "Weight", "Dose")
    assert unit(KIT, "adrenaline").lead == "The emergency kit holds:"
    assert unit(FAQ, "Yes").lead == "Is there a warranty?"


def test_a_sentence_is_quoted_with_its_number_in_bold() -> None:
    question = ask("How long may an opened vial be kept?")
    (sentence,) = compose(question, ranked(question, [unit(VIALS, "An opened")], [0.9]))
    assert sentence.text == "“An opened vial may be kept for 28 days.”"
    assert [sentence.text[start:end] for start, end in sentence.emphasis] == ["28 days"]
    assert sentence.citations[0].quote == "An opened vial may be kept for 28 days."
    assert plain_text([sentence]) == "“An opened vial may be kept for 28 days.” [1]"


def test_a_row_reads_with_its_heads_and_the_asked_cell_in_bold() -> None:
    question = replace(ask("What is the dose of paracetamol at 12 kg?"), quantities=quantities("at 12 kg"))
    (sentence,) = compose(question, ranked(question, [unit(DOSES, "Paracetamol | 10")], [0.9]))
    assert sentence.text == "“Medicine: Paracetamol; Weight: 10 to 15 kg; Dose: 150 mg”"
    assert [sentence.text[start:end] for start, end in sentence.emphasis] == ["150 mg"]
    assert sentence.citations[0].quote == "Paracetamol | 10 to 15 kg | 150 mg"


def test_a_row_comes_with_its_tables_caption() -> None:
    table = make_passage(
        [
            (BlockKind.PARAGRAPH, "Paracetamol, every 6 hours"),
            (BlockKind.TABLE_HEAD, "Weight | Dose"),
            (BlockKind.TABLE_ROW, "10 to 17 kg | 120 mg"),
            (BlockKind.TABLE_ROW, "18 to 25 kg | 250 mg"),
        ]
    )
    question = ask("Paracetamol dose at 20 kg?")
    sentences = compose(question, ranked(question, [unit(table, "18 to 25")], [0.9]))
    assert [sentence.text for sentence in sentences] == [
        "“Paracetamol, every 6 hours”",
        "“Weight: 18 to 25 kg; Dose: 250 mg”",
    ]


def quoted(text: str, passage: Passage, start: str, language: str = "en") -> list[str]:
    """The rows that are quoted, marks in brackets, where the row that begins with `start` is the best."""
    question = ask(text, language)
    said = compose(question, ranked(question, [unit(passage, start)], [0.9]))
    rows = [sentence for sentence in said if " | " in sentence.citations[0].quote]
    return [
        sentence.citations[0].quote + "".join(f" [{sentence.text[a:b]}]" for a, b in sentence.emphasis)
        for sentence in rows
    ]


def test_nothing_is_marked_in_what_is_said_of_another_amount() -> None:
    wound = make_passage([(BlockKind.PARAGRAPH, "A wound less than 8 hours old may be closed with 3 stitches.")])
    question = ask("How many stitches close a wound 10 hours old?")
    (entry,) = ranked(question, cut(wound), [0.9])
    (sentence,) = compose(question, [replace(entry, answering=Answering(0, 7, 0.9))])
    assert sentence.emphasis == ()


def test_a_question_for_a_list_gets_all_of_it_with_its_lead() -> None:
    question = ask("What does the emergency kit hold?")
    sentences = compose(question, ranked(question, [unit(KIT, "adrenaline")], [0.9]))
    assert [sentence.text for sentence in sentences] == [
        "“The emergency kit holds:”",
        "“adrenaline”",
        "“a bag and mask”",
    ]
    assert plain_text(sentences).count("\n") == 2


def test_a_question_for_one_item_gets_that_item_under_its_lead() -> None:
    question = ask("mask bag")
    sentences = compose(question, ranked(question, [unit(KIT, "a bag")], [0.9]))
    assert [sentence.text for sentence in sentences] == ["“The emergency kit holds:”", "“a bag and mask”"]


def test_a_faq_answer_is_quoted_whole() -> None:
    question = ask("Can the lamp get wet?")
    sentences = compose(question, ranked(question, [unit(FAQ, "Do not")], [0.9]))
    assert [sentence.text for sentence in sentences] == ["“Light rain does no harm.”", "“Do not put it under water.”"]


def test_further_places_come_after_the_best_and_weak_ones_stay_out() -> None:
    question = ask("How long may an opened vial be kept?")
    units = [unit(VIALS, "An opened"), unit(FRONT, "An opened"), unit(KIT, "Check")]
    sentences = compose(question, ranked(question, units, [0.9, 0.85, 0.3]))
    assert [sentence.text for sentence in sentences] == [
        "“An opened vial may be kept for 28 days.”",
        "Also: “An opened vial is kept in front.”",
    ]


def test_the_same_words_are_quoted_once() -> None:
    copy = make_passage([(BlockKind.PARAGRAPH, "An opened vial may be kept for 28 days.")], key="[3]")
    question = ask("How long may an opened vial be kept?")
    sentences = compose(question, ranked(question, [unit(VIALS, "An opened"), cut(copy)[0]], [0.9, 0.9]))
    assert len(sentences) == 1


@pytest.mark.parametrize(("probability", "marked"), [(0.9, "An opened vial"), (0.01, "28 days")])
def test_words_that_a_reader_is_sure_of_are_marked_before_quantities(probability: float, marked: str) -> None:
    question = ask("What may be kept?")
    (entry,) = ranked(question, [unit(VIALS, "An opened")], [0.9])
    (sentence,) = compose(question, [replace(entry, answering=Answering(0, 14, probability))])
    assert [sentence.text[start:end] for start, end in sentence.emphasis] == [marked]


def test_the_asked_cell_of_a_row_is_marked_whatever_a_reader_found() -> None:
    question = ask("What is the dose for 18 kg of paracetamol?")
    (entry,) = ranked(question, [unit(DOSES, "Paracetamol | 15")], [0.9])
    sentences = compose(question, [replace(entry, answering=Answering(0, 3, 0.99))])
    row = next(sentence for sentence in sentences if "15 to 20 kg" in sentence.text)
    assert [row.text[start:end] for start, end in row.emphasis] == ["240 mg"]


def test_in_further_places_a_readers_words_are_not_marked() -> None:
    question = ask("How long may an opened vial be kept?")
    first, second = ranked(question, [unit(VIALS, "An opened"), unit(FRONT, "An opened")], [0.9, 0.89])
    sentences = compose(
        question, [replace(first, answering=Answering(0, 14, 0.9)), replace(second, answering=Answering(0, 10, 0.9))]
    )
    marked = [[sentence.text[start:end] for start, end in sentence.emphasis] for sentence in sentences]
    assert marked == [["An opened vial"], []]


QUEUE = make_passage(
    [
        (BlockKind.HEADING, "Waste"),
        (BlockKind.PARAGRAPH, "The incinerator burns on Mondays. These things are not burned:"),
        (BlockKind.LIST_ITEM, "spray cans;"),
        (BlockKind.LIST_ITEM, "bags of PVC."),
        (BlockKind.PARAGRAPH, "Ash goes into the ash pit."),
        (BlockKind.LIST_ITEM, "gloves are washed;"),
    ]
)


def said(sentences: list[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def test_an_item_is_never_quoted_without_the_line_that_turns_it_round() -> None:
    question = ask("Are spray cans burned?")
    sentences = compose(question, ranked(question, [unit(QUEUE, "spray")], [0.9]))
    assert said(sentences) == ["“These things are not burned:”", "“spray cans;”"]
    assert all(QUEUE.slice(s.citations[0].span) == s.citations[0].quote for s in sentences)


def test_an_item_without_a_leading_line_stands_under_its_heading_and_its_outer_item() -> None:
    passage = make_passage(
        [
            (BlockKind.HEADING, "Zinc"),
            (BlockKind.LIST_ITEM, "Not given to children:"),
            (BlockKind.LIST_ITEM, "who vomit"),
            (BlockKind.LIST_ITEM, "under 1 month"),
        ]
    )
    inner = [replace(block, level=int(index > 1)) for index, block in enumerate(passage.blocks)]
    nested = replace(passage, blocks=tuple(inner))
    question = ask("May children who vomit have zinc?")
    sentences = compose(question, ranked(question, [unit(nested, "who vomit")], [0.9]))
    assert said(sentences) == ["“Zinc”", "“Not given to children:”", "“who vomit”"]


def test_a_lead_that_a_passage_repeats_without_its_paragraph_leads_all_the_same() -> None:
    whole = make_passage(
        [(BlockKind.PARAGRAPH, "Not burned:"), (BlockKind.LIST_ITEM, "cans"), (BlockKind.LIST_ITEM, "spray cans")]
    )
    lead, _, last = (block.span for block in whole.blocks)
    text = SPAN_SEPARATOR.join((whole.slice(lead), whole.slice(last)))
    part = replace(whole, spans=(lead, last), text=text, blocks=whole.blocks[-1:])
    question = ask("Are spray cans burned?")
    sentences = compose(question, ranked(question, [unit(part, "spray")], [0.9]))
    assert said(sentences) == ["“Not burned:”", "“spray cans”"]


def test_a_lead_ends_with_its_list() -> None:
    assert unit(QUEUE, "bags").lead.endswith("not burned:")
    assert unit(QUEUE, "Ash").lead == ""
    assert unit(QUEUE, "gloves").lead == "Waste"
    question = ask("What is not burned?")
    sentences = compose(question, ranked(question, [unit(QUEUE, "These things")], [0.9]))
    assert said(sentences) == ["“These things are not burned:”", "“spray cans;”", "“bags of PVC.”"]


def test_a_caption_and_a_lead_end_with_their_table() -> None:
    passage = make_passage(
        [
            (BlockKind.PARAGRAPH, "Not for children:"),
            (BlockKind.TABLE_ROW, "Aspirin | 300 mg"),
            (BlockKind.LIST_ITEM, "wash hands"),
            (BlockKind.TABLE_ROW, "Zinc | 20 mg"),
        ]
    )
    assert [piece.lead for piece in cut(passage)] == ["Not for children:", "", ""]


@pytest.mark.parametrize(
    ("language", "asked"), [("en", "Who may come in?"), ("ar", "من يدخل؟"), ("el", "Ποιος μπαίνει;")]
)
def test_a_question_that_a_paragraph_asks_leads_to_its_answer_and_is_none_itself(language: str, asked: str) -> None:
    passage = make_passage(
        [(BlockKind.PARAGRAPH, asked), (BlockKind.PARAGRAPH, "Nurses."), (BlockKind.PARAGRAPH, "Doors are shut.")],
        document=make_document(language=language),
    )
    assert [(piece.text, piece.lead) for piece in cut(passage)] == [("Nurses.", asked), ("Doors are shut.", "")]


def test_a_semicolon_asks_in_greek_only_and_an_unanswered_question_stays() -> None:
    passage = make_passage([(BlockKind.PARAGRAPH, "spray cans;"), (BlockKind.PARAGRAPH, "Who is ill?")])
    assert [piece.text for piece in cut(passage)] == ["spray cans;", "Who is ill?"]


def test_what_is_left_out_of_a_list_is_said() -> None:
    items = [(BlockKind.LIST_ITEM, f"thing of kind {number}") for number in range(14)]
    passage = make_passage([(BlockKind.PARAGRAPH, "The box holds:"), *items])
    question = ask("What does the box hold?")
    sentences = compose(question, ranked(question, [unit(passage, "The box")], [0.9]))
    assert len(sentences) == 13
    assert sentences[-1].text == "“thing of kind 11” (More in the same place, not quoted here: 2.)"
    french = compose(replace(question, language="fr"), ranked(question, [unit(passage, "The box")], [0.9]))
    assert french[-1].text.endswith("(Suite au même endroit, non citée ici : 2.)")


def test_a_long_table_of_which_no_row_is_asked_for_is_not_one_row() -> None:
    rows = [(BlockKind.TABLE_ROW, f"{10 * n} to {10 * n + 9} kg | {n} ml") for n in range(1, 15)]
    passage = make_passage([(BlockKind.TABLE_HEAD, "Weight | Dose"), *rows])
    question = ask("What are the doses?")
    sentences = compose(question, ranked(question, [unit(passage, "140 to")], [0.9]))
    assert len(sentences) == 12
    assert sentences[-1].text.startswith("“Weight: 140 to 149 kg; Dose: 14 ml”")
    assert sentences[-1].text.endswith("not quoted here: 2.)")


def test_what_is_left_out_of_an_answer_is_said_and_not_quoted_as_from_elsewhere() -> None:
    answer = " ".join(f"Thing number {number} is done." for number in range(8))
    passage = make_passage([(BlockKind.HEADING, "What is done?"), (BlockKind.PARAGRAPH, answer)])
    question = ask("What is done?")
    sentences = compose(question, ranked(question, [cut(passage)[0], cut(passage)[7]], [0.9, 0.89]))
    assert len(sentences) == 6
    assert sentences[-1].text.endswith("not quoted here: 2.)")


def test_rows_of_which_none_is_for_the_asked_amount_are_not_marked() -> None:
    table = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Age | Dose"),
            (BlockKind.TABLE_ROW, "1 to 4 years | 5 mg"),
            (BlockKind.TABLE_ROW, "5 to 12 years | 10 mg"),
        ]
    )
    question = replace(ask("What dose at 9 kg?"), quantities=quantities("at 9 kg"))
    sentences = compose(question, ranked(question, [unit(table, "1 to 4")], [0.9]))
    assert [sentence.emphasis for sentence in sentences] == [(), ()]


CARE = make_passage(
    [
        (BlockKind.PARAGRAPH, "Vitamin A is given to children from 6 months on. It is given again after a month."),
        (BlockKind.HEADING, "Is the shop open on Saturday?"),
        (BlockKind.PARAGRAPH, "From 9:00 to 14:00."),
    ],
    key="[2]",
)


def test_a_further_place_speaks_of_the_same_thing() -> None:
    question = replace(ask("How much zinc for children?"), weights={"zinc": 0.8, "children": 0.2})
    zinc = make_passage([(BlockKind.PARAGRAPH, "Zinc: 20 mg for children.")])
    units = [unit(zinc, "Zinc"), unit(CARE, "Vitamin")]
    assert said(compose(question, ranked(question, units, [0.9, 0.88]))) == ["“Zinc: 20 mg for children.”"]
    alike = replace(question, weights={"zinc": 0.2, "children": 0.8})
    assert len(compose(alike, ranked(alike, units, [0.9, 0.88]))) == 2


def test_nothing_is_marked_below_an_answer_that_leaves_open_which_value_is_meant() -> None:
    question = ask("What dose of adrenaline at 9 kg?")
    table = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Age | Adrenaline"),
            (BlockKind.TABLE_ROW, "1 to 4 years | 5 mg"),
            (BlockKind.TABLE_ROW, "5 to 12 years | 10 mg"),
        ]
    )
    other = make_passage([(BlockKind.PARAGRAPH, "Lidocaine with adrenaline: 3 mg.")], key="[2]")
    sentences = compose(question, ranked(question, [unit(table, "5 to"), unit(other, "Lidocaine")], [0.9, 0.88]))
    assert said(sentences)[-1] == "Also: “Lidocaine with adrenaline: 3 mg.”"
    assert not any(sentence.emphasis for sentence in sentences)


def test_a_sentence_that_goes_on_from_another_is_quoted_with_it() -> None:
    question = ask("Is it given again?")
    sentences = compose(question, ranked(question, [unit(CARE, "It is given")], [0.9]))
    assert said(sentences) == [
        "“Vitamin A is given to children from 6 months on.”",
        "“It is given again after a month.”",
    ]


def test_what_was_just_quoted_is_not_quoted_again_above_what_goes_on_from_it() -> None:
    question = ask("Is vitamin given children again?")
    units = [unit(CARE, "Vitamin"), unit(CARE, "It is given")]
    assert said(compose(question, ranked(question, units, [0.9, 0.89]))) == [
        "“Vitamin A is given to children from 6 months on.”",
        "Also: “It is given again after a month.”",
    ]


def test_an_answer_from_elsewhere_is_told_with_its_question() -> None:
    question = ask("When is the laboratory open?")
    laboratory = make_passage([(BlockKind.PARAGRAPH, "The laboratory is open from 8:00 on.")])
    units = [unit(laboratory, "The laboratory"), unit(CARE, "From 9:00")]
    sentences = compose(question, ranked(question, units, [0.9, 0.88]))
    assert said(sentences)[1:] == ["Also: “Is the shop open on Saturday?”", "“From 9:00 to 14:00.”"]


def test_a_question_that_a_paragraph_asks_is_not_told_with_an_answer_from_elsewhere() -> None:
    question = ask("When is the laboratory open?")
    laboratory = make_passage([(BlockKind.PARAGRAPH, "The laboratory is open from 8:00 on.")])
    asking = make_passage(
        [(BlockKind.PARAGRAPH, "What is the capital of Peru?"), (BlockKind.PARAGRAPH, "The laboratory is open.")],
        key="[2]",
    )
    units = [unit(laboratory, "The laboratory"), unit(asking, "The laboratory")]
    sentences = compose(question, ranked(question, units, [0.9, 0.88]))
    assert said(sentences)[1:] == ["Also: “The laboratory is open.”"]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("Keep it cool. Zoranol is never given to", "infants below 3 kg. Shake it.", True),
        ("यह दवा ठंडी जगह रखें। ज़ोरानोल कभी न दें", "शिशुओं को। हिलाएँ।", True),
        ("Keep it cool. Zoranol is never given.", "infants below 3 kg. Shake it.", False),
        ("Keep it cool. Doses of Zoranol", "Infants get 3 ml. Shake it.", False),
    ],
)
def test_a_sentence_over_two_pages_is_quoted_whole(first: str, second: str, together: bool) -> None:
    pages = [make_passage([(BlockKind.PARAGRAPH, text)], page=page) for page, text in ((1, first), (2, second))]
    passage = replace(
        pages[0],
        spans=tuple(span for page in pages for span in page.spans),
        text=SPAN_SEPARATOR.join(page.text for page in pages),
        blocks=tuple(block for page in pages for block in page.blocks),
    )
    one, other = cut(passage)[1:3]
    question = ask("Zoranol for infants?")
    for piece in (one, other):
        quoted = said(compose(question, ranked(question, [piece], [0.9])))
        assert quoted == [f"“{half.text}”" for half in ([one, other] if together else [piece])]


FORMULARY = make_passage(
    [
        (BlockKind.PARAGRAPH, "Atenolol (tablet 50 mg). Dose: 25 mg once a day. Pregnancy: avoid. Do not use: asthma."),
        (BlockKind.PARAGRAPH, "Amoxicillin (capsule 500 mg). Dose: 250 mg. Pregnancy: safe. Do not use: allergy."),
        (BlockKind.PARAGRAPH, "Atropine (tablet 1 mg). Dose: 2 mg. Pregnancy: avoid. Do not use: glaucoma."),
    ]
)


def test_a_sentence_of_an_entry_comes_with_what_the_entry_is_about() -> None:
    question = ask("Which medicines are avoided in pregnancy?")
    avoid = [piece for piece in cut(FORMULARY) if piece.text == "Pregnancy: avoid."]
    assert [sentence.text for sentence in compose(question, ranked(question, avoid, [0.9, 0.9]))] == [
        "“Atenolol (tablet 50 mg).”",
        "“Pregnancy: avoid.”",
        "Also: “Atropine (tablet 1 mg).”",
        "“Pregnancy: avoid.”",
    ]


def test_a_strength_is_no_dose() -> None:
    question = replace(ask("What is the dose of atenolol?"), expected=frozenset({Kind.NUMBER, Kind.DOSE}))
    name, dose = cut(FORMULARY)[:2]
    assert gives_expected(question, dose)
    assert not gives_expected(question, name)
    said = compose(question, ranked(question, [name, dose], [0.9, 0.9]))
    assert [sentence.text for sentence in said][:2] == ["“Atenolol (tablet 50 mg).”", "“Dose: 25 mg once a day.”"]
    assert not any(sentence.emphasis for sentence in said)
    (_, dose_only) = compose(question, ranked(question, [dose], [0.9]))
    assert [dose_only.text[start:end] for start, end in dose_only.emphasis] == ["25 mg"]


def test_prose_with_one_label_is_no_entry() -> None:
    plain = make_passage([(BlockKind.PARAGRAPH, "Keep it cold. Note: never freeze it. It lasts 2 days.")])
    assert not any(piece.entry for piece in cut(plain))


def test_a_faqs_answer_to_another_question_is_quoted_with_its_question() -> None:
    question = ask("Can I return a gift card?")
    shop = make_passage(
        [
            (BlockKind.HEADING, "Can I exchange it in a shop?"),
            (BlockKind.PARAGRAPH, "Yes, in any shop. Bring the card with which you paid."),
        ]
    )
    assert [one.text for one in compose(question, ranked(question, [unit(shop, "Yes")], [0.9]))][:2] == [
        "“Can I exchange it in a shop?”",
        "“Yes, in any shop.”",
    ]
    same = ask("Can it be exchanged in a shop?")
    assert compose(same, ranked(same, [unit(shop, "Yes")], [0.9]))[0].text == "“Yes, in any shop.”"


def test_a_caption_that_was_just_quoted_sentence_by_sentence_is_not_repeated() -> None:
    table = make_passage(
        [
            (BlockKind.HEADING, "How long is the warranty?"),
            (BlockKind.PARAGRAPH, "It depends. It starts on delivery."),
            (BlockKind.TABLE_HEAD, "Product | Warranty"),
            (BlockKind.TABLE_ROW, "Kettle | 2 years"),
        ]
    )
    question = ask("How long is the warranty?")
    said = compose(question, ranked(question, [unit(table, "It depends"), unit(table, "Kettle")], [0.9, 0.9]))
    assert [sentence.text for sentence in said] == [
        "“It depends.”",
        "“It starts on delivery.”",
        "Also: “Product: Kettle; Warranty: 2 years”",
    ]


def test_what_lacks_a_word_that_the_best_place_has_is_quoted_unmarked() -> None:
    drugs = make_passage(
        [
            (BlockKind.PARAGRAPH, "Oxytocin: 10 mg within a minute of delivery."),
            (BlockKind.PARAGRAPH, "Tranexamic acid: 20 mg after delivery."),
        ]
    )
    question = replace(ask("What dose of oxytocin after delivery?"), expected=frozenset({Kind.DOSE}))
    first, second = compose(question, ranked(question, cut(drugs), [0.9, 0.9]))
    assert first.emphasis
    assert not second.emphasis


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Aspirin is never given to anyone under 16 years.", []),
        ("Loading: 4 g of the solution over 5 minutes, with 1 ml of water.", []),
        ("Aspirin is given once, 300 mg for 5 days.", ["300 mg"]),
    ],
)
def test_only_an_amount_of_medicine_is_marked_as_a_dose(text: str, marks: list[str]) -> None:
    passage = make_passage([(BlockKind.PARAGRAPH, text)])
    question = replace(ask("What is the dose of aspirin?"), expected=frozenset({Kind.DOSE}))
    (sentence,) = compose(question, ranked(question, cut(passage), [0.9]))
    assert [sentence.text[start:end] for start, end in sentence.emphasis] == marks


@pytest.mark.parametrize(
    ("following", "quoted_too"),
    [
        ("The proposal was rejected because the budget does not allow it.", True),
        ("However, nurses keep the old one.", True),
        ("It is not paid to trainees.", True),
        ("The roof leaks and is not mended.", False),
        ("No allowance is paid for lunch.", False),
        ("It is paid at the end of the month.", False),
    ],
)
def test_what_takes_a_sentence_back_is_quoted_with_it(following: str, quoted_too: bool) -> None:
    minutes = make_passage(
        [(BlockKind.PARAGRAPH, f"Ruth proposed to raise the allowance to 750 shillings. {following}")]
    )
    question = ask("Was the allowance raised?")
    said = compose(question, ranked(question, [unit(minutes, "Ruth")], [0.9]))
    assert [sentence.citations[0].quote for sentence in said][1:] == [following] * quoted_too


def test_a_sentence_that_begins_with_but_comes_with_the_one_before_it() -> None:
    rule = make_passage([(BlockKind.PARAGRAPH, "Aspirin may be given. But children get none of it.")])
    question = ask("Do children get aspirin?")
    said = compose(question, ranked(question, [unit(rule, "But")], [0.9]))
    assert [sentence.text for sentence in said] == ["“Aspirin may be given.”", "“But children get none of it.”"]


@pytest.mark.parametrize(
    ("asked", "text", "marks"),
    [
        ("What dose of amoxicillin?", "Those with an allergy are not given amoxicillin; they get iron 10 mg/kg.", []),
        ("What dose of hydralazine?", "If hydralazine is not available, give labetalol 10 mg.", []),
        ("What is given if hydralazine is not available?", "If hydralazine is not available, give 10 mg.", ["10 mg"]),
        ("What dose of nifedipine?", "Nifedipine 5 mg under the tongue is no longer recommended.", []),
        ("What dose of paracetamol?", "Paracetamol 5 mg, and no more than 10 times.", ["5 mg"]),
    ],
)
def test_the_dose_of_another_medicine_or_of_none_is_not_marked(asked: str, text: str, marks: list[str]) -> None:
    passage = make_passage([(BlockKind.PARAGRAPH, text)])
    question = replace(ask(asked), expected=frozenset({Kind.DOSE}))
    (sentence,) = compose(question, ranked(question, cut(passage), [0.9]))
    assert [sentence.text[start:end] for start, end in sentence.emphasis] == marks


def test_asked_what_must_not_be_done_nothing_is_marked_in_what_may() -> None:
    passage = make_passage([(BlockKind.PARAGRAPH, "Magnesium is for fits. Give no aspirin for 7 days.")])
    question = ask("What must not be given for fits?")
    may, must_not = cut(passage)
    read = Answering(0, len("Magnesium"), 0.9)
    assert not compose(question, [replace(ranked(question, [may], [0.9])[0], answering=read)])[0].emphasis
    assert compose(question, [replace(ranked(question, [must_not], [0.9])[0], answering=read)])[0].emphasis


def test_what_is_forbidden_to_others_is_not_marked() -> None:
    passage = make_passage(
        [(BlockKind.PARAGRAPH, "Loperamide is never given to children. In pregnancy magnesium is given.")]
    )
    question = replace(ask("What is never given in pregnancy?"), weights={"given": 0.3, "pregnanc": 0.7})
    children, pregnancy = ranked(question, cut(passage), [0.9, 0.5])
    read = replace(children, answering=Answering(0, len("Loperamide"), 0.9), matched=frozenset({"given"}))
    assert not compose(question, [read, replace(pregnancy, matched=frozenset({"pregnanc"}))])[0].emphasis
    assert compose(question, [read])[0].emphasis


@pytest.mark.parametrize(
    ("asked", "quoted_doses"),
    [
        ("What dose of morphine for a baby of 6 months?", ["Dose: adults 5 mg.", "Children over 1 year: 2 mg."]),
        ("What dose of morphine for adults?", ["Dose: adults 5 mg."]),
    ],
)
def test_where_no_sentence_of_an_entry_fits_all_that_are_for_an_age_are_quoted(
    asked: str, quoted_doses: list[str]
) -> None:
    entry = make_passage(
        [
            (
                BlockKind.PARAGRAPH,
                "Morphine (ampoule 10 mg). Dose: adults 5 mg. Children over 1 year: 2 mg. Avoid: asthma.",
            )
        ]
    )
    question = replace(ask(asked), expected=frozenset({Kind.DOSE}))
    said_of = compose(question, ranked(question, [unit(entry, "Dose")], [0.9]))
    assert [sentence.citations[0].quote for sentence in said_of] == ["Morphine (ampoule 10 mg).", *quoted_doses]
    assert not any(sentence.emphasis for sentence in said_of if "baby" in asked)


def test_what_is_said_of_the_asked_age_beside_a_table_without_a_row_for_it_is_told_with_the_table() -> None:
    fever = make_passage(
        [
            (BlockKind.PARAGRAPH, "Paracetamol, every 6 hours"),
            (BlockKind.TABLE_HEAD, "Age | Syrup"),
            (BlockKind.TABLE_ROW, "2 to 11 months | 2.5 ml"),
            (BlockKind.TABLE_ROW, "1 to 4 years | 5 ml"),
            (BlockKind.PARAGRAPH, "Shake the bottle. Babies under 2 months are referred to the hospital."),
        ]
    )
    text = "What is the dose of paracetamol for a baby of 4 weeks?"
    question = replace(ask(text), quantities=quantities(text))
    units = [unit(fever, "2 to 11"), unit(fever, "Shake"), unit(fever, "Babies")]
    assert said(compose(question, ranked(question, units, [0.9, 0.4, 0.3]))) == [
        "“Paracetamol, every 6 hours”",
        "“Age: 2 to 11 months; Syrup: 2.5 ml”",
        "“Age: 1 to 4 years; Syrup: 5 ml”",
        "Also: “Babies under 2 months are referred to the hospital.”",
    ]
    text = "What is the dose of paracetamol for a baby of 4 months?"
    question = replace(ask(text), quantities=quantities(text))
    assert len(compose(question, ranked(question, units, [0.9, 0.4, 0.3]))) == 2


ASPIRIN = make_passage(
    [
        (BlockKind.HEADING, "Aspirin: not for children under 16 years"),
        (BlockKind.PARAGRAPH, "Tablets of 300 mg are swallowed with water."),
        (BlockKind.HEADING, "Opening hours: 8:00 to 17:00"),
        (BlockKind.PARAGRAPH, "The gate is locked by the guard."),
        (BlockKind.HEADING, "3. Contacts"),
        (BlockKind.PARAGRAPH, "Call the head nurse."),
    ]
)


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("en", "Aspirin: not for children under 16 years"),
        ("en", "Zinc is given for 14 days"),
        ("fr", "Ouvert de 8 h 30 à 17 h"),
        ("es", "Ibuprofeno: no dar a niños"),
        ("de", "Öffnungszeiten: 8:00 bis 17:00 Uhr"),
        ("ar", "لا يعطى الأسبرين للأطفال"),
        ("hi", "14 दिन तक ज़िंक दिया जाता है"),
    ],
)
def test_a_heading_that_says_something_can_be_quoted(language: str, heading: str) -> None:
    passage = make_passage(
        [(BlockKind.HEADING, heading), (BlockKind.PARAGRAPH, "X.")], document=make_document(language=language)
    )
    assert cut(passage)[0].text == heading


@pytest.mark.parametrize(
    "heading", ["Aspirin", "3. Contacts", "Chapter 2", "Handbook 2025", "What is zinc for 5 days?"]
)
def test_a_heading_that_only_names_what_follows_is_not_quoted_by_itself(heading: str) -> None:
    passage = make_passage([(BlockKind.HEADING, heading), (BlockKind.PARAGRAPH, "X.")])
    assert [unit.text for unit in cut(passage)] == ["X."]


def test_a_heading_that_answers_is_told_alone_and_above_what_stands_below_it() -> None:
    hours = ask("What are the opening hours?")
    assert said(compose(hours, ranked(hours, [unit(ASPIRIN, "Opening")], [0.9]))) == ["“Opening hours: 8:00 to 17:00”"]
    children = ask("How much aspirin do children take?")
    composed = compose(children, ranked(children, [unit(ASPIRIN, "Tablets")], [0.9]))
    assert said(composed) == [
        "“Aspirin: not for children under 16 years”",
        "“Tablets of 300 mg are swallowed with water.”",
    ]
    assert not any(sentence.emphasis for sentence in composed), "what is denied above is not the answer"
    water = ask("What are tablets swallowed with?")
    assert len(compose(water, ranked(water, [unit(ASPIRIN, "Tablets")], [0.9]))) == 1
