"""Which conversations somebody may look at again, and giving one another title."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from rag.store.conversations import Conversation
from rag.ui import strings
from rag.ui.dialogs import close_dialog, dialog_button, dialog_open
from rag.ui.services import Services
from rag.ui.widgets import guarded

LISTED: Final = 30
"""Earlier conversations in the side list."""
MINE: Final = "conversations"
"""Key in the session's state: the conversations begun in this tab."""
LONGEST: Final = 200
"""Characters of a title."""
_RENAME: Final = "rename"


def earlier(app: Services) -> list[Conversation]:
    """All conversations on a computer of one's own; where others look in too, those begun in this tab."""
    store = app.kitabu.library.conversations
    if app.private:
        return store.recent(LISTED)
    found = [store.get(one) for one in st.session_state.get(MINE, [])[:LISTED]]
    return [one for one in found if one is not None]


def rename_button(app: Services, conversation: Conversation) -> None:
    """A button that opens the form with the title."""
    dialog_button(strings.RENAME_CONVERSATION, ":material/edit:", "rename", _RENAME, conversation.id)
    if dialog_open(_RENAME, conversation.id):
        st.dialog(strings.RENAME_CONVERSATION, on_dismiss=close_dialog)(_form)(app, conversation)


def _form(app: Services, conversation: Conversation) -> None:
    st.text_input(strings.CONVERSATION_TITLE, conversation.title[:LONGEST], max_chars=LONGEST, key="conversation-title")
    with st.container(horizontal=True):
        rename = guarded(partial(_rename, app, conversation.id))
        if st.button(strings.RENAME_YES, type="primary", key="rename-yes", on_click=rename):
            st.rerun()
        if st.button(strings.CANCEL, key="rename-no", on_click=close_dialog):
            st.rerun()


def _rename(app: Services, conversation_id: str) -> None:
    close_dialog()
    title = " ".join((st.session_state["conversation-title"] or "").split())
    if title:
        app.kitabu.library.conversations.rename(conversation_id, title)
