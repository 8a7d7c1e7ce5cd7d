"""The few widgets of our own: reading matter with real buttons in it, the keyboard's habits, calm boxes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Final, NamedTuple, ParamSpec

import streamlit as st

from rag.core.errors import KitabuError
from rag.ui import strings
from rag.ui.markup import text
from rag.ui.strings.translation import current, writing
from rag.ui.theme import asset

P = ParamSpec("P")
LASTING: Final = 8.0
"""Seconds for which what came of a press is shown, however often the page is drawn anew meanwhile."""
_FAILED: Final = "failed-press"
"""Key in the session's state: the error of the last press."""
_SAID: Final = "said"
"""Key in the session's state: what the last press did, and until when that is shown."""


class Press(NamedTuple):
    """A button of ours that was pressed."""

    act: str
    value: str


@dataclass
class _Failed:
    """A press that failed."""

    error: Exception
    until: float
    shown_by: str = ""
    """Key of the element that showed it first."""


@cache
def _reading() -> Callable[..., Any]:
    return st.components.v2.component(
        "kitabu_reading", html='<div class="root"></div>', css=asset("reading.css"), js=asset("reading.js")
    )


@cache
def _keys() -> Callable[..., Any]:
    return st.components.v2.component("kitabu_keys", html="<span></span>\n<span></span>", js=asset("habits.js"))


def reading(
    html: str, *, key: str, on_press: Callable[[Press], None] | None = None, classes: str = "", follow: bool = False
) -> None:
    """Show reading matter.

    Args:
        html: made by `rag.ui.markup`: whatever came from outside is escaped in it.
        key: of this element, unique on the page.
        on_press: called before the next run with the button that was pressed.
        classes: "reading" for text set in a column.
        follow: scroll the first `<mark>` into view.
    """
    # Two underscores side by side end a component's key for Streamlit, and ids of turns and names of models have them.
    key = key.replace("_", "_-")

    def pressed() -> None:
        value: Mapping[str, str] | None = st.session_state[key].act
        if value and on_press is not None:
            guarded(on_press)(Press(value["act"], value["value"]))

    _reading()(key=key, data={"html": html, "classes": classes, "follow": follow}, on_act_change=pressed)


def say(words: str) -> None:
    """Have `show_said` say what was done, in the run that follows."""
    st.session_state[_SAID] = (words, time.monotonic() + LASTING)


def show_said() -> None:
    """What the last press did; said for some seconds, or until the next press."""
    said, until = st.session_state.get(_SAID, ("", 0.0))
    if said and time.monotonic() < until:
        reading(f'<p class="notice" role="status" dir="auto">{text(said)}</p>', key="notice", classes="reading")


def guarded(callback: Callable[P, object]) -> Callable[P, None]:
    """`callback` for a widget: what it raises is shown by `show_failed` in the run that follows.

    Streamlit calls callbacks before the page's own code, whose boundary would not see their errors.
    """

    @wraps(callback)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        for earlier in (_FAILED, _SAID):
            st.session_state.pop(earlier, None)
        try:
            callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  a boundary as the page's own: one calm box, the details in the log
            st.session_state[_FAILED] = _Failed(error, time.monotonic() + LASTING)

    return call


def show_failed(*, key: str, log: str) -> None:
    """What the last press failed with; said for some seconds or until the next press, where it was said first."""
    failed: _Failed | None = st.session_state.get(_FAILED)
    if failed is None or failed.shown_by not in ("", key) or time.monotonic() > failed.until:
        return
    if failed.shown_by:
        _box(failed.error, key=key, log=log)
    else:
        failed.shown_by = key
        show_error(failed.error, key=key, log=log)


def habits(
    *,
    last_question: str,
    source_open: bool,
    busy: bool = False,
    takes_files: bool = False,
    on_close: Callable[[], None],
    on_search: Callable[[], None],
) -> None:
    """What people's fingers know: `/` to the field, arrow up for the last question, Escape, Ctrl+K, dropping files.

    And a word for the page that its server has left alone, and the page's language and direction of writing.

    Args:
        last_question: what arrow up brings back.
        source_open: Escape closes it.
        busy: the field is closed for now; it gets the keyboard back afterwards.
        takes_files: the page takes in files, also those that were dropped on the page before it.
        on_close: Escape was pressed.
        on_search: Ctrl+K was pressed, or a file dropped, where the page has no place for either.
    """
    with st.container(key="keys"):
        _keys()(
            key="habits",
            data={
                "last": last_question,
                "open": source_open,
                "busy": busy,
                "takes": takes_files,
                "gone": [strings.GONE, strings.GONE_HINT],
                "language": current(),
                "direction": writing().direction,
            },
            on_close_change=on_close,
            on_search_change=on_search,
        )


def plain_label(words: str) -> str:
    """Words for a button's label, which Streamlit reads as Markdown: every sign with a meaning is escaped."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~:$" else sign for sign in words)


def calm_html(message: str, hint: str = "") -> str:
    """What happened, and what to do next."""
    after = f'<p dir="auto">{text(hint)}</p>' if hint else ""
    return f'<div class="calm" role="alert"><p class="message" dir="auto">{text(message)}</p>{after}</div>'


def show_error(error: Exception, *, key: str, log: str) -> None:
    """One calm box for an error: its own words when it is ours, else a plain sentence and where the details are."""
    if not isinstance(error, KitabuError):
        logging.getLogger("kitabu.ui").error("unexpected error in the interface", exc_info=error)
    _box(error, key=key, log=log)


def _box(error: Exception, *, key: str, log: str) -> None:
    said = (error.message, error.hint) if isinstance(error, KitabuError) else (strings.UNEXPECTED, strings.logged(log))
    reading(calm_html(*said), key=key, classes="reading")
