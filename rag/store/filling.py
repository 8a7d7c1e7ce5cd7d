"""A vector index that is being filled from the catalog while the library goes on answering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from rag.core.ports import Matrix, Scored, Vector, VectorIndex
from rag.store.catalog import Catalog
from rag.store.derived import fill_vectors
from rag.store.vectors import CatalogScan

FILLED_AT_ONCE: Final = 5000
"""So many vectors or fewer are filled in while the library is opened: about a second."""


class FillingIndex:
    """Stands before a vector index until that is whole; until then the catalog's vectors are gone through.

    What is added and deleted meanwhile reaches the index at once.

    Args:
        index: the index; what it holds is not counted on.
        dimension: of the vectors.
    """

    def __init__(self, index: VectorIndex, catalog: Catalog, dimension: int) -> None:
        self.index = index
        self.whole = False
        self._catalog = catalog
        self._dimension = dimension
        self._scan = CatalogScan(catalog, dimension)

    def add(self, chunk_ids: Sequence[str], vectors: Matrix) -> None:
        """As the index does."""
        self.index.add(chunk_ids, vectors)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """As the index does."""
        self.index.delete(chunk_ids)

    def clear(self) -> None:
        """As the index does."""
        self.index.clear()

    def search(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest, best first, scored by cosine."""
        return (self.index if self.whole else self._scan).search(vector, k)

    def count(self) -> int:
        """How many chunks it finds."""
        return (self.index if self.whole else self._scan).count()

    def close(self) -> None:
        """Let go of the files."""
        self._scan.close()
        self.index.close()

    def fill(
        self,
        one_at_a_time: AbstractContextManager[object],
        go_on: Callable[[], bool],
        progress: Callable[[int], None] | None,
    ) -> bool:
        """Fill the index from its beginning, as `fill_vectors` does.

        Returns:
            Whether it is whole now: False when it was asked to stop, or something else was done to it meanwhile.

        Raises:
            StoreUnavailable: it cannot be written.
        """
        fill_vectors(self._catalog, self.index, self._dimension, progress, one_at_a_time=one_at_a_time, go_on=go_on)
        with one_at_a_time:
            self.whole = self.index.count() == self._scan.count()
        if self.whole:
            self._scan.close()
        return self.whole
