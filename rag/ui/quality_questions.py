"""Parts of the quality page: the questions that are asked, and what waits to become one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Final

import streamlit as st

from rag.core.golden import KeptQuestion
from rag.evaluation.datasets import read_kept, to_line
from rag.evaluation.drafts import draft_questions
from rag.evaluation.kept import add_drafts, asks_the_same, from_turn
from rag.evaluation.places import missing_places
from rag.store.conversations import StoredTurn
from rag.ui import strings
from rag.ui.golden_form import NEW, ask_for_question
from rag.ui.golden_view import drafts_html, matching, questions_html, unhelpful_html
from rag.ui.markup import text
from rag.ui.services import Services
from rag.ui.widgets import Press, guarded, reading, say

ROWS: Final = 50
"""Questions and drafts shown at first, and more with each press of "Show more"."""
PER_DOCUMENT: Final = 5
"""Answerable questions drafted from each document at most: a few of many documents tell more than many of one."""
PART: Final = "part"
"""What the address calls the part of the page that is open, and key of the control that chooses it."""
TO_LOOK_AT: Final = "look"
"""The part with what waits to be looked at."""
AT_ONCE: Final = 40
"""Drafts made with one press: what a person looks through in a sitting."""


def open_part(part: str) -> None:
    """Go to a part of the page: the address holds which one is open."""
    st.query_params[PART] = part


def show_questions(app: Services, accepted: Sequence[KeptQuestion], everything: Sequence[KeptQuestion]) -> None:
    """The questions that are asked.

    Args:
        app: the services.
        accepted: what is listed.
        everything: what is saved as a file: drafts, too.
    """
    with st.container(horizontal=True, key="question-acts"):
        _add_button()
        if everything:
            lines = "".join(json.dumps(to_line(kept), ensure_ascii=False) + "\n" for kept in everything)
            st.download_button(
                strings.EXPORT,
                lines.encode("utf-8", "replace"),
                strings.QUESTIONS_FILE,
                "application/x-ndjson",
                key="export",
                icon=":material/download:",
                on_click="ignore",
            )
    if accepted:
        with st.container(key="search"):
            words = st.text_input(
                strings.SEARCH_QUESTIONS,
                key="question-words",
                placeholder=strings.SEARCH_QUESTIONS,
                label_visibility="collapsed",
                icon=":material/search:",
                live=True,
            )
        found = matching(accepted, words or "")
        if found:
            listed = found[: _shown()]
            missing = missing_places((kept.golden for kept in listed), app.kitabu.library.catalog.documents())
            reading(questions_html(listed, missing), key="golden", on_press=pressed_question)
            _more(len(found))
        else:
            reading(f"<p class='muted'>{text(strings.NO_QUESTION_MATCHES)}</p>", key="no-match")
    else:
        html = f"<h2>{text(strings.NO_QUESTIONS)}</h2><p>{text(strings.NO_QUESTIONS_TEXT)}</p>"
        reading(html, key="no-golden", classes="reading")
    _import(app)


def show_waiting(app: Services, drafts: Sequence[KeptQuestion], turns: Sequence[StoredTurn]) -> None:
    """What waits to be looked at: turns that were not helpful, and drafts."""
    show_ways_in(app)
    if not drafts and not turns:
        html = f"<h2>{text(strings.NOTHING_TO_LOOK_AT)}</h2><p>{text(strings.NOTHING_TO_LOOK_AT_TEXT)}</p>"
        reading(html, key="nothing-waits", classes="reading")
    if turns:
        head = f'<h2>{text(strings.UNHELPFUL)}</h2><p class="muted">{text(strings.UNHELPFUL_TEXT)}</p>'
        html = head + unhelpful_html(distinct(turns))
        reading(html, key="unhelpful", classes="reading", on_press=partial(pressed_turn, app, turns))
    if drafts:
        head = f'<h2>{text(strings.DRAFTS)}</h2><p class="muted">{text(strings.DRAFTS_TEXT)}</p>'
        html = head + drafts_html(drafts[: _shown()])
        reading(html, key="drafts", classes="reading", on_press=partial(_pressed_draft, app))
        _more(len(drafts))


def distinct(turns: Sequence[StoredTurn]) -> list[StoredTurn]:
    """Of the turns that ask the same, the first."""
    return [turn for place, turn in enumerate(turns) if not any(asks_the_same(turn, one) for one in turns[:place])]


def show_ways_in(app: Services) -> None:
    """Buttons that bring questions in: drafts from the documents, and one's own."""
    with st.container(horizontal=True, key="draft-acts"):
        st.button(
            strings.DRAFT_QUESTIONS, icon=":material/edit_note:", key="draft", on_click=guarded(partial(_draft, app))
        )
        _add_button()


def _add_button() -> None:
    st.button(strings.ADD_QUESTION, icon=":material/add:", key="add", on_click=ask_for_question, args=(NEW,))


def _shown() -> int:
    return int(st.session_state.setdefault("golden-rows", ROWS))


def _more(found: int) -> None:
    def more() -> None:
        st.session_state["golden-rows"] += ROWS

    if found > _shown():
        st.button(strings.SHOW_MORE, key="more-golden", on_click=more)


def _import(app: Services) -> None:
    generation = st.session_state.setdefault("imports", 0)
    key = f"import-{generation}"
    st.file_uploader(
        strings.IMPORT,
        type=["jsonl"],
        key=key,
        help=strings.IMPORT_HELP,
        on_change=guarded(partial(_imported, app, key)),
    )


def _imported(app: Services, key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    # Another key empties the uploader, whatever comes of the file.
    st.session_state["imports"] += 1
    library = app.kitabu.library
    known = {kept.golden.id: kept for kept in library.golden.all()}
    # Whoever drafts anew gets drafts again of what has been accepted: it stays accepted.
    questions = [
        kept
        for kept in read_kept(file.getvalue(), file.name)
        if not kept.draft or kept.golden.id not in known or known[kept.golden.id].draft
    ]
    library.golden.put_all((kept, ()) for kept in questions)
    replaced = sum(kept.golden.id in known for kept in questions)
    missing = missing_places((kept.golden for kept in questions), library.catalog.documents())
    say(strings.imported(len(questions) - replaced, replaced, len(missing)))


def _draft(app: Services) -> None:
    library = app.kitabu.library
    added = add_drafts(library.golden, draft_questions(library.catalog, PER_DOCUMENT), AT_ONCE)
    say(strings.drafted(added) if added else strings.NOTHING_TO_DRAFT)
    open_part(TO_LOOK_AT)


def pressed_question(press: Press) -> None:
    """Open the form of the question that was pressed."""
    if press.act == "edit":
        ask_for_question(press.value)


def _pressed_draft(app: Services, press: Press) -> None:
    golden = app.kitabu.library.golden
    kept = golden.get(press.value)
    if kept is None:
        return
    if press.act == "edit":
        ask_for_question(press.value)
    elif press.act == "accept":
        golden.put(KeptQuestion(kept.golden, source=kept.source))
        say(strings.ACCEPTED)
    elif press.act == "discard":
        golden.delete([press.value])
        say(strings.DISCARDED)


def pressed_turn(app: Services, turns: Sequence[StoredTurn], press: Press) -> None:
    """Make a question of a turn, or leave it; the others of `turns` that ask the same are looked at with it."""
    conversations = app.kitabu.library.conversations
    turn = conversations.turn(press.value)
    if turn is None or press.act not in ("take", "leave"):
        return
    if press.act == "take":
        kept = from_turn(turn)
        app.kitabu.library.golden.put(kept)
        ask_for_question(kept.golden.id)
    for one in (turn, *(other for other in turns if asks_the_same(turn, other))):
        conversations.set_handled(one.id)
