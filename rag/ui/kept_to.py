"""What the questions of a conversation are kept to: all documents, or some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

import streamlit as st

from rag.core.errors import DocumentNotFound
from rag.core.filters import EVERYTHING, Filter
from rag.core.language import UNDETERMINED
from rag.core.types import Document
from rag.store.conversations import StoredTurn
from rag.ui import strings
from rag.ui.labels import distinct, document_labels, folder_labels, named
from rag.ui.services import Services
from rag.ui.widgets import guarded, plain_label

LISTED: Final = 1000
"""Documents to choose from; of more, the newest. Folders, languages and dates reach the others."""
_EARLIEST: Final = date(1900, 1, 1)
"""Streamlit's own earliest date lies ten years back."""
_CHOSEN: Final = "kept-to"
"""Key in the session's state: the conversation, and what was chosen for its next question."""
_DOCUMENTS, _LANGUAGES, _FOLDERS, _SINCE, _UNTIL = (
    f"kept-to-{field}" for field in ("documents", "languages", "folders", "since", "until")
)


def kept_to(turns: Sequence[StoredTurn], conversation: str) -> Filter:
    """What the next question is kept to: what was chosen in this tab, else what the last answer was kept to."""
    chosen: tuple[str, Filter] | None = st.session_state.get(_CHOSEN)
    if chosen is not None and chosen[0] == conversation:
        return chosen[1]
    answers = [turn.answer for turn in turns if turn.answer is not None]
    return answers[-1].within if answers else EVERYTHING


def keep_to(within: Filter, conversation: str) -> None:
    """Keep the next question of that conversation ("" for a new one) to this."""
    st.session_state[_CHOSEN] = (conversation, within)


def show_choice(app: Services, within: Filter, conversation: str) -> None:
    """A button that says what the questions are kept to, and opens the choice."""
    catalog = app.kitabu.library.catalog
    documents = sorted(catalog.documents(), key=lambda document: document.added_at, reverse=True)
    if not documents:
        st.caption(strings.EMPTY_LIBRARY)
        return
    listed = [one for place, one in enumerate(documents) if place < LISTED or one.id in within.documents]
    labels = document_labels(app, listed, brief=True)
    left = len(catalog.matching(within)) if within else len(documents)
    with st.popover(
        plain_label(_label(within, labels, left, len(documents))), type="tertiary", width="content", key="kept-to"
    ):
        st.caption(strings.KEPT_TO_TEXT)
        # The choice is the conversation's: what the widgets of another one held is not it.
        for key, value in _values(within).items():
            st.session_state[key] = value
        choose = guarded(partial(_choose, conversation))
        gone = [one for one in within.documents if one not in labels]
        choices = distinct([*labels, *gone], lambda one: labels.get(one, strings.DELETED_DOCUMENT))
        _among(strings.DOCUMENTS, choices, _DOCUMENTS, choose, always=True)
        _among(strings.LANGUAGES_FOUND, _languages(documents, within), _LANGUAGES, choose)
        _among(strings.FOLDERS, _folders(app, within), _FOLDERS, choose)
        with st.container(horizontal=True):
            for label, key in ((strings.SINCE, _SINCE), (strings.UNTIL, _UNTIL)):
                st.date_input(label, value=None, min_value=_EARLIEST, key=key, on_change=choose, format="YYYY-MM-DD")
        st.caption(strings.documents_left(left, len(documents)))
        if within:
            st.button(strings.ALL_DOCUMENTS, key="kept-to-all", on_click=keep_to, args=(EVERYTHING, conversation))


def described(app: Services, within: Filter) -> str:
    """What an answer was kept to, in words; "" for nothing."""
    if not within:
        return ""
    return strings.kept_to(
        [_title(app, one) for one in within.documents],
        [strings.language(code) for code in within.languages],
        list(folder_labels(within.folders).values()),
        within.since,
        within.until,
    )


def _title(app: Services, document_id: str) -> str:
    try:
        document = app.kitabu.library.catalog.document(document_id)
    except DocumentNotFound:
        return strings.DELETED_DOCUMENT
    return named(document)


def _label(within: Filter, labels: Mapping[str, str], left: int, total: int) -> str:
    if not within:
        return strings.all_documents(total)
    if within == Filter(documents=within.documents[:1]):
        return strings.one_document(labels.get(within.documents[0], strings.DELETED_DOCUMENT))
    return strings.documents_left(left, total)


def _languages(documents: Sequence[Document], within: Filter) -> dict[str, str]:
    codes = {document.language for document in documents} - {UNDETERMINED} | set(within.languages)
    return {code: strings.language(code) for code in sorted(codes, key=strings.language)}


def _folders(app: Services, within: Filter) -> dict[str, str]:
    # Where others look in too, the names of folders are nobody's business.
    followed = app.kitabu.library.catalog.folders() if app.private else []
    return folder_labels([*followed, *within.folders])


def _among(label: str, options: Mapping[str, str], key: str, choose: Any, *, always: bool = False) -> None:
    """A choice of several, where there is one to make."""
    if always or len(options) > 1 or st.session_state[key]:
        st.multiselect(
            label,
            list(options),
            format_func=lambda one: options[one],
            key=key,
            on_change=choose,
            placeholder=strings.ALL_OF_THEM,
        )


def _values(within: Filter) -> dict[str, Any]:
    return {
        _DOCUMENTS: list(within.documents),
        _LANGUAGES: list(within.languages),
        _FOLDERS: list(within.folders),
        _SINCE: date.fromisoformat(within.since) if within.since else None,
        _UNTIL: date.fromisoformat(within.until) if within.until else None,
    }


def _choose(conversation: str) -> None:
    state = st.session_state
    since, until = (state[key].isoformat() if state[key] else "" for key in (_SINCE, _UNTIL))
    within = Filter(
        documents=tuple(state[_DOCUMENTS]),
        languages=tuple(state.get(_LANGUAGES, ())),
        since=since,
        until=until,
        folders=tuple(state.get(_FOLDERS, ())),
    )
    keep_to(within, conversation)
