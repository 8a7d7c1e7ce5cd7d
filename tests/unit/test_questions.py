from __future__ import annotations

import pytest

from rag.core.errors import InvalidQuestion
from rag.core.messages import messages
from rag.core.question import MAX_QUESTION, MOST_HITS, check_count, clean_question
from rag.core.text import LANGUAGES


@pytest.mark.parametrize("empty", ["", "   ", "\n\t", "\x00\x07", "???", "…"])
def test_nothing_asked_is_an_error_that_says_so(empty: str) -> None:
    with pytest.raises(InvalidQuestion, match="empty"):
        clean_question(empty)


def test_a_document_is_not_a_question() -> None:
    with pytest.raises(InvalidQuestion, match="100,000 characters"):
        clean_question("x" * 100_000)
    assert clean_question("x" * MAX_QUESTION)


def test_control_characters_become_spaces() -> None:
    assert clean_question("How\x00 long\r\n may\x1b[31m it \ud800 stay?") == "How long may [31m it stay?"


@pytest.mark.parametrize("count", [0, -1, MOST_HITS + 1, 10**9])
def test_a_number_of_passages_that_no_search_gives(count: int) -> None:
    with pytest.raises(InvalidQuestion, match=f"{count:,} passages.*from 1 to 10,000"):
        check_count(count)
    check_count(1)
    check_count(MOST_HITS)


def test_every_served_language_is_refused_in_itself() -> None:
    said = {language: messages(language).not_in_documents for language in LANGUAGES}
    assert len(set(said.values())) == len(said)
    assert messages("xx") == messages("en")


@pytest.mark.parametrize("field", ["quoted_instead", "not_complete", "left_out", "several", "told_across"])
def test_every_served_language_has_its_own_notices(field: str) -> None:
    said = {language: getattr(messages(language), field) for language in LANGUAGES}
    assert len(set(said.values())) == len(said)
    assert all(("{count}" in text) == (field == "left_out") for text in said.values())
