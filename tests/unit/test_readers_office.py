"""Word, Excel and CSV files made here and read back."""

import datetime
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook
from openpyxl.styles import Font

from ingest.readers import read
from ingest.readers.number_format import shown
from rag.core.errors import NoText
from rag.core.types import BlockKind, ParsedDocument


def _blocks(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, parsed.slice(block.span)) for block in parsed.blocks]


def test_word_headings_lists_tables_and_title(tmp_path: Path) -> None:
    path = tmp_path / "policy.docx"
    word = Document()
    word.core_properties.title = "Leave policy"
    word.add_heading("Leave", 1)
    own = word.styles.add_style("Kapitel der Firma", WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = word.styles["Heading 2"]
    word.add_paragraph("Annual leave", style=own)
    word.add_paragraph("Steps to take:")
    word.add_paragraph("Fill in the form", style="List Number")
    word.add_paragraph("Have it signed", style="List Number")
    word.add_paragraph("A remark", style="List Bullet")
    table = word.add_table(rows=3, cols=3)
    for row, texts in zip(
        table.rows, [("Reason", "Days", "Pay"), ("Birth", "90", "Full"), ("", "14", "Half")], strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    word.add_paragraph("The end.")
    word.save(str(path))
    parsed = read(path)
    assert parsed.title == "Leave policy"
    assert _blocks(parsed) == [
        ("heading", "Leave"),
        ("heading", "Annual leave"),
        ("paragraph", "Steps to take:"),
        ("list_item", "1. Fill in the form"),
        ("list_item", "2. Have it signed"),
        ("list_item", "• A remark"),
        ("table_head", "Reason | Days | Pay"),
        ("table_row", "Birth | 90 | Full"),
        ("table_row", "Birth | 14 | Half"),
        ("paragraph", "The end."),
    ]
    assert [block.level for block in parsed.blocks if block.kind is BlockKind.HEADING] == [1, 2]
    assert len({block.group for block in parsed.blocks if block.kind.value.startswith("table")}) == 1


def test_word_content_controls_insertions_and_text_boxes_are_read_and_deletions_not(tmp_path: Path) -> None:
    path = tmp_path / "odd.docx"
    word = Document()
    word.add_paragraph("First.")
    body = word.element.body
    names = nsdecls("w")
    body.insert(
        1,
        parse_xml(
            f"<w:sdt {names}><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    changed = (
        f"<w:p {names}><w:ins w:id='1' w:author='a'><w:r><w:t>Put in.</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='a'><w:r><w:delText>Taken out.</w:delText></w:r></w:del></w:p>"
    )
    body.insert(2, parse_xml(changed))
    boxed = OxmlElement("w:p")
    run = OxmlElement("w:r")
    boxed.append(run)
    run.append(
        parse_xml(f"<w:pict {names}><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent></w:pict>")
    )
    body.insert(3, boxed)
    word.save(str(path))
    assert [text for _, text in _blocks(read(path))] == ["First.", "In a control.", "Put in.", "In a box."]


def test_an_empty_word_document_has_no_text(tmp_path: Path) -> None:
    path = tmp_path / "empty.docx"
    Document().save(str(path))
    with pytest.raises(NoText, match=r"empty\.docx"):
        read(path)


def test_excel_sheets_are_pages_with_values_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "stock.xlsx"
    book = Workbook()
    sheet = book.active
    sheet.title = "Prices"
    rows = [
        [None, None, None, None, None],
        ["Price list 2025"],
        ["Item", None, "Price", "Since", "Discount"],
        ["Lamp", None, 0.1 + 0.2, datetime.date(2025, 3, 14), 0.05],
        ["Panel", None, 1950, datetime.datetime(2025, 1, 2, 8, 30), 0.125],
    ]
    for row in rows:
        sheet.append(row)
    for row in (4, 5):
        sheet.cell(row, 3).number_format = "#,##0.00"
        sheet.cell(row, 5).number_format = "0.0%"
    second = book.create_sheet("Shelves")
    second.append(["Shelf", "Place"])
    second.append(["A", "left"])
    hidden = book.create_sheet("Secret")
    hidden.append(["x", "y"])
    hidden.sheet_state = "hidden"
    book.save(path)
    parsed = read(path)
    assert [page.label for page in parsed.pages] == ["Prices", "Shelves"]
    assert _blocks(parsed) == [
        ("heading", "Prices"),
        ("paragraph", "Price list 2025"),
        ("table_head", "Item | Price | Since | Discount"),
        ("table_row", "Lamp | 0.30 | 2025-03-14 | 5.0%"),
        ("table_row", "Panel | 1,950.00 | 2025-01-02 08:30 | 12.5%"),
        ("heading", "Shelves"),
        ("table_head", "Shelf | Place"),
        ("table_row", "A | left"),
    ]
    assert parsed.warnings == ("Hidden sheets were left out: Secret.",)


def test_excel_tables_apart_have_heads_of_their_own_and_a_gap_ends_none(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    book = Workbook()
    for row in (["Name", "Age"], ["Ann", 4], [], ["Ben", 5], [], ["Town", "Distance"], ["Mto", 12]):
        book.active.append(row)
    for cell in (book.active["A6"], book.active["B6"]):
        cell.font = Font(bold=True)
    book.save(path)
    parsed = read(path)
    assert [(kind, text) for kind, text in _blocks(parsed)] == [
        ("table_head", "Name | Age"),
        ("table_row", "Ann | 4"),
        ("table_row", "Ben | 5"),
        ("table_head", "Town | Distance"),
        ("table_row", "Mto | 12"),
    ]
    assert [block.group for block in parsed.blocks] == [1, 1, 1, 2, 2]


def test_formulas_without_a_stored_result_are_said(tmp_path: Path) -> None:
    path = tmp_path / "sums.xlsx"
    book = Workbook()
    for row in (["Item", "Sum"], ["Lamp", "=1+1"]):
        book.active.append(row)
    book.save(path)
    assert read(path).warnings[0].startswith("1 formulas have no stored result")


def test_a_sheet_said_to_be_a_million_rows_long_is_read_quickly(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    book = Workbook()
    book.active.append(["Item", "Price"])
    book.active.append(["Lamp", 3])
    book.active.row_dimensions[1_000_000].height = 20
    book.save(path)
    assert len(read(path).blocks) == 2


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (2.0000001, "0.00", "2.00"),
        (2.0000001, "General", "2.0000001"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567.891, "#,##0", "1,234,568"),
        (-5, "0;(0)", "-5"),
        (3.5, '"KES" 0.00', "KES 3.50"),
        (12, "0 [$€-407]", "12 €"),
        (True, "General", "TRUE"),
        (datetime.time(8, 30), "h:mm", "08:30"),
        (datetime.timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (1e20, "General", "1e+20"),
        (float("nan"), "0", ""),
    ],
)
def test_cell_values_as_shown(value: object, number_format: str, expected: str) -> None:
    assert shown(value, number_format) == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_csv_of_any_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "contacts.csv"
    lines = [["Name", "Größe", "Hours"], ["Ann", '"1,5; or 2"', "08:00"], ["", "", ""], ["Zoë", "3", "16:30"]]
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    assert _blocks(read(path)) == [
        ("table_head", "Name | Größe | Hours"),
        ("table_row", "Ann | 1,5; or 2 | 08:00"),
        ("table_row", "Zoë | 3 | 16:30"),
    ]


def test_csv_without_head_has_rows_only_and_longer_rows_are_said(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text("1,2\n3,4,5\n")
    parsed = read(path)
    assert [kind for kind, _ in _blocks(parsed)] == ["table_row", "table_row"]
    assert "1 rows have more cells" in parsed.warnings[0]


def test_a_strict_word_document_is_read(tmp_path: Path) -> None:
    usual, strict = tmp_path / "usual.docx", tmp_path / "strict.docx"
    word = Document()
    word.add_heading("Kept", 1)
    word.save(str(usual))
    with zipfile.ZipFile(usual) as source, zipfile.ZipFile(strict, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            data = data.replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/"
            )
            data = data.replace(
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/",
                b"http://purl.oclc.org/ooxml/wordprocessingml/",
            )
            target.writestr(name, data)
    assert _blocks(read(strict)) == [("heading", "Kept")]
