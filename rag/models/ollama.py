"""Care of the Ollama server: its address, what it holds, and what runs where."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from rag.core.errors import ConfigError
from rag.core.machine import LOOPBACK
from rag.models.ollama_errors import PULL_HINT, START_HINT, status_error, transport_error

if TYPE_CHECKING:
    import httpx

DEFAULT_PORT: Final = 11434
USUAL_WINDOW: Final = 4096
"""Ollama's own default window; taken where a model does not tell what it was made for."""
SENSIBLE_SIZE: Final = 6 * 10**9
"""Bytes of weights: about 8 billion parameters at 4 bits, the most that answers at reading speed on usual machines."""
MEMORY_SHARE: Final = 0.6
"""Part of the machine's memory that weights may take; the rest is for the window, the system and this program."""
WINDOW_SHARE: Final = 0.25
"""Part of the machine's memory that the window may take, beside the weights: more, and the machine begins to swap."""
THIS_COMPUTER: Final = "this computer"
"""Where a model runs, in words."""
_SPECIALISED: Final = re.compile(r"embed|code|math|guard|ocr|vision|rerank", re.IGNORECASE)


def is_here(url: str) -> bool:
    """Whether an address, in full, is of this computer."""
    return (urlsplit(url).hostname or "") in LOOPBACK


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
    digest: str = ""
    """Of its manifest, in hexadecimal digits: two models of one digest are the same."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory. `size_vram` of 0 means the processor runs it, equal to `size` the GPU."""

    name: str
    size: int
    """Bytes, the window included."""
    size_vram: int
    context_length: int
    expires_at: str = ""
    """When it leaves the memory unless it is asked again, as RFC 3339 writes it."""

    @property
    def gpu_share(self) -> float:
        """How much of it lies on the GPU, 0 to 1."""
        return min(1.0, self.size_vram / self.size) if self.size else 0.0


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
        machine = place_of(self.url)
        running = self.running(model)
        if running is None:
            return machine
        if running.size_vram == 0:
            return f"{machine}, on the processor"
        return f"{machine}, {'on' if running.size_vram >= running.size else 'partly on'} the GPU"

    def local(self, model: str) -> LocalModel | None:
        """The model of that name, or None when the server does not have it."""
        return next((entry for entry in self.models if same_model(entry.name, model)), None)

    def running(self, model: str) -> LoadedModel | None:
        """The model of that name in memory, or None when it is not loaded."""
        return next((entry for entry in self.loaded if same_model(entry.name, model)), None)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What `/api/show` says of a model."""

    context_length: int
    capabilities: tuple[str, ...]
    token_bytes: int = 0
    """Memory for one token of the window (16-bit keys and values of every layer); 0 where it is not told."""
    licence: str = ""
    """The licence's text as it came with the model; "" where none did."""
    parameters: str = ""
    """As Ollama writes it: "4.0B"."""
    quantization: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)
    """What its file says of itself, by GGUF's keys: `general.architecture`, `general.license` and so on."""

    def window(self, memory: int) -> int:
        """The largest window that is sensible on a machine with so many bytes of memory; 0 for one not known."""
        if not memory or not self.token_bytes:
            return self.context_length
        return min(self.context_length, max(USUAL_WINDOW, int(memory * WINDOW_SHARE) // self.token_bytes))


def normalise_url(url: str, setting: str = "ollama_url") -> str:
    """A full address from what people write: "localhost", "192.168.1.5:11434", "http://host/".

    As in Ollama itself, an address without `http://` means port 11434, one with it port 80. 0.0.0.0, which servers
    listen on and which cannot be connected to everywhere, becomes 127.0.0.1.

    Args:
        setting: where it was written, for the error.

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
            f"Setting '{setting}' is no address: '{url}'.", f"Write it like http://127.0.0.1:{DEFAULT_PORT}."
        )
    host = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host
    port = port or (DEFAULT_PORT if plain else None)
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def place_of(url: str) -> str:
    """The machine of an address, in words."""
    return THIS_COMPUTER if is_here(url) else urlsplit(url).hostname or ""


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
                details: Mapping[str, Any] = body.get("details") or {}
                return ModelCard(
                    max(lengths, default=USUAL_WINDOW),
                    tuple(body.get("capabilities") or ()),
                    _token_bytes(info),
                    str(body.get("license") or ""),
                    str(details.get("parameter_size") or ""),
                    str(details.get("quantization_level") or ""),
                    info,
                )
        except (httpx.HTTPError, ValueError, AttributeError, TypeError) as error:
            raise transport_error(error, self.url, model) from error

    def digest(self, model: str) -> str:
        """The digest of a model as the server tells it; "" where it does not.

        Raises:
            ModelError: unreachable, or a reply that is not Ollama's.
        """
        import httpx

        try:
            with self.client() as client:
                entries = self._get(client, "/api/tags")["models"] or ()
            found = (str(entry.get("digest") or "") for entry in entries if same_model(str(entry["name"]), model))
            return next(found, "")
        except (httpx.HTTPError, ValueError, KeyError, AttributeError, TypeError) as error:
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


def _token_bytes(info: Mapping[str, Any]) -> int:
    """Two bytes for each key and each value: layers, times heads that have their own, times the length of a head."""

    def told(name: str) -> int:
        found = next((value for key, value in info.items() if key.endswith(f".{name}")), 0)
        # Some models have a number for each layer.
        return max(found, default=0) if isinstance(found, list) else int(found or 0)

    head = told("attention.key_length") or told("embedding_length") // max(1, told("attention.head_count"))
    return 4 * told("block_count") * told("attention.head_count_kv") * head


def same_model(one: str, other: str) -> bool:
    """Whether two names mean the same model: Ollama adds ":latest" to a name without a tag."""
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
        digest=str(entry.get("digest") or ""),
    )


def _loaded(entry: Mapping[str, Any]) -> LoadedModel:
    return LoadedModel(
        name=str(entry["name"]),
        size=int(entry.get("size") or 0),
        size_vram=int(entry.get("size_vram") or 0),
        context_length=int(entry.get("context_length") or 0),
        expires_at=str(entry.get("expires_at") or ""),
    )


def choose(models: Sequence[LocalModel], loaded: Sequence[LoadedModel], memory: int) -> str | None:
    """The model to answer with when none is configured, or None when there is none.

    One that is loaded already comes first: it answers at once. Then models made for something else (code, pictures)
    come last, and of the others the largest that is at most `SENSIBLE_SIZE` and `MEMORY_SHARE` of the memory; if all
    are larger, the smallest. Same size: by name.

    Args:
        memory: bytes of memory where the model runs; 0 where that is not known.
    """
    limit = min(SENSIBLE_SIZE, memory * MEMORY_SHARE) if memory else SENSIBLE_SIZE
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
