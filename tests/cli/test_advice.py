"""`kitabu advice`: what is found and advised, and what a short try of the parts in use comes to."""

from pathlib import Path

import pytest

from rag.core.errors import MissingDependency
from rag.models.hardware import look
from rag.testing.replay import ReplayServer
from rag.testing.smollm import smollm_path
from tests.cli.conftest import Kitabu
from tests.places import RECORDINGS


def test_the_machine_and_the_choice_are_told(kitabu: Kitabu, filled: Path) -> None:
    told = kitabu("advice", "--data", str(filled), "--json").json
    assert told["hardware"]["memory"] == look().memory
    assert bool(told["first"]) != bool(told["why_none"])
    assert told["measured"] is None
    named = [*([told["first"]] if told["first"] else []), *told["alternatives"]]
    for choice in named:
        assert choice["needs"] < told["hardware"]["free"]
        assert choice["reasons"]
    shown = kitabu("advice", "--data", str(filled))
    assert shown.status == 0
    assert shown.out.startswith("memory ")
    for choice in named:
        assert f"ollama pull {choice['model']}" in shown.out


def test_it_needs_no_library(kitabu: Kitabu, tmp_path: Path) -> None:
    assert kitabu("advice", "--data", str(tmp_path / "none")).status == 0
    assert not (tmp_path / "none").exists()


def test_a_short_try_gives_a_forecast(kitabu: Kitabu, filled: Path) -> None:
    try:
        model = f"gguf:{smollm_path()}"
    except MissingDependency as error:
        pytest.skip(str(error))
    told = kitabu("advice", "--measure", "--model", model, "--data", str(filled), "--json").json
    assert "error" not in told, told
    measured = told["measured"]
    assert measured["runs_on"] == "processor"
    assert measured["tokens_read_per_second"] > measured["tokens_written_per_second"] > 0
    assert measured["passages_embedded_per_second"] > 0
    assert measured["passages"] > 0
    assert measured["hours_to_embed"] == pytest.approx(
        measured["passages"] / measured["passages_embedded_per_second"] / 3600, abs=1e-3
    )
    for choice in [*([told["first"]] if told["first"] else []), *told["alternatives"]]:
        assert choice["measured"] == (choice["runs_on"] == "processor")


def test_the_speed_on_a_server_is_that_of_the_model_there(
    kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplayServer(RECORDINGS) as ollama:
        monkeypatch.setenv("KITABU_OLLAMA_URL", ollama.url)
        ollama.say("yes " * 20, delay=0.005)
        ollama.script("/api/ps", ollama.play("ps_loaded"))
        command = ("advice", "--measure", "--model", "ollama:smollm2:135m", "--data", str(filled))
        told = kitabu(*command, "--json").json["measured"]
        shown = kitabu(*command).out
    assert (told["model"], told["runs_on"], told["problem"]) == ("smollm2:135m", "processor", "")
    assert 0 < told["tokens_written_per_second"] < 200
    assert "measured   smollm2:135m reads " in shown
    assert "to embed the library's" in shown


def test_without_a_model_the_embedder_is_measured_all_the_same(kitabu: Kitabu, filled: Path) -> None:
    told = kitabu("advice", "--measure", "--data", str(filled), "--json").json["measured"]
    assert told["model"] is None
    assert "Nothing answers at" in told["problem"]
    assert told["hours_to_embed"] >= 0


def test_the_embedder_that_is_measured_is_the_librarys(
    kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITABU_EMBEDDER", "ollama:nomic-embed-text")
    told = kitabu("advice", "--measure", "--model", "none", "--data", str(filled), "--json").json
    assert told["measured"]["passages_embedded_per_second"] > 0
    checks = kitabu("doctor", "--data", str(filled), "--json").json["checks"]
    assert [check["state"] for check in checks if check["name"] == "embedder"] == ["ok"]


def test_a_model_server_elsewhere_is_told(kitabu: Kitabu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITABU_OLLAMA_URL", "http://192.0.2.7:11434")
    monkeypatch.setenv("KITABU_CONNECT_TIMEOUT", "0.2")
    assert "another machine, 192.0.2.7" in kitabu("advice").out
