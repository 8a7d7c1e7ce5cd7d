from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.fusion import dense_trust, fuse, min_max

scores = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 100), max_size=8)


@given(scores, scores, st.floats(0, 1))
def test_fused_scores_lie_in_0_to_1_and_cover_both_sides(
    dense: dict[str, float], keyword: dict[str, float], trust: float
) -> None:
    fused = fuse(dense, keyword, trust)
    assert fused.keys() == dense.keys() | keyword.keys()
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in fused.values())


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 100), min_size=2, max_size=8))
def test_without_keywords_the_dense_order_stays(dense: dict[str, float]) -> None:
    fused = fuse(dense, {}, 1.0)
    order = sorted(dense, key=dense.__getitem__)
    assert [fused[key] for key in order] == sorted(fused[key] for key in order)


def test_an_untrusted_embedder_does_not_outvote_keywords() -> None:
    assert max(fuse({"a": 0.9, "b": 0.1}, {"b": 5.0}, dense_trust("hi")).items(), key=lambda item: item[1])[0] == "b"


def test_half_a_trust_is_a_quarter_of_a_vote() -> None:
    keyword = {"a": 4.0, "b": 3.0}
    assert fuse({"a": 0.1, "b": 0.9}, keyword, 0.45)["a"] > fuse({"a": 0.1, "b": 0.9}, keyword, 0.45)["b"]
    assert fuse({"a": 0.1, "b": 0.9}, keyword, 0.55)["b"] > fuse({"a": 0.1, "b": 0.9}, keyword, 0.55)["a"]


def test_both_sides_together_beat_one() -> None:
    fused = fuse({"a": 0.9, "b": 0.85, "c": 0.1}, {"b": 5.0, "c": 4.0}, 1.0)
    assert max(fused, key=fused.__getitem__) == "b"


@pytest.mark.parametrize(
    ("given_", "expected"), [({}, {}), ({"a": 3.0}, {"a": 1.0}), ({"a": 1.0, "b": 3.0}, {"a": 0.0, "b": 1.0})]
)
def test_min_max(given_: dict[str, float], expected: dict[str, float]) -> None:
    assert min_max(given_) == expected
