"""Why no Ollama server answers: the addresses that were tried, the likely cause, and what to do on this system."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rag.core.errors import ConfigError
from rag.core.machine import LOOPBACK
from rag.models.ollama import DEFAULT_PORT, OllamaServer, normalise_url
from rag.models.ollama_errors import SUGGESTED_MODEL

_CONTAINER_MARKS: Final = ("/.dockerenv", "/run/.containerenv")
_CONTAINER_HOSTS: Final = ("host.docker.internal", "host.containers.internal")
"""What Docker and Podman call the computer that a container runs on."""


class Outcome(StrEnum):
    """What came of one address, the nearest to an answer first."""

    OLLAMA = "Ollama answers here"
    OTHER = "something answers, but it is not Ollama"
    SILENT = "it takes the connection and does not answer"
    REFUSED = "no program listens there"
    NO_ANSWER = "no answer"
    UNKNOWN = "no computer of that name is known"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An address that was tried."""

    address: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, and the command that does it; the command is empty where there is none."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why nothing answers."""

    attempts: tuple[Attempt, ...]
    """The first ones are of the address in the settings."""
    cause: str
    """The likely one, in a sentence or two."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of this computer tells why a server is not reached."""

    system: str
    """As `sys.platform`: "linux", "darwin", "win32"."""
    installed: bool
    """Whether the program `ollama` is found."""
    container: bool
    """Whether this process runs in a container."""
    other_address: str = ""
    """What the variable OLLAMA_HOST says, which Ollama's own programs go by."""


def surroundings() -> Surroundings:
    """Those of this process."""
    return Surroundings(
        sys.platform,
        shutil.which("ollama") is not None or (sys.platform == "darwin" and Path("/Applications/Ollama.app").exists()),
        any(Path(mark).exists() for mark in _CONTAINER_MARKS) or "KUBERNETES_SERVICE_HOST" in os.environ,
        os.environ.get("OLLAMA_HOST", ""),
    )


def diagnose(written: str, seconds: float, around: Surroundings) -> Diagnosis:
    """Try the address and those that are often meant instead; takes at most about three times `seconds`.

    Args:
        written: the setting `ollama_url`, as it was written.
        seconds: for each connection, and for each answer.
        around: where this process runs.

    Raises:
        ConfigError: `written` is no address.
    """
    url = normalise_url(written)
    own = _places(url)
    others = [place for place in _also(url, around) if place not in own]
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="diagnosis") as pool:
        tried = list(pool.map(lambda place: Attempt(place, _try(place, seconds)), [*own, *others]))
    shown = tuple(one for one in tried if one.address in own or one.outcome is not Outcome.UNKNOWN)
    found = next((one for one in tried[len(own) :] if one.outcome is Outcome.OLLAMA), None)
    if found is not None:
        return Diagnosis(shown, *_elsewhere(url, found.address, around.system))
    outcome = min((one.outcome for one in tried[: len(own)]), key=list(Outcome).index)
    return Diagnosis(shown, *_cause(url, outcome, around))


def _places(url: str) -> list[str]:
    """The addresses that an address means: `localhost` is two."""
    parts = urlsplit(url)
    if parts.hostname != "localhost":
        return [url]
    port = f":{parts.port}" if parts.port else ""
    return [f"{parts.scheme}://{host}{port}{parts.path}" for host in ("127.0.0.1", "[::1]")]


def _also(url: str, around: Surroundings) -> list[str]:
    """What is often meant by it."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    # With http:// in front the port is 80 unless it is written.
    meant = [f"http://{host}:{DEFAULT_PORT}"]
    if parts.hostname in LOOPBACK:
        meant = [
            f"http://{one}:{port}" for port in (parts.port, DEFAULT_PORT) if port for one in ("127.0.0.1", "[::1]")
        ]
    if around.container:
        meant += [f"http://{one}:{DEFAULT_PORT}" for one in _CONTAINER_HOSTS]
    if around.other_address:
        with suppress(ConfigError):
            meant += _places(normalise_url(around.other_address))
    return list(dict.fromkeys(meant))


def _try(url: str, seconds: float) -> Outcome:
    parts = urlsplit(url)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    try:
        addresses = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return Outcome.UNKNOWN
    outcome = Outcome.NO_ANSWER
    for family, kind, protocol, _, address in addresses:
        try:
            with socket.socket(family, kind, protocol) as connection:
                connection.settimeout(seconds)
                connection.connect(address)
        except ConnectionRefusedError:
            outcome = Outcome.REFUSED
        except OSError:
            continue
        else:
            status = OllamaServer(url, seconds).status()
            if status.reachable:
                return Outcome.OLLAMA
            return Outcome.OTHER if "not Ollama" in status.problem else Outcome.SILENT
    return outcome


def _elsewhere(url: str, found: str, system: str) -> tuple[str, tuple[Step, ...]]:
    cause = f"Ollama answers at {found}. The setting 'ollama_url' leads to {url}."
    if urlsplit(found).port == DEFAULT_PORT and urlsplit(url).port is None:
        cause += f" Without a port behind it, http:// means port 80; Ollama's is {DEFAULT_PORT}."
    elif urlsplit(url).hostname == "::1":
        cause += " That is the address of this computer in IPv6, where Ollama does not listen."
    return cause, _set_address(found, system)


def _set_address(url: str, system: str) -> tuple[Step, ...]:
    command = f'$env:KITABU_OLLAMA_URL = "{url}"' if system == "win32" else f"export KITABU_OLLAMA_URL={url}"
    return (
        Step("Write the address that answers into kitabu.toml and start Kitabu again:", f'ollama_url = "{url}"'),
        Step("Or set it in the terminal that Kitabu is started from:", command),
    )


def _cause(url: str, outcome: Outcome, around: Surroundings) -> tuple[str, tuple[Step, ...]]:
    host = urlsplit(url).hostname or ""
    if outcome is Outcome.OLLAMA:
        return f"Ollama answers at {url} now. It was busy, or had just been started.", ()
    if outcome is Outcome.UNKNOWN:
        return f"No computer called '{host}' is known in this network.", (
            Step("Check how the name is written, or give the computer's number instead:", 'ollama_url = "192.168.1.5"'),
        )
    if outcome is Outcome.OTHER:
        return f"Another program than Ollama answers at {url}.", (
            Step("Check the address. What answers there shows with:", _curl(url, around.system)),
        )
    if outcome is Outcome.SILENT:
        return f"A program at {url} takes connections and does not answer. It may be overloaded, or stuck.", (
            Step("Wait until what it is doing is done, or start Ollama again:", _restart(around.system)),
        )
    if host not in LOOPBACK:
        return _remote(url, host, outcome, around.system)
    if around.container:
        return "Kitabu runs in a container, where 127.0.0.1 is the container itself.", (
            Step(
                "Have the container find the computer it runs on:",
                f"docker run --add-host={_CONTAINER_HOSTS[0]}:host-gateway ...",
            ),
            Step(
                "Give that address in the container:", f"KITABU_OLLAMA_URL=http://{_CONTAINER_HOSTS[0]}:{DEFAULT_PORT}"
            ),
            Step("On the computer itself, let Ollama listen to containers, too:", _listen("linux")),
        )
    if around.installed:
        return "Ollama is installed on this computer, and it is not running.", (
            Step("Start it:", _start(around.system)),
        )
    return "Ollama was not found on this computer.", (
        Step("Install it (from ollama.com):", _install(around.system)),
        Step("Start it:", _start(around.system)),
        Step("Get a model:", f"ollama pull {SUGGESTED_MODEL}"),
    )


def _remote(url: str, host: str, outcome: Outcome, system: str) -> tuple[str, tuple[Step, ...]]:
    port = urlsplit(url).port or 80
    look = Step("Whether it can be reached from here shows with:", _curl(url, system))
    listen = Step(
        "By itself Ollama listens to its own computer only. There, let it listen to the network; everybody in that "
        "network can use it then:",
        _listen(system),
    )
    if outcome is Outcome.REFUSED:
        cause = f"The computer '{host}' is there, and no program listens at port {port}: Ollama is not started there, "
        return f"{cause}or listens to that computer alone.", (listen, look)
    cause = f"The computer '{host}' does not answer: it is switched off, in another network, or a firewall keeps port "
    return f"{cause}{port} closed.", (
        look,
        Step("Open the port in the firewall of that computer:", _open_port(port, system)),
        listen,
    )


def _install(system: str) -> str:
    return {"win32": "winget install Ollama.Ollama", "darwin": "brew install --cask ollama"}.get(
        system, "curl -fsSL https://ollama.com/install.sh | sh"
    )


def _start(system: str) -> str:
    return {"darwin": "open -a Ollama"}.get(system, "ollama serve")


def _restart(system: str) -> str:
    return {
        "darwin": "killall Ollama; open -a Ollama",
        "win32": "taskkill /im ollama.exe /f; ollama serve",
    }.get(system, "sudo systemctl restart ollama")


def _listen(system: str) -> str:
    return {
        "darwin": 'launchctl setenv OLLAMA_HOST "0.0.0.0"; killall Ollama; open -a Ollama',
        "win32": "setx OLLAMA_HOST 0.0.0.0",
    }.get(system, "OLLAMA_HOST=0.0.0.0 ollama serve")


def _open_port(port: int, system: str) -> str:
    return {
        "darwin": "/usr/libexec/ApplicationFirewall/socketfilterfw --unblockapp /Applications/Ollama.app",
        "win32": f"New-NetFirewallRule -DisplayName Ollama -Direction Inbound -Protocol TCP -LocalPort {port} "
        "-Action Allow",
    }.get(system, f"sudo ufw allow {port}/tcp")


def _curl(url: str, system: str) -> str:
    return f"{'curl.exe' if system == 'win32' else 'curl'} {url}/api/version"
