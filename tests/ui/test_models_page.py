"""The page of models on the real library, against a recorded model server: list, card, get, test, choose, remove."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.core.config import load_settings
from rag.models.pulling import PullStage
from rag.testing.behaviours import dropping, failing, hanging, pulling, saying, streaming
from rag.testing.replay import ReplayServer
from rag.ui import services
from rag.ui.conversation_model import OPEN, chosen_model
from rag.ui.model_work import PullState
from rag.ui.services import Services
from rag.ui.strings import models as words
from tests.places import RECORDINGS, ROOT
from tests.ui.conftest import WAIT, shown, until

MODEL = "smollm2:135m"
OTHER = "stories260Ktok512:latest"


@pytest.fixture
def ollama() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        running.script("/api/ps", running.play("ps_loaded"))
        yield running


Start = Callable[..., Services]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    for name in [name for name in os.environ if name.startswith("KITABU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)
    opened: list[Services] = []

    def begin(url: str, **settings: str) -> Services:
        opened.append(services.start(load_settings(data=tmp_path / "data", ollama_url=url, **settings)))
        services.provide(opened[0])
        st.cache_resource.clear()
        return opened[0]

    yield begin
    for app in opened:
        app.close()
    st.cache_resource.clear()


@pytest.fixture
def app(start: Start, ollama: ReplayServer) -> Services:
    return start(ollama.url)


def page(app: Services, model: str = "") -> AppTest:
    app.server.current()
    app.model.current()
    until(app.server.current)
    until(app.model.current)
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    if model:
        test.query_params["model"] = model
    return test.switch_page("rag/ui/pages/models.py").run()


def opened(app: Services, model: str = MODEL) -> AppTest:
    """The page with a model's card, which is read in the background."""
    page(app)
    local = app.server.current().status.local(model)
    until(lambda: app.server.card(local))
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    test.switch_page("rag/ui/pages/models.py")
    test.query_params["model"] = model
    return test.run()


def keys(test: AppTest) -> set[str | None]:
    return {button.key for button in test.button}


def test_what_is_there(app: Services) -> None:
    said = shown(page(app))
    for expected in ("Ollama 0.33.0-rc2 on this computer", MODEL, OTHER, "98.4 MB", "8,192 tokens", words.ANSWERS):
        assert expected in said
    assert "209.5 MB, on the processor, window of 4,096 tokens" in said
    assert words.BY_ITSELF in said
    assert "rand-bert" not in said


def test_nothing_is_reached(start: Start) -> None:
    app = start("http://127.0.0.1:9")
    test = page(app)
    until(lambda: app.server.current().diagnosis)
    said = shown(test.run())
    assert "Nothing answers at http://127.0.0.1:9" in said
    assert words.MEANWHILE in said
    assert "http://127.0.0.1:9" in said
    assert "no program listens there" in said
    assert test.code
    test.button(key="look-again").click().run()
    assert not test.exception


def test_a_server_that_comes_up_is_seen(start: Start, ollama: ReplayServer) -> None:
    ollama.script("/api/version", failing(500, "starting"))
    app = start(ollama.url)
    test = page(app)
    until(lambda: app.server.current().diagnosis)
    assert "not Ollama" in shown(test.run())
    ollama.script("/api/version")
    test.button(key="look-again").click().run()
    until(lambda: app.server.current().status.reachable)
    assert app.server.current().diagnosis is None
    assert MODEL in shown(test.run())


def test_a_model_that_needs_no_server_is_not_said_to_be_missing(start: Start) -> None:
    app = start("http://127.0.0.1:9", model="tests.ui.test_services.own_model")
    said = shown(page(app))
    assert words.MEANWHILE not in said
    assert words.answering("tests.ui.test_services.own_model") in said


def test_a_hanging_server_keeps_no_page_waiting(start: Start, ollama: ReplayServer) -> None:
    ollama.script("/api/version", hanging())
    start(ollama.url)
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    assert words.LOOKING in shown(test.switch_page("rag/ui/pages/models.py").run())


def test_a_model_is_got_with_progress_stopped_and_got_on(app: Services, ollama: ReplayServer) -> None:
    ollama.script("/api/pull", pulling(2_500_000_000, steps=200, delay=0.05))
    test = page(app)
    test.text_input(key="get-name").set_value("ollama pull qwen3:4b")
    test.button(key="FormSubmitter:get-model-Get it").click().run()
    (getting,) = app.pulls.all()
    assert getting.model == "qwen3:4b"
    until(lambda: getting.progress.seconds_left)
    said = shown(test.run())
    assert words.getting("qwen3:4b") in said
    assert "of 2.2 GB" in said
    assert "a second" in said
    # A second press, in another tab, begins nothing.
    app.pulls.start(app.kitabu.server, "qwen3:4b", app.look_again)
    assert app.pulls.all() == [getting]
    test.button(key="stop-qwen3:4b").click().run()
    until(lambda: getting.state is PullState.STOPPED)
    come = getting.progress.completed
    test.run()
    assert words.STOPPED in shown(test)
    ollama.script("/api/tags", streaming({"models": [{"name": "qwen3:4b", "digest": "d", "size": 2_500_000_000}]}))
    test.button(key="go-on-qwen3:4b").click().run()
    (again,) = app.pulls.all()
    until(lambda: again.progress.stage is PullStage.LOADING)
    assert again.progress.completed >= come > 0
    again.stop()
    until(lambda: again.state is PullState.STOPPED)
    test.run()
    test.button(key="dismiss-qwen3:4b").click().run()
    assert app.pulls.all() == []


def test_what_was_got_is_in_the_list(app: Services, ollama: ReplayServer) -> None:
    test = page(app)
    ollama.script("/api/pull", pulling(1000))
    ollama.script("/api/tags", streaming({"models": [{"name": "qwen3:4b", "digest": "d", "size": 2_500_000_000}]}))
    test.text_input(key="get-name").set_value("qwen3:4b")
    test.button(key="FormSubmitter:get-model-Get it").click().run()
    until(lambda: app.server.current().status.local("qwen3:4b"))
    until(lambda: app.model.current().name == "qwen3:4b")
    test.run()
    assert "2.5 GB" in shown(test)
    assert words.getting("qwen3:4b") not in shown(test)


def test_what_cannot_be_got_says_why(app: Services, ollama: ReplayServer) -> None:
    test = page(app)
    for name in ("two words", "a;b", "../x", ""):
        test.text_input(key="get-name").set_value(name)
        test.button(key="FormSubmitter:get-model-Get it").click().run()
        assert words.BAD_NAME in shown(test)
    assert app.pulls.all() == []
    test.text_input(key="get-name").set_value("llama3.2:1b")
    test.button(key="FormSubmitter:get-model-Get it").click().run()
    until(lambda: app.pulls.all()[0].state is PullState.FAILED)
    assert "cannot reach the library of Ollama" in shown(test.run())
    assert "go-on-llama3.2:1b" in keys(test)


def test_the_card_says_what_the_licence_permits(app: Services, ollama: ReplayServer) -> None:
    said = shown(opened(app))
    for expected in ("Apache License 2.0, open source", "HuggingFaceTB", "FineWeb-Edu", "8c3d4937067c", "134.52M"):
        assert expected in said
    assert words.LICENCE_TEXT in said
    research = {"license": "Qwen RESEARCH LICENSE AGREEMENT <b>", "details": {}, "model_info": {}}
    ollama.script("/api/show", streaming(research))
    said = shown(opened(app, OTHER))
    assert "Qwen Research License, not for commercial use" in said
    assert "does not allow commercial use" in said
    assert "AGREEMENT &lt;b&gt;" in said


def test_a_card_that_cannot_be_read_says_why_and_is_tried_again(app: Services, ollama: ReplayServer) -> None:
    ollama.script("/api/show", dropping())
    test = opened(app)
    assert "closed the connection" in shown(test)
    ollama.script("/api/show")
    until(lambda: "Apache" in shown(test.run()))


def test_a_test_question_is_measured_and_kept(app: Services, ollama: ReplayServer) -> None:
    ollama.script("/api/chat", ollama.play("unload"), saying("When the current fails it stays closed.", delay=0.01))
    test = opened(app)
    assert words.NOT_MEASURED in shown(test)
    test.button(key="test-model").click().run()
    assert app.model_tasks.current().wait(WAIT)
    assert app.model_tasks.current().error is None
    test.run()
    trial = app.kitabu.library.models.trials()[MODEL]
    assert trial.tokens_per_second > 0
    assert words.speed(trial) in shown(test)
    assert "with a window of 4,096 tokens" in shown(test)
    # Got anew it may be another one.
    changed = {"models": [{"name": MODEL, "digest": "other", "capabilities": ["completion"]}]}
    ollama.script("/api/tags", streaming(changed))
    app.look_again()
    until(lambda: app.server.current().status.local(MODEL).digest == "other")
    assert words.speed(trial) not in shown(test.run())


def test_a_test_can_be_stopped_and_one_that_fails_says_why(app: Services, ollama: ReplayServer) -> None:
    ollama.script("/api/chat", ollama.play("unload"), saying("word " * 400, delay=0.05))
    test = opened(app)
    test.button(key="test-model").click().run()
    until(lambda: len(ollama.asked("/api/chat")) == 2)
    test.run()
    assert words.TASKS["test"] in shown(test)
    assert test.button(key="load-model" if "load-model" in keys(test) else "unload-model").disabled
    test.button(key="stop-task").click().run()
    assert app.model_tasks.current().wait(WAIT)
    assert app.kitabu.library.models.trials() == {}
    ollama.script("/api/chat", failing(500, "model requires more system memory (9 GiB) than is available (3 GiB)"))
    test.run()
    test.button(key="test-model").click().run()
    assert app.model_tasks.current().wait(WAIT)
    assert "does not fit the memory" in shown(test.run())
    test.button(key="dismiss-task").click().run()
    assert "does not fit the memory" not in shown(test.run())


def test_loading_and_freeing(app: Services, ollama: ReplayServer) -> None:
    ollama.script("/api/chat", ollama.play("unload"))
    test = opened(app)
    test.button(key="unload-model").click().run()
    assert app.model_tasks.current().wait(WAIT)
    assert ollama.asked("/api/chat")[-1].body["keep_alive"] == 0
    ollama.script("/api/ps", ollama.play("ps_empty"))
    app.look_again()
    until(lambda: not app.server.current().status.loaded)
    test.run()
    test.button(key="load-model").click().run()
    assert app.model_tasks.current().wait(WAIT)
    body = ollama.asked("/api/chat")[-1].body
    assert (body["messages"], body["keep_alive"], body["options"]["num_ctx"]) == ([], "15m", 4096)


def test_a_model_for_everybody_is_kept_in_the_library(app: Services) -> None:
    test = opened(app, OTHER)
    test.button(key="use-everybody").click().run()
    assert words.USED in shown(test)
    assert app.kitabu.library.models.chosen() == f"ollama:{OTHER}"
    until(lambda: app.model.current().name == OTHER)
    test.run()
    assert words.FOR_EVERYBODY in shown(test)
    assert "use-everybody" not in keys(test)
    test.button(key="quote-only").click().run()
    until(lambda: app.model.current().name == "none")
    assert words.QUOTES in shown(test.run())
    test.button(key="choose-itself").click().run()
    until(lambda: app.model.current().name == MODEL)
    assert app.kitabu.library.models.chosen() == ""


def test_a_model_that_the_settings_name_wins_and_the_page_says_so(start: Start, ollama: ReplayServer) -> None:
    app = start(ollama.url, model=f"ollama:{MODEL}")
    app.kitabu.library.models.choose(f"ollama:{OTHER}")
    test = opened(app, OTHER)
    assert words.CONFIGURED in shown(test)
    assert app.model.current().name == MODEL
    # Nor does one that was chosen for a conversation while the settings named none.
    store = app.kitabu.library.conversations
    conversation = store.create("Lamps").id
    test.session_state[OPEN] = conversation
    assert not {"use-everybody", "use-here", "choose-itself", "quote-only"} & keys(test.run())
    store.set_model(conversation, f"ollama:{OTHER}")
    assert chosen_model(app, conversation) == ""


def test_a_model_for_one_conversation(app: Services, ollama: ReplayServer, tmp_path: Path) -> None:
    (tmp_path / "lamps.md").write_text("# Lamps\n\nA lamp may be returned within 14 days of the sale.\n")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(tmp_path / "lamps.md")], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    store = app.kitabu.library.conversations
    conversation = store.create("Lamps")
    store.add_turn(conversation.id, "How long may a lamp be returned?")
    page(app)
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    test.query_params["c"] = conversation.id
    test.run()
    test.switch_page("rag/ui/pages/models.py").run()
    test.query_params["model"] = OTHER
    test.run()
    test.button(key="use-here").click().run()
    assert words.USED_HERE in shown(test)
    assert store.get(conversation.id).model == f"ollama:{OTHER}"
    assert words.ANSWERS_HERE in shown(test)
    # It answers there and nowhere else.
    ollama.script("/api/show", ollama.play("show"))
    ollama.say("A lamp may be returned within 14 days of the sale [1].")
    test.switch_page("rag/ui/pages/ask.py")
    test.query_params["c"] = conversation.id
    test.run()
    test.chat_input(key="question").set_value("How long may a lamp be returned?").run()
    until(lambda: store.turns(conversation.id)[-1].answer)
    assert store.turns(conversation.id)[-1].answer.model == OTHER
    assert app.kitabu.engine.answer("How long may a lamp be returned?").model == MODEL
    test.run()
    test.button(key="model-of-everybody").click().run()
    assert not test.exception
    assert store.get(conversation.id).model == ""


def test_a_model_is_removed_after_asking_back(app: Services, ollama: ReplayServer) -> None:
    app.kitabu.library.models.choose(f"ollama:{OTHER}")
    ollama.script("/api/delete", streaming())
    test = opened(app, OTHER)
    test.button(key="remove-model").click().run()
    assert ollama.asked("/api/delete") == []
    test.run()  # the page is drawn anew, as when a model has come into memory; what is asked back stays
    assert words.REMOVE_ANSWERS in [caption.value for caption in test.caption]
    test.button(key="remove-yes").click().run()
    assert not test.exception
    assert app.model_tasks.current().wait(WAIT)
    (request,) = ollama.asked("/api/delete")
    assert (request.method, request.body["model"]) == ("DELETE", OTHER)
    assert app.kitabu.library.models.chosen() == ""


def test_going_down_ends_what_is_on_its_way(start: Start, ollama: ReplayServer) -> None:
    app = start(ollama.url)
    ollama.script("/api/pull", hanging(after=0))
    app.pulls.start(app.kitabu.server, "llama3.2:1b", app.look_again)
    until(lambda: ollama.asked("/api/pull"))
    (getting,) = app.pulls.all()
    app.pulls.stop_all()
    until(lambda: getting.state is PullState.STOPPED)
