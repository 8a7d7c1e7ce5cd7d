"""What people say of a document: from when on it holds, when it is to be looked through again, what took its place."""

from __future__ import annotations

from collections.abc import Mapping

from rag.core.types import Document
from rag.store.library import Library

SAID = ("effective", "review", "superseded_by")
"""What can be said, as `Versions.describe` calls it."""


def edit(library: Library, name: str, said: Mapping[str, str]) -> Document:
    """Note what somebody says of a document.

    Args:
        name: the document's name, id or path.
        said: of `SAID` what is to change; "" takes it back. The successor is named as the document is.

    Returns:
        The document as it is now.

    Raises:
        DocumentNotFound: one of the two is not there, or several are of that name.
        InvalidEdit: no date, or the document would take its own place.
        LibraryLocked: another process owns the library.
    """
    library.require_owner()
    catalog = library.catalog
    document = catalog.find(name)
    given = {key: said.get(key) for key in SAID}
    if given["superseded_by"]:
        given["superseded_by"] = catalog.find(given["superseded_by"]).id
    catalog.describe(document.id, **given)
    return catalog.document(document.id)
