from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.core.types import Page, Span
from rag.retrieval.passages import join_spans

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
