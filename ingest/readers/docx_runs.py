"""Runs of a Word document as they are shown: raised and lowered figures, fonts of signs, struck-out text."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.readers.docx_numbering import W
from ingest.readers.formulas import set_on_line
from ingest.readers.raised import shifted
from ingest.readers.symbols import UNKNOWN, in_font, symbol

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from ingest.readers.docx_styles import Styles

_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNREAD: Final = frozenset({_FALLBACK, f"{W}moveFrom", f"{W}del"})
_SHIFTS: Final = {"superscript": 1, "subscript": -1}
_OFF: Final = frozenset({"0", "false", "off"})


class _Look(NamedTuple):
    """How a run is set: above (1) or below (-1) the line, struck out, in which font; None for what is not said."""

    shift: int | None = None
    strike: bool | None = None
    double_strike: bool | None = None
    font: str | None = None
    hidden: bool | None = None

    @property
    def struck(self) -> bool:
        """Whether it is struck out by one line or by two."""
        return bool(self.strike or self.double_strike)

    def over(self, around: _Look) -> _Look:
        """This, and what it does not say from what is around it."""
        return _Look(
            around.shift if self.shift is None else self.shift,
            around.strike if self.strike is None else self.strike,
            around.double_strike if self.double_strike is None else self.double_strike,
            around.font if self.font is None else self.font,
            around.hidden if self.hidden is None else self.hidden,
        )


def show(root: Element, styles: Styles) -> int:
    """Change the text of the runs below `root` into what they show, struck-out and hidden text into nothing.

    Returns:
        Places where text was struck out.
    """
    looks: dict[str, _Look] = {}
    places = 0
    struck_in: Element | None = None
    for run in root.iter(f"{W}r"):
        paragraph = next(run.iterancestors(f"{W}p"), None)
        look = _look(run.find(f"{W}rPr"))
        for style in styles.of_run(run, paragraph):
            if style not in looks:
                looks[style] = reduce(_Look.over, map(_look, styles.run_properties(style)), _Look())
            look = look.over(looks[style])
        said = _show(run, look)
        if not said or look.hidden:
            continue
        if not look.struck:
            struck_in = None
        elif not any(parent.tag in _UNREAD for parent in run.iterancestors()):
            # Programs cut what is set alike into several runs.
            places += struck_in is not paragraph or struck_in is None
            struck_in = paragraph
    # Formulas take over what their runs show.
    set_on_line(root)
    return places


def _show(run: Element, look: _Look) -> bool:
    """Whether there is any text in the run, also where it is struck out."""
    said = False
    for child in list(run):
        if child.tag == f"{W}sym":
            text = _sign(child)
        elif child.tag == f"{W}t":
            text = in_font(child.text or "", look.font or "")
        else:
            continue
        said = said or bool(text.strip())
        shown = child if child.tag == f"{W}t" else run.makeelement(f"{W}t")
        if shown is not child:
            run.replace(child, shown)
        shown.text = "" if look.struck or look.hidden else shifted(text, look.shift or 0)
    return said


def _sign(element: Element) -> str:
    """A character of a font of signs."""
    try:
        return symbol(int(element.get(f"{W}char", ""), 16), element.get(f"{W}font", ""))
    except (ValueError, OverflowError):
        return UNKNOWN


def _look(properties: Element | None) -> _Look:
    """What a `w:rPr` says."""
    shift: int | None = None
    font: str | None = None
    turned: dict[str, bool] = {}
    for child in properties if properties is not None else ():
        name, value = str(child.tag).removeprefix(W), child.get(f"{W}val", "")
        if name == "vertAlign" and shift is None:
            shift = _SHIFTS.get(value, 0)
        elif name in ("strike", "dstrike", "vanish"):
            turned.setdefault(name, value not in _OFF)
        elif name == "rFonts" and font is None:
            font = child.get(f"{W}ascii") or child.get(f"{W}hAnsi")
    return _Look(shift, turned.get("strike"), turned.get("dstrike"), font, turned.get("vanish"))
