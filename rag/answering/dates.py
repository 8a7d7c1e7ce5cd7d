"""Dates brought to one form, so that "12 May 2026", "12/05/2026" and "2026-05-12" agree and other days do not."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

import regex

from rag.core.text import fold
from rag.core.words import all_words, words_of

YEARLESS: Final = "0000"
"""Stands for a year that is not named."""
PLAIN: Final = regex.compile(r"\d{4}/\d{2}/\d{2}")
"""The form, of folded text."""
LEAP: Final = 2000
"""A year that has every day there is."""

_ISO: Final = regex.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\d/.-]*\d)")
_WRITTEN: Final = regex.compile(
    r"(?<![\d/.,-])(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)"
)
_CHINESE: Final = regex.compile(r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]")


def with_plain_dates(text: str, language: str) -> str:
    """Folded `text` with its dates as "2026/05/12", or "0000/05/12" where no year is named.

    Figures alone are read day first, as most of the world writes them. What is no day of the calendar stays as it is.
    """
    for pattern in (_ISO, _WRITTEN, _CHINESE, *_named(language)):
        text = pattern.sub(_plain, text)
    return text


def _plain(match: regex.Match[str]) -> str:
    found = match.groupdict()
    month = found["month"]
    number = int(month) if month.isdigit() else _numbers()[month]
    try:
        day = date(int(found.get("year") or LEAP), number, int(found["day"]))
    except ValueError:
        return match[0]
    return f"{found.get('year') or YEARLESS}/{day:%m/%d}"


def same_day(claimed: str, source: str) -> bool:
    """Whether a claimed date in the plain form is a source's; it may leave out the year, and not add one."""
    return claimed == source or (claimed.startswith(YEARLESS) and source.endswith(claimed.removeprefix(YEARLESS)))


@cache
def _numbers() -> dict[str, int]:
    return {
        name: number
        for listed in all_words()
        for number, spelled in enumerate(listed.months, start=1)
        for name in map(fold, spelled.split("/"))
    }


# "the 5 may be taken" is no date.
_AUXILIARY: Final = r"(?!\s+(?:be|have|not|also|only|take|get|use|go|come)\b)"


@cache
def _named(language: str) -> tuple[regex.Pattern[str], ...]:
    names = "|".join(fold(name) for month in words_of(language).months for name in month.split("/"))
    if not names:
        return ()
    months = rf"(?P<month>{names})(?![\p{{L}}\p{{M}}])\.?{_AUXILIARY}"
    year = r"(?:,?\s+(?:de\s+|del\s+)?(?P<year>\d{4})(?!\d))?"
    day = r"(?<![\d.,/-])(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?"
    behind = regex.compile(rf"{day}\s+(?:of\s+|de\s+)?{months}{year}")
    before = regex.compile(rf"(?<![\p{{L}}\p{{M}}]){months}\s+{day}(?![\d.,:/]*\d){year}")
    return (behind, before) if language == "en" else (behind,)
