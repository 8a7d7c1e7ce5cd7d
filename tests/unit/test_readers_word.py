"""What Word documents hold that was changed, hidden, nested or is numbered by rule."""

from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.readers import Source, read
from ingest.readers.tables import heads
from rag.core.types import ParsedDocument

NAMES = nsdecls("w")


def _read(word: Any, folder: Path) -> ParsedDocument:
    word.save(str(folder / "made.docx"))
    return read(Source(folder / "made.docx"))


def _texts(parsed: ParsedDocument) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks]


def _numbering(word: Any, levels: list[str]) -> None:
    """The rules of list 90: what a level says, from the highest."""
    part = word.part.numbering_part.element
    made = "".join(f"<w:lvl w:ilvl='{place}'>{level}</w:lvl>" for place, level in enumerate(levels))
    part.insert(0, parse_xml(f"<w:abstractNum {NAMES} w:abstractNumId='90'>{made}</w:abstractNum>"))
    part.append(parse_xml(f"<w:num {NAMES} w:numId='90'><w:abstractNumId w:val='90'/></w:num>"))


def _item(word: Any, text: str, level: int) -> None:
    number = f"<w:numPr {NAMES}><w:ilvl w:val='{level}'/><w:numId w:val='90'/></w:numPr>"
    word.add_paragraph(text)._p.get_or_add_pPr().append(parse_xml(number))


@pytest.mark.parametrize("change", ["del", "moveFrom"])
def test_paragraphs_that_a_tracked_change_joined_are_one(tmp_path: Path, change: str) -> None:
    word = Document()
    for text, deleted in (("Do not", True), (" give it", True), (" to infants.", False), ("The end.", False)):
        properties = word.add_paragraph(text)._p.get_or_add_pPr()
        if deleted:
            properties.append(parse_xml(f"<w:rPr {NAMES}><w:{change} w:id='1' w:author='Ann'/></w:rPr>"))
    assert _texts(_read(word, tmp_path)) == ["Do not give it to infants.", "The end."]


def test_text_that_a_style_hides_is_left_out(tmp_path: Path) -> None:
    word = Document()
    styles: Any = word.styles
    of_words, of_paragraphs = (
        styles.add_style(kind.name, kind) for kind in (WD_STYLE_TYPE.CHARACTER, WD_STYLE_TYPE.PARAGRAPH)
    )
    of_words.font.hidden = of_paragraphs.font.hidden = True
    word.add_paragraph("Seen ").add_run("not ", style=of_words)
    word.paragraphs[0].add_run("here.")
    word.add_paragraph("Nobody sees this. ", style=of_paragraphs).add_run("But this.").font.hidden = False
    parsed = _read(word, tmp_path)
    assert _texts(parsed) == ["Seen here.", "But this."]
    assert parsed.skipped == ()


def test_numbers_below_roman_chapters_are_decimal_where_the_list_says_so(tmp_path: Path) -> None:
    word = Document()
    decimal = "<w:numFmt w:val='decimal'/>"
    _numbering(
        word,
        [
            "<w:numFmt w:val='upperRoman'/><w:lvlText w:val='%1.'/>",
            f"{decimal}<w:isLgl/><w:lvlText w:val='%1.%2'/>",
            f"{decimal}<w:isLgl w:val='0'/><w:lvlText w:val='%1.%2.%3'/>",
        ],
    )
    for text, level in (("One", 0), ("Two", 0), ("Part", 1), ("Piece", 2)):
        _item(word, text, level)
    assert _texts(_read(word, tmp_path)) == ["I. One", "II. Two", "2.1 Part", "II.1.1 Piece"]


@pytest.mark.parametrize(
    ("restart", "last"),
    [("", "(a)"), ("<w:lvlRestart w:val='0'/>", "(c)"), ("<w:lvlRestart w:val='1'/>", "(b)")],
)
def test_numbers_begin_again_where_the_list_says_so(tmp_path: Path, restart: str, last: str) -> None:
    word = Document()
    decimal = "<w:numFmt w:val='decimal'/>"
    letters = f"<w:numFmt w:val='lowerLetter'/>{restart}<w:lvlText w:val='(%3)'/>"
    _numbering(word, [f"{decimal}<w:lvlText w:val='%1.'/>", f"{decimal}<w:lvlText w:val='%1.%2'/>", letters])
    for level in (0, 1, 2, 0, 1, 2, 1, 2):
        _item(word, "x", level)
    assert _texts(_read(word, tmp_path))[-1] == f"{last} x"


def test_a_table_within_a_cell_keeps_its_cells_with_their_heads(tmp_path: Path) -> None:
    word = Document()
    table = word.add_table(rows=3, cols=3)
    for cell, text in zip(table._cells, "Drug|Dose|Note|Amoxicillin|5 ml|with food|Zinc||none".split("|"), strict=True):
        cell.text = text
    inner = table.cell(2, 1).add_table(rows=2, cols=2)
    for cell, text in zip(inner._cells, ("Child", "Adult", "1 ml", "2 ml"), strict=True):
        cell.text = text
    assert _texts(_read(word, tmp_path)) == [
        "Drug | Dose | Note", "Amoxicillin | 5 ml | with food", "Zinc | Child: 1 ml, Adult: 2 ml | none",
    ]  # fmt: skip


def test_a_table_that_only_places_others_is_a_frame(tmp_path: Path) -> None:
    word = Document()
    table = word.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "Left"
    inner = table.cell(0, 1).add_table(rows=3, cols=2)
    for cell, text in zip(inner._cells, ("Weight", "Dose", "5 kg", "1 ml", "9 kg", "2 ml"), strict=True):
        cell.text = text
    blocks = [block.kind.value for block in _read(word, tmp_path).blocks]
    assert blocks == ["paragraph", "table_head", "table_row", "table_row"]


def test_heads_of_three_rows_are_joined_to_one() -> None:
    rows = [
        ["Drug", "Dose", "", ""],
        ["", "Child", "", "Adult"],
        ["", "<5 y", "5-12 y", "Adult"],
        ["Amoxicillin", "1", "2", "3"],
        ["Zinc", "4", "5", "6"],
    ]
    assert heads(rows, [{1: 3}, {1: 2}, {}, {}, {}]) == (
        3, [["Drug", "Dose: Child: <5 y", "Dose: Child: 5-12 y", "Dose: Adult"]],
    )  # fmt: skip
    # Rows of data below a head with cells over columns.
    rows[1:3] = [["Iron", "at noon", "", "at night"], ["Salts", "slowly", "with care", "never"]]
    assert heads(rows, [{1: 3}, {1: 2}, {}, {}, {}])[0] < 2
