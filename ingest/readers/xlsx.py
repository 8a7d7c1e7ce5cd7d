"""Excel workbooks: each sheet a page, its tables found by empty rows, cell values as the sheet shows them.

Hidden sheets are left out, hidden rows and columns are read: a filter that somebody left on hides them.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, one_line
from ingest.readers.drawing_runs import show_runs
from ingest.readers.formats import XLSX
from ingest.readers.office_zip import open_package, parse_part
from ingest.readers.ooxml import properties, relations, usual_form
from ingest.readers.ooxml_graphics import A, add_chart, add_diagram, is_chart
from ingest.readers.remarks import comment, counted
from ingest.readers.sheets import Workbook, built, hidden_sheets
from ingest.readers.source import Source
from ingest.readers.xlsx_cells import SheetRows
from ingest.readers.xlsx_strings import S, show_string, show_strings
from rag.core.types import ParsedDocument

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_XDR: Final = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_GRAPHICS: Final = ("/chart", "/diagramData")
_RUN_PROPERTIES: Final = b"rPr"
_THREADED: Final = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}"


def read(source: Source) -> ParsedDocument:
    """Read a workbook's visible sheets.

    Raises:
        Damaged, TooLarge, PasswordProtected: see `open_package`.
    """
    document = DocumentBuilder(XLSX)
    with open_package(source) as archive:
        core = properties(archive)
        mended = usual_form(archive)
        if mended is None:
            _read(document, source, archive)
        else:
            with zipfile.ZipFile(mended) as copy:
                _read(document, source, copy)
    document.dated = core.dated
    return built(document, source, core.title)


def _read(document: DocumentBuilder, source: Source, archive: zipfile.ZipFile) -> None:
    from openpyxl import load_workbook

    copy, struck = _without_cells(archive)
    workbook = load_workbook(copy, read_only=True, data_only=True, keep_links=False)
    try:
        sheets: list[ReadOnlyWorksheet] = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
        hidden = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state != "visible"]
        skipped: Counter[str] = Counter({"chart": len(workbook.chartsheets)})
        missing = 0
        writer = Workbook(document, source, len(sheets))
        for sheet in sheets:
            page = writer.begin(sheet.title)
            if page is None:
                break
            content = SheetRows(workbook, sheet, struck)
            part = content.part
            with archive.open(part) as stream:
                rows = writer.collect(sheet.title, content.rows(stream))
            beside = [*_comments(document, archive, part), *_drawings(document, archive, part, skipped)]
            writer.write(page, rows, content.merged, beside)
            _graphics(document, page, archive, part, [each.title for each in sheets])
            missing += content.uncalculated
            document.struck_out += content.struck_out
    finally:
        workbook.close()
    hidden_sheets(document, hidden)
    document.skipped.extend(counted(count, thing) for thing, count in skipped.items() if count)
    if missing:
        document.warnings.append(
            f"{missing} formulas have no stored result and were left out. "
            "Open the file in a spreadsheet program and save it."
        )


def _without_cells(archive: zipfile.ZipFile) -> tuple[io.BytesIO, dict[int, int]]:
    """A copy of the workbook with empty sheets and no pictures: on opening, openpyxl may go through whole sheets.

    Its shared strings are as they are shown; with it come the places that are struck out, by the string's index.
    """
    kinds = {
        relation.target: relation.kind.rpartition("/")[2]
        for main in relations(archive, "")
        if main.kind.endswith("/officeDocument")
        for relation in relations(archive, main.target)
    }
    struck: dict[int, int] = {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as copy:
        for name in archive.namelist():
            if kinds.get(name) == "worksheet":
                copy.writestr(name, f'<worksheet xmlns="{S.strip("{}")}"><sheetData/></worksheet>')
            elif name.endswith((".xml", ".rels")):
                data = archive.read(name)
                if kinds.get(name) == "sharedStrings" and _RUN_PROPERTIES in data:
                    data, struck = show_strings(data)
                copy.writestr(name, data)
    buffer.seek(0)
    return buffer, struck


def _comments(document: DocumentBuilder, archive: zipfile.ZipFile, part: str) -> list[str]:
    """A sheet's notes and comments, a line each; of a conversation all that was said."""
    lines: list[tuple[str, str, str]] = []
    threaded = set()
    for relation in relations(archive, part):
        root = parse_part(archive, relation.target) if relation.kind.endswith("/threadedComment") else None
        persons = _persons(archive) if root is not None else {}
        for said in root.iter(f"{_THREADED}threadedComment") if root is not None else ():
            place = said.get("ref", "")
            threaded.add(place)
            author = persons.get(said.get("personId", ""), "")
            lines.append((place, author, one_line(said.findtext(f"{_THREADED}text") or "")))
    for relation in relations(archive, part):
        root = parse_part(archive, relation.target) if relation.kind.endswith("/comments") else None
        if root is None:
            continue
        authors = [author.text or "" for author in root.iter(f"{S}author")]
        for note in root.iter(f"{S}comment"):
            place, index = note.get("ref", ""), note.get("authorId", "")
            # Older programs are shown a copy of a conversation in its stead.
            if place not in threaded:
                author = authors[int(index)] if index.isdigit() and int(index) < len(authors) else ""
                document.struck_out += show_string(note)
                text = one_line("".join(piece.text or "" for piece in note.iter(f"{S}t")))
                # Excel begins a note with its author's name.
                lines.append((place, one_line(author), text.removeprefix(f"{author}:").strip()))
    return [comment(author, text, place) for place, author, text in lines]


def _persons(archive: zipfile.ZipFile) -> dict[str, str]:
    names: dict[str, str] = {}
    for part in archive.namelist():
        root = parse_part(archive, part) if part.startswith("xl/persons/") and part.endswith(".xml") else None
        for person in root.iter(f"{_THREADED}person") if root is not None else ():
            names[person.get("id", "")] = one_line(person.get("displayName", ""))
    return names


def _drawings(document: DocumentBuilder, archive: zipfile.ZipFile, part: str, skipped: Counter[str]) -> Iterator[str]:
    """The texts of a sheet's text boxes; its pictures are counted, and charts of the kind that is not read."""
    for relation in relations(archive, part):
        root = parse_part(archive, relation.target) if relation.kind.endswith("/drawing") else None
        if root is None:
            continue
        skipped["picture"] += sum(1 for _ in root.iter(f"{_XDR}pic"))
        skipped["chart"] += sum(each.kind.endswith("/chartEx") for each in relations(archive, relation.target))
        document.struck_out += show_runs(root)
        for body in root.iter(f"{_XDR}txBody"):
            lines = ("".join(run.text or "" for run in line.iter(f"{A}t")) for line in body.iter(f"{A}p"))
            yield one_line(" ".join(lines))


def _graphics(
    document: DocumentBuilder, page: PageBuilder, archive: zipfile.ZipFile, part: str, shown: Sequence[str]
) -> None:
    """Write a sheet's charts and diagrams; of a chart drawn from sheets that are `shown` its title only."""
    for drawing in relations(archive, part):
        for relation in relations(archive, drawing.target) if drawing.kind.endswith("/drawing") else ():
            root = parse_part(archive, relation.target) if relation.kind.endswith(_GRAPHICS) else None
            if root is not None and is_chart(root):
                add_chart(document, page, root, shown)
            elif root is not None:
                add_diagram(document, page, root)
