"""What a Word paragraph is, told by its style, the styles that this is based on, and its own properties."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.readers.docx_numbering import W

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Style ids stay English in Word of any language; LibreOffice and others write names. Both are looked at.
_HEADING = re.compile(
    r"(?:heading|berschrift|titre|encabezado|titolo|rubrik|kop|заголовок)[\s_-]*([1-9])", re.IGNORECASE
)
_TITLE: Final = frozenset({"title", "titel", "titre", "título", "titolo"})
_CONTENTS = re.compile(r"toc[\s_-]*(\d|heading)|table of figures|contents heading|verzeichnis ?\d", re.IGNORECASE)
_LOWEST_LEVEL: Final = 9
# Styles based on each other; Word's own are two or three, and a file made to harm goes without end.
_LONGEST_CHAIN: Final = 50


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a paragraph is."""

    level: int = 0
    """Heading level from 1; 0 for body text."""
    title: bool = False
    contents: bool = False
    """A line of a contents list."""
    numbering: tuple[str, int] = ("", 0)
    """Id and depth of its list; an empty id where it is in none."""


def heading_level(style: str) -> int:
    """The level of a heading style by its name, in the languages that word processors are used in; 0 for no heading."""
    match = _HEADING.search(style)
    return int(match.group(1)) if match else 0


def is_title(style: str) -> bool:
    """Whether a style of that name is the document's title."""
    return style.strip().lower() in _TITLE


def is_contents(style: str) -> bool:
    """Whether a style of that name is for lines of a contents list."""
    return bool(_CONTENTS.match(style))


class Styles:
    """The document's styles."""

    def __init__(self, part: Element) -> None:
        # What names no style must not find one that has no id.
        self._by_id = {name: style for style in part.iterchildren(f"{W}style") if (name := style.get(f"{W}styleId"))}

    def of(self, paragraph: Element) -> ParagraphStyle:
        """What this paragraph is."""
        properties = paragraph.find(f"{W}pPr")
        chain = self._chain(properties)
        names = [name for style in chain for name in _names(style)]
        outline = next((level for own in [properties, *chain] if (level := _outline(own)) is not None), None)
        level = next((level for name in names if (level := heading_level(name))), 0)
        if not level and outline is not None and outline < _LOWEST_LEVEL:
            level = outline + 1
        return ParagraphStyle(
            level=level,
            title=any(map(is_title, names)),
            contents=any(map(is_contents, names)),
            numbering=_numbering(properties, chain),
        )

    def of_run(self, run: Element, paragraph: Element | None) -> tuple[str, str]:
        """The styles that say how a run is set: its own and its paragraph's, "" for none."""
        properties = paragraph.find(f"{W}pPr") if paragraph is not None else None
        return _reference(run.find(f"{W}rPr"), "rStyle"), _reference(properties, "pStyle")

    def run_properties(self, style: str) -> list[Element]:
        """The `w:rPr` of a style and of those it is based on, nearest first."""
        return [own for each in self._based(style) if (own := each.find(f"{W}rPr")) is not None]

    def _chain(self, properties: Element | None) -> list[Element]:
        """The paragraph's style and those it is based on, nearest first."""
        return self._based(_reference(properties, "pStyle"))

    def _based(self, name: str) -> list[Element]:
        chain: list[Element] = []
        while (style := self._by_id.get(name)) is not None and style not in chain and len(chain) < _LONGEST_CHAIN:
            chain.append(style)
            name = _reference(style, "basedOn")
        return chain


def _reference(owner: Element | None, tag: str) -> str:
    """The id of the style that `owner` names, "" for none."""
    found = owner.find(f"{W}{tag}") if owner is not None else None
    return found.get(f"{W}val", "") if found is not None else ""


def _names(style: Element) -> list[str]:
    name = style.find(f"{W}name")
    return [style.get(f"{W}styleId", ""), name.get(f"{W}val", "") if name is not None else ""]


def _outline(owner: Element | None) -> int | None:
    if owner is None:
        return None
    found = owner.find(f"{W}outlineLvl" if owner.tag == f"{W}pPr" else f"{W}pPr/{W}outlineLvl")
    value = found.get(f"{W}val", "") if found is not None else ""
    return int(value) if value.isdigit() else None


def _numbering(properties: Element | None, chain: list[Element]) -> tuple[str, int]:
    """The nearest list id and depth. Id 0 takes a paragraph out of its style's list."""
    number_id, depth = "", None
    for owner in [properties, *(style.find(f"{W}pPr") for style in chain)]:
        found = owner.find(f"{W}numPr") if owner is not None else None
        if found is None:
            continue
        own_id, own_depth = found.find(f"{W}numId"), found.find(f"{W}ilvl")
        if depth is None and own_depth is not None:
            value = own_depth.get(f"{W}val", "0")
            depth = int(value) if value.isdigit() else 0
        if own_id is not None:
            number_id = own_id.get(f"{W}val", "")
            break
    return ("", 0) if number_id in ("", "0") else (number_id, depth or 0)
