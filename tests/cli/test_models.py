"""`kitabu models` against a recorded server, and where none answers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.testing.behaviours import pulling, saying, streaming
from rag.testing.replay import ReplayServer
from tests.cli.conftest import Kitabu
from tests.places import RECORDINGS, ROOT

MODEL = "smollm2:135m"


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as server:
        monkeypatch.setenv("KITABU_OLLAMA_URL", server.url)
        server.script("/api/ps", server.play("ps_loaded"))
        yield server


@pytest.fixture
def library(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "library"))


def answer_and_load(ollama: ReplayServer) -> None:
    """A request without messages loads the model, the next ones are answered."""
    words = saying("When the current fails the refrigerator stays closed.", delay=0.005)
    ollama.script("/api/chat", ollama.play("unload"), words)


def test_what_is_there(kitabu: Kitabu, ollama: ReplayServer) -> None:
    shown = kitabu("models")
    assert shown.status == 0
    assert f"Ollama 0.33.0-rc2 at {ollama.url}; answering: {MODEL}" in shown.out
    line = next(line for line in shown.out.splitlines() if line.startswith(MODEL))
    for words in ("98.4 MB", "134.52M", "8,192", "209.5 MB, 0% on the GPU, window 4,096", "answers"):
        assert words in line
    told = kitabu("models", "--json").json
    assert (told["version"], told["reachable"], told["answering"]) == ("0.33.0-rc2", True, f"ollama:{MODEL}")
    # The encoder is no model that answers.
    assert [model["name"] for model in told["models"]] == [
        MODEL, "rand-tiny-qwen2-q8_0:latest", "stories260Ktok512:latest",
    ]  # fmt: skip
    first = told["models"][0]
    assert (first["loaded"]["size_vram"], first["loaded"]["context_length"], first["measured"]) == (0, 4096, None)
    assert [model["answers"] for model in told["models"]] == [True, False, False]


def test_a_server_without_models(kitabu: Kitabu, ollama: ReplayServer) -> None:
    cloud = {"name": "gpt-oss:120b-cloud", "remote_host": "https://ollama.com", "capabilities": ["completion"]}
    ollama.script("/api/tags", streaming({"models": [cloud]}))
    shown = kitabu("models")
    assert shown.status == 0
    assert "gpt-oss" not in shown.out
    assert "kitabu models pull" in shown.out


def test_nothing_answers(kitabu: Kitabu) -> None:
    shown = kitabu("models")
    assert shown.status == 6
    assert "Tried:" in shown.out
    assert "http://127.0.0.1:9: no program listens there" in shown.out
    told = kitabu("models", "--json")
    assert told.status == 6
    assert told.json["reachable"] is False
    assert told.json["diagnosis"]["steps"][0]["command"]
    # Beside the list, every command says what is wrong in one line.
    for command in ("show", "pull", "remove", "test"):
        failed = kitabu("models", command, "qwen3:4b")
        assert failed.status == 6
        assert "Nothing answers at" in failed.err


def test_the_card(kitabu: Kitabu, ollama: ReplayServer) -> None:
    shown = kitabu("models", "show", MODEL)
    assert shown.status == 0
    for words in ("Apache License 2.0 (open source)", "HuggingFaceTB", "8,192 tokens", "Q4_1", "arxiv.org", "8c3d4937"):
        assert words in shown.out
    told = kitabu("models", "show", MODEL, "--json").json
    assert (told["licence"]["permission"], told["licence"]["warning"]) == ("open source", "")
    assert told["source"]["as_of"] == "2025-02-04"
    assert kitabu("models", "show", "llama3.2").status == 6


def test_a_licence_that_may_not_fit_is_warned_of(kitabu: Kitabu, ollama: ReplayServer) -> None:
    research = {"license": "Qwen RESEARCH LICENSE AGREEMENT", "details": {}, "model_info": {}}
    ollama.script("/api/show", streaming(research))
    shown = kitabu("models", "show", "qwen2.5:3b")
    assert "Qwen Research License (not for commercial use)" in shown.out
    assert "does not allow commercial use" in shown.out
    assert "Qwen RESEARCH LICENSE AGREEMENT" in shown.out
    assert "made by       not known" in shown.out


def test_getting_and_removing(kitabu: Kitabu, ollama: ReplayServer) -> None:
    ollama.script("/api/pull", pulling(2_500_000_000))
    shown = kitabu("models", "pull", "qwen3:4b")
    assert shown.status == 0
    assert "qwen3:4b is there (2.5 GB)" in shown.out
    assert kitabu("models", "pull", "qwen3:4b", "--json").json == {"model": "qwen3:4b", "bytes": 2_500_000_000}
    ollama.script("/api/pull", streaming({"error": "pull model manifest: file does not exist"}))
    assert kitabu("models", "pull", "qwen99").status == 2
    ollama.script("/api/delete", streaming())
    assert "was removed" in kitabu("models", "remove", MODEL).out
    ollama.script("/api/delete")
    assert kitabu("models", "remove", "nope").status == 6


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to another process")
def test_ctrl_c_stops_getting_and_the_next_time_goes_on(kitabu: Kitabu, ollama: ReplayServer) -> None:
    ollama.script("/api/pull", pulling(2_500_000_000, steps=1000, delay=0.01))
    command = [sys.executable, "-m", "rag", "models", "pull", "qwen3:4b"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not ollama.asked("/api/pull"):
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    # The server names the second, small part only when it comes to it.
    assert "of 2.2 GB are there" in err
    assert "goes on from there" in err
    assert "Traceback" not in err
    assert ollama.asked("/api/pull")[0].disconnected.wait(5)


def test_a_test_question_is_measured_and_remembered(
    kitabu: Kitabu, ollama: ReplayServer, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_and_load(ollama)
    shown = kitabu("models", "test", MODEL, "--data", str(library))
    assert shown.status == 0
    for words in ("tokens a second", "first word", "209.5 MB, 0% of it on the GPU, window 4,096"):
        assert words in shown.out
    load, asked = ollama.asked("/api/chat")
    assert load.body["messages"] == []
    assert asked.body["options"]["num_ctx"] == load.body["options"]["num_ctx"] == 4096
    listed = kitabu("models", "--json")
    assert listed.json["models"][0]["measured"] is None, "that is another library's"
    monkeypatch.setenv("KITABU_DATA", str(library))
    kept = kitabu("models", "--json").json["models"][0]["measured"]
    assert kept["tokens_per_second"] > 0
    assert (kept["memory"], kept["window"]) == (209505483, 4096)
    # Got anew it may be another model.
    ollama.script(
        "/api/tags", streaming({"models": [{"name": MODEL, "digest": "other", "capabilities": ["completion"]}]})
    )
    assert kitabu("models", "--json").json["models"][0]["measured"] is None


def test_a_test_without_a_library_is_not_remembered(kitabu: Kitabu, ollama: ReplayServer, tmp_path: Path) -> None:
    answer_and_load(ollama)
    told = kitabu("models", "test", MODEL, "--json")
    assert told.status == 0
    assert told.json["remembered"] is False
    assert not (tmp_path / "data").exists()
    assert kitabu("models", "test", "nope").status == 6


def test_a_model_for_everybody(
    kitabu: Kitabu, ollama: ReplayServer, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", str(library))
    assert kitabu("models", "use", "stories260Ktok512", *data).status == 0
    monkeypatch.setenv("KITABU_DATA", str(library))
    assert kitabu("models", "--json").json["answering"] == "ollama:stories260Ktok512:latest"
    ollama.say("An opened vial is thrown away after 6 hours [1].")
    ollama.script("/api/show", ollama.play("show"))
    answer = kitabu("ask", "When is an opened vial of measles vaccine thrown away?", *data, "--json").json
    assert answer["model"] == "stories260Ktok512:latest"
    assert kitabu("models", "use", "none", *data).status == 0
    assert (
        kitabu("ask", "When is an opened vial of measles vaccine thrown away?", *data, "--json").json["model"] == "none"
    )
    assert "as chosen" in kitabu("doctor", *data).out
    assert kitabu("models", "use", "auto", *data).status == 0
    assert kitabu("models", "--json").json["answering"] == f"ollama:{MODEL}"
    assert kitabu("models", "use", "nope", *data).status == 6
    monkeypatch.setenv("KITABU_MODEL", f"ollama:{MODEL}")
    named = kitabu("models", "use", "auto", *data)
    assert named.status == 10
    assert "settings name the model" in named.err


def test_wrong_use(kitabu: Kitabu, ollama: ReplayServer) -> None:
    assert kitabu("models", "--json", "show", MODEL).status == 2
    assert kitabu("models", "show").status == 2
