"""The small form in which people say from when on a document holds, when to look it through, what took its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from ingest.edits import edit
from ingest.worker import EDIT
from rag.core.errors import KitabuError
from rag.core.types import Document
from rag.ui import strings
from rag.ui.labels import document_labels
from rag.ui.markup import text
from rag.ui.services import Services
from rag.ui.widgets import calm_html, reading, say

LISTED: Final = 200
"""Documents to choose a successor from; any other can be typed."""
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
_EDITED: Final = "edited"
"""Key in the session's state: the document whose form is open. It stays open when the page is drawn anew meanwhile."""


def ask_for_edit(document_id: str) -> None:
    """Have the form opened in the next run."""
    st.session_state[_EDITED] = document_id


def _close() -> None:
    st.session_state.pop(_EDITED, None)


def show_edit(app: Services, document: Document, versions: Sequence[str]) -> None:
    """The form, if it was asked for.

    Args:
        app: the services.
        document: the one that is open.
        versions: ids of its versions, which come first among the documents that may have taken its place.
    """
    if st.session_state.get(_EDITED) == document.id:
        st.dialog(strings.EDIT_TITLE, on_dismiss=_close)(_form)(app, document, versions)


def _form(app: Services, document: Document, versions: Sequence[str]) -> None:
    reading(f"<p dir='auto'><strong>{text(document.title or document.name)}</strong></p>", key="edit-name")
    st.caption(strings.EDIT_TEXT)
    others = _others(app.kitabu.library.catalog.documents(), document, versions)
    names = document_labels(app, others[:LISTED], brief=False)
    options = list(names)
    with st.form("edit", border=False):
        effective = _day(strings.EFFECTIVE, document.effective, "edit-effective")
        review = _day(strings.REVIEW, document.review, "edit-review")
        successor = st.selectbox(
            strings.EDIT_SUCCESSOR,
            options,
            index=options.index(document.superseded_by) if document.superseded_by in options else None,
            format_func=lambda one: names.get(one, one),
            placeholder=strings.EDIT_NO_SUCCESSOR,
            accept_new_options=True,
            key="edit-successor",
        )
        with st.container(horizontal=True):
            saved = st.form_submit_button(strings.EDIT_SAVE, type="primary", key="edit-save")
            cancelled = st.form_submit_button(strings.CANCEL, key="edit-cancel")
    if cancelled:
        _close()
        st.rerun()
    if saved:
        said = {"effective": effective, "review": review, "superseded_by": successor or ""}
        try:
            _save(app, document, said)
        except KitabuError as error:
            reading(calm_html(error.message, error.hint), key="edit-failed")
        else:
            _close()
            st.rerun()


def _save(app: Services, document: Document, said: dict[str, str]) -> None:
    if app.owner:
        edit(app.kitabu.library, document.id, said)
        say(strings.EDIT_SAVED)
    else:
        app.kitabu.library.jobs.enqueue(EDIT, {"document": document.id, "said": said})
        say(strings.EDIT_QUEUED)


def _others(documents: Sequence[Document], own: Document, versions: Sequence[str]) -> list[Document]:
    """All documents but this one, the one that was chosen and versions first."""
    first = [own.superseded_by, *versions]
    rank = {document_id: place for place, document_id in enumerate(first)}
    ordered = sorted(documents, key=lambda document: rank.get(document.id, len(first)))
    return [document for document in ordered if document.id != own.id]


def _day(label: str, value: str, key: str) -> str:
    """A date that may be left out, as YYYY-MM-DD or ""."""
    chosen = st.date_input(
        label,
        value=date.fromisoformat(value) if value else None,
        min_value=FIRST_DAY,
        max_value=LAST_DAY,
        format="YYYY-MM-DD",
        key=key,
    )
    return chosen.isoformat() if isinstance(chosen, date) else ""
