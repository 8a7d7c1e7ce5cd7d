"""Footnotes that a format keeps as references: they stand below what they are said of, and both have the mark."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.readers import Source, read
from ingest.readers.html import parse as parse_html
from ingest.readers.markdown import parse as parse_markdown
from rag.core.notes import beginning, references
from rag.core.types import BlockKind, ParsedDocument

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
)
FOOT = "Not in kidney disease."
END = "By mouth."


def _texts(parsed: ParsedDocument) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks]


def _word(folder: Path, *, form: str = "") -> ParsedDocument:
    """A heading, a table and a paragraph with notes; one note is referred to in a deleted text."""
    word, names = Document(), nsdecls("w")
    for kind, notes in (("footnote", {"2": FOOT, "3": "Gone.", "4": "For all."}), ("endnote", {"2": END})):
        made = "".join(
            f"<w:{kind} w:id='{key}'><w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t> {text}</w:t></w:r></w:p></w:{kind}>"
            for key, text in notes.items()
            if text != "Gone."
        )
        root = f"<w:{kind}s {names}><w:{kind} w:id='0' w:type='separator'><w:p/></w:{kind}>{made}</w:{kind}s>"
        part = Part(PackURI(f"/word/{kind}s.xml"), "application/xml", root.encode(), word.part.package)
        word.part.relate_to(part, f"{RELATIONS}/{kind}s")

    def reference(kind: str, key: str) -> str:
        return f"<w:r {names}><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:{kind}Reference w:id='{key}'/></w:r>"

    word.add_heading("Doses", 1)._p.append(parse_xml(reference("footnote", "4")))
    table = word.add_table(rows=3, cols=2)
    for cell, text in zip(table._cells, ("Weight", "Dose", "5 kg", "10", "9 kg", "20"), strict=True):
        cell.text = text
    gone = parse_xml(f"<w:del {names}>{reference('footnote', '3')}</w:del>")
    table.cell(1, 1).paragraphs[0]._p.append(gone)
    table.cell(1, 1).paragraphs[0]._p.append(parse_xml(reference("footnote", "2")))
    paragraph = word.add_paragraph("Give it once.")
    paragraph._p.append(parse_xml(reference("endnote", "2")))
    paragraph.add_run(" Keep it cool.")
    if form:
        setting = f"<w:footnotePr {names}><w:numFmt w:val='{form}'/></w:footnotePr>"
        word.settings.element.append(parse_xml(setting))
    word.save(str(folder / "notes.docx"))
    return read(Source(folder / "notes.docx"))


def _opendocument(folder: Path) -> ParsedDocument:
    def note(mark: str, text: str) -> str:
        said = f"<text:note-body><text:p>{text}</text:p></text:note-body>"
        return f"<text:note><text:note-citation>{mark}</text:note-citation>{said}</text:note>"

    rows = (("Weight", "Dose"), ("5 kg", f"10{note('2', FOOT)}"), ("9 kg", "20"))
    cells = ("".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row) for row in rows)
    body = (
        f"<text:h text:outline-level='1'>Doses{note('1', 'For all.')}</text:h>"
        f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in cells)}</table:table>"
        f"<text:p>Give it once.{note('i', END)} Keep it cool.</text:p>"
    )
    with zipfile.ZipFile(folder / "notes.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        content = f"<office:document-content{SPACES}><office:body><office:text>{body}</office:text></office:body>"
        archive.writestr("content.xml", f"{content}</office:document-content>")
    return read(Source(folder / "notes.odt"))


def _rtf(folder: Path) -> ParsedDocument:
    def note(text: str, *, end: bool = False) -> str:
        kind = r"\ftnalt" if end else ""
        return rf"{{\super\chftn}}{{\footnote{kind}\pard\plain{{\super\chftn}} {text}}}"

    rows = (("Weight", "Dose"), ("5 kg", f"10{note(FOOT)}"), ("9 kg", "20"))
    table = "".join(
        r"\trowd\cellx1000\cellx2000" + "".join(rf"\pard\intbl {cell}\cell" for cell in row) + r"\row" for row in rows
    )
    styles = r"{\stylesheet{\s1 heading 1;}}"
    body = rf"{styles}\pard\s1 Doses{note('For all.')}\par{table}\pard Give it once.{note(END, end=True)}"
    body += r" Keep it cool.\par"
    (folder / "notes.rtf").write_text(rf"{{\rtf1\ansi {body}}}")
    return read(Source(folder / "notes.rtf"))


def _html(folder: Path) -> ParsedDocument:
    """As Pandoc writes it: all notes in a list at the end."""
    del folder

    def link(number: int) -> str:
        return f'<a href="#fn{number}" class="footnote-ref" id="ref{number}" role="doc-noteref"><sup>{number}</sup></a>'

    items = "".join(
        f'<li id="fn{number}"><p>{text}<a href="#ref{number}" role="doc-backlink">↩︎</a></p></li>'
        for number, text in enumerate((FOOT, END), start=1)
    )
    return parse_html(
        "<body><h1>Doses</h1><p>For all.</p><table><tr><th>Weight</th><th>Dose</th></tr>"
        f"<tr><td>5 kg</td><td>10{link(1)}</td></tr><tr><td>9 kg</td><td>20</td></tr></table>"
        f"<p>Give it once.{link(2)} Keep it cool.</p><h2>More</h2><p>Ask.</p>"
        f'<section class="footnotes" role="doc-endnotes"><hr><ol>{items}</ol></section></body>',
        "x",
    )


def _markdown(folder: Path) -> ParsedDocument:
    del folder
    return parse_markdown(
        "# Doses[^h]\n\n| Weight | Dose |\n|---|---|\n| 5 kg | 10[^kidney] |\n| 9 kg | 20 |\n\n"
        "Give it once.[^2] Keep it cool.\n\n## More\n\nAsk.\n\n"
        f"[^kidney]: {FOOT}\n[^2]: By\n    mouth.\n[^h]: For all.\n",
        "x",
    )


@pytest.mark.parametrize("made", [_word, _opendocument, _rtf, _html, _markdown])
def test_a_note_stands_below_its_table_or_paragraph_and_both_have_its_mark(
    tmp_path: Path, made: Callable[[Path], ParsedDocument]
) -> None:
    parsed = made(tmp_path)
    texts = _texts(parsed)
    row = next(text for text in texts if text.startswith("5 kg"))
    paragraph = next(text for text in texts if text.startswith("Give it once."))
    assert texts[0] == "Doses"
    assert [text[-len("For all.") :] for text in texts[1:2]] == ["For all."]
    assert texts.index(paragraph) == texts.index(row) + 3
    for text, kind, below, note in (
        (row, BlockKind.TABLE_ROW, texts[texts.index(row) + 2], FOOT),
        (paragraph, BlockKind.PARAGRAPH, texts[texts.index(paragraph) + 1], END),
    ):
        assert below == f"{below.partition(' ')[0]} {note}"
        assert references(text, kind) == {beginning(below)} != {""}
    assert "kidney" not in " ".join(texts[: texts.index(row)])
    assert sum(FOOT in text for text in texts) == 1


@pytest.mark.parametrize(("form", "marks"), [("", "²"), ("lowerLetter", "ᵇ"), ("chicago", "†"), ("upperRoman", "ⁱⁱ")])
def test_word_counts_its_notes_as_the_document_says(tmp_path: Path, form: str, marks: str) -> None:
    texts = _texts(_word(tmp_path, form=form))
    assert texts[3:] == [
        f"5 kg | 10 {marks}",
        "9 kg | 20",
        f"{marks} {FOOT}",
        "Give it once.ⁱ Keep it cool.",
        f"ⁱ {END}",
    ]


def test_a_note_of_two_paragraphs_is_repeated_and_an_encyclopaedias_sources_stay_where_they_are() -> None:
    page = (
        '<body><p>One<sup><a id="r2" href="#n2">2</a></sup> or<sup><a href="#n2">2</a></sup></p><p>Two<sup>'
        '<a href="#n2">2</a></sup></p><p>Three.<sup class="reference" id="cite1"><a href="#source">[1]</a></sup></p>'
        '<p id="n2"><a href="#r2"><sup>2</sup></a> Of steel.</p>tail<ol class="references"><li id="source">'
        '<a href="#cite1">^</a> Smith 2010.</li></ol></body>'
    )
    assert _texts(parse_html(page, "x")) == [
        "One[2] or[2]", "[2] Of steel.", "Two[2]", "[2] Of steel.", "Three.[1]", "tail", "1. Smith 2010.",
    ]  # fmt: skip


def test_words_web_page_has_its_notes_below_what_they_are_said_of() -> None:
    page = (
        '<body><p>Give 5 ml<a href="#_ftn1" name="_ftnref1" title=""><span>[1]</span></a> daily.</p><p>Other.</p>'
        '<div style="mso-element:footnote-list"><hr><div id="ftn1"><p><a href="#_ftnref1" name="_ftn1">'
        "<span>[1]</span></a> Not for infants.</p></div></div></body>"
    )
    assert _texts(parse_html(page, "x")) == ["Give 5 ml[1] daily.", "[1] Not for infants.", "Other."]


def test_markdowns_code_has_no_notes_and_no_definition_is_lost() -> None:
    text = "A `[^a]` b[^a] [^none].\n\n```\n[^a]: code\n```\n\n[^a]: Dilute\n\n[^a]: Again.\n"
    text += "[^b]: Nobody *refers* to it.\n"
    assert _texts(parse_markdown(text, "x")) == [
        "A [^a] b ¹ [^none].", "¹ Dilute Again.", "[^a]: code", "Nobody refers to it.",
    ]  # fmt: skip


def test_a_raised_letter_alone_is_the_mark_of_a_note(tmp_path: Path) -> None:
    word = Document()
    for before, raised in (("10", "a"), ("5 mg", "a, b"), ("1", "st"), ("see", "a doctor")):
        word.add_paragraph(before).add_run(raised).font.superscript = True
    word.save(str(tmp_path / "raised.docx"))
    assert _texts(read(Source(tmp_path / "raised.docx"))) == ["10ᵃ", "5 mgᵃ, ᵇ", "1st", "seea doctor"]
