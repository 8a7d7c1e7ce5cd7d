"""Rows below the name of a group, which is written once, and blanks that mean none."""

import pytest

from ingest.readers.groups import filled_down


def cells(*lines: str) -> list[list[str]]:
    return [line.split("|") for line in lines]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Bands, figures and days say nothing alone.
        (
            ["Amox|0-1 y|5", "|1-5 y|9", "|over 5 y|12", "Zinc|0-6 m|1", "|over 6 m|2"],
            ["Amox", "Amox", "Amox", "Zinc", "Zinc"],
        ),
        (["Kibera|2024|20", "|2025|30", "Ngara|2024|5", "|2025|6"], ["Kibera", "Kibera", "Ngara", "Ngara"]),
        # The same keys in each group.
        (["Zinc|Child|1 tab", "|Adult|2 tabs", "Iron|Child|3 ml", "|Adult|5 ml"], ["Zinc", "Zinc", "Iron", "Iron"]),
        # Sorted, as programs write them.
        (
            ["East|Ann|1", "|Cid|2", "North|Ben|3", "|Abe|4", "West|Dan|5", "|Eve|6"],
            ["East", "East", "North", "North", "West", "West"],
        ),
        (["North|Ann|1", "|Ben|2", "South|Cid|3", "|Dan|4"], ["North", "North", "South", "South"]),
        # A schedule.
        (
            ["At birth|BCG|x", "|Polio|y", "6 weeks|Penta|x", "|Pneumo|y", "10 weeks|Penta 2|z"],
            ["At birth", "At birth", "6 weeks", "6 weeks", "10 weeks"],
        ),
        # A line that holds nothing but the group.
        (["Zinc||", "|Child|1 tab", "|Adult|2 tabs", "Iron||", "|Child|5"], ["Zinc", "Zinc", "Zinc", "Iron", "Iron"]),
    ],
)
def test_the_name_of_a_group_is_that_of_its_rows(lines: list[str], expected: list[str]) -> None:
    rows = cells(*lines)
    assert filled_down(rows) == [[name, *row[1:]] for name, row in zip(expected, rows, strict=True)]


@pytest.mark.parametrize(
    "lines",
    [
        # A code or a grade that some have and others have not.
        ["A1|Soap|5", "A2|Towel|7", "|Delivery|3", "A4|Comb|2"],
        ["Senior|Ann|1", "|Ben|2", "|Cid|3", "|Dan|4"],
        ["Senior|Ann|1", "|Ben|2", "Junior|Cid|3", "|Dan|4"],
        ["5 ml|Syringe|x", "|Gloves|y", "10 ml|Needle|x", "|Mask|y"],
        ["A1|5|Soap", "|7|Delivery", "A2|9|Comb", "|3|Bag"],
        # Sums of what stands above, also of all.
        ["East|Ann|1", "|Cid|2", "North|Ben|3", "|Abe|4", "West|Dan|5", "|Total|6"],
        ["Kibera|2024|20", "|2025|30", "Ngara|2024|5", "|2025|6", "|Total|61"],
        # A name that comes again would have been written again.
        ["Zinc|Child|1", "|Adult|2", "Zinc|Child|3", "|Adult|5"],
        # Something else is missing too.
        ["Zinc|Child|1 tab", "|Adult|", "Iron|Child|3 ml", "|Adult|5 ml"],
    ],
)
def test_a_blank_that_may_mean_none_stays(lines: list[str]) -> None:
    assert filled_down(cells(*lines)) == cells(*lines)


def test_groups_within_groups() -> None:
    rows = cells(
        "East|A|0-1 y|5", "||1-5 y|6", "|B|0-1 y|7", "||1-5 y|8",
        "West|A|0-1 y|9", "||1-5 y|10", "|C|0-1 y|11", "||1-5 y|12",
    )  # fmt: skip
    assert [row[:2] for row in filled_down(rows)] == [
        *[["East", "A"]] * 2, *[["East", "B"]] * 2, *[["West", "A"]] * 2, *[["West", "C"]] * 2,
    ]  # fmt: skip
