"""Embedders behind `ports.Embedder`: the built-in MiniLM, any LangChain `Embeddings`, and which name means which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from rag.core.fingerprint import Fingerprint
from rag.core.machine import processor_features, usable_cores
from rag.core.ports import Embedder, Matrix, Vector
from rag.models import minilm
from rag.models.bert import BertEncoder, pass_workers
from rag.models.loading import load_dotted
from rag.models.sentence_embedder import UNKNOWN_MAX_TOKENS, SentenceEmbedder, is_sentence_model
from rag.models.tokens import estimate_tokens
from rag.models.unit_vectors import asked, unit_rows
from rag.models.word_pieces import WordPieces

if TYPE_CHECKING:
    from rag.models.ollama import OllamaServer

OLLAMA: Final = "ollama:"
"""Begins the name of an embedder that an Ollama server runs."""

BATCH_TOKENS: Final = 2048
"""Tokens of one forward pass, padding included: of 512 to 16,384 the fastest on one core (docs/decisions/0005)."""
ACCELERATED_TOKENS: Final = 65_536
"""The same on a graphics processor, which small batches leave idle."""
FEW: Final = 24
"""So few texts may belong to a question that somebody waits for: they run on workers of their own, and do not stand
behind the batches of a running ingest."""
FEW_PASSES: Final = 4
"""So few texts are divided among at most as many passes side by side, and no more than there are cores."""
QUERY_WORKERS: Final = 3 * FEW_PASSES
"""An ingest of small files has two calls with few texts under way; a question finds free workers beside them."""
REMEMBERED_QUERIES: Final = 256
REMEMBERED_TEXTS: Final = 4096
"""Texts whose tokens are kept: a chunk is counted before it is embedded."""


class MiniLM:
    """all-MiniLM-L6-v2 from its package: 384 dimensions, reads the first 256 tokens of a text, best in English.

    Weights are loaded on first use or by `warm_up`. Every forward pass runs on one thread, and documents on as many of
    them side by side as there are cores: threads that share one pass wait for each other after each step of it, which
    on a busy machine costs several times the work itself. torch keeps the thread count per calling thread, so passes
    run on workers of their own whose count is set once. Documents go to the graphics processor where there is one.

    Raises:
        MissingDependency: the package is not installed.
        InvalidWeights: its weights are not the genuine ones.
    """

    name: str = "minilm"
    dimension: int = 384
    max_tokens: int = minilm.MAX_TOKENS

    def __init__(self, folder: Path | None = None) -> None:
        """Find the model's folder; `folder` is another one with the same model."""
        self._folder = folder or minilm.package_folder()
        self._bfloat16 = cpu_has_bfloat16()
        self._lock = threading.Lock()
        self._encoders: dict[tuple[bool, str], BertEncoder] = {}
        self._pieces = WordPieces(minilm.load_tokenizer(self._folder))
        self._tokens: dict[str, NDArray[np.int32]] = {}
        self._query_workers = pass_workers("embed-query", QUERY_WORKERS)
        self._document_workers = pass_workers("embed-documents", usable_cores())
        self._accelerated_worker = pass_workers("embed-accelerated", 1)
        self._remembered = lru_cache(maxsize=REMEMBERED_QUERIES)(self._encode_query)

    def warm_up(self) -> None:
        """Load the weights and run once, so that the first question does not wait."""
        self.encode_query("warm-up")

    def encode_query(self, text: str) -> Vector:
        """Embed a question; float32, shape (384,), length 1, read-only. Recent questions are remembered."""
        return self._remembered(text)

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Embed texts; float32, shape (len(texts), 384), rows of length 1, in the order given.

        Text beyond `max_tokens` is not read; the chunker keeps within it.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        rows = [self._cut(ids) for ids in self._ids(texts)]
        matrix = np.empty((len(texts), self.dimension), dtype=np.float32)
        lengths = [len(row) for row in rows]
        if len(texts) <= FEW:
            workers, device = self._query_workers, "cpu"
            batches = even_batches(lengths, min(FEW_PASSES, usable_cores()))
        elif (device := accelerator()) == "cpu":
            workers, batches = self._document_workers, list(batches_by_length(lengths, BATCH_TOKENS))
        else:
            workers, batches = self._accelerated_worker, list(batches_by_length(lengths, ACCELERATED_TOKENS))
        passes = [
            workers.submit(self._encode, [rows[i] for i in batch], bfloat16=self._bfloat16, device=device)
            for batch in batches
        ]
        for batch, encoded in zip(batches, passes, strict=True):
            matrix[batch] = encoded.result()
        return matrix

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text with the two special ones, never cut; needs no weights."""
        return [len(ids) for ids in self._ids(texts)]

    def fingerprint(self, chunker: str) -> Fingerprint:
        """Weights, dimension and precision; needs no weights in memory."""
        return Fingerprint(
            embedder=self.name,
            digest=minilm.SHA256,
            dimension=self.dimension,
            query_prompt="",
            document_prompt="",
            precision="bfloat16" if self._bfloat16 else "float32",
            chunker=chunker,
        )

    def _encode_query(self, text: str) -> Vector:
        rows = [self._cut(ids) for ids in self._ids([text])]
        matrix = self._query_workers.submit(self._encode, rows, bfloat16=False, device="cpu").result()
        vector: Vector = matrix[0]
        vector.flags.writeable = False
        return vector

    def _encode(self, rows: Sequence[NDArray[np.int32]], *, bfloat16: bool, device: str) -> Matrix:
        return self._encoder(bfloat16, device).encode(rows)

    def _encoder(self, bfloat16: bool, device: str) -> BertEncoder:
        with self._lock:
            if (bfloat16, device) not in self._encoders:
                weights = minilm.genuine_weights(self._folder)
                encoder = BertEncoder(weights, heads=minilm.HEADS, bfloat16=bfloat16, device=device)
                self._encoders[bfloat16, device] = encoder
            return self._encoders[bfloat16, device]

    def _ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Token ids of each text with the two special ones, never cut; kept for texts that will be asked for again."""
        found = {text: ids for text in texts if (ids := self._tokens.get(text)) is not None}
        unknown = list({text: None for text in texts if text not in found})
        for text, ids in zip(unknown, self._pieces.ids(unknown), strict=True):
            found[text] = ids
            if len(ids) <= self.max_tokens:
                self._tokens[text] = ids
        if len(self._tokens) > REMEMBERED_TEXTS:
            with self._lock:
                for old in list(self._tokens)[: REMEMBERED_TEXTS // 2]:
                    del self._tokens[old]
        return [found[text] for text in texts]

    def _cut(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """What the model reads of a text: its beginning, and the last special token."""
        return ids if len(ids) <= self.max_tokens else np.append(ids[: self.max_tokens - 1], ids[-1])


def batches_by_length(lengths: Sequence[int], limit: int) -> Iterator[list[int]]:
    """Indices of rows that are encoded together: the longest first, since padding is work for nothing.

    Args:
        lengths: tokens of each row.
        limit: tokens of a batch, padding included; a row that is longer is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    start = 0
    while start < len(order):
        count = max(1, limit // lengths[order[start]])
        yield order[start : start + count]
        start += count


def even_batches(lengths: Sequence[int], count: int) -> list[list[int]]:
    """Indices of rows in at most `count` batches of about as many tokens: the longest first, each to the smallest yet.

    That is at most a third longer than the best division (Graham 1969).
    """
    batches: list[list[int]] = [[] for _ in range(min(count, len(lengths)))]
    tokens = [0] * len(batches)
    for row in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        smallest = tokens.index(min(tokens))
        batches[smallest].append(row)
        tokens[smallest] += lengths[row]
    return batches


@cache
def accelerator() -> str:
    """The device that embeds documents, as torch names it: the graphics processor where there is one torch can use."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def cpu_has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the CPU multiplies in bfloat16 (AVX512-BF16 or AMX). False where the system does not say (not Linux)."""
    return not processor_features(cpuinfo).isdisjoint({"avx512_bf16", "amx_bf16"})


class _LangChainEmbeddings(Protocol):
    """The two methods of `langchain_core.embeddings.Embeddings` that are used."""

    def embed_query(self, text: str) -> list[float]: ...

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...


class LangChainEmbedder:
    """Any LangChain `Embeddings` as an `Embedder`. Its dimension is asked with one short text.

    Raises:
        ModelError: the embedder failed or gave something other than vectors.
    """

    max_tokens: int = UNKNOWN_MAX_TOKENS

    def __init__(self, embeddings: _LangChainEmbeddings, name: str) -> None:
        self.name = name
        self._embeddings = embeddings
        self._lock = threading.Lock()
        self.dimension: int = len(self._embedded("probe"))

    def encode_query(self, text: str) -> Vector:
        """Embed a question; float32, shape (dimension,), length 1."""
        return self._embedded(text, self.dimension)

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Embed texts; float32, shape (len(texts), dimension), rows of length 1."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:  # nobody promises that a foreign class bears two calls at a time
            vectors = asked(self.name, lambda: self._embeddings.embed_documents(list(texts)))
        return unit_rows(self.name, vectors, rows=len(texts), dimension=self.dimension)

    def _embedded(self, text: str, dimension: int | None = None) -> Vector:
        vector = asked(self.name, lambda: self._embeddings.embed_query(text))
        return cast(Vector, unit_rows(self.name, [vector], rows=1, dimension=dimension)[0])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate on the high side: LangChain's interface has no tokenizer."""
        return [estimate_tokens(text) for text in texts]

    def fingerprint(self, chunker: str) -> Fingerprint:
        """Name and dimension; the digest is the model's name where the embedder tells one."""
        told = getattr(self._embeddings, "model", None) or getattr(self._embeddings, "model_name", None)
        return Fingerprint(
            embedder=self.name,
            digest=told if isinstance(told, str) else "",
            dimension=self.dimension,
            query_prompt="",
            document_prompt="",
            precision="",
            chunker=chunker,
        )


_REGISTERED: Final[Mapping[str, Callable[[], Embedder]]] = {
    "minilm": MiniLM,
}


def load_embedder(name: str, server: OllamaServer | None = None) -> Embedder:
    """The embedder of that name.

    Args:
        name: "minilm"; "ollama:NAME"; a folder with a model of sentence-transformers, or its name with a slash; else
            the dotted path of a LangChain `Embeddings` class or instance.
        server: the Ollama server, where there is one.

    Raises:
        UnknownBackend: none of these; names what is allowed.
        MissingDependency: its package is not installed.
        ModelError: it is not there, or does not answer a first short text.
    """
    if name in _REGISTERED:
        return _REGISTERED[name]()
    if name.startswith(OLLAMA) and server is not None:
        from rag.models.ollama_embedder import OllamaEmbedder

        return OllamaEmbedder(name.removeprefix(OLLAMA), server)
    if is_sentence_model(name):
        return SentenceEmbedder(name)
    allowed = (*_REGISTERED, "ollama:NAME", "the folder or name (with a slash) of a model of sentence-transformers")
    embeddings = load_dotted(name, "embedder", allowed, ["embed_query", "embed_documents"])
    return LangChainEmbedder(cast(_LangChainEmbeddings, embeddings), name)
