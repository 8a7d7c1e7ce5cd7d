"""The frame around all pages: the sheet of styles, and what happens when something unforeseen does."""

from __future__ import annotations

import streamlit as st

from rag.ui.theme import ASSETS, sheet


def show_frame() -> None:
    """Styles and the wordmark; called once in every run, before the page."""
    with st.container(key="frame"):
        st.html(sheet("frame.css"))
    st.logo(str(ASSETS / "wordmark.svg"), size="medium")
