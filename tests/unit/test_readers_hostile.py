"""Files made to harm: bombs, paths that lead out, endless nesting, entities."""

import io
import tempfile
import time
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml.etree import XMLSyntaxError
from openpyxl import Workbook

from ingest.readers import Limits, Source, detect, read
from ingest.readers.formats import DOCX
from ingest.readers.xlsx_strings import S, show_strings
from rag.core.errors import Damaged, TooLarge
from rag.core.types import ParsedDocument

SMALL = Limits(pages=100, unpacked=20 * 1024**2, members=200)


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("spool")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _read(tmp_path: Path, name: str, data: bytes, limits: Limits = SMALL) -> ParsedDocument:
    path = tmp_path / name
    path.write_bytes(data)
    return read(Source(path, limits=limits))


def test_archives_within_archives_without_end_are_too_large(tmp_path: Path) -> None:
    data = _zip({f"{number}.txt": bytes(1024**2) for number in range(16)})
    for _ in range(3):
        data = _zip({f"{number}.zip": data for number in range(16)})
    assert len(data) < 300_000
    with pytest.raises(TooLarge, match=r"a\.zip"):
        _read(tmp_path, "a.zip", data)


def test_one_large_member_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="unpacks to more than 20 MB"):
        _read(tmp_path, "a.zip", _zip({"a.txt": bytes(30 * 1024**2)}))
    with pytest.raises(TooLarge, match="unpacks to more than 20 MB"):
        _read(tmp_path, "a.zip", _zip({"b.zip": _zip({"a.txt": bytes(30 * 1024**2)}), "good.txt": b"Good."}))


def test_a_member_that_lies_about_its_size_is_unpacked_to_that_size_only(tmp_path: Path) -> None:
    data = bytearray(_zip({"a.txt": b"A" * 30 * 1024**2}))
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.rindex(magic) + offset
        data[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(Damaged, match="cannot be unpacked"):
        _read(tmp_path, "a.zip", bytes(data))


def test_an_archive_that_holds_itself_ends_at_the_limit_of_depth(tmp_path: Path) -> None:
    data = _zip({"good.txt": b"Good text."})
    for _ in range(8):
        data = _zip({"good.txt": b"Good text.", "self.zip": data})
    parsed = _read(tmp_path, "a.zip", data)
    assert len(parsed.pages) == SMALL.depth
    assert any("lies within 5 files that hold other files" in warning for warning in parsed.warnings)


def test_paths_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    names = ["../outside.txt", str(outside), "..\\..\\outside.txt", "a\0b.txt", "CON", "x" * 5000 + ".txt", "é" * 300]
    parsed = _read(tmp_path, "a.zip", _zip({name: f"Text of {place}.".encode() for place, name in enumerate(names)}))
    assert len(parsed.pages) == len(names)
    assert not outside.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The secret.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, str(tmp_path / "secret.txt"))
    assert "The secret." not in _read(tmp_path, "a.zip", buffer.getvalue()).pages[0].text


def test_a_disk_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    data = _zip({"a.txt": b"Some words. " * 200_000})
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024**2, before[1]))
    try:
        with pytest.raises(TooLarge, match="no room on the disk"):
            read(Source(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_message_in_messages_without_end(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Level", "a@example.org"
    message.set_content("Text.")
    for _ in range(12):
        outer = EmailMessage()
        outer["Subject"], outer["From"] = "Level", "a@example.org"
        outer.set_content("Text.")
        outer.add_attachment(message)
        message = outer
    parsed = _read(tmp_path, "a.eml", message.as_bytes())
    assert len(parsed.pages) == SMALL.depth + 1


def test_parts_of_a_message_without_end(tmp_path: Path) -> None:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    data = b"From: a@example.org\nSubject: Deep\nMIME-Version: 1.0\n" + parts + b"\nText\n"
    with pytest.raises(TooLarge, match="nested too deeply"):
        _read(tmp_path, "a.eml", data)


# --- XML and HTML -----------------------------------------------------------------------------------------------------

_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10))


def test_nothing_that_xml_refers_to_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The secret.")
    uri = (tmp_path / "secret.txt").as_uri().encode()
    for head in (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "' + uri + b'">]>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "' + uri + b'"> %p; <!ENTITY x "y">]>',
        b'<!DOCTYPE a SYSTEM "' + uri + b'">',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    ):
        include = b'<i xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="' + uri + b'"/></i>'
        parsed = _read(
            tmp_path, "a.xml", b"<?xml version='1.0'?>" + head + b"<a><p>One &x; two</p>" + include + b"</a>"
        )
        assert parsed.pages[0].text == "One two"


def test_entities_that_grow_without_end_are_not_expanded(tmp_path: Path) -> None:
    head = b"<?xml version='1.0'?><!DOCTYPE a [" + _LAUGHS + b"]>"
    parsed = _read(tmp_path, "a.xml", head + b"<a><p>One &l9; two</p></a>")
    assert len(parsed.pages[0].text) < 100
    assert "amplification" in parsed.warnings[0]
    with pytest.raises(Damaged, match="amplification"):
        _read(tmp_path, "a.xml", head + b'<a><p title="&l9;">One</p></a>')


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "dl><dd", "blockquote", "h1", "x-y"])
@pytest.mark.parametrize("depth", [1000, 10_000])
def test_html_of_any_depth_keeps_its_text(tmp_path: Path, tag: str, depth: int) -> None:
    data = f"<html><body><p>The top.</p>{f'<{tag}>' * depth}The middle.<p>The bottom.</body></html>".encode()
    parsed = _read(tmp_path, "a.html", data)
    text = " ".join(parsed.pages[0].text.split())
    assert all(part in text for part in ("The top.", "The middle.", "The bottom."))
    assert "deep within each other" in parsed.warnings[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", f"<p>Text.</p>{'<div id=toc>' * 60}{'<h2>Part</h2>' * 20_000}<h2>toc</h2>"),
        ("a.md", "Text.\n\n" + "<!-- open\n" * 10_000),
        ("a.md", "Text.\n\n<div>" + "<a '\"<!--<script>" * 5_000),
    ],
    ids=["ids", "lines", "tags"],
)
def test_elements_without_number_are_read_in_time(tmp_path: Path, name: str, text: str) -> None:
    started = time.monotonic()
    assert "Text." in _read(tmp_path, name, text.encode()).pages[0].text
    assert time.monotonic() - started < 20


def test_tags_in_markdown_that_close_nothing_are_passed_over(tmp_path: Path) -> None:
    started = time.monotonic()
    parsed = _read(tmp_path, "a.md", b"Give <b><s>5 mg</i></b> 6 mg " + b"<b>" * 20_000 + b"x</i>" * 20_000)
    assert parsed.pages[0].text == "Give 6 mg " + "x" * 20_000
    assert time.monotonic() - started < 15, "closing tags takes more than time in proportion"


def test_a_formula_does_not_repeat_what_stands_between_its_terms_without_end(tmp_path: Path) -> None:
    term = "<m:e><m:r><m:t>a</m:t></m:r></m:e>"
    between = f'<m:dPr><m:begChr m:val="[["/><m:sepChr m:val="{"," * 100_000}"/></m:dPr>'
    formula = (
        f'<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:d>{between}{term * 300}'
    )
    parsed = _word(tmp_path, "", f"{formula}</m:d></m:oMath>")
    assert parsed.pages[0].text == f"[{','.join('a' * 300)})"


def test_xml_of_any_depth_ends(tmp_path: Path) -> None:
    assert "The bottom." in _read(tmp_path, "a.xml", b"<a>" * 200 + b"<p>The bottom.</p>" + b"</a>" * 200).pages[0].text
    with pytest.raises(Damaged, match="depth"):
        _read(tmp_path, "a.xml", b"<a>" * 50_000 + b"The bottom." + b"</a>" * 50_000)


def test_office_files_that_unpack_beyond_the_limit_are_refused_before(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(_zip({"word/document.xml": bytes(5 * 1024**2)}))
    assert detect(Source(path, limits=SMALL)).media_type == DOCX
    path.write_bytes(_zip({"word/document.xml": bytes(25 * 1024**2)}))
    with pytest.raises(TooLarge):
        detect(Source(path, limits=SMALL))


def test_pages_beyond_the_limit_are_left_with_a_warning_in_any_format(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for name in ("one", "two", "three"):
        sheet = book.create_sheet(name)
        sheet.append(["Part", "Price"])
        sheet.append(["Seal", 5])
    book.save(tmp_path / "a.xlsx")
    parsed = read(Source(tmp_path / "a.xlsx", limits=Limits(pages=2)))
    assert len(parsed.pages) == 2
    assert {block.span.page for block in parsed.blocks} <= {1, 2}
    assert any("first 2" in warning for warning in parsed.warnings)


# --- Styles and fonts -------------------------------------------------------------------------------------------------

_STYLES, _RUNS = 3000, 3000


def _word(tmp_path: Path, styles: str, runs: str) -> ParsedDocument:
    word = Document()
    for style in parse_xml(f"<w:styles {nsdecls('w')}>{styles}</w:styles>"):
        word.styles.element.append(style)
    word.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>"))
    word.save(str(tmp_path / "made.docx"))
    return read(Source(tmp_path / "made.docx"))


def _opendocument(tmp_path: Path, styles: str, spans: str) -> ParsedDocument:
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("style", "style"), ("fo", "xsl-fo-compatible"))
    )
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "content.xml": (
            f"<office:document-content{spaces}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
            f"<office:text><text:p>{spans}</text:p></office:text></office:body></office:document-content>"
        ).encode(),
    }
    return _read(tmp_path, "made.odt", _zip(parts))


def test_styles_that_are_based_on_each_other_without_end_are_gone_through_once(tmp_path: Path) -> None:
    started = time.monotonic()
    based = "".join(
        f"<w:style w:type='character' w:styleId='Q{n}'><w:basedOn w:val='Q{n + 1}'/>"
        f"<w:rPr>{'<w:strike/>' if n == 3 else '<w:b/>'}</w:rPr></w:style>"
        for n in range(_STYLES)
    )
    runs = "".join(
        f"<w:r><w:rPr><w:rStyle w:val='Q{n if n % 2 else 4}'/></w:rPr><w:t xml:space='preserve'>a{n} </w:t></w:r>"
        for n in range(_RUNS)
    )
    parsed = _word(tmp_path, based, runs)
    words = parsed.pages[0].text.split()
    assert not {"a1", "a3"} & set(words)
    assert {"a4", "a5", f"a{_RUNS - 1}"} <= set(words)
    based = "".join(
        f'<style:style style:name="T{n}" style:family="text" style:parent-style-name="T{n + 1}"><style:text-properties '
        f"{'style:text-line-through-type=' if n == 3 else 'style:text-position='}"
        f'"{"single" if n == 3 else "0% 100%"}"/></style:style>'
        for n in range(_STYLES)
    )
    spans = "".join(f'<text:span text:style-name="T{n if n % 2 else 4}">a{n} </text:span>' for n in range(_RUNS))
    words = _opendocument(tmp_path, based, spans).pages[0].text.split()
    assert not {"a1", "a3"} & set(words)
    assert {"a4", "a5", f"a{_RUNS - 1}"} <= set(words)
    assert time.monotonic() - started < 15, "going through the styles takes more than time in proportion"


def test_names_of_fonts_without_end_are_not_gone_through(tmp_path: Path) -> None:
    started = time.monotonic()
    style = f'<style:style style:name="A" style:family="text"><style:text-properties fo:font-family="{"x" * 200_000}"/>'
    spans = '<text:span text:style-name="A">a </text:span>' * 6000
    parsed = _opendocument(tmp_path, f"{style}</style:style>", spans)
    assert parsed.pages[0].text.split() == ["a"] * 6000
    for name in ("x" * 500_000 + ";", "a{}" * 150_000):
        body = r"{\fonttbl{\f0 " + name + r"}{\f1\fcharset2 Symbol;}}" + r"{\f0 a }{\f1 m }" * 3000
        parsed = _read(tmp_path, "made.rtf", rb"{\rtf1 " + body.encode() + b"}")
        assert parsed.pages[0].text.split() == ["a", "µ"] * 3000
    assert time.monotonic() - started < 15, "reading fonts takes more than time in proportion"


# --- Workbooks --------------------------------------------------------------------------------------------------------


def _workbook(tmp_path: Path, number_format: str, changed: dict[str, tuple[str, str]]) -> ParsedDocument:
    """A workbook of a head and a row, "Zinc" and a figure, with text in some of its parts put for another."""
    book = Workbook()
    book.active.append(["Drug", "Dose"])
    book.active.append(["Zinc", 1])
    book.active["B2"].number_format = number_format
    book.save(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, (old, new) in changed.items():
        assert old.encode() in parts[name]
        parts[name] = parts[name].replace(old.encode(), new.encode())
    return _read(tmp_path, "made.xlsx", _zip(parts))


def test_a_figure_too_long_for_its_format_is_read_without_it(tmp_path: Path) -> None:
    figure = "7" * 4200
    parsed = _workbook(tmp_path, f"#/{'9' * 200}", {"xl/worksheets/sheet1.xml": ("<v>1</v>", f"<v>{figure}</v>")})
    assert f"Zinc | {figure}" in parsed.pages[0].text


def test_a_string_longer_than_the_parsers_limit_is_read() -> None:
    runs = f"<r><rPr><strike/></rPr><t>5 mg</t></r><r><t>{'word ' * 2_200_000}</t></r>"
    shown, struck = show_strings(f'<sst xmlns="{S.strip("{}")}"><si>{runs}</si></sst>'.encode())
    assert len(shown) > 10_000_000
    assert b"5 mg" not in shown
    assert struck == {0: 1}


def test_entities_of_a_workbooks_strings_do_not_grow() -> None:
    string = '<si><r><rPr><rFont val="&l9;"/></rPr><t>Zinc</t></r></si>'
    part = f'<!DOCTYPE sst [{_LAUGHS.decode()}]><sst xmlns="{S.strip("{}")}">{string}</sst>'
    with pytest.raises(XMLSyntaxError, match="amplification"):
        show_strings(part.encode())
