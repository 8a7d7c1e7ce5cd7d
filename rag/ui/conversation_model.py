"""Which model answers in a conversation of its own choice."""

from __future__ import annotations

from typing import Final

from rag.build import AUTO
from rag.ui.services import Services

OPEN: Final = "open-conversation"
"""Key in the session's state: the conversation that this tab had open last, or ""."""


def chosen_model(app: Services, conversation: str) -> str:
    """The model chosen for a conversation; "" for the one that answers everywhere: the settings may name it."""
    if app.kitabu.settings.model != AUTO:
        return ""
    kept = app.kitabu.library.conversations.get(conversation) if conversation else None
    return kept.model if kept else ""


def choose_model(app: Services, conversation: str, model: str) -> None:
    """Have a model answer in a conversation; "" takes that back."""
    app.kitabu.library.conversations.set_model(conversation, model)
