"""Old Office formats: workbooks made here record by record, documents and slides by LibreOffice where it is there."""

import struct
import subprocess
from pathlib import Path

import pytest
from docx import Document
from pptx import Presentation

from ingest.readers import Source, legacy, xls
from ingest.readers.registry import read
from rag.core.errors import IngestError, PasswordProtected, UnsupportedFormat
from rag.core.types import ParsedDocument

needs_office = pytest.mark.skipif(legacy.office_program() is None, reason="LibreOffice is not installed")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _blocks(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, parsed.slice(block.span)) for block in parsed.blocks]


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _string(text: str, length: str = "<H") -> bytes:
    """A BIFF8 string: its length, 1 for two bytes a character, the characters."""
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _workbook(sheets: dict[str, tuple[int, bytes]], extra: bytes = b"") -> bytes:
    """A BIFF8 stream ([MS-XLS] 2.1.7) of sheets: name to hidden state and cell records.

    Formats by style number: 0 General, 1 0.00 "kg", 2 a date, 3 percent, 4 General in bold, 5 General struck out.
    Fonts by number: 5 bold, 6 struck out, 7 raised; the others are plain.
    """
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    fonts = b"".join(
        _record(
            0x31, struct.pack("<HHHHHBBBB", 200, flags, 0x7FFF, weight, raised, 0, 0, 0, 0) + _string("Arial", "<B")
        )
        for weight, flags, raised in (*[(400, 0, 0)] * 4, (700, 0, 0), (400, 8, 0), (400, 0, 1))
    )
    formats = _record(0x41E, struct.pack("<H", 164) + _string('0.00 "kg"'))
    styles = b"".join(
        _record(0xE0, struct.pack("<HHH", font, form, 0) + bytes(14))
        for font, form in ((0, 0), (0, 164), (0, 14), (0, 9), (5, 0), (6, 0))
    )
    bodies = [
        _record(0x809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + _record(0x0A)
        for _, cells in sheets.values()
    ]
    head = _record(0x809, begin) + extra + _record(0x42, struct.pack("<H", 1200)) + fonts + formats + styles
    listed = sum(len(_record(0x85, bytes(6) + _string(name, "<B"))) for name in sheets)
    place = len(head) + listed + len(_record(0x0A))
    bounds = b""
    for (name, (hidden, _)), body in zip(sheets.items(), bodies, strict=True):
        bounds += _record(0x85, struct.pack("<IBB", place, hidden, 0) + _string(name, "<B"))
        place += len(body)
    return head + bounds + _record(0x0A) + b"".join(bodies)


def _label(row: int, column: int, text: str, style: int = 0) -> bytes:
    return _record(0x204, struct.pack("<HHH", row, column, style) + _string(text))


def _rich(row: int, column: int, text: str, runs: list[tuple[int, int]]) -> bytes:
    """A label of several fonts: from which character on which font holds."""
    fonts = b"".join(struct.pack("<HH", *run) for run in runs)
    return _record(0xD6, struct.pack("<HHH", row, column, 0) + _string(text) + struct.pack("<H", len(runs)) + fonts)


def _number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return _record(0x203, struct.pack("<HHHd", row, column, style, value))


def _xls(tmp_path: Path, sheets: dict[str, tuple[int, bytes]], extra: bytes = b"") -> Source:
    path = tmp_path / "made.xls"
    path.write_bytes(_workbook(sheets, extra))
    return Source(path)


def test_an_old_workbook_shows_values_as_its_formats_do_and_leaves_out_hidden_sheets(tmp_path: Path) -> None:
    merged = _record(0xE5, struct.pack("<HHHHH", 1, 1, 2, 0, 0))
    cells = (
        b"".join(_label(0, column, text, 4) for column, text in enumerate(("Item", "Weight", "Since", "Share", "Ok")))
        + _label(1, 0, "Rice 米")
        + _number(1, 1, 2.5, 1)
        + _number(1, 2, 45730, 2)
        + _number(1, 3, 0.25, 3)
        + _record(0x205, struct.pack("<HHHBB", 1, 4, 0, 1, 0))
        + _number(2, 1, 3, 1)
        + _record(0x205, struct.pack("<HHHBB", 2, 4, 0, 7, 1))
        + merged
    )
    parsed = xls.read(_xls(tmp_path, {"Stock": (0, cells), "Old": (1, _label(0, 0, "secret"))}))
    assert [page.label for page in parsed.pages] == ["Stock"]
    assert _blocks(parsed) == [
        ("heading", "Stock"),
        ("table_head", "Item | Weight | Since | Share | Ok"),
        ("table_row", "Rice 米 | 2.50 kg | 2025-03-14 | 25% | TRUE"),
        ("table_row", "Rice 米 | 3.00 kg |  |  | #DIV/0!"),
    ]
    assert parsed.skipped == ("sheet 'Old' (hidden)",)
    assert parsed.title == "made"


def test_struck_out_and_raised_text_of_an_old_workbook(tmp_path: Path) -> None:
    cells = (
        b"".join(_label(0, column, text, 4) for column, text in enumerate(("Drug", "Dose", "Price")))
        + _label(1, 0, "Zinc")
        + _rich(1, 1, "10x9 IU", [(2, 6), (3, 7), (4, 0)])
        + _number(1, 2, 4, 5)
        + _label(2, 0, "Iron")
        + _label(2, 1, "5 mg", 5)
        + _number(2, 2, 7)
    )
    parsed = xls.read(_xls(tmp_path, {"A": (0, cells)}))
    assert [text for _, text in _blocks(parsed)][-2:] == ["Zinc | 10⁹ IU", "Iron |  | 7"]
    assert parsed.skipped == ("struck-out text in 3 places",)


def test_a_locked_workbook(tmp_path: Path) -> None:
    locked = _record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    with pytest.raises(PasswordProtected, match=r"made\.xls"):
        xls.read(_xls(tmp_path, {"Stock": (0, b"")}, locked))


def test_a_workbook_that_is_cut_off_is_an_ingest_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.xls"
    path.write_bytes(OLE + "Workbook".encode("utf-16-le") + bytes(2000))
    with pytest.raises(IngestError, match=r"cut\.xls"):
        read(Source(path))


def _compound(stream: str, data: bytes) -> bytes:
    """A compound file ([MS-CFB]) with one stream of at least 4,096 bytes: table, directory, stream."""
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    sectors = -(-len(data) // 512)
    header = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<I", 0)
    header += struct.pack("<I", free) * 108
    chain = [table, end, *(place + 3 for place in range(sectors - 1)), end]
    entries = b""
    for name, kind, child, start, size in (("Root Entry", 5, 1, end, 0), (stream, 2, free, 2, len(data))):
        raw = name.encode("utf-16-le")
        entries += raw.ljust(64, b"\x00") + struct.pack("<HBB", len(raw) + 2, kind, 1)
        entries += struct.pack("<III", free, free, child) + bytes(36) + struct.pack("<IQ", start, size)
    entries += bytes(256)
    return header + struct.pack("<128I", *chain, *[free] * (128 - len(chain))) + entries + data.ljust(sectors * 512)


def _convert(path: Path, ending: str) -> Path:
    program = legacy.office_program()
    assert program is not None
    command = [program, f"-env:UserInstallation={(path.parent / 'profile').as_uri()}", "--headless", "--convert-to"]
    subprocess.run([*command, ending, "--outdir", str(path.parent), str(path)], check=True, capture_output=True)
    return path.with_suffix(f".{ending}")


@needs_office
def test_an_old_word_document_is_read_through_libreoffice(tmp_path: Path) -> None:
    word = Document()
    word.core_properties.title = "Leave policy"
    word.add_heading("Leave", 1)
    word.add_paragraph("Fill in the form", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    for place, text in enumerate(("Reason", "Days", "Birth", "90")):
        table.cell(place // 2, place % 2).text = text
    word.add_paragraph("The end.")
    word.save(str(tmp_path / "policy.docx"))
    parsed = read(Source(_convert(tmp_path / "policy.docx", "doc")))
    assert (parsed.media_type, parsed.title) == ("application/msword", "Leave policy")
    assert _blocks(parsed) == [
        ("heading", "Leave"),
        ("list_item", "• Fill in the form"),
        ("table_head", "Reason | Days"),
        ("table_row", "Birth | 90"),
        ("paragraph", "The end."),
    ]


@needs_office
def test_an_old_presentation_is_read_through_libreoffice(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Vaccines"
    slide.placeholders[1].text_frame.text = "Keep cold"
    slide.notes_slide.notes_text_frame.text = "Show the fridge."
    deck.save(str(tmp_path / "deck.pptx"))
    parsed = read(Source(_convert(tmp_path / "deck.pptx", "ppt"), name="- deck of 2003.ppt"))
    assert parsed.media_type == "application/vnd.ms-powerpoint"
    assert _blocks(parsed) == [
        ("heading", "Vaccines"),
        ("list_item", "• Keep cold"),
        ("heading", "Notes"),
        ("paragraph", "Show the fridge."),
    ]


@needs_office
def test_a_damaged_old_document_is_an_ingest_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.doc"
    path.write_bytes(OLE + "WordDocument".encode("utf-16-le") + bytes(5000))
    with pytest.raises(IngestError, match=r"bad\.doc"):
        read(Source(path))


@pytest.mark.skipif(
    any(Path(place).exists() for place in legacy.PLACES), reason="LibreOffice is found without its name"
)
def test_without_libreoffice_an_old_document_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "policy.doc"
    path.write_bytes(_compound("WordDocument", b"\xec\xa5" + bytes(4998)))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnsupportedFormat, match=r"Install LibreOffice, or .* save it as \.docx"):
        read(Source(path))


def test_a_locked_old_document(tmp_path: Path) -> None:
    path = tmp_path / "locked.doc"
    path.write_bytes(_compound("WordDocument", b"\xec\xa5" + bytes(9) + b"\x01" + bytes(4988)))
    with pytest.raises(PasswordProtected, match=r"locked\.doc"):
        read(Source(path))
