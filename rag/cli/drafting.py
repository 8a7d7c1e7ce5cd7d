"""`kitabu eval questions`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from rag.build import ModelChooser
from rag.cli.console import Console
from rag.cli.failures import DONE
from rag.core.config import Settings
from rag.core.errors import StoreUnavailable
from rag.evaluation.datasets import to_line
from rag.evaluation.drafts import Draft, draft_questions
from rag.evaluation.model_drafts import draft_with_model
from rag.models.ollama import OllamaServer
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.models import Models


def questions(settings: Settings, per_document: int, console: Console) -> int:
    """Print drafts as JSON lines, as they are made.

    Args:
        settings: whose `data` holds the library, and whose `model` writes the questions; "none" takes them from the
            documents.
        per_document: answerable questions of each document at most.
    """
    path = settings.data / FILE_NAME
    if not path.is_file():
        raise StoreUnavailable(
            f"There is no library in {settings.data}.", "Name the folder that holds one: see kitabu status."
        )
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    kinds: Counter[str] = Counter()
    seen: set[str] = set()
    with closing(Catalog.open(path, read_only=True)) as catalog:
        for draft in _drafts(settings, catalog, per_document):
            # The id tells what is asked: drafts of another day are put beside these and must not take their places.
            kept = draft.kept(f"draft-{draft.kept('').golden.digest()}")
            if kept.golden.id in seen:
                continue
            seen.add(kept.golden.id)
            sys.stdout.write(f"{json.dumps(to_line(kept), ensure_ascii=ascii_only)}\n")
            kinds[draft.source.value] += 1
            console.passing(f"{len(seen)} drafts")
    console.end()
    counted = ", ".join(f"{count} from {kind}" for kind, count in kinds.items())
    console.note(f"{kinds.total()} drafts ({counted})." if kinds else "The documents gave nothing to draft from.")
    return DONE


def _drafts(settings: Settings, catalog: Catalog, per_document: int) -> Iterator[Draft]:
    server = OllamaServer(settings.ollama_url, settings.connect_timeout)
    chat = ModelChooser(settings, server, Models(catalog).chosen).chat(None)
    if chat is None:
        return draft_questions(catalog, per_document)
    return draft_with_model(catalog, chat, per_document, settings.window)
