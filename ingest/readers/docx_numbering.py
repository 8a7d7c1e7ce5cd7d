"""The numbers and bullets that Word draws before list items and headings; the file holds only rules for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN: Final = ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str
    start: int
    legal: bool = False
    """All figures in it are decimal ones: below chapter "II." comes "2.1"."""
    restart: int | None = None
    """The level, from 1, after whose items it begins again; 0 for never, None for any above it."""


class Numbering:
    """Counts list items in document order, by the rules of the numbering part."""

    def __init__(self, part: Element | None) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()
        if part is not None:
            self._load(part)

    def marker(self, number_id: str, depth: int) -> str:
        """The bullet or number of the next item of a list at `depth` (from 0), with a blank behind; "" for none."""
        abstract = self._lists.get(number_id)
        levels = self._abstract.get(abstract or "", {})
        level = levels.get(depth)
        if abstract is None or level is None:
            return "• "
        counts = self._counts.setdefault(abstract, {})
        if number_id not in self._begun:
            self._begun.add(number_id)
            for (own, place), start in self._starts.items():
                if own == number_id:
                    counts[place] = start - 1
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [place for place in counts if place > depth and _begins_again(levels.get(place), depth)]:
            del counts[deeper]
        if level.form == "bullet":
            return "• "
        if level.form == "none" or not level.text:
            return ""
        text = re.sub(
            r"%(\d)", lambda match: self._figure(levels, counts, int(match.group(1)) - 1, legal=level.legal), level.text
        )
        return text.strip() + " "

    @staticmethod
    def _figure(levels: dict[int, _Level], counts: dict[int, int], depth: int, *, legal: bool) -> str:
        level = levels.get(depth)
        form = "decimal" if level is None or legal else level.form
        return formed(counts.get(depth, level.start if level else 1), form)

    def _load(self, part: Element) -> None:
        for abstract in part.iterchildren(f"{W}abstractNum"):
            levels = dict(_levels(abstract))
            self._abstract[abstract.get(f"{W}abstractNumId", "")] = levels
        for number in part.iterchildren(f"{W}num"):
            number_id = number.get(f"{W}numId", "")
            reference = number.find(f"{W}abstractNumId")
            if reference is not None:
                self._lists[number_id] = reference.get(f"{W}val", "")
            for override in number.iterchildren(f"{W}lvlOverride"):
                start = override.find(f"{W}startOverride")
                if start is not None:
                    self._starts[number_id, _int(override.get(f"{W}ilvl"))] = _int(start.get(f"{W}val"), 1)


def _levels(abstract: Element) -> Iterator[tuple[int, _Level]]:
    for level in abstract.iterchildren(f"{W}lvl"):
        values = {child.tag: child.get(f"{W}val", "") for child in level if isinstance(child.tag, str)}
        yield (
            _int(level.get(f"{W}ilvl")),
            _Level(
                values.get(f"{W}numFmt", "decimal"),
                values.get(f"{W}lvlText", ""),
                _int(values.get(f"{W}start"), 1),
                legal=values.get(f"{W}isLgl", "0") not in ("0", "false", "off"),
                restart=_int(values[f"{W}lvlRestart"]) if f"{W}lvlRestart" in values else None,
            ),
        )


def _begins_again(level: _Level | None, depth: int) -> bool:
    """Whether a level is counted from its start after an item at `depth`, which is above it."""
    return level is None or level.restart is None or depth < level.restart


def _int(text: str | None, default: int = 0) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default


def formed(number: int, form: str) -> str:
    """A list's figure in one of Word's forms: "decimal", "decimalZero", "lowerLetter", "upperRoman" and the like."""
    if form in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and 0 < number < 90:
        roman = ""
        for value, letters in _ROMAN:
            count, number = divmod(number, value)
            roman += letters * count
        return roman if form == "lowerRoman" else roman.upper()
    return f"{number:02}" if form == "decimalZero" else str(number)
