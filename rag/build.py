"""The one place that turns settings into objects."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.worker import Worker
from rag.answering.evidence import EvidenceRanker
from rag.core.config import Settings
from rag.core.ports import ChatModel, Embedder
from rag.engine import Engine
from rag.models.chat import OllamaChat, load_chat_model
from rag.models.embedding import load_embedder
from rag.models.ollama import OllamaServer, ServerStatus, choose
from rag.retrieval.fusion import dense_trust
from rag.retrieval.retriever import Retriever
from rag.store.library import Library

STATUS_SECONDS: Final = 10.0
"""How long the model server's last status is believed."""
QUOTING: Final = "none"
AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """Which model answers, for the person who reads the answers."""

    name: str
    """"none" when answers are quoted without a model."""
    where: str
    """Where it runs, in words; empty for quoting, and where it is not known."""
    problem: str
    """Why answers are quoted though a model is wanted; else empty."""
    remedy: str


class ModelChooser:
    """Decides which chat model answers, looking at the server no more often than every `STATUS_SECONDS`."""

    def __init__(self, settings: Settings, server: OllamaServer) -> None:
        self._settings = settings
        self._server = server
        self._lock = threading.Lock()
        self._status: ServerStatus | None = None
        self._looked_at = 0.0
        self._models: dict[str, ChatModel] = {}

    def status(self) -> ServerStatus:
        """The server's status, at most `STATUS_SECONDS` old."""
        with self._lock:
            if self._status is None or time.monotonic() - self._looked_at > STATUS_SECONDS:
                self._status = self._server.status()
                self._looked_at = time.monotonic()
            return self._status

    def chat(self, name: str | None) -> ChatModel | None:
        """The chat model for `name` (None: the configured one); None means quoting.

        Raises:
            UnknownBackend: the name is no backend.
        """
        wanted = name or self._settings.model
        if wanted == AUTO:
            status = self.status()
            found = choose(status.models, status.loaded) if status.reachable else None
            wanted = f"ollama:{found}" if found else QUOTING
        if wanted == QUOTING:
            return None
        with self._lock:
            if wanted not in self._models:
                self._models[wanted] = load_chat_model(wanted, self._settings)
            return self._models[wanted]

    def in_use(self) -> ModelInUse:
        """What the bar of the app says."""
        if self._settings.model == QUOTING:
            return ModelInUse(QUOTING, "", "", "")
        chat = self.chat(None)
        if chat is not None and not isinstance(chat, OllamaChat):
            # A model named by its path is somebody's own code: whether and where it runs is not known here.
            return ModelInUse(chat.name, "", "", "")
        status = self.status()
        if chat is None:
            return ModelInUse(QUOTING, "", status.problem, status.remedy)
        if not status.reachable:
            return ModelInUse(chat.name, "", status.problem, status.remedy)
        if not any(_tagged(model.name) == _tagged(chat.name) for model in status.models):
            problem = f"The model server at {status.url} does not have '{chat.name}'."
            return ModelInUse(chat.name, "", problem, f"Open a terminal and run: ollama pull {chat.name}")
        return ModelInUse(chat.name, status.where(chat.name), "", "")


def _tagged(name: str) -> str:
    """Ollama's full name of a model: without a tag it means the latest."""
    return name if ":" in name else f"{name}:latest"


class Kitabu:
    """One open library with everything that works on it. Close it, or use it as a context manager."""

    def __init__(self, settings: Settings, library: Library, embedder: Embedder) -> None:
        self.settings = settings
        self.library = library
        self.embedder = embedder
        self.server = OllamaServer(settings.ollama_url, settings.connect_timeout)
        self.chooser = ModelChooser(settings, self.server)
        chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
        fingerprint = embedder.fingerprint(chunker.name)
        self.pipeline = Pipeline(library, embedder, chunker, max_file_bytes=settings.max_file_mb * 1_000_000)
        self.worker = Worker(self.pipeline, library)
        trust = dense_trust if settings.embedder == "minilm" else _full_trust
        self.engine = Engine(
            library.catalog,
            Retriever(library.catalog, library.vectors, library.keywords, embedder, trust),
            EvidenceRanker(embedder, library.keywords, trust),
            self.chooser.chat,
            lambda: library.check_fingerprint(fingerprint),
            passages=settings.passages,
            window=settings.window,
            answer_tokens=settings.answer_tokens,
        )

    def model_in_use(self) -> ModelInUse:
        """Which model answers and where it runs; asks the server when the last look is old."""
        return self.chooser.in_use()

    def close(self) -> None:
        """Stop the worker and release the library."""
        self.worker.stop()
        self.pipeline.close()
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_kitabu(settings: Settings, *, wait: float = 0.0) -> Kitabu:
    """Open the library in `settings.data`, making it when it is not there.

    Args:
        wait: seconds to wait for another process to give up the library; afterwards it is opened for reading.

    Raises:
        ConfigError: the embedder or store is unknown.
        StoreUnavailable: the data folder cannot be used.
    """
    embedder = load_embedder(settings.embedder)
    library = Library.open(settings.data, dimension=embedder.dimension, wait=wait)
    return Kitabu(settings, library, embedder)


def _full_trust(_language: str) -> float:
    """An embedder that someone chose is trusted in every language until it is measured."""
    return 1.0
