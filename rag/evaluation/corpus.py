"""A collection's documents as files, taken into a library as any other files are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ingest.pipeline import silent
from ingest.report import FileResult, Progress
from rag.build import Kitabu, open_kitabu
from rag.core.config import Settings
from rag.core.errors import InvalidDataset
from rag.evaluation.beir import Record

DOCUMENTS: Final = "documents"
LIBRARY: Final = "data"
MARKER: Final = "corpus.json"
"""What a kept folder holds: the files, the library made from them, and a note that they come from a collection."""

_MARKS: Final = re.compile(r"([!-/:-@\[-`{-~])")
"""ASCII punctuation: CommonMark lets a backslash stand before each of them, and then it is only shown."""
_UNSAFE: Final = re.compile(r"[^a-z0-9_-]")
_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class CorpusLibrary:
    """An open library that holds a collection."""

    kitabu: Kitabu
    records: Mapping[str, tuple[str, ...]]
    """Ids of records by document: several where records say the same."""
    failed: tuple[FileResult, ...]
    """Records that are not in the library; mostly they have no text."""
    seconds: float
    """What taking the documents in took."""


@contextmanager
def corpus_library(
    settings: Settings,
    records: Sequence[Record],
    keep: Path | None = None,
    on_progress: Callable[[Progress], None] = silent,
) -> Iterator[CorpusLibrary]:
    """Take a collection into a library and open it.

    Args:
        settings: all but `data` are those of the library.
        records: the documents.
        keep: folder for the library and its files, used again when it is there; None for one that is deleted in the
            end.

    Raises:
        InvalidDataset: `keep` holds something else.
        StoreError: the library cannot be used.
    """
    with TemporaryDirectory(prefix="kitabu-eval-", ignore_cleanup_errors=True) as temporary:
        folder = keep.absolute() if keep else Path(temporary)
        ids = _write(records, folder)
        with open_kitabu(settings.model_copy(update={"data": folder / LIBRARY})) as kitabu:
            report = kitabu.pipeline.ingest([folder / DOCUMENTS], sync=True, on_progress=on_progress)
            by_document: dict[str, list[str]] = {}
            for file in report.files:
                name = Path(file.path).name
                if file.document_id is not None and name in ids:
                    by_document.setdefault(file.document_id, []).append(ids[name])
            found = {document: tuple(sorted(keys)) for document, keys in by_document.items()}
            yield CorpusLibrary(kitabu, found, report.failed, report.seconds)


def _write(records: Sequence[Record], folder: Path) -> dict[str, str]:
    """Write the documents, those that are there already left alone; the records' ids by the names of their files."""
    documents, marker = folder / DOCUMENTS, folder / MARKER
    if folder.is_dir() and any(folder.iterdir()) and not _is_marker(marker):
        raise InvalidDataset(
            f"The folder {folder} holds other files.", "Name an empty folder, or one that is not there."
        )
    documents.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps({"documents": len(records)}), encoding="utf-8")
    ids = {file_name(record.id): record.id for record in records}
    for file in documents.iterdir():
        if file.name not in ids:
            file.unlink()
    for record in records:
        path, text = documents / file_name(record.id), as_markdown(record).encode("utf-8", "replace")
        if not path.is_file() or path.read_bytes() != text:
            path.write_bytes(text)
    return ids


def _is_marker(path: Path) -> bool:
    """Whether it is the note written here: files are deleted on its word, and the name is one that others use, too."""
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(noted, dict) and noted.keys() == {"documents"} and type(noted["documents"]) is int


def file_name(key: str) -> str:
    """A file's name for a record's id, unlike those of all other ids also where case does not count."""
    plain = _UNSAFE.sub("-", key.lower())[:_NAME]
    return f"{plain}.md" if plain == key else f"{plain}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.md"


def as_markdown(record: Record) -> str:
    """The record as Markdown that shows exactly its title and text: no sign in them is a mark."""
    heading = f"# {_escaped(' '.join(record.title.split()))}\n\n" if record.title.strip() else ""
    lines = (_escaped(line.strip()) for line in record.text.splitlines())
    return heading + "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
