"""Whether a row, an item or a sentence is for the weight or age that a question names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.fitting import amounts_asked, fits, naming_terms, states, text_fits
from rag.answering.units import Unit, cut
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage

RANGES = {
    "en": [
        "{} to {} kg",
        "{}-{} kg",
        "{} kg to {} kg",
        "from {} kg to {} kg",
        "between {} and {} kg",
        "{} up to {} kg",
    ],
    "fr": ["{} à {} kg", "de {} à {} kg", "de {} kg à {} kg", "entre {} et {} kg", "{} - {} kg"],
    "es": ["{} a {} kg", "de {} a {} kg", "de {} hasta {} kg", "entre {} y {} kg"],
    "sw": ["kilo {} hadi {}", "kilo {} hadi kilo {}", "kati ya kilo {} na {}", "{} - {} kg"],
    "ar": ["من {} إلى {} كغ", "{} - {} كغ", "بين {} و{} كغ"],
    "ur": ["{} سے {} کلو", "{} کلو سے {} کلو"],
    "hi": ["{} से {} किलो", "{} किलो से {} किलो"],
    "de": ["{} bis {} kg"],
    "zh": ["{}至{}公斤"],
}
FROM = {
    "en": [
        "{} kg and more",
        "at least {} kg",
        "from {} kg",
        "no less than {} kg",
        "≥ {} kg",
        ">={} kg",
        "{}+ kg",
        "{} kg+",
    ],
    "fr": ["{} kg et plus", "{} kg ou plus", "à partir de {} kg", "≥ {} kg", "{} kg+"],
    "es": ["{} kg y más", "{} kg o más", "desde {} kg", "{} kg en adelante"],
    "sw": ["kilo {} na zaidi", "kilo {} au zaidi", "kuanzia kilo {}"],
    "ar": ["{} كغ فأكثر", "{} كغ وما فوق"],
    "ur": ["{} کلو یا زیادہ", "{} کلو اور زیادہ"],
    "hi": ["{} किलो या अधिक", "{} किलो और अधिक"],
}
OVER = {
    "en": ["over {} kg", "more than {} kg", "> {} kg"],
    "fr": ["plus de {} kg", "> {} kg"],
    "es": ["más de {} kg"],
    "sw": ["zaidi ya kilo {}"],
    "ar": ["أكثر من {} كغ"],
    "ur": ["{} کلو سے زیادہ"],
    "hi": ["{} किलो से अधिक"],
}
UP_TO = {
    "en": ["up to {} kg", "at most {} kg", "no more than {} kg", "{} kg or less", "≤ {} kg", "<= {} kg"],
    "fr": ["jusqu'à {} kg", "≤ {} kg"],
    "es": ["hasta {} kg"],
    "sw": ["hadi kilo {}"],
    "hi": ["{} किलो तक"],
}
UNDER = {
    "en": ["under {} kg", "less than {} kg", "< {} kg"],
    "fr": ["moins de {} kg"],
    "es": ["menos de {} kg"],
    "sw": ["chini ya kilo {}"],
    "ar": ["أقل من {} كغ"],
    "ur": ["{} کلو سے کم"],
    "hi": ["{} किलो से कम"],
}


def row(*cells: str, language: str = "en", head: str = "") -> Unit:
    heads = [(BlockKind.TABLE_HEAD, head)] if head else []
    blocks = [*heads, (BlockKind.TABLE_ROW, " | ".join(cells))]
    return cut(make_passage(blocks, document=make_document(language=language)))[0]


def fit(question: str, unit: Unit, language: str = "en") -> bool | None:
    return fits(amounts_asked(question, language), unit)


def forms(table: dict[str, list[str]]) -> st.SearchStrategy[tuple[str, str]]:
    return st.sampled_from([(language, form) for language, written in table.items() for form in written])


@settings(deadline=None)  # each language's patterns are made when it is first read
@given(form=forms(RANGES), low=st.integers(3, 60), width=st.integers(1, 30), asked=st.integers(3, 99))
def test_a_weight_lies_in_a_range_with_its_ends(form: tuple[str, str], low: int, width: int, asked: int) -> None:
    language, written = form
    unit = row(written.format(low, low + width), "2", language=language)
    assert fit(f"{asked} kg", unit) is (low <= asked <= low + width)


@pytest.mark.parametrize(
    ("table", "below", "at", "above"),
    [(FROM, False, True, True), (OVER, False, False, True), (UP_TO, True, True, False), (UNDER, True, False, False)],
)
def test_open_ranges_in_every_language(table: dict[str, list[str]], below: bool, at: bool, above: bool) -> None:
    for language, written in table.items():
        for form in written:
            unit = row(form.format(12), "2", language=language)
            assert [fit(f"{asked} kg", unit) for asked in (11, 12, 13)] == [below, at, above], form


@pytest.mark.parametrize(
    ("language", "head", "cell", "asked"),
    [
        ("en", "Weight (kg)", "{} to {}", "{} kg"),
        ("en", "Weight in kg", "{}-{}", "{} kg"),
        ("en", "Age (years)", "{} – {}", "{} years"),
        ("fr", "Poids (kg)", "{} à {}", "{} kg"),
        ("es", "Peso en kg", "{} a {}", "{} kg"),
        ("sw", "Umri (miaka)", "{} hadi {}", "miaka {}"),
        ("ar", "العمر بالسنوات", "{} - {}", "{} سنوات"),
        ("ur", "عمر (سال)", "{} سے {}", "{} سال"),
        ("hi", "वज़न (किलो)", "{} से {}", "{} किलो"),
    ],
)
def test_a_bare_number_has_the_unit_of_its_head(language: str, head: str, cell: str, asked: str) -> None:
    unit = row(cell.format(6, 9), "15", language=language, head=f"{head} | Dose")
    assert [fit(asked.format(size), unit, language) for size in (5, 6, 9, 15)] == [False, True, True, False]


@pytest.mark.parametrize("head", ["Age", "Age in years and months", "Price per kg", "Plan B"])
def test_a_head_without_one_unit_gives_none(head: str) -> None:
    assert fit("a child of 7 years and 7 kg", row("6 to 9", "1", head=f"{head} | Dose")) is None


@pytest.mark.parametrize(
    ("asked", "cell", "expected"),
    [
        ("a child of 18 months", "1 to 4 years", True),
        ("a child of 36 months", "1 to 2 years", False),
        ("a child of 3 years", "6 months to 5 years", True),
        ("a child of 6 years", "6 months to 5 years", False),
        ("a child of 2 years and 3 months", "1 to 2 years", False),
        ("a child of 12000 g", "10 to 17 kg", True),
        ("an arm of 115 mm", "Below 11.5 cm", False),
        ("an arm of 115 mm", "11.5 to 12.4 cm", True),
        ("a baby of 6 weeks", "1 to 11 months", True),
        ("a baby of 6 weeks", "2 to 11 months", False),
        ("a baby of 1 month", "0 to 7 days", False),
        # 4 weeks are a month or a little less.
        ("a baby of 4 weeks", "Under 1 month", None),
        ("a child of 3 yrs", "1-4 years", True),
        # What is asked about somebody is not what is done, and a medicine's weight is nobody's.
        ("amoxicillin for 5 days for a child of 12 kg", "10 to 17 kg", True),
        ("500 mg tablets for a child of 12 kg", "10 to 17 kg", True),
        ("tablets of 12 mg", "10 to 17 kg", None),
        ("children under 5 years", "Under 5 years", True),
        ("children under 5 years", "5 to 8 years", False),
        ("children under 5 years", "1 to 8 years", None),
        ("a child", "1 to 8 years", None),
    ],
)
def test_sizes_are_compared_in_one_unit(asked: str, cell: str, expected: bool | None) -> None:
    assert fit(asked, row(cell, "2 tablets")) is expected


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        ("en", "2 years and 3 months"),
        ("fr", "2 ans et 3 mois"),
        ("es", "2 años y 3 meses"),
        ("sw", "miaka 2 na miezi 3"),
        ("hi", "2 साल 3 महीने"),
    ],
)
def test_years_and_months_are_one_age(language: str, asked: str) -> None:
    assert amounts_asked(asked, language) == amounts_asked("27 months", "en")


@pytest.mark.parametrize(
    "cell", ["10 kg to under 20 kg", "10 to <20 kg", "over 9 kg and under 20 kg", "10 kg and under 20 kg", "10-<20 kg"]
)
def test_two_comparators_make_one_range(cell: str) -> None:
    assert [fit(f"{asked} kg", row(cell)) for asked in (9, 10, 20)] == [False, True, False]


@pytest.mark.parametrize("mark", ["¹", "[1]", " ²", "ᵃ", "*"])
def test_the_mark_of_a_note_is_no_figure_of_a_range(mark: str) -> None:
    unit = row(f"5–10{mark}", "2", head="Weight (kg) | Dose (ml)")
    assert [fit(f"{asked} kg", unit) for asked in (2, 9, 50)] == [False, True, False]


def test_all_that_is_asked_must_fit_and_the_first_cell_of_a_kind_decides() -> None:
    unit = row("1 to 4 years", "10 to 17 kg", "again at 5 to 8 years")
    assert fit("a child of 3 years and 12 kg", unit)
    assert fit("a child of 3 years and 20 kg", unit) is False
    assert fit("a child of 6 years", unit) is False
    assert fit("a child of 6 years", row("10 to 17 kg", "3 to 5 days")) is None


def test_a_row_of_a_plan_states_the_age_that_was_asked_about() -> None:
    asked = amounts_asked("Which vaccines at 9 months?", "en")
    assert states(asked, row("9 months", "Measles 1"))
    assert not states(asked, row("18 months", "Measles 2"))
    # In a row for a range the same number is what it gives.
    assert not states(amounts_asked("500 mg tablets", "en"), row("26 to 39 kg", "500 mg"))


def test_numbers_and_measures_name_nothing() -> None:
    assert naming_terms("How many adult tablets at 12 kg, per kg, for 3 years?", "en") >= {"adult", "tablet"}
    assert naming_terms("How many at 12 kg, per kg, for 3 years?", "en").isdisjoint({"12", "kg", "3", "year"})
    assert "second" in naming_terms("The second visit?", "en")
    assert "m" in naming_terms("Which medicines are level M?", "en")
    assert naming_terms("A rope of 5 m", "en") == {"a", "rope", "of"}


@pytest.mark.parametrize(
    ("language", "child", "adult", "age"),
    [
        ("en", "Children", "Adults", "{} years"),
        ("fr", "Enfants", "Adultes", "{} ans"),
        ("es", "Niños", "Adultos", "{} años"),
        ("sw", "Watoto", "Watu wazima", "miaka {}"),
        ("ar", "الأطفال", "البالغين", "{} سنوات"),
        ("ur", "بچوں", "بالغوں", "{} سال"),
        ("hi", "बच्चों", "वयस्कों", "{} साल"),
        ("de", "Kinder", "Erwachsene", "{} Jahre"),
        ("zh", "儿童", "成人", "{}岁"),
    ],
)
def test_words_for_persons_speak_against_a_row_and_never_for_it(
    language: str, child: str, adult: str, age: str
) -> None:
    rows = [row(child, "1", language=language), row(adult, "2", language=language)]
    assert [fit(child, one, language) for one in rows] == [None, False]
    assert [fit(adult, one, language) for one in rows] == [False, None]
    assert [fit(age.format(4), one, language) for one in rows] == [None, False]
    assert [fit(age.format(30), one, language) for one in rows] == [False, None]


@pytest.mark.parametrize(
    ("asked", "cell", "expected"),
    [
        ("a child of 7 years", "Newborns", False),
        ("a baby of 6 weeks", "Newborns", False),
        ("a baby of 6 weeks", "Infants", None),
        ("a baby of 10 days", "Newborns", None),
        ("an infant", "Newborns", None),
        ("a boy of 14 years", "Adults", None),
        ("an adolescent", "Adults", None),
        ("an adult", "1 to 4 years", False),
        ("an adult", "12 years and more", None),
        ("a child", "12 years and more", None),
        ("a child", "18 years and more", False),
        ("a woman of 30 years", "Pregnant women", None),
        # 5 days are no adult's age, and of somebody's weight a range says more than a word.
        ("5 days for an adult", "Adults", None),
        ("an adult of 12 kg", "10 to 17 kg", True),
    ],
)
def test_ages_and_words_for_persons_are_compared(asked: str, cell: str, expected: bool | None) -> None:
    assert fit(asked, row(cell, "2 tablets")) is expected


def test_a_weight_decides_before_a_word_for_persons() -> None:
    assert fit("an adult of 12 kg", row("1 to 4 years", "10 to 17 kg"))


@pytest.mark.parametrize(
    ("asked", "clause", "expected"),
    [
        ("a child of 4 years", "Adults take 2 tablets.", False),
        ("a child", "Adults take 2 tablets.", False),
        ("an adult", "Adults take 2 tablets.", None),
        ("a child of 4 years", "Adults and children take 2 tablets.", None),
        ("a child of 4 years", "It is not given to adults.", None),
        ("an adult", "Adults take 2 tablets, children under 5 years half of one.", None),
    ],
)
def test_words_for_persons_speak_against_a_clause(asked: str, clause: str, expected: bool | None) -> None:
    assert text_fits(amounts_asked(asked, "en"), clause, "en") is expected


@given(age=st.integers(0, 99), words=st.sampled_from(["Newborns", "Infants", "Children", "Adults", "Pregnant women"]))
def test_no_word_for_persons_makes_a_row_fit(age: int, words: str) -> None:
    assert fit(f"somebody of {age} years", row(words, "2 tablets")) is not True
