"""Why no server answers, tried over real sockets; where this computer is matters only as it is described."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.core.errors import ConfigError
from rag.models.diagnosis import Diagnosis, Outcome, Surroundings, diagnose, surroundings
from rag.testing.behaviours import garbling, hanging
from rag.testing.replay import ReplayServer
from tests.places import RECORDINGS

LINUX = Surroundings("linux", installed=False, container=False)
SECONDS = 0.5


@pytest.fixture
def replay() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        yield running


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
    return port


def commands(found: Diagnosis) -> str:
    return "\n".join(step.command for step in found.steps)


@pytest.mark.parametrize(
    ("system", "install", "start"),
    [
        ("linux", "install.sh", "ollama serve"),
        ("darwin", "brew install", "open -a Ollama"),
        ("win32", "winget install", "ollama serve"),
    ],
)
def test_not_installed_and_not_started_have_the_commands_of_this_system(system: str, install: str, start: str) -> None:
    address = f"127.0.0.1:{closed_port()}"
    found = diagnose(address, SECONDS, Surroundings(system, installed=False, container=False))
    assert found.attempts[0].address == f"http://{address}"
    assert found.attempts[0].outcome is Outcome.REFUSED
    assert "not found on this computer" in found.cause
    assert install in commands(found)
    assert "ollama pull" in commands(found)
    there = diagnose(address, SECONDS, Surroundings(system, installed=True, container=False))
    assert "not running" in there.cause
    assert commands(there) == start


def test_localhost_is_tried_on_both_of_its_addresses() -> None:
    port = closed_port()
    tried = [one.address for one in diagnose(f"localhost:{port}", SECONDS, LINUX).attempts]
    assert tried[:2] == [f"http://127.0.0.1:{port}", f"http://[::1]:{port}"]


def test_an_address_of_ipv6_while_ollama_listens_on_ipv4(replay: ReplayServer) -> None:
    found = diagnose(f"http://[::1]:{replay.port}", SECONDS, LINUX)
    assert f"Ollama answers at {replay.url}" in found.cause
    assert "IPv6" in found.cause
    assert f'ollama_url = "{replay.url}"' in commands(found)


def test_what_ollama_itself_is_told_is_tried_and_the_setting_named(replay: ReplayServer) -> None:
    around = Surroundings("win32", installed=True, container=False, other_address=f"127.0.0.1:{replay.port}")
    found = diagnose(f"http://127.0.0.1:{closed_port()}", SECONDS, around)
    assert f"Ollama answers at {replay.url}" in found.cause
    assert "$env:KITABU_OLLAMA_URL" in commands(found)
    assert Outcome.OLLAMA in {one.outcome for one in found.attempts}


def test_a_port_left_out_is_looked_for_where_ollama_listens() -> None:
    tried = [one.address for one in diagnose("http://127.0.0.1", SECONDS, LINUX).attempts]
    assert tried[0] == "http://127.0.0.1"
    assert "http://127.0.0.1:11434" in tried


def test_in_a_container() -> None:
    around = Surroundings("linux", installed=False, container=True)
    found = diagnose(f"127.0.0.1:{closed_port()}", SECONDS, around)
    assert "container" in found.cause
    assert "host.docker.internal" in commands(found)
    # Names that only exist in containers are not told where they are not known.
    assert all(one.outcome is not Outcome.UNKNOWN for one in found.attempts)


def test_a_computer_of_that_name_is_not_there() -> None:
    found = diagnose("http://no-such-computer.invalid:11434", SECONDS, LINUX)
    assert found.attempts[0].outcome is Outcome.UNKNOWN
    assert "no-such-computer.invalid" in found.cause


def test_another_program_and_one_that_is_stuck(replay: ReplayServer) -> None:
    replay.script("/api/version", garbling())
    assert "Another program" in diagnose(replay.url, SECONDS, LINUX).cause
    replay.script("/api/version", hanging())
    stuck = diagnose(replay.url, SECONDS, LINUX)
    assert "does not answer" in stuck.cause
    assert "restart ollama" in commands(stuck)


def test_a_server_that_answers_by_now(replay: ReplayServer) -> None:
    found = diagnose(replay.url, SECONDS, LINUX)
    assert "answers at" in found.cause
    assert found.steps == ()


@contextmanager
def full_queue() -> Iterator[int]:
    """A port whose connections are never taken: as behind a firewall, nothing comes back."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.2", 0))
        listening.listen(0)
        port: int = listening.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.2", port))
        yield port
        for one in waiting:
            one.close()


def test_another_computer_that_is_silent_or_where_nothing_listens() -> None:
    with full_queue() as port:
        silent = diagnose(f"http://127.0.0.2:{port}", SECONDS, LINUX)
    assert silent.attempts[0].outcome is Outcome.NO_ANSWER
    assert "firewall" in silent.cause
    assert f"ufw allow {port}" in commands(silent)
    refused = diagnose(f"http://127.0.0.2:{closed_port()}", SECONDS, Surroundings("win32", True, False))
    assert "listens to that computer alone" in refused.cause
    assert "OLLAMA_HOST" in commands(refused)
    assert "curl.exe" in commands(refused)


def test_it_reads_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "ollama"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("OLLAMA_HOST", "192.168.1.5")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert surroundings().other_address == "192.168.1.5"
    assert surroundings().installed


def test_it_keeps_its_time_and_refuses_what_is_no_address() -> None:
    with full_queue() as port:
        thread = threading.Thread(target=diagnose, args=(f"127.0.0.2:{port}", 0.3, LINUX), daemon=True)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
    with pytest.raises(ConfigError):
        diagnose("ftp://host", SECONDS, LINUX)
