"""Text of HTML as it is shown: raised and lowered figures, fonts of signs, formulas, struck-out text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.readers.formulas import mathml
from ingest.readers.html_elements import BLOCKS, NEVER, hidden, note_mark
from ingest.readers.raised import shifted
from ingest.readers.symbols import in_font, is_sign_font

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_STRUCK_TAGS: Final = frozenset({"del", "s", "strike"})
_FORMULAS: Final = frozenset("math mfrac msup msub msubsup msqrt mroot mfenced".split())
_SHIFTS: Final = {"sup": 1, "sub": -1}
_ALIGNED: Final = {"super": 1, "sub": -1, "baseline": 0}
_STRUCK: Final = "line-through"
_QUOTED: Final = re.compile("[\"']([^\"']+)[\"']")
# lxml gives such characters and does not take them; they show nothing.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Look(NamedTuple):
    """How text is set; elements within others take it over."""

    shift: int = 0
    """1 for raised, -1 for lowered, 0 for on the line."""
    font: str = ""
    """The font where it is one of signs."""

    def within(self, element: HtmlElement) -> Look:
        """How an element's own text is set, where this is how that around it is."""
        style = _style(element)
        shift = _SHIFTS.get(str(element.tag), self.shift)
        shift = _ALIGNED.get(style.get("vertical-align", "").lower(), shift)
        face = (element.get("face") or "") if element.tag == "font" else ""
        font = _family(style.get("font-family", face)) or _last(style.get("font", ""))
        if font in ("", "inherit"):
            return Look(shift, self.font)
        return Look(shift, font if is_sign_font(font) else "")

    def shown(self, text: str) -> str:
        """Text as it is shown."""
        return shifted(in_font(text, self.font) if self.font else text, self.shift)

    def legal(self, text: str | None) -> str:
        """The same, as lxml takes it."""
        return _CONTROLS.sub(" ", self.shown(text or ""))


def show_marks(element: HtmlElement, around: Look | None = None, *, in_formula: bool = False) -> int:
    """Change the text of an element and those within into what it shows, struck-out text into nothing.

    Args:
        element: nested no deeper than can be walked.
        around: how the text around it is set; on the line where that is not given.
        in_formula: it is part of a formula, which is told as a whole.

    Returns:
        Places where text was struck out.
    """
    if is_struck(element):
        places = int(bool(str(element.text_content()).strip()))
        element.text = None
        del element[:]
        return places
    look = (around or Look()).within(element)
    # One that was not closed holds the rest of the page.
    formula = not in_formula and element.tag in _FORMULAS and next(element.iterdescendants(*BLOCKS), None) is None
    if look != Look() and not formula:
        element.text = look.legal(element.text)
        for child in element:
            child.tail = look.legal(child.tail)
    places = 0
    for child in element:
        # The mark of a note is told in brackets.
        read = isinstance(child.tag, str) and child.tag not in NEVER and not hidden(child)
        if read and not (child.tag == "a" and note_mark(child)):
            places += show_marks(child, None if formula else look, in_formula=formula or in_formula)
    if formula:
        element.text, element[:] = look.legal(mathml(element)), []
    return places


def is_struck(element: HtmlElement) -> bool:
    """Whether an element is struck out."""
    return element.tag in _STRUCK_TAGS or any(
        _STRUCK in _style(element).get(name, "").lower() for name in ("text-decoration", "text-decoration-line")
    )


def _style(element: HtmlElement) -> dict[str, str]:
    """An element's own declarations."""
    declared = (each.partition(":") for each in (element.get("style") or "").split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in declared}


def _family(families: str) -> str:
    return families.partition(",")[0].strip(" \t\r\n\"'")


def _last(shorthand: str) -> str:
    """The first family of a `font` declaration, which begins with style and size: "7.0pt 'Times New Roman', serif"."""
    quoted = _QUOTED.search(shorthand)
    return quoted[1] if quoted else shorthand.partition(",")[0].strip().rpartition(" ")[2]
