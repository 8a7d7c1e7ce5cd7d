"""Numbers with their units of measure, as they must agree between a sentence and the passage that supports it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

_NUMBER: Final = re.compile(r"(?<![\w.,])\d+(?:[.,:/]\d+)*")
_UNIT: Final = re.compile(r"[\s-]?(%|°\s?[cf]?|[^\W\d_]+(?:/[^\W\d_]+)?)")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")

_SAME_UNIT: Final = {
    "percent": "%", "°": "°c",
    "milligram": "mg", "milligrams": "mg", "gram": "g", "grams": "g",
    "kilogram": "kg", "kilograms": "kg", "kilos": "kg",
    "mcg": "µg", "μg": "µg", "ug": "µg", "microgram": "µg", "micrograms": "µg",
    "millilitre": "ml", "millilitres": "ml", "milliliter": "ml", "milliliters": "ml",
    "litre": "l", "litres": "l", "liter": "l", "liters": "l", "litro": "l", "litros": "l", "litres/day": "l/day",
    "second": "s", "seconds": "s", "sec": "s", "minute": "min", "minutes": "min", "mins": "min",
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "heure": "h", "heures": "h", "hora": "h", "horas": "h",
    "days": "day", "jour": "day", "jours": "day", "dia": "day", "dias": "day",
    "weeks": "week", "semaine": "week", "semaines": "week", "semana": "week", "semanas": "week",
    "months": "month", "mois": "month", "mes": "month", "meses": "month",
    "years": "year", "an": "year", "ans": "year", "ano": "year", "anos": "year",
    "tablets": "tablet", "sachets": "sachet", "drops": "drop", "doses": "dose", "times": "time", "puffs": "puff",
}  # fmt: skip
_UNITS: Final = frozenset(_SAME_UNIT.values()) | frozenset(
    "% °f g mg kg l ml dl cl m cm mm km mmol mmhg bpm iu v w kwh mg/kg ml/kg mg/dl mmol/l g/dl".split()
)
_WORDS: Final = {
    word: str(number)
    for number, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), start=2)
} | {"once": "1 time", "twice": "2 time"}
_WORD: Final = re.compile(rf"\b({'|'.join(_WORDS)})\b")


class Quantity(NamedTuple):
    """A number in plain form ("1000", "0.5", "8:30") and its unit in one spelling, "" where there is none."""

    number: str
    unit: str

    def agrees(self, other: Quantity) -> bool:
        """The same number, and no different unit."""
        return self.number == other.number and (self.unit == other.unit or not (self.unit and other.unit))

    def __str__(self) -> str:
        return f"{self.number} {self.unit}".strip()


def quantities(text: str) -> frozenset[Quantity]:
    """All quantities in `text`. Digits of every script are read; English number words from two to twelve too."""
    return frozenset(_find(_normal(text)))


def absent(claimed: frozenset[Quantity], source: frozenset[Quantity]) -> list[Quantity]:
    """The claimed quantities with which none in the source agrees, sorted."""
    return sorted(quantity for quantity in claimed if not any(quantity.agrees(other) for other in source))


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    ascii_digits = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in folded)
    return _WORD.sub(lambda match: _WORDS[match.group()], ascii_digits)


def _find(text: str) -> Iterable[Quantity]:
    for match in _NUMBER.finditer(text):
        after = _UNIT.match(text, match.end())
        unit = after.group(1).replace(" ", "") if after else ""
        unit = _SAME_UNIT.get(unit, unit)
        yield Quantity(_plain(match.group()), unit if unit in _UNITS else "")


def _plain(number: str) -> str:
    number = _THOUSANDS.sub("", number).replace(",", ".")
    if number.count(".") == 1 and ":" not in number and "/" not in number:
        number = number.rstrip("0").rstrip(".")
        whole, _, fraction = number.partition(".")
        return f"{whole.lstrip('0') or '0'}{'.' + fraction if fraction else ''}"
    return number
