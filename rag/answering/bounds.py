"""Questions for a bound: "What is the maximum dose?" is not answered by what the dose is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from rag.answering.conditions import denies
from rag.answering.expectation import WITHIN_WORDS
from rag.answering.intervals import Interval, read_intervals
from rag.answering.normal import normal
from rag.answering.polarity import Sense, senses
from rag.answering.units import Unit
from rag.core.language import UNDETERMINED
from rag.core.words import words_of

_BOTH: Final = (Sense.AT_MOST, Sense.AT_LEAST)
_UPPER: Final = frozenset({Sense.AT_MOST, Sense.BELOW, Sense.WITHIN, Sense.BEFORE})
_LOWER: Final = frozenset({Sense.AT_LEAST, Sense.ABOVE, Sense.AFTER})


def bounds_asked(question: str, language: str) -> frozenset[Sense]:
    """Which bounds a question asks for: at most, at least, both or none."""
    return frozenset(sense for sense in _BOTH if _asks(sense, question, language))


def gives_bound(question: str, language: str, unit: Unit, *, of_dose: bool) -> bool:
    """Whether a unit tells the bound that is asked for, in whatever words; also where none is asked for.

    A range has both bounds, and "never more than" is one too. Of whom a dose is for says nothing of its own bound:
    "children below 20 kg get 3 mg".

    Args:
        of_dose: the question asks for a dose.
    """
    asked = bounds_asked(question, language)
    return not asked or asked <= set(_told(unit, of_dose))


def _told(unit: Unit, of_dose: bool) -> Iterator[Sense]:
    language = unit.passage.document.language
    said = " ".join((*unit.passage.heading_path[-1:], unit.lead, unit.entry_name, *unit.head, unit.text))
    if denies(said, language):
        yield from _BOTH
        return
    read = [one for one in read_intervals(said, language, "") if not (of_dose and one.is_of_person)]
    # Beside a number a comparator is in its range; alone it may stand in a head, "Hotel (dollars), at most".
    alone = {term.sense for term in senses(normal(said, language), language)} if not read else set[Sense]()
    for sense, kin, ends in (
        (Sense.AT_MOST, _UPPER, _has_upper_end),
        (Sense.AT_LEAST, _LOWER, _has_lower_end),
    ):
        if _asks(sense, said, language) or kin & alone or any(map(ends, read)):
            yield sense


def _has_upper_end(one: Interval) -> bool:
    return not one.is_point and math.isfinite(one.high[0])


def _has_lower_end(one: Interval) -> bool:
    return not one.is_point and one.low[0] > 0


def _asks(sense: Sense, text: str, language: str) -> bool:
    pattern = _words(sense, "en" if language == UNDETERMINED else language)
    return pattern is not None and pattern.search(text) is not None


@cache
def _words(sense: Sense, language: str) -> re.Pattern[str] | None:
    listed = words_of(language).bounds.get(sense, ())
    if not listed:
        return None
    alternatives = "|".join(listed)
    return re.compile(alternatives if language in WITHIN_WORDS else rf"\b(?:{alternatives})\b", re.IGNORECASE)
