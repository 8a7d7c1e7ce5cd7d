"""What finds passages by meaning, on the library's page: the embedder in use, another in its place, the way back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import streamlit as st

from ingest import worker
from rag.core.errors import ConfigError
from rag.core.fingerprint import Fingerprint
from rag.models.embedding import OLLAMA
from rag.models.sentence_embedder import is_sentence_model
from rag.retrieval.trust import MINILM
from rag.store.beside import BesideState
from rag.store.jobs import Job, JobState
from rag.ui import strings
from rag.ui.markup import text
from rag.ui.services import Services
from rag.ui.strings import embedder as words
from rag.ui.widgets import guarded, reading, say

NAME: Final = "embedder-name"
"""Key in the session's state: what was typed."""
_RECENT: Final = 20
"""Finished jobs among which the last change is looked for."""


def show_embedder(app: Services) -> None:
    """A part that is folded up until somebody wants it."""
    library = app.kitabu.library
    current, beside = library.catalog.made_with(), library.beside.state()
    if current is None:
        return
    with st.expander(words.TITLE, icon=":material/hub:"):
        last = next((job for job in library.jobs.recent(_RECENT) if job.kind == worker.REINDEX), None)
        reading(embedder_html(current, beside, last), key="embedder", classes="part")
        if not app.private:
            st.caption(words.ON_LOOPBACK)
            return
        busy = last is not None and not last.state.over
        _another(app, busy)
        if beside is not None and not busy:
            _earlier(app, beside)


def embedder_html(current: Fingerprint, beside: BesideState | None, last: Job | None) -> str:
    """What is in use, what lies beside it, and what the last change came to.

    Args:
        last: the last job that changed it.
    """
    parts = [f"<p>{text(words.in_use(current.embedder, current.dimension))}</p>"]
    if beside is not None:
        told = words.beside(beside.fingerprint.embedder, beside.documents, beside.wanted)
        parts.append(f'<p class="muted">{text(told)}</p>')
    if last is not None and last.state is JobState.DONE and last.result.get("figures"):
        parts.append(_compared(last.result["figures"]))
    return "".join(parts)


def _compared(figures: Mapping[str, Any]) -> str:
    """The golden questions, by the index that was searched before and by the one that took its place."""
    before, after = figures["now"] or {}, figures["beside"]
    rows = "".join(
        f"<tr><td>{text(name)}</td><td>{text(strings.per_cent(before.get(key)))}</td>"
        f"<td>{text(strings.per_cent(after.get(key)))}</td></tr>"
        for key, name in words.FIGURES.items()
    )
    heads = "".join(f"<th>{text(head)}</th>" for head in ("", words.BEFORE, words.AFTER))
    caption = text(words.compared(figures["questions"]))
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _another(app: Services, busy: bool) -> None:
    st.caption(words.ANOTHER_TEXT)
    with st.form("embedder", border=False, clear_on_submit=True):
        st.text_input(words.ANOTHER, key=NAME, disabled=busy, placeholder=words.EXAMPLE)
        st.form_submit_button(words.USE, disabled=busy, on_click=guarded(_use), args=(app,))


def _earlier(app: Services, beside: BesideState) -> None:
    with st.container(horizontal=True, gap="small"):
        if beside.earlier:
            st.button(
                words.back(beside.fingerprint.embedder),
                key="embedder-back",
                icon=":material/undo:",
                on_click=guarded(partial(_change, app, beside.fingerprint.embedder, back=True)),
            )
        st.button(
            words.FORGET,
            key="embedder-forget",
            icon=":material/delete:",
            type="tertiary",
            on_click=guarded(partial(_forget, app)),
        )


def _use(app: Services) -> None:
    name = str(st.session_state[NAME] or "").strip()
    if not name:
        return
    if name != MINILM and not name.startswith(OLLAMA) and not is_sentence_model(name):
        # Somebody's own code is named where the program is configured, not in a browser.
        raise ConfigError(words.NO_NAME, words.CODE_ELSEWHERE)
    _change(app, name)


def _change(app: Services, name: str, *, back: bool = False) -> None:
    app.kitabu.library.jobs.enqueue(worker.REINDEX, {"embedder": name, "back": back})
    say(words.BEGUN)


def _forget(app: Services) -> None:
    app.kitabu.library.jobs.enqueue(worker.FORGET, {})
    say(words.FORGETTING)
