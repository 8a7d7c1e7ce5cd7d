"""`kitabu edit`: what people say of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from ingest import worker
from ingest.edits import edit as edit_here
from rag.build import Kitabu
from rag.cli.console import Console
from rag.cli.failures import DONE
from rag.cli.library import change
from rag.cli.naming import identified
from rag.cli.overview import notes_on
from rag.core.config import Settings
from rag.shapes import document_to_json
from rag.store.catalog import FILE_NAME, Catalog

CLEARABLE: Final = {"effective": "effective", "review": "review", "superseded-by": "superseded_by"}
"""What `--clear` takes back, as it is written, with its key."""


def edit(
    settings: Settings, document: str, given: Mapping[str, str | None], clear: Sequence[str], console: Console
) -> int:
    """Note what is said of a document, and show how it stands."""
    said = {key: value for key, value in given.items() if value is not None}
    said |= {CLEARABLE[name]: "" for name in clear}
    if said.get("superseded_by"):
        said["superseded_by"] = identified(settings, said["superseded_by"])
    meant = identified(settings, document)

    def here(kitabu: Kitabu) -> Mapping[str, Any]:
        return {"document_id": edit_here(kitabu.library, meant, said).id}

    changed = change(settings, here, worker.EDIT, {"document": meant, "said": said}, console)
    with closing(Catalog.open(settings.data / FILE_NAME, read_only=True)) as catalog:
        now = catalog.document(changed["document_id"])
        states = catalog.states([now.id])
        notes = notes_on(now, states, lambda other: catalog.document(other).name)
    console.result(document_to_json(now, states.get(now.id)))
    console.line(f"{now.name}: {'; '.join(notes) or 'nothing is said of it'}.")
    return DONE
