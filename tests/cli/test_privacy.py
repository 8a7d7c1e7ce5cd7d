"""`kitabu privacy`: what it says is what is so."""

import shutil
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rag.core.processes import users_of
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.models import Models
from rag.testing.replay import ReplayServer
from tests.cli.conftest import Kitabu
from tests.places import RECORDINGS

linux = pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell")


def test_all_that_is_stored_is_told_with_its_size(kitabu: Kitabu, filled: Path) -> None:
    (filled / "kitabu.log").write_text("x" * 1234)
    (filled / "strange.bin").write_bytes(b"x" * 77)
    (filled / "vectors-1").mkdir()  # of a library whose embedder was swapped
    (filled / "vectors-1" / "graph").write_bytes(b"x" * 55)
    told = kitabu("privacy", "--data", str(filled), "--model", "none", "--json").json
    stored = {one["name"]: one for one in told["stored"]}
    assert stored["Logs"]["size"] == 1234
    assert str(filled / "vectors-1") in stored["The search indexes"]["path"]
    assert stored["Other files"]["size"] >= 77
    assert stored["The catalog"]["size"] >= (filled / "catalog.sqlite").stat().st_size
    whole = sum(path.stat().st_size for path in filled.rglob("*") if path.is_file())
    assert sum(one["size"] for one in stored.values()) == whole
    shown = kitabu("privacy", "--data", str(filled), "--model", "none").out
    for words in ("kitabu delete DOCUMENT", "receipt", "newest 4 MB"):
        assert words in shown
    (filled / "kitabu.log").unlink()
    (filled / "strange.bin").unlink()
    shutil.rmtree(filled / "vectors-1")


@linux
def test_an_open_socket_is_listed_and_warned_of_when_others_reach_it(kitabu: Kitabu, filled: Path) -> None:
    with socket.socket() as opened:
        opened.bind(("0.0.0.0", 0))
        opened.listen()
        port = opened.getsockname()[1]
        result = kitabu("privacy", "--data", str(filled), "--model", "none", "--json")
        (process,) = [one for one in result.json["processes"] if one["role"] == "this program"]
        assert port in [one["port"] for one in process["connections"] if one["listening"] and one["leaves"]]
        assert any(f"0.0.0.0 port {port}" in finding for finding in result.json["findings"])
        assert result.status == 1
    after = kitabu("privacy", "--data", str(filled), "--model", "none", "--json")
    assert not any(str(port) in finding for finding in after.json["findings"])


def test_nothing_that_leaves_is_said_so(kitabu: Kitabu, filled: Path) -> None:
    result = kitabu("privacy", "--data", str(filled), "--model", "none")
    others = [one for process in users_of(filled) or () for one in process.connections if one.leaves]
    if not others:  # a test before may have left a socket open
        assert result.status == 0
        assert "Nothing was found that leaves this computer" in result.out
    assert "no model server is asked" in result.out


def test_an_address_for_others_and_a_server_elsewhere_are_warned_of(
    kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITABU_HOST", "0.0.0.0")
    monkeypatch.setenv("KITABU_OLLAMA_URL", "http://192.0.2.7:11434")
    monkeypatch.setenv("KITABU_CONNECT_TIMEOUT", "0.2")
    result = kitabu("privacy", "--data", str(filled), "--model", "ollama:any", "--json")
    assert result.status == 1
    told = " ".join(result.json["findings"])
    assert "set to listen on 0.0.0.0" in told
    assert "are sent to http://192.0.2.7:11434" in told
    server = result.json["model_server"]
    assert (server["here"], server["used"]) == (False, False)


def test_a_server_on_this_computer_is_told_with_its_models(
    kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplayServer(RECORDINGS) as ollama:
        monkeypatch.setenv("KITABU_OLLAMA_URL", ollama.url)
        result = kitabu("privacy", "--data", str(filled), "--model", "ollama:smollm2:135m", "--json")
    server = result.json["model_server"]
    assert (server["address"], server["here"], server["used"]) == (ollama.url, True, True)
    (models,) = [one for one in result.json["stored"] if one["name"] == "Ollama's models"]
    assert "smollm2:135m" in models["what"]
    assert models["size"] > 10_000_000
    assert not any("sent to" in finding for finding in result.json["findings"])


def test_code_of_others_is_told_and_not_loaded(kitabu: Kitabu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITABU_CHUNKER", "not.there")
    told = kitabu("privacy", "--data", str(tmp_path / "none"), "--model", "some.Model", "--json").json
    assert any("model 'some.Model' is somebody's own code" in limit for limit in told["limits"])
    assert any("chunker 'not.there' is somebody's own code" in limit for limit in told["limits"])
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("model", ["langchain:openai:gpt-5", "some.Model"])
def test_a_model_that_others_code_asks_may_be_on_another_computer(kitabu: Kitabu, tmp_path: Path, model: str) -> None:
    result = kitabu("privacy", "--data", str(tmp_path / "none"), "--model", model, "--json")
    assert result.status == 1
    assert any(f"model '{model}'" in f and "may be sent to another computer" in f for f in result.json["findings"])
    assert not result.json["model_server"]["here"]
    shown = kitabu("privacy", "--data", str(tmp_path / "none"), "--model", model).out
    assert "Nothing was found" not in shown
    assert "no model server is asked" not in shown


def test_what_was_chosen_for_everybody_is_what_is_told(
    kitabu: Kitabu, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    with closing(Catalog.open(data / FILE_NAME)) as catalog:
        Models(catalog).choose("none")
    with ReplayServer(RECORDINGS) as ollama:
        monkeypatch.setenv("KITABU_OLLAMA_URL", ollama.url)
        server = kitabu("privacy", "--data", str(data), "--json").json["model_server"]
    assert (server["used"], server["model"]) == (False, "none")


def test_an_embedder_on_a_server_elsewhere_is_sent_all_texts(
    kitabu: Kitabu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITABU_OLLAMA_URL", "http://192.0.2.7:11434")
    monkeypatch.setenv("KITABU_CONNECT_TIMEOUT", "0.2")
    monkeypatch.setenv("KITABU_EMBEDDER", "ollama:nomic-embed-text")
    told = kitabu("privacy", "--data", str(tmp_path / "data"), "--model", "none", "--json").json
    assert any("all texts of the documents, and questions, are sent to http://192.0.2.7" in f for f in told["findings"])


def test_the_embedder_is_the_librarys_and_not_the_one_that_is_set(
    kitabu: Kitabu, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = shutil.copytree(filled, tmp_path / "copy")
    with closing(Catalog.open(data / FILE_NAME)) as catalog, catalog.writing() as connection:
        connection.execute("UPDATE fingerprints SET content = replace(content, 'minilm', 'ollama:nomic-embed-text')")
    monkeypatch.setenv("KITABU_OLLAMA_URL", "http://192.0.2.7:11434")
    monkeypatch.setenv("KITABU_CONNECT_TIMEOUT", "0.2")
    told = kitabu("privacy", "--data", str(data), "--model", "none", "--json").json
    assert any("all texts of the documents, and questions, are sent to http://192.0.2.7" in f for f in told["findings"])
    # The other way round, what is set is not in use.
    monkeypatch.setenv("KITABU_EMBEDDER", "ollama:nomic-embed-text")
    told = kitabu("privacy", "--data", str(filled), "--model", "none", "--json").json
    assert not any("all texts" in finding for finding in told["findings"])


def test_a_vector_store_elsewhere_is_warned_of_and_one_here_is_not(
    kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address, told in (("http://192.0.2.9:8000", True), ("http://127.0.0.1:8000", False)):
        monkeypatch.setenv("KITABU_STORE", f"chroma:{address}")
        findings = kitabu("privacy", "--data", str(filled), "--model", "none", "--json").json["findings"]
        assert any(f"are sent to {address}" in finding for finding in findings) is told
