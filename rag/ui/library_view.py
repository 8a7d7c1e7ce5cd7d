"""The library as it is read: the table of documents, what failed, the followed folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final

from ingest.ocr.engines import Recognition
from ingest.watch import FolderState
from rag.core.errors import NoText, Unreadable
from rag.core.types import Document
from rag.store.places import Failure
from rag.ui import strings
from rag.ui.markup import button, text
from rag.ui.taking_in import failure_id

FIRST_FAILURES: Final = 3
"""Failed files that are shown; the others unfold."""


def matching(documents: Sequence[Document], words: str) -> list[Document]:
    """The documents whose title, name, kind or language holds every one of the words."""
    wanted = words.casefold().split()
    return [document for document in documents if all(word in _searched(document) for word in wanted)]


def table_html(documents: Sequence[Document], notes: Mapping[str, Sequence[str]], *, open_id: str) -> str:
    """The table of documents; pressing a title opens the document. On a phone each row is a small card.

    Args:
        documents: those to show.
        notes: what is to be known of them beside that, by id, see `rag.ui.versions_view.notes`.
        open_id: of the document that is open, or "".
    """
    heads = (
        strings.TITLE,
        strings.KIND,
        strings.PAGES,
        strings.LANGUAGE,
        strings.DATE,
        strings.STATE,
    )
    head = "".join(f'<th scope="col">{text(one)}</th>' for one in heads)
    rows = "".join(_row(document, notes.get(document.id, ()), document.id == open_id) for document in documents)
    return f'<table class="documents"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def failures_html(failures: Sequence[Failure], advice: str = "") -> str:
    """What could not be added, with its reason and remedy; pictures without text apart: nothing is wrong with them.

    Args:
        failures: of the catalog.
        advice: what to install so that scans can be read; "" where they are read.
    """
    scans = [failure for failure in failures if failure.code == NoText.code]
    others = [failure for failure in failures if failure.code != NoText.code]
    return _failed_files(others) + _without_text(scans, advice)


def _failed_files(failures: Sequence[Failure]) -> str:
    if not failures:
        return ""
    again = any(failure.code == Unreadable.code for failure in failures)
    aside = f"{strings.SET_ASIDE} {strings.OPENED_AGAIN}" if again else strings.SET_ASIDE
    items = [_failure(failure, f"{failure.message} {failure.hint}") for failure in failures]
    return _box(strings.failed_files(len(failures)), [(aside, items)], "failed")


def _without_text(failures: Sequence[Failure], advice: str) -> str:
    """Remedies are said once, not for every file."""
    if not failures:
        return ""
    remedies: dict[str, list[str]] = {}
    for failure in failures:
        remedies.setdefault(advice or failure.hint, []).append(_failure(failure, ""))
    return _box(strings.scanned_files(len(failures)), list(remedies.items()), "failed scans")


def _box(title: str, groups: Sequence[tuple[str, Sequence[str]]], classes: str) -> str:
    """Groups of items, each under its words; beyond the first few, items unfold."""
    body = ""
    for words, items in groups:
        first, rest = "".join(items[:FIRST_FAILURES]), "".join(items[FIRST_FAILURES:])
        more = f"<details><summary>{text(strings.SHOW_MORE)}</summary><ul>{rest}</ul></details>" if rest else ""
        body += f'<p class="muted" dir="auto">{text(words)}</p><ul>{first}</ul>{more}'
    return f'<div class="{classes}"><h3>{text(title)}</h3>{body}</div>'


def _failure(failure: Failure, reason: str) -> str:
    name = PurePath(failure.path).name
    remove = button(
        "remove",
        failure_id(failure),
        text(strings.REMOVE),
        label=strings.labelled(strings.REMOVE, name),
        classes="quiet",
    )
    said = f'<span class="reason" dir="auto">{text(reason)}</span>' if reason else ""
    return f"<li><strong><bdi>{text(name)}</bdi></strong> {said}{remove}</li>"


def folder_html(folder: FolderState, *, now: float) -> str:
    """A followed folder: where it is and how it is."""
    synced = strings.moment(folder.synced_at, now) if folder.synced_at else ""
    words = strings.folder_facts(folder.state, synced, folder.files, folder.failures)
    unreachable = folder.state in ("missing", "other")
    return (
        f'<p class="line"><bdi class="path">{text(folder.path)}</bdi></p>'
        f'<p class="line {"warned" if unreachable else "muted"}">{text(words)}</p>'
    )


def recognition_html(found: Recognition) -> str:
    """What reads scans on this computer, and what to install for better results."""
    if not found.engines:
        said = f'<p class="line">{text(strings.NO_RECOGNITION)}</p>'
    else:
        said = f'<p class="line">{text(strings.READ_WITH)} {text(found.summary)}.</p>'
        if found.missing:
            said += f'<p class="line">{text(strings.NOT_READ_WELL)} {text(strings.listed(list(found.missing)))}.</p>'
    advice = f'<p class="line">{text(found.advice)}</p>' if found.advice else ""
    return f'<details class="muted"><summary>{text(strings.HOW_SCANS)}</summary>{said}{advice}</details>'


def _searched(document: Document) -> str:
    words = (document.title, document.name, strings.kind(document.media_type), strings.language(document.language))
    return " ".join(words).casefold()


def _row(document: Document, said: Sequence[str], is_open: bool) -> str:
    title = document.title or document.name
    file = f'<span class="file muted" dir="auto">{text(document.name)}</span>' if document.name != title else ""
    versions = "".join(f'<span class="file muted" dir="auto">{text(words)}</span>' for words in said)
    notes = f'<span class="warned">{text(strings.notes(len(document.warnings)))}</span>' if document.warnings else ""
    if document.report.orders:
        notes = f'<span class="warned">{text(strings.ORDERS_NOTE)}</span>'
    name = button("open", f"{document.id}:1", f'<span dir="auto">{text(title)}</span>', classes="title")
    cells = (
        f"<td>{name}{file}{versions}</td>"
        f'<td class="fact">{text(strings.kind(document.media_type))}</td>'
        f'<td class="fact number" data-unit="{text(strings.PAGES)}">{strings.number(document.pages)}</td>'
        f'<td class="fact">{text(strings.language(document.language))}</td>'
        f'<td class="fact">{text(strings.day(document.date) if document.date else "")}</td>'
        f'<td class="fact">{notes or text(strings.READY)}</td>'
    )
    return f'<tr class="open" aria-current="true">{cells}</tr>' if is_open else f"<tr>{cells}</tr>"
