"""Which document is meant on the command line: by its name, its id or its path, also as it is written from here."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from rag.core.config import Settings
from rag.core.errors import DocumentNotFound
from rag.core.types import Document
from rag.store.catalog import FILE_NAME, Catalog


def find(catalog: Catalog, name: str) -> Document:
    """As `Catalog.find`; what is no name or id there may be a path from here, or one that begins with "~".

    Raises:
        DocumentNotFound: as `Catalog.find`. Of several documents of one name none is chosen for lying here.
    """
    try:
        return catalog.find(name)
    except DocumentNotFound:
        if any(document.name == name for document in catalog.documents()):
            raise
        for path in _paths(name):
            place = catalog.place(path)
            if place is not None:
                return catalog.document(place.document_id)
        raise


def identified(settings: Settings, name: str) -> str:
    """The id of the document that is meant, for a process that stands in another folder.

    Where none is found it is `name` itself: one that waits to be read may come, and who looks then says what is wrong.
    """
    path = settings.data / FILE_NAME
    if not path.is_file():
        return name
    with closing(Catalog.open(path, read_only=True)) as catalog:
        try:
            return find(catalog, name).id
        except DocumentNotFound:
            return name


def _paths(name: str) -> tuple[str, ...]:
    """Under which paths the catalog may have a file: with all links followed, and as a link within its folder."""
    try:
        path = Path(name).expanduser()
        return os.path.realpath(path), str(Path(os.path.realpath(path.parent), path.name))
    except (RuntimeError, ValueError):
        # Nobody's home, or a name that no file can have.
        return ()
