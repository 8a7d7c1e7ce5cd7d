"""The page of the library: what is in it, adding to it, taking out of it, and what could not be read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from ingest.aside import failures_told
from ingest.ocr.engines import Recognition, describe
from ingest.uploads import save_upload
from ingest.worker import INGEST
from rag.core.errors import DocumentNotFound
from rag.core.types import Document
from rag.retrieval.trust import blind_in
from rag.ui import addresses, services, strings
from rag.ui.bar import show_bar
from rag.ui.dialogs import close_dialog, dialog_button, dialog_open
from rag.ui.edit_form import ask_for_edit, show_edit
from rag.ui.embedder_part import show_embedder
from rag.ui.followed import show_folders
from rag.ui.library_view import failures_html, matching, recognition_html, table_html
from rag.ui.markup import text
from rag.ui.panel import show_panel
from rag.ui.report_view import card_html
from rag.ui.services import Services
from rag.ui.source_view import Place
from rag.ui.strings import trust as trust_words
from rag.ui.taking_in import dismiss_failure
from rag.ui.versions_view import facts, notes
from rag.ui.widgets import Press, calm_html, guarded, habits, reading, say, show_error, show_failed, show_said
from rag.ui.work import begin_drawing, delete, show_recent, show_work

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

ROWS: Final = 100
"""Documents shown at first, and more with each press of "Show more"."""
PROBLEMS: Final = 200
"""Failed files listed at most."""
DELETE: Final = "delete-document"
"""The dialog that asks back before a document is deleted."""


def show(app: Services) -> None:
    """Draw the page."""
    begin_drawing(app)
    show_bar(app, "library")
    st.header(strings.LIBRARY, anchor=False)
    show_failed(key="failed-press", log=app.log_path)
    show_said()
    if not app.owner:
        reading(calm_html(strings.OTHER_OWNER, strings.OTHER_OWNER_HINT), key="other-owner", classes="reading")
    _failed(app)
    _blind(app)
    show_work(app)
    _add(app)
    show_recent(app)
    show_embedder(app)
    _documents(app)
    where = addresses.place()
    if where is not None:
        _panel(app, where)
    habits(
        last_question="",
        source_open=where is not None,
        takes_files=True,
        on_close=addresses.close_place,
        on_search=lambda: None,
    )


def _failed(app: Services) -> None:
    failures = failures_told(app.kitabu.library.catalog)
    for job in app.kitabu.library.jobs.recent(1):
        if not job.message:
            continue
        reading(calm_html(job.message, job.hint), key=f"job-{job.id}", classes="reading")
    if not failures:
        return
    recognition = _recognition(app.kitabu.settings.ocr)
    advice = "" if recognition.engines else recognition.advice
    reading(failures_html(failures[:PROBLEMS], advice), key="failures", on_press=partial(_dismissed, app))
    st.button(
        strings.TRY_AGAIN,
        icon=":material/refresh:",
        key="try-again",
        on_click=guarded(_ingest),
        args=(app, [failure.path for failure in failures]),
    )


def _blind(app: Services) -> None:
    languages = list(blind_in(app.kitabu.library.catalog))
    if languages:
        words = calm_html(trust_words.blind(languages), trust_words.REMEDY)
        reading(words, key="blind", classes="reading")


@st.cache_data(show_spinner=False)
def _recognition(choice: str) -> Recognition:
    """What reads scans; the engines themselves are looked up once in a process, too."""
    return describe(choice)


def _dismissed(app: Services, press: Press) -> None:
    name = dismiss_failure(app.kitabu.library, press.value)
    if name:
        say(strings.removed_failure(name))


def _ingest(app: Services, paths: Sequence[str]) -> None:
    app.kitabu.library.jobs.enqueue(INGEST, {"paths": list(paths), "sync": False})


def _add(app: Services) -> None:
    generation = st.session_state.setdefault("uploads", 0)
    st.file_uploader(
        strings.ADD_FILES,
        accept_multiple_files=True,
        key=f"upload-{generation}",
        help=strings.ADD_FILES_HELP,
        on_change=partial(_uploaded, app, f"upload-{generation}"),
    )
    reading(recognition_html(_recognition(app.kitabu.settings.ocr)), key="recognition")
    show_folders(app)


def _uploaded(app: Services, key: str) -> None:
    # Streamlit calls again for the same files when the run that the first call belongs to is cut short by another.
    taken: set[str] = st.session_state.setdefault("taken-in", set())
    files = [file for file in st.session_state[key] or [] if file.file_id not in taken]
    taken.update(file.file_id for file in files)
    if files:
        guarded(_take_in)(app, files)


def _take_in(app: Services, files: Sequence[UploadedFile]) -> None:
    _ingest(app, [str(save_upload(app.kitabu.settings.data, file.name, file.getvalue())) for file in files])
    say(strings.taken_in(len(files)))
    # Another key empties the uploader: what it listed is now in the queue above the table.
    st.session_state["uploads"] += 1


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
    html = table_html(found[:shown], _notes(app, documents, found[:shown]), open_id=where.document_id if where else "")
    reading(html, key="documents", on_press=_opened)
    if len(found) > shown:
        st.button(strings.SHOW_MORE, key="more", on_click=_more)


def _notes(app: Services, documents: Sequence[Document], shown: Sequence[Document]) -> dict[str, list[str]]:
    states = app.kitabu.library.catalog.states([document.id for document in shown])
    names = {document.id: document.name for document in documents}
    today = date.today().isoformat()
    return {document.id: notes(document, states.get(document.id), names, today) for document in shown}


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
    state = catalog.states([document.id]).get(document.id)
    names = {other.id: other.name for other in catalog.documents()}
    versions = facts(document, state, names, date.today().isoformat())
    card = card_html(document, places, now=time.time(), versions=versions, edit=True)
    show_panel(app, where, (), above=card, below=partial(_delete_button, document), on_act=_card_pressed)
    if dialog_open(DELETE, document.id):
        st.dialog(strings.DELETE_TITLE, on_dismiss=close_dialog)(_confirm)(app, document)
    else:
        show_edit(app, document, state.others if state else ())


def _card_pressed(press: Press) -> None:
    if press.act == "edit":
        ask_for_edit(press.value)


def _delete_button(document: Document) -> None:
    dialog_button(strings.DELETE, ":material/delete:", "delete", DELETE, document.id)


def _confirm(app: Services, document: Document) -> None:
    reading(f"<p dir='auto'><strong>{text(document.title or document.name)}</strong></p>", key="delete-name")
    st.caption(strings.DELETE_TEXT)
    with st.container(horizontal=True):
        if st.button(
            strings.DELETE_YES, type="primary", key="delete-yes", on_click=guarded(partial(_delete, app, document))
        ):
            st.rerun()
        if st.button(strings.DELETE_NO, key="delete-no", on_click=close_dialog):
            st.rerun()


def _delete(app: Services, document: Document) -> None:
    close_dialog()
    delete(app, document.id)
    addresses.close_place()


try:
    show(services.get())
except Exception as error:  # noqa: BLE001  the page's boundary: one calm box, the details in the log
    show_error(error, key="page-error", log=services.log_path())
