"""Text of a PowerPoint shape, and what it inherits from layout and master: its place, its bullets and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ingest.readers.docx_numbering import formed
from ingest.readers.office_zip import parse_xml
from ingest.readers.ooxml_graphics import A

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from pptx.opc.package import Part

P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DEEPEST: Final = 8
# ECMA-376 part 1, 20.1.10.61: how the schemes of automatic numbers begin, and the form of their figures.
_SCHEMES: Final = (
    ("alphaLc", "lowerLetter"),
    ("alphaUc", "upperLetter"),
    ("romanLc", "lowerRoman"),
    ("romanUc", "upperRoman"),
)


def frame_text(element: Element) -> str:
    """The characters of all paragraphs below an element, a line each."""
    if element.tag == f"{A}p":
        return _line(element)
    body = element if element.tag in (f"{P}txBody", f"{A}txBody") else None
    if body is None:
        body = next((child for child in element if str(child.tag).endswith("}txBody")), None)
    lines = body.iter(f"{A}p") if body is not None else ()
    return "\n".join(line for paragraph in lines if (line := _line(paragraph)).strip())


def _line(element: Element) -> str:
    parts: list[str] = []
    for child in element:
        if child.tag in (f"{A}t", f"{_MATH}t"):
            parts.append(child.text or "")
        elif child.tag == f"{A}br":
            parts.append("\n")
        elif isinstance(child.tag, str) and child.tag != _FALLBACK:
            parts.append(_line(child))
    return "".join(parts)


class Bullets:
    """Says what a shape's paragraphs begin with, and counts those that are numbered.

    Args:
        styles: elements with `a:lvl1pPr` to `a:lvl9pPr` in them, the nearest first.
    """

    def __init__(self, styles: Sequence[Element]) -> None:
        self._styles = styles
        self._counts: dict[int, int] = {}

    def of(self, paragraph: Element) -> tuple[str, int]:
        """The next paragraph's bullet or number with a blank behind ("" for none), and its level from 0."""
        own = paragraph.find(f"{A}pPr")
        value = own.get("lvl", "0") if own is not None else "0"
        level = min(int(value), _DEEPEST) if value.isdigit() else 0
        for deeper in [place for place in self._counts if place > level]:
            del self._counts[deeper]
        for properties in (own, *(style.find(f"{A}lvl{level + 1}pPr") for style in self._styles)):
            for child in properties if properties is not None else ():
                if child.tag == f"{A}buAutoNum":
                    return self._number(child, level), level
                if child.tag in (f"{A}buChar", f"{A}buBlip"):
                    return "• ", level
                if child.tag == f"{A}buNone":
                    self._counts.pop(level, None)
                    return "", level
        return "", level

    def _number(self, scheme: Element, level: int) -> str:
        start = scheme.get("startAt", "1")
        self._counts[level] = self._counts.get(level, int(start) - 1 if start.isdigit() else 0) + 1
        name = scheme.get("type", "")
        form = next((form for begin, form in _SCHEMES if name.startswith(begin)), "decimal")
        figure = formed(self._counts[level], form)
        if name.endswith("ParenBoth"):
            return f"({figure}) "
        return f"{figure}) " if name.endswith("ParenR") else f"{figure}. "


class Layouts:
    """What the shapes of one slide inherit. Placeholders find their like in the layout, and that in the master."""

    def __init__(self, slide: Part) -> None:
        layout = _target(slide, "/slideLayout")
        master = _target(layout, "/slideMaster") if layout is not None else None
        self._layout = _placeholders(layout)
        self._master = _placeholders(master)
        root = parse_xml(master.blob) if master is not None else None
        self._styles = root.find(f"{P}txStyles") if root is not None else None

    def box(self, shape: Element) -> tuple[int, int, int]:
        """Top, left and height of a shape, in any unit; zeros where nothing says it."""
        for owner in (shape, *self._inherited(shape)):
            frame = next(owner.iter(f"{A}xfrm", f"{P}xfrm"), None)
            if frame is not None:
                offset, extent = frame.find(f"{A}off"), frame.find(f"{A}ext")
                if offset is not None:
                    return _int(offset, "y"), _int(offset, "x"), _int(extent, "cy") if extent is not None else 0
        return 0, 0, 0

    def bullets(self, shape: Element) -> Bullets:
        """Counts the numbers of one shape's paragraphs."""
        inherited = self._inherited(shape)
        owners = [shape, *inherited]
        styles = [style for owner in owners if (style := owner.find(f"{P}txBody/{A}lstStyle")) is not None]
        if _reference(shape) is not None and self._styles is not None:
            body = self._styles.find(f"{P}bodyStyle")
            styles.extend([body] if body is not None else [])
        return Bullets(styles)

    def _inherited(self, shape: Element) -> list[Element]:
        reference = _reference(shape)
        if reference is None:
            return []
        kind, index = reference.get("type", "obj"), reference.get("idx", "0")
        like = next((each for each in self._layout if each[0] == index), None) or next(
            (each for each in self._layout if each[1] == kind), None
        )
        found = [like[2]] if like else []
        general = {"ctrTitle": "title"}.get(kind, kind if kind in ("title", "dt", "ftr", "sldNum") else "body")
        return found + [each[2] for each in self._master if each[1] == general][:1]


def _reference(shape: Element) -> Element | None:
    return shape.find(f"*/{P}nvPr/{P}ph")


def _placeholders(part: Part | None) -> list[tuple[str, str, Element]]:
    """Index, type and shape of a layout's or master's placeholders."""
    if part is None:
        return []
    found = []
    for shape in parse_xml(part.blob).iter(f"{P}sp", f"{P}pic", f"{P}graphicFrame"):
        reference = _reference(shape)
        if reference is not None:
            found.append((reference.get("idx", "0"), reference.get("type", "obj"), shape))
    return found


def _target(part: Part, kind: str) -> Part | None:
    for relation in part.rels.values():
        if relation.reltype.endswith(kind) and not relation.is_external:
            return relation.target_part
    return None


def _int(element: Element, name: str) -> int:
    value = element.get(name, "0")
    return int(value) if value.lstrip("-").isdigit() else 0
