from __future__ import annotations

import pytest

from rag.models.thinking import ThinkingFilter

STREAM = "<think>Let me see [1] < 3.</think>\n\nThe clinic opens at 8:30."


@pytest.mark.parametrize("size", [1, 3, 7, len(STREAM)])
def test_thoughts_and_answer_are_kept_apart_however_the_stream_is_cut(size: int) -> None:
    thinking = ThinkingFilter()
    answer = thought = ""
    for start in range(0, len(STREAM), size):
        answer += thinking.feed(STREAM[start : start + size])
        thought += thinking.thought
    answer += thinking.finish()
    thought += thinking.thought
    assert (answer, thought) == ("The clinic opens at 8:30.", "Let me see [1] < 3.")


def test_thoughts_that_never_end_are_no_answer() -> None:
    thinking = ThinkingFilter()
    assert thinking.feed("<think>Hm, 3 </thin") == ""
    assert thinking.thought == "Hm, 3 "
    assert thinking.finish() == ""
    assert thinking.thought == "</thin"


UNOPENED = "The clinic opens at 8, or at 9? <b>\n</think>\n\nThe clinic opens at 8:30."


@pytest.mark.parametrize("size", [1, 3, 7, len(UNOPENED)])
def test_what_stands_before_a_closing_tag_alone_was_thought(size: int) -> None:
    thinking = ThinkingFilter()
    answer = thought = ""
    for start in range(0, len(UNOPENED), size):
        piece = thinking.feed(UNOPENED[start : start + size])
        answer = piece if thinking.withdrawn else answer + piece
        thought += thinking.thought
    assert (answer + thinking.finish(), thought) == (
        "The clinic opens at 8:30.",
        "The clinic opens at 8, or at 9? <b>\n",
    )
