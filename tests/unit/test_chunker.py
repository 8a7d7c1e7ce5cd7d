"""The structure chunker: exact spans, limits held, nothing lost, heads and introductions repeated."""

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunkers import StructureChunker
from ingest.embedding_text import embedded_text
from ingest.readers.builder import DocumentBuilder, clean
from rag.core.types import SPAN_SEPARATOR, BlockKind, Chunk, ParsedDocument

HEADING, PARAGRAPH, ITEM = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM
HEAD, ROW, FURNITURE = BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW, BlockKind.FURNITURE
LIMIT = 256
Entry = tuple[BlockKind, str, int, int]
Counter = Callable[[Sequence[str]], list[int]]


def count(texts: Sequence[str]) -> list[int]:
    """Words count by their length, other scripts by the letter, and two special tokens: like WordPiece, but plain."""
    return [
        2 + sum(-(-len(word) // 5) if word.isascii() else len(word) for word in re.findall(r"\S+", text))
        for text in texts
    ]


def uneven(texts: Sequence[str]) -> list[int]:
    """Tokens that do not add up: a text costs more than its parts."""
    return [base + base // 8 for base in count(texts)]


def document(*pages: Sequence[Entry], title: str = "The handbook") -> ParsedDocument:
    builder = DocumentBuilder("text/plain")
    builder.title = title
    for entries in pages:
        page = builder.new_page()
        for kind, text, level, group in entries:
            page.add(kind, clean(text), level=level, group=group)
    return builder.build("file")


def chunks(parsed: ParsedDocument, limit: int = LIMIT) -> list[Chunk]:
    return StructureChunker(count, limit).chunk("d" * 64, parsed)


def check(parsed: ParsedDocument, found: Sequence[Chunk], limit: int, counter: Counter = count) -> None:
    assert [chunk.ordinal for chunk in found] == list(range(len(found)))
    assert len({chunk.id for chunk in found}) == len(found)
    for chunk in found:
        assert chunk.text == SPAN_SEPARATOR.join(parsed.slice(span) for span in chunk.spans)
        assert chunk.text.strip()
        assert counter([embedded_text(parsed.title, chunk)])[0] <= limit
    covered: dict[int, set[int]] = {page.number: set() for page in parsed.pages}
    for chunk in found:
        for span in chunk.spans:
            covered[span.page].update(range(span.start, span.end))
    for block in parsed.blocks:
        text = parsed.pages[block.span.page - 1].text
        inked = {place for place in range(block.span.start, block.span.end) if not text[place].isspace()}
        if block.kind is FURNITURE:
            assert not inked & covered[block.span.page]
        else:
            assert inked <= covered[block.span.page]


words = st.text(st.sampled_from("abcde fgh. ijk? lmnop: qrs, tuv. 漢字。سلام é"), min_size=1, max_size=60)
long_words = st.builds(lambda text, times: text * times, words, st.integers(1, 60))
monsters = st.builds(lambda char, times: char * times, st.sampled_from("xé漢"), st.integers(1, 4000))
entries = st.tuples(
    st.sampled_from([HEADING, PARAGRAPH, PARAGRAPH, ITEM, HEAD, ROW, ROW, FURNITURE, BlockKind.TITLE]),
    st.one_of(words, long_words, monsters),
    st.integers(1, 4),
    st.integers(0, 2),
)


@settings(max_examples=100, deadline=None)
@given(
    pages=st.lists(st.lists(entries, max_size=12), min_size=1, max_size=3),
    title=words,
    limit=st.integers(128, 512),
    counter=st.sampled_from([count, uneven]),
)
def test_whatever_the_document_nothing_is_lost_and_every_limit_holds(
    pages: list[list[Entry]], title: str, limit: int, counter: Counter
) -> None:
    parsed = document(*pages, title=title)
    check(parsed, StructureChunker(counter, limit).chunk("id", parsed), limit, counter)


def test_a_section_that_fits_is_one_chunk_with_its_heading() -> None:
    parsed = document(
        [
            (HEADING, "1 Opening hours", 1, 0),
            (HEADING, "Is the desk open on Sundays?", 2, 0),
            (PARAGRAPH, "No, it is closed.", 0, 0),
            (HEADING, "And on Mondays?", 2, 0),
            (PARAGRAPH, "Yes, from 8:00.", 0, 0),
        ]
    )
    found = chunks(parsed)
    assert [chunk.heading_path for chunk in found] == [
        ("1 Opening hours", "Is the desk open on Sundays?"),
        ("1 Opening hours", "And on Mondays?"),
    ]
    assert found[0].text == "1 Opening hours\n\nIs the desk open on Sundays?\n\nNo, it is closed."
    assert found[1].text == "And on Mondays?\n\nYes, from 8:00."
    assert all(len(chunk.spans) == 1 for chunk in found)
    assert embedded_text(parsed.title, found[1]) == "The handbook\n1 Opening hours\nAnd on Mondays?\n\nYes, from 8:00."


def test_each_part_of_a_long_table_begins_with_its_head() -> None:
    rows = [(ROW, f"Medicine number {number} | tablet | {number * 10}", 0, 1) for number in range(60)]
    parsed = document([(PARAGRAPH, "Essential medicines", 0, 0), (HEAD, "Medicine | Unit | Minimum", 0, 1), *rows])
    found = chunks(parsed)
    assert len(found) > 2
    assert found[0].text.startswith("Essential medicines\n\nMedicine | Unit | Minimum\nMedicine number 0")
    for chunk in found[1:]:
        assert chunk.text.startswith("Medicine | Unit | Minimum\nMedicine number ")
        assert chunk.spans[0] == parsed.blocks[1].span
    check(parsed, found, LIMIT)


def test_a_table_on_the_next_page_keeps_its_head() -> None:
    first = [(HEAD, "Item | Price", 0, 1), *((ROW, f"Lamp of kind {n} | {n} shillings", 0, 1) for n in range(40))]
    second = [
        (FURNITURE, "Running head", 0, 0),
        *((ROW, f"Panel of kind {n} | {n} shillings", 0, 1) for n in range(40)),
    ]
    parsed = document(first, second)
    for chunk in chunks(parsed):
        assert chunk.text.startswith("Item | Price\n")
        assert "Running head" not in chunk.text


def test_each_part_of_a_long_list_begins_with_what_introduces_it() -> None:
    items = [(ITEM, f"{number}. a patient with the danger sign of number {number};", 0, 1) for number in range(50)]
    parsed = document([(PARAGRAPH, "The queue is long. These are seen first:", 0, 0), *items])
    found = chunks(parsed)
    assert len(found) > 2
    assert all(chunk.text.startswith("These are seen first:\n") for chunk in found[1:])


def test_a_nested_item_keeps_its_parent() -> None:
    inner = [(ITEM, f"- inner remark of some length with number {number}", 1, 1) for number in range(50)]
    parsed = document([(ITEM, "1. When the power fails", 0, 1), *inner])
    assert all(chunk.text.startswith("1. When the power fails") for chunk in chunks(parsed))


def test_headings_without_text_join_what_follows_and_the_last_one_what_precedes() -> None:
    parsed = document(
        [
            (HEADING, "Part", 1, 0),
            (HEADING, "Chapter", 2, 0),
            (PARAGRAPH, "Text.", 0, 0),
            (HEADING, "Left blank", 1, 0),
        ]
    )
    assert [chunk.text for chunk in chunks(parsed)] == ["Part\n\nChapter\n\nText.\n\nLeft blank"]


def test_long_paragraphs_are_cut_between_sentences() -> None:
    sentence = "The refrigerator is read twice a day and written on the sheet beside the door. "
    parsed = document([(PARAGRAPH, sentence * 40, 0, 0)])
    found = chunks(parsed)
    assert len(found) > 2
    assert all(chunk.text.startswith("The refrigerator") and chunk.text.endswith("door.") for chunk in found)
    sizes = count([chunk.text for chunk in found])
    assert max(sizes) - min(sizes) <= LIMIT / 2


def test_ids_are_stable_and_depend_on_document_and_settings() -> None:
    parsed = document([(PARAGRAPH, "One sentence.", 0, 0)])
    (once,), (again,) = chunks(parsed), chunks(parsed)
    (other,) = StructureChunker(count, LIMIT).chunk("another", parsed)
    (smaller,) = chunks(parsed, 128)
    assert once == again
    assert re.fullmatch(r"[0-9a-f]{32}", once.id)
    assert len({once.id, other.id, smaller.id}) == 3
    assert StructureChunker(count, LIMIT).name == "structure:1:256"


def test_long_titles_and_headings_leave_room_for_the_text() -> None:
    parsed = document(
        [
            (HEADING, "Outer " + "very long heading " * 30, 1, 0),
            (HEADING, "Inner", 2, 0),
            (PARAGRAPH, "Text here. " * 100, 0, 0),
        ],
        title="A title without end " * 20,
    )
    found = chunks(parsed)
    check(parsed, found, LIMIT)
    last = embedded_text(parsed.title, found[-1])
    assert "Inner" in last
    assert count([last.removesuffix(found[-1].text)])[0] <= LIMIT * 0.45


def test_too_small_a_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        StructureChunker(count, 20)
