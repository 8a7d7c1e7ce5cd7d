"""How text is set, in every format: raised and lowered figures, fonts of signs, formulas, struck-out text."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from pptx import Presentation
from pptx.util import Inches

from ingest.readers import Source
from ingest.readers.html import parse as parse_html
from ingest.readers.markdown import parse as parse_markdown
from ingest.readers.registry import read
from ingest.readers.symbols import UNKNOWN
from rag.core.types import ParsedDocument

MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


class Piece(NamedTuple):
    """Text and how it is set."""

    text: str
    mark: str = ""
    """ "raised", "lowered", "struck" or a font's name."""


LINE = (
    Piece("500"),
    Piece("1", "raised"),
    Piece(" mg, 20 x 10"),
    Piece("9", "raised"),
    Piece("/L CO"),
    Piece("2", "lowered"),
    Piece(", 50 "),
    Piece("m", "Symbol"),
    Piece("g, 2 "),
    Piece("´", "Symbol"),
    Piece(" 500 mg, "),
    Piece("ü", "Wingdings"),
    Piece(" done, "),
    Piece("500 ", "struck"),
    Piece("mg", "struck"),
    Piece(" 250 mg, "),
    Piece("7", "struck"),
    Piece(" 8 ml"),
)
SHOWN = "500¹ mg, 20 x 10⁹/L CO₂, 50 µg, 2 × 500 mg, ✓ done, 250 mg, 8 ml"
LEFT_OUT = ("struck-out text in 2 places",)


def _texts(parsed: ParsedDocument) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks]


def _word(folder: Path, pieces: Sequence[Piece]) -> ParsedDocument:
    word = Document()
    paragraph = word.add_paragraph()
    for text, mark in pieces:
        font = paragraph.add_run(text).font
        if mark in ("raised", "lowered", "struck"):
            setattr(font, {"raised": "superscript", "lowered": "subscript", "struck": "strike"}[mark], True)
        elif mark:
            font.name = mark
    word.save(str(folder / "made.docx"))
    return read(Source(folder / "made.docx"))


def _slide(folder: Path, pieces: Sequence[Piece]) -> ParsedDocument:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Doses"
    box: Any = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(5), Inches(1))
    for text, mark in pieces:
        run = box.text_frame.paragraphs[0].add_run()
        run.text = text
        properties = run._r.get_or_add_rPr()
        if mark in ("raised", "lowered"):
            properties.set("baseline", "30000" if mark == "raised" else "-25000")
        elif mark == "struck":
            properties.set("strike", "sngStrike")
        elif mark:
            run.font.name = mark
    deck.save(str(folder / "made.pptx"))
    return read(Source(folder / "made.pptx"))


def _excel(folder: Path, pieces: Sequence[Piece]) -> ParsedDocument:
    fonts = {
        "raised": InlineFont(vertAlign="superscript"),
        "lowered": InlineFont(vertAlign="subscript"),
        "struck": InlineFont(strike=True),
    }
    blocks = [TextBlock(fonts.get(mark) or InlineFont(rFont=mark or "Calibri"), text) for text, mark in pieces]
    book = Workbook()
    book.active.append(["Drug", "Dose"])
    book.active["A2"], book.active["B2"] = "Zinc", CellRichText(*blocks)
    book.save(folder / "made.xlsx")
    return read(Source(folder / "made.xlsx"))


def _rtf(folder: Path, pieces: Sequence[Piece]) -> ParsedDocument:
    words = {"raised": r"\super ", "lowered": r"\sub ", "struck": r"\strike ", "Symbol": r"\f1 ", "Wingdings": r"\f2 "}
    fonts = r"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset2 Symbol;}{\f2\fnil\fcharset2 Wingdings;}}"
    body = "".join(f"{{{words.get(mark, '')}{text}}}" for text, mark in pieces)
    data = "".join(char if char.isascii() else f"\\'{ord(char):02x}" for char in body)
    (folder / "made.rtf").write_text(rf"{{\rtf1\ansi\ansicpg1252\deff0{fonts}\f0 {data}\par}}")
    return read(Source(folder / "made.rtf"))


def _marked(pieces: Sequence[Piece]) -> str:
    around = {"": "%s", "raised": "<sup>%s</sup>", "lowered": "<sub>%s</sub>", "struck": "<del>%s</del>"}
    span = "<span style=\"color: red; font-family: '{}', serif\">%s</span>"
    return "".join(around.get(mark, span.format(mark)) % text for text, mark in _joined(pieces))


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces that are set alike and follow each other as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].mark == piece.mark:
            piece = Piece(joined.pop().text + piece.text, piece.mark)
        joined.append(piece)
    return joined


def _html(folder: Path, pieces: Sequence[Piece]) -> ParsedDocument:
    del folder
    return parse_html(f"<p>{_marked(pieces)}</p>", "x")


def _markdown(folder: Path, pieces: Sequence[Piece]) -> ParsedDocument:
    del folder
    return parse_markdown(_marked(pieces), "x")


def _opendocument(kind: str, frame: str, levels: str = "") -> Callable[[Path, Sequence[Piece]], ParsedDocument]:
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (
            ("office", "office"),
            ("text", "text"),
            ("style", "style"),
            ("table", "table"),
            ("draw", "drawing"),
            ("svg", "svg-compatible"),
        )
    )
    said = {
        "raised": 'style:text-position="super 58%"',
        "lowered": 'style:text-position="-33% 58%"',
        "struck": 'style:text-line-through-style="solid"',
        "Symbol": 'style:font-name="Symbol1"',
        "Wingdings": 'style:font-name="Wingdings"',
    }
    styles = "".join(
        f'<style:style style:name="{mark}" style:family="text"><style:text-properties {how}/></style:style>'
        for mark, how in said.items()
    )
    styles += f'<text:list-style style:name="L">{levels}</text:list-style>'
    faces = '<style:font-face style:name="Symbol1" svg:font-family="Symbol"/>'

    def made(folder: Path, pieces: Sequence[Piece]) -> ParsedDocument:
        spans = "".join(f'<text:span text:style-name="{mark}">{text}</text:span>' for text, mark in pieces)
        path = folder / f"made.{kind}"
        types = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}
        body = frame.replace("TEXT", f"<text:p>{spans}</text:p>")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{types[kind]}")
            archive.writestr(
                "content.xml",
                f"<office:document-content{spaces}><office:font-face-decls>{faces}</office:font-face-decls>"
                f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
                f"<office:{types[kind]}>{body}</office:{types[kind]}></office:body></office:document-content>",
            )
        return read(Source(path))

    return made


ODS_FRAME = (
    '<table:table table:name="A"><table:table-row><table:table-cell>TEXT</table:table-cell></table:table-row>'
    "</table:table>"
)
ODP_FRAME = "<draw:page><draw:frame><draw:text-box>TEXT</draw:text-box></draw:frame></draw:page>"


@pytest.mark.parametrize(
    "made",
    [
        _word,
        _slide,
        _excel,
        _rtf,
        _html,
        _markdown,
        _opendocument("odt", "TEXT"),
        _opendocument("ods", ODS_FRAME),
        _opendocument("odp", ODP_FRAME),
    ],
    ids=["docx", "pptx", "xlsx", "rtf", "html", "markdown", "odt", "ods", "odp"],
)
def test_text_is_read_as_it_is_shown(tmp_path: Path, made: Callable[[Path, Sequence[Piece]], ParsedDocument]) -> None:
    parsed = made(tmp_path, LINE)
    assert SHOWN in _texts(parsed)[-1]
    assert parsed.skipped == LEFT_OUT
    assert not parsed.warnings


def test_signs_that_are_inserted_in_word_and_those_that_nobody_knows(tmp_path: Path) -> None:
    word = Document()
    names = nsdecls("w")
    for sign in (
        '<w:sym w:font="Symbol" w:char="F06D"/>',
        '<w:sym w:font="Wingdings" w:char="F06D"/>',
        "<w:t>\uf06d</w:t>",
        '<w:sym w:font="Symbol" w:char="F0AF"/>',
        '<w:sym w:font="Wingdings 2" w:char="F052"/>',
    ):
        word.element.body.insert(0, parse_xml(f"<w:p {names}><w:r><w:t>5 </w:t>{sign}<w:t>g</w:t></w:r></w:p>"))
    word.save(str(tmp_path / "signs.docx"))
    parsed = read(Source(tmp_path / "signs.docx"))
    assert _texts(parsed) == ["5 ☑g", "5 ↓g", "5 µg", f"5 {UNKNOWN}g", "5 µg"]
    assert parsed.warnings == (f"Not every sign could be read: 1 sign shown as {UNKNOWN}.",)


def test_styles_of_words_set_them(tmp_path: Path) -> None:
    word = Document()
    styles: Any = word.styles
    gone = styles.add_style("Gone", WD_STYLE_TYPE.CHARACTER)
    gone.font.strike = True
    power = styles.add_style("Power", WD_STYLE_TYPE.CHARACTER)
    power.font.superscript = True
    power.base_style = styles["Default Paragraph Font"]
    old = styles.add_style("Old text", WD_STYLE_TYPE.PARAGRAPH)
    old.font.strike = True
    paragraph = word.add_paragraph("Give ")
    paragraph.add_run("5 mg", style=gone)
    paragraph.add_run("6 mg/m")
    paragraph.add_run("2", style=power)
    outdated = word.add_paragraph("All of this. ", style=old)
    outdated.add_run("Not this.").font.strike = False
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Age", "Dose", "5", ""), strict=True):
        cell.text = text
    table.cell(1, 1).paragraphs[0].add_run("1 ml").font.double_strike = True
    table.cell(1, 1).paragraphs[0].add_run(" 2 ml")
    word.save(str(tmp_path / "styled.docx"))
    parsed = read(Source(tmp_path / "styled.docx"))
    assert _texts(parsed) == ["Give 6 mg/m²", "Not this.", "Age | Dose", "5 | 2 ml"]
    assert parsed.skipped == ("struck-out text in 3 places",)


def test_a_style_without_an_id_is_no_texts_style(tmp_path: Path) -> None:
    word = Document()
    word.styles.element.append(parse_xml(f"<w:style {nsdecls('w')}><w:rPr><w:strike/></w:rPr></w:style>"))
    word.add_paragraph("Give 5 mg.")
    word.save(str(tmp_path / "nameless.docx"))
    parsed = read(Source(tmp_path / "nameless.docx"))
    assert (_texts(parsed), parsed.skipped) == (["Give 5 mg."], ())


def test_steps_keep_their_numbers_where_one_is_struck_out(tmp_path: Path) -> None:
    word = Document()
    for text in ("Wash", "Boil", "Inject"):
        word.add_paragraph(style="List Number").add_run(text).font.strike = text == "Boil"
    word.save(str(tmp_path / "steps.docx"))
    steps = ["1. Wash", "3. Inject"]
    assert _texts(read(Source(tmp_path / "steps.docx"))) == steps
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Steps"
    frame: Any = slide.placeholders[1].text_frame
    for text, paragraph in zip(
        ("Wash", "Boil", "Inject"), (frame.paragraphs[0], frame.add_paragraph(), frame.add_paragraph()), strict=True
    ):
        paragraph.text = text
        numbered = parse_xml(f'<a:buAutoNum {nsdecls("a")} type="arabicPeriod"/>')
        paragraph._p.get_or_add_pPr().append(numbered)
        if text == "Boil":
            paragraph.runs[0]._r.get_or_add_rPr().set("strike", "dblStrike")
    deck.save(str(tmp_path / "steps.pptx"))
    assert _texts(read(Source(tmp_path / "steps.pptx")))[1:] == steps
    assert _texts(parse_html("<ol><li>Wash<li><s>Boil</s><li>Inject</ol>", "x")) == steps
    assert _texts(parse_markdown("1. Wash\n2. ~~Boil~~\n3. Inject\n", "x")) == steps
    items = "".join(
        f'<text:list-item><text:p><text:span text:style-name="{mark}">{text}</text:span></text:p></text:list-item>'
        for text, mark in (("Wash", ""), ("Boil", "struck"), ("Inject", ""))
    )
    levels = '<text:list-level-style-number text:level="1" style:num-suffix="." style:num-format="1"/>'
    listed = _opendocument("odt", f'<text:list text:style-name="L">{items}</text:list>', levels)
    assert _texts(listed(tmp_path, ())) == steps


def test_a_text_box_in_word_is_turned_into_signs_once(tmp_path: Path) -> None:
    word = Document()
    symbols = '<w:rPr><w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/></w:rPr>'
    word.element.body.insert(
        0,
        parse_xml(
            f"<w:p {nsdecls('w')}><w:r><w:pict><w:txbxContent><w:p><w:r>{symbols}<w:t>m</w:t></w:r></w:p>"
            "</w:txbxContent></w:pict></w:r></w:p>"
        ),
    )
    word.save(str(tmp_path / "box.docx"))
    assert _texts(read(Source(tmp_path / "box.docx"))) == ["µ"]


def test_formulas_of_office_files_stand_on_one_line(tmp_path: Path) -> None:
    def term(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    half = f"<m:f><m:num>{term('1')}</m:num><m:den>{term('2')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{term('10')}</m:e><m:sup>{term('9')}</m:sup></m:sSup>"
    age = f"<m:d><m:e>{term('140 − age')}</m:e></m:d>"
    nested = f"<m:f><m:num>{age}{term(' × ')}{term('weight')}</m:num><m:den>{term('72')}</m:den></m:f>"
    bound = f"<m:sSub><m:e>{term('C')}</m:e><m:sub>{term('max')}</m:sub></m:sSub>"
    root = f"<m:rad><m:deg/><m:e>{half}</m:e></m:rad>"
    word = Document()
    math = "".join(
        f"<w:p><w:r><w:t>Give 2</w:t></w:r><m:oMath>{each}</m:oMath></w:p>"
        for each in (half, power, nested, bound, root)
    )
    body = parse_xml(f"<w:body {nsdecls('w')} {MATH}>{math}</w:body>")
    for paragraph in reversed(list(body)):
        word.element.body.insert(0, paragraph)
    word.save(str(tmp_path / "math.docx"))
    assert _texts(read(Source(tmp_path / "math.docx"))) == [
        "Give 2 1/2",
        "Give 210⁹",
        "Give 2((140 − age) × weight)/72",
        "Give 2C_max",
        "Give 2√(1/2)",
    ]
    (tmp_path / "math.rtf").write_text(r"{\rtf1 Give 2{\*\moMath{\mf{\mnum{\mr 1}}{\mden{\mr 2}}}} tablet\par}")
    assert _texts(read(Source(tmp_path / "math.rtf"))) == ["Give 2 1/2 tablet"]


def test_formulas_and_fractions_of_pages() -> None:
    page = (
        "<p>Give 2<sup>1</sup>/<sub>2</sub> tablets <p>or <math><mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></math>, "
        "<math><msup><mn>10</mn><mrow><mo>-</mo><mn>9</mn></mrow></msup></math> <p>37<sup>0</sup>C, 2<sup>nd</sup> day"
    )
    assert _texts(parse_html(page, "x")) == ["Give 2 1/2 tablets", "or 2 1/2, 10⁻⁹", "37⁰C, 2nd day"]


def test_fonts_of_pages_end_with_their_element_and_blanks_stay() -> None:
    page = (
        "<p><font face='Symbol'>m&nbsp;<span style='font: 7.0pt \"Times New Roman\"'>m</span> m</font>g"
        "<p><span style='font: bold 10pt/1.2 Symbol, serif'>m<b style='font-family: inherit'>m</b></span>m"
        "<p><span style='font-family: Webdings'>a</span>"
    )
    parsed = parse_html(page, "x")
    assert _texts(parsed) == ["µ m µg", "µµm", UNKNOWN]
    assert parsed.warnings == (f"Not every sign could be read: 1 sign shown as {UNKNOWN}.",)


def test_what_pages_strike_out_is_left_out_and_counted() -> None:
    page = (
        "<ul><li><s>Old rule</s></li><li>New <strike>x</strike>rule</li></ul>"
        "<table><tr><th>Age</th><th>Dose</th></tr><tr style='text-decoration: line-through red'><td>5</td><td>9 ml</td>"
        "</tr><tr><td>5</td><td><del><p>8 ml</p></del>7 ml</td></tr></table><del> </del>"
    )
    parsed = parse_html(page, "x")
    assert _texts(parsed) == ["• New rule", "Age | Dose", "5 | 7 ml"]
    assert parsed.skipped == ("struck-out text in 4 places",)


def test_markdown_strikes_out_with_tildes() -> None:
    parsed = parse_markdown("Give ~~500 *mg*~~ 250 mg\n\n- ~~old~~\n- <s>a</s> new </s> rule\n", "x")
    assert _texts(parsed) == ["Give 250 mg", "• new rule"]
    assert parsed.skipped == ("struck-out text in 3 places",)


def test_cells_that_are_struck_out(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Drug", "Dose", "Price"], ["Zinc", "5 mg", 10], ["Iron", "m", 20]):
        book.active.append(row)
    book.active["B2"].font = Font(strike=True)
    book.active["C2"].font = Font(strike=True)
    book.active["B3"].font = Font(name="Symbol")
    book.save(tmp_path / "struck.xlsx")
    parsed = read(Source(tmp_path / "struck.xlsx"))
    assert _texts(parsed)[-2:] == ["Zinc", "Iron | µ | 20"]
    assert parsed.skipped == LEFT_OUT


def test_paragraphs_that_follow_each_other_are_places_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "two.rtf").write_text(r"{\rtf1\ansi {\strike One.\par Two {\b words}.\par}\strike\plain Three.\par}")
    parsed = read(Source(tmp_path / "two.rtf"))
    assert _texts(parsed) == ["Three."]
    assert parsed.skipped == LEFT_OUT
