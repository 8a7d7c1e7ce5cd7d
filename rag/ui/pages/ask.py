"""The page where people ask: a conversation, its answers, and the sources beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import streamlit as st

from ingest.readers import formats
from rag.core.dialogue import PLAIN, Telling
from rag.core.errors import DocumentNotFound, KitabuError
from rag.core.events import Event
from rag.core.filters import Filter
from rag.core.types import Answer, Turn
from rag.store.conversations import StoredTurn
from rag.ui import addresses, services, strings
from rag.ui.answer_view import (
    Labels,
    Source,
    answer_html,
    question_html,
    retellings_html,
    running_html,
    sources,
    stopped_html,
    telling_of,
)
from rag.ui.bar import holdings, show_bar
from rag.ui.conversation_model import OPEN, choose_model, chosen_model
from rag.ui.dialogs import close_dialog, dialog_button, dialog_open
from rag.ui.earlier import MINE, earlier, rename_button
from rag.ui.jobs import AnswerJob, Progress
from rag.ui.kept_to import described, keep_to, kept_to, show_choice
from rag.ui.markup import text
from rag.ui.panel import show_panel
from rag.ui.services import Services
from rag.ui.widgets import Press, calm_html, guarded, habits, plain_label, reading, show_error, show_failed

REFRESH = 0.3
"""Seconds between two looks at an answer in the making."""
DELETE = "delete-conversation"
"""The dialog that asks back before a conversation is deleted."""


def show(app: Services) -> None:
    """Draw the page."""
    conversation = addresses.conversation()
    # The job's progress first: one that ends in between has its answer in the turns.
    job = app.answers.of(conversation) if conversation else None
    progress = job.progress() if job is not None else None
    turns = _turns(app, conversation)
    _sidebar(app, conversation)
    st.session_state[OPEN] = conversation
    show_bar(
        app,
        "ask",
        partial(show_choice, app, kept_to(turns, conversation), conversation),
        model=chosen_model(app, conversation),
        on_everybody=guarded(partial(choose_model, app, conversation, "")),
    )
    show_failed(key="failed-press", log=app.log_path)
    if conversation and not turns:
        reading(calm_html(strings.NO_CONVERSATION, strings.NO_CONVERSATION_HINT), key="unknown", classes="reading")
    if not turns:
        _welcome(app)
    spoken = _spoken(turns)
    for turn in turns:
        if job is not None and progress is not None and turn.id == job.turn:
            _job(app, job, progress, turn, spoken)
        else:
            _turn(app, turn, spoken)
    busy = progress is not None and not progress.done
    st.chat_input(
        strings.ASK_PLACEHOLDER, key="question", on_submit=guarded(partial(_asked, app)), max_chars=4000, disabled=busy
    )
    where = addresses.place()
    if where is not None:
        show_panel(app, where, _sources_with(turns, where.document_id, where.page))
    last = turns[-1].question if turns else ""
    habits(
        last_question=last,
        source_open=where is not None,
        busy=busy,
        on_close=addresses.close_place,
        on_search=_go_to_library,
    )
    if st.session_state.pop("to-library", False):
        st.switch_page("rag/ui/pages/library.py")


def ask(app: Services, question: str) -> None:
    """Put a question to the documents, in the open conversation or a new one.

    Raises:
        KitabuError: the last answer is still in the making (seen from another tab), or the question cannot be kept.
    """
    if not question.strip():
        return
    store = app.kitabu.library.conversations
    conversation = addresses.conversation()
    if app.answers.running(conversation):
        raise KitabuError(f"{strings.STILL_ANSWERING}.", strings.still_answering(question))
    turns = _turns(app, conversation)
    within = kept_to(turns, conversation)
    if not turns:
        conversation = store.create(question).id
        keep_to(within, conversation)
        st.session_state.setdefault(MINE, []).insert(0, conversation)
    model = chosen_model(app, conversation) or None
    events = partial(app.kitabu.engine.ask, question, history=_history(turns), model=model, within=within)
    _begin(app, conversation, question, events, PLAIN, within)


def retell(app: Services, answer: Answer, telling: Telling) -> None:
    """Have an answer of the open conversation told again, in other words or another language.

    Raises:
        KitabuError: another answer is in the making, or the turn cannot be kept.
    """
    conversation = addresses.conversation()
    if app.answers.running(conversation):
        raise KitabuError(f"{strings.STILL_ANSWERING}.", strings.still_answering(answer.question))
    model = chosen_model(app, conversation) or None
    events = partial(app.kitabu.engine.retell, answer, telling, model=model)
    _begin(app, conversation, answer.question, events, telling, answer.within)


def _begin(
    app: Services,
    conversation: str,
    question: str,
    events: Callable[[], Iterator[Event]],
    telling: Telling,
    within: Filter,
) -> None:
    store = app.kitabu.library.conversations
    turn = store.add_turn(conversation, question)
    save, save_words = partial(store.save_answer, turn), partial(store.save_partial, turn)
    app.answers.start(conversation, AnswerJob(turn, question, events, save, save_words, telling, within))
    addresses.open_conversation(conversation)


def _history(turns: Sequence[StoredTurn]) -> list[Turn]:
    """What a follow-up question is understood from: what was asked and answered, retellings not counted."""
    return [
        Turn(turn.question, turn.text, asked_back=turn.answer is not None and turn.answer.clarification is not None)
        for turn in turns
        if turn.text and (turn.answer is None or turn.answer.telling.plain)
    ]


def _asked(app: Services) -> None:
    ask(app, st.session_state.question or "")


def _go_to_library() -> None:
    st.session_state["to-library"] = True


def _turns(app: Services, conversation: str) -> list[StoredTurn]:
    return app.kitabu.library.conversations.turns(conversation) if conversation else []


def _sidebar(app: Services, conversation: str) -> None:
    with st.sidebar, st.container(key="earlier", gap="xxsmall"):
        st.button(
            strings.NEW_CONVERSATION,
            icon=":material/add:",
            width="stretch",
            on_click=addresses.open_conversation,
            args=("",),
            key="new",
        )
        st.caption(strings.EARLIER)
        kept = earlier(app)
        if not kept:
            st.caption(strings.NO_EARLIER)
        for one in kept:
            st.button(
                plain_label(one.title),
                key=f"conversation-{one.id}",
                type="secondary" if one.id == conversation else "tertiary",
                width="stretch",
                on_click=addresses.open_conversation,
                args=(one.id,),
            )
        opened = next((one for one in kept if one.id == conversation), None)
        if opened is not None:
            st.divider()
            rename_button(app, opened)
            dialog_button(strings.DELETE_CONVERSATION, ":material/delete:", "delete", DELETE, conversation)
            if dialog_open(DELETE, conversation):
                title = strings.DELETE_CONVERSATION_TITLE
                st.dialog(title, on_dismiss=close_dialog)(_confirm)(app, conversation)


def _confirm(app: Services, conversation: str) -> None:
    st.caption(strings.DELETE_CONVERSATION_TEXT)
    with st.container(horizontal=True):
        delete = guarded(partial(_delete, app, conversation))
        if st.button(strings.DELETE_YES, type="primary", key="delete-yes", on_click=delete):
            st.rerun()
        if st.button(strings.DELETE_NO, key="delete-no", on_click=close_dialog):
            st.rerun()


def _delete(app: Services, conversation: str) -> None:
    close_dialog()
    job = app.answers.of(conversation)
    if job is not None:
        job.stop()
    app.kitabu.library.conversations.delete(conversation)
    addresses.open_conversation("")


def _welcome(app: Services) -> None:
    documents = app.kitabu.library.catalog.documents()
    if not documents:
        busy = bool(app.kitabu.library.jobs.recent(1, open_only=True))
        words = strings.LIBRARY_FILLING if busy else strings.EMPTY_LIBRARY_TEXT
        html = f"<h2>{text(strings.EMPTY_LIBRARY)}</h2><p>{text(words)}</p>"
        reading(html, key="welcome", classes="reading")
        if busy:
            _await_first_document(app)
        else:
            st.page_link("rag/ui/pages/library.py", label=strings.GO_TO_LIBRARY, icon=":material/local_library:")
        return
    questions = app.suggestions.of(app.kitabu.library)
    reading(f"<h2>{text(strings.EMPTY_TITLE)}</h2>", key="welcome", classes="reading")
    st.caption(holdings(app))
    if not questions:
        return
    st.caption(strings.CAN_ANSWER)
    with st.container(key="suggestions", gap="small"):
        for index, question in enumerate(questions):
            st.button(
                plain_label(question),
                key=f"suggestion-{index}",
                width="stretch",
                on_click=guarded(ask),
                args=(app, question),
            )


@st.fragment(run_every=2)
def _await_first_document(app: Services) -> None:
    if app.kitabu.library.catalog.documents():
        st.rerun()


def _turn(app: Services, turn: StoredTurn, spoken: str) -> None:
    key = f"turn-{turn.id}"
    if turn.answer is None:
        # The process ended while this answer was in the making.
        reading(stopped_html(turn.question, turn.text), key=key, classes="reading")
        st.button(strings.ASK_AGAIN, key=f"again-{turn.id}", on_click=guarded(ask), args=(app, turn.question))
        return
    helpful = None if turn.feedback is None else turn.feedback.value > 0
    # Without a model nothing can be told again, so it is not offered.
    model = app.model.current(chosen_model(app, addresses.conversation()) or None)
    offered = model is not None and model.name != "none" and not model.problem
    again = retellings_html(turn.answer, spoken, app.kitabu.library.catalog.languages()) if offered else ""
    html = answer_html(
        turn.answer,
        helpful=helpful,
        labels=_labels(app, turn.answer),
        retellings=again,
        searched_in=described(app, turn.answer.within),
    )
    reading(html, key=key, classes="reading", on_press=partial(_pressed, app, turn))


def _spoken(turns: Sequence[StoredTurn]) -> str:
    """The language last chosen in the conversation, "" for none."""
    chosen = [turn.answer.telling.language for turn in turns if turn.answer is not None]
    return next((language for language in reversed(chosen) if language), "")


def _labels(app: Services, answer: Answer) -> Labels:
    cited = {(citation.document_id, citation.page) for citation in answer.quotations}
    read = {(passage.document.id, passage.page) for passage in answer.passages}
    labels = {place: _label(app, *place) for place in cited | read}
    return {place: label for place, label in labels.items() if label is not None}


@st.cache_data(max_entries=1000, show_spinner=False)
def _label(_app: Services, document_id: str, page: int) -> str | None:
    """What a page is called: "p. 14", "slide 3", a sheet by its name; "" in documents that have no pages."""
    catalog = _app.kitabu.library.catalog
    try:
        label, document = catalog.page(document_id, page).label, catalog.document(document_id)
    except DocumentNotFound:
        return None
    paged = document.pages > 1 or document.media_type == formats.PDF
    return strings.page(page, label, document.media_type) if label or paged else ""


def _pressed(app: Services, turn: StoredTurn, press: Press) -> None:
    if press.act == "open":
        addresses.open_place(addresses.from_button(press.value))
    elif press.act == "ask":
        ask(app, press.value)
    elif press.act == "retell" and turn.answer is not None:
        retell(app, turn.answer, telling_of(press.value))
    elif press.act == "feedback":
        value = 1 if press.value == "yes" else -1
        given = turn.feedback.value if turn.feedback else 0
        app.kitabu.library.conversations.set_feedback(turn.id, 0 if given == value else value)


def _job(app: Services, job: AnswerJob, progress: Progress, turn: StoredTurn, spoken: str) -> None:
    if not progress.done:
        _running(job)
    elif progress.error is None:
        _turn(app, turn, spoken)
    else:
        reading(question_html(progress.question, job.telling), key=f"turn-{turn.id}", classes="reading")
        show_error(progress.error, key="failed-answer", log=app.log_path)


@st.fragment(run_every=REFRESH)
def _running(job: AnswerJob) -> None:
    progress = job.progress()
    if progress.done:
        st.rerun()
    html = running_html(
        progress.question, progress.stage, progress.words, progress.notices, progress.sentences, job.telling
    )
    reading(html, key="running", classes="reading")
    st.button(strings.STOP, icon=":material/stop_circle:", key="stop", on_click=guarded(job.stop))


def _sources_with(turns: Sequence[StoredTurn], document_id: str, page: int) -> tuple[Source, ...]:
    """The sources of the newest answer that cites this page."""
    answers: list[Answer] = [turn.answer for turn in reversed(turns) if turn.answer is not None]
    for answer in answers:
        numbered = sources(answer)
        if any((one.first.document_id, one.first.page) == (document_id, page) for one in numbered):
            return numbered
    return ()


try:
    show(services.get())
except Exception as error:  # noqa: BLE001  the page's boundary: one calm box, the details in the log
    show_error(error, key="page-error", log=services.log_path())
