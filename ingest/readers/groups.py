"""Tables whose first cells are written once for a group of rows: "North", then blanks that mean the same.

A blank can also mean none. It is filled where the rows cannot be read without what stands above: bands of ages, figures
or the same keys in one group after the other, groups in alphabetical order, or lines that hold nothing but the group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from ingest.readers.tables import is_band, is_figure
from rag.core.text import fold
from rag.core.words import all_words

_LONGEST_NAME: Final = 80
_WORD: Final = re.compile(r"[^\W\d_]+")
_TIMES: Final = ("h", "day", "week", "month", "year")
_FIGURE: Final = re.compile(r"\d")
# Fewer could stand in their order by chance.
_ORDERED_GROUPS: Final = 3


class _Group(NamedTuple):
    """Rows from one that names the group to the next, `first` to before `end`."""

    name: str
    first: int
    end: int


def filled_down(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A table's rows without its heads, each with the group that it belongs to where that is sure."""
    width = max(map(len, rows), default=0)
    filled = [[*row, *[""] * (width - len(row))] for row in rows]
    if width < 2 or len(filled) < 3 or all(row[0] for row in filled):
        return [list(row) for row in rows]
    if _has_lines_of_names(filled):
        _fill(filled, 0, [group for group in _groups(filled, 0) if group.end - group.first > 1], skip_first=True)
        return filled
    for column in range(width - 1):
        groups = list(_groups(filled, column))
        if not groups or all(row[column] for row in filled) or not _are_groups(filled, column, groups):
            break
        _fill(filled, column, groups)
    return filled


def _fill(rows: list[list[str]], column: int, groups: Sequence[_Group], *, skip_first: bool = False) -> None:
    for group in groups:
        for row in rows[group.first + skip_first : group.end]:
            row[column] = row[column] or group.name


def _groups(rows: Sequence[Sequence[str]], column: int) -> Iterator[_Group]:
    """The groups that a column names; one ends where a column before it changes."""
    begins = [
        place
        for place, row in enumerate(rows)
        if row[column] or (place and list(row[:column]) != list(rows[place - 1][:column]))
    ]
    for first, end in pairwise([*begins, len(rows)]):
        if rows[first][column]:
            yield _Group(rows[first][column], first, end)


def _has_lines_of_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first column holds names of groups only, each on a line of its own above its rows."""
    names = [row for row in rows if row[0]]
    others = [row for row in rows if not row[0]]
    return (
        bool(rows[0][0])
        and all(not any(row[1:]) and len(row[0]) <= _LONGEST_NAME for row in names)
        and all(row[1] and not _is_total(row[1]) for row in others)
    )


def _are_groups(rows: Sequence[Sequence[str]], column: int, groups: Sequence[_Group]) -> bool:
    """Whether a blank in a column surely means what stands above it."""
    below = [row for group in groups for row in rows[group.first + 1 : group.end]]
    named = [rows[group.first] for group in groups]
    if groups[0].first or len(groups) < 2 or not below or sum(map(len, (below, named))) < len(rows):
        return False
    # What a row is found by stands in the first column that all of them fill.
    keys = [place for place in range(column + 1, len(rows[0])) if all(row[place] for row in below)]
    if not keys or any(_is_total(row[keys[0]]) for row in below):
        return False
    beyond = range(keys[0], len(rows[0]))
    if any(not all(row[place] for row in below) for place in beyond if all(row[place] for row in named)):
        return False
    key = keys[0]
    within = [[row[key] for row in rows[group.first : group.end]] for group in groups]
    parents = [(*rows[group.first][:column], group.name) for group in groups]
    if len(set(parents)) < len(parents) or any(_recurs(rows[group.first : group.end], column, key) for group in groups):
        return False
    return (
        _cannot_stand_alone(below, within, key)
        or _recur(within)
        or _in_order(groups, within)
        or sum(_is_age(group.name) for group in groups) >= max(2, len(groups) - 1)
    )


def _recurs(rows: Sequence[Sequence[str]], column: int, key: int) -> bool:
    """Whether two rows of a group have the same key, with the names of groups within it before it."""
    found: list[tuple[str, ...]] = []
    for row in rows:
        inner = row[column + 1 : key]
        found.append((*(inner if any(inner) or not found else found[-1][:-1]), row[key]))
    return len(set(found)) < len(found)


def _cannot_stand_alone(below: Sequence[Sequence[str]], within: Sequence[Sequence[str]], key: int) -> bool:
    """Whether rows hold nothing to know them by but bands ("1-5 y", "over 5 y") or figures."""
    keys = [each for own in within for each in own]
    banded = 2 * sum(map(is_band, keys)) > len(keys) and all(_FIGURE.search(each) for each in keys)
    return banded or all(is_figure(cell) for row in below for cell in row[key:] if cell)


def _recur(within: Sequence[Sequence[str]]) -> bool:
    """Whether most rows have the key of a row in another group, so that the key alone does not tell them apart."""
    later = [key for own in within for key in own[1:]]
    counted = {key: sum(key in own for own in within) for key in set(later)}
    return 2 * sum(counted[key] > 1 for key in later) > len(later)


def _in_order(groups: Sequence[_Group], within: Sequence[Sequence[str]]) -> bool:
    """Whether the groups are sorted by name, and where they are two their rows too, as programs sum up tables."""
    names = [fold(group.name) for group in groups]
    single = sum(len(own) == 1 for own in within)
    if names != sorted(names) or any(is_figure(group.name) for group in groups) or 3 * single > len(names):
        return False
    return len(names) >= _ORDERED_GROUPS or all(own == sorted(own) for own in ([*map(fold, keys)] for keys in within))


def _is_age(name: str) -> bool:
    """Whether a group is named by an age or a time: "6 weeks" in a schedule."""
    return _FIGURE.search(name) is not None and not _times().isdisjoint(_WORD.findall(fold(name)))


@cache
def _times() -> frozenset[str]:
    units = (word for words in all_words() for unit in _TIMES for word in words.units.get(unit, ()))
    return frozenset(fold(word) for word in units)


def _is_total(cell: str) -> bool:
    """Whether a cell says that its row sums up others."""
    text = fold(cell)
    return text in _totals() or text.startswith(tuple(f"{word}{mark}" for word in _totals() for mark in " :"))


@cache
def _totals() -> frozenset[str]:
    return frozenset(fold(word) for words in all_words() for word in words.totals)
