"""The source beside the text: fetched from the library, drawn by `rag.ui.source_view`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from ingest.ocr.marks import marks_of
from ingest.readers import formats
from ingest.readers.office_pictures import picture_of
from ingest.readers.pdf_view import Mark
from ingest.viewing import PageViewer
from rag.core.errors import DocumentNotFound, KitabuError
from rag.core.types import Document, Page, PageStatus, Span
from rag.ui import addresses, strings
from rag.ui.answer_view import Source as NumberedSource
from rag.ui.answer_view import address
from rag.ui.services import Services
from rag.ui.source_view import Box, Place, printed_html, text_html, toolbar_html
from rag.ui.theme import sheet
from rag.ui.widgets import Press, calm_html, reading

PRINTED: Final = frozenset({formats.PDF, formats.PNG, formats.JPEG, formats.TIFF, formats.WEBP})
"""Kinds whose pages are shown as pictures."""


def show_panel(
    services: Services,
    where: Place,
    sources: Sequence[NumberedSource],
    *,
    above: str = "",
    below: Callable[[], None] | None = None,
    on_act: Callable[[Press], None] | None = None,
) -> None:
    """Draw the panel for the place in the address.

    Args:
        sources: those of the answer the place belongs to, to go from one to the next.
        above: markup between the head and the page (a document's report card).
        below: draws what stands under the page.
        on_act: called with presses of buttons that `above` brings along.
    """
    st.html(sheet("panel.css"))
    with st.container(key="source"):
        html = _panel_html(services, where, sources, above)
        reading(html, key="source-view", on_press=partial(_pressed, where, sources, on_act), follow=True)
        if below is not None:
            below()


def _panel_html(services: Services, where: Place, sources: Sequence[NumberedSource], above: str) -> str:
    catalog = services.kitabu.library.catalog
    try:
        document = catalog.document(where.document_id)
        number = min(where.page, document.pages)
        page = catalog.page(document.id, number)
    except DocumentNotFound:
        return _missing()
    if number != where.page:
        where = where.on(number)
    spans = _spans(where, sources)
    quotes = [page.text[span.start : span.end] for span in spans]
    original = services.original(document)
    drawn = document.media_type in PRINTED or picture_of(document, page)
    picture = f"/api/page/{document.id}/{page.number}.png" if original and drawn else ""
    if picture:
        boxes = _boxes(services, document, str(original), page, spans)
        body = printed_html(document, page, picture, boxes, quotes[0] if quotes else "")
    else:
        note = strings.ORIGINAL_GONE if drawn else ""
        body = text_html(page, catalog.blocks(document.id, (page.number,)), spans, note)
    head = toolbar_html(
        document,
        page,
        source=_position(where, sources),
        marks=len(spans),
        original=f"/api/original/{document.id}" if original else "",
        printed=bool(picture),
    )
    return head + above + body


def _spans(where: Place, sources: Sequence[NumberedSource]) -> list[Span]:
    """The quotation that is asked for, then the others that the answer takes from this page."""
    first = [where.span] if where.span else []
    others = [
        citation.span
        for source in sources
        for citation in source.citations
        if first and citation.document_id == where.document_id and citation.page == where.page
    ]
    return list(dict.fromkeys([*first, *others]))


def _missing() -> str:
    document = Document("", strings.NO_DOCUMENT, "", strings.NO_DOCUMENT, "und", 1, 0, 0, 0.0)
    head = toolbar_html(document, Page(1, ""), source=None, marks=0, original="", printed=False)
    return head + calm_html(strings.NO_DOCUMENT_HINT)


def _position(where: Place, sources: Sequence[NumberedSource]) -> tuple[int, int] | None:
    for source in sources:
        if (source.first.document_id, source.first.page) == (where.document_id, where.page):
            return source.number, len(sources)
    return None


def _boxes(services: Services, document: Document, path: str, page: Page, spans: Sequence[Span]) -> list[Box]:
    """Where the quotations stand on the page's picture; none of one that cannot be found there."""
    boxes: list[Box] = []
    # The file itself holds no words where a page was read by text recognition.
    words = services.kitabu.library.catalog.words(document.id, page.number) if page.status is PageStatus.OCR else None
    for number, span in enumerate(spans):
        if words is not None:
            marks = marks_of(words, span)
        else:
            quote = page.text[span.start : span.end]
            marks = _located(services.viewer, document.id, path, page.number, quote)
        boxes += [Box(x0, top, x1 - x0, bottom - top, number) for x0, top, x1, bottom in marks]
    return boxes


@st.cache_data(max_entries=200, show_spinner=False)
def _located(_viewer: PageViewer, document_id: str, path: str, page: int, quote: str) -> list[Mark]:
    """Where the quotation stands on the printed page; empty when it cannot be found there."""
    del document_id  # only the cache needs it: another version of the file may lie at the same path
    try:
        return _viewer.locate(Path(path), page, quote)
    except KitabuError:
        return []


def _pressed(
    where: Place, sources: Sequence[NumberedSource], on_act: Callable[[Press], None] | None, press: Press
) -> None:
    match press.act:
        case "close":
            addresses.close_place()
        case "page" if press.value.isdigit():
            addresses.open_place(where.on(int(press.value)))
        case "source":
            for source in sources:
                if str(source.number) == press.value:
                    addresses.open_place(addresses.from_button(address(source.first)))
        case "open":
            addresses.open_place(addresses.from_button(press.value))
        case _ if on_act is not None:
            on_act(press)
        case _:
            pass
