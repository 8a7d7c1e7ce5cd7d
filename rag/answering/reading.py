"""Reading the best pieces beside the question: which of their words answer, and whether any do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rag.answering.units import Unit
from rag.core.ports import AnswerReader


class Answering(NamedTuple):
    """What a reader makes of a unit."""

    start: int
    end: int
    """Characters of `unit.readable()` that answer, [start, end)."""
    probability: float
    """That they do, 0 to 1, as the reader sees it."""


def read_units(reader: AnswerReader, question: str, units: Sequence[Unit]) -> list[Answering]:
    """Read each unit behind what it hangs on: its lead or heading, and the sentence before it."""
    readings = reader.read(question, [(around(unit), unit.readable()) for unit in units])
    return [
        Answering(reading.start, reading.end, 1.0 / (1.0 + math.exp(-max(reading.score, -50.0))))
        for reading in readings
    ]


def around(unit: Unit) -> str:
    """What a unit is read behind, in one line: "Open-vial periods: Write the date on the vial."."""
    return " ".join(f"{lead_of(unit)}: {unit.before}".split())


def lead_of(unit: Unit) -> str:
    """What the unit hangs on: whose entry it is of, its lead, the nearest heading, or the document's title."""
    path = unit.passage.heading_path
    return " ".join((unit.entry_name or unit.lead or (path[-1] if path else unit.passage.document.title)).split())
