from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.core.types import Block, BlockKind, Chunk, Hit, Page, Span, first_page
from rag.retrieval.passages import group_neighbours, join_spans

TEXT = "one two\nthree four\n\nfive six seven eight nine ten"
PAGES = {number: Page(number, TEXT) for number in (1, 2)}

spans = st.lists(
    st.tuples(st.integers(1, 2), st.integers(0, len(TEXT) - 1), st.integers(1, 20)).map(
        lambda drawn: Span(drawn[0], drawn[1], min(drawn[1] + drawn[2], len(TEXT)))
    ),
    max_size=6,
)


@given(spans)
def test_joining_loses_nothing_and_covers_only_white_space_more(given_: list[Span]) -> None:
    joined = join_spans(given_, PAGES)
    for span in given_:
        assert any(other.contains(span) for other in joined)
    covered = {(span.page, at) for span in given_ for at in range(span.start, span.end)}
    for span in joined:
        for at in range(span.start, span.end):
            assert (span.page, at) in covered or TEXT[at].isspace()


def test_neighbours_become_one_and_a_repeated_head_stands_once() -> None:
    head, first, second = Span(1, 0, 7), Span(1, 8, 18), Span(1, 20, 28)
    assert join_spans([head, first, head, second], PAGES) == (Span(1, 0, 28),)


def test_order_is_kept_over_pages() -> None:
    assert join_spans([Span(1, 20, 28), Span(2, 0, 7)], PAGES) == (Span(1, 20, 28), Span(2, 0, 7))


def hits(places: list[tuple[str, int]]) -> list[Hit]:
    """Hits on chunks by document and ordinal, best first; chunks 10 and above stand under another heading."""
    return [
        Hit(
            Chunk(f"{document}{n}", document, n, ("Late",) if n >= 10 else (), (Span(1, n, n + 1),), ""), rank, 1 / rank
        )
        for rank, (document, n) in enumerate(places, start=1)
    ]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 14)), unique=True, max_size=18))
@example([("a", 3), ("a", 5), ("a", 4)])
def test_groups_are_the_longest_runs_of_neighbours_in_order_of_their_best(places: list[tuple[str, int]]) -> None:
    groups = group_neighbours(hits(places))
    runs: list[list[tuple[str, int]]] = []
    for document, n in sorted(places):
        joins = runs and (document, n - 1) == runs[-1][-1] and n != 10
        runs[-1:] = [[*runs[-1], (document, n)]] if joins else [*runs[-1:], [(document, n)]]
    found = [sorted((hit.chunk.document_id, hit.chunk.ordinal) for hit in group) for group in groups]
    assert sorted(found) == sorted(runs)
    assert [group[0].rank for group in groups] == sorted(min(hit.rank for hit in group) for group in groups)
    assert all(group[0].rank == min(hit.rank for hit in group) for group in groups)


HEAD, SECOND, ROW = Span(3, 0, 9), Span(3, 10, 19), Span(16, 0, 30)
TABLE = [Block(BlockKind.TABLE_HEAD, HEAD), Block(BlockKind.TABLE_HEAD, SECOND), Block(BlockKind.TABLE_ROW, ROW)]


@pytest.mark.parametrize(
    ("spans", "page"),
    [
        ([Span(14, 0, 50), Span(15, 0, 60), Span(16, 0, 30)], 14),
        ([HEAD, ROW], 16),
        ([HEAD, SECOND, ROW], 16),
        ([Span(3, 0, 19), ROW], 16),
        ([HEAD], 3),
        ([Span(7, 0, 5)], 7),
    ],
)
def test_the_page_is_where_its_own_text_begins(spans: list[Span], page: int) -> None:
    assert first_page(spans, TABLE) == page
