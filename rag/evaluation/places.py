"""Whether what golden questions name is in the library: a name written wrongly counts as never found, unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rag.core.golden import GoldenQuestion
from rag.core.types import Document
from rag.evaluation.run import same_name

_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = {}


def missing_places(
    questions: Iterable[GoldenQuestion],
    documents: Iterable[Document],
    records: Mapping[str, tuple[str, ...]] = _BY_NAME,
) -> dict[str, str]:
    """What the library does not have of the documents and pages that questions name, by the questions' ids.

    Args:
        questions: those that nothing answers name no place.
        documents: of the library.
        records: further names of documents by their ids, when the library was made from a collection.

    Returns:
        The document's name; with its page where the document is there and none of the pages named is.
    """
    pages: dict[str, int] = {}
    for document in documents:
        for name in map(same_name, (document.name, *records.get(document.id, ()))):
            pages[name] = max(document.pages, pages.get(name, 0))
    missing = {}
    for question in questions:
        if not question.answerable or question.document is None:
            continue
        last = pages.get(same_name(question.document))
        if last is None:
            missing[question.id] = question.document
        elif question.pages and min(question.pages) > last:
            missing[question.id] = f"{question.document}, page {min(question.pages)}"
    return missing
