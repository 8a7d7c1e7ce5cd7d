"""Which language the pages speak: chosen at their foot, else the setting's, else the browser's, else English."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rag.ui import services
from rag.ui.strings.translation import ENGLISH, OWN_NAMES, current, follow, languages, nearest

_LANGUAGE: Final = "language"
"""Key in the session's state: the language of this browser's session."""


def begin() -> None:
    """Settle the session's language; called first in every run."""
    if _LANGUAGE not in st.session_state:
        wanted = services.interface_language()
        st.session_state[_LANGUAGE] = nearest((st.context.locale or "") if wanted == "auto" else wanted)
    follow(_of_session)


def show_languages() -> None:
    """The languages to choose from, at the foot of a page."""
    with st.container(key="foot", horizontal=True, horizontal_alignment="right", gap="small"):
        for code in languages():
            st.button(
                OWN_NAMES[code],
                type="tertiary",
                key=f"language-{code}",
                disabled=code == current(),
                on_click=_choose,
                args=(code,),
            )


def _choose(code: str) -> None:
    st.session_state[_LANGUAGE] = code


def _of_session() -> str:
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    language: str = st.session_state.get(_LANGUAGE, ENGLISH)
    return language
