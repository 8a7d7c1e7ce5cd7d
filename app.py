"""The app's entry: its pages and its frame. Start it with `kitabu serve`."""

from __future__ import annotations

import streamlit as st

from rag.ui import language, strings
from rag.ui.frame import show_frame
from rag.ui.strings import data as data_words
from rag.ui.theme import ASSETS

language.begin()
st.set_page_config(page_title=strings.APP, page_icon=str(ASSETS / "icon.png"), layout="wide")
page = st.navigation(
    [
        st.Page("rag/ui/pages/ask.py", title=strings.ASK, icon=":material/forum:", url_path="ask", default=True),
        st.Page("rag/ui/pages/library.py", title=strings.LIBRARY, icon=":material/local_library:", url_path="library"),
        st.Page("rag/ui/pages/quality.py", title=strings.QUALITY, icon=":material/fact_check:", url_path="quality"),
        st.Page("rag/ui/pages/models.py", title=strings.MODELS, icon=":material/memory:", url_path="models"),
        st.Page("rag/ui/pages/data.py", title=data_words.TITLE, icon=":material/shield_person:", url_path="data"),
    ],
    position="top",
)
show_frame()
page.run()
language.show_languages()
