"""The page of models: what the model server has, who answers, getting models, and why no server is reached."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from rag.build import AUTO, QUOTING
from rag.core.trials import ModelTrial
from rag.models.ollama import ServerStatus
from rag.ui import services, strings
from rag.ui.advice_view import show_advice
from rag.ui.bar import show_bar
from rag.ui.conversation_model import OPEN, chosen_model
from rag.ui.markup import text
from rag.ui.model_getting import show_getting
from rag.ui.model_panel import PARAMETER, close_card, open_card, show_card, show_task, use_for_everybody
from rag.ui.models_view import table_html, tried_html
from rag.ui.server_look import Seen
from rag.ui.services import Services
from rag.ui.strings import models as words
from rag.ui.widgets import Press, calm_html, guarded, habits, reading, show_error, show_failed, show_said

REFRESH: Final = 1.0
"""Seconds between two looks whether something has changed."""
_DRAWN: Final = "models-drawn"
"""Key in the session's state: what the page showed when it was last drawn, or what came before."""
_DRAWING: Final = "models-drawing"
"""Key in the session's state: the whole page is being drawn."""


def show(app: Services) -> None:
    """Draw the page."""
    st.session_state[_DRAWING], st.session_state[_DRAWN] = True, _state(app)
    show_bar(app, "models")
    st.header(strings.MODELS, anchor=False)
    show_failed(key="failed-press", log=app.log_path)
    show_said()
    seen = app.server.current()
    if seen is None:
        reading(f'<p class="muted" role="status">{text(words.LOOKING)}</p>', key="looking", classes="part")
    elif not seen.status.reachable:
        _unreachable(app, seen)
    else:
        _server(app, seen.status)
    show_advice(app)
    _watch(app)
    habits(
        last_question="",
        source_open=PARAMETER in st.query_params,
        on_close=close_card,
        on_search=_go_to_library,
    )
    if st.session_state.pop("to-library", False):
        st.switch_page("rag/ui/pages/library.py")


@st.fragment(run_every=REFRESH)
def _watch(app: Services) -> None:
    """Draw the page anew when what it shows has changed since; not while it is drawn: what it says once would go."""
    if not st.session_state.pop(_DRAWING, False) and st.session_state[_DRAWN] != _state(app):
        st.rerun()


def _state(app: Services) -> tuple[object, ...]:
    """What the page shows."""
    task = app.model_tasks.current()
    return (
        app.server.current(),
        tuple((getting.model, getting.state) for getting in app.pulls.all()),
        task is None or task.done,
        app.model.current(),
    )


def _unreachable(app: Services, seen: Seen) -> None:
    used = app.model.current()
    other = used is not None and used.name != QUOTING and not used.problem
    said = calm_html(f"{words.NOT_REACHED}. {seen.status.problem}", "" if other else words.MEANWHILE)
    reading(said, key="unreachable", classes="reading")
    if other:
        # A model that needs no server: a GGUF file, or somebody's own.
        _answering(app)
    found = seen.diagnosis
    if found is None:
        reading(f'<p class="muted" role="status">{text(words.FINDING_OUT)}</p>', key="finding-out", classes="part")
        return
    reading(tried_html(found), key="tried", classes="part")
    with st.container(key="steps"):
        for step in found.steps:
            st.text(step.words)
            if step.command:
                st.code(step.command, language=None, wrap_lines=True)
    st.button(words.LOOK_AGAIN, icon=":material/refresh:", key="look-again", on_click=guarded(app.look_again))


def _server(app: Services, status: ServerStatus) -> None:
    line = words.server_line(status.version, status.where(""), status.url)
    reading(f'<p class="muted">{text(line)}</p>', key="server", classes="part")
    _answering(app)
    if status.models:
        _list(app, status)
    else:
        html = f"<h3>{text(words.NO_MODELS)}</h3><p>{text(words.NO_MODELS_TEXT)}</p>"
        reading(html, key="no-models", classes="part")
    show_getting(app)


def _answering(app: Services) -> None:
    """Who answers for everybody, why, and the other ways."""
    kitabu = app.kitabu
    chosen, wanted = kitabu.library.models.chosen(), kitabu.chooser.wanted()
    used = app.model.current()
    if used is None:
        return
    quotes = used.name == QUOTING or bool(used.problem)
    title = words.QUOTES if quotes else words.answering(used.name)
    why = words.CONFIGURED if kitabu.settings.model != AUTO else words.FOR_EVERYBODY if chosen else words.BY_ITSELF
    problem = f'<p class="notice">{text(used.problem)}</p>' if used.problem else ""
    html = f"<h3>{text(title)}</h3>{problem}<p class='muted'>{text(why)}</p>"
    reading(html, key="answering", classes="part")
    if kitabu.settings.model != AUTO:
        return
    with st.container(key="choices", horizontal=True, gap="small"):
        if chosen:
            itself = guarded(partial(use_for_everybody, app, "", words.BY_ITSELF_NOW))
            st.button(words.CHOOSE_BY_ITSELF, icon=":material/restart_alt:", key="choose-itself", on_click=itself)
        if wanted != QUOTING:
            quote = guarded(partial(use_for_everybody, app, QUOTING, words.QUOTED_NOW))
            st.button(words.QUOTE_ONLY, icon=":material/format_quote:", key="quote-only", on_click=quote)


def _list(app: Services, status: ServerStatus) -> None:
    trials = _trials(app, status)
    opened = st.query_params.get(PARAMETER, "")
    model = status.local(opened) if opened else None
    reading(f"<h3>{text(words.THERE)}</h3>", key="list-head", classes="part")
    html = table_html(status, trials, _notes(app), open_name=model.name if model else "")
    reading(html, key="models", on_press=_pressed)
    show_task(app)
    if model is not None:
        show_card(app, status, model, trials.get(model.name))


def _trials(app: Services, status: ServerStatus) -> dict[str, ModelTrial]:
    """What was measured of the models that are there; one that was got anew may be another."""
    kept = app.kitabu.library.models.trials()
    there = {model.name: model.digest for model in status.models}
    return {name: trial for name, trial in kept.items() if there.get(name) == trial.digest}


def _notes(app: Services) -> dict[str, str]:
    """What models are in use for, by name."""
    notes = {}
    here = chosen_model(app, st.session_state.get(OPEN, ""))
    if here:
        notes[here.removeprefix("ollama:")] = words.ANSWERS_HERE
    used = app.model.current()
    if used is not None and not used.problem:
        notes[used.name] = words.ANSWERS
    return notes


def _pressed(press: Press) -> None:
    if press.act == "open":
        open_card(press.value)


def _go_to_library() -> None:
    st.session_state["to-library"] = True


try:
    show(services.get())
except Exception as error:  # noqa: BLE001  the page's boundary: one calm box, the details in the log
    show_error(error, key="page-error", log=services.log_path())
