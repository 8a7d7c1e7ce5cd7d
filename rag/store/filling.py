"""A vector index that is being filled from the catalog while the library goes on answering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from rag.core.ports import Matrix, Scored, Vector, VectorIndex
from rag.store.catalog import Catalog
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
        self, one_at_a_time: AbstractContextManager[object], go_on: Callable[[], bool], progress: Callable[[int], None]
    ) -> bool:
        """Fill the index from its beginning.

        Args:
            one_at_a_time: held for a batch, so that a deletion is not undone by a batch read before it.
            go_on: asked between batches.
            progress: called with the vectors that are in it.

        Returns:
            Whether it is whole now: False when it was asked to stop, or something else was done to it meanwhile.

        Raises:
            StoreUnavailable: it cannot be written.
        """
        with one_at_a_time:
            self.index.clear()
        done, batches = 0, self._catalog.iter_vectors(dimension=self._dimension)
        while go_on():
            with one_at_a_time:
                batch = next(batches, None)
                if batch is None:
                    self.whole = self.index.count() == self._scan.count()
                    break
                self.index.add(*batch)
            done += len(batch[0])
            progress(done)
        if self.whole:
            self._scan.close()
        return self.whole
