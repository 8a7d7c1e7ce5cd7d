"""Rerankers behind `ports.Reranker`: any LangChain `BaseCrossEncoder`, or a cross-encoder of sentence-transformers."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np

from rag.core.errors import MissingDependency, ModelError, UnknownBackend
from rag.core.ports import Reranker
from rag.models.loading import load_dotted

OFF: Final = "none"
_SETTING: Final = "Check the setting 'reranker', or set it to \"none\"."


class _CrossEncoder(Protocol):
    """The one method of `langchain_core.cross_encoders.BaseCrossEncoder`."""

    def score(self, text_pairs: list[tuple[str, str]]) -> Sequence[float]: ...


class CrossEncoderReranker:
    """Any `BaseCrossEncoder` as a `Reranker`. It may be loaded at its first use; it is called by one thread at a time.

    Args:
        name: as it is told to people.
    """

    def __init__(self, encoder: _CrossEncoder, name: str) -> None:
        self.name = name
        self._encoder = encoder
        self._lock = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question; higher is better, on the encoder's own scale.

        Raises:
            ModelError: the encoder failed, or gave something other than one finite number for each text.
        """
        if not texts:
            return []
        try:
            with self._lock:
                given = self._encoder.score([(question, text) for text in texts])
            scores = np.asarray(given, dtype=np.float64)
        except ModelError:
            raise
        except Exception as error:  # a foreign class: whatever it raises is its failure, told by name
            raise ModelError(f"The reranker '{self.name}' failed: {error}.", _SETTING) from error
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise ModelError(f"The reranker '{self.name}' did not return one number for each passage.", _SETTING)
        return cast("list[float]", scores.tolist())


class LocalCrossEncoder:
    """A cross-encoder of sentence-transformers, from a folder or from its cache; nothing is downloaded."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: Any = None

    def score(self, text_pairs: list[tuple[str, str]]) -> Sequence[float]:
        """Scores as the model gives them.

        Raises:
            ModelError: the model is not on this computer, or cannot be loaded.
        """
        if self._model is None:
            self._model = self._load()
        return cast("Sequence[float]", self._model.predict(text_pairs, show_progress_bar=False))

    def _load(self) -> Any:
        from sentence_transformers import CrossEncoder

        try:
            return CrossEncoder(self._name, local_files_only=True)
        except Exception as error:  # the package raises what its parts raise: OSError, ValueError, KeyError
            raise ModelError(
                f"The reranker '{self._name}' cannot be loaded from this computer: {error}.",
                "Give the folder that holds its files, or download it first with its own tools.",
            ) from error


def load_reranker(name: str) -> Reranker | None:
    """The reranker of that name; None for "none".

    Args:
        name: a folder with a cross-encoder, or its name with a slash as sentence-transformers knows it
            ("cross-encoder/ms-marco-MiniLM-L6-v2"); else the dotted path of a LangChain `BaseCrossEncoder`.

    Raises:
        UnknownBackend: neither; names what is allowed.
        ConfigError: the object at the dotted path could not be made.
        MissingDependency: its package is not installed.
    """
    if name == OFF:
        return None
    folder = Path(name).expanduser()
    if folder.is_dir() or "/" in name:
        if not folder.is_dir() and (folder.is_absolute() or name.startswith(".")):
            raise UnknownBackend(f"Setting 'reranker' names the folder '{name}', which is not there.", _SETTING)
        if importlib.util.find_spec("sentence_transformers") is None:
            raise MissingDependency(
                f"The reranker '{name}' needs the package sentence-transformers, which is not installed.",
                "Install it: pip install sentence-transformers",
            )
        return CrossEncoderReranker(LocalCrossEncoder(str(folder) if folder.is_dir() else name), name)
    allowed = (OFF, "a folder or name of a cross-encoder of sentence-transformers")
    return CrossEncoderReranker(cast(_CrossEncoder, load_dotted(name, "reranker", allowed, ["score"])), name)
