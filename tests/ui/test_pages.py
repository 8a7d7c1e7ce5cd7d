"""Every page opens, empty and filled, on the real library and engine; unforeseen things end in a calm box."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ingest.uploads import save_upload
from rag.core.config import load_settings
from rag.core.errors import KitabuError
from rag.core.types import Event, Searching
from rag.ui import services, strings
from rag.ui.jobs import AnswerJob
from rag.ui.library_view import failures_html
from rag.ui.services import Services
from rag.ui.taking_in import dismiss_failure, failure_id, follow_folder

ROOT = Path(__file__).resolve().parents[2]
FAQ = "# Lamps\n\n## How long may a lamp be returned?\n\nA lamp may be returned within 14 days of the sale.\n"
WAIT = 120.0


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    for name in [name for name in os.environ if name.startswith("KITABU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)
    opened = services.start(load_settings(data=tmp_path / "data", model="none"))
    services.provide(opened)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield opened
    opened.close()
    st.cache_resource.clear()


def page(name: str = "") -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    return test.switch_page(f"rag/ui/pages/{name}.py").run() if name else test


def shown(test: AppTest) -> str:
    """All markup that the page's reading components hold."""
    return "".join(str(element.proto) for element in test.get("bidi_component"))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def fill(app: Services, folder: Path) -> None:
    folder.mkdir()
    (folder / "lamps.md").write_text(FAQ)
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(folder)], "sync": True})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)


def test_an_empty_library_says_what_to_do(app: Services) -> None:
    ask = page()
    assert not ask.exception
    assert strings.EMPTY_LIBRARY in shown(ask)
    library = page("library")
    assert not library.exception
    assert strings.NO_DOCUMENTS in shown(library)


def test_a_suggested_question_is_asked_with_one_press_and_kept(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    ask = page()
    assert not ask.exception
    button = ask.button(key="suggestion-0")
    assert "How long may a lamp be returned" in button.label
    button.click().run()
    (conversation,) = app.kitabu.library.conversations.recent()
    assert ask.query_params["c"] == conversation.id
    until(lambda: app.kitabu.library.conversations.turns(conversation.id)[0].answer is not None)
    ask.run()
    assert not ask.exception
    assert "within 14 days" in shown(ask)
    assert ask.button(key=f"conversation-{conversation.id}")


def test_the_library_lists_documents_failures_and_folders(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    broken = tmp_path / "documents" / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing more")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(broken)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    library = page("library")
    assert not library.exception
    assert "broken.pdf" in shown(library)
    assert "lamps.md" in shown(library)
    assert library.button(key="try-again")
    assert library.button(key="sync-0")
    library.text_input(key="search-words").set_value("nothing like it").run()
    assert strings.NO_MATCH in shown(library)


def test_addresses_that_lead_nowhere_are_calm(app: Services) -> None:
    ask = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    ask.query_params["c"] = "no-such-conversation"
    ask.query_params["doc"] = "no-such-document"
    ask.run()
    assert not ask.exception
    assert strings.NO_CONVERSATION in shown(ask)
    assert strings.NO_DOCUMENT in shown(ask)


def test_a_folder_that_is_not_there_is_refused_in_words(app: Services, tmp_path: Path) -> None:
    library = page("library")
    library.text_input(key="folder-path").set_value(str(tmp_path / "nowhere"))
    next(button for button in library.button if button.label == strings.FOLDER_ADD).click().run()
    assert strings.NO_SUCH_FOLDER in shown(library)
    assert not app.kitabu.library.jobs.recent()


def test_something_unforeseen_is_a_plain_sentence_without_a_traceback(app: Services) -> None:
    app.kitabu.library.catalog.close()
    ask = page()
    assert not ask.exception
    assert "calm" in shown(ask)
    assert "Traceback" not in shown(ask)


def test_a_press_that_fails_ends_in_a_calm_box(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    ask = page()
    app.kitabu.library.catalog.close()
    ask.button(key="suggestion-0").click().run()
    assert not ask.exception
    assert "calm" in shown(ask)
    assert "Traceback" not in shown(ask)


def test_a_question_that_comes_too_early_is_given_back(app: Services) -> None:
    release = threading.Event()

    def slow() -> Iterator[Event]:
        yield Searching("First?", 1)
        release.wait(WAIT)

    store = app.kitabu.library.conversations
    conversation = store.create("First?")
    turn = store.add_turn(conversation.id, "First?")
    ask = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    ask.query_params["c"] = conversation.id
    ask.run()
    # Another tab asks; this one does not know it yet.
    app.answers.start(
        conversation.id,
        AnswerJob(turn, "First?", slow, partial(store.save_answer, turn), partial(store.save_partial, turn)),
    )
    ask.chat_input(key="question").set_value("And the second?").run()
    assert strings.STILL_ANSWERING in shown(ask)
    assert "And the second?" in shown(ask)
    assert ask.chat_input(key="question").disabled
    release.set()


def test_a_failed_upload_can_be_dismissed(app: Services) -> None:
    path = save_upload(app.kitabu.settings.data, "broken.pdf", b"%PDF-1.7 nothing more")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(path)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    (failure,) = app.kitabu.library.catalog.failures()
    assert f'data-value="{failure_id(failure)}"' in failures_html([failure])
    assert not dismiss_failure(app.kitabu.library, "0" * 64)
    assert path.exists()
    dismiss_failure(app.kitabu.library, failure_id(failure))
    assert not path.exists()
    assert not app.kitabu.library.catalog.failures()


def test_dismissing_leaves_files_outside_kitabus_folder_alone(app: Services, tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.7 nothing more")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(path)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    (failure,) = app.kitabu.library.catalog.failures()
    dismiss_failure(app.kitabu.library, failure_id(failure))
    assert path.exists()
    assert not app.kitabu.library.catalog.failures()


def test_folders_are_followed_only_where_nobody_else_can_ask_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    opened = services.start(load_settings(data=tmp_path / "data", model="none", host="0.0.0.0"))
    services.provide(opened)
    st.cache_resource.clear()
    try:
        library = page("library")
        assert not library.exception
        assert not [button for button in library.button if button.label == strings.FOLDER_ADD]
        assert any(caption.value == strings.FOLDERS_ON_LOOPBACK for caption in library.caption)
        with pytest.raises(KitabuError, match="on this computer alone"):
            follow_folder(opened, str(tmp_path))
        assert not opened.kitabu.library.jobs.recent()
    finally:
        opened.close()
        st.cache_resource.clear()


def test_a_conversation_can_be_deleted(app: Services) -> None:
    conversation = app.kitabu.library.conversations.create("A question?")
    app.kitabu.library.conversations.add_turn(conversation.id, "A question?")
    ask = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    ask.query_params["c"] = conversation.id
    ask.run()
    ask.button(key="delete").click().run()
    ask.button(key="delete-yes").click().run()
    assert not ask.exception
    assert app.kitabu.library.conversations.get(conversation.id) is None
    assert "c" not in ask.query_params


def test_the_page_says_when_another_program_owns_the_library(app: Services) -> None:
    second = services.start(app.kitabu.settings, wait=0.0)
    services.provide(second)
    st.cache_resource.clear()
    try:
        library = page("library")
        assert not library.exception
        assert strings.OTHER_OWNER in shown(library)
    finally:
        second.close()


def test_suggestions_rest_while_documents_are_read(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    library = app.kitabu.library
    kept = app.suggestions.of(library)
    assert kept == ["How long may a lamp be returned?"]
    app.kitabu.worker.stop()
    job = library.jobs.enqueue("ingest", {"paths": [], "sync": False})
    library.catalog.remove_document(library.catalog.documents()[0].id)
    assert app.suggestions.of(library) == kept
    library.jobs.cancel(job)
    assert app.suggestions.of(library) == []
