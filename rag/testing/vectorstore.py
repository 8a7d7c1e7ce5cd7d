"""A LangChain `VectorStore` in a file, to be named by its dotted path in the setting `store`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

FOLDER: Final = "KEPT_VECTORS"
"""The variable that names the folder it writes to."""


class KeptVectorStore(InMemoryVectorStore):
    """LangChain's store in memory, written to a file of the collection's name after every change."""

    def __init__(self, embedding: Embeddings, collection_name: str) -> None:
        super().__init__(embedding)
        self._path = Path(os.environ[FOLDER], f"{collection_name}.json")
        if self._path.exists():
            self.store = InMemoryVectorStore.load(str(self._path), embedding).store

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict[str, Any]] | None = None, *, ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:  # fmt: skip
        """As LangChain has it; durable on return."""
        added = super().add_texts(texts, metadatas, ids=ids, **kwargs)
        self.dump(str(self._path))
        return added

    def delete(self, ids: Sequence[str] | None = None, **kwargs: Any) -> None:
        """As LangChain has it; durable on return."""
        super().delete(ids, **kwargs)
        self.dump(str(self._path))


def nameless_store(embedding: Embeddings) -> InMemoryVectorStore:
    """A function that cannot be told which of two indexes it makes a store for."""
    return InMemoryVectorStore(embedding)
