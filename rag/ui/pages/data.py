"""The page that tells what happens to one's data."""

from __future__ import annotations

from typing import Final

import streamlit as st

from rag.ui import services
from rag.ui.bar import show_bar
from rag.ui.data_look import Look
from rag.ui.data_view import data_html
from rag.ui.services import Services
from rag.ui.strings import data as words
from rag.ui.widgets import guarded, habits, reading, show_error, show_failed

REFRESH: Final = 0.5
"""Seconds between two looks whether it has been found out."""


def show(app: Services) -> None:
    """Draw the page."""
    show_bar(app, "data")
    st.header(words.TITLE, anchor=False)
    show_failed(key="failed-press", log=app.log_path)
    if "data-look" not in st.session_state:
        _again(app)
        st.session_state["data-look"].wait(REFRESH)
    look: Look = st.session_state["data-look"]
    if not look.done:
        _under_way(look)
    elif look.error is not None:
        show_error(look.error, key="data-error", log=app.log_path)
    elif look.found is not None:
        reading(data_html(look.found), key="data", classes="reading")
        st.button(words.LOOK_AGAIN, key="data-again", icon=":material/refresh:", on_click=guarded(_again), args=(app,))
    habits(last_question="", source_open=False, on_close=lambda: None, on_search=_go_to_library)
    if st.session_state.pop("to-library", False):
        st.switch_page("rag/ui/pages/library.py")


def _again(app: Services) -> None:
    st.session_state["data-look"] = Look(app)


@st.fragment(run_every=REFRESH)
def _under_way(look: Look) -> None:
    if look.done:
        st.rerun()
    st.caption(words.LOOKING)


def _go_to_library() -> None:
    st.session_state["to-library"] = True


try:
    show(services.get())
except Exception as error:  # noqa: BLE001  the page's boundary: one calm box, the details in the log
    show_error(error, key="page-error", log=services.log_path())
