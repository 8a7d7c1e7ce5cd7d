"""The marks of a Word document's footnotes and endnotes; the file holds references only, and Word counts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ingest.readers.docx_numbering import W, formed
from ingest.readers.note_marks import chicago, reference

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# How they are counted where the document does not say. (ECMA-376 part 1, 17.11.17 and 17.11.18)
_FORMS: Final = {"footnote": "decimal", "endnote": "lowerRoman"}
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNREAD: Final = frozenset({_FALLBACK, f"{W}moveFrom", f"{W}del"})
_OFF: Final = frozenset({"0", "false", "off"})


def mark_references(body: Element, settings: Element | None) -> dict[tuple[str, str], str]:
    """Write the mark of each note behind its reference, as it is shown there.

    Marks that people typed stand in the text already.

    Returns:
        The marks by kind, "footnote" or "endnote", and id.
    """
    forms = {kind: _form(kind, [*body.iter(f"{W}sectPr"), settings]) for kind in _FORMS}
    counts = dict.fromkeys(_FORMS, 0)
    marks: dict[tuple[str, str], str] = {}
    for element in list(body.iter(*(f"{W}{kind}Reference" for kind in _FORMS))):
        if element.get(f"{W}customMarkFollows", "0") not in _OFF or _is_unread(element):
            continue
        kind = str(element.tag).removeprefix(W).removesuffix("Reference")
        counts[kind] += 1
        mark = chicago(counts[kind]) if forms[kind] == "chicago" else formed(counts[kind], forms[kind])
        marks[kind, element.get(f"{W}id", "")] = mark
        shown = element.makeelement(f"{W}t")
        shown.text = reference(mark)
        element.addnext(shown)
    return marks


def _form(kind: str, said_in: Iterable[Element | None]) -> str:
    """How notes of a kind are counted."""
    for element in said_in:
        form = element.find(f"{W}{kind}Pr/{W}numFmt") if element is not None else None
        if form is not None:
            return form.get(f"{W}val", _FORMS[kind])
    return _FORMS[kind]


def _is_unread(element: Element) -> bool:
    return any(parent.tag in _UNREAD for parent in element.iterancestors())
