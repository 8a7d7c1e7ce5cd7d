"""Files that were moved or renamed: known by their bytes, they keep their document, which is not read again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from ingest.steps import hash_file
from ingest.sync import FoundFile, discover
from rag.core.errors import IngestError
from rag.store.catalog import Catalog


def known_bytes(
    catalog: Catalog, files: Iterable[FoundFile], limit: int, stop: Callable[[], bool]
) -> tuple[dict[str, str], dict[str, str]]:
    """Look which files hold the bytes of a document, hashing only those that have the size of one.

    All of them are looked at before a place is changed: two files may have taken each other's names.

    Args:
        catalog: the library's.
        files: new and changed files.
        limit: bytes of the largest file that is read.
        stop: asked before each file.

    Returns:
        By path: the documents of those that do, and the sha256 of each file that was hashed.
    """
    sizes = catalog.sizes()
    digests: dict[str, str] = {}
    for file in files:
        if stop():
            break
        if file.size in sizes and file.size <= limit:
            try:
                digests[file.path] = hash_file(file.path, limit)
            except IngestError:
                continue  # told when it is read
    known = catalog.among(set(digests.values()))
    return {path: digest for path, digest in digests.items() if digest in known}, digests


def moved_elsewhere(
    catalog: Catalog, folders: Sequence[str], data: Path, gone: Collection[str], limit: int, own: Collection[str] = ()
) -> list[tuple[FoundFile, str]]:
    """Files, not in the catalog yet, that hold the bytes of documents which vanished from another folder.

    Args:
        catalog: the library's.
        folders: watched folders to look in.
        data: the library's folder.
        gone: ids of the documents.
        limit: bytes of the largest file that is read.
        own: name endings that readers of one's own read.
    """
    if not gone or not folders:
        return []
    sizes = {catalog.document(document_id).size for document_id in gone}
    found = discover([Path(folder) for folder in folders], data=data, own=own).files
    new = [file for file in found if file.size in sizes and catalog.place(file.path) is None]
    moved = []
    for file in new:
        try:
            digest = hash_file(file.path, limit)
        except IngestError:
            continue
        if digest in gone:
            moved.append((file, digest))
    return moved
