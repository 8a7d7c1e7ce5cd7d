"""Cell values of a spreadsheet as people see them."""

from __future__ import annotations

import datetime
import math
import re
from typing import Final

from ingest.readers.figure_format import figure

_SECTION = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|([€$£¥₹₽₺₩₦%])|_.|\*.|\[[^\]]*\]')
_SPANS: Final = frozenset({"h", "hh", "m", "mm", "s", "ss"})
_EPOCH: Final = datetime.datetime(1899, 12, 30)


def shown(value: object, number_format: str = "General") -> str:
    """`value` as the cell shows it: dates as 2025-03-14, figures with their format's decimals and unit."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    if isinstance(value, int | float):
        return "" if isinstance(value, float) and not math.isfinite(value) else figure(value, number_format)
    return str(value)


def is_date_format(number_format: str) -> bool:
    """Whether a cell's number is shown as a date or a time."""
    if number_format.lower() in ("general", "standard", ""):
        return False
    section = _SECTION.split(number_format)[0]
    # A span of hours is written [h]; other brackets hold colours, conditions and languages.
    bare = _LITERAL.sub(lambda match: match.group() if match.group().strip("[]").lower() in _SPANS else "", section)
    return bool(re.search(r"[dmyhs]", bare, re.IGNORECASE))


def from_serial(value: float) -> datetime.datetime | float:
    """The date that a number stands for, counted in days from 30 December 1899; the number where it is out of range."""
    try:
        return _EPOCH + datetime.timedelta(seconds=round(value * 86_400))
    except OverflowError:
        return value
