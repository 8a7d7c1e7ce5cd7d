"""What may be asked: a question as it was typed, made fit to be searched."""

from __future__ import annotations

import unicodedata
from typing import Final

from rag.core.errors import InvalidQuestion

MAX_QUESTION: Final = 4_000
"""Characters. Longer texts are documents, not questions: they would not fit a small model's window either."""


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
