"""The followed folders on the library's page: how each is, and what can be done with it."""

from __future__ import annotations

import time
from functools import partial
from typing import Final

import streamlit as st

from ingest.worker import INGEST, UNWATCH
from rag.ui import strings
from rag.ui.library_view import folder_html
from rag.ui.markup import text
from rag.ui.services import Services
from rag.ui.taking_in import follow_folder
from rag.ui.widgets import guarded, reading, say

REFRESH: Final = 5.0
"""Seconds between two looks: disks come and go without a word."""


def show_folders(app: Services) -> None:
    """The folders that are followed, and the form for another."""
    if app.kitabu.library.catalog.folders():
        reading(f"<h3>{text(strings.FOLLOWED)}</h3>", key="followed")
        _folders(app)
    # With a key it stays open when a box about what was typed comes above it.
    with st.expander(strings.ADD_FOLDER, icon=":material/folder:", key="add-folder", on_change="rerun"):
        if not app.private:
            st.caption(strings.FOLDERS_ON_LOOPBACK)
            return
        st.caption(strings.ADD_FOLDER_HELP)
        with st.form("folder", border=False):
            st.text_input(strings.FOLDER_PATH, key="folder-path")
            st.form_submit_button(strings.FOLDER_ADD, on_click=guarded(_follow), args=(app,))


@st.fragment(run_every=REFRESH)
def _folders(app: Services) -> None:
    now = time.time()
    for index, folder in enumerate(app.folders.states(app.kitabu.library.catalog.folders())):
        with st.container(key=f"folder-{index}", horizontal=True, vertical_alignment="center", gap="small"):
            reading(folder_html(folder, now=now), key=f"folder-facts-{index}")
            with st.container(horizontal=True, gap="small", width="content"):
                st.button(
                    strings.SYNC_NOW,
                    icon=":material/sync:",
                    key=f"sync-{index}",
                    on_click=guarded(partial(_sync, app, folder.path)),
                    type="tertiary",
                )
                st.button(
                    strings.STOP_FOLLOWING,
                    icon=":material/link_off:",
                    key=f"unfollow-{index}",
                    on_click=guarded(partial(_unfollow, app, folder.path)),
                    type="tertiary",
                )


def _follow(app: Services) -> None:
    folder = follow_folder(app, st.session_state["folder-path"])
    # Only now: what cannot be followed is there to be corrected.
    st.session_state["folder-path"] = ""
    say(strings.folder_added(str(folder)))


def _sync(app: Services, folder: str) -> None:
    app.kitabu.library.jobs.enqueue(INGEST, {"paths": [folder], "sync": True})


def _unfollow(app: Services, folder: str) -> None:
    library = app.kitabu.library
    # A sync that waits would have the folder followed again.
    for job in library.jobs.recent(1000, open_only=True):
        if job.kind == INGEST and job.payload.get("sync") and job.payload.get("paths") == [folder]:
            library.jobs.cancel(job.id)
    if app.owner:
        library.catalog.remove_folder(folder)
    else:
        library.jobs.enqueue(UNWATCH, {"folder": folder, "documents": False})
    say(strings.STOPPED_FOLLOWING)
