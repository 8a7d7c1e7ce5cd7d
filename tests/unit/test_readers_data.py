"""JSON, XML and delimited text."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers import Source, read
from ingest.readers.builder import DocumentBuilder
from ingest.readers.formats import JSON
from ingest.readers.json import write_value
from rag.core.errors import NoText
from rag.core.types import ParsedDocument


def _read(tmp_path: Path, name: str, data: object) -> ParsedDocument:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return read(Source(path))


def _blocks(parsed: ParsedDocument) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, parsed.slice(block.span).replace("\n", "/")) for block in parsed.blocks]


CLINIC = {
    "name": "Clinic",
    "opening_hours": {"monday": "8 to 17", "sunday": None},
    "staff": [{"name": "Ada", "role": "nurse", "days": ["Mon", "Tue"]}, {"name": "Ben", "role": "doctor"}],
    "rules": ["No smoking", "No dogs"],
    "services": [
        {"name": "Vaccination", "text": "word " * 70, "prices": [{"child": 5, "adult": 7}, {"child": 1, "adult": 2}]},
        {"name": "Laboratory", "text": "Samples until noon.", "prices": []},
    ],
}


def test_objects_are_lines_lists_of_them_tables_and_the_rest_has_headings(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "clinic.json", CLINIC)
    assert (parsed.media_type, parsed.title, parsed.encoding) == (JSON, "Clinic", "utf-8")
    assert _blocks(parsed) == [
        ("paragraph", 0, "name: Clinic/opening hours, monday: 8 to 17/rules: No smoking, No dogs"),
        ("heading", 1, "staff"),
        ("table_head", 0, "name | role | days"),
        ("table_row", 0, "Ada | nurse | Mon, Tue"),
        ("table_row", 0, "Ben | doctor"),
        ("heading", 1, "services"),
        ("heading", 2, "Vaccination"),
        ("paragraph", 0, f"name: Vaccination/text: {('word ' * 70).strip()}"),
        ("heading", 3, "prices"),
        ("table_head", 0, "child | adult"),
        ("table_row", 0, "5 | 7"),
        ("table_row", 0, "1 | 2"),
        ("heading", 2, "Laboratory"),
        ("paragraph", 0, "name: Laboratory/text: Samples until noon."),
    ]


def test_questions_stay_with_their_answers(tmp_path: Path) -> None:
    faq = [{"question": "When?", "answer": "At nine.", "id": 1}, {"question": "Where?", "answer": "At the corner."}]
    assert _blocks(_read(tmp_path, "faq.json", faq)) == [
        ("heading", 1, "When?"),
        ("paragraph", 0, "At nine."),
        ("paragraph", 0, "id: 1"),
        ("heading", 1, "Where?"),
        ("paragraph", 0, "At the corner."),
    ]


def test_a_value_on_each_line_is_a_list_of_them(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "a.jsonl", b'{"a": 1, "b": "x"}\n\n{"a": 2, "b": "y"}\n')
    assert [block[2] for block in _blocks(parsed)] == ["a | b", "1 | x", "2 | y"]


def test_places_of_geojson_are_a_table_of_what_they_are(tmp_path: Path) -> None:
    place = {"type": "Feature", "properties": {"name": "Well", "depth": 30},
             "geometry": {"type": "Point", "coordinates": [36.8, -1.2]}}  # fmt: skip
    area = {"type": "Feature", "properties": {"name": "Field", "depth": 0},
            "geometry": {"type": "Polygon", "coordinates": [[[1, 2]] * 500]}}  # fmt: skip
    parsed = _read(tmp_path, "a.geojson", {"type": "FeatureCollection", "features": [place, area]})
    assert [block[2] for block in _blocks(parsed)][2:] == [
        "name | depth | coordinates", "Well | 30 | 36.8, -1.2", "Field | 0",
    ]  # fmt: skip


def test_measurements_and_packed_bytes_are_counted(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "a.json", {"note": "Kept.", "row": list(range(1000)), "picture": "A" * 5000})
    assert parsed.pages[0].text == "note: Kept."
    assert parsed.skipped == ("1,000 numbers in long rows", "1 long values without words")


def test_broken_json_is_read_as_text(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "a.json", b'{"note": "Kept all the same", oops')
    assert "Kept all the same" in parsed.pages[0].text
    assert "not valid JSON" in parsed.warnings[0]


def test_json_of_any_depth_ends(tmp_path: Path) -> None:
    for depth in (30, 900, 100_000):
        parsed = _read(tmp_path, "a.json", b'{"a":' * depth + b'"the bottom"' + b"}" * depth)
        assert "the bottom" in parsed.pages[0].text
    with pytest.raises(NoText):
        _read(tmp_path, "a.json", b"[" * 100_000 + b"]" * 100_000)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=30,
)


@settings(max_examples=150)
@given(value=VALUES)
def test_any_value_gives_exact_blocks(value: object) -> None:
    document = DocumentBuilder(JSON)
    write_value(document, document.new_page(), value)
    parsed = document.build("a")
    for block in parsed.blocks:
        piece = parsed.slice(block.span)
        assert piece
        assert piece == piece.strip()
        piece.encode()


# --- XML --------------------------------------------------------------------------------------------------------------

DOCBOOK = b"""<article xmlns="http://docbook.org/ns/docbook"><info><title>Pump care</title>
<author><personname><firstname>Ada</firstname><surname>Oloo</surname></personname></author></info>
<section><title>Monthly</title><para>Grease the <emphasis>chain</emphasis> &mdash; and the rod:
<itemizedlist><listitem><para>chain</para><itemizedlist><listitem><para>links</para></listitem></itemizedlist></listitem>
<listitem><para>rod</para></listitem></itemizedlist></para>
<section><title>Parts</title><informaltable><tgroup cols="2"><thead><row><entry>Part</entry><entry>Price</entry></row>
</thead><tbody><row><entry>Seal</entry><entry>5</entry></row></tbody></tgroup></informaltable></section></section></article>"""


def test_documents_in_xml_keep_titles_lists_and_tables(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "a.xml", DOCBOOK)
    assert parsed.title == "Pump care"
    assert _blocks(parsed) == [
        ("heading", 1, "Pump care"),
        ("paragraph", 0, "Ada, Oloo"),
        ("heading", 2, "Monthly"),
        ("paragraph", 0, "Grease the chain — and the rod:"),
        ("list_item", 0, "• chain"),
        ("list_item", 1, "• links"),
        ("list_item", 0, "• rod"),
        ("heading", 3, "Parts"),
        ("table_head", 0, "Part | Price"),
        ("table_row", 0, "Seal | 5"),
    ]


def test_running_text_in_xml_data_stays_in_one_piece(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "a.xml", b"<doses><dose ml='5'/><note>Do <b>not</b> shake <i>it</i>.</note></doses>")
    assert "note: Do not shake it." in parsed.pages[0].text


def test_data_in_xml_is_shown_like_json(tmp_path: Path) -> None:
    data = "<a><item id='1'><name>Lämp</name><price cur='KES'>3</price></item><item id='2'><name>Rod</name></item></a>"
    for encoding in ("utf-8", "utf-16", "iso-8859-1"):
        raw = f"<?xml version='1.0' encoding='{encoding}'?>{data}".encode(encoding)
        assert [block[2] for block in _blocks(_read(tmp_path, "a.xml", raw))] == [
            "item", "id: 1/name: Lämp/price: 3/price, cur: KES", "id: 2/name: Rod",
        ]  # fmt: skip


def test_feeds_have_their_entries_under_their_titles(tmp_path: Path) -> None:
    feed = b"""<rss version="2.0"><channel><title>Village news</title><lastBuildDate>Mon, 05 Jan 2026 10:00:00 GMT
</lastBuildDate><item><title>Well is open</title><pubDate>Sun, 4 Jan 2026</pubDate><description>&lt;p&gt;From
&lt;b&gt;today&lt;/b&gt;.&lt;/p&gt;</description></item></channel></rss>"""
    parsed = _read(tmp_path, "feed.xml", feed)
    assert (parsed.title, parsed.dated) == ("Village news", "2026-01-05")
    assert _blocks(parsed) == [
        ("heading", 1, "Well is open"),
        ("paragraph", 0, "Sun, 4 Jan 2026"),
        ("paragraph", 0, "From today."),
    ]


# --- delimited text ---------------------------------------------------------------------------------------------------


def test_a_table_wider_than_any_is_read_in_part(tmp_path: Path) -> None:
    row = ",".join(["x"] * 1_000_000)
    parsed = _read(tmp_path, "a.csv", f"{row}\n{row}\n".encode())
    assert parsed.warnings == ("2 rows have more than 16,384 cells; those beyond were not read.",)
    assert parsed.pages[0].text.count("x") == 2 * 16_384


def test_a_cell_without_end_is_read_in_part(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "a.csv", b"name,text\nlong," + b"word " * 500_000)
    assert "1 rows have cells of more than 1,000,000 characters" in parsed.warnings[0]
    assert len(parsed.pages[0].text) < 1_100_000


def test_formulas_stay_the_text_that_they_are(tmp_path: Path) -> None:
    parsed = _read(tmp_path, "a.csv", b"name,amount\nlamp,=1+1\nrod,\"=cmd|' /C calc'!A0\"\n")
    assert [block[2] for block in _blocks(parsed)] == ["name | amount", "lamp | =1+1", "rod | =cmd|' /C calc'!A0"]


def test_a_guessed_encoding_is_told_when_it_is_in_doubt(tmp_path: Path) -> None:
    sure = _read(tmp_path, "a.txt", "Die Öffnungszeiten für Gäste: täglich ab zehn.".encode("cp1252"))
    assert (sure.encoding, sure.warnings) == ("cp1252", ())
    doubtful = _read(tmp_path, "a.txt", b"Prices \xa4 \xb5 \xb6 \xbc of the lamps \xdd\xf0.")
    assert doubtful.encoding
    assert "Its encoding was guessed" in doubtful.warnings[0]
