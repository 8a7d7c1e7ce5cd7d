"""Which vector index the setting `store` names, and giving up another one that was used before."""

from __future__ import annotations

import inspect
import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from rag.core.errors import ConfigError, KitabuError, StoreUnavailable, UnknownBackend
from rag.core.ports import VectorIndex
from rag.models.loading import import_dotted
from rag.store.chroma_server import ChromaServerIndex, collection_name
from rag.store.derived import VECTORS
from rag.store.langchain_store import LangChainIndex
from rag.store.vectors import ChromaIndex

log = logging.getLogger(__name__)

CHROMA: Final = "chroma"
_SERVER: Final = "chroma:"
_NOTE: Final = "store.txt"
"""In an index folder: which store it is of. Chroma in process has none."""

_EMBEDDINGS: Final = ("embedding", "embedding_function", "embeddings")
_COLLECTION: Final = "collection_name"
"""What LangChain's stores call their parameters."""

MakeIndex = Callable[[Path, int], VectorIndex]


def index_maker(store: str) -> MakeIndex:
    """What makes the owner's vector index from its folder and the dimension.

    An index of another store that lies in the folder is emptied first: the catalog has its vectors.

    Raises:
        UnknownBackend: neither known nor importable; names what is allowed.
        ConfigError: a function that takes no name of a collection.
        MissingDependency: its package is not installed.
    """
    make = _maker(store, new=True)

    def made(folder: Path, dimension: int) -> VectorIndex:
        note = folder / _NOTE
        before = note.read_text(encoding="utf-8").strip() if note.is_file() else CHROMA
        if before != store and folder.is_dir():
            _give_up(before, folder, dimension)
        if store != CHROMA:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                note.write_text(store, encoding="utf-8")
            except OSError as error:
                raise StoreUnavailable(
                    f"The folder {folder} cannot be written ({error}).", "Give yourself permission to write there."
                ) from error
        return make(folder, dimension)

    return made


def _give_up(store: str, folder: Path, dimension: int) -> None:
    if store != CHROMA:  # whose files are all in the folder
        try:
            index = _maker(store)(folder, dimension)
            index.clear()
            index.close()
        except KitabuError as error:
            log.warning("what the earlier vector store '%s' holds was not removed: %s", store, error)
            # The folder tells what the collection there is called. As one of another generation it is cleared later.
            with suppress(OSError):
                folder.rename(folder.with_name(f"{VECTORS}-{time.time_ns()}"))
            return
    with suppress(OSError):
        shutil.rmtree(folder)


def _maker(store: str, *, new: bool = False) -> MakeIndex:
    if store == CHROMA:
        return ChromaIndex
    if store.startswith(_SERVER):
        url = store.removeprefix(_SERVER)
        return lambda folder, dimension: ChromaServerIndex(url, folder, dimension)
    allowed = (CHROMA, "chroma:http://HOST:PORT", "the dotted path of a LangChain VectorStore")
    found = import_dotted(store, "store", allowed)
    if not callable(found):
        raise UnknownBackend(
            f"Setting 'store' names '{store}', which cannot be called.",
            "Name a VectorStore class, or a function that makes one, given the embeddings.",
        )
    if new and not inspect.isclass(found) and _COLLECTION not in inspect.signature(found).parameters:
        # What a class makes is another store each time; a function may well give the same one twice.
        raise ConfigError(
            f"Setting 'store' names '{store}', a function without the parameter '{_COLLECTION}'. While the embedder is "
            "swapped a library has two indexes, which would meet in one store.",
            f"Have it take '{_COLLECTION}', and keep each collection by itself.",
        )

    def made(folder: Path, dimension: int) -> VectorIndex:
        return LangChainIndex(lambda embeddings: _called(found, store, embeddings, folder), folder, dimension, store)

    return made


def _called(make: Callable[..., Any], store: str, embeddings: Any, folder: Path) -> Any:
    """The store, given the embeddings and, where it takes one, the name of a collection of its own.

    Raises:
        ConfigError: what it makes is no `VectorStore`.
    """
    takes = inspect.signature(make).parameters
    named = {name: embeddings for name in _EMBEDDINGS if name in takes}
    if _COLLECTION in takes:
        # Two indexes of one library, the one in use and the one beside it, must not meet in one collection.
        named[_COLLECTION] = collection_name(folder)
    found = make(**named) if named.keys() & set(_EMBEDDINGS) else make(embeddings, **named)
    if not all(callable(getattr(found, name, None)) for name in ("add_texts", "similarity_search_by_vector")):
        raise ConfigError(f"Setting 'store' names '{store}', which makes no VectorStore.", "Correct 'store'.")
    return found
