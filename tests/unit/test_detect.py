"""Media types by content, with the name deciding only between kinds of plain text."""

import io
import zipfile
from pathlib import Path

import pytest

from ingest.readers import detect, read
from ingest.readers.detect import CSV, DOCX, HTML, MARKDOWN, PDF, TEXT, TSV, XLSX
from ingest.readers.encoding import decode
from rag.core.errors import Damaged, IngestError, NoText, PasswordProtected, TooLarge, UnsupportedFormat


def _zip(*names: str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.pdf", b"%PDF-1.4\n", PDF),
        ("a.docx", _zip("word/document.xml"), DOCX),
        ("a.xlsx", _zip("xl/workbook.xml"), XLSX),
        ("a.csv", b"a,b\n1,2\n", CSV),
        ("a.tsv", b"a\tb\n1\t2\n", TSV),
        ("a.md", b"# Title\n\nText", MARKDOWN),
        ("a.txt", b"Just text", TEXT),
        ("a.html", b"<p>Text</p>", HTML),
        ("LICENSE", b"Just text", TEXT),
    ],
)
def test_each_format_is_told_by_its_content(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = detect(path)
    assert (found.media_type, found.warning) == (expected, "")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("letter.docx", b"%PDF-1.7\n", PDF),
        ("page.txt", b"<!DOCTYPE html><html><body><p>Hello there</p></body></html>", HTML),
        ("table.pdf", _zip("xl/workbook.xml"), XLSX),
        ("notes.pdf", b"Only words in here.", TEXT),
    ],
)
def test_a_wrong_name_is_read_by_content_and_said(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = detect(path)
    assert found.media_type == expected
    assert path.suffix in found.warning


@pytest.mark.parametrize(
    ("name", "data", "error", "words"),
    [
        ("a.pdf", b"", NoText, "is empty"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(40), UnsupportedFormat, "PNG picture"),
        ("a.pptx", _zip("ppt/presentation.xml"), UnsupportedFormat, "PowerPoint"),
        ("a.zip", _zip("one.txt"), UnsupportedFormat, "zip archive"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), UnsupportedFormat, ".doc"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            PasswordProtected,
            "password",
        ),
        ("a.docx", _zip("word/document.xml")[:40], Damaged, "damaged"),
        ("a.docx", _zip("word/document.xml", content=bytes(150 * 1024**2)), TooLarge, "unpacks"),
        ("a.bin", bytes(range(256)) * 40, UnsupportedFormat, "binary"),
        ("a.rtf", b"{\\rtf1 text}", UnsupportedFormat, "RTF"),
        ("a.xml", b"<?xml version='1.0'?><a/>", UnsupportedFormat, "XML"),
        ("a.json", b'{"a": 1}', UnsupportedFormat, "JSON"),
    ],
)
def test_what_cannot_be_read_says_what_it_seems_to_be(
    tmp_path: Path, name: str, data: bytes, error: type[IngestError], words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        read(path)
    assert words in caught.value.message
    assert name in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso-8859-1"]
)
def test_the_usual_encodings_of_western_text(encoding: str) -> None:
    text = "Die Öffnungszeiten für Ärzte und Gäste.\nCafé, crème brûlée, señor, naïve façade. " * 5
    assert decode(text.encode(encoding)) == text


def test_other_scripts_in_their_old_code_pages() -> None:
    russian = "Вакцины хранятся при температуре от двух до восьми градусов. Холодильник проверяют дважды в день. " * 4
    assert decode(russian.encode("cp1251")) == russian


def test_a_beginning_that_ends_within_a_character_is_text() -> None:
    data = "Überall Größe".encode()
    assert decode(data[:1], whole=False) == ""
    assert decode(data[:10], whole=False) is not None


@pytest.mark.parametrize("data", [bytes(range(256)) * 4, b"\x7fELF" + bytes(200), b"\x00\x01\x02\x03" * 50])
def test_binary_is_no_text(data: bytes) -> None:
    assert decode(data) is None
