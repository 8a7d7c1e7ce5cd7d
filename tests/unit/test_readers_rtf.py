"""RTF documents written here and read back."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import Source, rtf
from ingest.readers.registry import read
from rag.core.errors import Damaged, NoText
from rag.core.types import BlockKind, ParsedDocument

FONTS = r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset178 Arial;}{\f2\fcharset134 SimSun;}{\f3\fcharset2 Symbol;}}"
STYLES = (
    r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2\outlinelevel1 Kapitel;}{\s3 Title;}{\s4 toc 1;}"
    r"{\*\cs5 Strong;}}"
)


def _rtf(tmp_path: Path, body: str | bytes, start: str = rf"{{\rtf1\ansi\ansicpg1252\deff0{FONTS}{STYLES}") -> Source:
    path = tmp_path / "made.rtf"
    raw = body.encode("ascii") if isinstance(body, str) else body
    path.write_bytes(start.encode("ascii") + raw + b"}")
    return Source(path)


def _blocks(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, parsed.slice(block.span)) for block in parsed.blocks]


def test_headings_lists_and_properties(tmp_path: Path) -> None:
    body = (
        r"{\info{\title Leave {\i 2025}}{\author Ann}{\creatim\yr2024\mo1\dy2}{\revtim\yr2025\mo3\dy14\hr8}}"
        r"{\header\pard Ministry\par}"
        r"\pard\s3 Leave policy\par\pard\s4 Leave\tab 1\par"
        r"\pard\s1{\listtext\pard 1.\tab}Leave\par\pard\s2 Annual\par"
        r"\pard\plain Steps to take:\par"
        r"\pard\ls1{\listtext\f3\'b7\tab}Fill in the form\par"
        r"\pard\ls1\ilvl1{\*\pntext a)\tab}Have it signed\par"
        "\\pard The\r\n end\\line of\\~it\\emdash all.\\par"
    )
    parsed = rtf.read(_rtf(tmp_path, body))
    assert (parsed.title, parsed.dated) == ("Leave 2025", "2025-03-14")
    assert _blocks(parsed) == [
        ("title", "Leave policy"),
        ("furniture", "Leave 1"),
        ("heading", "1. Leave"),
        ("heading", "Annual"),
        ("paragraph", "Steps to take:"),
        ("list_item", "• Fill in the form"),
        ("list_item", "a) Have it signed"),
        ("paragraph", "The end\nof it—all."),
    ]
    assert [block.level for block in parsed.blocks if block.kind is BlockKind.HEADING] == [1, 2]
    assert [block.level for block in parsed.blocks if block.kind is BlockKind.LIST_ITEM] == [0, 1]


def test_characters_of_code_pages_fonts_and_unicode(tmp_path: Path) -> None:
    body = (
        r"\pard caf\'e9 {\f1\'e3\'d1\'cd\'c8\'c7} {\f2\'d6\'d0\'b9\'fa}\par"
        r"\uc1\u1605?\u1585?\u1581?\u1576?\u1575?\par"
        r"{\uc2\u8364\'80\'80 5} \uc0\u-10179\u-8704\par"
        r"\uc1\u8364{\b ?}x\par"
    )
    parsed = rtf.read(_rtf(tmp_path, body))
    # A group ends the stand-in, so that the question mark in it is text.
    assert [text for _, text in _blocks(parsed)] == ["café مرحبا 中国", "مرحبا", "€ 5 😀", "€?x"]


@pytest.mark.parametrize(("start", "code"), [(r"{\rtf1\ansi\ansicpg1251", "cp1251"), (r"{\rtf1\mac", "mac_roman")])
def test_the_code_page_of_a_document_without_fonts(tmp_path: Path, start: str, code: str) -> None:
    word = "Привет" if code == "cp1251" else "été"
    escaped = "".join(f"\\'{byte:02x}" for byte in word.encode(code))
    assert [text for _, text in _blocks(rtf.read(_rtf(tmp_path, f" {escaped}\\par", start)))] == [word]


def test_bytes_that_are_not_escaped(tmp_path: Path) -> None:
    source = _rtf(tmp_path, b" " + "中国\\par".encode("gbk"), r"{\rtf1\ansi\ansicpg936")
    assert [text for _, text in _blocks(rtf.read(source))] == ["中国"]


def test_tables_with_merged_cells_and_what_stands_in_cells(tmp_path: Path) -> None:
    def row(*cells: str, marks: tuple[str, ...] = ("", "", ""), edges: tuple[int, ...] = (1000, 2000, 3000)) -> str:
        defined = "".join(rf"{mark}\cellx{edge}" for mark, edge in zip(marks, edges, strict=True))
        return rf"\trowd\trgaph70{defined}" + "".join(rf"\pard\intbl {cell}\cell" for cell in cells) + r"\row"

    body = (
        r"\pard Table:\par"
        + row("Reason", "Days", "Pay")
        + row("Birth", "90", r"full\par pay", marks=(r"\clvmgf", "", ""))
        + row("", r"14\tab days", r"{\b half}", marks=(r"\clvmrg", "", ""))
        + row("Other", "all year", marks=("", ""), edges=(1000, 3010))
        + r"\pard\par The end.\par"
    )
    assert _blocks(rtf.read(_rtf(tmp_path, body))) == [
        ("paragraph", "Table:"),
        ("table_head", "Reason | Days | Pay"),
        ("table_row", "Birth | 90 | full pay"),
        ("table_row", "Birth | 14 days | half"),
        ("table_row", "Other | all year"),
        ("paragraph", "The end."),
    ]


def test_notes_comments_fields_boxes_pictures_and_hidden_text(tmp_path: Path) -> None:
    body = (
        rb"\pard Fathers{\super\chftn}{\footnote\pard\plain{\super\chftn} See the law.} have leave."
        rb"{\*\atnid A}{\*\atnauthor Ann}\chatn{\*\annotation{\*\atndate 1}\pard Really?}"
        rb"{\v hidden}{\deleted gone}{\*\unknown secret}{\*\bkmkstart a}\par"
        rb'\pard See {\field{\*\fldinst HYPERLINK "http://a.b"}{\fldrslt our page}}.\par'
        rb"\pard{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt\pard In a box.\par}}{\shprslt{\pict 00}}}After.\par"
        rb"\pard{\*\shppict{\pict\pngblip 89504e47\bin4 }{\rtf}}{\nonshppict{\pict 00ff}}With a picture.\par"
    )
    parsed = rtf.read(_rtf(tmp_path, body))
    assert _blocks(parsed) == [
        ("paragraph", "Fathers ¹ have leave."),
        ("paragraph", "¹ See the law."),
        ("paragraph", "Comment (Ann): Really?"),
        ("paragraph", "See our page."),
        ("paragraph", "After."),
        ("paragraph", "In a box."),
        ("paragraph", "With a picture."),
    ]
    assert parsed.skipped == ("1 picture",)


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.rtf"
    path.write_bytes(rb"{\rtf1\ansi First.\par\trowd\cellx1\cellx2\intbl a\cell b{\i c")
    parsed = rtf.read(Source(path))
    assert _blocks(parsed)[0] == ("paragraph", "First.")
    assert parsed.warnings == ("The file is cut off: its end is missing.",)


def test_no_text_no_rtf_and_groups_without_end(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        read(_rtf(tmp_path, r"{\pict 00ff}"))
    path = tmp_path / "other.rtf"
    path.write_bytes(b"plain text")
    with pytest.raises(Damaged, match=r"other\.rtf"):
        rtf.read(Source(path))
    started = time.monotonic()
    assert rtf.read(_rtf(tmp_path, "{" * 300_000 + "deep" + "}" * 300_000)).pages[0].text == "deep"
    assert time.monotonic() - started < 60, "reading deep groups takes more than time in proportion"


@given(
    st.lists(
        st.sampled_from(
            r"{ } \par \'e4 \u8364? \cell \row \intbl \trowd \cellx9 \footnote \* \listtext \u-10179? a\~b".split()
        ),
        max_size=40,
    )
)
def test_any_sequence_of_pieces_gives_spans_that_slice_back(pieces: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.rtf"
        path.write_bytes(rf"{{\rtf1 {' '.join(pieces)}".encode("ascii"))
        parsed = rtf.read(Source(path))
    assert all(parsed.slice(block.span).strip() for block in parsed.blocks)
    parsed.pages[0].text.encode("utf-8")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"\mnum a 1 b\par Next\par End", ["a 1 b", "Next", "End"]),
        (r"Take {\mnum a 1\par} Next\par End", ["Take a 1", "Next", "End"]),
        (r"Give 2{\mnum 1}{\mden 2} tablet", ["Give 2 1/2 tablet"]),
        (r"Give 2{\mf{\mnum 1}} tablet", ["Give 2 1/() tablet"]),
        (r"Give {\mf{\mnum 1}{\mnum 3}{\mden 4}} tablet", ["Give 1/() 3/4 tablet"]),
        (r"Give {\mf{\mnum{\mf{\mnum 1}{\mden 2}}}{\mden 3}} tablet", ["Give (1/2)/3 tablet"]),
        (r"\mf One{\footnote Two \mden 3}\par End", ["One", "Two /3", "End"]),
    ],
)
def test_terms_of_no_fraction_divert_no_text(tmp_path: Path, body: str, expected: list[str]) -> None:
    parsed = rtf.read(_rtf(tmp_path, rf"Before\par {body}\par"))
    assert [text for _, text in _blocks(parsed)] == ["Before", *expected]
