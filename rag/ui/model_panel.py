"""The card of a model with what can be done with it: use, test, load, remove."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from rag.build import AUTO
from rag.core.errors import KitabuError
from rag.core.trials import ModelTrial
from rag.models.card import About
from rag.models.chat import load_chat_model
from rag.models.ollama import LocalModel, ServerStatus
from rag.models.pulling import load, remove, unload
from rag.models.trial import WINDOW, run_trial
from rag.ui import strings
from rag.ui.conversation_model import OPEN, choose_model, chosen_model
from rag.ui.dialogs import close_dialog, dialog_button, dialog_open
from rag.ui.markup import text
from rag.ui.model_work import ModelTask
from rag.ui.models_view import card_html
from rag.ui.services import Services
from rag.ui.strings import models as words
from rag.ui.widgets import guarded, reading, say, show_error

REFRESH: Final = 0.7
"""Seconds between two looks at what is being done."""
PARAMETER: Final = "model"
"""In the address: the model whose card is open."""
_REMOVE: Final = "remove-model"
"""The dialog that asks back before a model is removed."""


def show_card(app: Services, status: ServerStatus, model: LocalModel, trial: ModelTrial | None) -> None:
    """The card of a model and its buttons."""
    about = app.server.card(model)
    measured = words.measured(trial, strings.moment(trial.at, time.time())) if trial else ""
    if isinstance(about, About):
        reading(card_html(about, status.running(model.name), measured), key="card", classes="part")
    elif isinstance(about, KitabuError):
        show_error(about, key="card-failed", log=app.log_path)
    else:
        reading(f"<h3>{text(model.name)}</h3><p class='muted'>{text(words.CARD_COMING)}</p>", key="card-coming")
    with st.container(key="model-use", horizontal=True, gap="small"):
        _use_buttons(app, model)
    task = app.model_tasks.current()
    busy = task is not None and not task.done
    with st.container(key="model-acts", horizontal=True, gap="small"):
        _button(words.TEST, "speed", "test", busy, partial(_test, app, model), words.TEST_HELP)
        if status.running(model.name):
            _button(words.COOL_DOWN, "eject", "unload", busy, partial(_unload, app, model))
        else:
            _button(words.WARM_UP, "bolt", "load", busy, partial(_load, app, model), words.WARM_UP_HELP)
        dialog_button(words.REMOVE, ":material/delete:", "remove-model", _REMOVE, model.name, disabled=busy)
        st.button(words.CLOSE, type="tertiary", key="close-card", on_click=close_card)
    if dialog_open(_REMOVE, model.name):
        st.dialog(words.REMOVE_TITLE, on_dismiss=close_dialog)(_confirm)(app, model)


def show_task(app: Services) -> None:
    """What is being done with a model, or why it failed."""
    task = app.model_tasks.current()
    if task is None:
        return
    if not task.done:
        _running(task)
    elif task.error is not None:
        show_error(task.error, key="failed-task", log=app.log_path)
        st.button(words.DISMISS, key="dismiss-task", type="tertiary", on_click=guarded(app.model_tasks.dismiss))


def open_card(name: str) -> None:
    """Put a model into the address."""
    st.query_params[PARAMETER] = name


def close_card() -> None:
    """Take the model out of the address."""
    st.query_params.pop(PARAMETER, None)


def use_for_everybody(app: Services, model: str, said: str) -> None:
    """Choose what answers for everybody, as the setting `model` writes it; "" takes the choice back."""
    app.kitabu.library.models.choose(model)
    app.look_again()
    say(said)


@st.fragment(run_every=REFRESH)
def _running(task: ModelTask) -> None:
    if task.done:
        st.rerun()
    state = words.STOPPING if task.stopping else strings.duration(max(1.0, round(task.seconds)))
    html = (
        f'<div class="stage" role="status"><span class="pulse" aria-hidden="true"></span>'
        f"{text(strings.labelled(words.TASKS[task.kind], task.model))} · {text(state)}</div>"
    )
    reading(html, key="model-task", classes="reading")
    if task.kind == "test" and not task.stopping:
        st.button(strings.STOP, icon=":material/stop_circle:", key="stop-task", on_click=guarded(task.stop))


def _use_buttons(app: Services, model: LocalModel) -> None:
    name, kitabu = f"ollama:{model.name}", app.kitabu
    if kitabu.settings.model != AUTO:
        return
    if kitabu.library.models.chosen() != name:
        use = guarded(partial(use_for_everybody, app, name, words.USED))
        st.button(words.USE, type="primary", icon=":material/groups:", key="use-everybody", on_click=use)
    conversation = st.session_state.get(OPEN, "")
    if kitabu.library.conversations.get(conversation) and chosen_model(app, conversation) != name:
        here = guarded(partial(_use_here, app, conversation, name))
        st.button(words.USE_HERE, icon=":material/forum:", key="use-here", on_click=here)


def _use_here(app: Services, conversation: str, name: str) -> None:
    choose_model(app, conversation, name)
    say(words.USED_HERE)


def _button(label: str, icon: str, key: str, disabled: bool, act: Callable[[], None], help_: str | None = None) -> None:
    st.button(
        label, icon=f":material/{icon}:", key=f"{key}-model", disabled=disabled, on_click=guarded(act), help=help_
    )


def _test(app: Services, model: LocalModel) -> None:
    kitabu = app.kitabu

    def work(go_on: Callable[[], bool]) -> None:
        trial = run_trial(kitabu.server, load_chat_model(f"ollama:{model.name}", kitabu.settings), model.digest, go_on)
        if trial is not None:
            kitabu.library.models.keep(trial)
        app.look_again()

    app.model_tasks.start(ModelTask("test", model.name, work))


def _load(app: Services, model: LocalModel) -> None:
    def work(_: Callable[[], bool]) -> None:
        load(app.kitabu.server, model.name, WINDOW)
        app.look_again()

    app.model_tasks.start(ModelTask("load", model.name, work))


def _unload(app: Services, model: LocalModel) -> None:
    def work(_: Callable[[], bool]) -> None:
        unload(app.kitabu.server, model.name)
        app.look_again()

    app.model_tasks.start(ModelTask("unload", model.name, work))


def _confirm(app: Services, model: LocalModel) -> None:
    reading(f"<p><strong>{text(model.name)}</strong>, {text(strings.size(model.size))}</p>", key="remove-name")
    st.caption(words.REMOVE_TEXT)
    if app.kitabu.library.models.chosen() == f"ollama:{model.name}":
        st.caption(words.REMOVE_ANSWERS)
    with st.container(horizontal=True):
        take = guarded(partial(_remove, app, model))
        if st.button(words.REMOVE_YES, type="primary", key="remove-yes", on_click=take):
            st.rerun()
        if st.button(words.REMOVE_NO, key="remove-no", on_click=close_dialog):
            st.rerun()


def _remove(app: Services, model: LocalModel) -> None:
    close_dialog()
    kitabu = app.kitabu

    def work(_: Callable[[], bool]) -> None:
        remove(kitabu.server, model.name)
        if kitabu.library.models.chosen() == f"ollama:{model.name}":
            kitabu.library.models.choose("")
        app.look_again()

    if app.model_tasks.start(ModelTask("remove", model.name, work)):
        close_card()
