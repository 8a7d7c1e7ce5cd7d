"""Which rows of a table are quoted, and which of their cells may be marked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.expectation import Kind
from rag.answering.extract import compose
from rag.answering.quantities import quantities
from rag.answering.reading import Answering
from rag.answering.units import cut
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage
from tests.unit.test_extract import BY_AGE, DOSES, MEDICINES, PLAN, ask, quoted, ranked, said, unit


def test_a_question_that_names_no_row_gets_the_whole_table() -> None:
    question = ask("What are the doses by weight?")
    sentences = compose(question, ranked(question, [unit(DOSES, "Paracetamol | 15")], [0.9]))
    assert [sentence.citations[0].quote for sentence in sentences] == [
        "Paracetamol | 10 to 15 kg | 150 mg",
        "Paracetamol | 15 to 20 kg | 240 mg",
    ]


ALL_AGES = [piece.text for piece in cut(BY_AGE) if piece.kind is BlockKind.TABLE_ROW]


@pytest.mark.parametrize(
    "question",
    [
        "What dose of paracetamol for a child of 25 kg?",
        "What dose of paracetamol for a child of 3 kg?",
        "What dose of paracetamol for a child of 9 years?",
        "What dose of paracetamol for a baby of 4 weeks?",
        "What dose of paracetamol for a child of 3 years and 25 kg?",
    ],
)
@pytest.mark.parametrize("best", ["2 to 11", "1 to 4", "12 years", "Adults"])
def test_without_a_row_for_the_asked_amount_the_whole_table_is_quoted_unmarked(question: str, best: str) -> None:
    assert quoted(question, BY_AGE, best) == ALL_AGES


def test_the_row_for_the_asked_amount_is_quoted_also_when_another_ranks_higher() -> None:
    for question in ("What dose for a child of 12 kg?", "What dose for a child of 18 months?"):
        (row,) = quoted(question, BY_AGE, "2 to 11")
        assert row.startswith("1 to 4 years | 10 to 17 | 120 mg")


def test_all_rows_that_hold_the_asked_amount_are_quoted() -> None:
    question = "What is the dose of paracetamol at 15 kg?"
    assert quoted(question, DOSES, "Paracetamol | 10") == [
        "Paracetamol | 10 to 15 kg | 150 mg [150 mg]",
        "Paracetamol | 15 to 20 kg | 240 mg [240 mg]",
    ]


def test_a_word_names_a_row_only_if_no_other_row_has_as_many() -> None:
    assert quoted("What dose for adults?", BY_AGE, "Adults") == ["Adults | 40 and more | 1000 mg [1000 mg]"]
    assert len(quoted("What dose of paracetamol?", DOSES, "Paracetamol | 10")) == 2
    assert quoted("How many tablets of amoxicillin at 12 kg?", MEDICINES, "Amoxicillin | 10") == [
        "Amoxicillin | 10 to 17 kg | 4 [4]"
    ]


def test_where_words_and_amount_name_different_rows_both_are_quoted_unmarked() -> None:
    assert quoted("What dose for an adult of 12 kg?", BY_AGE, "1 to 4") == [
        "1 to 4 years | 10 to 17 | 120 mg",
        "Adults | 40 and more | 1000 mg",
    ]
    signs = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Age | Sign | Syrup (ml)"),
            (BlockKind.TABLE_ROW, "1 to 4 years | fever | 5"),
            (BlockKind.TABLE_ROW, "5 to 12 years | cough | 10"),
        ]
    )
    assert quoted("How much syrup for a child of 3 years with cough?", signs, "5 to 12") == [
        "1 to 4 years | fever | 5",
        "5 to 12 years | cough | 10",
    ]


@pytest.mark.parametrize("best", ["Paracetamol | 18", "Amoxicillin | 4"])
def test_a_row_of_another_medicine_is_not_quoted_for_its_range(best: str) -> None:
    assert quoted("How many tablets of amoxicillin at 20 kg?", MEDICINES, best) == [
        "Amoxicillin | 4 to 9 kg | 3",
        "Amoxicillin | 10 to 17 kg | 4",
    ]
    assert quoted("How many tablets of amoxicillin at 12 kg?", MEDICINES, best) == ["Amoxicillin | 10 to 17 kg | 4 [4]"]


@given(medicine=st.sampled_from(["Paracetamol", "Amoxicillin"]), weight=st.integers(1, 60), best=st.integers(0, 3))
def test_only_rows_of_the_named_medicine_are_quoted(medicine: str, weight: int, best: int) -> None:
    text = f"How many tablets of {medicine.lower()} for a child of {weight} kg?"
    start = [piece.text for piece in cut(MEDICINES)][best]
    rows = quoted(text, MEDICINES, start)
    assert rows
    assert all(row.startswith(medicine) for row in rows)
    assert sum("[" in row for row in rows) <= 1


def test_empty_cells_at_the_beginning_of_a_row_belong_to_the_medicine_above() -> None:
    merged = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Medicine | Weight | Tablets"),
            (BlockKind.TABLE_ROW, "Paracetamol | 10 to 17 kg | 1"),
            (BlockKind.TABLE_ROW, "| 18 to 25 kg | 2"),
            (BlockKind.TABLE_ROW, "Amoxicillin | 4 to 9 kg | 3"),
            (BlockKind.TABLE_ROW, "| 10 to 17 kg | 4"),
        ]
    )
    assert quoted("How many tablets of amoxicillin at 12 kg?", merged, "Paracetamol") == ["| 10 to 17 kg | 4 [4]"]


HOURS = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Service | Days | Hours"),
        (BlockKind.TABLE_ROW, "Outpatient desk | Saturday | 08:30 to 12:30"),
        (BlockKind.TABLE_ROW, "Antenatal clinic | Wednesday | 08:30 to 14:00"),
        (BlockKind.TABLE_ROW, "Laboratory | Monday to Friday | 08:00 to 15:00"),
        (BlockKind.TABLE_ROW, "Pharmacy window | Monday to Saturday | 08:30 to 16:00"),
    ]
)


def test_a_row_that_shares_a_condition_does_not_join_the_named_service() -> None:
    (row,) = quoted("When is the laboratory open on Saturday?", HOURS, "Laboratory")
    assert row.startswith("Laboratory")
    (row,) = quoted("When is the antenatal clinic open on Friday?", HOURS, "Antenatal")
    assert row.startswith("Antenatal")
    assert [row[:6] for row in quoted("What is open on Saturday?", HOURS, "Outpatient")] == ["Outpat", "Pharma"]


def test_a_row_that_lacks_what_names_another_quoted_row_is_not_marked() -> None:
    for best, count in (("Outpatient", 3), ("Laboratory", 1)):
        rows = quoted("At what hours is the laboratory open on Saturday?", HOURS, best)
        assert len(rows) == count
        assert not any("[" in row for row in rows)


def test_of_all_rows_of_a_table_none_is_marked() -> None:
    rows = quoted("At what hours are services open?", HOURS, "Laboratory")
    assert len(rows) == 4
    assert not any("[" in row for row in rows)


@pytest.mark.parametrize(
    ("language", "question", "denied"),
    [
        ("en", "How is diazepam given?", "Not given"),
        ("en", "Is diazepam used in children?", "Not used"),
        ("fr", "Comment utilise-t-on le diazépam ?", "pas de diazépam"),
        ("es", "¿Cómo se usa el diazepam?", "no se usa"),
        ("sw", "Diazepam hutumiwa vipi?", "bila diazepam"),
        ("ar", "كيف يستخدم الدواء؟", "لا يستخدم"),
        ("ur", "دوا کیسے استعمال کریں؟", "استعمال نہ کریں"),
        ("hi", "दवा का उपयोग कैसे करें?", "उपयोग नहीं करें"),
    ],
)
def test_a_cell_that_denies_names_no_row(language: str, question: str, denied: str) -> None:
    table = make_passage(
        [(BlockKind.TABLE_ROW, f"0 - 1 | {denied}"), (BlockKind.TABLE_ROW, "2 - 4 | 5 mg")],
        document=make_document(language=language),
    )
    assert len(quoted(question, table, "0", language)) == 2


def test_that_something_is_given_names_no_row_and_nor_does_what_a_row_gives() -> None:
    table = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Vaccine | Amount | Remark"),
            (BlockKind.TABLE_ROW, "Rota | 2 ml of syrup | Given by mouth"),
            (BlockKind.TABLE_ROW, "Measles | half a millilitre | Kept cold, not shaken"),
        ]
    )
    for question in ("How is polio given?", "How much syrup?", "What is shaken?"):
        assert [len(quoted(question, table, best)) for best in ("Rota", "Measles")] == [2, 2]
    assert len(quoted("What goes into the mouth?", table, "Rota")) == 1
    assert len(quoted("What is not shaken?", table, "Measles")) == 1


def test_a_name_may_end_in_an_amount_in_any_column() -> None:
    stock = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Code | Item | Stock"),
            (BlockKind.TABLE_ROW, "A-1 | Solar lamp | 64"),
            (BlockKind.TABLE_ROW, "A-2 | Solar panel 20 W | 14"),
        ]
    )
    assert len(quoted("How many solar panels are there?", stock, "A-2")) == 1


def test_a_single_letter_names_rows() -> None:
    levels = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Medicine | Level"),
            (BlockKind.TABLE_ROW, "Diazepam | C"),
            (BlockKind.TABLE_ROW, "Oxytocin | M"),
            (BlockKind.TABLE_ROW, "Methyldopa | M"),
        ]
    )
    rows = quoted("Which medicines are level M?", levels, "Methyldopa")
    assert [row.split(" ")[0] for row in rows] == ["Oxytocin", "Methyldopa"]


def test_a_row_that_states_the_asked_age_is_quoted_alone() -> None:
    assert quoted("Which vaccines at 9 months?", PLAN, "9 months") == ["9 months | Measles 1 [Measles 1]"]
    assert len(quoted("Which vaccines at 10 months?", PLAN, "9 months")) == 3


TESTS = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Test | Price"),
        (BlockKind.TABLE_ROW, "Malaria, rapid | Free"),
        (BlockKind.TABLE_ROW, "Malaria, slide | 30 shillings"),
        (BlockKind.TABLE_ROW, "Blood sugar | 40 shillings"),
        (BlockKind.TABLE_ROW, "Panel 20 W | 10 shillings"),
        (BlockKind.TABLE_ROW, "Panel 50 W | 20 shillings"),
    ]
)


def test_rows_that_match_equally_are_all_quoted() -> None:
    question = ask("What does a malaria test cost?")
    sentences = compose(question, ranked(question, [unit(TESTS, "Malaria, slide")], [0.9]))
    assert [sentence.citations[0].quote for sentence in sentences] == [
        "Malaria, rapid | Free",
        "Malaria, slide | 30 shillings",
    ]


def test_a_row_with_the_asked_amount_is_matched_by_no_other() -> None:
    question = replace(ask("Price of a 20 W panel?"), quantities=quantities("a 20 W panel"))
    rows = [unit(TESTS, "Panel 20"), unit(TESTS, "Panel 50")]
    sentences = compose(question, ranked(question, rows, [0.9, 0.89]))
    assert [sentence.citations[0].quote for sentence in sentences] == ["Panel 20 W | 10 shillings"]


def test_a_row_that_names_something_more_joins_the_others_of_its_table() -> None:
    question = ask("What do malaria and blood sugar tests cost?")
    rows = [unit(TESTS, "Blood"), unit(TESTS, "Malaria, rapid")]
    sentences = compose(question, ranked(question, rows, [0.9, 0.89]))
    assert [sentence.citations[0].quote[:8] for sentence in sentences] == ["Malaria,", "Malaria,", "Blood su"]
    assert not any("Also" in text for text in said(sentences))


BANDS = make_passage(
    [
        (
            BlockKind.TABLE_HEAD,
            "Medicine | 3-5.9 kg: 0-4 months | 6-9.9 kg: 5-11 months | 10-13.9 kg: 1-3 years | Times a day",
        ),
        (BlockKind.TABLE_ROW, "Amoxicillin 250 mg | 1/2 | 1 | 2 | 2 times"),
        (BlockKind.TABLE_ROW, "Ciprofloxacin 250 mg | not given | 1/2 | 1/2 | 3 times"),
    ]
)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How many tablets of amoxicillin for a child of 7 kg?", "1"),
        ("What dose of amoxicillin for a child of 8 months?", "1"),
        ("What dose of amoxicillin for a child of 2 years and 13 kg?", "2"),
        ("What dose of ciprofloxacin at 4 kg?", "not given"),
        ("How many times a day is amoxicillin given at 7 kg?", "2 times"),
    ],
)
def test_columns_for_weights_and_ages_tell_the_cell(question: str, value: str) -> None:
    (row,) = quoted(question, BANDS, "Amoxicillin" if "amox" in question else "Ciprofloxacin")
    assert row.endswith(f"[{value}]")


@pytest.mark.parametrize("amount", ["2 kg", "30 kg", "9 years", "7 kg and 2 years"])
def test_outside_of_all_columns_nothing_is_marked(amount: str) -> None:
    (row,) = quoted(f"How many tablets of amoxicillin for a child of {amount}?", BANDS, "Amoxicillin")
    assert "[" not in row


PENTA = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Age | Vaccine | Dose"),
        (BlockKind.TABLE_ROW, "6 weeks | Penta 1 | 0.5 ml"),
        (BlockKind.TABLE_ROW, "6 weeks | Rota 1 | 1.5 ml"),
        (BlockKind.TABLE_ROW, "10 weeks | Penta 2 | 0.6 ml"),
        (BlockKind.TABLE_ROW, "14 weeks | Penta 3 | 0.7 ml"),
    ]
)


def test_a_number_behind_a_name_is_part_of_it() -> None:
    assert quoted("What is the dose of Penta 2?", PENTA, "6 weeks | Penta") == ["10 weeks | Penta 2 | 0.6 ml [0.6 ml]"]
    assert len(quoted("What is the dose of Penta?", PENTA, "6 weeks | Penta")) == 3
    urdu = make_passage(
        [
            (BlockKind.TABLE_HEAD, "ماڈل | قیمت"),
            (BlockKind.TABLE_ROW, "چھت 48 | 7,500"),
            (BlockKind.TABLE_ROW, "چھت 56 | 8,900"),
        ],
        document=make_document(language="ur"),
    )
    (row,) = quoted("چھت 56 کی قیمت کیا ہے؟", urdu, "چھت 48", "ur")
    assert row.startswith("چھت 56")


def test_a_measure_behind_the_number_makes_it_an_amount() -> None:
    assert len(quoted("What dose of paracetamol 15 kg?", DOSES, "Paracetamol | 10")) == 2


def test_all_rows_that_state_the_amount_are_quoted() -> None:
    question = "Which vaccines does a child of 6 weeks get?"
    assert quoted(question, PENTA, "6 weeks | Rota") == [
        "6 weeks | Penta 1 | 0.5 ml [Penta 1]",
        "6 weeks | Rota 1 | 1.5 ml [Rota 1]",
    ]
    (row,) = quoted("What dose of Rota at 6 weeks?", PENTA, "6 weeks | Rota")
    assert row.startswith("6 weeks | Rota")


FEES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Product | Return within | Repair fee"),
        (BlockKind.TABLE_ROW, "Kettle | 30 days | EUR 15"),
        (BlockKind.TABLE_ROW, "Refrigerator | 14 days | EUR 90"),
    ]
)


def test_money_under_another_head_than_the_named_one_is_not_marked() -> None:
    money = {"expected": frozenset({Kind.MONEY, Kind.NUMBER})}
    question = replace(ask("How much does it cost to return a refrigerator?"), **money)
    (row,) = compose(question, ranked(question, [unit(FEES, "Refrigerator")], [0.9]))
    assert not row.emphasis
    question = replace(ask("How much does a repair of the refrigerator cost?"), **money)
    (row,) = compose(question, ranked(question, [unit(FEES, "Refrigerator")], [0.9]))
    assert [row.text[start:end] for start, end in row.emphasis] == ["EUR 90"]


def test_the_days_of_a_delivery_are_not_what_it_costs() -> None:
    desks = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Item | Price (EUR) | Delivery (days)"),
            (BlockKind.TABLE_ROW, "Desk | 249 | 14"),
            (BlockKind.TABLE_ROW, "Chair | 99 | 5"),
        ]
    )
    for asked, kinds, marks in (
        ("What does delivery of the desk cost?", {Kind.MONEY}, []),
        ("What price is the desk?", {Kind.MONEY}, ["249"]),
        ("How many days does delivery of the desk take?", {Kind.NUMBER}, ["14"]),
    ):
        question = replace(ask(asked), expected=frozenset(kinds))
        (row,) = compose(question, ranked(question, [unit(desks, "Desk")], [0.9]))
        assert [row.text[start:end] for start, end in row.emphasis] == marks


def test_a_cell_under_the_named_head_with_a_new_amount_is_not_given_by_the_question() -> None:
    leave = make_passage(
        [
            (BlockKind.TABLE_HEAD, "छुट्टी | दिन प्रति वर्ष | सूचना"),
            (BlockKind.TABLE_ROW, "अर्जित छुट्टी | 18 | 15 दिन पहले"),
            (BlockKind.TABLE_ROW, "अवैतनिक छुट्टी | 30 | 20 दिन पहले"),
        ],
        document=make_document(language="hi"),
    )
    question = "अर्जित छुट्टी के लिए कितने दिन पहले सूचना देनी है?"
    assert quoted(question, leave, "अर्जित", "hi") == ["अर्जित छुट्टी | 18 | 15 दिन पहले [15 दिन पहले]"]


NO_HEAD = make_passage(
    [
        (BlockKind.HEADING, "Who may do what"),
        (BlockKind.TABLE_ROW, "Task | Midwife | Doctor"),
        (BlockKind.TABLE_ROW, "Vacuum extraction | after training | yes"),
        (BlockKind.TABLE_ROW, "Caesarean section | no | yes"),
    ]
)


def test_the_first_row_of_a_table_without_a_head_is_quoted_too() -> None:
    assert quoted("Can a midwife do a caesarean section?", NO_HEAD, "Caesarean") == [
        "Task | Midwife | Doctor",
        "Caesarean section | no | yes",
    ]
    goes_on = make_passage([(BlockKind.TABLE_ROW, text) for text in ("Stitches | yes | no", "Caesarean | no | yes")])
    assert quoted("Can a midwife do a caesarean?", goes_on, "Caesarean") == ["Caesarean | no | yes"]


def test_what_a_reader_finds_in_a_row_without_heads_is_not_marked() -> None:
    question = ask("How many tablets of cotrimoxazole for 15 kg?")
    table = make_passage([(BlockKind.TABLE_ROW, "Cotrimoxazole 120 mg | 1 | 2 | 3")])
    (entry,) = ranked(question, cut(table), [0.9])
    read = replace(entry, answering=Answering(23, 32, 0.9))
    assert not compose(question, [read])[0].emphasis


def test_a_word_that_stands_in_every_row_names_none() -> None:
    rooms = make_passage(
        [
            (BlockKind.TABLE_HEAD, "Doctor | Department | Room"),
            (BlockKind.TABLE_ROW, "Dr Meera Sharma | Children | 4"),
            (BlockKind.TABLE_ROW, "Dr Anil Verma | Eyes | 5"),
        ]
    )
    assert quoted("In which room is Dr Anil Verma?", rooms, "Dr Anil") == ["Dr Anil Verma | Eyes | 5 [5]"]
    assert not any("[" in row for row in quoted("In which room is Dr Sunita Rawat?", rooms, "Dr Meera"))
