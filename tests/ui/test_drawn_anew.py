"""What somebody reads stays when the page is drawn anew, as it is all the time while files are read."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rag.store.conversations import DELETED
from rag.ui import strings, widgets
from rag.ui.services import Services
from tests.places import ROOT
from tests.ui.conftest import WAIT, page, shown, until


def has(test: AppTest, key: str) -> bool:
    return any(button.key == key for button in test.button)


def take_in(app: Services, path: Path) -> None:
    path.write_text(f"# {path.stem}\n\nA lamp of {path.stem} costs 9 shillings.\n")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(path)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)


def opened(name: str, **address: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    test.switch_page(f"rag/ui/pages/{name}.py")
    test.query_params.update(address)
    return test.run()


def test_a_document_is_deleted_while_others_are_read(app: Services, tmp_path: Path) -> None:
    take_in(app, tmp_path / "kaskazini.md")
    (document,) = app.kitabu.library.catalog.documents()
    library = opened("library", doc=document.id)
    library.button(key="delete").click().run()
    take_in(app, tmp_path / "kusini.md")
    assert has(library.run(), "delete-yes")
    library.button(key="delete-no").click().run()
    assert not has(library.run(), "delete-yes")
    library.button(key="delete").click().run()
    library.run()
    library.button(key="delete-yes").click().run()
    until(lambda: [one.name for one in app.kitabu.library.catalog.documents()] == ["kusini.md"])
    assert not has(library.run(), "delete-yes")


def test_a_dialog_left_open_is_not_about_another_document(app: Services, tmp_path: Path) -> None:
    for name in ("kaskazini.md", "kusini.md"):
        take_in(app, tmp_path / name)
    first, second = app.kitabu.library.catalog.documents()
    library = opened("library", doc=first.id)
    library.button(key="delete").click().run()
    for document in (second, first):
        library.query_params["doc"] = document.id
        assert not has(library.run(), "delete-yes")


@pytest.mark.parametrize("dialog", ["rename", "delete"])
def test_a_conversations_dialogs_stay_until_they_are_answered(app: Services, dialog: str) -> None:
    store = app.kitabu.library.conversations
    conversation = store.create("A question?")
    store.add_turn(conversation.id, "A question?")
    ask = opened("ask", c=conversation.id)
    ask.button(key=dialog).click().run()
    assert has(ask.run(), f"{dialog}-yes")
    ask.button(key=f"{dialog}-no").click().run()
    assert not has(ask.run(), f"{dialog}-yes")


def test_what_a_deleted_document_said_is_not_called_found(app: Services, tmp_path: Path) -> None:
    take_in(app, tmp_path / "kaskazini.md")
    ask = opened("ask")
    ask.chat_input(key="question").set_value("What does a lamp of Kaskazini cost?").run()
    conversation = ask.query_params["c"]
    until(lambda: app.kitabu.library.conversations.turns(conversation)[0].answer)
    assert strings.checked(1, 1) in shown(opened("ask", c=conversation))
    app.kitabu.library.catalog.remove_document(app.kitabu.library.catalog.documents()[0].id)
    kept = shown(opened("ask", c=conversation))
    assert DELETED in kept
    assert "checked: " not in kept


def follow(library: AppTest, folder: Path) -> None:
    library.text_input(key="folder-path").set_value(str(folder))
    next(button for button in library.button if button.label == strings.FOLDER_ADD).click().run()


def test_what_a_press_did_is_said_though_it_changes_the_library(app: Services, tmp_path: Path) -> None:
    folder = tmp_path / "lamps"
    folder.mkdir()
    library = page("library")
    follow(library, folder)
    until(lambda: not app.kitabu.library.jobs.recent(1, open_only=True))
    library.run()
    assert strings.folder_added(str(folder)) in shown(library)
    library.button(key="unfollow-0").click().run()
    assert strings.STOPPED_FOLLOWING in shown(library)
    assert strings.folder_added(str(folder)) not in shown(library)


def test_what_failed_is_said_in_one_place_until_the_next_press(app: Services, tmp_path: Path) -> None:
    library = page("library")
    follow(library, tmp_path / "nowhere")
    for _ in range(2):
        assert shown(library).count(strings.NO_SUCH_FOLDER) == 1
        library.run()
    (tmp_path / "there").mkdir()
    follow(library, tmp_path / "there")
    assert strings.NO_SUCH_FOLDER not in shown(library)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(widgets, "LASTING", 1.0)
    return 1.0


def _failing() -> None:
    import streamlit as st

    from rag.core.errors import KitabuError
    from rag.ui.widgets import guarded, say, show_failed, show_said

    def do() -> None:
        say("It is done.")

    def fail() -> None:
        raise KitabuError("It failed.")

    show_failed(key="failed", log="")
    show_said()
    st.button("say", key="say", on_click=guarded(do))
    st.button("fail", key="fail", on_click=guarded(fail))


@pytest.mark.parametrize(("key", "said"), [("say", "It is done."), ("fail", "It failed.")])
def test_after_some_seconds_it_is_said_no_more(brief: float, key: str, said: str) -> None:
    test = AppTest.from_function(_failing, default_timeout=WAIT).run()
    test.button(key=key).click().run()
    assert said in shown(test)
    time.sleep(brief)
    assert said not in shown(test.run())
