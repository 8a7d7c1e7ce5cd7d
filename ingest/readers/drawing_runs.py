"""Runs of slides, diagrams and text boxes as they are shown: raised figures, fonts of signs, struck-out text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ingest.readers.formulas import set_on_line
from ingest.readers.raised import shifted
from ingest.readers.symbols import in_font

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TYPEFACES: Final = (f"{_A}latin", f"{_A}sym")
_STRUCK: Final = frozenset({"sngStrike", "dblStrike"})


def show_runs(root: Element) -> int:
    """Change the text of the runs below `root` into what they show, struck-out text into nothing.

    Returns:
        Places where text was struck out.
    """
    set_on_line(root)
    places = 0
    for paragraph in root.iter(f"{_A}p"):
        going_on = False
        for text in paragraph.iter(f"{_A}t"):
            if not (text.text or "").strip():
                continue
            struck = _show(text)
            if struck and not going_on and next(text.iterancestors(_FALLBACK), None) is None:
                places += 1
            going_on = struck
    return places


def _show(text: Element) -> bool:
    """Whether a run's text is struck out."""
    run = text.getparent()
    own = run.find(f"{_A}rPr") if run is not None else None
    said = text.text or ""
    if own is None:
        text.text = in_font(said, "")
        return False
    struck = own.get("strike", "") in _STRUCK
    latin, signs = (each.get("typeface", "") if each is not None else "" for each in map(own.find, _TYPEFACES))
    baseline = own.get("baseline", "0")
    shift = 0 if not baseline.strip("-0%") else -1 if baseline.startswith("-") else 1
    text.text = "" if struck else shifted(in_font(said, latin, signs), shift)
    return struck
