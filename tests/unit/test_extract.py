from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.answering.evidence import Question, RankedUnit
from rag.answering.extract import compose, plain_text
from rag.answering.quantities import quantities
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
        (BlockKind.PARAGRAPH, "Vitamin A is given to children from 6 months on. It is not given again within a month."),
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
    sentences = compose(question, ranked(question, [unit(CARE, "It is not")], [0.9]))
    assert said(sentences) == [
        "“Vitamin A is given to children from 6 months on.”",
        "“It is not given again within a month.”",
    ]


def test_what_was_just_quoted_is_not_quoted_again_above_what_goes_on_from_it() -> None:
    question = ask("Is vitamin given children again?")
    units = [unit(CARE, "Vitamin"), unit(CARE, "It is not")]
    assert said(compose(question, ranked(question, units, [0.9, 0.89]))) == [
        "“Vitamin A is given to children from 6 months on.”",
        "Also: “It is not given again within a month.”",
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
