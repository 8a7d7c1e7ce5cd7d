"""Getting models on their page: the form, and those that are on their way."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

import streamlit as st

from rag.core.errors import InvalidQuestion
from rag.ui import strings
from rag.ui.markup import text
from rag.ui.model_work import Getting, PullState
from rag.ui.models_view import pull_html
from rag.ui.services import Services
from rag.ui.strings import models as words
from rag.ui.widgets import guarded, reading, say, show_error

REFRESH: Final = 0.7
"""Seconds between two looks at a model that is on its way."""
_NAME: Final = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*){0,3}(?::\w[\w.-]*)?", re.ASCII)


def show_getting(app: Services) -> None:
    """The form for another model, and those on their way."""
    reading(f"<h3>{text(words.GET)}</h3><p class='muted'>{text(words.GET_TEXT)}</p>", key="get-head", classes="part")
    with st.form("get-model", border=False, clear_on_submit=True), st.container(key="get-form"):
        st.text_input(words.NAME, key="get-name", max_chars=200)
        st.form_submit_button(words.GET_IT, icon=":material/download:", on_click=guarded(partial(_asked, app)))
    for getting in app.pulls.all():
        if getting.state is not PullState.DONE:
            _one(app, getting)


def _one(app: Services, getting: Getting) -> None:
    if getting.state is PullState.RUNNING:
        _running(getting)
        return
    if getting.error is not None:
        show_error(getting.error, key=f"failed-{getting.model}", log=app.log_path)
    else:
        said = f"<strong>{text(words.getting(getting.model))}</strong>. {text(words.STOPPED)}"
        reading(f'<p class="notice" role="status">{said}</p>', key=f"stopped-{getting.model}", classes="reading")
    with st.container(horizontal=True, gap="small"):
        st.button(
            words.GO_ON,
            icon=":material/play_circle:",
            key=f"go-on-{getting.model}",
            on_click=guarded(partial(get_model, app, getting.model)),
        )
        st.button(
            words.DISMISS,
            key=f"dismiss-{getting.model}",
            type="tertiary",
            on_click=guarded(partial(app.pulls.dismiss, getting.model)),
        )


@st.fragment(run_every=REFRESH)
def _running(getting: Getting) -> None:
    if getting.state is not PullState.RUNNING:
        st.rerun()
    reading(pull_html(getting.model, getting.progress), key=f"pull-{getting.model}", classes="reading")
    st.button(strings.STOP, icon=":material/stop_circle:", key=f"stop-{getting.model}", on_click=guarded(getting.stop))


def _asked(app: Services) -> None:
    name = (st.session_state["get-name"] or "").strip().removeprefix("ollama pull ").removeprefix("ollama run ").strip()
    if not _NAME.fullmatch(name):
        raise InvalidQuestion(f"{strings.labelled(words.BAD_NAME, name)}.", f"{words.BAD_NAME_HINT}.")
    get_model(app, name)


def get_model(app: Services, name: str) -> None:
    """Begin, or go on with, getting a model."""
    if not app.pulls.start(app.kitabu.server, name, app.look_again):
        say(words.already_got(name))
