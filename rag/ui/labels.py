"""Labels of things to choose from, no two the same: what a browser sends back is the label that was chosen."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

from ingest.run import visible
from rag.core.types import Document
from rag.ui import strings
from rag.ui.services import Services

T = TypeVar("T", bound=Hashable)
_ID: Final = 12
"""Characters of an id that are shown: as many as the command line shows."""


def distinct(options: Iterable[T], *ways: Callable[[T], str]) -> dict[T, str]:
    """A label for each option that no other option has, to the eye.

    Args:
        options: what there is to choose from.
        ways: to call one, each telling more than the one before; those that share a label are called the next way.
            What even the last cannot tell apart gets numbers.
    """
    first, *others = ways
    labels = {option: _shown(first(option)) for option in options}
    for way in others:
        repeated = _repeated(labels)
        if not repeated:
            break
        labels.update({option: _shown(way(option)) for option in repeated})
    taken = {_seen(label) for label in labels.values()}
    for option in _repeated(labels):
        numbered = (f"{labels[option]} ({number})" for number in count(1))
        labels[option] = next(label for label in numbered if _seen(label) not in taken)
        taken.add(_seen(labels[option]))
    return labels


def document_labels(app: Services, documents: Sequence[Document], *, brief: bool) -> dict[str, str]:
    """What documents are called where one is chosen, by id.

    Args:
        app: the services.
        documents: to choose from, in the order in which they are listed.
        brief: by title or name alone where that tells a document apart; else its name and date are always told.
    """
    known = {document.id: document for document in documents}

    def title(one: str) -> str:
        return known[one].title or known[one].name

    def dated(one: str) -> str:
        day = known[one].date
        return f"{named(known[one])}, {strings.day(day)}" if day else named(known[one])

    def folder(one: str) -> str:
        path = _path(app, one)
        return f"{dated(one)}, {path.parent.name}" if path else dated(one)

    def place(one: str) -> str:
        path = _path(app, one)
        return f"{dated(one)}, {path}" if path else dated(one)

    def identified(one: str) -> str:
        return f"{dated(one)}, {one[:_ID]}"

    # Where others look in too, the names of folders are nobody's business.
    placed = (folder, place) if app.private else ()
    start = (title, lambda one: named(known[one])) if brief else ()
    return distinct(known, *start, dated, *placed, identified)


def folder_labels(folders: Iterable[str]) -> dict[str, str]:
    """What folders are called where one is chosen, by path: the last part of the path, or the whole of it."""
    return distinct(
        folders, lambda folder: Path(folder).name or folder, lambda folder: "/".join(Path(folder).parts[-2:]), str
    )


def named(document: Document) -> str:
    """A document's title with the name of its file, where that is another."""
    return f"{document.title} ({document.name})" if document.title not in ("", document.name) else document.name


def _path(app: Services, document_id: str) -> Path | None:
    places = app.kitabu.library.catalog.places(document_id)
    return Path(places[0].path) if places else None


def _repeated(labels: Mapping[T, str]) -> list[T]:
    often = Counter(map(_seen, labels.values()))
    return [option for option, label in labels.items() if often[_seen(label)] > 1]


def _shown(label: str) -> str:
    """`label` as it can be drawn and sent: the bytes of a file's name may be no text."""
    return label if label.isprintable() else visible(label)


def _seen(label: str) -> str:
    """What two labels that look the same have in common: a browser draws blanks in a row as one."""
    return " ".join(unicodedata.normalize("NFC", label).split())
