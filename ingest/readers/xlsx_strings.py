"""Text of Excel's cells whose parts are set in different ways: raised figures, fonts of signs, struck-out text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from ingest.readers.raised import shifted
from ingest.readers.symbols import in_font

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DECLARATION: Final = b"<!DOCTYPE"
_SHIFTS: Final = {"superscript": 1, "subscript": -1}


def show_string(element: Element) -> int:
    """Change the text of the runs below an element into what they show, struck-out text into nothing.

    Returns:
        Places where text was struck out.
    """
    places = 0
    going_on = False
    for run in element.iter(f"{S}r"):
        # A mark that stands there without a value is set.
        own = {str(child.tag).removeprefix(S): child.get("val", "1") for child in run.iterfind(f"{S}rPr/*")}
        struck = own.get("strike", "0") not in ("0", "false")
        for text in run.iterchildren(f"{S}t"):
            said = text.text or ""
            shown = shifted(in_font(said, own.get("rFont", "")), _SHIFTS.get(own.get("vertAlign", ""), 0))
            text.text = "" if struck else shown
            if said.strip():
                places += struck and not going_on
                going_on = struck
    return places


def show_strings(part: bytes) -> tuple[bytes, dict[int, int]]:
    """The part of shared strings with its text as it is shown, and where text was struck out.

    Returns:
        The part, and the number of such places by the string's index.
    """
    from lxml import etree

    shown = io.BytesIO()
    struck: dict[int, int] = {}
    shown.write(f'<sst xmlns="{S.strip("{}")}">'.encode())
    # A string may be longer than libxml2's limits. They hold where entities are declared, which grow without end; a
    # part of a package may declare none (ECMA-376 part 2).
    huge = _DECLARATION not in part
    events = etree.iterparse(io.BytesIO(part), tag=f"{S}si", resolve_entities=False, huge_tree=huge)
    for index, (_, string) in enumerate(events):
        places = show_string(string)
        if places:
            struck[index] = places
        shown.write(etree.tostring(string, with_tail=False))
        string.clear(keep_tail=False)
        parent = string.getparent()
        while parent is not None and string.getprevious() is not None:
            del parent[0]
    shown.write(b"</sst>")
    return shown.getvalue(), struck
