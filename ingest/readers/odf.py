"""What the readers of OpenDocument files share: the package, its properties, its names, and text within a paragraph."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import clean, one_line
from ingest.readers.formulas import mathml
from ingest.readers.note_marks import noted, reference
from ingest.readers.office_zip import open_package, parse_part
from ingest.readers.ooxml import Properties, day
from ingest.readers.remarks import comment
from ingest.readers.source import Source
from ingest.readers.zips import read_part
from rag.core.errors import Damaged, PasswordProtected

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NS: Final = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
OFFICE: Final = _NS % "office"
TEXT: Final = _NS % "text"
TABLE: Final = _NS % "table"
DRAW: Final = _NS % "drawing"
STYLE: Final = _NS % "style"
SVG: Final = _NS % "svg-compatible"
FORMATTING: Final = _NS % "xsl-fo-compatible"
PRESENTATION: Final = _NS % "presentation"
_META: Final = _NS % "meta"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
LINK: Final = "{http://www.w3.org/1999/xlink}href"
_MATH: Final = "{http://www.w3.org/1998/Math/MathML}"

CONTENT: Final = "content.xml"
_LARGEST_MANIFEST: Final = 4 * 1024**2
# Blanks may be stored as a count; no paragraph is set with more.
_MOST_BLANKS: Final = 100
_SILENT: Final = frozenset(
    {
        *(f"{TEXT}{name}" for name in ("tracked-changes", "ruby-text", "hidden-text", "note-citation", "script")),
        f"{OFFICE}annotation-end",
        f"{OFFICE}forms",
        f"{_DC}creator",
        f"{_DC}date",
        f"{_META}creator-initials",
    }
)
_LENGTH: Final = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt|pc|px)")
_MILLIMETRES: Final = {"cm": 10.0, "mm": 1.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "px": 25.4 / 96}


def open_document(source: Source) -> zipfile.ZipFile:
    """The package of an OpenDocument file.

    Raises:
        PasswordProtected: its content is encrypted.
        Damaged: it has no content, or see `open_package`.
        TooLarge: it unpacks to more than the limit.
    """
    archive = open_package(source)
    if b"encryption-data" in read_part(archive, "META-INF/manifest.xml", _LARGEST_MANIFEST):
        archive.close()
        raise PasswordProtected(
            f"{source.name} is locked with a password.", "Save a copy without the password and add that."
        )
    if CONTENT not in archive.NameToInfo:
        archive.close()
        raise Damaged(f"{source.name} is damaged: its content is missing.", "Get a fresh copy.")
    return archive


def properties(archive: zipfile.ZipFile) -> Properties:
    """Title and date from the document's metadata."""
    root = parse_part(archive, "meta.xml")
    if root is None:
        return Properties()
    names = (f"{_DC}title", f"{_DC}date", f"{_META}creation-date")
    title, changed, made = (root.findtext(f".//{name}") or "" for name in names)
    return Properties(title, day(changed) or day(made))


@dataclass(slots=True)
class Inline:
    """A paragraph's text, and what is anchored in it."""

    text: str = ""
    notes: list[str] = field(default_factory=list)
    """Footnotes, endnotes and comments, a line each."""
    frames: list[Element] = field(default_factory=list)
    """Pictures, text boxes and other drawings."""


def inline(paragraph: Element) -> Inline:
    """Take a paragraph or heading apart."""
    found = Inline()
    found.text = "".join(_strings(paragraph, found))
    return found


def lines(element: Element) -> str:
    """The text of all paragraphs below an element, a line each, without notes, comments and drawings in them."""
    paragraphs = [element] if element.tag in (f"{TEXT}p", f"{TEXT}h") else element.iter(f"{TEXT}p", f"{TEXT}h")
    return "\n".join(text for paragraph in paragraphs if (text := clean(inline(paragraph).text)))


def plain(element: Element) -> str:
    """`lines` as one."""
    return one_line(lines(element))


def said_in_comment(annotation: Element, place: str = "") -> str:
    """A comment as a line, see `comment`."""
    return comment(one_line(annotation.findtext(f"{_DC}creator") or ""), plain(annotation), place)


def count(element: Element, name: str, limit: int) -> int:
    """An attribute that counts repetitions or spans: at least 1, at most `limit`."""
    value = element.get(name, "1")
    return max(1, min(int(value), limit)) if value.isdigit() else 1


def millimetres(text: str) -> int:
    """A length in hundredths of a millimetre, 0 where there is none."""
    match = _LENGTH.fullmatch(text.strip())
    return round(float(match.group(1)) * _MILLIMETRES[match.group(2)] * 100) if match else 0


def embedded(archive: zipfile.ZipFile, frame: Element) -> Element | None:
    """The content of the object (chart, formula) in a frame, None where it has none that is XML."""
    for link in frame.iter(f"{DRAW}object"):
        folder = (link.get(LINK) or "").removeprefix("./").rstrip("/")
        if folder:
            return parse_part(archive, f"{folder}/{CONTENT}")
    return None


def formula(root: Element) -> str:
    """A formula's signs in their order, "" where `root` holds none."""
    return one_line(mathml(root)) if str(root.tag).startswith(_MATH) else ""


def _strings(element: Element, found: Inline) -> Iterator[str]:
    # White space is collapsed; blanks that count are elements. (OpenDocument 1.3 part 3, 6.1.2)
    yield re.sub(r"[ \t\r\n]+", " ", element.text or "")
    for child in element:
        tag = child.tag
        if tag == f"{TEXT}s":
            yield " " * count(child, f"{TEXT}c", _MOST_BLANKS)
        elif tag == f"{TEXT}tab":
            yield "\t"
        elif tag == f"{TEXT}line-break":
            yield "\n"
        elif tag == f"{TEXT}note":
            body, mark = child.find(f"{TEXT}note-body"), child.findtext(f"{TEXT}note-citation") or ""
            found.notes.append(noted(mark, plain(body)) if body is not None else "")
            yield reference(mark)
        elif tag == f"{OFFICE}annotation":
            found.notes.append(said_in_comment(child))
        elif isinstance(tag, str) and tag.startswith(DRAW) and tag != f"{DRAW}a":
            found.frames.append(child)
        elif isinstance(tag, str) and tag not in _SILENT:
            yield from _strings(child, found)
        yield re.sub(r"[ \t\r\n]+", " ", child.tail or "")
