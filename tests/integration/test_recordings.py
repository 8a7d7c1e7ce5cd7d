"""Every recording of a real Ollama server, replayed through the real clients over a real socket: none is left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import ollama
import pytest

from rag.core.errors import Truncated
from rag.core.ports import ChatChunk, ChatMessage
from rag.models.openai import OpenAIChat, OpenAIServer
from rag.testing.replay import Recording, ReplayServer
from tests.places import RECORDINGS

MODEL = "smollm2:135m"
Say = list[dict[str, str]]


class Clients:
    """The server with a recording to play at its path, and what talks to it."""

    def __init__(self, server: ReplayServer, recording: Recording) -> None:
        server.script(recording.path, server.play(recording.name))
        self.server, self.recording = server, recording
        self.sent = dict(recording.request)
        self.messages: Say = self.sent.get("messages") or []
        self.ollama = ollama.Client(host=server.url, trust_env=False)
        self.http = httpx.Client(base_url=server.url, trust_env=False)

    def refused(self, call: Callable[[], Any], words: str) -> None:
        """That the real client raises the recorded error."""
        with pytest.raises(ollama.ResponseError, match=words) as caught:
            list(call())
        if self.recording.status != 200:
            assert caught.value.status_code == self.recording.status

    def chat(self, **options: Any) -> Any:
        """By the real client, with what was recorded."""
        return self.ollama.chat(MODEL, self.messages, options=self.sent.get("options"), **options)

    def close(self) -> None:
        self.ollama._client.close()
        self.http.close()


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        yield running


def bad_json(at: Clients) -> None:
    reply = at.http.post("/api/chat", content=b"{not json")
    assert (reply.status_code, reply.json()["error"]) == (400, "missing request body")


def chat_format_schema(at: Clients) -> None:
    assert isinstance(json.loads(at.chat(format=at.sent["format"]).message.content), dict)


def chat_length(at: Clients) -> None:
    *_, last = at.chat(stream=True)
    assert (last.done_reason, last.eval_count) == ("length", 4)


def chat_missing_model(at: Clients) -> None:
    at.refused(lambda: at.ollama.chat("llama3.2", at.messages, stream=True), "not found")


def chat_once(at: Clients) -> None:
    reply = at.chat()
    assert reply.message.content == "The clinic opens at 8:30 and closes at 17:00."
    assert reply.eval_count == 20


def chat_stream(at: Clients) -> None:
    chunks = list(at.chat(stream=True))
    assert "".join(chunk.message.content for chunk in chunks) == "The clinic opens at 8:30 and closes at 17:00."
    assert (chunks[-1].done, chunks[-1].prompt_eval_count) == (True, 55)


def chat_think_unsupported(at: Clients) -> None:
    at.refused(lambda: at.chat(think=True, stream=True), "does not support thinking")


def chat_tools_unsupported(at: Clients) -> None:
    at.refused(lambda: at.chat(tools=at.sent["tools"], stream=True), "does not support tools")


def chat_truncated_num_ctx_2048(at: Clients) -> None:
    assert at.chat().prompt_eval_count == 1026


def delete_missing(at: Clients) -> None:
    at.refused(lambda: at.ollama.delete("nope"), "'nope' not found")


def embed(at: Clients) -> None:
    assert [len(vector) for vector in at.ollama.embed("rand-bert-384", at.sent["input"]).embeddings] == [384, 384]


def embed_chat_model(at: Clients) -> None:
    at.refused(lambda: at.ollama.embed(MODEL, ["hello"]), "does not support embeddings")


def embed_too_long_truncate_false(at: Clients) -> None:
    at.refused(lambda: at.ollama.embed("rand-bert-384", "word " * 2000, truncate=False), "exceeds the context length")


def embed_too_long_truncate_true(at: Clients) -> None:
    assert at.ollama.embed("rand-bert-384", "word " * 2000, truncate=True).prompt_eval_count == 512


def generate_stream(at: Clients) -> None:
    *words, last = at.ollama.generate(MODEL, "Hello", stream=True)
    assert words[0].response == "I"
    assert (last.done, last.eval_count) == (True, 5)


def ps_empty(at: Clients) -> None:
    assert list(at.ollama.ps().models) == []


def ps_loaded(at: Clients) -> None:
    (loaded,) = at.ollama.ps().models
    assert (loaded.name, loaded.size_vram, loaded.context_length) == (MODEL, 0, 4096)


def pull_offline(at: Clients) -> None:
    at.refused(lambda: at.ollama.pull("llama3.2:1b", stream=True), "no such host")


def root(at: Clients) -> None:
    assert at.http.get("/").text == "Ollama is running"


def show(at: Clients) -> None:
    shown = at.ollama.show(MODEL)
    assert "Apache License" in str(shown.license)
    assert list(shown.capabilities or ()) == ["completion"]


def show_missing(at: Clients) -> None:
    at.refused(lambda: at.ollama.show("llama3.2"), "not found")


def tags(at: Clients) -> None:
    assert MODEL in [model.model for model in at.ollama.list().models]


def unload(at: Clients) -> None:
    assert at.ollama.chat(MODEL, [], keep_alive=0).done_reason == "unload"


def v1_chat(at: Clients) -> None:
    reply = at.http.post("/v1/chat/completions", json=at.sent).json()
    assert reply["choices"][0]["finish_reason"] == "length"
    assert reply["usage"]["prompt_tokens"] == 55


def v1_chat_stream(at: Clients) -> None:
    model = OpenAIChat(MODEL, OpenAIServer(at.server.url, "", 5.0), 4096, first_token_timeout=5.0, token_timeout=5.0)
    chunks: list[ChatChunk] = []
    with pytest.raises(Truncated, match="longest length"):
        chunks.extend(model.stream([ChatMessage(**message) for message in at.messages], window=4096, max_tokens=10))
    assert "".join(chunk.text for chunk in chunks) == "The clinic actually does open at its designated time:"


def v1_models(at: Clients) -> None:
    assert MODEL in [served.name for served in OpenAIServer(at.server.url, "", 5.0).models()]


def version(at: Clients) -> None:
    assert at.http.get("/api/version").json() == {"version": "0.33.0-rc2"}


REPLAYED: Mapping[str, Callable[[Clients], None]] = {
    replay.__name__: replay
    for replay in (
        bad_json, chat_format_schema, chat_length, chat_missing_model, chat_once, chat_stream, chat_think_unsupported,
        chat_tools_unsupported, chat_truncated_num_ctx_2048, delete_missing, embed, embed_chat_model,
        embed_too_long_truncate_false, embed_too_long_truncate_true, generate_stream, ps_empty, ps_loaded, pull_offline,
        root, show, show_missing, tags, unload, v1_chat, v1_chat_stream, v1_models, version,
    )
}  # fmt: skip


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.stem)
def test_every_recording_is_replayed_through_a_real_client(server: ReplayServer, path: Path) -> None:
    assert path.stem in REPLAYED, f"no test replays {path.name}"
    recording = Recording.load(path)
    before = len(server.asked(recording.path))
    at = Clients(server, recording)
    try:
        REPLAYED[path.stem](at)
    finally:
        at.close()
        server.script(recording.path)
    assert len(server.asked(recording.path)) == before + 1
