"""`kitabu list` and `kitabu status`: read from the catalog alone, so that they are quick and disturb nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

from rag.cli.console import Console, day, megabytes
from rag.cli.failures import DONE
from rag.core.config import Settings
from rag.shapes import document_to_json
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.library import in_use


def list_documents(settings: Settings, console: Console) -> int:
    """List the documents."""
    with _catalog(settings) as catalog:
        documents = catalog.documents() if catalog else []
    console.result({"documents": [document_to_json(document) for document in documents]})
    if documents:
        rows = [("name", "pages", "passages", "language", "size", "added", "id")]
        rows += [
            (d.name, str(d.pages), str(d.chunks), d.language, megabytes(d.size), day(d.added_at), d.id[:12])
            for d in documents
        ]
        console.table(rows, right=(1, 2, 4))
    else:
        console.line(_empty(settings))
    return DONE


def status(settings: Settings, console: Console) -> int:
    """Show what the library holds and whether a process has it open."""
    with _catalog(settings) as catalog:
        documents = catalog.documents() if catalog else []
        value: dict[str, Any] = {
            "data": str(settings.data),
            "documents": len(documents),
            "pages": sum(document.pages for document in documents),
            "chunks": sum(document.chunks for document in documents),
            "bytes": sum(document.size for document in documents),
            "languages": catalog.languages() if catalog else {},
            "folders": catalog.folders() if catalog else [],
            "failures": [asdict(failure) for failure in catalog.failures()] if catalog else [],
            "fingerprints": [asdict(mark) for mark in catalog.fingerprints()] if catalog else [],
            "in_use": bool(catalog) and in_use(settings.data),
        }
    console.result(value)
    console.line(f"library    {settings.data}{' (open in another process)' if value['in_use'] else ''}")
    if not documents:
        console.line(_empty(settings))
        return DONE
    console.line(f"documents  {len(documents)}, {value['pages']:,} pages, {value['chunks']:,} passages")
    console.line(f"languages  {', '.join(f'{code} {count}' for code, count in value['languages'].items())}")
    for folder in value["folders"]:
        console.line(f"folder     {folder}")
    for failure in value["failures"]:
        console.line(f"failed     {failure['path']}: {failure['message']} {failure['hint']}")
    return DONE


@contextmanager
def _catalog(settings: Settings) -> Iterator[Catalog | None]:
    """The catalog for reading, or None: looking at a library does not make one."""
    path = settings.data / FILE_NAME
    if not path.is_file():
        yield None
        return
    with closing(Catalog.open(path, read_only=True)) as catalog:
        yield catalog


def _empty(settings: Settings) -> str:
    return f"There are no documents in {settings.data}. Add some: kitabu ingest PATH"
