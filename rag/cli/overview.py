"""`kitabu list` and `kitabu status`: read from the catalog alone, so that they are quick and disturb nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from typing import Any

from ingest.aside import failures_told
from rag.cli.console import Console, day, megabytes
from rag.cli.failures import DONE
from rag.core.config import Settings
from rag.core.errors import StoreError
from rag.core.types import Document, Standing
from rag.shapes import document_to_json
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.models import Models
from rag.store.ownership import in_use
from rag.store.versions import State


def list_documents(settings: Settings, console: Console) -> int:
    """List the documents."""
    with open_catalog(settings) as catalog:
        documents = catalog.documents() if catalog else []
        states = catalog.states() if catalog else {}
    console.result({"documents": [document_to_json(d, states.get(d.id)) for d in documents]})
    if documents:
        names = {document.id: document.name for document in documents}
        rows = [("name", "pages", "passages", "language", "size", "dated", "added", "id", "")]
        rows += [
            (
                d.name,
                str(d.pages),
                str(d.chunks),
                d.language,
                megabytes(d.size),
                d.date,
                day(d.added_at),
                d.id[:12],
                "; ".join(notes_on(d, states, names.__getitem__)),
            )
            for d in documents
        ]
        console.table(rows, right=(1, 2, 4))
    else:
        console.line(_empty(settings))
    return DONE


def status(settings: Settings, console: Console) -> int:
    """Show what the library holds and whether a process has it open."""
    with open_catalog(settings) as catalog:
        documents = catalog.documents() if catalog else []
        value: dict[str, Any] = {
            "data": str(settings.data),
            "documents": len(documents),
            "pages": sum(document.pages for document in documents),
            "chunks": sum(document.chunks for document in documents),
            "bytes": sum(document.size for document in documents),
            "languages": catalog.languages() if catalog else {},
            "folders": catalog.folders() if catalog else [],
            "failures": [asdict(failure) for failure in failures_told(catalog)] if catalog else [],
            "orders": [
                {"document": document.name, "document_id": document.id, **asdict(order)}
                for document in documents
                for order in document.report.orders
            ],
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
    for order in value["orders"]:
        where = f"{order['document']}, page {order['page']}"
        console.line(f"warning    {where}, gives orders to a program that reads it: “{order['quote']}”")
    return DONE


def notes_on(document: Document, states: Mapping[str, State], name: Callable[[str], str]) -> list[str]:
    """What is to be known of a document beside its contents, in words.

    Args:
        document: any.
        states: how documents stand that have versions.
        name: gives the name of the document of an id.
    """
    notes: list[str] = []
    state = states.get(document.id)
    if state and state.standing is Standing.SUPERSEDED:
        notes.append(f"superseded by {name(document.superseded_by)}")
    elif state and state.standing is Standing.OLDER:
        notes.append(f"older version of {name(state.newer[0])}")
    elif state and state.others:
        notes.append(f"newest of {len(state.others) + 1} versions")
    if document.effective:
        notes.append(f"in force from {document.effective}")
    if document.review:
        due = document.review < time.strftime("%Y-%m-%d")
        notes.append(f"review {'was due' if due else 'due'} {document.review}")
    return notes


@contextmanager
def open_catalog(settings: Settings) -> Iterator[Catalog | None]:
    """The catalog for reading, or None: looking at a library does not make one."""
    path = settings.data / FILE_NAME
    if not path.is_file():
        yield None
        return
    with closing(Catalog.open(path, read_only=True)) as catalog:
        yield catalog


def chosen_model(settings: Settings) -> str:
    """The model that was chosen for everybody; "" for none, and where the catalog cannot be read."""
    with suppress(StoreError), open_catalog(settings) as catalog:
        return Models(catalog).chosen() if catalog else ""
    return ""


def embedder_name(settings: Settings) -> str:
    """The embedder that made the library, else the one that is set; that one also where the catalog cannot be read."""
    with suppress(StoreError), open_catalog(settings) as catalog:
        made = catalog.made_with() if catalog else None
        return made.embedder if made else settings.embedder
    return settings.embedder


def _empty(settings: Settings) -> str:
    return f"There are no documents in {settings.data}. Add some: kitabu ingest PATH"
