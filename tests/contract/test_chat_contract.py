"""Every way to run a chat model against the contract: over recorded and real servers, in process, and by LangChain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.core.config import Settings
from rag.core.errors import MissingDependency, Truncated, UnknownBackend
from rag.core.ports import ChatModel
from rag.models.chat import LangChainChat, OllamaChat, load_chat_model
from rag.models.openai import OpenAIChat
from rag.testing.model_contracts import ChatModelContract
from rag.testing.openai import speaking
from rag.testing.replay import ReplayServer
from rag.testing.smollm import smollm_path
from tests.places import RECORDINGS

if TYPE_CHECKING:
    from langchain_core.language_models import FakeListChatModel

MODEL = "smollm2:135m"


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        running.say("At 8:30.")
        running.script("/v1/chat/completions", speaking("At 8:30."))
        yield running


@pytest.fixture(scope="module")
def gguf() -> Path:
    try:
        return smollm_path()
    except MissingDependency as error:  # llama.cpp has no wheel for every system
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def llama(gguf: Path) -> Any:
    """A real llama-server."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(gguf)
    parameters.n_ctx = 2048
    parameters.n_parallel = 1
    parameters.cache_ram_mib = 0
    parameters.fit_params = parameters.warmup = parameters.ui = False
    parameters.verbosity = -1
    parameters.api_keys = ["sk-test"]
    return xllamacpp.Server(parameters)


@pytest.fixture(scope="module")
def loaded(gguf: Path) -> ChatModel:
    return load_chat_model(f"gguf:{gguf}", Settings(window=2048, first_token_timeout=120.0))


class TestOllama(ChatModelContract):
    @pytest.fixture
    def model(self, server: ReplayServer) -> ChatModel:
        made = load_chat_model(f"ollama:{MODEL}", Settings(ollama_url=server.url))
        assert isinstance(made, OllamaChat)
        return made

    def test_a_reply_is_no_longer_than_allowed(self, model: ChatModel) -> None:
        """The replayed server says what it was told to say; that the limit is sent is tested in test_chat_faults."""


class TestOpenAI(ChatModelContract):
    @pytest.fixture
    def model(self, server: ReplayServer) -> ChatModel:
        made = load_chat_model(f"openai:{MODEL}", Settings(openai_url=server.url))
        assert isinstance(made, OpenAIChat)
        return made


class TestLlamaServer(ChatModelContract):
    """A real server of this protocol: llama.cpp's, with a small model that writes nonsense."""

    @pytest.fixture
    def model(self, llama: Any) -> ChatModel:
        given = {"openai_url": llama.listening_address, "openai_key": "sk-test", "first_token_timeout": 120.0}
        return load_chat_model("openai:anything", Settings.model_validate(given))

    def test_its_window_is_known(self, model: ChatModel) -> None:
        assert model.window() == 2048


class TestGguf(ChatModelContract):
    @pytest.fixture
    def model(self, loaded: ChatModel) -> ChatModel:
        return loaded


def canned_model() -> FakeListChatModel:
    """A LangChain chat model such as somebody may name in the settings."""
    from langchain_core.language_models import FakeListChatModel

    return FakeListChatModel(responses=["At 8:30."])


class TestLangChainByDottedPath(ChatModelContract):
    @pytest.fixture
    def model(self) -> ChatModel:
        made = load_chat_model("tests.contract.test_chat_contract.canned_model", Settings())
        assert isinstance(made, LangChainChat)
        return made


class TestLangChainByName(ChatModelContract):
    @pytest.fixture
    def model(self, server: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatModel]:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        made = load_chat_model(f"langchain:ollama:{MODEL}", Settings())
        assert isinstance(made, LangChainChat)
        yield made
        made._model._client._client.close()  # type: ignore[attr-defined]  # it keeps its connections until it is gone

    def test_a_reply_is_no_longer_than_allowed(self, model: ChatModel) -> None:
        """As for Ollama above; and what comes late is cut off here, because LangChain has no common parameter."""
        with pytest.raises(Truncated, match="longest length"):
            list(model.stream(self.messages, window=4096, max_tokens=2))


@pytest.mark.parametrize("told", [{"finish_reason": "SAFETY"}, {"stop_reason": "refusal"}])
def test_a_reply_that_its_maker_cut_off_says_so(told: dict[str, str]) -> None:
    from langchain_core.language_models import FakeListChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk

    class Cut(FakeListChatModel):
        def _stream(self, *_: Any, **__: Any) -> Any:
            yield ChatGenerationChunk(message=AIMessageChunk(content="Give 5 mg"))
            yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=told))

    model = LangChainChat(Cut(responses=[""]), "cut", 4096)
    with pytest.raises(Truncated, match=rf"cut off by its server \({next(iter(told.values()))}\)"):
        list(model.stream(ChatModelContract.messages, window=4096, max_tokens=60))


def test_a_name_that_langchain_does_not_know_is_told_when_it_is_read() -> None:
    with pytest.raises(UnknownBackend, match=r"langchain:nobody:m.*cannot make"):
        load_chat_model("langchain:nobody:m", Settings())


def test_a_maker_whose_package_is_missing_is_named() -> None:
    with pytest.raises(MissingDependency, match="langchain-mistralai"):
        load_chat_model("langchain:mistralai:m", Settings())
