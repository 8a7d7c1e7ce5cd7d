"""The app's entry: its pages and its frame. Start it with `kitabu serve`."""

from __future__ import annotations

import streamlit as st

from rag.ui import strings
from rag.ui.frame import show_frame
from rag.ui.theme import ASSETS

st.set_page_config(page_title=strings.APP, page_icon=str(ASSETS / "icon.png"), layout="wide")
page = st.navigation(
    [
        st.Page("rag/ui/pages/ask.py", title=strings.ASK, icon=":material/forum:", url_path="ask", default=True),
        st.Page("rag/ui/pages/library.py", title=strings.LIBRARY, icon=":material/local_library:", url_path="library"),
    ],
    position="top",
)
show_frame()
page.run()
