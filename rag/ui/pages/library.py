"""The page of the library: what is in it, adding to it, taking out of it, and what could not be read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import streamlit as st

from ingest.uploads import save_upload
from ingest.worker import DELETE, INGEST
from rag.core.errors import DocumentNotFound
from rag.core.types import Document
from rag.store.jobs import Job
from rag.ui import addresses, services, strings
from rag.ui.bar import show_bar
from rag.ui.library_view import card_html, failures_html, matching, progress_html, table_html
from rag.ui.markup import text
from rag.ui.panel import show_panel
from rag.ui.services import Services
from rag.ui.source_view import Place
from rag.ui.taking_in import dismiss_failure, follow_folder
from rag.ui.widgets import Press, calm_html, guarded, habits, reading, show_error, show_failed

ROWS: Final = 100
"""Documents shown at first, and more with each press of "Show more"."""
PROBLEMS: Final = 200
"""Failed files listed at most."""
REFRESH: Final = 0.7
"""Seconds between two looks at running work."""


def show(app: Services) -> None:
    """Draw the page."""
    show_bar(app, "library")
    st.header(strings.LIBRARY, anchor=False)
    show_failed(key="failed-press", log=app.log_path)
    _notice()
    if not app.owner:
        reading(calm_html(strings.OTHER_OWNER, strings.OTHER_OWNER_HINT), key="other-owner", classes="reading")
    _failed(app)
    _work(app)
    _add(app)
    _documents(app)
    where = addresses.place()
    if where is not None:
        _panel(app, where)
    habits(last_question="", source_open=where is not None, on_close=addresses.close_place, on_search=lambda: None)


def _notice() -> None:
    """What the last press did; said once."""
    said = st.session_state.pop("library-notice", None)
    if said:
        reading(f'<p class="notice" role="status" dir="auto">{text(said)}</p>', key="notice", classes="reading")


def _say(words: str) -> None:
    st.session_state["library-notice"] = words


def _failed(app: Services) -> None:
    failures = app.kitabu.library.catalog.failures()
    for job in app.kitabu.library.jobs.recent(1):
        if not job.message:
            continue
        reading(calm_html(job.message, job.hint), key=f"job-{job.id}", classes="reading")
    if not failures:
        return
    reading(failures_html(failures[:PROBLEMS]), key="failures", on_press=partial(_dismissed, app))
    st.button(
        strings.TRY_AGAIN,
        icon=":material/refresh:",
        key="try-again",
        on_click=guarded(_ingest),
        args=(app, [failure.path for failure in failures]),
    )


def _dismissed(app: Services, press: Press) -> None:
    name = dismiss_failure(app.kitabu.library, press.value)
    if name:
        _say(strings.removed_failure(name))


def _ingest(app: Services, paths: Sequence[str], sync: bool = False) -> None:
    app.kitabu.library.jobs.enqueue(INGEST, {"paths": list(paths), "sync": sync})


@st.fragment(run_every=REFRESH)
def _work(app: Services) -> None:
    """Work that is waiting or running; the page is drawn anew when the library has changed."""
    library = app.kitabu.library
    jobs = library.jobs.recent(20, open_only=True)
    seen = (library.catalog.revision(), bool(jobs), app.owner)
    if st.session_state.get("library-seen", seen) != seen:
        st.session_state["library-seen"] = seen
        st.rerun()
    st.session_state["library-seen"] = seen
    show_failed(key="failed-work-press", log=app.log_path)
    for job in reversed(jobs):
        _job(app, job)


def _job(app: Services, job: Job) -> None:
    if job.kind == DELETE:
        reading(f'<p class="notice" role="status">{text(strings.DELETING)}</p>', key=f"work-{job.id}")
        return
    stopping = app.kitabu.library.jobs.cancelled(job.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        html = progress_html(job.progress, waiting=job.state == "queued", stopping=stopping)
        reading(html, key=f"work-{job.id}")
        if not stopping:
            st.button(
                strings.STOP,
                icon=":material/stop_circle:",
                key=f"stop-{job.id}",
                on_click=guarded(app.kitabu.library.jobs.cancel),
                args=(job.id,),
            )


def _add(app: Services) -> None:
    generation = st.session_state.setdefault("uploads", 0)
    st.file_uploader(
        strings.ADD_FILES,
        accept_multiple_files=True,
        key=f"upload-{generation}",
        help=strings.ADD_FILES_HELP,
        on_change=guarded(partial(_uploaded, app, f"upload-{generation}")),
    )
    folders = app.kitabu.library.catalog.folders()
    with st.expander(strings.ADD_FOLDER, icon=":material/folder:", expanded=bool(folders)):
        for index, folder in enumerate(folders):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(folder)
                st.button(
                    strings.SYNC_NOW,
                    key=f"sync-{index}",
                    on_click=guarded(_ingest),
                    args=(app, [folder], True),
                    type="tertiary",
                )
                st.button(
                    strings.STOP_FOLLOWING,
                    key=f"unfollow-{index}",
                    on_click=guarded(_unfollow),
                    args=(app, folder),
                    type="tertiary",
                )
        if not app.private:
            st.caption(strings.FOLDERS_ON_LOOPBACK)
            return
        st.caption(strings.ADD_FOLDER_HELP)
        with st.form("folder", border=False, clear_on_submit=True):
            st.text_input(strings.FOLDER_PATH, key="folder-path")
            st.form_submit_button(strings.FOLDER_ADD, on_click=guarded(_follow), args=(app,))


def _uploaded(app: Services, key: str) -> None:
    files = st.session_state[key] or []
    paths = [str(save_upload(app.kitabu.settings.data, file.name, file.getvalue())) for file in files]
    if paths:
        _ingest(app, paths)
        _say(strings.taken_in(len(paths)))
        # Another key empties the uploader: what it listed is now in the queue above the table.
        st.session_state["uploads"] += 1


def _follow(app: Services) -> None:
    _say(strings.folder_added(str(follow_folder(app, st.session_state["folder-path"]))))


def _unfollow(app: Services, folder: str) -> None:
    app.kitabu.library.catalog.remove_folder(folder)
    _say(strings.STOPPED_FOLLOWING)


def _documents(app: Services) -> None:
    documents = app.kitabu.library.catalog.documents()
    if not documents:
        empty = f"<h3>{text(strings.NO_DOCUMENTS)}</h3><p class='muted'>{text(strings.NO_DOCUMENTS_TEXT)}</p>"
        reading(empty, key="empty", classes="reading")
        return
    with st.container(key="search"):
        words = st.text_input(
            strings.SEARCH_DOCUMENTS,
            key="search-words",
            placeholder=strings.SEARCH_DOCUMENTS,
            label_visibility="collapsed",
            icon=":material/search:",
            live=True,
        )
    found = matching(documents, words or "")
    if not found:
        reading(f"<p class='muted'>{text(strings.NO_MATCH)}</p>", key="no-match")
        return
    shown = st.session_state.setdefault("rows", ROWS)
    where = addresses.place()
    html = table_html(found[:shown], now=time.time(), open_id=where.document_id if where else "")
    reading(html, key="documents", on_press=_opened)
    if len(found) > shown:
        st.button(strings.SHOW_MORE, key="more", on_click=_more)


def _opened(press: Press) -> None:
    if press.act == "open":
        addresses.open_place(addresses.from_button(press.value))


def _more() -> None:
    st.session_state["rows"] += ROWS


def _panel(app: Services, where: Place) -> None:
    catalog = app.kitabu.library.catalog
    try:
        document = catalog.document(where.document_id)
    except DocumentNotFound:
        show_panel(app, where, ())
        return
    places = [place.path for place in catalog.places(document.id)]
    card = card_html(document, catalog.pages(document.id), places, now=time.time())
    show_panel(app, where, (), above=card, below=partial(_delete_button, app, document))


def _delete_button(app: Services, document: Document) -> None:
    if st.button(strings.DELETE, icon=":material/delete:", key="delete", type="tertiary"):
        _confirm(app, document)


@st.dialog(strings.DELETE_TITLE)
def _confirm(app: Services, document: Document) -> None:
    reading(f"<p dir='auto'><strong>{text(document.title or document.name)}</strong></p>", key="delete-name")
    st.caption(strings.DELETE_TEXT)
    with st.container(horizontal=True):
        delete = guarded(partial(_delete, app, document))
        if st.button(strings.DELETE_YES, type="primary", key="delete-yes", on_click=delete):
            st.rerun()
        if st.button(strings.DELETE_NO, key="delete-no"):
            st.rerun()


def _delete(app: Services, document: Document) -> None:
    app.kitabu.library.jobs.enqueue(DELETE, {"document": document.id})
    addresses.close_place()


try:
    show(services.get())
except Exception as error:  # noqa: BLE001  the page's boundary: one calm box, the details in the log
    show_error(error, key="page-error", log=services.log_path())
