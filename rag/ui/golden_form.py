"""The form in which a person writes or corrects a golden question and says what its right answer is."""

from __future__ import annotations

from typing import Final

import streamlit as st

from rag.core.errors import InvalidQuestion, KitabuError
from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.question import clean_question
from rag.core.text import detect_language
from rag.evaluation.kept import new_id
from rag.ui import strings
from rag.ui.services import Services
from rag.ui.widgets import calm_html, reading, say

NEW: Final = ""
"""In place of an id: a question that is not there yet."""
_EDITED: Final = "golden-edited"
"""Key in the session's state: id of the question whose form is open. It stays open when the page is drawn anew."""


def ask_for_question(question_id: str) -> None:
    """Have the form opened in the next run."""
    st.session_state[_EDITED] = question_id


def _close() -> None:
    st.session_state.pop(_EDITED, None)


def show_question_form(app: Services) -> None:
    """The form, if it was asked for."""
    question_id = st.session_state.get(_EDITED)
    if question_id is None:
        return
    kept = app.kitabu.library.golden.get(question_id) if question_id != NEW else None
    if kept is None and question_id != NEW:
        # Deleted meanwhile, in another tab or with its document.
        _close()
        return
    st.dialog(strings.QUESTION_TITLE, on_dismiss=_close)(_form)(app, kept)


def _form(app: Services, kept: KeptQuestion | None) -> None:
    golden = kept.golden if kept else GoldenQuestion(new_id(), "", (), True, None, (), "und", (), "test")
    names = sorted({document.name for document in app.kitabu.library.catalog.documents()})
    if golden.document and golden.document not in names:
        names.insert(0, golden.document)
    if kept is None or kept.draft:
        st.caption(strings.SAY_WHAT_IS_RIGHT)
    with st.form("golden", border=False):
        question = st.text_area(strings.QUESTION, golden.question, height=80, key="golden-question") or ""
        answerable = st.checkbox(strings.IS_ANSWERABLE, golden.answerable, key="golden-answerable")
        answers = st.text_area(
            strings.EXPECTED, "\n".join(golden.answers), height=80, key="golden-answers", help=strings.EXPECTED_HELP
        )
        document = st.selectbox(
            strings.ANSWERED_BY,
            names,
            index=names.index(golden.document) if golden.document else None,
            placeholder=strings.NO_DOCUMENT_ANSWERS,
            key="golden-document",
        )
        pages = st.text_input(
            strings.ON_PAGES, ", ".join(map(str, golden.pages)), key="golden-pages", help=strings.ON_PAGES_HELP
        )
        with st.container(horizontal=True):
            saved = st.form_submit_button(strings.SAVE_QUESTION, type="primary", key="golden-save")
            deleted = kept is not None and st.form_submit_button(strings.DELETE_QUESTION, key="golden-delete")
            cancelled = st.form_submit_button(strings.CANCEL, key="golden-cancel")
    if saved:
        try:
            _save(app, kept, golden, question, (answers or "", document, pages or "") if answerable else None)
        except KitabuError as error:
            reading(calm_html(error.message, error.hint), key="golden-failed")
            return
    if deleted:
        app.kitabu.library.golden.delete([golden.id])
        say(strings.QUESTION_DELETED)
    if saved or deleted or cancelled:
        _close()
        st.rerun()


def _save(
    app: Services, kept: KeptQuestion | None, golden: GoldenQuestion, question: str,
    expected: tuple[str, str | None, str] | None,
) -> None:  # fmt: skip
    """Keep what the form says, as an accepted question.

    Args:
        kept: as it is in the catalog; None for a new one.
        golden: what the form was filled with.
        question: as it is asked now.
        expected: right answers by line, document and pages as they are written; None when nothing answers.

    Raises:
        InvalidQuestion: it cannot be asked, or the right answer is missing.
    """
    asked = clean_question(question)
    answers, document, pages = expected or ("", None, "")
    right = tuple(line.strip() for line in answers.splitlines() if line.strip())
    if expected is not None and not right and not document:
        raise InvalidQuestion(f"{strings.WHAT_IS_RIGHT}.", strings.WHAT_IS_RIGHT_HINT)
    changed = GoldenQuestion(
        id=golden.id,
        question=asked,
        answers=right,
        answerable=expected is not None,
        document=document,
        pages=parse_pages(pages) if document else (),
        language=golden.language if asked == golden.question else detect_language(asked),
        history=golden.history,
        split=golden.split,
    )
    app.kitabu.library.golden.put(KeptQuestion(changed, source=kept.source if kept else Source.PERSON))
    say(strings.QUESTION_SAVED)


def parse_pages(written: str) -> tuple[int, ...]:
    """Page numbers as people write them: "5, 6".

    Raises:
        InvalidQuestion: they are something else.
    """
    parts = [part.strip() for part in written.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 1_000_000 for part in parts):
        raise InvalidQuestion(f"{strings.BAD_PAGES}.", strings.ON_PAGES_HELP)
    return tuple(dict.fromkeys(map(int, parts)))
