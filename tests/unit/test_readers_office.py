"""Word, Excel and CSV files made here and read back."""

import datetime
import io
import zipfile
from itertools import count
from pathlib import Path

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.styles import Font
from PIL import Image

from ingest.readers import Source, read, sheets
from ingest.readers.builder import DocumentBuilder
from ingest.readers.number_format import shown
from rag.core.errors import Damaged, IngestError, NoText
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
    parsed = read(Source(path))
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
    assert [text for _, text in _blocks(read(Source(path)))] == ["First.", "In a control.", "Put in.", "In a box."]


def test_an_empty_word_document_has_no_text(tmp_path: Path) -> None:
    path = tmp_path / "empty.docx"
    Document().save(str(path))
    with pytest.raises(NoText, match=r"empty\.docx"):
        read(Source(path))


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
    parsed = read(Source(path))
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
    assert parsed.skipped == ("sheet 'Secret' (hidden)",)
    assert parsed.title == "stock"


def test_excel_tables_apart_have_heads_of_their_own_and_a_gap_ends_none(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    book = Workbook()
    for row in (["Name", "Age"], ["Ann", 4], [], ["Ben", 5], [], ["Town", "Distance"], ["Mto", 12]):
        book.active.append(row)
    for cell in (book.active["A6"], book.active["B6"]):
        cell.font = Font(bold=True)
    book.save(path)
    parsed = read(Source(path))
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
    assert read(Source(path)).warnings[0].startswith("1 formulas have no stored result")


def test_a_sheet_said_to_be_a_million_rows_long_is_read_quickly(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    book = Workbook()
    book.active.append(["Item", "Price"])
    book.active.append(["Lamp", 3])
    book.active.row_dimensions[1_000_000].height = 20
    book.save(path)
    assert len(read(Source(path)).blocks) == 2


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
        (0, '#,##0;(#,##0);"-"', "-"),
        (0, '_-* "x"??_-;-* #,##0_-;_-* "-"??_-', "-"),
        (0, "0.0;-0.0;0.0%", "0.0%"),
        (0, "0.00", "0.00"),
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
    assert _blocks(read(Source(path))) == [
        ("table_head", "Name | Größe | Hours"),
        ("table_row", "Ann | 1,5; or 2 | 08:00"),
        ("table_row", "Zoë | 3 | 16:30"),
    ]


def test_csv_without_head_has_rows_only_and_longer_rows_are_said(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text("1,2\n3,4,5\n")
    parsed = read(Source(path))
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
    assert _blocks(read(Source(strict))) == [("heading", "Kept")]


def _rewritten(path: Path, changed: dict[str, bytes]) -> Source:
    """A copy of a package with parts changed or added."""
    target = path.with_name(f"new-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            if name not in changed:
                copy.writestr(name, source.read(name))
        for name, data in changed.items():
            copy.writestr(name, data)
    return Source(target)


def test_word_notes_and_comments_come_after_what_they_belong_to(tmp_path: Path) -> None:
    path = tmp_path / "notes.docx"
    word = Document()
    first = word.add_paragraph("Fathers have leave.")
    word.add_comment(first.runs, text="Really?", author="Ann")
    word.add_paragraph("The end.")
    word.core_properties.modified = datetime.datetime(2025, 3, 14)
    names = nsdecls("w")
    reference = parse_xml(f"<w:r {names}><w:footnoteReference w:id='7'/></w:r>")
    first._p.append(reference)
    notes = (
        f"<w:footnotes {names}><w:footnote w:id='7'><w:p><w:r><w:t>See the law.</w:t></w:r></w:p></w:footnote>"
        "<w:footnote w:id='0' w:type='separator'><w:p><w:r><w:t>-</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    part = Part(PackURI("/word/footnotes.xml"), "application/xml", notes.encode(), word.part.package)
    word.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes")
    word.save(str(path))
    parsed = read(Source(path))
    assert [text for _, text in _blocks(parsed)] == [
        "Fathers have leave.¹",
        "¹ See the law.",
        "Comment (Ann): Really?",
        "The end.",
    ]
    assert parsed.dated == "2025-03-14"


def test_word_running_heads_hidden_text_and_deleted_rows_are_left_out_and_pictures_counted(tmp_path: Path) -> None:
    path = tmp_path / "odd.docx"
    word = Document()
    word.sections[0].header.paragraphs[0].text = "Ministry of Health"
    word.add_paragraph("Shown.").add_run(" Hidden.").font.hidden = True
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    word.add_picture(buffer)
    table = word.add_table(rows=3, cols=2)
    for row, (left, right) in zip(table.rows, [("Item", "Price"), ("Lamp", "3"), ("Old lamp", "2")], strict=True):
        row.cells[0].text, row.cells[1].text = left, right
    properties = table.rows[2]._tr.get_or_add_trPr()
    properties.append(parse_xml(f"<w:del {nsdecls('w')} w:id='1' w:author='a'/>"))
    word.save(str(path))
    parsed = read(Source(path, ocr="off"))
    assert _blocks(parsed) == [("paragraph", "Shown."), ("table_head", "Item | Price"), ("table_row", "Lamp | 3")]
    assert parsed.skipped == ("1 picture",)


def test_a_word_template_and_a_document_with_macros_are_read(tmp_path: Path) -> None:
    path = tmp_path / "form.docx"
    word = Document()
    word.add_paragraph("Name:")
    word.save(str(path))
    with zipfile.ZipFile(path) as archive:
        types = archive.read("[Content_Types].xml")
    usual = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    for other in (
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
        b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    ):
        source = _rewritten(path, {"[Content_Types].xml": types.replace(usual, other)})
        assert _blocks(read(source)) == [("paragraph", "Name:")]


def test_excel_comments_merged_cells_text_boxes_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    book = Workbook()
    sheet = book.active
    for row in (["Region", "Town", "Day"], ["East", "Mto", datetime.date(2025, 3, 14)], [None, "Ziwa", "late"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet["C3"].comment = Comment("Ann:\nguess", "Ann")
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    sheet.add_image(SheetImage(buffer), "F2")
    sheet.row_dimensions[2].hidden = True
    book.properties.title = "Plan of visits"
    book.properties.modified = datetime.datetime(2025, 3, 14)
    book.save(path)
    parsed = read(Source(path))
    assert _blocks(parsed) == [
        ("table_head", "Region | Town | Day"),
        ("table_row", "East | Mto | 2025-03-14"),
        ("table_row", "East | Ziwa | late"),
        ("paragraph", "Comment on C3 (Ann): guess"),
    ]
    assert parsed.skipped == ("1 picture",)
    assert parsed.title == "Plan of visits"


def test_a_row_far_below_costs_nothing_and_a_sheet_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    book = Workbook()
    book.active.append(["Item", "Price"])
    book.save(path)
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1000000000"><c r="B1000000000"><v>2</v></c></row>'
        b'<row r="1000000001"><c r="ZZZ1"><v>3</v></c></row></sheetData></worksheet>'
    )
    source = _rewritten(path, {"xl/worksheets/sheet1.xml": sheet})
    assert [text for _, text in _blocks(read(source))] == ["1", "2"]
    document = DocumentBuilder("")
    rows = sheets.Workbook(document, source, 1).collect("All", (sheets.Row(number, ["x"]) for number in count(1)))
    assert len(rows) == 200_000
    assert document.warnings == ["Only the first 200,000 rows of sheet 'All' were read."]


def test_a_document_of_tables_ten_thousand_deep_is_an_ingest_error(tmp_path: Path) -> None:
    path = tmp_path / "deep.docx"
    Document().save(str(path))
    start = f"<w:document {nsdecls('w')}><w:body>".encode()
    deep = b"<w:tbl><w:tr><w:tc>" * 10_000 + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * 10_000
    with pytest.raises(IngestError, match=r"deep\.docx"):
        read(_rewritten(path, {"word/document.xml": start + deep + b"</w:body></w:document>"}))


def test_a_part_that_lies_about_its_size_is_an_ingest_error(tmp_path: Path) -> None:
    path = tmp_path / "lie.docx"
    Document().save(str(path))
    name = "word/document.xml"
    source = _rewritten(path, {name: b" " * 100_000_000})
    data = bytearray(source.path.read_bytes())
    entry = data.rindex(name.encode()) - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    source.path.write_bytes(bytes(data))
    with pytest.raises(Damaged, match=r"word/document\.xml"):
        read(source)


TWO_HEADS = [
    ("Age", "Weight (kg)", "Dose", ""),
    ("", "", "80 mg vial (ml)", "20 mg vial (ml)"),
    ("0-6 days", "2-3", "0.2", "0.8"),
    ("7-28 days", "3-4", "0.3", "1.2"),
]
JOINED = [
    ("table_head", "Age | Weight (kg) | Dose: 80 mg vial (ml) | Dose: 20 mg vial (ml)"),
    ("table_row", "0-6 days | 2-3 | 0.2 | 0.8"),
    ("table_row", "7-28 days | 3-4 | 0.3 | 1.2"),
]


def _word_table(path: Path, rows: list[tuple[str, ...]], merged: list[tuple[int, int, int, int]], marked: int) -> None:
    """A Word table with cells merged from (row, column) to (row, column), and its first rows marked as its head."""
    word = Document()
    table = word.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for top, left, bottom, right in merged:
        text = table.cell(top, left).text
        table.cell(top, left).merge(table.cell(bottom, right)).text = text
    for row in list(table.rows)[:marked]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    word.save(str(path))


@pytest.mark.parametrize("down", [[], [(0, 0, 1, 0)], [(0, 0, 1, 0), (0, 1, 1, 1)]])
@pytest.mark.parametrize("marked", [0, 1, 2, 3, 4])
def test_word_heads_of_two_rows_are_joined_to_one(
    tmp_path: Path, down: list[tuple[int, int, int, int]], marked: int
) -> None:
    _word_table(tmp_path / "doses.docx", TWO_HEADS, [(0, 2, 0, 3), *down], marked)
    assert _blocks(read(Source(tmp_path / "doses.docx"))) == JOINED


def test_word_title_over_marked_heads_stays_a_line_of_its_own(tmp_path: Path) -> None:
    rows = [("Gentalor", "", "", ""), *TWO_HEADS]
    _word_table(tmp_path / "doses.docx", rows, [(0, 0, 0, 3), (1, 2, 1, 3)], 3)
    assert _blocks(read(Source(tmp_path / "doses.docx"))) == [("table_head", "Gentalor"), *JOINED]


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        # The second row is the first of the data, or one more name with a line over its columns.
        ([("Drug", "Dose", ""), ("Iron", "5 mg", "10 mg"), ("Zinc", "6 mg", "20 mg")], [(0, 1, 0, 2)]),
        ([("Drug", "Dose", ""), ("", "5 mg", "10 mg"), ("Zinc", "6 mg", "20 mg")], [(0, 1, 0, 2)]),
        ([("Drug", "Dose", ""), ("", "5", "10"), ("Zinc", "6", "once")], [(0, 1, 0, 2)]),
        ([("Drug", "Use", ""), ("Iron", "morning", "evening"), ("Zinc", "noon", "night")], [(0, 1, 0, 2)]),
        (
            [
                ("Iron", "into a vein", ""),
                ("Iron", "slowly", "with care"),
                ("Zinc", "by mouth", ""),
                ("Zinc", "7", "8"),
            ],
            [(0, 1, 0, 2), (0, 0, 1, 0), (2, 1, 2, 2), (2, 0, 3, 0)],
        ),
    ],
)
def test_word_tables_lose_no_row_of_data_to_their_heads(
    tmp_path: Path, rows: list[tuple[str, ...]], merged: list[tuple[int, int, int, int]]
) -> None:
    _word_table(tmp_path / "plain.docx", rows, merged, 0)
    found = _blocks(read(Source(tmp_path / "plain.docx")))
    assert [kind for kind, _ in found[1:]] == ["table_row"] * (len(rows) - 1)
    assert len(found) == len(rows)


@pytest.mark.parametrize("down", [[], ["A1:A2"], ["A1:A2", "B1:B2"]])
def test_excel_heads_of_two_rows_are_joined_to_one(tmp_path: Path, down: list[str]) -> None:
    path = tmp_path / "doses.xlsx"
    book = Workbook()
    for row in TWO_HEADS:
        book.active.append([cell or None for cell in row])
    for cells in ("C1:D1", *down):
        book.active.merge_cells(cells)
    book.save(path)
    assert _blocks(read(Source(path))) == JOINED


def test_excel_rows_of_data_below_a_merged_head_stay(tmp_path: Path) -> None:
    path = tmp_path / "doses.xlsx"
    book = Workbook()
    for row in (["Drug", "Dose", None], ["Iron", "5 mg", "10 mg"], ["Zinc", "6 mg", "20 mg"]):
        book.active.append(row)
    book.active.merge_cells("B1:C1")
    book.save(path)
    assert _blocks(read(Source(path))) == [
        ("table_head", "Drug | Dose"),
        ("table_row", "Iron | 5 mg | 10 mg"),
        ("table_row", "Zinc | 6 mg | 20 mg"),
    ]
