"""Any model of sentence-transformers as an `Embedder`, from a folder or from the cache of Hugging Face."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rag.core.errors import MissingDependency, ModelError, UnknownBackend
from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix, Vector
from rag.models.embedding_prompts import Prompts, prompts_for
from rag.models.tokens import estimate_tokens
from rag.models.unit_vectors import asked, unit_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

AT_ONCE: Final = 16
"""Documents of one pass: a question that comes meanwhile waits for this one and no more."""
UNKNOWN_MAX_TOKENS: Final = 256
"""Longest text given to a model that does not say what it reads: the shortest limit among the usual ones."""
_ENDLESS: Final = 1_000_000
"""A limit beyond this is transformers' way to say that there is none."""
_MODEL_FILES: Final = frozenset({".json", ".txt", ".model", ".safetensors", ".bin", ".jinja"})
_OTHER_RUNTIMES: Final = frozenset({"onnx", "openvino"})
"""Folders with the same weights for programs that are not used here."""


class SentenceEmbedder:
    """A model of sentence-transformers. Its prompts, dimension, length limit and precision are read from it.

    Vectors are brought to length 1 whatever the model does itself. Nothing is downloaded and no code that comes with a
    model is run. It works on one thread of its own, so that a question stands behind at most a few documents.

    Args:
        name: a folder, or a name such as "intfloat/multilingual-e5-small" that is in the cache.

    Raises:
        UnknownBackend: the folder is not there.
        MissingDependency: the package is not installed.
        ModelError: the model is not on this computer, or cannot be loaded.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        folder = model_folder(name)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sentence-embedder")
        self._model = _loaded(folder, name)
        self._prompts = prompts_for(_told(self._model.prompts), (name, folder.name, _born_as(folder)))
        self._digest = _digest(folder)
        # Encoding sets a tokenizer to cut and pad: counting has one of its own.
        self._tokenizer: Any = copy.deepcopy(self._model.tokenizer)
        self._counting = threading.Lock()
        limit = self._model.max_seq_length
        self.max_tokens: int = int(limit) if limit and limit < _ENDLESS else UNKNOWN_MAX_TOKENS
        self.dimension: int = self.encode_query("probe").shape[0]

    @property
    def prompts(self) -> Prompts:
        """What is put before questions and documents."""
        return self._prompts

    def encode_query(self, text: str) -> Vector:
        """Embed a question; float32, shape (dimension,), length 1."""
        encode = partial(self._model.encode_query, [text], prompt=self._prompts.query, show_progress_bar=False)
        found: Vector = unit_rows(self.name, self._run(encode), rows=1)[0]
        return found

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Embed texts; float32, shape (len(texts), dimension), rows of length 1. What is beyond the limit is not read.

        Raises:
            ModelError: the model failed, for example for lack of memory.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        passes = []
        for start in range(0, len(texts), AT_ONCE):  # one after the other: a question takes its turn in between
            encode = partial(
                self._model.encode_document,
                list(texts[start : start + AT_ONCE]),
                prompt=self._prompts.document,
                batch_size=AT_ONCE,
                show_progress_bar=False,
            )
            passes.append(self._run(encode))
        return unit_rows(self.name, np.concatenate(passes), rows=len(texts))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text with the special ones and the documents' prompt, never cut."""
        prompted = [f"{self._prompts.document}{text}" for text in texts]
        if not callable(self._tokenizer):
            return [estimate_tokens(text) for text in prompted]
        if not prompted:
            return []
        with self._counting:
            ids = self._tokenizer(prompted, truncation=False, padding=False, verbose=False)["input_ids"]
        return [len(row) for row in ids]

    def fingerprint(self, chunker: str) -> Fingerprint:
        """The digest is that of all files of the model, its pooling and tokenizer among them."""
        return Fingerprint(
            embedder=self.name,
            digest=self._digest,
            dimension=self.dimension,
            query_prompt=self._prompts.query,
            document_prompt=self._prompts.document,
            precision=str(next(self._model.parameters()).dtype).removeprefix("torch."),
            chunker=chunker,
        )

    def _run(self, encode: Any) -> Any:
        return asked(self.name, lambda: self._worker.submit(encode).result())


def is_sentence_model(name: str) -> bool:
    """Whether a setting can only mean a model of sentence-transformers: a folder, or a name with a slash."""
    return "/" in name or Path(name).expanduser().is_dir()


def model_folder(name: str) -> Path:
    """The folder with the files of the model of that name.

    Raises:
        UnknownBackend: a folder is named that is not there.
        MissingDependency: sentence-transformers is not installed.
        ModelError: no model of that name is on this computer.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir() and (folder.is_absolute() or name.startswith((".", "~"))):
        raise UnknownBackend(
            f"Setting 'embedder' names the folder '{name}', which is not there.", "Correct the setting 'embedder'."
        )
    if importlib.util.find_spec("sentence_transformers") is None:
        raise MissingDependency(
            f"The embedder '{name}' needs the package sentence-transformers, which is not installed.",
            "Install it: pip install sentence-transformers",
        )
    # Read when huggingface_hub is imported. Nothing here is ever downloaded, so no host need be asked.
    os.environ["HF_HUB_OFFLINE"] = "1"
    if folder.is_dir():
        return folder.resolve()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception as error:  # it has several classes for "not there", and one for a name that cannot be
        raise ModelError(
            f"The embedder '{name}' is not on this computer.",
            f"Download it once, where there is a network: hf download {name}. Or give the folder that holds its files.",
        ) from error


def _loaded(folder: Path, name: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    from rag.models.embedding import accelerator

    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device=accelerator(), local_files_only=True)
    except Exception as error:  # the package raises what its parts raise: OSError, ValueError, KeyError
        raise ModelError(
            f"The embedder '{name}' cannot be loaded: {error}.",
            "Give the folder or name of a model of sentence-transformers that needs no code of its own.",
        ) from error


def _told(prompts: Mapping[str, str | None]) -> dict[str, str]:
    return {name: prompt for name, prompt in prompts.items() if prompt}


def _born_as(folder: Path) -> str:
    """The name that a model in a folder was saved under, where its configuration still tells; else ""."""
    try:
        told = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("_name_or_path")
    except (OSError, ValueError, AttributeError):
        return ""
    return told if isinstance(told, str) else ""


def _digest(folder: Path) -> str:
    """sha256 over the names and bytes of the model's files; a second for each gigabyte."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix not in _MODEL_FILES or not path.is_file() or _OTHER_RUNTIMES & set(inside.parts):
            continue
        with path.open("rb") as file:
            whole.update(f"{inside.as_posix()}\n{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
