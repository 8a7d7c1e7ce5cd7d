"""Every page opens, empty and filled, on the real library and engine; unforeseen things end in a calm box."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.core.config import load_settings
from rag.ui import services, strings
from rag.ui.services import Services

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
