"""Which dialog a tab has open: it stays open when the page is drawn anew while somebody reads it."""

from __future__ import annotations

from typing import Final

import streamlit as st

_OPEN: Final = "dialog"
"""Key in the session's state: the kind of the dialog, and what it is about."""


def open_dialog(kind: str, about: str) -> None:
    """Have a dialog opened in the next run, in place of any other: Streamlit draws one at a time.

    Args:
        kind: which dialog.
        about: id of what it is about.
    """
    st.session_state[_OPEN] = (kind, about)


def dialog_button(label: str, icon: str, key: str, kind: str, about: str, *, disabled: bool = False) -> None:
    """A quiet button that has a dialog opened, see `open_dialog`."""
    st.button(label, icon=icon, type="tertiary", key=key, disabled=disabled, on_click=open_dialog, args=(kind, about))


def close_dialog() -> None:
    """Have no dialog open any more."""
    st.session_state.pop(_OPEN, None)


def dialog_open(kind: str, about: str) -> bool:
    """Whether this dialog is to be drawn; one about something else, which was left with it open, is closed."""
    opened = st.session_state.get(_OPEN)
    if opened is not None and opened[1] != about:
        close_dialog()
    return bool(opened == (kind, about))
