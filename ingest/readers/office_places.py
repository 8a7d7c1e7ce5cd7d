"""Where office files show their pictures: in the text, or on which slide; what templates show is not among them."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.readers.formats import DOCX, ODP, PPTX
from ingest.readers.odf import CONTENT, DRAW, LINK
from ingest.readers.office_zip import parse_part

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def places(archive: zipfile.ZipFile, media_type: str) -> dict[str, int]:
    """By part name of a picture the number of the first slide that shows it, 0 in a file without slides.

    Args:
        media_type: DOCX, PPTX, ODT or ODP.
    """
    found: dict[str, int] = {}
    for name, slide in _shown(archive, media_type):
        found.setdefault(name, slide)
    return found


def _shown(archive: zipfile.ZipFile, media_type: str) -> Iterator[tuple[str, int]]:
    if media_type == DOCX:
        yield from ((name, 0) for name in _related(archive, "word/document.xml").values())
    elif media_type == PPTX:
        presentation = parse_part(archive, "ppt/presentation.xml")
        slides = _related(archive, "ppt/presentation.xml")
        for number, identifier in enumerate(_slide_ids(presentation), 1):
            related = _related(archive, slides.get(identifier, ""))
            yield from ((name, number) for name in related.values())
    else:
        content = parse_part(archive, CONTENT)
        bodies = [] if content is None else [content] if media_type != ODP else list(content.iter(f"{DRAW}page"))
        for number, body in enumerate(bodies, 1):
            for image in body.iter(f"{DRAW}image"):
                yield posixpath.normpath(image.get(LINK, "")), number if media_type == ODP else 0


def _slide_ids(presentation: Element | None) -> list[str]:
    if presentation is None:
        return []
    return [
        next((value for key, value in slide.items() if key.endswith("}id")), "")
        for slide in presentation.iter("{*}sldId")
    ]


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The names of the parts that a part refers to, by the identifiers it does so with."""
    folder, _, own = part.rpartition("/")
    relations = parse_part(archive, f"{folder}/_rels/{own}.rels")
    if relations is None:
        return {}
    return {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
        for relation in relations.iter("{*}Relationship")
    }
