"""What is to be known of a document among its versions: its dates, what is newer, what took its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rag.core.types import Document, Standing
from rag.store.versions import State
from rag.ui import strings
from rag.ui.markup import button, text

Names = Mapping[str, str]
"""Names of documents by id."""


def notes(document: Document, state: State | None, names: Names, today: str) -> list[str]:
    """What stands beside a document in the table: nothing for one that is the only one of its kind.

    Args:
        document: any.
        state: how it stands among its versions; None where it has none.
        names: of all documents.
        today: as YYYY-MM-DD.
    """
    said: list[str] = []
    if state and state.standing is Standing.SUPERSEDED:
        said.append(strings.superseded_note(names.get(document.superseded_by, "")))
    elif state and state.standing is Standing.OLDER:
        said.append(strings.version_note(strings.NEWER_VERSION, names.get(state.newer[0], "")))
    if document.effective > today:
        said.append(strings.in_force_note(document.effective))
    if document.review and document.review < today:
        said.append(strings.review_note(document.review))
    return said


def facts(document: Document, state: State | None, names: Names, today: str) -> Iterator[tuple[str, str]]:
    """The same at length for the report card: names and markup of facts; versions can be opened."""
    if document.effective:
        yield strings.EFFECTIVE, text(strings.day(document.effective))
    if document.review:
        due = document.review < today
        words = strings.review_due(document.review) if due else strings.day(document.review)
        yield strings.REVIEW, f'<span class="{"warned" if due else ""}">{text(words)}</span>'
    shown: set[str] = set()
    if document.superseded_by in names:
        shown.add(document.superseded_by)
        yield strings.SUPERSEDED_BY, _opener(document.superseded_by, names)
    if state and state.standing is Standing.OLDER and state.newer[0] in names:
        shown.add(state.newer[0])
        yield strings.NEWER_VERSION, _opener(state.newer[0], names)
    others = [other for other in state.others if other not in shown and other in names] if state else []
    if others:
        yield strings.OTHER_VERSIONS, "<br>".join(_opener(other, names) for other in others)


def _opener(document_id: str, names: Names) -> str:
    return button("open", f"{document_id}:1", f"<bdi>{text(names[document_id])}</bdi>", classes="quiet")
