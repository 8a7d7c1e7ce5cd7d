"""What embedders of others give, held to what `ports.Embedder` promises: a vector of length 1 for each text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np

from rag.core.errors import ModelError
from rag.core.ports import Matrix

_T = TypeVar("_T")
_SETTING: Final = "Check the setting 'embedder'."


def asked(name: str, call: Callable[[], _T]) -> _T:
    """What `call` gives.

    Raises:
        ModelError: it failed, whatever it raised; names the embedder.
    """
    try:
        return call()
    except ModelError:
        raise
    except Exception as error:  # a foreign class: whatever it raises is its failure, told by name
        raise ModelError(f"The embedder '{name}' failed: {error}.", _SETTING) from error


def unit_rows(name: str, vectors: Any, *, rows: int, dimension: int | None = None) -> Matrix:
    """Vectors as a float32 matrix of shape (rows, dimension) with rows of length 1.

    Args:
        dimension: as it must be; None takes any.

    Raises:
        ModelError: they are not so many vectors of that dimension, or one has no direction; names the embedder.
    """
    try:
        matrix: Matrix = np.asarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise _not_vectors(name) from error
    if matrix.ndim != 2 or len(matrix) != rows or not np.isfinite(matrix).all():
        raise _not_vectors(name)
    if dimension is not None and matrix.shape[1] != dimension:
        raise ModelError(
            f"The embedder '{name}' returned vectors of {matrix.shape[1]} dimensions, and of {dimension} before.",
            _SETTING,
        )
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not lengths.all():
        raise _not_vectors(name)
    return cast(Matrix, matrix / lengths)


def _not_vectors(name: str) -> ModelError:
    return ModelError(f"The embedder '{name}' did not return vectors.", _SETTING)
