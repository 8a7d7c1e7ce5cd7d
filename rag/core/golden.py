"""Golden questions: what is asked to measure answers, with what a right answer looks like."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from rag.core.types import Turn


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """One question with what a right answer looks like."""

    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    document: str | None
    """Name of the document that answers; None when none does, or it is not known."""
    pages: tuple[int, ...]
    """Pages any of which is right; any page of the document, when empty."""
    language: str
    history: tuple[Turn, ...]
    split: str
    """"tune" or "test"."""

    def digest(self) -> str:
        """Tells whether two runs asked the same of the question: equal as long as nobody changed it."""
        content = json.dumps({**asdict(self), "id": ""}, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


class Source(StrEnum):
    """Where a kept question comes from."""

    PERSON = "person"
    """Written here, or in a file that was taken in."""
    FEEDBACK = "feedback"
    """An answer did not help somebody."""
    REFUSAL = "refusal"
    """Somebody asked and was told that the documents do not say."""
    FAQ = "faq"
    TABLE = "table"
    HEADING = "heading"
    NEAR_MISS = "near miss"
    """Looks like a question that the documents answer, and they do not."""
    MODEL = "model"
    """Written by a model from a piece of a document."""
    ORPHAN = "document deleted"
    """The document that answered it was deleted."""


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A golden question as the catalog keeps it."""

    golden: GoldenQuestion
    draft: bool = False
    """Nobody has said yet that it is right; drafts are not asked."""
    source: Source = Source.PERSON
