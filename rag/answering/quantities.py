"""Numbers with their units of measure, as they must agree between a sentence and the passage that supports it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

_NUMBER: Final = re.compile(r"(?<![\w.,])\d+(?:[.,:/]\d+)*")
_UNIT: Final = re.compile(r"[\s-]?(%|°\s?[cf]?|[^\W\d_]+(?:/[^\W\d_]+)?)")
_DIGITS: Final = r"\d+(?:[.,]\d+)*"
_RANGE: Final = re.compile(
    rf"(?<![\w.,])(?P<low>{_DIGITS})\s*(?:to|-|–|and|à|a|hadi|से|إلى|سے|तक)\s*(?P<high>{_DIGITS})"
)
_BOUND: Final = re.compile(
    rf"\b(?:under|below|less than|younger than|up to|moins de|menos de|chini ya)\s+(?P<below>{_DIGITS})"
    rf"|\b(?:over|above|more than|older than|from|plus de|más de|zaidi ya)\s+(?P<above>{_DIGITS})"
    rf"|(?<![\w.,])(?P<from>{_DIGITS})\s*(?P<unit>[^\W\d_]+)\s+(?:and|or)\s+(?:more|over|older|above)\b"
)
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


def fits(asked: frozenset[Quantity], text: str) -> bool | None:
    """Whether a quantity that was asked about lies in a range that `text` names, such as "10 to 17 kg".

    None when it names no range in a unit that was asked about, so that nothing can be said.
    """
    verdicts = [
        low <= float(quantity.number) <= high
        for low, high, unit in _ranges(_normal(text))
        for quantity in asked
        if quantity.unit == unit and unit and _is_plain(quantity.number)
    ]
    return any(verdicts) if verdicts else None


def absent(claimed: frozenset[Quantity], source: frozenset[Quantity]) -> list[Quantity]:
    """The claimed quantities with which none in the source agrees, sorted."""
    return sorted(quantity for quantity in claimed if not any(quantity.agrees(other) for other in source))


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    ascii_digits = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in folded)
    return _WORD.sub(lambda match: _WORDS[match.group()], ascii_digits)


def _find(text: str) -> Iterable[Quantity]:
    for match in _NUMBER.finditer(text):
        yield Quantity(_plain(match.group()), _unit_at(text, match.end()))


def _unit_at(text: str, position: int) -> str:
    """The unit that begins at `position`, in one spelling; "" where there is none."""
    after = _UNIT.match(text, position)
    unit = after.group(1).replace(" ", "") if after else ""
    unit = _SAME_UNIT.get(unit, unit)
    return unit if unit in _UNITS else ""


def _ranges(text: str) -> Iterable[tuple[float, float, str]]:
    """(lowest, highest, unit) of each range in normal text."""
    for match in _RANGE.finditer(text):
        unit = _unit_at(text, match.end())
        low, high = _plain(match["low"]), _plain(match["high"])
        if unit and _is_plain(low) and _is_plain(high):
            yield float(low), float(high), unit
    for match in _BOUND.finditer(text):
        number = _plain(match["below"] or match["above"] or match["from"])
        if not _is_plain(number):
            continue
        unit = match["unit"] or _unit_at(text, match.end())
        unit = _SAME_UNIT.get(unit, unit)
        # "below 5 kg" does not hold 5 kg itself.
        yield (0.0, float(number) - 1e-9, unit) if match["below"] else (float(number), float("inf"), unit)


def _is_plain(number: str) -> bool:
    return number.replace(".", "", 1).isdigit()


def _plain(number: str) -> str:
    number = _THOUSANDS.sub("", number).replace(",", ".")
    if number.count(".") == 1 and ":" not in number and "/" not in number:
        number = number.rstrip("0").rstrip(".")
        whole, _, fraction = number.partition(".")
        return f"{whole.lstrip('0') or '0'}{'.' + fraction if fraction else ''}"
    return number
