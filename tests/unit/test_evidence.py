from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.evidence import CONTEXT_WEIGHT, EMBEDDED_UNITS, ODDS, EvidenceRanker, RankedUnit, giving_first
from rag.answering.expectation import Kind
from rag.answering.fitness import gives_expected
from rag.answering.quantities import Quantity
from rag.answering.question import Question, naming
from rag.answering.units import cut
from rag.core.types import BlockKind, Passage
from rag.store.keywords import TantivyIndex
from rag.testing.embedding import HashEmbedder
from rag.testing.passages import make_document, make_passage
from rag.testing.reader import FirstNumberReader

# What the words of a question are weighed by: "vaccine" is everywhere, "carrier" in one chunk only.
INDEXED = [
    ("a", "The vaccine fridge is kept cold.", "en"),
    ("b", "The vaccine fridge is checked.", "en"),
    ("c", "The vaccine carrier keeps cold.", "en"),
    ("d", "Vaccine stock is counted.", "en"),
]
DOSES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Medicine | Weight | Dose"),
        (BlockKind.TABLE_ROW, "Paracetamol | 5 to 9 kg | 60 mg"),
        (BlockKind.TABLE_ROW, "Paracetamol | 10 to 14 kg | 120 mg"),
        (BlockKind.TABLE_ROW, "Paracetamol | 15 to 19 kg | 180 mg"),
    ]
)

Make = Callable[..., EvidenceRanker]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    keywords = TantivyIndex(tmp_path / "keywords")
    keywords.add(INDEXED)
    yield lambda trust=1.0, read=1.0: EvidenceRanker(
        HashEmbedder(), keywords, lambda _language: trust, FirstNumberReader(read)
    )
    keywords.close()


def ask(ranker: EvidenceRanker, text: str) -> Question:
    return ranker.prepare(text, "en", HashEmbedder().encode_query(text))


def said(*sentences: str, **about: object) -> Passage:
    """A passage of one paragraph for each sentence."""
    return make_passage([(BlockKind.PARAGRAPH, sentence) for sentence in sentences], **about)


def best(ranker: EvidenceRanker, question: str, passages: Sequence[Passage]) -> RankedUnit:
    return ranker.rank(ask(ranker, question), passages)[0]


def test_rare_words_weigh_more_and_all_weigh_one(make: Make) -> None:
    question = ask(make(), "Is the vaccine carrier better than the fridge or a typhoid box?")
    weights = question.weights
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["vaccin"] < weights["fridg"] < weights["carrier"] < weights["typhoid"]
    assert "the" not in weights


def test_a_question_is_prepared_with_what_it_asks_about_and_for(make: Make) -> None:
    question = ask(make(0.4), "How many tablets for a child of 8 kg?")
    assert question.quantities == {Quantity("8", "kg")}
    assert question.expected == {Kind.NUMBER}
    assert question.trust == 0.4


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("What is the dose of paracetamol for a child of 7 kg?", "5 to 9 kg"),
        ("What is the dose of paracetamol for a child of 12 kg?", "10 to 14 kg"),
        ("What is the dose of paracetamol for a child of 19 kg?", "15 to 19 kg"),
    ],
)
def test_the_row_whose_range_holds_the_asked_weight_comes_first(make: Make, question: str, row: str) -> None:
    assert row in best(make(), question, [DOSES]).unit.text


def test_a_range_counts_most_where_the_questions_words_are(make: Make) -> None:
    # No row for 22 kg of the asked medicine; one of another.
    other = make_passage(
        [
            (BlockKind.PARAGRAPH, "Zinc, by weight"),
            (BlockKind.TABLE_HEAD, "Weight | Dose"),
            (BlockKind.TABLE_ROW, "10 to 19 kg | 10 mg"),
            (BlockKind.TABLE_ROW, "20 to 29 kg | 20 mg"),
        ],
        key="[2]",
    )
    assert best(make(0.0), "What dose of paracetamol at 22 kg?", [other, DOSES]).unit.passage is DOSES
    assert "20 to 29 kg" in best(make(0.0), "What dose of zinc at 22 kg?", [other, DOSES]).unit.text


def test_what_holds_the_kind_of_thing_asked_for_comes_first(make: Make) -> None:
    with_number = "The vaccine fridge is checked 2 times."
    passage = said("The vaccine fridge is checked many times.", with_number)
    assert best(make(0.0), "How many times is the vaccine fridge checked?", [passage]).unit.text == with_number


def test_words_side_by_side_as_in_the_question_come_first(make: Make) -> None:
    passages = [said("Keep the carrier and the box in the store."), said("Keep the box carrier in the store.")]
    assert best(make(0.0), "Is the box carrier in the store?", passages).unit.passage is passages[1]


def test_a_word_around_a_unit_counts_less_than_one_in_it(make: Make) -> None:
    ranker = make()
    in_text = best(ranker, "Carrier?", [said("The carrier is blue.")])
    in_heading = best(ranker, "Carrier?", [said("It is blue.", heading_path=("The carrier",))])
    nowhere = best(ranker, "Carrier?", [said("It is blue.")])
    assert (in_text.coverage, in_heading.coverage, nowhere.coverage) == (1.0, CONTEXT_WEIGHT, 0.0)
    assert [set(entry.matched) for entry in (in_text, in_heading, nowhere)] == [{"carrier"}, {"carrier"}, set()]


def test_meaning_counts_as_far_as_it_is_trusted(make: Make) -> None:
    # Without content words in common; the function words make the two alike to this embedder.
    passage = said("what is it that we do with this one")
    question = "what is it that we do with that carrier"
    entry = best(make(1.0), question, [passage])
    assert entry.similarity > 0.3
    assert entry.score > best(make(0.5), question, [passage]).score > best(make(0.0), question, [passage]).score


def test_coverage_is_that_of_the_passage_that_says_most(make: Make) -> None:
    ranker = make()
    question = ask(ranker, "Is the vaccine carrier cold?")
    titled = said("It stays cold.", heading_path=("Carrier",), document=make_document(title="Vaccine"))
    assert ranker.coverage(question, [said("Unrelated."), titled]) == pytest.approx(1.0)
    assert ranker.coverage(question, [said("The carrier.")]) == pytest.approx(question.weights["carrier"])
    assert ranker.coverage(question, [said("Unrelated.")]) == 0.0
    assert ranker.coverage(question, []) == 0.0


def test_nothing_to_rank(make: Make) -> None:
    assert make().rank(ask(make(), "Is it cold?"), []) == []


def test_no_more_units_are_embedded_than_time_allows(make: Make) -> None:
    long = said(
        *(f"Sentence number {n} is about the store." for n in range(3 * EMBEDDED_UNITS)), "The carrier is here."
    )
    ranked = make().rank(ask(make(), "Where is the carrier?"), [long])
    assert len(ranked) == EMBEDDED_UNITS
    # Whatever its place, the unit with the question's words is among them.
    assert ranked[0].unit.text == "The carrier is here."
    assert [entry.score for entry in ranked] == sorted((entry.score for entry in ranked), reverse=True)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Is it anaphylactic?", "This is anaphylaxis."),
        ("The refrigerators?", "The refrigeration is off."),
        ("Who is vaccinated?", "The vaccine is given."),
    ],
)
def test_a_word_of_the_same_family_is_not_missing(make: Make, asked: str, written: str) -> None:
    ranker = make()
    question = ask(ranker, asked)
    assert ranker.weigh(question, ranker.rank(question, [said(written)])).missing == 0.0


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Is there typhoid?", "There is a vaccine against tetanus."),
        ("The lamp SL200?", "The lamp SL300 is sold."),  # codes have no family
        ("Ants?", "The plants are green."),  # nor have words of two or three letters
    ],
)
def test_another_word_is_missing(make: Make, asked: str, written: str) -> None:
    ranker = make()
    question = ask(ranker, asked)
    assert ranker.weigh(question, ranker.rank(question, [said(written)])).missing > 0.4


def test_what_is_missing_is_the_weightiest_word(make: Make) -> None:
    ranker = make()
    text = "Is the vaccine carrier for typhoid?"
    question = ask(ranker, text)
    evidence = ranker.weigh(question, ranker.rank(question, [said("The carrier is blue.")]))
    assert evidence.missing == question.weights["typhoid"] > question.weights["vaccin"]


def test_an_amount_that_the_best_unit_holds_is_not_missing(make: Make) -> None:
    ranker = make()
    question = ask(ranker, "How much vitamin A at 8 months?")
    passages = [said("Infants from 6 to 11 months get 100,000 units of vitamin A.")]
    assert ranker.weigh(question, ranker.rank(question, passages)).missing == 0.0
    others = [said("Infants from 6 to 7 months get 100,000 units of vitamin A.")]
    assert ranker.weigh(question, ranker.rank(question, others)).missing > 0.0


def test_evidence_says_whether_the_kind_is_given_and_how_far_meaning_counts(make: Make) -> None:
    ranker = make(0.25)
    text = "How many carriers are there?"
    question = ask(ranker, text)
    without = ranker.weigh(question, ranker.rank(question, [said("The carriers are there.")]))
    ranked = ranker.rank(question, [said("There are 7 carriers.")])
    given = ranker.weigh(question, ranked)
    assert (without.lacking, given.lacking) == (1.0, 0.0)
    assert given.untrusted == 0.75
    assert given.meaning == pytest.approx(0.25 * max(0.0, ranked[0].similarity))


def test_the_best_units_are_read_and_the_surest_counts(make: Make) -> None:
    ranker = make(0.5, 0.75)
    question = ask(ranker, "How cold is the carrier?")
    ranked = ranker.rank(
        question, [said("The carrier is kept cold.", "It is 5 degrees there.", "So be it.", "No, no.")]
    )
    read = [entry for entry in ranked if entry.answering]
    assert read == ranked[:3]
    surest = max(entry.answering.probability for entry in read)
    weighed = ranker.weigh(question, ranked)
    assert weighed.read == 0.75
    assert surest > 0.9
    lowest, highest = ODDS
    assert lowest + (highest - lowest) * weighed.reading == pytest.approx(math.log(surest / (1 - surest)))


def test_a_strength_in_stock_is_read_for_no_dose(make: Make) -> None:
    ranker = make()
    stock = [said("Doxycycline 100 mg: at most 1000 in stock.")]
    dose, amount = (ask(ranker, f"{asked} of doxycycline?") for asked in ("What is the dose", "How much"))
    assert ranker.weigh(amount, ranker.rank(amount, stock)).reading > 0.0
    assert ranker.weigh(dose, ranker.rank(dose, stock)).reading == 0.0


def test_nothing_is_read_in_a_language_that_the_reader_does_not_know(make: Make) -> None:
    ranker = make(1.0, 0.05)
    question = ask(ranker, "How cold is the carrier?")
    ranked = ranker.rank(question, [said("It is 5 degrees.")])
    assert ranked[0].answering is None
    weighed = ranker.weigh(question, ranked)
    assert (weighed.reading, weighed.read) == (0.0, 0.0)


HOURS = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Service | Open"),
        (BlockKind.TABLE_ROW, "Pharmacy | Monday to Saturday"),
        (BlockKind.TABLE_ROW, "Laboratory | Monday to Friday"),
        (BlockKind.TABLE_ROW, "Dressing room | Monday and Thursday"),
    ]
)


def follow_up(ranker: EvidenceRanker, searched: str, named: str) -> Question:
    return naming(ask(ranker, searched), named)


def test_of_a_table_the_row_comes_first_that_a_follow_up_names(make: Make) -> None:
    ranker = make()
    searched = "pharmacy open Monday to Saturday And the laboratory?"
    assert ranker.rank(ask(ranker, searched), [HOURS])[0].unit.text.startswith("Pharmacy")
    ranked = ranker.rank(follow_up(ranker, searched, "laboratory"), [HOURS])
    assert ranked[0].unit.text.startswith("Laboratory")
    assert ranked[1].score < ranked[0].score / 2 + 0.1


def test_what_a_follow_up_names_elsewhere_does_not_outrank_the_topic(make: Make) -> None:
    ranker = make()
    passages = [
        said("The dose of lidocaine is 3 mg.", "For ibuprofen the maximum is 30 mg."),
        make_passage([(BlockKind.TABLE_HEAD, "Medicine | Maximum"), (BlockKind.TABLE_ROW, "Diazepam | 10")], key="[2]"),
    ]
    plain = ranker.rank(ask(ranker, "dose lidocaine And the maximum?"), passages)
    named = ranker.rank(follow_up(ranker, "dose lidocaine And the maximum?", "maximum"), passages)
    assert [entry.score for entry in named] == [entry.score for entry in plain]


def test_what_a_follow_up_replaces_stands_in_the_same_column(make: Make) -> None:
    ranker = make()
    assert ranker.replaced(follow_up(ranker, "pharmacy open And the laboratory?", "laboratory"), [HOURS]) == {
        "pharmaci"
    }
    assert not ranker.replaced(follow_up(ranker, "pharmacy open And the warehouse?", "warehouse"), [HOURS])
    assert not ranker.replaced(follow_up(ranker, "pharmacy open Monday?", ""), [HOURS])
    assert not ranker.replaced(follow_up(ranker, "pharmacy And Friday?", "Friday"), [HOURS])
    assert not ranker.replaced(follow_up(ranker, "pharmacy And the laboratory?", "laboratory"), [])


def test_the_row_that_has_most_of_a_follow_ups_words_replaces_the_others(make: Make) -> None:
    leave = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Kind | Days"),
            (BlockKind.TABLE_ROW, "Maternity leave | 182"),
            (BlockKind.TABLE_ROW, "Paternity leave | 7"),
        ]
    )
    question = follow_up(make(), "maternity days And paternity leave?", "paternity leave")
    assert make().replaced(question, [leave]) == {"matern"}


def test_asked_what_is_not_done_a_text_that_denies_something_comes_first(make: Make) -> None:
    may, must_not = "Metformin tablets are used with meals.", "Tetracycline tablets are never used with meals."
    assert best(make(), "Which tablets are not used with meals?", [said(may, must_not)]).unit.text == must_not
    assert best(make(), "Which tablets are used with meals?", [said(must_not, may)]).unit.text == may


def test_the_dose_of_what_is_used_instead_comes_behind(make: Make) -> None:
    instead = "Where artesunate is not available, the dose for adults is artemether 3 mg/kg."
    own = "The dose of artesunate is 2 mg/kg."
    assert best(make(), "What dose of artesunate for adults with fits?", [said(instead, own)]).unit.text == own


def test_a_sentence_of_an_entry_is_about_what_the_entry_names(make: Make) -> None:
    entries = said(
        "Atenolol (tablet 50 mg). Dose: 25 mg once a day. Pregnancy: avoid. Do not use: asthma.",
        "Captopril (tablet 25 mg). Dose: 12 mg once a day. Pregnancy: stop. Do not use: stenosis.",
    )
    assert best(make(), "Is captopril safe in pregnancy?", [entries]).unit.text == "Pregnancy: stop."
    assert best(make(), "What dose of atenolol?", [entries]).unit.text == "Dose: 25 mg once a day."


def test_what_only_another_passage_says_of_a_follow_up_is_missing(make: Make) -> None:
    ranker = make()
    aspirin = said("Aspirin is never given to children in fever.")
    ibuprofen = said("The stock of tablets and of ibuprofen is counted on the last day of the month.", key="[2]")
    question = follow_up(ranker, "aspirin given children fever And ibuprofen?", "ibuprofen")
    ranked = ranker.rank(question, [aspirin, ibuprofen])
    assert ranked[0].unit.text.startswith("Aspirin")
    assert ranker.weigh(question, ranked).missing == 1.0
    alone = ranker.rank(question, [aspirin])
    assert ranker.weigh(question, alone).missing < 1.0


def test_which_person_is_meant_may_be_told_by_age_alone(make: Make) -> None:
    ranker = make()
    passages = [said("The dose of adrenaline is 0.5 mg at 12 years."), said("Salt is given to adults.", key="[2]")]
    question = follow_up(ranker, "dose adrenaline And for an adult?", "adult")
    ranked = ranker.rank(question, passages)
    assert "adrenaline" in ranked[0].unit.text
    assert ranker.weigh(question, ranked).missing < 1.0


def test_what_gives_the_asked_thing_of_the_same_item_comes_before_what_only_ranks_higher(make: Make) -> None:
    lamps = make_passage(
        [
            (BlockKind.PARAGRAPH, "The SL-10 shines for 8 hours on a full battery."),
            (BlockKind.TABLE_HEAD, "Lamp | Price (shillings)"),
            (BlockKind.TABLE_ROW, "SL-10 | 950"),
            (BlockKind.TABLE_ROW, "SL-20 | 1850"),
        ]
    )
    ranker = make()
    question = ask(ranker, "How much does the SL-10 cost with a full battery?")
    units = [RankedUnit(unit, 0.9, 0.5, 0.5, frozenset({"sl-10"})) for unit in cut(lamps)]
    units[1] = replace(units[1], score=0.8)
    units[2] = replace(units[2], score=0.7, matched=frozenset())
    assert giving_first(question, units, lambda unit: gives_expected(question, unit))[0].unit.text == "SL-10 | 950"
    assert giving_first(question, [units[0], units[2]], lambda unit: gives_expected(question, unit))[0] == units[0]


@pytest.mark.parametrize(
    ("behind", "first"),
    [
        ("To cancel, call at least 24 hours before.", "The report of an X-ray comes the same day."),
        ("The report comes within 2 hours.", "The report comes within 2 hours."),
    ],
)
def test_what_gives_something_comes_first_only_for_words_of_its_own(make: Make, behind: str, first: str) -> None:
    passage = make_passage([(BlockKind.PARAGRAPH, f"The report of an X-ray comes the same day. {behind}")])
    question = ask(make(), "After how many hours does the report of an X-ray come?")
    # Each has the words of the sentence before it, too.
    units = [RankedUnit(unit, 0.9, 0.5, 0.5, frozenset({"report", "x-ray", "come"})) for unit in cut(passage)]
    assert giving_first(question, units, lambda unit: unit == units[1].unit)[0].unit.text == first


def test_what_is_said_of_another_of_a_series_is_not_ranked(make: Make) -> None:
    passage = said("The SL-20 shines for 12 hours.", "The SL-30 has a handle.")
    ranked = make().rank(ask(make(), "How long does the SL-30 shine?"), [passage])
    assert [entry.unit.text for entry in ranked] == ["The SL-30 has a handle."]


def test_for_whom_a_row_is_says_its_age_and_no_word_need_say_it(make: Make) -> None:
    ages = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Medicine | 2 to 11 months | 1 to 4 years"),
            (BlockKind.TABLE_ROW, "Zinc | 10 mg | 20 mg"),
        ]
    )
    ranker = make()
    question = ask(ranker, "What zinc for a child of 8 months?")
    assert ranker.weigh(question, ranker.rank(question, [ages])).missing == 0.0
    other = ask(ranker, "What zinc for a child of 8 years?")
    assert ranker.weigh(other, ranker.rank(other, [ages])).missing > 0.0


def test_that_something_is_given_need_not_stand_in_the_row_for_an_age(make: Make) -> None:
    ages = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Zinc for | Tablets"),
            (BlockKind.TABLE_ROW, "2 to 11 months | half a tablet"),
            (BlockKind.TABLE_ROW, "1 to 4 years | 1 tablet"),
        ]
    )
    ranker = make()
    lacking = ask(ranker, "How many tablets of iron are given to a toddler aged 2 years?")
    plain = ask(ranker, "How many tablets of zinc are given to a toddler aged 2 years?")
    assert ranker.weigh(plain, ranker.rank(plain, [ages])).missing == 0.0
    assert ranker.weigh(lacking, ranker.rank(lacking, [ages])).missing > 0.0
