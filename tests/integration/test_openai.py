"""Servers that speak OpenAI's protocol: as recorded, and every way to fail over a real socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.build import ModelChooser
from rag.cli.doctor import _model
from rag.core.config import Settings, load_settings
from rag.core.errors import (
    AccessDenied,
    ConfigError,
    ConnectionLost,
    ContextOverflow,
    ModelError,
    ModelNotPulled,
    ServerBusy,
    ServerUnreachable,
    TimedOut,
    Truncated,
)
from rag.core.ports import ChatMessage
from rag.core.types import Usage
from rag.models.chat import load_chat_model
from rag.models.ollama import OllamaServer
from rag.models.openai import OpenAIChat, OpenAIServer
from rag.testing.behaviours import Behaviour, dropping, failing, hanging, streaming
from rag.testing.openai import events, hanging_up, refusing, speaking
from rag.testing.replay import ReplayServer
from tests.integration.replies import MODEL, QUESTION, collect
from tests.places import RECORDINGS

PATH = "/v1/chat/completions"
KEY = "sk-secret-0123456789"


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        yield running


def chat(
    server: ReplayServer, name: str = MODEL, first: float = 1.0, between: float = 0.5, key: str = ""
) -> OpenAIChat:
    made = OpenAIServer(server.url, key, 0.4)
    return OpenAIChat(name, made, 8192, first_token_timeout=first, token_timeout=between)


def test_the_recorded_stream_is_read_and_its_length_told(server: ReplayServer) -> None:
    text, usage, error = collect(chat(server))
    assert text == "The clinic actually does open at its designated time:"
    assert usage == Usage(window=2048)  # this server counts only where it is asked to
    assert type(error) is Truncated
    assert "answer_tokens" in error.hint


def test_an_error_that_is_null_is_none(server: ReplayServer) -> None:
    said = {"error": None, "choices": [{"delta": {"content": "At nine."}, "finish_reason": "stop"}]}
    server.script(PATH, events(raw=f"data: {json.dumps(said)}\n\ndata: [DONE]\n\n".encode()))
    text, _, error = collect(chat(server))
    assert (text, error) == ("At nine.", None)


def test_what_was_hung_up_before_it_was_connected_is_not_asked(server: ReplayServer) -> None:
    gone = threading.Event()

    class Slow(OpenAIServer):
        def client(self) -> httpx.Client:
            assert gone.wait(30)
            return super().client()

    model = OpenAIChat(MODEL, Slow(server.url, "", 5.0), 8192, first_token_timeout=30.0, token_timeout=30.0)
    stream = model.stream(QUESTION, window=2048, max_tokens=60)
    assert next(stream).silent
    assert isinstance(stream, Generator)
    stream.close()
    gone.set()
    no_thread_is_left()
    assert not server.requests


def test_what_is_asked(server: ReplayServer) -> None:
    server.script(PATH, speaking("Yes."))
    text, usage, error = collect(chat(server, key=KEY))
    assert (text, error) == ("Yes.", None)
    assert usage is not None
    assert usage.prompt_tokens > 0
    request = server.asked(PATH)[-1]
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.body["messages"][1] == {"role": "user", "content": "When does the clinic open?"}
    asked = {key: request.body[key] for key in ("model", "max_tokens", "temperature", "stream", "stream_options")}
    assert asked == {
        "model": MODEL,
        "max_tokens": 60,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_nothing_of_the_environment_is_sent(server: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with ReplayServer(RECORDINGS) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "OPENAI_PROXY", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
            monkeypatch.setenv(name, "someone-elses")
        server.script(PATH, speaking("Yes."))
        assert collect(chat(server))[0] == "Yes."
        assert proxy.requests == []
        assert not any("someone-elses" in value for value in server.asked(PATH)[-1].headers.values())


def test_thoughts_come_apart_however_they_are_sent(server: ReplayServer) -> None:
    said = [
        {"reasoning_content": "The passage "},
        {"reasoning": "says 8:30."},
        {"content": "<think>Hm</think>At 8:30."},
    ]
    server.script(PATH, events(*said))
    chunks = list(chat(server).stream(QUESTION, window=2048, max_tokens=60))
    assert "".join(chunk.text for chunk in chunks) == "At 8:30."
    assert "".join(chunk.thought for chunk in chunks) == "The passage says 8:30.Hm"


def test_a_server_that_knows_no_template_options_is_asked_without_them(server: ReplayServer) -> None:
    told = "Unrecognized request argument supplied: chat_template_kwargs"
    server.script(PATH, refusing(400, told), speaking("Yes."))
    model = chat(server)
    assert collect(model)[0] == "Yes."
    assert collect(model)[0] == "Yes."
    assert ["chat_template_kwargs" in request.body for request in server.asked(PATH)] == [True, False, False]


@pytest.mark.parametrize(
    ("behaviour", "expected", "words"),
    [
        (dropping(), ConnectionLost, "closed the connection"),
        (hanging(), TimedOut, "stopped answering"),
        (hanging_up(0), ConnectionLost, "closed the connection"),
        (hanging_up(2), Truncated, "broke off"),
        (speaking("The clinic opens", stop=None), Truncated, "broke off"),
        (speaking("The clinic opens", stop=None, then=60.0), TimedOut, "stopped answering"),
        (speaking("", then=60.0, stop=None), TimedOut, "stopped answering"),
        (speaking(""), ModelError, "empty answer"),
        (speaking("The clinic opens", stop="length"), Truncated, "longest length"),
        (speaking("The clinic opens", stop="content_filter"), Truncated, "cut off by its server (content_filter)"),
        (events({"content": "The clinic opens"}, error="CUDA out of memory"), Truncated, "CUDA out of memory"),
        (events(error="CUDA out of memory"), ModelError, "CUDA out of memory"),
        (refusing(400, "This model's maximum context length is 4096 tokens."), ContextOverflow, "window"),
        (refusing(400, "the request exceeds the available context size"), ContextOverflow, "window"),
        (refusing(401, "Incorrect API key"), AccessDenied, "another key"),
        (refusing(403, "Forbidden"), AccessDenied, "another key"),
        (refusing(404, "The model does not exist."), ModelNotPulled, "does not have"),
        (refusing(429, "Too many requests"), ServerBusy, "busy"),
        (refusing(503, "Loading model"), ServerBusy, "busy"),
        (refusing(500, "Internal error"), ModelError, "Internal error"),
        (failing(500, "a plain error"), ModelError, "a plain error"),
        (streaming({"hello": "world"}), ModelError, "does not speak"),
        (events(raw=b"data: [1, 2]\n\n"), ModelError, "does not speak"),
        (events(raw=b"data: {broken\n\n"), ModelError, "does not speak"),
        (events(raw=b'data: {"choices": ["text"]}\n\n'), ModelError, "does not speak"),
        (events(raw=b""), ModelError, "without an answer"),
    ],
)
def test_every_fault_has_its_error(
    server: ReplayServer, behaviour: Behaviour, expected: type[ModelError], words: str
) -> None:
    server.script(PATH, behaviour)
    began = time.monotonic()
    text, _, error = collect(chat(server))
    assert type(error) is expected, error
    assert words in str(error)
    assert error.hint
    assert time.monotonic() - began < 5
    assert text in ("", "The clinic opens", "The clinic")


def test_a_full_queue_is_waited_for(server: ReplayServer) -> None:
    server.script(PATH, refusing(429, "Too many requests"), refusing(503, "Loading model"), speaking("All is well."))
    chunks = list(chat(server, first=5.0).stream(QUESTION, window=2048, max_tokens=60))
    assert [chunk.waiting for chunk in chunks[:3]] == [True, True, False]
    assert "".join(chunk.text for chunk in chunks) == "All is well."


def test_the_two_time_limits_are_separate_though_headers_come_at_once(server: ReplayServer) -> None:
    server.script(PATH, speaking("one two three", before=1.0))
    assert collect(chat(server, first=10.0, between=0.3))[0] == "one two three"
    server.script(PATH, speaking("one two", stop=None, then=60.0))
    began = time.monotonic()
    assert type(collect(chat(server, first=30.0, between=0.3))[2]) is TimedOut
    assert time.monotonic() - began < 10


def test_comments_that_keep_the_connection_open_are_no_words(server: ReplayServer) -> None:
    server.script(PATH, events({"content": "Yes."}, raw=b": ping\n\nevent: message\n\n"))
    assert collect(chat(server))[0] == "Yes."


@pytest.mark.parametrize("fault", [hanging(), speaking("word " * 500, delay=0.02)])
def test_closing_hangs_up_and_leaves_no_thread(server: ReplayServer, fault: Behaviour) -> None:
    server.script(PATH, fault)
    stream = chat(server, first=0.5).stream(QUESTION, window=2048, max_tokens=60)
    with suppress(TimedOut):
        next(stream)
    assert isinstance(stream, Generator)
    stream.close()
    assert server.asked(PATH)[-1].disconnected.wait(2.0)
    no_thread_is_left()


def no_thread_is_left() -> None:
    end = time.monotonic() + 10
    while any(thread.name == "model-reply" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_no_server() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    model = OpenAIChat("m", OpenAIServer(url, "", 0.3), 8192, first_token_timeout=0.3, token_timeout=0.3)
    _, _, error = collect(model)
    assert type(error) is ServerUnreachable
    assert url in error.message
    assert "openai_url" in error.hint


def test_a_model_that_is_not_there_is_told_with_those_that_are(server: ReplayServer) -> None:
    server.script(PATH, refusing(404, "The model `x` does not exist."))
    error = collect(chat(server, "x"))[2]
    assert type(error) is ModelNotPulled
    assert MODEL in error.hint


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ({"max_model_len": 32768}, 32768),
        ({"meta": {"n_ctx": 4096, "n_ctx_train": 131072}}, 4096),
        ({"loaded_context_length": 16384, "max_context_length": 131072}, 16384),
        ({}, 8192),
    ],
)
def test_the_window_is_what_the_server_was_started_with(
    server: ReplayServer, entry: Mapping[str, Any], window: int
) -> None:
    server.script("/v1/models", streaming({"data": [{"id": "m", **entry}]}))
    assert chat(server, "m").window() == window


def test_a_server_that_lists_no_models_is_asked_all_the_same(server: ReplayServer) -> None:
    server.script("/v1/models", refusing(404, "Not Found"), refusing(404, "Not Found"))
    model = chat(server)
    assert model.window() == 8192
    assert model.server.problem(MODEL) == (
        f"What answers at {server.url}/v1 lists no models.",
        "Its address usually ends in /v1.",
    )


def test_content_that_comes_in_blocks_is_read(server: ReplayServer) -> None:
    blocks = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "At eight."}]
    server.script(PATH, events({"content": blocks}))
    assert collect(chat(server))[0] == "At eight."


def test_a_prompt_that_the_server_cut_is_noticed(server: ReplayServer) -> None:
    server.script(PATH, speaking("Twice.", prompt_tokens=1026))
    long = [ChatMessage("user", "The vaccine fridge is checked twice a day. " * 800 + "How often is it checked?")]
    text, _, error = collect(chat(server), long)
    assert text == "Twice."
    assert type(error) is ContextOverflow
    assert "1026" in error.message


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("localhost:8000", "http://localhost:8000/v1"),
        ("http://gpu-box:1234/", "http://gpu-box:1234/v1"),
        ("https://gpu-box/llm/v1/", "https://gpu-box/llm/v1"),
        ("http://user:word@gpu-box:8000/v1", "http://gpu-box:8000/v1"),
    ],
)
def test_addresses_as_people_write_them(written: str, url: str) -> None:
    assert OpenAIServer(written, "", 1.0).url == url


def test_the_key_is_shown_nowhere(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.script(PATH, refusing(500, f"key {KEY} has no credit left"))
    error = collect(chat(server, key=KEY))[2]
    assert KEY not in repr(error)
    assert "no credit left" in error.message
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KITABU_OPENAI_KEY", KEY)
    settings = load_settings(data=tmp_path)
    assert settings.openai_key.get_secret_value() == KEY
    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json() + json.dumps(caplog.messages)
    monkeypatch.setenv("KITABU_OPENAI_KEY", f"{KEY}\nline")
    with pytest.raises(ConfigError, match="openai_key") as caught:
        load_chat_model("openai:m", load_settings(data=tmp_path))
    assert KEY not in str(caught.value)
    monkeypatch.delenv("KITABU_OPENAI_KEY")
    (tmp_path / "kitabu.toml").write_text(f'openai_key = ["{KEY}"]')
    with pytest.raises(ConfigError, match="openai_key") as caught:
        load_settings(data=tmp_path)
    assert KEY not in str(caught.value)


def test_the_bar_and_doctor_say_where_it_runs_and_what_is_wrong(server: ReplayServer, tmp_path: Path) -> None:
    settings = Settings(model=f"openai:{MODEL}", openai_url=server.url, data=tmp_path)
    used = ModelChooser(settings, OllamaServer("127.0.0.1:9", 1.0)).in_use()
    assert (used.name, used.where, used.problem) == (MODEL, "this computer", "")
    ((state, detail, *_),) = _model(settings)
    assert state == "ok"
    assert "this computer" in detail
    server.script("/v1/models", refusing(401, "no key"))
    ((state, detail, *hint),) = _model(settings)
    assert state == "warn"
    assert "another key" in detail
    assert "openai_key" in hint[0]


def test_the_check_says_only_what_mends_it(server: ReplayServer) -> None:
    settings = Settings(ollama_url=server.url, model="ollama:no-such")
    assert [hint for _, _, *hints in _model(settings) for hint in hints] == [
        "Open a terminal and run: ollama pull no-such"
    ]
