"""Work on the library's page: what runs and waits, with its buttons, and what came of what is over."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Final

import streamlit as st

from ingest import worker
from ingest.uploads import remove_untaken
from rag.core.errors import DocumentNotFound
from rag.store.jobs import Job, JobState
from rag.ui import strings
from rag.ui.jobs_view import open_html, recent_html
from rag.ui.markup import button, text
from rag.ui.receipt_view import receipt_html
from rag.ui.services import Services
from rag.ui.widgets import Press, guarded, reading, show_failed

REFRESH: Final = 0.7
"""Seconds between two looks at running work."""
RECENT: Final = 20
"""Finished jobs that are listed."""
OPEN: Final = 20
"""Open jobs that are shown."""
_DRAWN: Final = "library-drawn"
"""Key in the session's state: what the page showed when it was last drawn, or what came before."""
_DRAWING: Final = "library-drawing"
"""Key in the session's state: the whole page is being drawn."""
_DELETED: Final = "deleted-by"
"""Key in the session's state: the job whose receipt is to be shown."""


def begin_drawing(app: Services) -> None:
    """Note what the page is drawn from, before anything of it is drawn: what changes later draws it anew."""
    st.session_state[_DRAWING], st.session_state[_DRAWN] = True, _state(app)


def show_work(app: Services) -> None:
    """Work that is open, the receipt of the last deletion, and what was done lately."""
    _receipt(app)
    _open_work(app)


def show_recent(app: Services) -> None:
    """What was done lately; looked up only once it is unfolded, since reports name every file."""
    unfolded = st.expander(strings.RECENT_WORK, icon=":material/history:", key="recent-work", on_change="rerun")
    if unfolded.open:
        with unfolded:
            over = [job for job in app.kitabu.library.jobs.recent(RECENT + OPEN) if job.state.over]
            reading(recent_html(over[:RECENT], _names(app), now=time.time()), key="recent")


def delete(app: Services, document_id: str) -> None:
    """Have a document deleted; its receipt is shown when that is done."""
    job = app.kitabu.library.jobs.enqueue(worker.DELETE, {"document": document_id})
    st.session_state[_DELETED] = job


def _receipt(app: Services) -> None:
    number = st.session_state.get(_DELETED)
    if number is None:
        return
    try:
        job = app.kitabu.library.jobs.get(number)
    except DocumentNotFound:
        return
    if job.state is not JobState.DONE or not job.result:
        return
    close = button("dismiss", str(number), text(strings.DISMISS), classes="quiet")
    head = f'<h3 dir="auto">{text(strings.deleted(str(job.result.get("name", ""))))}</h3>'
    html = f'<div class="receipt" role="status" data-show>{head}{receipt_html(job.result)}{close}</div>'
    reading(html, key="receipt", on_press=_dismissed)


def _dismissed(press: Press) -> None:
    if press.act == "dismiss":
        st.session_state.pop(_DELETED, None)


@st.fragment(run_every=REFRESH)
def _open_work(app: Services) -> None:
    """The page is drawn anew when the library has changed since it was drawn last."""
    if not st.session_state.pop(_DRAWING, False) and st.session_state[_DRAWN] != _state(app):
        st.rerun()
    library = app.kitabu.library
    jobs = library.jobs.recent(OPEN, open_only=True)
    show_failed(key="failed-work-press", log=app.log_path)
    if library.jobs.queue_paused():
        _all_paused(app)
    names = _names(app) if jobs else {}
    for job in reversed(jobs):
        _job(app, job, names)


def _state(app: Services) -> tuple[object, ...]:
    """What the rest of the page depends on."""
    library = app.kitabu.library
    return library.catalog.revision(), bool(library.jobs.recent(1, open_only=True)), app.owner


def _all_paused(app: Services) -> None:
    with st.container(key="all-paused", horizontal=True, vertical_alignment="center"):
        said = f"<strong>{text(strings.ALL_PAUSED)}</strong>. {text(strings.ALL_PAUSED_HINT)}"
        reading(f'<p class="notice" role="status">{said}</p>', key="all-paused-words")
        st.button(
            strings.GO_ON,
            icon=":material/play_circle:",
            key="go-on-all",
            on_click=guarded(app.kitabu.library.jobs.resume_queue),
        )


def _job(app: Services, job: Job, names: Mapping[str, str]) -> None:
    queue = app.kitabu.library.jobs
    stopping = queue.cancelled(job.id)
    with st.container(key=f"job-{job.id}", horizontal=True, vertical_alignment="center", gap="small"):
        reading(open_html(job, names, stopping=stopping), key=f"work-{job.id}")
        if stopping or job.kind not in worker.PAUSABLE:
            return
        paused = job.state is JobState.PAUSED
        with st.container(horizontal=True, gap="small", width="content"):
            st.button(
                strings.GO_ON if paused else strings.PAUSE,
                icon=":material/play_circle:" if paused else ":material/pause_circle:",
                key=f"pause-{job.id}",
                on_click=guarded(partial(queue.resume if paused else queue.pause, job.id)),
            )
            st.button(
                strings.STOP,
                icon=":material/stop_circle:",
                key=f"stop-{job.id}",
                on_click=guarded(partial(_stop, app, job.id)),
            )


def _stop(app: Services, number: int) -> None:
    library = app.kitabu.library
    library.jobs.cancel(number)
    job = library.jobs.get(number)
    # Of one that runs, its worker removes them when it has left it.
    if job.state is JobState.CANCELLED:
        remove_untaken(library.data, library.catalog, job)


def _names(app: Services) -> dict[str, str]:
    return {document.id: document.name for document in app.kitabu.library.catalog.documents()}
