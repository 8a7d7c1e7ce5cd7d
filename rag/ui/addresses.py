"""What the address bar holds: the conversation, and the place in a document that is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from rag.ui.source_view import Place

CONVERSATION: Final = "c"
DOCUMENT: Final = "doc"
PAGE: Final = "page"
MARK: Final = "mark"


def conversation() -> str:
    """The id of the conversation that is open, or ""."""
    return st.query_params.get(CONVERSATION, "")


def open_conversation(conversation_id: str) -> None:
    """Go to a conversation ("" for a new one) and close what lies beside it."""
    close_place()
    if conversation_id:
        st.query_params[CONVERSATION] = conversation_id
    else:
        st.query_params.pop(CONVERSATION, None)


def place() -> Place | None:
    """The place that is open; what does not read as one counts as none."""
    return parse(st.query_params.to_dict())


def parse(parameters: Mapping[str, str]) -> Place | None:
    """The place that an address names."""
    document = parameters.get(DOCUMENT, "")
    if not document:
        return None
    start, _, end = parameters.get(MARK, "").partition("-")
    return Place(document, max(1, _whole(parameters.get(PAGE, "1"))), _whole(start), _whole(end))


def open_place(where: Place) -> None:
    """Put a place into the address."""
    st.query_params[DOCUMENT] = where.document_id
    st.query_params[PAGE] = str(where.page)
    if where.span is None:
        st.query_params.pop(MARK, None)
    else:
        st.query_params[MARK] = f"{where.start}-{where.end}"


def close_place() -> None:
    """Take the place out of the address."""
    for name in (DOCUMENT, PAGE, MARK):
        st.query_params.pop(name, None)


def from_button(value: str) -> Place:
    """The place a chip or a row names: `answer_view.address` writes it."""
    document, page, start, end = [*value.split(":"), "", "", ""][:4]
    return Place(document, max(1, _whole(page)), _whole(start), _whole(end))


def _whole(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
