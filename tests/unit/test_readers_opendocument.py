"""OpenDocument texts and spreadsheets made here and read back."""

import time
import zipfile
from pathlib import Path

import pytest
from odf.opendocument import OpenDocumentText
from odf.text import H, List, ListItem, P

from ingest.readers import Source, odf_sheet, odf_text
from ingest.readers.registry import read
from rag.core.errors import IngestError, PasswordProtected, TooLarge
from rag.core.types import BlockKind, ParsedDocument

_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("draw", "drawing"),
        ("text", "text"),
        ("style", "style"),
        ("table", "table"),
        ("fo", "xsl-fo-compatible"),
        ("meta", "meta"),
        ("chart", "chart"),
    )
)
_SPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'


def _package(path: Path, kind: str, body: str, styles: str = "", **parts: str) -> Source:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr(
            "content.xml",
            f"<office:document-content {_SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        )
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return Source(path)


def _text(tmp_path: Path, body: str, styles: str = "", **parts: str) -> ParsedDocument:
    return odf_text.read(_package(tmp_path / "made.odt", "text", body, styles, **parts))


def _sheet(tmp_path: Path, body: str, styles: str = "") -> ParsedDocument:
    return odf_sheet.read(_package(tmp_path / "made.ods", "spreadsheet", body, styles))


def _blocks(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, parsed.slice(block.span)) for block in parsed.blocks]


def _row(*cells: str, attributes: str = "") -> str:
    made = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
    return f"<table:table-row {attributes}>{made}</table:table-row>"


def test_a_text_written_by_another_library(tmp_path: Path) -> None:
    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=2, text="Leave"))
    document.text.addElement(P(text="Thirty days a year."))
    items = List()
    for text in ("Ask", "Wait"):
        item = ListItem()
        item.addElement(P(text=text))
        items.addElement(item)
    document.text.addElement(items)
    document.save(str(tmp_path / "leave.odt"))
    parsed = read(Source(tmp_path / "leave.odt"))
    assert parsed.title == "Leave"
    assert _blocks(parsed) == [
        ("heading", "Leave"),
        ("paragraph", "Thirty days a year."),
        ("list_item", "• Ask"),
        ("list_item", "• Wait"),
    ]
    assert parsed.blocks[0].level == 2


def test_title_date_numbered_headings_and_lists_within_lists(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1" style:num-suffix="."/>'
        "</text:outline-style>"
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="a" '
        'style:num-suffix=")"/><text:list-level-style-bullet text:level="2" text:bullet-char="-"/></text:list-style>'
    )
    inner = "<text:list><text:list-item><text:p>if ill</text:p></text:list-item></text:list>"
    body = (
        '<text:p text:style-name="P1">Leave policy</text:p>'
        "<text:table-of-content><text:index-body><text:p>Leave<text:tab/>1</text:p></text:index-body>"
        '</text:table-of-content><text:h text:outline-level="1">Leave</text:h>'
        f'<text:list text:style-name="L"><text:list-item><text:p>ask</text:p>{inner}</text:list-item>'
        "<text:list-item><text:p>wait</text:p><text:p>some days</text:p></text:list-item></text:list>"
        '<text:p>End<text:s text:c="3"/>of\n   it<text:line-break/>all.</text:p>'
        '<text:list text:style-name="L"><text:list-item><text:p>again</text:p></text:list-item></text:list>'
    )
    meta = f"<office:document-meta {_SPACES}><office:meta><dc:title>Leave 2025</dc:title>"
    meta += "<dc:date>2025-03-14T08:30:00</dc:date></office:meta></office:document-meta>"
    parsed = _text(tmp_path, body, styles, meta_xml=meta)
    assert (parsed.title, parsed.dated) == ("Leave 2025", "2025-03-14")
    assert _blocks(parsed) == [
        ("title", "Leave policy"),
        ("furniture", "Leave 1"),
        ("heading", "1. Leave"),
        ("list_item", "a) ask"),
        ("list_item", "• if ill"),
        ("list_item", "b) wait"),
        ("paragraph", "some days"),
        ("paragraph", "End of it\nall."),
        ("list_item", "a) again"),
    ]
    assert [block.level for block in parsed.blocks if block.kind is BlockKind.LIST_ITEM] == [0, 1, 0, 0]
    assert len({block.group for block in parsed.blocks[3:7]}) == 1


def test_tables_with_spans_notes_comments_boxes_and_changes(tmp_path: Path) -> None:
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>See the law.</text:p>"
    note += "</text:note-body></text:note>"
    comment = "<office:annotation><dc:creator>Ann</dc:creator><dc:date>2025</dc:date><text:p>Really?</text:p>"
    comment += "</office:annotation>"
    box = "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
    picture = '<draw:frame><draw:image xlink:href="Pictures/a.png"/></draw:frame>'
    wide = '<table:table-cell table:number-columns-spanned="2"><text:p>all year</text:p></table:table-cell>'
    tall = '<table:table-cell table:number-rows-spanned="2"><text:p>Birth</text:p></table:table-cell>'
    cell, covered = "<table:table-cell><text:p>{}</text:p></table:table-cell>", "<table:covered-table-cell/>"
    table = (
        '<table:table><table:table-column table:number-columns-repeated="3"/><table:table-header-rows>'
        f"{_row('Reason', 'Days', 'Pay')}</table:table-header-rows>"
        f"<table:table-row>{tall}{cell.format('90')}{cell.format('full')}</table:table-row>"
        f"<table:table-row>{covered}{cell.format('14')}{cell.format('half')}</table:table-row>"
        f"<table:table-row>{cell.format('Other')}{wide}{covered}</table:table-row></table:table>"
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Taken out.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        f"<text:p>Fathers have{note} leave.{comment}{box}{picture}</text:p>{table}<text:p>The end.</text:p>"
    )
    parsed = _text(tmp_path, body)
    assert _blocks(parsed) == [
        ("paragraph", "Fathers have ¹ leave."),
        ("paragraph", "¹ See the law."),
        ("paragraph", "Comment (Ann): Really?"),
        ("paragraph", "In a box."),
        ("table_head", "Reason | Days | Pay"),
        ("table_row", "Birth | 90 | full"),
        ("table_row", "Birth | 14 | half"),
        ("table_row", "Other | all year"),
        ("paragraph", "The end."),
    ]
    assert parsed.skipped == ("1 picture",)


def test_a_chart_in_a_text_is_a_table(tmp_path: Path) -> None:
    chart = (
        f"<office:document-content {_SPACES}><office:body><office:chart><chart:chart><chart:title>"
        "<text:p>Visits</text:p></chart:title><table:table table:name='local-table'><table:table-header-rows>"
        f"{_row('', 'Mothers')}</table:table-header-rows>{_row('2024', '12')}</table:table>"
        "</chart:chart></office:chart></office:body></office:document-content>"
    )
    body = '<text:p><draw:frame><draw:object xlink:href="./Object 1"/><draw:image/></draw:frame></text:p>'
    parsed = _text(tmp_path, body, **{"Object 1__content_xml": chart})
    assert _blocks(parsed) == [("paragraph", "Visits"), ("table_head", "| Mothers"), ("table_row", "2024 | 12")]
    assert parsed.skipped == ()


def test_sheets_with_repeated_rows_and_cells_spans_comments_and_hidden_sheets(tmp_path: Path) -> None:
    styles = '<style:style style:name="off" style:family="table"><style:table-properties table:display="false"/>'
    styles += "</style:style>"
    gap = '<table:table-cell table:number-columns-repeated="2"/>'
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    noted = "<table:table-cell><office:annotation><dc:creator>Ann</dc:creator><text:p>guess</text:p>"
    noted += "</office:annotation><text:p>7</text:p></table:table-cell>"
    tall = '<table:table-cell table:number-rows-spanned="2"><text:p>East</text:p></table:table-cell>'
    end = '<table:table-row table:number-rows-repeated="1048570">'
    end += '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    body = (
        f'<table:table table:name="Figures">{_row("Region", "Town", "Visits")}'
        f"<table:table-row>{tall}{cell.format('Mto')}{noted}</table:table-row>"
        f"<table:table-row><table:covered-table-cell/>{cell.format('Ziwa')}"
        '<table:table-cell office:value-type="float" office:value="9"/></table:table-row>'
        f'<table:table-row table:number-rows-repeated="2">{cell.format("West")}{cell.format("Bara")}'
        f"{cell.format('1')}</table:table-row>"
        f"<table:table-row>{gap}<table:table-cell table:number-columns-repeated='16382'/></table:table-row>{end}"
        "</table:table>"
        f'<table:table table:name="Old" table:style-name="off">{_row("secret", "1")}</table:table>'
        f'<table:table table:name="Notes">{_row("Only one cell")}</table:table>'
    )
    parsed = _sheet(tmp_path, body, styles)
    assert [page.label for page in parsed.pages] == ["Figures", "Notes"]
    assert _blocks(parsed) == [
        ("heading", "Figures"),
        ("table_head", "Region | Town | Visits"),
        ("table_row", "East | Mto | 7"),
        ("table_row", "East | Ziwa | 9"),
        ("table_row", "West | Bara | 1"),
        ("table_row", "West | Bara | 1"),
        ("paragraph", "Comment on C2 (Ann): guess"),
        ("heading", "Notes"),
        ("paragraph", "Only one cell"),
    ]
    assert parsed.skipped == ("sheet 'Old' (hidden)",)
    assert parsed.title == "made"


def test_a_sheet_filled_to_its_end_is_refused_and_a_column_filled_down_read_once(tmp_path: Path) -> None:
    cell = '<table:table-cell table:number-columns-repeated="{}"><text:p>0</text:p></table:table-cell>'
    row = '<table:table-row table:number-rows-repeated="1048576">{}</table:table-row>'
    started = time.monotonic()
    with pytest.raises(TooLarge, match="17,179,869,184 cells"):
        _sheet(tmp_path, f"<table:table table:name='A'>{row.format(cell.format(16384))}</table:table>")
    parsed = _sheet(tmp_path, f"<table:table table:name='A'>{row.format(cell.format(2))}</table:table>")
    assert time.monotonic() - started < 5
    assert _blocks(parsed)[1:] == [("table_row", "0 | 0")]
    assert "1,048,576 times" in parsed.warnings[0]


def test_locked_cut_and_nested_beyond_reason_are_ingest_errors(tmp_path: Path) -> None:
    locked = _package(tmp_path / "locked.odt", "text", "", **{"META-INF__manifest_xml": "<a:encryption-data/>"})
    with pytest.raises(PasswordProtected):
        odf_text.read(locked)
    deep = "<table:table><table:table-row><table:table-cell>" * 10_000
    deep += "</table:table-cell></table:table-row></table:table>" * 10_000
    with pytest.raises(IngestError):
        read(_package(tmp_path / "deep.odt", "text", deep))
    whole = tmp_path / "cut.ods"
    _package(whole, "spreadsheet", f"<table:table table:name='A'>{_row('a', 'b')}")
    with pytest.raises(IngestError):
        read(Source(whole))
