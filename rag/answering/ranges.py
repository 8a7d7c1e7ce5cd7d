"""Ranges of weight and age that a row of a table is for, "10 to 13 kg" or "40 kg and more", and what lies in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from rag.answering.claims import Amount
from rag.answering.measures import in_base
from rag.answering.polarity import Sense

_FOR_PERSONS: Final = frozenset({"kg", "year", "month"})


class _Range(NamedTuple):
    base: str
    low: Fraction | None
    high: Fraction | None
    open: bool
    """Its ends are no part of it: "under 5 years"."""

    def holds(self, base: str, size: Fraction) -> bool:
        if base != self.base:
            return False
        if self.open:
            return (self.low is None or size > self.low) and (self.high is None or size < self.high)
        return (self.low is None or size >= self.low) and (self.high is None or size <= self.high)


def lies_within(amount: Amount, source: Sequence[Amount]) -> bool:
    """Whether somebody's age or weight, "a child of 12 kg", lies in a range of a row.

    Of nothing else: where records are kept for at least 10 years, 30 years is not what the source says.
    """
    size = amount.quantity.size()
    if not amount.personal or amount.sense or amount.edge or size is None or amount.quantity.unit not in _FOR_PERSONS:
        return False
    base = in_base(amount.quantity.unit)[0]
    return any(one.holds(base, size) for one in _ranges(source))


def _ranges(amounts: Sequence[Amount]) -> Iterator[_Range]:
    for one, other in pairwise(amounts):
        low, high = one.quantity.size(), other.quantity.size()
        if one.edge == "low" and other.edge == "high" and other.quantity.unit in _FOR_PERSONS and low and high:
            yield _Range(in_base(other.quantity.unit)[0], low, high, open=False)
    for amount in amounts:
        size = amount.quantity.size()
        if amount.quantity.unit not in _FOR_PERSONS or size is None or amount.edge:
            continue
        base = in_base(amount.quantity.unit)[0]
        match amount.sense:
            case Sense.BELOW | Sense.ABOVE:
                below = amount.sense is Sense.BELOW
                yield _Range(base, None if below else size, size if below else None, open=True)
            case Sense.AT_MOST | Sense.AT_LEAST:
                most = amount.sense is Sense.AT_MOST
                yield _Range(base, None if most else size, size if most else None, open=False)
            case _:
                pass
