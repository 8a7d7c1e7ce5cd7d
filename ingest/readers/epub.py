"""EPUB books: chapters in reading order, each a page that is labelled with its title."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from ingest.readers import html
from ingest.readers.builder import DocumentBuilder, one_line
from ingest.readers.dates import iso_date
from ingest.readers.formats import EPUB
from ingest.readers.source import Source
from ingest.readers.zips import open_zip, read_part
from rag.core.errors import Damaged, PasswordProtected
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
# Ways to obfuscate fonts: EPUB 3.3, 4.2.3, and Adobe's. They lock nothing that is read here.
_FONTS: Final = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CONTENT: Final = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_LONGEST_PART: Final = 64 * 1024**2
_LONGEST_LABEL: Final = 80


def read(source: Source) -> ParsedDocument:
    """Read a book.

    Raises:
        PasswordProtected: its text is encrypted (DRM).
        Damaged: its list of contents is missing.
    """
    document = DocumentBuilder(EPUB)
    with open_zip(source) as archive:
        _refuse_locked(source, archive)
        package, folder = _package(source, archive)
        items = {item.get("id") or "": item for item in _all(package, "item")}
        _describe(document, package)
        labels = _labels(archive, items, folder)
        unread = 0
        spine = [items[ref] for itemref in _all(package, "itemref") if (ref := itemref.get("idref") or "") in items]
        for item in spine[: source.limits.pages]:
            path = _path(folder, item.get("href") or "")
            if (item.get("media-type") or "") not in _CONTENT or item.get("properties") == "nav":
                continue
            decoded = html.decode_html(read_part(archive, path, _LONGEST_PART))
            if decoded is None or not decoded.text.strip():
                unread += 1
                continue
            _chapter(document, decoded.text, labels.get(path, ""))
    if unread:
        document.warnings.append(f"{unread} of {len(spine)} chapters are missing or damaged and were not read.")
    if len(spine) > source.limits.pages:
        document.warnings.append(f"Read in part: the first {source.limits.pages:,} of {len(spine):,} chapters.")
    return document.build(source.title)


def _chapter(document: DocumentBuilder, text: str, label: str) -> None:
    page = document.new_page(label)
    html.fill(document, page, text)
    if not page.label:
        heading = next((block for block in page.blocks if block.kind is BlockKind.HEADING), None)
        if heading is not None:
            text = page.page().text[heading.span.start : heading.span.end]
            page.label = text if len(text) <= _LONGEST_LABEL else ""


def _refuse_locked(source: Source, archive: zipfile.ZipFile) -> None:
    root = _xml(read_part(archive, _ENCRYPTION, _LONGEST_PART))
    if root is None:
        return
    for data in _all(root, "EncryptedData"):
        ways = [way.get("Algorithm") or "" for way in _all(data, "EncryptionMethod")]
        if any(way not in _FONTS for way in ways):
            raise PasswordProtected(
                f"{source.name} is locked by its seller's copy protection (DRM).",
                "Ask the seller or publisher for a copy without it.",
            )


def _package(source: Source, archive: zipfile.ZipFile) -> tuple[_Element, str]:
    """The book's list of contents (the package document) and the folder it lies in."""
    container = _xml(read_part(archive, _CONTAINER, _LONGEST_PART))
    named = [entry.get("full-path") or "" for entry in _all(container, "rootfile")] if container is not None else []
    listed = [name for name in archive.namelist() if name.lower().endswith(".opf")]
    for path in [*named, *listed]:
        package = _xml(read_part(archive, path, _LONGEST_PART))
        if package is not None:
            return package, posixpath.dirname(path)
    raise Damaged(f"{source.name} is damaged: its list of contents is missing.", "Get a fresh copy of the book.")


def _describe(document: DocumentBuilder, package: _Element) -> None:
    titles = [one_line("".join(element.itertext())) for element in _all(package, "title")]
    document.title = next(filter(None, titles), "")
    modified = [
        "".join(element.itertext())
        for element in _all(package, "meta")
        if element.get("property") == "dcterms:modified"
    ]
    dates = [*modified, *("".join(element.itertext()) for element in _all(package, "date"))]
    document.dated = next(filter(None, map(iso_date, dates)), "")


def _labels(archive: zipfile.ZipFile, items: dict[str, _Element], folder: str) -> dict[str, str]:
    """Titles of chapters by path: from the navigation document of EPUB 3, else from the NCX of EPUB 2."""
    labels: dict[str, str] = {}
    for item in items.values():
        path = _path(folder, item.get("href") or "")
        if "nav" in (item.get("properties") or "").split():
            root = _xml(read_part(archive, path, _LONGEST_PART))
            for link in _all(root, "a") if root is not None else []:
                labels.setdefault(_path(posixpath.dirname(path), link.get("href") or ""), _label(link))
        elif item.get("media-type") == "application/x-dtbncx+xml":
            root = _xml(read_part(archive, path, _LONGEST_PART))
            for point in _all(root, "navPoint") if root is not None else []:
                target = next((each.get("src") or "" for each in _all(point, "content")), "")
                text = next(iter(_all(point, "text")), None)
                if target and text is not None:
                    labels.setdefault(_path(posixpath.dirname(path), target), _label(text))
    return labels


def _label(element: _Element) -> str:
    text = one_line("".join(element.itertext()))
    return text if len(text) <= _LONGEST_LABEL else text[:_LONGEST_LABEL].rsplit(" ", 1)[0] + " …"


def _path(folder: str, href: str) -> str:
    """Path within the archive of what a file in `folder` refers to."""
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _xml(data: bytes) -> _Element | None:
    from lxml import etree

    if not data:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        return etree.fromstring(re.sub(rb"&[a-zA-Z]+;", _known_entity, data), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _known_entity(entity: re.Match[bytes]) -> bytes:
    """XML's own entities stay; others, which a book must not have there, become blanks."""
    return entity.group() if entity.group() in (b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&apos;") else b" "


def _all(root: _Element, name: str) -> list[_Element]:
    """All elements of a name, whatever their namespace."""
    return [
        element for element in root.iter() if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == name
    ]
