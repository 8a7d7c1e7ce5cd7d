"""Markdown, HTML and plain text."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.readers import Source, read
from ingest.readers.builder import PageBuilder, clean, sensible_title
from ingest.readers.html import parse as parse_html
from ingest.readers.markdown import parse as parse_markdown
from ingest.readers.text import parse as parse_text
from rag.core.types import BlockKind, ParsedDocument


def _blocks(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, parsed.slice(block.span)) for block in parsed.blocks]


def _levels(parsed: ParsedDocument) -> list[int]:
    return [block.level for block in parsed.blocks if block.kind in (BlockKind.HEADING, BlockKind.LIST_ITEM)]


MARKDOWN = """---
title: "The handbook"
---
# Start

Some *text* with a [link](https://example.org) and `code`,
on two lines.<br>A third.

1. One
   - inner
2. Two

| Item | Price |
|------|------:|
| Lamp | **3** |

> Quoted words.

```python
x = 1
    y = 2
```
"""


def test_markdown_is_read_without_its_marks() -> None:
    parsed = parse_markdown(MARKDOWN, "file")
    assert parsed.title == "The handbook"
    assert _blocks(parsed) == [
        ("heading", "Start"),
        ("paragraph", "Some text with a link and code, on two lines.\nA third."),
        ("list_item", "1. One"),
        ("list_item", "• inner"),
        ("list_item", "2. Two"),
        ("table_head", "Item | Price"),
        ("table_row", "Lamp | 3"),
        ("paragraph", "Quoted words."),
        ("paragraph", "x = 1\ny = 2"),
    ]
    assert _levels(parsed) == [1, 0, 1, 0]


# A table as people write it in Markdown: blank lines cut it, and the cells hold Markdown.
CUT_TABLE = """## Doses

<table><caption>By age</caption>
<tr><th>Age</th><th>Dose</th></tr>

<tr><td>5</td><td>10 mg</td></tr>
<tr><td>12</td>

<td>

**20** mg

</td></tr>
</table>

<details><summary>With food?</summary>

Yes.

</details>
<details><summary>At night?</summary>

No.

</details>
"""


def test_html_in_markdown_is_read_as_html() -> None:
    parsed = parse_markdown(CUT_TABLE, "x")
    assert _blocks(parsed) == [
        ("heading", "Doses"),
        ("paragraph", "By age"),
        ("table_head", "Age | Dose"),
        ("table_row", "5 | 10 mg"),
        ("table_row", "12 | 20 mg"),
        ("heading", "With food?"),
        ("paragraph", "Yes."),
        ("heading", "At night?"),
        ("paragraph", "No."),
    ]
    assert _levels(parsed) == [2, 3, 3]
    assert _blocks(parse_markdown("Age <td>5</td><td>10 mg</td>, <b>b</b>old", "x")) == [
        ("paragraph", "Age 5 10 mg , bold")
    ]


def test_what_stands_for_images_is_kept_in_tables_of_html_too() -> None:
    table = "<table><tr><td>\n\n![Up to <5 kg](a.png)\n\n</td><td>\n\n**10** mg\n\n</td></tr></table>"
    assert [text for _, text in _blocks(parse_markdown(f"{table}\n\n![Scales](b.png)\n", "x"))] == [
        "Up to <5 kg | 10 mg",
        "Scales",
    ]


def test_what_a_cell_holds_is_written_once() -> None:
    cell = "<td>A<div><tr><td>x</td><td>y</td></tr></div></td>"
    page = f"<table>Above <tr>{cell}<td>B</td></tr><tr><td>1</td><td>2</td></tr></table>"
    assert [text for _, text in _blocks(parse_html(page, "x"))] == ["Above", "A x y | B", "x | y", "1 | 2"]


@pytest.mark.parametrize(
    "line", ["<!-- not closed", "<script> of a play", "<textarea>", "<?php echo", "<!Note that", "<pre>", "<STYLE> a"]
)
def test_html_without_an_end_hides_nothing_that_follows(line: str) -> None:
    shown = line.partition(">")[2].strip() if ">" in line else line
    parsed = parse_markdown(f"One.\n\n{line}\n\n## Two\n\nGive 5 mg.\n\n1. {line}\n\n   Three.\n", "x")
    assert [text for _, text in _blocks(parsed)] == [
        *(["One.", shown, "Two", "Give 5 mg.", f"1. {shown}"] if shown else ["One.", "Two", "Give 5 mg."]),
        "Three.",
    ]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<!-- a\n\nb -->", ""),
        ("<script>\n\nlet dose = 5\n</script>", ""),
        ("<!DOCTYPE html\n  SYSTEM 'about:legacy-compat'>", ""),
        ("<![CDATA[ Give 5 mg. ]]>", "Give 5 mg."),
        ("<noscript>Give <b>5</b> mg.</noscript>", "Give 5 mg."),
        ("<iframe>Give 5 mg.</iframe>", "Give 5 mg."),
        ("<title>Give 5 mg.</title>", "Give 5 mg."),
        ("<div>Give <!-- 5 mg.</div>", "Give <!-- 5 mg."),
        ("<div>Give <script> 5 mg.</div>", "Give 5 mg."),
        ("<p\nclass=5 Dose 10 mg if a < b and c > d", "<p class=5 Dose 10 mg if a < b and c > d"),
        ("<p title='< 5'\n>Give 5 mg.", "Give 5 mg."),
    ],
)
def test_what_only_looks_like_html_stays_text(html: str, shown: str) -> None:
    assert parse_markdown(f"One.\n\n{html}\n\nTwo.", "x").pages[0].text.split("\n\n") == [
        text for text in ("One.", shown, "Two.") if text
    ]


@given(
    st.lists(st.sampled_from(["<!--", "<script>", "<?", "<!a", "<![CDATA[", "<p>", "- ", "> ", "\n", "\n\n", "a < b "]))
)
@example(["<p>", "<?", "> "])
def test_no_word_is_lost_after_html_without_an_end(pieces: list[str]) -> None:
    text = "".join(f"{piece}word{place} " for place, piece in enumerate(pieces))
    shown = parse_markdown(text, "x").pages[0].text
    assert [place for place in range(len(pieces)) if f"word{place}" not in shown] == []


@pytest.mark.parametrize("parse", [parse_html, parse_markdown])
@given(
    pieces=st.lists(
        st.sampled_from("- > <table> </table> <tr> </tr> <td> </td> <th>a</th><td>b</td> <div> </div> word".split()),
        max_size=10,
    ),
    gap=st.sampled_from(["\n", "\n\n"]),
)
def test_no_word_is_lost_however_a_table_is_broken(parse: object, pieces: list[str], gap: str) -> None:
    assert callable(parse)
    text = "".join(piece + (" " if piece in ("-", ">") else gap) for piece in ["<table>", *pieces])
    parsed: ParsedDocument = parse(text, "title")
    assert sum(text.count("word") for _, text in _blocks(parsed)) == pieces.count("word")


HTML = """<html><head><title>Returns | Shop</title><style>p {color: red}</style></head><body>
<header><nav><a href="/">Home</a></nav><h1>Returns</h1></header>
<div class="cookie-banner">We use cookies.</div>
<main><h2>Days</h2><p>You have <b>14</b> days<br>to return&nbsp;it.</p><p hidden>Not shown.</p>
<ul><li>unused<ul><li>in its box</li></ul></li><li>with receipt</li></ul>
<dl><dt>Is it free?</dt><dd>Yes, always.</dd></dl>
<table><tr><th>Part</th><th>Price</th></tr><tr><td rowspan="2">Switch</td><td>5</td></tr><tr><td>7</td></tr></table>
<script>alert(1)</script></main><footer>Imprint</footer></body></html>"""


def test_html_is_read_without_what_stands_around_it() -> None:
    parsed = parse_html(HTML, "file")
    assert parsed.title == "Returns | Shop"
    assert _blocks(parsed) == [
        ("heading", "Returns"),
        ("heading", "Days"),
        ("paragraph", "You have 14 days\nto return it."),
        ("list_item", "• unused"),
        ("list_item", "• in its box"),
        ("list_item", "• with receipt"),
        ("heading", "Is it free?"),
        ("paragraph", "Yes, always."),
        ("table_head", "Part | Price"),
        ("table_row", "Switch | 5"),
        ("table_row", "Switch | 7"),
    ]
    assert _levels(parsed) == [1, 2, 0, 1, 0, 3]


def test_html_that_is_navigation_only_keeps_its_text() -> None:
    assert _blocks(parse_html("<body><nav><p>All there is to read is in here.</p></nav></body>", "x")) == [
        ("paragraph", "All there is to read is in here.")
    ]


HEADINGS = """<body><p>Whom to ask, and what to give: read on below, the parts follow each other.</p>
<div id="menu"><a href="/">Home</a></div><div class="cookie-note">We use cookies.</div>
<h2 id="social-history">Social history</h2><p>Ask about tobacco.</p>
<section id="menu-planning"><h2>Menu planning</h2><p>Fish on Friday.</p></section>
<section id="cookies"><h2>3. Cookies¶</h2><p>Two for each child.</p></section>
<h2><span id="share">Share</span><a class="toc-backref" href="#top"> capital</a>
<span class="mw-editsection">edit</span></h2>
<h2><button>May I eat before the test?</button></h2><p>No. <button>Print</button></p>
<dl><dt><button>Is it free?</button></dt><dd>Yes.</dd></dl>
<details><summary><button>How long?</button></summary><p>Two days.</p></details></body>"""


def test_headings_are_read_whatever_they_are_called_and_in_buttons_too() -> None:
    assert _blocks(parse_html(HEADINGS, "x"))[1:] == [
        ("heading", "Social history"),
        ("paragraph", "Ask about tobacco."),
        ("heading", "Menu planning"),
        ("paragraph", "Fish on Friday."),
        ("heading", "3. Cookies¶"),
        ("paragraph", "Two for each child."),
        ("heading", "Share capital"),
        ("heading", "May I eat before the test?"),
        ("paragraph", "No."),
        ("heading", "Is it free?"),
        ("paragraph", "Yes."),
        ("heading", "How long?"),
        ("paragraph", "Two days."),
    ]


def test_the_panels_of_tabs_are_read_below_what_their_tabs_say() -> None:
    tabs = (
        '<ul role="tablist"><li><a role="tab" id="t1" href="#p1">Adults</a></li>'
        '<li><button role="tab" aria-controls="p2">Children</button></li></ul>'
    )
    parsed = parse_html(
        f'<body><h1>Zoranol</h1>{tabs}<div role="tabpanel" id="p1" aria-labelledby="t1">10 ml.</div>'
        '<div class="tab-pane fade" id="p2" style="display: none">5 ml.<p>With food.</p></div>'
        '<div role="tabpanel" aria-label="Infants" hidden>Infants get none.</div></body>',
        "x",
    )
    panels = [text for _, text in _blocks(parsed) if text.endswith((".", ":"))]
    assert panels == ["Adults:", "10 ml.", "Children:", "5 ml.", "With food.", "Infants get none."]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            '<h3><button aria-expanded="false" aria-controls="p">Hours</button></h3><div id="p" hidden>Until 5.</div>',
            ["Hours", "Until 5."],
        ),
        (
            '<button aria-expanded="false" aria-controls="p">Who?</button>'
            '<div id="p" style="display:none">The nurse.</div>',
            ["Who?", "The nurse."],
        ),
        (
            '<button data-bs-toggle="collapse" data-bs-target="#p">Where</button>'
            '<div id="p" class="collapse">Here.</div>',
            ["Where:", "Here."],
        ),
        ('<a data-toggle="collapse" href="#p">How?</a><div id="p" hidden>By bus.</div>', ["How?", "By bus."]),
        ('<button class="accordion">When</button><div class="panel">At noon.</div>', ["When:", "At noon."]),
        ('<div hidden="until-found">Found.</div>', ["Found."]),
        # Menus open too, and what nothing opens is hidden.
        (
            '<button aria-expanded="false" aria-controls="p">Menu</button><nav id="p" hidden>Home</nav><p>Text.</p>',
            ["Text."],
        ),
        (
            '<button aria-haspopup="true" aria-expanded="false" aria-controls="p">More</button>'
            '<div id="p" hidden>Share</div><p>Text.</p>',
            ["Text."],
        ),
        (
            '<div hidden>Old.</div><div aria-hidden="true">Icon</div><p>Text.<span style="display:none">No.</span></p>',
            ["Text."],
        ),
    ],
)
def test_what_a_page_opens_is_read_and_what_it_hides_is_not(body: str, shown: list[str]) -> None:
    assert [text for _, text in _blocks(parse_html(f"<body><main>{body}</main></body>", "x"))] == shown


def test_a_hidden_cell_does_not_move_those_behind_it() -> None:
    rows = "<tr><th>Drug<th>Dose</tr><tr hidden><td>Old<td>9</tr><tr><td>Zinc<td style='display:none'>5<td>10 mg</tr>"
    parsed = parse_html(f"<body><table>{rows}</table></body>", "x")
    assert [text for _, text in _blocks(parsed)] == ["Drug | Dose", "Zinc | 10 mg"]


def test_boxes_of_a_form_say_whether_they_are_ticked() -> None:
    form = "<p><input type=checkbox checked> Allergic to penicillin <input type=checkbox> Pregnant</p>"
    cell = "<tr><th>Yes<th>No</tr><tr><td><input type=radio><td><input type=radio checked></tr>"
    parsed = parse_html(f"<body>{form}<table>{cell}</table></body>", "x")
    assert [text for _, text in _blocks(parsed)] == ["☑ Allergic to penicillin ☐ Pregnant", "Yes | No", "☐ | ☑"]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("The box holds con-\ntainers.", "The box holds containers."),
        ("Kept in insu\u00ad\nlated boxes.", "Kept in insulated boxes."),
        (
            "See them in fol-\nlow-up. A follow-\nup is a follow-up.",
            "See them in follow-up. A follow-up is a follow-up.",
        ),
        (
            "In a fever, give no more than 5-\n10 mg to Anglo-\nAmericans who have a fever.",
            "In a fever, give no more than 5-10 mg to Anglo-Americans who have a fever.",
        ),
        ("All pre-\nand postnatal care.", "All pre- and postnatal care."),
        ("Ein-\nund Ausgang, Frau-\nen auch.", "Ein- und Ausgang, Frauen auch."),
        ("- Give con-\n  tainers", "- Give containers"),
    ],
)
def test_words_broken_at_a_lines_end_are_put_together(text: str, joined: str) -> None:
    assert [found for _, found in _blocks(parse_text(text, "x"))] == [joined]


@pytest.mark.parametrize(
    ("start", "items", "shown"),
    [
        ("<ol start=3>", "<li>a<li value=7>b<li>c", ["3. a", "7. b", "8. c"]),
        ("<ol type=a>", "<li>a<li>b", ["a. a", "b. b"]),
        ('<ol style="list-style-type: upper-roman">', "<li>a<li>b", ["I. a", "II. b"]),
        ("<ol reversed>", "<li>a<li>b", ["2. a", "1. b"]),
        ("<ol start=x>", "<li value=''>a", ["1. a"]),
        ("<ul>", "<li value=3>a", ["• a"]),
    ],
)
def test_steps_have_the_numbers_that_a_browser_shows(start: str, items: str, shown: list[str]) -> None:
    assert [text for _, text in _blocks(parse_html(f"<body>{start}{items}</body>", "x"))] == shown


def test_footnotes_keep_their_place_and_their_text() -> None:
    parsed = parse_html(
        "<body><p>Wells are dug<sup><a href='#n1' id='r1'>1</a></sup> by hand, 3 m<sup>2</sup> wide.</p>"
        "<aside role='doc-footnote' id='n1'><p>In the dry months. <a href='#r1'>↩</a></p></aside></body>",
        "x",
    )
    assert _blocks(parsed) == [
        ("paragraph", "Wells are dug[1] by hand, 3 m² wide."),
        ("paragraph", "[1] In the dry months."),
    ]


@pytest.mark.parametrize(
    ("head", "dated"),
    [
        ("<meta property='article:published_time' content='2024-03-02T10:00:00Z'>", "2024-03-02"),
        ("<meta name='date' content='2020-01-01'><meta name='last-modified' content='Mon, 5 Jan 2026 10:00:00 GMT'>",
         "2026-01-05"),
        ("<meta name='date' content='soon'>", ""),
    ],
)  # fmt: skip
def test_html_says_when_it_was_changed(head: str, dated: str) -> None:
    assert parse_html(f"<html><head>{head}</head><body><p>Text</p></body></html>", "x").dated == dated


def test_columns_that_keep_a_distance_are_no_table() -> None:
    spaced = "<table><tr><td></td><td><p>Dear Anna,</p></td></tr><tr><td></td><td>Thank you.</td></tr></table>"
    assert _blocks(parse_html(f"<body>{spaced}</body>", "x")) == [
        ("paragraph", "Dear Anna,"),
        ("paragraph", "Thank you."),
    ]
    wide = "<table><tr><th>Part</th><th></th><th>Price</th></tr><tr><td>Seal</td><td></td><td>5</td></tr></table>"
    assert _blocks(parse_html(f"<body>{wide}</body>", "x")) == [
        ("table_head", "Part | Price"),
        ("table_row", "Seal | 5"),
    ]


def test_html_in_the_encoding_it_names(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    text = "<html><head><meta charset='windows-1251'></head><body><p>Вакцины хранятся в холоде.</p></body></html>"
    path.write_bytes(text.encode("cp1251"))
    assert _blocks(read(Source(path))) == [("paragraph", "Вакцины хранятся в холоде.")]


TEXT = """WATER POINTS

Kept by the committee
=====================

1. Borehole at the school
Depth 64 metres. A bucket of 20 litres fills in 75 seconds. It is used by about
310 people. The chain was greased.

To do
- Bolt for the pump, by 15 March, and a long line that goes on to the next
  line.
- Tap washers.

Next meeting: 27 March.
"""


def test_plain_text_has_headings_lists_and_paragraphs() -> None:
    assert _blocks(parse_text(TEXT, "notes")) == [
        ("heading", "WATER POINTS"),
        ("heading", "Kept by the committee"),
        ("heading", "1. Borehole at the school"),
        (
            "paragraph",
            "Depth 64 metres. A bucket of 20 litres fills in 75 seconds. It is used by about 310 people. "
            "The chain was greased.",
        ),
        ("heading", "To do"),
        ("list_item", "- Bolt for the pump, by 15 March, and a long line that goes on to the next line."),
        ("list_item", "- Tap washers."),
        ("paragraph", "Next meeting: 27 March."),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Dose table\nAge      Dose\n1-4      5 ml\n5-9      10 ml\nAll by mouth.",
            ["Dose table", "Age | Dose", "1-4 | 5 ml", "5-9 | 10 ml", "All by mouth."],
        ),
        (
            "Drug    How\n------  --------------\nZinc    once, but not\n        at night\nIron    twice",
            ["Drug | How", "Zinc | once, but not at night", "Iron | twice"],
        ),
        ("+---+---+\n| A | B |\n+---+---+\n| x | 5 |\n+---+---+", ["A | B", "x | 5"]),
        # No tables.
        ("Give 5 ml.  Keep it cool.\nShake it.   Wash up.", ["Give 5 ml. Keep it cool. Shake it. Wash up."]),
        (
            "This  text  is  stretched  by  a\nprogram  and  has  blanks  in it\nwherever   they  fit  the  line.",
            ["This text is stretched by a program and has blanks in it wherever they fit the line."],
        ),
        ("1.  Wash\n2.  Dry", ["1. Wash", "2. Dry"]),
    ],
)
def test_columns_of_plain_text_are_a_table(text: str, expected: list[str]) -> None:
    assert [said for _, said in _blocks(parse_text(text, "x"))] == expected


def test_numbered_lines_are_a_list_not_headings() -> None:
    assert [kind for kind, _ in _blocks(parse_text("Take these\n\n1. One thing\n2. Another\n3. A third", "x"))][1:] == [
        "list_item"
    ] * 3


@pytest.mark.parametrize("parse", [parse_text, parse_markdown, parse_html])
@given(text=st.text(max_size=400))
def test_any_text_gives_exact_blocks(parse: object, text: str) -> None:
    assert callable(parse)
    parsed: ParsedDocument = parse(text, "title")
    for block in parsed.blocks:
        piece = parsed.slice(block.span)
        assert piece
        assert piece == piece.strip()
        piece.encode()
    covered = sum(block.span.end - block.span.start for block in parsed.blocks)
    gaps = sum(len(page.text) for page in parsed.pages) - covered
    assert gaps <= 2 * max(0, len(parsed.blocks) - 1)


@given(text=st.text())
def test_clean_text_can_be_stored_and_is_stable(text: str) -> None:
    once = clean(text)
    once.encode()
    assert clean(once) == once
    assert "\x00" not in once
    assert "\ufb01" not in once


def test_letters_are_told_from_how_they_are_drawn() -> None:
    assert (
        clean("e\ufb03cient\u00ad co\u00a0operation\r\n\ufeb3\ufefc\ufee1 \uf0b7 item")
        == "efficient co operation\nسلام • item"
    )
    assert clean("نمی\u200cخواهم") == "نمی\u200cخواهم"


@pytest.mark.parametrize(
    "title", ["", "Microsoft Word - report.doc", "untitled", "Document1", "(anonymous)", "12", "a_b_3"]
)
def test_placeholders_are_no_titles(title: str) -> None:
    assert sensible_title(title) == ""


def test_blocks_of_one_group_stand_on_neighbouring_lines() -> None:
    page = PageBuilder(1)
    page.add(BlockKind.TABLE_HEAD, "a", group=1)
    page.add(BlockKind.TABLE_ROW, "b", group=1)
    page.add(BlockKind.PARAGRAPH, "c")
    assert page.page().text == "a\nb\n\nc"


@pytest.mark.parametrize(
    "head",
    [
        "<tr><td>Age<td>Weight<td colspan=2>Dose<tr><td><td><td>80 mg vial<td>20 mg vial",
        "<tr><td rowspan=2>Age<td rowspan=2>Weight<td colspan=2>Dose<tr><td>80 mg vial<td>20 mg vial",
        "<tr><th rowspan=2>Age<th rowspan=2>Weight<th colspan=2>Dose<tr><th>80 mg vial<th>20 mg vial",
        "<thead><tr><td>Age<td>Weight<td colspan=2>Dose<tr><td><td><td>80 mg vial<td>20 mg vial</thead>",
        "<thead><tr><td>Age<td>Weight<td colspan=2>Dose</thead><tr><td><td><td>80 mg vial<td>20 mg vial",
    ],
)
def test_heads_of_two_rows_are_joined_to_one(head: str) -> None:
    rows = "<tr><td>0-6 days<td>2-3<td>0.2<td>0.8<tr><td>7-28 days<td>3-4<td>0.3<td>1.2"
    assert _blocks(parse_html(f"<table>{head}{rows}</table>", "x")) == [
        ("table_head", "Age | Weight | Dose: 80 mg vial | Dose: 20 mg vial"),
        ("table_row", "0-6 days | 2-3 | 0.2 | 0.8"),
        ("table_row", "7-28 days | 3-4 | 0.3 | 1.2"),
    ]


def test_rows_of_data_below_merged_heads_stay() -> None:
    page = "<tr><th>Drug<th colspan=2>Dose<tr><td>Iron<td>5 mg<td>10 mg<tr><td>Zinc<td>6 mg<td>20 mg"
    assert _blocks(parse_html(f"<table>{page}</table>", "x")) == [
        ("table_head", "Drug | Dose"),
        ("table_row", "Iron | 5 mg | 10 mg"),
        ("table_row", "Zinc | 6 mg | 20 mg"),
    ]
