"""What the readers of tables share: whether a first row is a head, and cells that span several rows or columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from rag.core.text import fold
from rag.core.words import all_words

_LONGEST_HEAD_CELL: Final = 80
_MOST_HEADS: Final = 3
"""Rows of heads above each other."""
_NUMBER: Final = re.compile(r"\d[\d.,/]*")
_YEAR: Final = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?!\d|[.,]\d)")
_LONGEST_DATE: Final = 20
_AMOUNT: Final = re.compile(r"(\d+(?:[.,]\d+)?) ?([^\W\d_]{1,6})\.?")
_FEWEST_NUMBERED: Final = 3
_OF_PERSONS: Final = ("kg", "month", "year")
_LONGEST_UNIT: Final = 14
# A fact sheet is known by its first lines.
_MOST_FACTS: Final = 30
# "5-9 kg", "<5 kg", "10+ kg", "6 m - 1 y".
_BAND: Final = re.compile(
    r"(?P<from>[<>≤≥]=?)?\s*\d+(?:[.,]\d+)?\s*[^\W\d_]{0,6}\.?\s*"
    r"(?:(?P<to>[-–—]|\bto\b)\s*[<≤]?\s*\d+(?:[.,]\d+)?|(?P<more>\+))?\s*[^\W\d_]{0,6}\.?\+?"
)


def looks_like_head(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a table's first row names its columns: short words, all filled and different, no figures but in order."""
    if not below or len(row) < 2 or (_asks_to_fill(row) and any(map(_asks_to_fill, below))) or _is_fact(row, below):
        return False
    filled = [cell for cell in row if cell]
    width = max(len(each) for each in below)
    if len(filled) < max(2, min(len(row), width) - 1) or len(set(filled)) < len(filled):
        return False
    return all(len(cell) <= _LONGEST_HEAD_CELL for cell in filled) and not any_values(row, below)


def _asks_to_fill(row: Sequence[str]) -> bool:
    """Whether a row is one of a form: "Name: | Ann"."""
    return row[:1] != [] and row[0].endswith((":", "：", "︰")) and any(row[1:])


def _is_fact(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a first row is one of a fact sheet: "Clinic | Mathare Health Centre" above "Town | Nairobi"."""
    labels, heads_of_values = _fact_words()
    if fold(row[0]) not in labels or not row[1] or fold(row[1]) in labels | heads_of_values:
        return False
    # Facts that stand in pairs beside each other.
    if any(row[2:]) and fold(row[2]) not in labels:
        return False
    labelled = sum(fold(other[0]) in labels for other in below[:_MOST_FACTS] if other)
    return labelled > 0 and 3 * labelled >= min(len(below), _MOST_FACTS)


@cache
def _fact_words() -> tuple[frozenset[str], frozenset[str]]:
    """What lines of a fact sheet begin with, and what stands over what they say, folded."""
    known = list(all_words())
    labels = frozenset(fold(label) for words in known for label in words.fact_labels)
    return labels, frozenset(fold(head) for words in known for head in words.value_heads)


def any_values(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row holds figures that are values: no years or days, nor bands of ages or weights, in their order."""
    places = [place for place, cell in enumerate(row) if is_figure(cell) or (place and _AMOUNT.fullmatch(cell))]
    if not places:
        return False
    cells = [row[place] for place in places]
    if not places[0] or len(places) < 2 or len(set(cells)) < len(cells):
        return True
    if _counts_columns(cells, [other[place] for other in below for place in places if place < len(other)]):
        return False
    for is_one, in_order in ((_is_day, _years_in_order), (is_band, _bands_in_order)):
        if in_order(cells) and any(map(is_one, cells)):
            # A row of data among others that hold the like is no head.
            others = [[other[place] for place in places if place < len(other) and other[place]] for other in below]
            alike = sum(len(other) > 1 and all(map(is_one, other)) for other in others)
            return 2 * alike > len(others)
    return True


def _counts_columns(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether figures number columns of words (days of a roster), or are weights or ages that what is below is for."""
    if len(cells) >= _FEWEST_NUMBERED and all(map(str.isdecimal, cells)):
        numbers = list(map(int, cells))
        return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and not any(map(is_figure, below))
    amounts = [_AMOUNT.fullmatch(cell) for cell in cells]
    units = {fold(amount[2]) for amount in amounts if amount}
    if not all(amounts) or len(units) != 1 or not units <= _sizes():
        return False
    sizes = [float(amount[1].replace(",", ".")) for amount in amounts if amount]
    others = (found for cell in below if (found := _AMOUNT.fullmatch(cell)))
    return all(one < other for one, other in pairwise(sizes)) and not any(fold(other[2]) in units for other in others)


@cache
def _sizes() -> frozenset[str]:
    """Words and signs for the units of weights and ages, folded."""
    return frozenset(
        {"kg", *(fold(word) for words in all_words() for unit in _OF_PERSONS for word in words.units.get(unit, ()))}
    )


def _is_day(cell: str) -> bool:
    return len(cell) <= _LONGEST_DATE and len(_YEAR.findall(cell)) == 1


def _years_in_order(cells: Sequence[str]) -> bool:
    years = [found[0] if len(found) == 1 else "" for found in map(_YEAR.findall, cells)]
    return all(years) and years in (sorted(years), sorted(years, reverse=True)) and all(map(_is_day, cells))


def is_band(cell: str) -> bool:
    """Whether a cell holds a range of ages, weights or the like: "5-9 kg", "<5 kg", "10+ kg"."""
    found = _BAND.fullmatch(cell)
    return found is not None and any(found.groupdict().values())


def _bands_in_order(cells: Sequence[str]) -> bool:
    sizes = [[float(number.replace(",", ".")) for number in re.findall(r"\d+(?:[.,]\d+)?", cell)] for cell in cells]
    units = [re.findall(r"[^\W\d_]+", cell)[-1:] for cell in cells]
    told = list(zip(units, sizes, strict=True))
    # Months come before years.
    ascending = all(one < other for (unit, one), (same, other) in pairwise(told) if unit == same)
    return ascending and all(map(_BAND.fullmatch, cells))


def _goes_on(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table's second row says more of the columns: ages below weights, and nothing in the first cell."""
    if len(rows) < 3 or rows[1][:1] not in ([""], list(rows[0][:1])):
        return False
    named = [place for place, cell in enumerate(rows[1]) if cell and cell not in rows[0][place : place + 1]]
    if _are_units(rows[1], rows[2:]):
        return True
    bands = len(named) > 1 and all(is_band(rows[1][place]) for place in named)
    return bands and not any(_recurs(place, rows[1], rows[2:]) for place in named)


def _are_units(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row without a key says in which unit the figures below it are: "mg/kg", "(g/dl)"."""
    named = [place for place, cell in enumerate(row) if cell]
    if row[0] or not named or not all(other and other[0] for other in below):
        return False
    if any(len(row[place]) > _LONGEST_UNIT or is_figure(row[place]) for place in named):
        return False
    columns = [[other[place] for other in below if place < len(other) and other[place]] for place in named]
    return all(column and all(map(_is_bare, column)) for column in columns)


def _is_bare(cell: str) -> bool:
    """Whether a cell has figures and no word, or says that there is nothing."""
    return not any(map(str.isalpha, cell))


def is_figure(text: str) -> bool:
    """Whether a cell holds a number, date, amount or the like rather than words."""
    digits = sum(char.isdigit() for char in text)
    letters = sum(char.isalpha() for char in text)
    return digits > 0 and digits >= letters


def heads(
    rows: Sequence[Sequence[str]], wide: Sequence[Mapping[int, int]], marked: int = 0
) -> tuple[int, list[list[str]]]:
    """How many of a table's first rows are its head, and what is written of them: one line, and titles over it.

    Heads that stand above each other are joined: below "Dose", merged over two columns, "80 mg vial" is "Dose: 80 mg
    vial".

    Args:
        rows: all of them; a cell merged over columns stands in its first, one merged over rows in each.
        wide: for each row the cells that are merged over columns: the first of them, and how many.
        marked: how many first rows the document itself calls heads.
    """
    if len(rows) > 2 and marked < 2 and _is_title(rows[0], wide[0]):
        below, lines = heads(rows[1:], wide[1:])
        if below:
            return below + 1, [list(rows[0]), *lines]
    # People mark rows of data too, up to the last that is to be repeated.
    stated = next((index for index in range(1, marked) if _states(rows[index], rows[index - 1])), marked)
    count = marked = stated if stated <= _MOST_HEADS else 1
    # In plain data the same pattern comes again: a name merged down, with a line over all beside it.
    if marked < 2 and (named := _named_below(rows, wide, 0)) and not _is_again(rows, wide):
        # The other columns may be filled in both rows.
        own = [cell if place in named else "" for place, cell in enumerate(rows[1])]
        values = any_values(own, rows[2:]) or any(_recurs(place, rows[1], rows[2:]) for place in named)
        if not values and looks_like_head(_joined(rows[:2], wide), rows[2:]):
            count = 2
    if not marked and len(rows) > _MOST_HEADS and _are_three_heads(rows, wide):
        count = _MOST_HEADS
    if not count and rows and looks_like_head(rows[0], rows[1:]):
        count = 2 if _goes_on(rows) else 1
    elif count == 1 and len(rows) > 2 and _are_units(rows[1], rows[2:]):
        count = 2
    titles = [index for index in range(count) if _is_title(rows[index], wide[index])]
    naming = [index for index in range(count) if index not in titles]
    lines = []
    for index in range(count):
        if index in titles:
            lines.append(list(rows[index]))
        elif index == naming[0]:
            lines.append(_joined([rows[each] for each in naming], [wide[each] for each in naming]))
    return count, lines


def among(wide: Mapping[int, int], columns: Sequence[int]) -> dict[int, int]:
    """Merged cells, by their first column and how many, as they are where only some of the columns are taken."""
    found: dict[int, int] = {}
    for start, width in wide.items():
        places = [place for place, column in enumerate(columns) if start <= column < start + width]
        if len(places) > 1:
            found[places[0]] = len(places)
    return found


def _are_three_heads(rows: Sequence[Sequence[str]], wide: Sequence[Mapping[int, int]]) -> bool:
    """Whether a table begins with heads that two further rows of heads stand below, under cells that are merged."""
    above, between, below = rows[:_MOST_HEADS]
    keyed = above[:1] != [""] and all(row[:1] in ([""], above[:1]) for row in (between, below))
    named = any(start > 0 and below[start : start + width][1:2] not in ([], [""]) for start, width in wide[1].items())
    values = any(any_values(row, rows[_MOST_HEADS:]) for row in (above, between, below))
    joined = _joined(rows[:_MOST_HEADS], wide)
    return keyed and named and bool(wide[0]) and not values and looks_like_head(joined, rows[_MOST_HEADS:])


def _is_title(row: Sequence[str], wide: Mapping[int, int]) -> bool:
    """Whether a row is one cell over all columns."""
    return wide.get(0, 1) >= len(row)


def _states(row: Sequence[str], above: Sequence[str]) -> bool:
    """Whether a row below a head is one of data: it has a key of its own, and figures."""
    return row[:1] not in ([""], list(above[:1])) and any(map(is_figure, row))


def _is_again(rows: Sequence[Sequence[str]], wide: Sequence[Mapping[int, int]]) -> bool:
    return any(_named_below(rows, wide, index) for index in range(2, len(rows) - 1))


def _named_below(rows: Sequence[Sequence[str]], wide: Sequence[Mapping[int, int]], index: int) -> set[int]:
    """The columns that the next row names one by one below a row's wide cells; none where it says anything else."""
    if len(rows) < index + 2:
        return set()
    above, below = rows[index], rows[index + 1]
    named: set[int] = set()
    for start, columns in wide[index].items():
        under = below[start : start + columns]
        if above[start] and under[:1] != [above[start]] and len(under) > 1:
            if not all(under) or len(set(under)) < len(under):
                return set()
            named |= set(range(start, start + len(under)))
    others = set(range(max(len(above), len(below)))) - named
    if not any(place < len(above) and above[place] for place in others):
        return set()
    if any(place < len(below) and below[place] not in ("", *above[place : place + 1]) for place in others):
        return set()
    return named


def _recurs(place: int, row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a cell has the same text below, be it with another number: "5 ml" above "10 ml" is no head."""
    text = _NUMBER.sub("0", row[place])
    return any(place < len(other) and _NUMBER.sub("0", other[place]) == text for other in below)


def _joined(rows: Sequence[Sequence[str]], wide: Sequence[Mapping[int, int]]) -> list[str]:
    """Rows of heads as one row, each column's texts from top to bottom."""
    texts: list[list[str]] = [[] for _ in range(max(map(len, rows)))]
    for index, row in enumerate(rows):
        filled = list(row)
        if index < len(rows) - 1:
            for start, columns in wide[index].items():
                filled[start : start + columns] = [row[start]] * len(row[start : start + columns])
        for place, text in enumerate(filled):
            if text and text not in texts[place]:
                texts[place].append(text)
    return [": ".join(column) for column in texts]


class Grid:
    """Places cells of a table with spans; a cell over several rows is repeated in each, over columns it stands once.

    `wide` has for each row the cells that are merged over columns: the first of them, and how many.
    """

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.wide: list[dict[int, int]] = []
        self._hanging: dict[int, tuple[int, str]] = {}

    def add_row(self, cells: Sequence[tuple[str, int, int]]) -> None:
        """Append a row of (text, rows spanned, columns spanned)."""
        row: list[str] = []
        wide: dict[int, int] = {}
        carried, self._hanging = self._hanging, {}
        pending = list(cells)
        column = 0
        while pending or any(place >= column for place in carried):
            if column in carried:
                left, text = carried[column]
                row.append(text)
                if left > 1:
                    self._hanging[column] = (left - 1, text)
                column += 1
                continue
            if not pending:
                row.append("")
                column += 1
                continue
            text, down, across = pending.pop(0)
            if across > 1:
                wide[column] = across
            for step in range(max(1, across)):
                row.append(text if step == 0 else "")
                if down > 1:
                    self._hanging[column] = (down - 1, text if step == 0 else "")
                column += 1
        self.rows.append(row)
        self.wide.append(wide)
