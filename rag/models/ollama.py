"""Care of the Ollama server: its address, what it holds, what runs where, and what its failures mean."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from rag.core.errors import (
    ConfigError,
    ContextOverflow,
    ModelError,
    ModelNotPulled,
    ServerBusy,
    ServerUnreachable,
    TimedOut,
)

if TYPE_CHECKING:
    import httpx

DEFAULT_PORT: Final = 11434
SUGGESTED_MODEL: Final = "qwen3:4b"
USUAL_WINDOW: Final = 4096
"""Ollama's own default window; taken where a model does not tell what it was made for."""
SENSIBLE_SIZE: Final = 6 * 10**9
"""Bytes of weights: about 8 billion parameters at 4 bits, the most that answers at reading speed on usual machines."""
MEMORY_SHARE: Final = 0.6
"""Part of the machine's memory that weights may take; the rest is for the window, the system and this program."""
_THIS_COMPUTER: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SPECIALISED: Final = re.compile(r"embed|code|math|guard|ocr|vision|rerank", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that can answer and lies on the server's disk."""

    name: str
    size: int
    """Bytes on disk."""
    parameters: str
    """As Ollama writes it: "4.0B"."""
    quantization: str
    context_length: int
    """Tokens it was made for; 0 where the server does not say."""
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory. `size_vram` of 0 means the processor runs it, equal to `size` the GPU."""

    name: str
    size: int
    size_vram: int
    context_length: int


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What a look at the server found. `problem` and `remedy` are empty when it can answer."""

    url: str
    reachable: bool
    version: str = ""
    models: tuple[LocalModel, ...] = ()
    loaded: tuple[LoadedModel, ...] = ()
    problem: str = ""
    remedy: str = ""

    def where(self, model: str) -> str:
        """Where `model` runs, in words: "this computer, on the GPU"; without the second part when it is not loaded."""
        host = urlsplit(self.url).hostname or ""
        machine = "this computer" if host in _THIS_COMPUTER else host
        running = next((entry for entry in self.loaded if _same_model(entry.name, model)), None)
        if running is None:
            return machine
        if running.size_vram == 0:
            return f"{machine}, on the processor"
        return f"{machine}, {'on' if running.size_vram >= running.size else 'partly on'} the GPU"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What `/api/show` says of a model."""

    context_length: int
    capabilities: tuple[str, ...]


def normalise_url(url: str) -> str:
    """A full address from what people write: "localhost", "192.168.1.5:11434", "http://host/".

    As in Ollama itself, an address without `http://` means port 11434, one with it port 80. 0.0.0.0, which servers
    listen on and which cannot be connected to everywhere, becomes 127.0.0.1.

    Raises:
        ConfigError: it is no address.
    """
    text = url.strip()
    plain = "://" not in text
    try:
        parts = urlsplit(f"http://{text}" if plain else text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if not host or parts.scheme not in {"http", "https"}:
        raise ConfigError(
            f"Setting 'ollama_url' is no address: '{url}'.", f"Write it like http://127.0.0.1:{DEFAULT_PORT}."
        )
    host = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host
    port = port or (DEFAULT_PORT if plain else None)
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


class OllamaServer:
    """One Ollama server.

    Connections are direct (no proxy from the environment, no redirect followed), so that questions and documents go
    to this address and nowhere else. `localhost` is tried on IPv6 and IPv4.

    Args:
        url: its address, as people write it.
        connect_timeout: seconds to reach it; also the longest that `status` and `show` take.

    Raises:
        ConfigError: `url` is no address.
    """

    def __init__(self, url: str, connect_timeout: float) -> None:
        self.url = normalise_url(url)
        self.connect_timeout = connect_timeout
        self._lock = threading.Lock()
        self._probe: _Probe | None = None

    def status(self) -> ServerStatus:
        """Look at the server; never raises and never takes longer than `connect_timeout`."""
        with self._lock:
            # At most one look at a time: a server that hangs collects no threads.
            if self._probe is None or not self._probe.is_alive():
                self._probe = _Probe(self, self.client())
                self._probe.start()
            probe = self._probe
        probe.join(self.connect_timeout)
        if probe.status is None:
            return self._failed(f"The model server at {self.url} does not answer.")
        return probe.status

    def show(self, model: str) -> ModelCard:
        """What the model was made for and can do.

        Raises:
            ModelError: unreachable, not pulled, or a reply that is not Ollama's.
        """
        import httpx

        try:
            with self.client() as client:
                reply = client.post("/api/show", json={"model": model})
                if reply.status_code != 200:
                    raise status_error(reply.status_code, reply.text, self.url, model)
                body = reply.json()
                info: Mapping[str, Any] = body.get("model_info") or {}
                lengths = [n for key, n in info.items() if key.endswith(".context_length") and isinstance(n, int)]
                return ModelCard(max(lengths, default=USUAL_WINDOW), tuple(body.get("capabilities") or ()))
        except (httpx.HTTPError, ValueError, AttributeError, TypeError) as error:
            raise transport_error(error, self.url, model) from error

    def transport(self) -> httpx.HTTPTransport:
        """Direct connections, closed after each reply: a kept one may be dead when the server was restarted."""
        import httpx

        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.HTTPTransport(verify=self.url.startswith("https"), trust_env=False, limits=limits)

    def client(self) -> httpx.Client:
        """A client for short requests."""
        import httpx

        return httpx.Client(
            base_url=self.url, transport=self.transport(), timeout=self.connect_timeout, trust_env=False
        )

    def look(self, client: httpx.Client) -> ServerStatus:
        """What `status` does in a thread of its own; may take longer than `connect_timeout`."""
        import httpx

        try:
            with client:
                version, tags, loaded = (self._get(client, f"/api/{what}") for what in ("version", "tags", "ps"))
                models = tuple(_local(entry) for entry in tags["models"] or () if _answers(entry))
                running = tuple(_loaded(entry) for entry in loaded["models"] or ())
                told = str(version["version"])
        except httpx.TimeoutException:
            return self._failed(f"The model server at {self.url} does not answer.")
        except httpx.TransportError:
            return self._failed(f"Nothing answers at {self.url}.")
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
            return self._failed(f"Something answers at {self.url}, but it is not Ollama.")
        problem, remedy = ("", "") if models else ("The model server has no model that can answer.", PULL_HINT)
        return ServerStatus(self.url, True, told, models, running, problem, remedy)

    def _get(self, client: httpx.Client, path: str) -> dict[str, Any]:
        body = client.get(path).raise_for_status().json()
        if not isinstance(body, dict):
            raise TypeError(path)
        return body

    def _failed(self, problem: str) -> ServerStatus:
        return ServerStatus(self.url, False, problem=problem, remedy=START_HINT)


def _same_model(one: str, other: str) -> bool:
    """Ollama adds ":latest" to a name without a tag."""
    return one.removesuffix(":latest") == other.removesuffix(":latest")


class _Probe(threading.Thread):
    """One look at the server, in a thread of its own because resolving a name has no time limit."""

    def __init__(self, server: OllamaServer, client: httpx.Client) -> None:
        super().__init__(name="ollama-status", daemon=True)
        self._server = server
        self._client = client
        self.status: ServerStatus | None = None

    def run(self) -> None:
        self.status = self._server.look(self._client)


def _answers(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of `/api/tags` is a model on this disk that can chat."""
    if entry.get("remote_host") or entry.get("remote_model"):
        return False
    capabilities = entry.get("capabilities")
    families = (entry.get("details") or {}).get("families") or ()
    encoder = any("bert" in family for family in families) or "embed" in str(entry.get("name", ""))
    return not encoder and (not capabilities or "completion" in capabilities)


def _local(entry: Mapping[str, Any]) -> LocalModel:
    details: Mapping[str, Any] = entry.get("details") or {}
    return LocalModel(
        name=str(entry["name"]),
        size=int(entry.get("size") or 0),
        parameters=str(details.get("parameter_size") or ""),
        quantization=str(details.get("quantization_level") or ""),
        context_length=int(details.get("context_length") or 0),
        capabilities=tuple(entry.get("capabilities") or ()),
    )


def _loaded(entry: Mapping[str, Any]) -> LoadedModel:
    return LoadedModel(
        name=str(entry["name"]),
        size=int(entry.get("size") or 0),
        size_vram=int(entry.get("size_vram") or 0),
        context_length=int(entry.get("context_length") or 0),
    )


def choose(models: Sequence[LocalModel], loaded: Sequence[LoadedModel] = (), memory: int | None = None) -> str | None:
    """The model to answer with when none is configured, or None when there is none.

    One that is loaded already comes first: it answers at once. Then models made for something else (code, pictures)
    come last, and of the others the largest that is at most `SENSIBLE_SIZE` and `MEMORY_SHARE` of the memory; if all
    are larger, the smallest. Same size: by name.

    Args:
        memory: bytes of memory where the model runs; by default this machine's.
    """
    total = memory or _machine_memory()
    limit = min(SENSIBLE_SIZE, total * MEMORY_SHARE) if total else SENSIBLE_SIZE
    running = {model.name for model in loaded}

    def preference(model: LocalModel) -> tuple[bool, bool, bool, int, str]:
        fits = model.size <= limit
        return (
            model.name not in running,
            bool(_SPECIALISED.search(model.name)),
            not fits,
            -model.size if fits else model.size,
            model.name,
        )

    return min(models, key=preference).name if models else None


def _machine_memory() -> int:
    """Bytes of memory, 0 where the system does not say (Windows)."""
    if sys.platform == "win32":
        return 0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _start_hint(platform: str) -> str:
    start = {"win32": "start Ollama from the Start menu", "darwin": "open the Ollama app"}
    return f"Install Ollama from ollama.com, then {start.get(platform, 'run: ollama serve')}."


START_HINT: Final = _start_hint(sys.platform)
PULL_HINT: Final = f"Open a terminal and run: ollama pull {SUGGESTED_MODEL}"


def status_error(status: int, body: str, url: str, model: str) -> ModelError:
    """The error for a reply other than 200, or for an error line in a stream (`status` -1)."""
    told = error_text(body)
    if re.search(r"exceed.*context|context.*exceed", told):
        return ContextOverflow(
            f"The question and its passages do not fit the window of '{model}'.", "Set 'window' higher or ask for less."
        )
    if status == 404:
        return ModelNotPulled(f"The model server at {url} does not have '{model}'.", f"Run: ollama pull {model}")
    if status == 503:
        return ServerBusy(f"The model server at {url} is busy.", "Wait a moment and ask again.")
    if "memory" in told:
        return ModelError(f"'{model}' does not fit the memory: {told}.", f"Use a smaller model. {PULL_HINT}")
    return ModelError(f"The model server at {url} reported an error for '{model}': {told}.", "Ask again.")


def transport_error(error: Exception, url: str, model: str) -> ModelError:
    """The error for a request that got no reply, or one that is not Ollama's."""
    import httpx

    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | ConnectionError):
        return ServerUnreachable(f"Nothing answers at {url}.", START_HINT)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(
            f"The model server at {url} stopped answering.", f"'{model}' may be too large: try a smaller one."
        )
    if isinstance(error, httpx.TransportError):
        return ServerUnreachable(f"The model server at {url} closed the connection.", "Look whether it still runs.")
    return ModelError(
        f"What answers at {url} does not speak Ollama's language.", "Check the setting 'ollama_url' and its version."
    )


def error_text(body: str) -> str:
    """What an error reply says, in one line."""
    try:
        told = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        told = body
    return " ".join(str(told).split())[:300].rstrip(".") or "no reason given"
