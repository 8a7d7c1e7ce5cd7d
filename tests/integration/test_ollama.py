"""Care of the Ollama server, against recordings of a real one over a real socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from rag.core.config import Settings
from rag.core.errors import ConfigError, MissingDependency, ModelNotPulled, ServerUnreachable, UnknownBackend
from rag.core.ports import ChatMessage
from rag.models.chat import LangChainChat, OllamaChat, load_chat_model
from rag.models.ollama import LoadedModel, LocalModel, OllamaServer, choose, normalise_url
from rag.testing.behaviours import Behaviour, dropping, failing, garbling, hanging, streaming
from rag.testing.replay import ReplayServer
from tests.places import RECORDINGS

GB = 10**9


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        yield running


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        (" localhost:11434/ ", "http://localhost:11434"),
        ("localhost", "http://localhost:11434"),
        ("192.168.1.5", "http://192.168.1.5:11434"),
        ("http://gpu-box", "http://gpu-box"),
        ("https://gpu-box:8443/ollama/", "https://gpu-box:8443/ollama"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("[::1]:11434", "http://[::1]:11434"),
    ],
)
def test_addresses_as_people_write_them(written: str, expected: str) -> None:
    assert normalise_url(written) == expected
    assert normalise_url(expected) == expected


@pytest.mark.parametrize("written", ["", "ftp://host", "http://", "host:port", "http://host:99999", "http://[::1"])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="ollama_url"):
        OllamaServer(written, 1.0)


def test_status_of_the_recorded_server(server: ReplayServer) -> None:
    server.script("/api/ps", server.play("ps_loaded"))
    status = OllamaServer(server.url, 2.0).status()
    assert status.reachable
    assert status.version == "0.33.0-rc2"
    # The encoder is left out.
    assert [model.name for model in status.models] == [
        "smollm2:135m",
        "rand-tiny-qwen2-q8_0:latest",
        "stories260Ktok512:latest",
    ]
    digest = "8c3d4937067c2be3f2f39545b8897795028ee8699a9627a0452a118eddce881e"
    assert status.models[0] == LocalModel("smollm2:135m", 98362824, "134.52M", "Q4_1", 8192, ("completion",), digest)
    expires = "2026-11-22T03:43:01.198617912Z"
    assert status.loaded == (LoadedModel("smollm2:135m", 209505483, 0, 4096, expires),)
    assert status.loaded[0].gpu_share == 0
    assert status.local("stories260Ktok512") == status.models[2]
    assert (status.running("smollm2:135m"), status.running("other")) == (status.loaded[0], None)
    assert (status.problem, status.remedy) == ("", "")
    assert status.where("smollm2:135m") == "this computer, on the processor"
    assert status.where("other") == "this computer"
    assert choose(status.models, status.loaded, memory=16 * GB) == "smollm2:135m"


def test_localhost_is_found_on_ipv4(server: ReplayServer) -> None:
    assert OllamaServer(f"localhost:{server.port}", 2.0).status().reachable


def test_cloud_models_are_left_out_and_their_absence_has_a_remedy(server: ReplayServer) -> None:
    cloud = {
        "name": "gpt-oss:120b-cloud",
        "size": 384,
        "remote_host": "https://ollama.com",
        "capabilities": ["completion"],
    }
    embedder = {"name": "embeddinggemma:latest", "size": 600, "capabilities": ["embedding"]}
    server.script("/api/tags", streaming({"models": [cloud, embedder]}))
    status = OllamaServer(server.url, 2.0).status()
    assert status.reachable
    assert status.models == ()
    assert "no model" in status.problem
    assert "ollama pull" in status.remedy


@pytest.mark.parametrize(
    ("path", "behaviour", "words"),
    [
        ("/api/version", hanging(), "does not answer"),
        ("/api/tags", hanging(after=0), "does not answer"),
        ("/api/version", dropping(), "Nothing answers"),
        ("/api/version", garbling(), "not Ollama"),
        ("/api/version", failing(404, "page not found"), "not Ollama"),
        ("/api/tags", failing(500, "broken"), "not Ollama"),
        ("/api/tags", streaming({"models": [{"size": 1}]}), "not Ollama"),
        ("/api/ps", garbling(0, b"[]\n"), "not Ollama"),
    ],
)
def test_status_never_raises_and_keeps_its_time(
    server: ReplayServer, path: str, behaviour: Behaviour, words: str
) -> None:
    server.script(path, behaviour)
    began = time.monotonic()
    status = OllamaServer(server.url, 0.4).status()
    assert time.monotonic() - began < 0.9
    assert not status.reachable
    assert words in status.problem
    assert status.remedy


def test_a_hanging_server_collects_no_threads(server: ReplayServer) -> None:
    import threading

    server.script("/api/version", hanging())
    patient = OllamaServer(server.url, 0.05)
    for _ in range(10):
        patient.status()
    assert sum(thread.name == "ollama-status" for thread in threading.enumerate()) <= 2


def test_no_server_at_all() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    status = OllamaServer(url, 1.0).status()
    assert not status.reachable
    assert status.problem == f"Nothing answers at {url}."
    assert "ollama.com" in status.remedy
    with pytest.raises(ServerUnreachable):
        OllamaServer(url, 1.0).show("qwen3:4b")


def test_environment_proxies_are_not_used(server: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with ReplayServer(RECORDINGS) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert OllamaServer(server.url, 2.0).status().reachable
        server.say("Yes.")
        model = load_chat_model("smollm2:135m", Settings(ollama_url=server.url))
        assert "".join(c.text for c in model.stream([ChatMessage("user", "?")], window=2048, max_tokens=9)) == "Yes."
        assert proxy.requests == []


def test_show_gives_context_length_and_capabilities(server: ReplayServer) -> None:
    card = OllamaServer(server.url, 2.0).show("smollm2:135m")
    assert (card.context_length, card.capabilities) == (8192, ("completion",))
    assert card.token_bytes == 4 * 30 * 3 * 64  # layers, heads with keys of their own, their length
    assert card.licence.startswith("Apache License Version 2.0")
    assert (card.parameters, card.quantization) == ("134.52M", "Q4_1")
    assert card.info["general.organization"] == "HuggingFaceTB"
    with pytest.raises(ModelNotPulled):
        OllamaServer(server.url, 2.0).show("llama3.2")


def local(name: str, size: float) -> LocalModel:
    return LocalModel(name, int(size * GB), "", "", 0, ("completion",))


@pytest.mark.parametrize(
    ("models", "loaded", "expected"),
    [
        ([], [], None),
        ([local("qwen3:0.6b", 0.5), local("qwen3:4b", 2.5), local("llama3.3:70b", 43)], [], "qwen3:4b"),
        ([local("qwen3:0.6b", 0.5), local("qwen3:4b", 2.5)], ["qwen3:0.6b"], "qwen3:0.6b"),
        ([local("qwen2.5-coder:7b", 4.7), local("gemma3:1b", 0.8)], [], "gemma3:1b"),
        ([local("mixtral:8x7b", 26), local("llama3.3:70b", 43)], [], "mixtral:8x7b"),
        ([local("b:4b", 2.5), local("a:4b", 2.5)], [], "a:4b"),
    ],
)
def test_choice_of_a_model(models: list[LocalModel], loaded: list[str], expected: str | None) -> None:
    running = [LoadedModel(name, 1, 0, 4096) for name in loaded]
    assert choose(models, running, memory=16 * GB) == expected
    assert choose(list(reversed(models)), running, memory=16 * GB) == expected


def test_a_small_machine_gets_a_small_model() -> None:
    models = [local("qwen3:8b", 5.2), local("qwen3:1.7b", 1.4)]
    assert choose(models, (), memory=4 * GB) == "qwen3:1.7b"


def test_where_a_model_runs_in_words() -> None:
    from rag.models.ollama import ServerStatus

    loaded = (LoadedModel("a:latest", 10, 10, 0), LoadedModel("b", 10, 4, 0))
    status = ServerStatus("http://192.168.1.5:11434", True, loaded=loaded)
    assert status.where("a") == "192.168.1.5, on the GPU"
    assert status.where("b") == "192.168.1.5, partly on the GPU"


@pytest.mark.parametrize("name", ["ollama:qwen3:4b", "qwen3:4b"])
def test_ollama_models_by_name(name: str) -> None:
    model = load_chat_model(name, Settings())
    assert isinstance(model, OllamaChat)
    assert model.name == "qwen3:4b"


@pytest.mark.parametrize("name", ["llama3.2", "hf.co/org/model:Q4_K_M", "qwen2.5:7b"])
def test_names_with_dots_are_no_dotted_paths(name: str) -> None:
    assert load_chat_model(name, Settings()).name == name


def test_langchain_model_streams_and_fails_by_name() -> None:
    from langchain_core.language_models import FakeListChatModel

    model = LangChainChat(FakeListChatModel(responses=["<think>hm</think>Kept 28 days [1]."]), "fake", 8192)
    chunks = list(model.stream([ChatMessage("user", "?")], window=4096, max_tokens=100))
    assert "".join(chunk.text for chunk in chunks) == "Kept 28 days [1]."
    assert chunks[-1].usage is not None
    assert model.window() == 8192


def test_wrong_chat_models_are_named() -> None:
    with pytest.raises(UnknownBackend, match="'model'"):
        load_chat_model("rag.core.errors.KitabuError", Settings())
    with pytest.raises(UnknownBackend, match="has no 'Nothing'"):
        load_chat_model("rag.core.errors.Nothing", Settings())
    with pytest.raises(MissingDependency, match="no_such_package"):
        load_chat_model("no_such_package.Chat", Settings())
