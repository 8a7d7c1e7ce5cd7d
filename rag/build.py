"""The one place that turns settings into objects."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, cast

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.pool import ReaderPool, reading_processes
from ingest.readers import Limits, load_own
from ingest.report import IngestReport, Progress
from ingest.steps import Maker
from ingest.worker import Worker
from rag.answering.evidence import EvidenceRanker
from rag.core.config import Settings
from rag.core.errors import MAY_ANSWER_LATER, ConfigError, DocumentNotFound, ModelError, UnknownBackend
from rag.core.fingerprint import Fingerprint
from rag.core.machine import keep_memory_together
from rag.core.ports import ChatModel, Chunker, Embedder, KeywordIndex, VectorIndex
from rag.current import CurrentParts
from rag.engine import Engine
from rag.models.away import AwayEmbedder
from rag.models.chat import GGUF, OllamaChat, load_chat_model
from rag.models.embedding import load_embedder
from rag.models.hardware import total_memory
from rag.models.loading import load_dotted
from rag.models.ollama import THIS_COMPUTER, OllamaServer, ServerStatus, choose, is_here, place_of
from rag.models.openai import OpenAIChat
from rag.models.reader import load_reader
from rag.models.reranker import load_reranker
from rag.retrieval.retriever import Retriever
from rag.retrieval.trust import trust_in
from rag.searching import SearchParts
from rag.store.catalog import Catalog
from rag.store.derived import IndexesBeside
from rag.store.fingerprints import made_with
from rag.store.library import Library
from rag.stores import index_maker

log = logging.getLogger(__name__)

STATUS_SECONDS: Final = 10.0
"""How long the model server's last status is believed."""
CHUNK_TOKENS: Final = 256
"""Longest chunk, however much the embedder reads: passages, quotes and their number in a window are set for it."""
STRUCTURE: Final = "structure"
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
    """Decides which chat model answers, looking at the server no more often than every `STATUS_SECONDS`.

    Args:
        chosen: gives the model that the organisation chose, "" for none; the setting `model` wins unless it is "auto".
    """

    def __init__(self, settings: Settings, server: OllamaServer, chosen: Callable[[], str] = lambda: "") -> None:
        self._settings = settings
        self._server = server
        self._chosen = chosen
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

    def wanted(self) -> str:
        """What is to answer for everybody: the setting, or what was chosen where that leaves it open."""
        if self._settings.model != AUTO:
            return self._settings.model
        return self._chosen() or AUTO

    def forget_status(self) -> None:
        """Look at the server anew the next time: it was just changed."""
        with self._lock:
            self._status = None

    def resolve(self, name: str | None = None) -> str:
        """The name of the model that answers for `name` (None: the one for everybody): "auto" is decided now."""
        wanted = name or self.wanted()
        if wanted != AUTO:
            return wanted
        status = self.status()
        memory = total_memory() if is_here(status.url) else 0
        found = choose(status.models, status.loaded, memory) if status.reachable else None
        return f"ollama:{found}" if found else QUOTING

    def chat(self, name: str | None) -> ChatModel | None:
        """The chat model for `name` (None: the one for everybody); None means quoting.

        Raises:
            UnknownBackend: the name is no backend.
            MissingDependency: it needs a package that is not installed.
            InvalidWeights: its file cannot be loaded.
        """
        wanted = self.resolve(name)
        if wanted == QUOTING:
            return None
        with self._lock:
            if wanted not in self._models:
                self._models[wanted] = load_chat_model(wanted, self._settings)
            return self._models[wanted]

    def warm_up(self) -> None:
        """Import or load what the configured model needs; sends it nothing.

        Raises:
            KitabuError: as `chat` does.
        """
        chat = self.chat(None)
        if isinstance(chat, OllamaChat):
            chat.warm_up()

    def in_use(self, name: str | None = None) -> ModelInUse:
        """What the bar of the app says of the model that answers for `name` (None: the one for everybody)."""
        wanted = name or self.wanted()
        if wanted == QUOTING:
            return ModelInUse(QUOTING, "", "", "")
        chat = self.chat(wanted)
        if isinstance(chat, OpenAIChat):
            problem, remedy = chat.server.problem(chat.name)
            return ModelInUse(chat.name, "" if problem else place_of(chat.server.url), problem, remedy)
        if chat is not None and not isinstance(chat, OllamaChat):
            # A model named by a dotted path is somebody's own code: whether and where it runs is not known here.
            where = THIS_COMPUTER if wanted.startswith(f"{GGUF}:") else ""
            return ModelInUse(chat.name, where, "", "")
        status = self.status()
        if chat is None:
            return ModelInUse(QUOTING, "", status.problem, status.remedy)
        if not status.reachable:
            return ModelInUse(chat.name, "", status.problem, status.remedy)
        if not status.local(chat.name):
            problem = f"The model server at {status.url} does not have '{chat.name}'."
            return ModelInUse(chat.name, "", problem, f"Open a terminal and run: ollama pull {chat.name}")
        return ModelInUse(chat.name, status.where(chat.name), "", "")


class Kitabu:
    """One open library with everything that works on it. Close it, or use it as a context manager."""

    def __init__(self, settings: Settings, library: Library, embedder: Embedder) -> None:
        self.settings = settings
        self.library = library
        self.server = OllamaServer(settings.ollama_url, settings.connect_timeout)
        self.chooser = ModelChooser(settings, self.server, library.models.chosen)
        self.compare: Callable[[Kitabu, Engine, Callable[[], bool]], Mapping[str, Any]] | None = None
        """Measures this library's engine and one over the index beside it, before the two are switched; asks the last
        whether to stop."""
        self.pipeline = Pipeline(
            library,
            embedder,
            load_chunker(settings.chunker, embedder),
            max_file_bytes=settings.max_file_mb * 1_000_000,
            readers=reader_pool(settings),
        )
        self.worker = Worker(self.pipeline, library, self._reindex)
        self._reader = load_reader()
        self._reranker = load_reranker(settings.reranker)
        self._parts = CurrentParts(library, embedder, self._load, self._search_parts)
        self.engine = self._engine(library.catalog, self._parts)

    @property
    def embedder(self) -> Embedder:
        """What new documents are embedded with, and questions."""
        return self.pipeline.embedder

    def _load(self, name: str) -> Embedder:
        return self.embedder if name == self.embedder.name else load_embedder(name, self.server)

    def _search_parts(
        self, catalog: Catalog, vectors: VectorIndex, keywords: KeywordIndex, embedder: Embedder
    ) -> SearchParts:
        def trusting(trust: Callable[[str], float]) -> tuple[Retriever, EvidenceRanker]:
            retriever = Retriever(catalog, vectors, keywords, embedder, trust, self._reranker)
            return retriever, EvidenceRanker(embedder, keywords, trust, self._reader)

        by_words = SearchParts(*trusting(lambda _language: 0.0))
        return SearchParts(*trusting(trust_in(catalog, embedder.fingerprint(""))), by_words)

    def _engine(self, catalog: Catalog, parts: Callable[[], SearchParts]) -> Engine:
        return Engine(
            catalog,
            parts,
            self.chooser.chat,
            passages=self.settings.passages,
            window=self.settings.window,
            answer_tokens=self.settings.answer_tokens,
            caution=self.settings.caution,
            unsupported=self.settings.unsupported,
        )

    def _reindex(
        self, payload: Mapping[str, Any], on_progress: Callable[[Progress], None], stop: Callable[[], bool]
    ) -> tuple[IngestReport, Mapping[str, Any]]:
        """Do a job of the kind `ingest.worker.REINDEX`."""
        # Anew, also where its name is in use: a server may have got another model of that name meanwhile.
        embedder = load_embedder(str(payload.get("embedder") or self.settings.embedder), self.server)
        chunker = load_chunker(self.settings.chunker, embedder)
        fingerprint = embedder.fingerprint(chunker.name)
        if payload.get("back"):
            self._check_way_back(fingerprint)
        figures: Mapping[str, Any] = {}

        def compare(made: IndexesBeside) -> None:
            nonlocal figures
            if self.compare is not None:
                parts = self._search_parts(made.catalog, made.vectors, made.keywords, embedder)
                figures = self.compare(self, self._engine(made.catalog, lambda: parts), stop)

        self._parts.know(embedder)
        generation = self.library.generation
        report = self.pipeline.reindex(
            Maker(embedder, chunker),
            compare=compare,
            on_progress=on_progress,
            stop=stop,
        )
        switched = self.library.generation > generation
        stopped = not report.failed and bool(self.library.catalog.stale_documents(fingerprint))
        return report, {"embedder": embedder.name, "switched": switched, "stopped": stopped, "figures": figures}

    def _check_way_back(self, fingerprint: Fingerprint) -> None:
        """Raises DocumentNotFound or ConfigError when the index of that fingerprint is not the earlier one."""
        beside = self.library.beside.state()
        if fingerprint == self.library.catalog.made_with():
            return  # it was done, and the process killed before it could say so
        if beside is None or not beside.earlier:
            raise DocumentNotFound("There is no earlier index to go back to.", "See `kitabu embedder`.")
        if fingerprint != beside.fingerprint:
            raise ConfigError(
                f"The earlier index was made with {beside.fingerprint.embedder} and the chunker "
                f"{beside.fingerprint.chunker}, which are not what these names stand for now.",
                f"Set them as they were, or run `kitabu embedder use {fingerprint.embedder}` to make its index anew.",
            )

    def model_in_use(self, name: str | None = None) -> ModelInUse:
        """Which model answers (for `name`, None: for everybody) and where it runs; asks the server when the last look
        is old."""
        return self.chooser.in_use(name)

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


def load_chunker(name: str, embedder: Embedder) -> Chunker:
    """The chunker of that name, or of the class or function at that dotted path.

    Raises:
        UnknownBackend: neither registered nor importable, or no chunker.
        ConfigError: it could not be made.
        MissingDependency: its module is not installed.
    """
    most = min(embedder.max_tokens, CHUNK_TOKENS)
    if name == STRUCTURE:
        try:
            return StructureChunker(embedder.count_tokens, most)
        except ValueError as error:
            raise ConfigError(
                f"The embedder '{embedder.name}' reads too short texts: {error}.",
                "Choose one that reads 64 tokens or more.",
            ) from error
    made = load_dotted(name, "chunker", [STRUCTURE], ["chunk"], (embedder.count_tokens, most))
    if not isinstance(getattr(made, "name", None), str):
        raise UnknownBackend(
            f"Setting 'chunker' names '{name}', which has no name.",
            "Give it one that changes when its passages do: libraries are marked with it.",
        )
    return cast(Chunker, made)


def reader_pool(settings: Settings) -> ReaderPool:
    """The processes that read files, under the limits that are set.

    Raises:
        ConfigError: a reader of one's own cannot be loaded.
    """
    for path in settings.readers.values():
        load_own(path)
    return ReaderPool(
        processes=reading_processes(),
        memory=settings.read_memory_mb * 1024**2,
        limits=Limits(pages=settings.max_pages, unpacked=settings.max_unpacked_mb * 1_000_000),
        ocr=settings.ocr,
        own=settings.readers,
    )


def open_kitabu(
    settings: Settings, *, wait: float = 0.0, embedder: Embedder | None = None, replacing: bool = False
) -> Kitabu:
    """Open the library in `settings.data`, making it when it is not there.

    A library that has documents is opened with the embedder that made its vectors, whatever is set: another one is put
    in its place by `kitabu embedder use` only. Where its server does not answer now, questions are answered by words
    until it does. Where that one cannot be loaded any more, it is opened with the one that is set, so that it can be
    replaced; its vectors stay, and questions raise `FingerprintMismatch`.

    Args:
        wait: seconds to wait for another process to give up the library; afterwards it is opened for reading.
        embedder: one that is loaded already, taken when the library needs that one.
        replacing: take the one that is set also where the server of the library's only does not answer now.

    Raises:
        ConfigError: the embedder, chunker, a reader, the reranker or the store is unknown.
        ModelError: the embedder cannot be loaded.
        StoreUnavailable: the data folder cannot be used.
    """
    keep_memory_together()
    before = made_with(settings.data)
    loaded = _embedder_of(settings, before, embedder, replacing=replacing)
    index = index_maker(settings.store)
    library = Library.open(settings.data, dimension=loaded.dimension, vectors=index, wait=wait)
    try:
        made = library.catalog.made_with()
        if made != before:  # while this process waited, its owner put another one in place
            loaded = _embedder_of(settings, made, loaded, replacing=replacing)
        return Kitabu(settings, library, loaded)
    except BaseException:
        library.close()
        raise


def _embedder_of(settings: Settings, made: Fingerprint | None, known: Embedder | None, *, replacing: bool) -> Embedder:
    """The embedder that made a library, or the one that is set where there is none or it cannot be had any more."""
    server = OllamaServer(settings.ollama_url, settings.connect_timeout)
    name = made.embedder if made else settings.embedder
    if known is not None and known.name == name:
        return known
    load = partial(load_embedder, name, server)
    try:
        return load()
    except (ConfigError, ModelError) as error:
        if made is not None and isinstance(error, MAY_ANSWER_LATER) and not replacing:
            log.info("the library is searched by words until its embedder answers: %s", error)
            return AwayEmbedder(made, _tokens_of(made.chunker), load, error)
        if name == settings.embedder:
            raise
        log.warning("the embedder that the library was indexed with cannot be loaded: %s", error)
        return load_embedder(settings.embedder, server)


def _tokens_of(chunker: str) -> int:
    """The longest chunk that a chunker made, in tokens: `StructureChunker` tells it at the end of its name."""
    _, _, tokens = chunker.rpartition(":")
    return int(tokens) if tokens.isdecimal() else CHUNK_TOKENS
