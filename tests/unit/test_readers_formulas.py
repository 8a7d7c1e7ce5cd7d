"""Formulas keep all that is said in them, and what follows one that was not closed stays as it is."""

from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import Source
from ingest.readers.html import parse
from ingest.readers.registry import read

MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
HALF = "<mfrac><mn>1</mn><mn>2</mn></mfrac>"


def _text(page: str) -> str:
    return parse(page, "x").pages[0].text


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("<mtext>dose in <em>mg</em> per day</mtext>", "dose in mg per day"),
        ("<mtext>10<sup>9</sup> cells/m<i>l</i></mtext>", "10⁹ cells/ml"),
        ("plain <b>5<i>0</i></b> mg per kg", "plain 50 mg per kg"),
        (f"<mn>2</mn><span>{HALF}</span> mg", "2 1/2 mg"),
        ("<mfrac><mn>5</mn> mg<mi>kg</mi></mfrac>", "(5 mg)/kg"),
        ("<mn>5</mn><!-- not 6 --> mg", "5 mg"),
        ("<mrow>5</mrow>", "5"),
        ("<mtext>5 mg <del>6 mg</del></mtext>", "5 mg"),
        (f"<semantics>{HALF}<annotation>\\frac{{1}}{{2}}</annotation></semantics>", "1/2"),
    ],
)
def test_text_in_a_formula_is_kept(formula: str, shown: str) -> None:
    assert _text(f"<p>Give <math>{formula}</math>.</p>").replace("Give ", "").replace("  ", " ") == f"{shown}."


def test_a_formula_that_is_not_closed_leaves_the_page_as_it_is() -> None:
    page = (
        f"<p>Give 1<math>{HALF}<p>Rest <b>of</b> page</p><h2>Next</h2>"
        "<table><tr><td>Age</td><td>Dose</td></tr><tr><td>5</td><td>10</td></tr></table>"
    )
    assert _text(page).split("\n\n") == ["Give 1 1/2", "Rest of page", "Next", "Age | Dose\n5 | 10"]


@given(st.recursive(st.just("mi"), lambda inner: st.lists(inner, max_size=3)))
def test_no_word_is_lost_in_a_formula(shape: object) -> None:
    count = 0

    def build(part: object) -> str:
        nonlocal count
        count += 2
        words = f"word{count}", f"word{count + 1}"
        if not isinstance(part, list):
            return f"<mi>{words[0]}</mi>{words[1]}"
        name = ("mfrac", "mrow", "mtext", "b", "msup")[len(part) * 3 % 5]
        return f"<{name}>{words[0]} {''.join(map(build, part))}</{name}>{words[1]}"

    shown = _text(f"<p>Dose <math>{build(shape)}</math> end")
    assert [place for place in range(2, count + 2) if f"word{place}" not in shown] == []


def test_runs_of_word_within_a_formula_are_kept_and_deleted_ones_are_not(tmp_path: Path) -> None:
    def maths(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    formula = (
        f"<m:f><m:num>{maths('5')}<w:r><w:t xml:space='preserve'> mg</w:t></w:r>"
        "<w:r><w:rPr><w:strike/></w:rPr><w:t>/day</w:t></w:r></m:num>"
        f"<m:den><w:ins w:id='1'>{maths('2')}</w:ins><w:del w:id='2'>{maths('3')}</w:del></m:den></m:f>"
    )
    word = Document()
    word.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')} {MATH}><m:oMath>{formula}</m:oMath></w:p>"))
    word.save(str(tmp_path / "runs.docx"))
    assert read(Source(tmp_path / "runs.docx")).pages[0].text == "(5 mg)/2"
