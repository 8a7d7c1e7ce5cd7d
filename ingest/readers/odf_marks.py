"""Text of OpenDocument files as it is shown: raised and lowered figures, fonts of signs, struck-out text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.readers.odf import DRAW, FORMATTING, OFFICE, STYLE, SVG, TABLE, TEXT
from ingest.readers.raised import shifted
from ingest.readers.symbols import in_font

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

FONT_FACE: Final = f"{STYLE}font-face"
# What has a style for the text in it, the attribute that names it and the styles' family.
_STYLED: Final = {
    f"{TEXT}p": (f"{TEXT}style-name", "paragraph"),
    f"{TEXT}h": (f"{TEXT}style-name", "paragraph"),
    f"{TEXT}span": (f"{TEXT}style-name", "text"),
    f"{TEXT}a": (f"{TEXT}style-name", "text"),
    f"{TABLE}table-cell": (f"{TABLE}style-name", "table-cell"),
}
# What stands in a paragraph and is set for itself.
_APART: Final = frozenset({f"{OFFICE}annotation", f"{TEXT}note", f"{DRAW}frame"})
_LINE_THROUGH: Final = (f"{STYLE}text-line-through-style", f"{STYLE}text-line-through-type")


class _Look(NamedTuple):
    """How text is set: above (1) or below (-1) the line, struck out, in which font; None where that is not said."""

    shift: int | None = None
    struck: bool | None = None
    font: str | None = None

    def over(self, around: _Look) -> _Look:
        """This, and what it does not say from what is around it."""
        return _Look(
            around.shift if self.shift is None else self.shift,
            around.struck if self.struck is None else self.struck,
            around.font if self.font is None else self.font,
        )


class Marks:
    """The styles of a document, by which its text is set."""

    def __init__(self) -> None:
        self._looks: dict[tuple[str, str], tuple[_Look, str]] = {}
        """Own look and the name of the style it is based on, by family and name."""
        self._whole: dict[tuple[str, str], _Look] = {}
        """Look with all that it is based on, of the styles that were asked for."""
        self._faces: dict[str, str] = {}
        self._struck_before = False

    def learn(self, element: Element) -> None:
        """Take in a style or the declaration of a font; other elements are none of either."""
        name = element.get(f"{STYLE}name", "")
        if element.tag == FONT_FACE:
            self._faces[name] = element.get(f"{SVG}font-family", "").strip("'\"")
        elif element.tag == f"{STYLE}style":
            look = self._own(element.find(f"{STYLE}text-properties"))
            parent = element.get(f"{STYLE}parent-style-name", "")
            self._looks[element.get(f"{STYLE}family", ""), name] = look, parent
            self._whole.clear()

    def show(self, element: Element) -> int:
        """Change the text within an element into what it shows, struck-out text into nothing.

        Returns:
            Places where text was struck out.
        """
        return self._show(element, _Look())

    def _show(self, element: Element, around: _Look) -> int:
        styled = _STYLED.get(str(element.tag))
        if element.tag in _APART:
            around = _Look()
        if styled:
            name, family = styled
            around = self._look(family, element.get(name, "")).over(around)
            self._struck_before = self._struck_before and family == "text"
        element.text, places = self._shown(element.text, around)
        for child in element:
            if isinstance(child.tag, str) and child.tag != f"{TEXT}tracked-changes":
                places += self._show(child, around)
            child.tail, more = self._shown(child.tail, around)
            places += more
        if element.tag == f"{TABLE}table-cell" and (places or around.struck):
            places += _without_value(element)
        return places

    def _shown(self, text: str | None, look: _Look) -> tuple[str | None, int]:
        """Text as it is shown, and 1 where struck-out text begins with it."""
        if not text or not text.strip():
            return text, 0
        before, self._struck_before = self._struck_before, bool(look.struck)
        if look.struck:
            return "", int(not before)
        return shifted(in_font(text, look.font or ""), look.shift or 0), 0

    def _look(self, family: str, name: str) -> _Look:
        chain: dict[str, _Look] = {}
        while name not in chain and (family, name) in self._looks and (family, name) not in self._whole:
            chain[name], name = self._looks[family, name]
        # Every style on the way is known then too: text in each of them would take quadratic time.
        look = self._whole.get((family, name), _Look())
        for each, own in reversed(chain.items()):
            look = self._whole[family, each] = own.over(look)
        return look

    def _own(self, properties: Element | None) -> _Look:
        if properties is None:
            return _Look()
        position = properties.get(f"{STYLE}text-position")
        through = [value for name in _LINE_THROUGH if (value := properties.get(name)) is not None]
        font = properties.get(f"{STYLE}font-name")
        return _Look(
            shift=_shift(position.split()) if position else None,
            struck=through != ["none"] * len(through) if through else None,
            font=self._faces.get(font, font) if font else properties.get(f"{FORMATTING}font-family"),
        )


def show_marks(content: Element, styles: Iterable[Element | None]) -> int:
    """`Marks.show` for a whole document.

    Args:
        content: the root of its content.
        styles: the roots of the parts that define styles, the content's last.
    """
    marks = Marks()
    for root in styles:
        for element in root.iter(FONT_FACE, f"{STYLE}style") if root is not None else ():
            marks.learn(element)
    return marks.show(content)


def is_struck_out(element: Element) -> bool:
    """Whether `Marks.show` left something out of an element: lxml tells text that was emptied from none."""
    return any("" in (each.text, each.tail if each is not element else None) for each in element.iter())


def _shift(position: list[str]) -> int:
    """OpenDocument 1.3 part 3, 20.390: "super", "sub" or a share of the font's height, then the size."""
    where = position[0] if position else ""
    if where in ("super", "sub"):
        return 1 if where == "super" else -1
    return 0 if not where.strip("-0.%") else -1 if where.startswith("-") else 1


def _without_value(cell: Element) -> int:
    """Take the stored value from a cell of which all is struck out; 1 where that alone was its text."""
    if any("".join(paragraph.itertext()).strip() for paragraph in cell.iterchildren(f"{TEXT}p")):
        return 0
    stored = [name for name in cell.attrib if str(name).startswith(OFFICE)]
    for name in stored:
        del cell.attrib[name]
    return int(bool(stored) and not len(cell))
