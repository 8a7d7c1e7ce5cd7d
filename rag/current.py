"""What searches the set of chunks that is in place now: made anew when another set was put in its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from ingest.recognition import check_vectors
from rag.core.errors import MAY_ANSWER_LATER, ConfigError, FingerprintMismatch, ModelError, StoreUnavailable
from rag.core.ports import Embedder, KeywordIndex, VectorIndex
from rag.searching import SearchParts
from rag.store.catalog import Catalog
from rag.store.fingerprints import check_embedder
from rag.store.library import Library

_WAIT_SECONDS: Final = 0.005
_SWITCH_SECONDS: Final = 30.0
"""A switch takes a fraction of a second from the catalog's commit until the library has the other indexes."""

Make = Callable[[Catalog, VectorIndex, KeywordIndex, Embedder], SearchParts]


class CurrentParts:
    """Gives the same object until the sets are switched, by this process or by the one that owns the library.

    Args:
        embedder: the one that the library was opened with.
        load: gives the embedder of a name as it stands in the settings.
        make: puts the parts together.
    """

    def __init__(self, library: Library, embedder: Embedder, load: Callable[[str], Embedder], make: Make) -> None:
        self._library = library
        self._known = {embedder.name: embedder}
        self._load = load
        self._make = make
        self._lock = threading.Lock()
        self._parts: SearchParts | None = None
        self._embedder = embedder
        self._generation = -1
        self._checked = -1
        self._compared = False

    def know(self, embedder: Embedder) -> None:
        """Take this one when its name is wanted, instead of loading it."""
        with self._lock:
            self._known[embedder.name] = embedder

    def __call__(self) -> SearchParts:
        """The parts.

        Raises:
            FingerprintMismatch: the set in place was made by another embedder than the one of its name is now.
            StoreUnavailable: the catalog cannot be read.
            ModelError: the embedder's server does not answer now.
        """
        with self._lock:
            while True:
                generation, revision = self._library.catalog.generation(), self._library.catalog.revision()
                try:
                    return self._of(generation, revision)
                except FingerprintMismatch:
                    # The sets were switched in between: what was looked at is not of one time.
                    if self._library.catalog.generation() == generation:
                        raise

    def _of(self, generation: int, revision: int) -> SearchParts:
        library = self._library
        if self._parts is None or generation != self._generation:
            self._embedder = self._wanted()
            self._settle(generation)
            self._parts = self._make(library.catalog, library.vectors, library.keywords, self._embedder)
            self._generation, self._checked, self._compared = generation, -1, False
        if revision != self._checked:
            check_embedder(library.catalog, self._embedder.fingerprint(""))
            self._checked = revision
        if not self._compared:
            check_vectors(library.catalog, self._embedder)
            self._compared = True
        return self._parts

    def _wanted(self) -> Embedder:
        made = self._library.catalog.made_with()
        if made is None:
            return self._embedder
        if made.embedder not in self._known:
            try:
                self._known[made.embedder] = self._load(made.embedder)
            except (ConfigError, ModelError) as error:
                if self._generation != -1 or isinstance(error, MAY_ANSWER_LATER):
                    raise
                return self._embedder  # the library was opened with another one, because this one cannot be loaded
        return self._known[made.embedder]

    def _settle(self, generation: int) -> None:
        """Wait until the library has the indexes of that generation open."""
        library = self._library
        if not library.owner and library.generation != generation:
            library.follow(self._embedder.dimension)
        until = time.monotonic() + _SWITCH_SECONDS
        while library.generation != generation:
            if time.monotonic() > until:
                raise StoreUnavailable("The search index is being changed.", "Ask again in a moment.")
            time.sleep(_WAIT_SECONDS)
