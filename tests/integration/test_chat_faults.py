"""Every way a model server can fail, met through the real langchain-ollama and ollama clients over a real socket."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Generator, Iterator

import pytest

from rag.core.errors import (
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
from rag.models.chat import OllamaChat
from rag.models.ollama import OllamaServer
from rag.testing.behaviours import Behaviour, breaking, cutting, dropping, failing, garbling, hanging, saying, streaming
from rag.testing.replay import ReplayServer
from tests.integration.replies import MODEL, QUESTION, collect
from tests.places import RECORDINGS


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        yield running


def chat(server: ReplayServer, name: str = MODEL, first: float = 1.0, between: float = 0.8) -> OllamaChat:
    return OllamaChat(name, OllamaServer(server.url, 0.4), first_token_timeout=first, token_timeout=between)


def test_recorded_stream_arrives_whole_with_its_counts(server: ReplayServer) -> None:
    text, usage, error = collect(chat(server))
    assert (text, error) == ("The clinic opens at 8:30 and closes at 17:00.", None)
    assert usage == Usage(prompt_tokens=55, answer_tokens=20, window=2048)


def test_request_carries_window_limits_and_refuses_silent_cutting(server: ReplayServer) -> None:
    collect(chat(server))
    body = server.asked("/api/chat")[-1].body
    assert body["options"] == {"num_ctx": 2048, "num_predict": 60, "temperature": 0}
    assert body["truncate"] is False
    assert body["keep_alive"] == "15m"
    assert "think" not in body  # this model answers 400 to it
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_thinking_model_is_told_not_to_think(server: ReplayServer) -> None:
    server.script("/api/show", streaming({"model_info": {"q.context_length": 40960}, "capabilities": ["thinking"]}))
    server.say("Yes.")
    model = chat(server, "qwen3:4b")
    assert collect(model)[0] == "Yes."
    assert model.window() == 40960
    assert server.asked("/api/chat")[-1].body["think"] is False
    assert len(server.asked("/api/show")) == 1


def test_thoughts_of_a_model_that_thinks_all_the_same_come_apart(server: ReplayServer) -> None:
    server.script("/api/show", streaming({"model_info": {"q.context_length": 40960}, "capabilities": ["thinking"]}))
    said = [{"thinking": "The passage "}, {"thinking": "says 8:30."}, {"content": "At 8:30."}, {}]
    lines = [{"message": {"role": "assistant", "content": "", **piece}, "done": not piece} for piece in said]
    server.script("/api/chat", streaming(*lines))
    chunks = list(chat(server, "gpt-oss").stream(QUESTION, window=2048, max_tokens=60))
    assert "".join(chunk.text for chunk in chunks) == "At 8:30."
    assert [chunk.thought for chunk in chunks if chunk.thought] == ["The passage ", "says 8:30."]


@pytest.mark.parametrize(
    ("behaviour", "expected", "words"),
    [
        (dropping(), ConnectionLost, "closed the connection"),
        (dropping(after=0), ConnectionLost, "closed the connection"),
        (dropping(after=3), Truncated, "broke off"),
        (hanging(), TimedOut, "stopped answering"),
        (hanging(after=0), TimedOut, "stopped answering"),
        (hanging(after=3), TimedOut, "stopped answering"),
        (cutting(after=3), Truncated, "broke off"),
        (cutting(after=0), ModelError, "does not speak"),
        (breaking(0, "model runner has crashed"), ModelError, "model runner has crashed"),
        (breaking(3, "model runner has crashed"), Truncated, "model runner has crashed"),
        (breaking(0, "the input length exceeds the context length"), ContextOverflow, "window"),
        (failing(404, "model 'x' not found"), ModelNotPulled, "ollama pull"),
        (failing(503, "server busy, please try again. maximum pending requests exceeded"), ServerBusy, "busy"),
        (failing(500, "model requires more system memory (5.6 GiB) than is available"), ModelError, "5.6 GiB"),
        (failing(500, "llama runner process has terminated"), ModelError, "terminated"),
        (failing(400, "the input exceeds the context length"), ContextOverflow, "window"),
        (garbling(), ModelError, "does not speak"),
        (garbling(after=3), Truncated, "broke off"),
        (garbling(0, b"[1, 2]\n"), ModelError, "does not speak"),
        (garbling(0, b'{"message": "text", "done": false}\n'), ModelError, "does not speak"),
        (streaming({"message": {"role": "assistant", "content": ""}, "done": True}), ModelError, "empty answer"),
    ],
)
def test_every_fault_has_its_error(
    server: ReplayServer, behaviour: Behaviour, expected: type[ModelError], words: str
) -> None:
    server.script("/api/chat", behaviour)
    began = time.monotonic()
    text, _, error = collect(chat(server))
    assert type(error) is expected, error
    assert words in str(error)
    assert error is not None
    assert error.hint
    assert time.monotonic() - began < 5
    assert text in ("", "The clinic opens")


def test_after_a_fault_the_next_question_is_answered(server: ReplayServer) -> None:
    server.script("/api/chat", dropping(after=2), saying("All is well."))
    model = chat(server)
    assert type(collect(model)[2]) is Truncated
    assert collect(model)[0] == "All is well."


BUSY = failing(503, "server busy, please try again. maximum pending requests exceeded")


@pytest.mark.parametrize("fault", [BUSY, dropping(), dropping(after=0)])
def test_a_full_queue_and_a_restarted_server_are_waited_for_and_seen_to_be(
    server: ReplayServer, fault: Behaviour
) -> None:
    server.script("/api/chat", fault, fault, saying("All is well."))
    chunks = list(chat(server, first=5.0).stream(QUESTION, window=2048, max_tokens=60))
    assert [chunk.waiting for chunk in chunks[:3]] == [True, True, False]
    assert "".join(chunk.text for chunk in chunks) == "All is well."
    assert len(server.asked("/api/chat")) == 3


@pytest.mark.parametrize(
    "fault", [dropping(after=3), cutting(after=3), breaking(3, "model runner has crashed"), hanging(after=3)]
)
def test_nothing_is_asked_again_once_a_word_was_shown(server: ReplayServer, fault: Behaviour) -> None:
    server.script("/api/chat", fault, saying("All is well."))
    text, _, error = collect(chat(server, first=5.0))
    assert text == "The clinic opens"
    assert error is not None
    assert len(server.asked("/api/chat")) == 1


def test_a_busy_server_is_waited_for_no_longer_than_for_the_first_word(server: ReplayServer) -> None:
    server.script("/api/chat", BUSY)
    began = time.monotonic()
    with pytest.raises(ServerBusy):
        list(chat(server, first=30.0).stream(QUESTION, window=2048, max_tokens=60, patience=2.0))
    assert time.monotonic() - began < 8
    assert len(server.asked("/api/chat")) > 1


def test_a_server_that_is_restarted_mid_answer_keeps_what_came_and_answers_the_next_question() -> None:
    with ReplayServer(RECORDINGS) as first:
        first.script("/api/chat", hanging(after=3))
        model = chat(first, between=20.0)
        stream = model.stream(QUESTION, window=2048, max_tokens=60)
        came = "".join(next(stream).text for _ in range(3))
        port = first.port
    with pytest.raises(Truncated, match="closed the connection"):
        list(stream)
    assert came == "The clinic opens"
    with ReplayServer(RECORDINGS, port=port):
        assert collect(model)[0] == "The clinic opens at 8:30 and closes at 17:00."


def test_a_model_that_is_removed_meanwhile_is_named_with_the_way_to_get_it_back(server: ReplayServer) -> None:
    model = chat(server)
    assert collect(model)[2] is None
    server.script("/api/chat", server.play("chat_missing_model"))
    error = collect(model)[2]
    assert type(error) is ModelNotPulled
    assert error.hint == f"Run: ollama pull {MODEL}"


def test_the_two_time_limits_are_separate(server: ReplayServer) -> None:
    server.script("/api/chat", hanging(after=2))
    began = time.monotonic()
    text, _, error = collect(chat(server, first=30.0, between=0.2))
    assert type(error) is TimedOut
    assert text == "The clinic"
    assert time.monotonic() - began < 5


def test_patience_shortens_the_wait_for_the_first_word_and_never_prolongs_it(server: ReplayServer) -> None:
    server.script("/api/chat", hanging(), hanging())
    for first, patience in ((30.0, 0.2), (0.2, 30.0)):
        began = time.monotonic()
        with pytest.raises(TimedOut):
            list(chat(server, first=first).stream(QUESTION, window=4096, max_tokens=9, patience=patience))
        assert time.monotonic() - began < 5


def test_slow_but_steady_words_are_no_timeout(server: ReplayServer) -> None:
    server.say("one two three four five six seven eight nine ten", delay=0.08)
    text, _, error = collect(chat(server, first=0.4, between=0.4))
    assert error is None
    assert text.endswith("ten")


def test_no_server() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    model = OllamaChat("qwen3:4b", OllamaServer(url, 0.3), first_token_timeout=0.3, token_timeout=0.3)
    _, _, error = collect(model)
    assert type(error) is ServerUnreachable
    assert url in error.message
    assert "ollama" in error.hint.lower()


def test_model_that_is_not_pulled(server: ReplayServer) -> None:
    _, _, error = collect(chat(server, "llama3.2"))
    assert type(error) is ModelNotPulled
    assert "ollama pull llama3.2" in error.hint


def test_reply_cut_at_its_longest_length_says_so(server: ReplayServer) -> None:
    server.script("/api/chat", server.play("chat_length"))
    text, usage, error = collect(chat(server))
    assert text == "The clinic opens at"
    assert usage is not None
    assert type(error) is Truncated
    assert "answer_tokens" in error.hint


def test_prompt_cut_by_the_server_is_noticed(server: ReplayServer) -> None:
    server.script("/api/chat", server.play("chat_truncated_num_ctx_2048"))
    long = [ChatMessage("user", "The vaccine fridge is checked twice a day. " * 800 + "How often is it checked?")]
    text, _, error = collect(chat(server), long)
    assert text
    assert type(error) is ContextOverflow
    assert "1026" in error.message


def test_what_the_server_counts_makes_the_next_estimate_closer(server: ReplayServer) -> None:
    server.say("Yes.")
    model = chat(server, first=5.0)
    long = "The vaccine fridge is checked twice a day, and the nurse writes it in the book of the ward. " * 40
    before = model.count_tokens(long)
    for _ in range(3):
        _, usage, error = collect(model, [ChatMessage("user", long)])
        assert error is None
    assert usage is not None
    assert usage.prompt_tokens <= model.count_tokens(long) < before


def test_thinking_in_the_text_is_kept_out(server: ReplayServer) -> None:
    server.say("<think>Let me see [1] < 3.</think>\n\nThe clinic opens at 8:30 <b>.")
    chunks = list(chat(server).stream(QUESTION, window=2048, max_tokens=60))
    assert "".join(chunk.text for chunk in chunks) == "The clinic opens at 8:30 <b>."
    assert "".join(chunk.thought for chunk in chunks) == "Let me see [1] < 3."


def test_only_thinking_is_an_empty_answer(server: ReplayServer) -> None:
    server.say("<think>Let me see")
    text, _, error = collect(chat(server))
    assert text == ""
    assert "empty answer" in str(error)


def test_closing_the_stream_hangs_up_at_once(server: ReplayServer) -> None:
    server.say("word " * 500, delay=0.02)
    stream = chat(server).stream(QUESTION, window=2048, max_tokens=60)
    next(stream)
    began = time.monotonic()
    assert isinstance(stream, Generator)
    stream.close()
    assert server.asked("/api/chat")[-1].disconnected.wait(1.0)
    assert time.monotonic() - began < 0.5


def test_a_server_that_says_nothing_can_be_hung_up_on(server: ReplayServer) -> None:
    server.script("/api/chat", hanging())
    stream = chat(server, first=30.0).stream(QUESTION, window=2048, max_tokens=60)
    assert next(stream).silent
    assert not server.asked("/api/chat")[-1].disconnected.is_set()
    assert isinstance(stream, Generator)
    stream.close()
    assert server.asked("/api/chat")[-1].disconnected.wait(1.0)


def test_redirects_are_not_followed(server: ReplayServer) -> None:
    with ReplayServer(RECORDINGS) as other:
        server.script("/api/chat", _redirect(f"{other.url}/stolen"))
        _, _, error = collect(chat(server))
        assert isinstance(error, ModelError)
        assert other.requests == []


def _redirect(target: str) -> Behaviour:
    return lambda reply: reply.start(307, "text/plain", length=0, location=target)


def test_a_client_that_leaves_with_a_reset_has_hung_up_too(server: ReplayServer) -> None:
    server.say("word " * 200, delay=0.05)
    body = b'{"model": "smollm2:135m", "messages": [{"role": "user", "content": "?"}], "stream": true}'
    head = f"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head + body)
        client.recv(64)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert server.asked("/api/chat")[-1].disconnected.wait(2.0)
