"""EPUB books."""

import zipfile
from pathlib import Path

import pytest

from ingest.readers import Source, read
from ingest.readers.formats import EPUB
from rag.core.errors import Damaged, PasswordProtected
from rag.core.types import ParsedDocument

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="text/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Water &amp; Wells</dc:title>
<dc:date>2019</dc:date><meta property="dcterms:modified">2024-03-02T10:00:00Z</meta></metadata>
<manifest><item id="b" href="b%20two.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>
<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="pic" href="pic.png" media-type="image/png"/>
<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="b"/><itemref idref="a"/><itemref idref="gone"/></spine></package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
<nav epub:type="toc"><ol><li><a href="b%20two.xhtml#top">Chapter the first</a></li></ol></nav></body></html>"""
FIRST = """<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"
xmlns:epub="http://www.idpf.org/2007/ops"><head><title>x</title></head><body><section class="header"><h1>One</h1>
<p>Wells are dug<a epub:type="noteref" href="#n1">1</a> by hand.</p></section>
<aside epub:type="footnote" id="n1"><p>In the dry months.</p></aside></body></html>"""
SECOND = "<html xmlns='http://www.w3.org/1999/xhtml'><body><h1>Two</h1><p>Pumps come later.</p></body></html>"


def _book(tmp_path: Path, **more: str) -> Path:
    path = tmp_path / "book.epub"
    parts = {
        "META-INF/container.xml": CONTAINER, "text/book.opf": PACKAGE, "text/nav.xhtml": NAV,
        "text/b two.xhtml": FIRST, "text/a.xhtml": SECOND,
        **{name.replace("__", "/").replace("_", "."): text for name, text in more.items()},
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, text in parts.items():
            if text:
                archive.writestr(name, text)
    return path


def _texts(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(page.label, page.text) for page in parsed.pages]


def test_chapters_follow_in_reading_order_with_their_titles(tmp_path: Path) -> None:
    parsed = read(Source(_book(tmp_path)))
    assert (parsed.media_type, parsed.title, parsed.dated) == (EPUB, "Water & Wells", "2024-03-02")
    assert _texts(parsed) == [
        ("Chapter the first", "One\n\nWells are dug[1] by hand.\n\n[1] In the dry months."),
        ("Two", "Two\n\nPumps come later."),
    ]
    assert parsed.warnings == ("1 of 4 chapters are missing or damaged and were not read.",)


def test_copy_protection_is_told_and_obfuscated_fonts_are_none(tmp_path: Path) -> None:
    lock = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
        'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'
    )
    fonts = _book(tmp_path, **{"META-INF__encryption_xml": lock.format("http://www.idpf.org/2008/embedding")})
    assert len(read(Source(fonts)).pages) == 2
    locked = _book(tmp_path, **{"META-INF__encryption_xml": lock.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")})
    with pytest.raises(PasswordProtected, match="copy protection"):
        read(Source(locked))


def test_a_book_without_its_list_of_contents_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="list of contents"):
        read(Source(_book(tmp_path, text__book_opf="")))


def test_older_books_have_their_titles_in_an_ncx(tmp_path: Path) -> None:
    package = PACKAGE.replace('href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"',
                              'href="toc.ncx" media-type="application/x-dtbncx+xml"')  # fmt: skip
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>Second part</text>'
        '</navLabel><content src="a.xhtml"/></navPoint></navMap></ncx>'
    )
    parsed = read(Source(_book(tmp_path, text__book_opf=package, text__toc_ncx=ncx)))
    assert [page.label for page in parsed.pages] == ["One", "Second part"]
