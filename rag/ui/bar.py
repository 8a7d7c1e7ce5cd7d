"""The line above a page: what the library holds, and who answers."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from rag.ui import strings
from rag.ui.services import Services


def show_bar(
    services: Services,
    page: str,
    aside: Callable[[], None] | None = None,
    *,
    model: str = "",
    on_everybody: Callable[[], None] | None = None,
) -> None:
    """What the library holds on one side, the answering model on the other.

    Args:
        services: the services.
        page: the page's name.
        aside: shows something else in place of what the library holds.
        model: the one that answers in the open conversation; "" for the one that answers everywhere.
        on_everybody: takes that back.
    """
    with st.container(
        key=f"bar-{page}", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"
    ):
        if aside is None:
            st.caption(holdings(services))
        else:
            aside()
        _model(services, page, model, on_everybody)


def holdings(services: Services) -> str:
    """What the library holds, in one line."""
    catalog = services.kitabu.library.catalog
    documents = catalog.documents()
    if not documents:
        return strings.EMPTY_LIBRARY
    languages = [strings.language(code) for code in catalog.languages() if code != "und"]
    shown = languages[:3] + ([strings.more_languages(len(languages) - 3)] if len(languages) > 3 else [])
    changed = strings.date(max(document.added_at for document in documents), time.time())
    return strings.library_holds(len(documents), shown, changed)


@st.fragment(run_every=5)
def _model(services: Services, page: str, own: str, on_everybody: Callable[[], None] | None) -> None:
    model = services.model.current(own or None)
    if model is None:
        st.caption(strings.MODEL_CHECKING)
        return
    # A model that cannot be reached answers nothing, whatever the settings say.
    quoting = model.name == "none" or bool(model.problem)
    label = strings.ANSWERING_BY_QUOTING if quoting else strings.answering(model.name, model.where)
    with st.popover(label, type="tertiary", width="content"):
        title = strings.MODEL_QUOTING_TITLE if quoting else model.name
        st.text(title)
        st.caption(strings.MODEL_QUOTING_TEXT if quoting else strings.model_place(model.where))
        if model.problem:
            st.text(model.problem)
        if model.remedy:
            st.caption(strings.MODEL_REMEDY)
            st.code(model.remedy, language=None, wrap_lines=True)
        if own:
            st.caption(strings.MODEL_OF_CONVERSATION)
            st.button(strings.MODEL_OF_EVERYBODY, key="model-of-everybody", on_click=on_everybody)
        if page != "models":
            st.page_link("rag/ui/pages/models.py", label=strings.MODELS, icon=":material/memory:")
