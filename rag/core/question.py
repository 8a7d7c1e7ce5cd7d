"""What may be asked: a question as it was typed, made fit to be searched, and how much may be asked for."""

from __future__ import annotations

import unicodedata
from typing import Final

from rag.core.errors import InvalidQuestion

MAX_QUESTION: Final = 4_000
"""Characters. Longer texts are documents, not questions: they would not fit a small model's window either."""

MOST_HITS: Final = 10_000
"""That one search gives. Whoever wants more wants the documents, not the best of them."""


def clean_question(question: str) -> str:
    """The question without control characters and surplus white space.

    Raises:
        InvalidQuestion: nothing is left, or it is longer than `MAX_QUESTION`.
    """
    if len(question) > MAX_QUESTION:
        raise InvalidQuestion(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION:,} are read.",
            "Ask in a few sentences. To search a long text, add it to the library as a document.",
        )
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in question)
    cleaned = " ".join(visible.split())
    if not any(char.isalnum() for char in cleaned):
        raise InvalidQuestion("The question is empty.", "Type a question in words.")
    return cleaned


def check_count(k: int) -> None:
    """Refuse a number of passages that no search can give.

    Raises:
        InvalidQuestion: `k` is below 1 or above `MOST_HITS`.
    """
    if not 1 <= k <= MOST_HITS:
        raise InvalidQuestion(f"A search cannot give {k:,} passages.", f"Ask for a number (k) from 1 to {MOST_HITS:,}.")
