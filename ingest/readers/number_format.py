"""Cell values of a spreadsheet as people see them."""

from __future__ import annotations

import datetime
import re
from typing import Final

_SECTION = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|([€$£¥₹₽₺₩₦%])|_.|\*.|\[[^\]]*\]')
# Numbers are stored with 15 to 17 digits of which the last are noise (0.1 + 0.2); a cell shows at most 11 characters.
_GENERAL_DIGITS: Final = 10
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
        return _number(value, number_format)
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


def _number(value: float, number_format: str) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    sections = _SECTION.split(number_format)
    section = sections[1] if value < 0 and len(sections) > 1 else sections[0]
    if not value and len(sections) > 2:
        return _zero(sections[2])
    bare = _LITERAL.sub(lambda match: "%" if match.group(4) == "%" else "", section)
    digits = _DIGITS.search(bare)
    if digits is None or "e+" in bare.lower() or "/" in bare:
        return _general(value)
    percent = "%" in bare
    decimals = len(digits.group().partition(".")[2])
    amount = abs(value) * (100 if percent else 1)
    comma = "," if re.search(r"[#0?],[#0?]", digits.group()) else ""
    text = f"{amount:{comma}.{decimals}f}"
    before, after = _around(section)
    # A second section says itself how a negative number is marked, often by parentheses.
    marked = len(sections) > 1 and ("-" in section or "(" in section)
    sign = "-" if value < 0 and (not marked or "(" in section or "-" in section) and text.strip("0.,") else ""
    return f"{sign}{before}{text}{after}".strip()


def _zero(section: str) -> str:
    """What a format's section for zero shows: often a dash."""
    plain = _LITERAL.sub(_printed, section)
    digits = _DIGITS.search(plain)
    figure = digits.group() if digits else ""
    # Of "?" and "#" nothing is printed for a zero.
    shown_figure = f"{0:.{len(figure.partition('.')[2])}f}" if "0" in figure else ""
    return (plain if not digits else plain[: digits.start()] + shown_figure + plain[digits.end() :]).strip()


def _around(section: str) -> tuple[str, str]:
    """What a format's section prints before and after the figure."""
    plain = _LITERAL.sub(_printed, section)
    digits = _DIGITS.search(plain)
    if digits is None:
        return "", ""
    before, after = plain[: digits.start()], plain[digits.end() :]
    return before.replace("-", "").replace("(", "").lstrip(), after.replace(")", "").rstrip()


def _printed(match: re.Match[str]) -> str:
    quoted, escaped, currency, symbol = match.groups()
    text = quoted or escaped or currency or symbol or ""
    # Digits' signs within a literal are no digits of the figure.
    return re.sub(r"[#0?,.]", " ", text) if text != "%" else text


def _general(value: float) -> str:
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return str(int(value))
    text = f"{value:.{_GENERAL_DIGITS}g}"
    return text if "e" not in text else f"{value:.6g}"
