"""The page of quality: questions whose right answers are known, and how well they are answered."""

from __future__ import annotations

from typing import Final

import streamlit as st

from rag.store.conversations import StoredTurn
from rag.ui import services, strings
from rag.ui.bar import show_bar
from rag.ui.earlier import MINE
from rag.ui.golden_form import show_question_form
from rag.ui.quality_questions import PART, TO_LOOK_AT, distinct, open_part, show_questions, show_waiting
from rag.ui.quality_result import show_result
from rag.ui.quality_runs import show_runs
from rag.ui.services import Services
from rag.ui.widgets import habits, show_error, show_failed, show_said

WAITING: Final = 20
"""Turns that were not helpful, listed at most."""
RESULT: Final = "result"
QUESTIONS: Final = "questions"
RUNS: Final = "runs"


def show(app: Services) -> None:
    """Draw the page."""
    show_bar(app, "quality")
    st.header(strings.QUALITY, anchor=False)
    show_failed(key="failed-press", log=app.log_path)
    show_said()
    everything = app.kitabu.library.golden.all()
    accepted = [kept for kept in everything if not kept.draft]
    drafts = [kept for kept in everything if kept.draft]
    turns = _unhelpful(app)
    names = {
        RESULT: strings.RESULT,
        QUESTIONS: strings.kept_questions(len(accepted)),
        TO_LOOK_AT: strings.waiting_for_a_look(len(drafts) + len(distinct(turns))),
        RUNS: strings.RUNS,
    }
    part = st.query_params.get(PART, RESULT)
    st.session_state[PART] = part if part in names else RESULT
    st.segmented_control(
        strings.PART,
        list(names),
        required=True,
        format_func=lambda one: names[one],
        key=PART,
        label_visibility="collapsed",
        on_change=lambda: open_part(st.session_state[PART]),
    )
    if part == QUESTIONS:
        show_questions(app, accepted, everything)
    elif part == TO_LOOK_AT:
        show_waiting(app, drafts, turns)
    elif part == RUNS:
        show_runs(app, everything)
    else:
        show_result(app, [kept.golden for kept in accepted])
    show_question_form(app)
    habits(last_question="", source_open=False, on_close=lambda: None, on_search=_go_to_library)
    if st.session_state.pop("to-library", False):
        st.switch_page("rag/ui/pages/library.py")


def _unhelpful(app: Services) -> list[StoredTurn]:
    """Of all conversations on a computer of one's own; where others look in too, of those begun in this tab."""
    store = app.kitabu.library.conversations
    if app.private:
        return store.unhelpful(WAITING)
    mine = {turn.id for one in st.session_state.get(MINE, []) for turn in store.turns(one)}
    return [turn for turn in store.unhelpful(WAITING) if turn.id in mine]


def _go_to_library() -> None:
    st.session_state["to-library"] = True


try:
    show(services.get())
except Exception as error:  # noqa: BLE001  the page's boundary: one calm box, the details in the log
    show_error(error, key="page-error", log=services.log_path())
