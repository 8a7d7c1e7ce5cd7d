"""A GGUF file as the answering model: named in the settings, loaded in this process, and what can be wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage

from rag.build import Kitabu
from rag.cli.doctor import _model
from rag.core.config import Settings
from rag.core.errors import ContextOverflow, InvalidWeights, MissingDependency, ServerBusy, Truncated
from rag.core.events import Notice
from rag.core.ports import ChatChunk, ChatMessage
from rag.core.types import Usage
from rag.models.chat import load_chat_model
from rag.models.gguf import MAGIC, GgufChat, LlamaCpp
from rag.testing.smollm import smollm_path

MakeLibrary = Callable[[Mapping[str, str]], Kitabu]
HELLO = [ChatMessage("user", "Say hello.")]
ENDLESS = [ChatMessage("user", "Write a long story about a boat.")]


@pytest.fixture(scope="module")
def path() -> Path:
    try:
        return smollm_path()
    except MissingDependency as error:  # llama.cpp has no wheel for every system
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def chat(path: Path) -> GgufChat:
    settings = Settings.model_validate({"window": 20_000, "first_token_timeout": 60.0})
    made = load_chat_model(f"gguf:{path}", settings)
    assert isinstance(made, GgufChat)
    return made


def test_the_window_is_the_models_own_where_that_is_smaller(chat: GgufChat) -> None:
    assert chat.window() == 8192  # SmolLM2's own, of 20,000 allowed
    assert chat.name == "SmolLM2-135M-Instruct.Q4_1"


def test_tokens_are_counted_by_the_models_own_tokenizer(chat: GgufChat) -> None:
    assert chat.count_tokens("") == 0
    assert chat.count_tokens("Say hello.") == len(chat.tokenize("Say hello.")) == 3
    short, long = (read(chat, [ChatMessage("user", "hello " * count)], 1)[1] for count in (1, 101))
    assert long.prompt_tokens - short.prompt_tokens == chat.count_tokens("hello " * 101) - chat.count_tokens("hello ")


def read(chat: GgufChat, messages: Sequence[ChatMessage], most: int) -> tuple[list[str], Usage]:
    """The pieces of a reply that reaches its longest length, and its usage."""
    chunks: list[ChatChunk] = []
    with pytest.raises(Truncated, match="longest length"):
        chunks.extend(chat.stream(messages, window=2048, max_tokens=most))
    *pieces, last = chunks
    assert last.usage is not None
    return [piece.text for piece in pieces], last.usage


def test_a_reply_ends_at_the_longest_length_with_its_counts(chat: GgufChat) -> None:
    pieces, usage = read(chat, ENDLESS, 9)
    assert len(pieces) > 4
    assert (usage.answer_tokens, usage.window) == (9, 2048)
    assert 0 < chat.count_tokens(ENDLESS[0].content) < usage.prompt_tokens < 60


def test_a_prompt_that_does_not_fit_is_refused_and_never_cut(chat: GgufChat) -> None:
    with pytest.raises(ContextOverflow, match=r"of 8192") as caught:
        list(chat.stream([ChatMessage("user", "hi " * 9000)], window=8192, max_tokens=5))
    assert "passages" in caught.value.hint


def test_one_request_at_a_time_and_a_closed_one_makes_room(chat: GgufChat) -> None:
    first = chat.stream(ENDLESS, window=2048, max_tokens=2000)
    next(first)
    with pytest.raises(ServerBusy, match="busy"):
        next(chat.stream(HELLO, window=2048, max_tokens=5, patience=0.2))
    first.close()  # type: ignore[attr-defined]
    assert next(chat.stream(HELLO, window=2048, max_tokens=5)).text


def test_it_is_a_langchain_chat_model(path: Path) -> None:
    model = LlamaCpp(path=path, context=512)
    assert model.window == 512
    reply = model.invoke("Say hello.", max_tokens=6)
    assert isinstance(reply, AIMessage)
    assert reply.content
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["output_tokens"] == 6


def test_llama_cpps_own_address_is_closed_to_others(chat: GgufChat) -> None:
    address = chat._model._server.listening_address
    assert address.startswith("http://127.0.0.1:")
    body = {"messages": [{"role": "user", "content": "hi"}]}
    assert httpx.post(f"{address}/v1/chat/completions", json=body, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be opened"),
        (b"PK\x03\x04zip", "not a GGUF file"),
        (MAGIC + b"\3\0\0\0cut off", "cannot be loaded"),
    ],
)
def test_a_file_that_is_no_model_is_told_with_its_remedy(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidWeights, match=message) as caught:
        load_chat_model(f"gguf:{file}", Settings())
    assert str(file) in caught.value.message
    assert caught.value.hint


def test_a_package_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)  # as Python has it when a package cannot be imported
    with pytest.raises(MissingDependency) as caught:
        load_chat_model(f"gguf:{tmp_path / 'm.gguf'}", Settings())
    assert 'pip install "kitabu[gguf]"' in caught.value.hint


def using(kitabu: Kitabu, model: str) -> Kitabu:
    update = {"model": model, "answer_tokens": 32, "first_token_timeout": 400.0}
    return Kitabu(kitabu.settings.model_copy(update=update), kitabu.library, kitabu.embedder)


def test_the_bar_says_that_it_runs_on_this_computer_and_it_answers(path: Path, make_library: MakeLibrary) -> None:
    made = make_library({"lamps.md": "# Lamps\n\nThe Nuru Home lamp needs 7 hours of full sun to charge.\n"})
    kitabu = using(made, f"gguf:{path}")
    used = kitabu.model_in_use()
    assert (used.name, used.where, used.problem) == ("SmolLM2-135M-Instruct.Q4_1", "this computer", "")
    answer = kitabu.engine.answer("How many hours of sun does the Nuru Home lamp need?")
    assert answer.model == used.name
    assert answer.usage.prompt_tokens > 50
    assert answer.usage.window <= 8192


def test_doctor_says_that_it_runs_in_this_program(path: Path) -> None:
    ((state, detail, *_),) = _model(Settings.model_validate({"model": f"gguf:{path}", "window": 1024}))
    assert state == "ok"
    assert "in this program on this computer" in detail


def test_answers_are_quoted_when_the_file_is_gone(tmp_path: Path, make_library: MakeLibrary) -> None:
    made = make_library({"lamps.md": "# Lamps\n\nThe Nuru Home lamp needs 7 hours of full sun to charge.\n"})
    events: Sequence[Any] = list(
        using(made, f"gguf:{tmp_path / 'gone.gguf'}").engine.ask("How many hours of sun does the Nuru Home lamp need?")
    )
    assert events[-1].answer.model == "none"
    assert "7 hours" in events[-1].answer.text
    assert any(isinstance(event, Notice) and "gone.gguf" in event.message for event in events)
