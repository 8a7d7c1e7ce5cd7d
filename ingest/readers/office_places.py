"""Where office files show their pictures: in the text, or on which slide; what templates show is not among them."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.readers.formats import ODP, ODT, PPTX
from ingest.readers.odf import CONTENT, DRAW, LINK
from ingest.readers.office_zip import parse_part

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_REFERENCES: Final = ("}embed", "}link", "}id")
"""Ends of the attributes that refer to a related part, in both namespaces that Office writes."""
_NOT_SHOWN: Final = frozenset({"Fallback", "del", "moveFrom"})
"""Elements whose content stands twice or no more."""


class Shown(NamedTuple):
    """How a picture is shown."""

    slide: int
    """The first that shows it; 0 in a file without slides."""
    times: int


def places(archive: zipfile.ZipFile, media_type: str) -> dict[str, Shown]:
    """The pictures and other parts that the text or slides show, by part name.

    Args:
        media_type: DOCX, PPTX, ODT or ODP.
    """
    found: dict[str, Shown] = {}
    named = _in_open_document if media_type in (ODT, ODP) else _in_office_open
    for name, slide in named(archive, media_type):
        earlier = found.get(name, Shown(slide, 0))
        found[name] = earlier._replace(times=earlier.times + 1)
    return found


def _in_open_document(archive: zipfile.ZipFile, media_type: str) -> Iterator[tuple[str, int]]:
    content = parse_part(archive, CONTENT)
    if content is None:
        return
    for number, body in enumerate(content.iter(f"{DRAW}page"), 1) if media_type == ODP else [(0, content)]:
        for image in body.iter(f"{DRAW}image"):
            yield posixpath.normpath(image.get(LINK, "")), number


def _in_office_open(archive: zipfile.ZipFile, media_type: str) -> Iterator[tuple[str, int]]:
    main = next(_main_parts(archive), "")
    parts = [(0, main)]
    if media_type == PPTX:
        root, slides = parse_part(archive, main), _related(archive, main)
        listed = [] if root is None else list(root.iter("{*}sldId"))
        parts = [(number, slides.get(_reference(slide, "}id"), "")) for number, slide in enumerate(listed, 1)]
    for number, part in parts:
        root, related = parse_part(archive, part), _related(archive, part)
        for element in [] if root is None else _shown(root):
            for end in _REFERENCES:
                if name := related.get(_reference(element, end)):
                    yield name, number


def _shown(root: Element) -> Iterator[Element]:
    """An element and all below it but what stands there twice or was deleted."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if str(element.tag).rpartition("}")[2] not in _NOT_SHOWN:
            yield element
            waiting.extend(reversed(element))


def _reference(element: Element, end: str) -> str:
    return next((str(value) for key, value in element.items() if str(key).endswith(end)), "")


def _main_parts(archive: zipfile.ZipFile) -> Iterator[str]:
    relations = parse_part(archive, "_rels/.rels")
    for relation in [] if relations is None else relations.iter("{*}Relationship"):
        if relation.get("Type", "").endswith("/officeDocument"):
            yield posixpath.normpath(relation.get("Target", "")).lstrip("/")


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The names of the parts that a part refers to, by the identifiers it does so with."""
    folder, _, own = part.rpartition("/")
    relations = parse_part(archive, f"{folder}/_rels/{own}.rels".lstrip("/"))
    if relations is None:
        return {}
    return {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
        for relation in relations.iter("{*}Relationship")
        if relation.get("TargetMode") != "External"
    }
