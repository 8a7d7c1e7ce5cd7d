"""What .docx, .xlsx and .pptx share: their relations, their core properties, and variants that libraries refuse."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from ingest.readers.office_zip import parse_part, parse_xml

_STRICT: Final = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL: Final = b"http://schemas.openxmlformats.org/"
_CORE: Final = "/core-properties"
_CONTENT_TYPES: Final = "[Content_Types].xml"
# Word documents with macros and templates differ from usual ones by this line only, and python-docx refuses them.
_WORD_MAIN: Final = re.compile(
    rb"application/vnd\.(?:ms-word\.(?:document|template)\.macroEnabled(?:Template)?|"
    rb"openxmlformats-officedocument\.wordprocessingml\.template)\.main\+xml"
)
_WORD_USUAL: Final = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


@dataclass(frozen=True, slots=True)
class Relation:
    """A part's reference to another. `target` is a part's name, or what the file says where it lies outside."""

    id: str
    kind: str
    """The relation's type, an address; its last part names it: ".../image"."""
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class Properties:
    """The title, and the day of the last change (else of making) as YYYY-MM-DD; each "" when not said."""

    title: str = ""
    dated: str = ""


def relations(archive: zipfile.ZipFile, part: str) -> list[Relation]:
    """The relations of a part; of the package itself for ""."""
    folder, name = posixpath.split(part)
    root = parse_part(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    found: list[Relation] = []
    for element in root if root is not None else ():
        if isinstance(element.tag, str):
            external = element.get("TargetMode") == "External"
            target = element.get("Target", "")
            target = target if external else _resolved(folder, target)
            found.append(Relation(element.get("Id", ""), element.get("Type", ""), target, external))
    return found


def properties(archive: zipfile.ZipFile) -> Properties:
    """The core properties (ECMA-376 part 2, 11)."""
    for relation in relations(archive, ""):
        root = parse_part(archive, relation.target) if relation.kind.endswith(_CORE) else None
        if root is not None:
            texts = {str(child.tag).rpartition("}")[2]: child.text or "" for child in root}
            return Properties(texts.get("title", ""), day(texts.get("modified", "")) or day(texts.get("created", "")))
    return Properties()


def day(text: str) -> str:
    """The day of an ISO 8601 date as YYYY-MM-DD, "" where it is none."""
    match = re.match(r"\s*((?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?!\d)", text)
    return match.group(1) if match else ""


def usual_form(archive: zipfile.ZipFile) -> io.BytesIO | None:
    """A copy of the package as the libraries know it, None where it is that already.

    In the copy "strict" namespaces are the transitional ones, relations to parts that are missing are left out, and
    Word's templates and documents with macros call themselves documents.
    """
    names = set(archive.namelist())
    strict = any(_STRICT in archive.read(name) for name in names if name.endswith("_rels/.rels"))
    types = archive.read(_CONTENT_TYPES) if _CONTENT_TYPES in names else b""
    listed = [name for name in names if name.endswith(".rels")]
    mended = {name: data for name in listed if (data := _without_dangling(archive, name, names))}
    if not strict and not mended and not _WORD_MAIN.search(types):
        return None
    mended[_CONTENT_TYPES] = _WORD_MAIN.sub(_WORD_USUAL, types)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as copy:
        for name in archive.namelist():
            content = mended[name] if name in mended else archive.read(name)
            if strict and name.endswith((".xml", ".rels")):
                # The usual namespaces carry a year where the strict ones carry none.
                content = re.sub(re.escape(_STRICT) + rb"(\w+)/(\w+)", _TRANSITIONAL + rb"\1/2006/\2", content)
            copy.writestr(name, content)
    buffer.seek(0)
    return buffer


def _resolved(folder: str, target: str) -> str:
    path = unquote(target.partition("#")[0])
    return posixpath.normpath(path.lstrip("/") if path.startswith("/") else posixpath.join(folder, path))


def _without_dangling(archive: zipfile.ZipFile, name: str, names: set[str]) -> bytes:
    """A relations part without those whose part is missing; b"" where there are none such."""
    from lxml import etree

    root = parse_xml(archive.read(name))
    folder = posixpath.dirname(posixpath.dirname(name))
    dangling = [
        element
        for element in root
        if isinstance(element.tag, str)
        and element.get("TargetMode") != "External"
        and not element.get("Target", "").startswith("#")
        and _resolved(folder, element.get("Target", "")) not in names
    ]
    for element in dangling:
        root.remove(element)
    return etree.tostring(root) if dangling else b""
