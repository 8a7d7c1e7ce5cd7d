"""What two versions say of the same thing: told where they differ, and nowhere else."""

from __future__ import annotations

import pytest

from rag.answering.units import cut
from rag.answering.versions import disagreement
from rag.core.types import BlockKind, Passage
from rag.testing.passages import make_document, make_passage

P = BlockKind.PARAGRAPH


def passage(*sentences: str, language: str = "en", name: str = "2025.pdf") -> Passage:
    return make_passage([(P, text) for text in sentences], document=make_document(name, language=language))


def rows(*cells: str) -> Passage:
    head = (BlockKind.TABLE_HEAD, "Vaccine | Keep after opening")
    return make_passage([head, *((BlockKind.TABLE_ROW, row) for row in cells)])


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        (
            "An opened vial is kept for 28 days in the refrigerator.",
            "An opened vial is kept for 14 days in the refrigerator.",
            ("28 days", "14 days"),
        ),
        (
            "An opened vial is kept for 4 weeks in the refrigerator.",
            "An opened vial is kept for 28 days in the refrigerator.",
            None,
        ),
        (
            "An opened vial is kept for 4 weeks in the refrigerator.",
            "An opened vial is kept for 21 days in the refrigerator.",
            ("4 weeks", "21 days"),
        ),
        (
            "Polio is kept for 28 days, tetanus for 28 days after opening.",
            "Polio is kept for 14 days, tetanus for 28 days after opening.",
            ("28 days", "14 days"),
        ),
        ("Give 5 ml of syrup after a meal.", "Give 5 ml of syrup twice, 6 hours apart, after a meal.", None),
        ("The gate is locked at 9 in the evening.", "Visitors leave the ward at 5 in the afternoon.", None),
        (
            "Food may be kept in the refrigerator of the ward.",
            "Food may not be kept in the refrigerator of the ward.",
            (
                "“Food may be kept in the refrigerator of the ward.”",
                "“Food may not be kept in the refrigerator of the ward.”",
            ),
        ),
        ("Call the nurse on duty.", "Call the nurse on duty.", None),
    ],
)
def test_sentences(one: str, other: str, values: tuple[str, str] | None) -> None:
    (unit,) = cut(passage(one, name="2023.pdf"))
    others = [passage("The clinic opens at 8 every morning.", other, "It closes at 17:00.")]
    found = disagreement(unit, others)
    assert (found and (found.cited, found.rival)) == values
    if found:
        assert (found.citation.quote, found.citation.key, found.citation.document) == (other, "", "2025.pdf")


def test_rows_are_compared_with_the_row_of_the_same_thing() -> None:
    old = rows("Measles | 6 hours", "Polio | 28 days", "BCG | 4 hours")
    new = rows("BCG | 4 hours", "Measles | 8 hours", "Polio | 28 days", "Cholera | 2 days")
    measles, polio, bcg = cut(old)
    found = disagreement(measles, [new])
    assert (found.cited, found.rival) == ("6 hours", "8 hours")
    assert disagreement(polio, [new]) is disagreement(bcg, [new]) is None


@pytest.mark.parametrize(
    ("language", "one", "other", "values"),
    [
        (
            "fr",
            "Le personnel a droit à 21 jours de congé payé par an.",
            "Le personnel a droit à 24 jours de congé payé par an.",
            ("21 jours", "24 jours"),
        ),
        (
            "ar",
            "تحفظ القارورة المفتوحة في الثلاجة لمدة 28 يوم.",
            "تحفظ القارورة المفتوحة في الثلاجة لمدة 14 يوم.",
            ("28 يوم", "14 يوم"),
        ),
        ("zh", "已开启的疫苗可保存28天。", "已开启的疫苗可保存14天。", None),
        ("th", "วัคซีนที่เปิดแล้วเก็บได้ 28 วัน", "วัคซีนที่เปิดแล้วเก็บได้ 14 วัน", None),
    ],
)  # fmt: skip
def test_languages(language: str, one: str, other: str, values: tuple[str, str] | None) -> None:
    (unit,) = cut(passage(one, language=language))
    found = disagreement(unit, [passage(other, language=language)])
    assert found is not None
    assert (found.cited, found.rival) == (values or (f"“{one}”", f"“{other}”"))
