"""Heads of two rows, and titles over them, in every format that says over how many columns a cell goes."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from ingest.readers import Source, read
from ingest.readers.html import parse as parse_html
from ingest.readers.tables import looks_like_head
from rag.core.types import ParsedDocument

HEADS = (
    (("Age", 1), ("Weight (kg)", 1), ("Dose", 2)),
    (("", 1), ("", 1), ("80 mg vial (ml)", 1), ("20 mg vial (ml)", 1)),
)
ROWS = (
    (("0-6 days", 1), ("2-3", 1), ("0.2", 1), ("0.8", 1)),
    (("7-28 days", 1), ("3-4", 1), ("0.3", 1), ("1.2", 1)),
)
TITLE = ((("Gentalor for newborns", 4),),)
ONE_HEAD = ((("Age", 1), ("Weight (kg)", 1), ("80 mg vial (ml)", 1), ("20 mg vial (ml)", 1)),)
READ = [("table_row", "0-6 days | 2-3 | 0.2 | 0.8"), ("table_row", "7-28 days | 3-4 | 0.3 | 1.2")]
Rows = tuple[tuple[tuple[str, int], ...], ...]


def _blocks(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, parsed.slice(block.span)) for block in parsed.blocks if block.kind.value != "heading"]


def _word(folder: Path, rows: Rows) -> ParsedDocument:
    word = Document()
    table = word.add_table(rows=len(rows), cols=4)
    for row, cells in zip(table.rows, rows, strict=True):
        column = 0
        for text, across in cells:
            cell = row.cells[column]
            (cell.merge(row.cells[column + across - 1]) if across > 1 else cell).text = text
            column += across
    word.save(str(folder / "made.docx"))
    return read(Source(folder / "made.docx"))


def _slide(folder: Path, rows: Rows) -> ParsedDocument:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Doses"
    frame: Any = slide.shapes.add_table(len(rows), 4, Inches(1), Inches(2), Inches(5), Inches(3))
    for place, cells in enumerate(rows):
        column = 0
        for text, across in cells:
            cell = frame.table.cell(place, column)
            cell.text = text
            if across > 1:
                cell.merge(frame.table.cell(place, column + across - 1))
            column += across
    deck.save(str(folder / "made.pptx"))
    return read(Source(folder / "made.pptx"))


def _opendocument(folder: Path, rows: Rows) -> ParsedDocument:
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
    )
    lines = (
        "".join(
            f'<table:table-cell table:number-columns-spanned="{across}"><text:p>{text}</text:p></table:table-cell>'
            + "<table:covered-table-cell/>" * (across - 1)
            for text, across in cells
        )
        for cells in rows
    )
    table = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    with zipfile.ZipFile(folder / "made.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        body = f"<office:body><office:text><table:table>{table}</table:table></office:text></office:body>"
        archive.writestr("content.xml", f"<office:document-content{spaces}>{body}</office:document-content>")
    return read(Source(folder / "made.odt"))


def _rtf(folder: Path, rows: Rows) -> ParsedDocument:
    made = ""
    for cells in rows:
        edges, edge = "", 0
        for _, across in cells:
            edge += 1000 * across
            edges += rf"\cellx{edge}"
        made += rf"\trowd{edges}" + "".join(rf"\pard\intbl {text}\cell" for text, _ in cells) + r"\row"
    (folder / "made.rtf").write_text(rf"{{\rtf1\ansi {made}\pard The end.\par}}")
    return read(Source(folder / "made.rtf"))


def _html(folder: Path, rows: Rows) -> ParsedDocument:
    del folder
    lines = ("".join(f'<td colspan="{across}">{text}</td>' for text, across in cells) for cells in rows)
    return parse_html(f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>", "x")


def _xml(folder: Path, rows: Rows) -> ParsedDocument:
    """A table as DocBook has it (CALS): from one named column to another."""
    lines = ""
    for cells in rows:
        column, line = 1, ""
        for text, across in cells:
            span = f' namest="c{column}" nameend="c{column + across - 1}"' if across > 1 else ""
            line += f"<entry{span}>{text}</entry>"
            column += across
        lines += f"<row>{line}</row>"
    columns = "".join(f'<colspec colname="c{place}"/>' for place in range(1, 5))
    table = f'<informaltable><tgroup cols="4">{columns}<tbody>{lines}</tbody></tgroup></informaltable>'
    (folder / "made.xml").write_text(f"<article><title>Doses</title><para>So it is given:</para>{table}</article>")
    return read(Source(folder / "made.xml"))


@pytest.mark.parametrize("title", [(), TITLE], ids=["", "title"])
@pytest.mark.parametrize("made", [_word, _slide, _opendocument, _rtf, _html, _xml])
def test_two_heads_are_joined_to_one_also_below_a_title(
    tmp_path: Path, made: Callable[[Path, Rows], ParsedDocument], title: Rows
) -> None:
    found = [block for block in _blocks(made(tmp_path, (*title, *HEADS, *ROWS))) if block[0].startswith("table")]
    joined = ("table_head", "Age | Weight (kg) | Dose: 80 mg vial (ml) | Dose: 20 mg vial (ml)")
    assert found == [*(("table_head", text) for row in title for text, _ in row), joined, *READ]


@pytest.mark.parametrize("made", [_word, _slide, _opendocument, _rtf, _html, _xml])
def test_a_head_below_a_title_names_the_columns(tmp_path: Path, made: Callable[[Path, Rows], ParsedDocument]) -> None:
    found = [block for block in _blocks(made(tmp_path, (*TITLE, *ONE_HEAD, *ROWS))) if block[0].startswith("table")]
    head = ("table_head", "Age | Weight (kg) | 80 mg vial (ml) | 20 mg vial (ml)")
    assert found == [("table_head", "Gentalor for newborns"), head, *READ]


@pytest.mark.parametrize(
    ("head", "rows", "expected"),
    [
        ("Item|2023|2024|2025", ["Salaries|100|120|130", "Rent|20|21|22"], True),
        ("Item|2023|2024", ["Salaries|1950|2000", "Rent|20|21", "Water|1|2"], True),
        ("Item|Jan 2024|Feb 2024", ["Rent|20|21"], True),
        ("Item|Q1 2024|Q2 2024|Total", ["Rent|20|21|41"], True),
        ("Day|01/02/2026|02/02/2026", ["Open|8:30|9:00"], True),
        ("Medicine|<5 kg|5-9 kg|10+ kg", ["Zoranol|1 ml|2 ml|3 ml"], True),
        ("Medicine|0-5 m|6-11 m|1-5 y", ["Zoranol|1|2|3"], True),
        ("دواء|٠-٥|٦-١١", ["زورانول|1|2"], True),
        ("Weight|3 kg|5 kg|10 kg", ["Zoranol|1 ml|2 ml|4 ml", "Zinc|0|0.5 tab|1 tab"], True),
        ("Name|1|2|3|4", ["Ann|M|M|N|", "Ben|N||M|M"], True),
        # Rows of data.
        ("Ann|1984|2001", ["Ben|1990|2010", "Cem|1991|2011"], False),
        ("Amox|5-9|10-15", ["Zinc|1-2|3-4", "Iron|2-3|5-6"], False),
        ("Amox|20|25", ["Zinc|2|5"], False),
        ("Amox|10+|5-9", ["Zinc|2|5"], False),
        ("2023|2024|2025", ["1|2|3"], False),
        ("Amox|5 mg|10 mg", ["Zinc|1 ml|20 ml", "Iron|2 ml|30 ml"], False),
        ("Rice|3 kg|5 kg", ["Oil|1 l|2 l", "Salt|1 kg|2 kg"], False),
        ("Zinc|1|2|3", ["Iron|4|5|6"], False),
        ("Item|2023", ["Rent|20"], False),
        ("Item|2024|2023|2025", ["Rent|20|21|22"], False),
    ],
)
def test_years_and_bands_in_their_order_name_columns(head: str, rows: list[str], expected: bool) -> None:
    assert looks_like_head(head.split("|"), [row.split("|") for row in rows]) is expected


def test_a_form_has_no_head(tmp_path: Path) -> None:
    (tmp_path / "form.csv").write_text("Name:,Ann\nBorn:,today\nWeight:,12 kg\n")
    assert {block.kind.value for block in read(Source(tmp_path / "form.csv")).blocks} == {"table_row"}


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (["Drug|Dose|Volume", "|mg/kg|ml", "Genta|7.5|2", "Ampi|50|1"], ["Drug | Dose: mg/kg | Volume: ml"]),
        (["Test|Result|Normal", "|(g/dl)|", "Haemoglobin|12.1|11-16"], ["Test | Result: (g/dl) | Normal"]),
        # A row of a table that has words below.
        (["Drug|Dose|Volume", "|as needed|ml", "Genta|7.5|2", "Ampi|by age|1"], ["Drug | Dose | Volume"]),
        (["Drug|Dose|Volume", "|mg/kg|ml", "Genta|7.5|2", "|50|1"], ["Drug | Dose | Volume"]),
    ],
)
def test_units_below_the_heads_are_part_of_them(tmp_path: Path, rows: list[str], lines: list[str]) -> None:
    book = Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row.split("|")])
    book.save(tmp_path / "units.xlsx")
    (tmp_path / "units.csv").write_text("\n".join(rows).replace("|", ";"))
    for name in ("units.xlsx", "units.csv"):
        parsed = read(Source(tmp_path / name))
        assert [parsed.slice(block.span) for block in parsed.blocks if block.kind.value == "table_head"] == lines


@pytest.mark.parametrize(
    ("lines", "head"),
    [
        (["Name|Kibera Health Centre", "Opened|in spring", "Director|Dr Achieng"], False),
        (["Clinic|Mathare Clinic", "Town|Nairobi", "Doctor on call|Dr Otieno"], False),
        (["Ort|Berlin", "Leitung|Dr. Kaya", "Öffnungszeiten|morgens"], False),
        (["العنوان|شارع النيل", "المدير|د. سالم"], False),
        (["Name|Ann|Sex|female", "Address|Moi Avenue|Diagnosis|malaria"], False),
        # Heads over facts, and tables that are none.
        (["Name|Value", "Director|Dr Achieng", "Town|Nairobi"], True),
        (["Field|Content", "Name|Ann", "Town|Nairobi"], True),
        (["Name|Role", "Otieno|Nurse", "Wanjiru|Midwife"], True),
        (["Department|Phone", "Pharmacy|see wall", "Staff|see wall"], True),
        (["Name|Type|Needed", "Phone|text|yes", "Address|words|no"], True),
    ],
)
def test_the_first_line_of_a_fact_sheet_is_no_head(lines: list[str], head: bool) -> None:
    first, *below = [line.split("|") for line in lines]
    assert looks_like_head(first, below) is head


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Report;;;\nPrinted;1.5.2026;;\n;;;\nDrug;Dose;Price;Note\nIron;2,5;3,00;x\n",
         ["paragraph", "paragraph", "table_head", "table_row"]),
        ("Drug;Dose;Note\nIron;5;a\nZinc;with;food;too\nSalt;6;b\n", ["table_head", *["table_row"] * 3]),
        ("Report;\nDrug;Dose\nIron;5\n", ["paragraph", "table_head", "table_row"]),
    ],
)  # fmt: skip
def test_lines_above_a_tables_head_are_none_of_its_rows(tmp_path: Path, text: str, expected: list[str]) -> None:
    (tmp_path / "report.csv").write_text(text)
    assert [block.kind.value for block in read(Source(tmp_path / "report.csv")).blocks] == expected
