"""The library as it is read: the table of documents, a document's report card, what failed, how far work is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from rag.core.errors import NoText
from rag.core.types import Document, Page, PageStatus
from rag.store.places import Failure
from rag.ui import strings
from rag.ui.markup import button, text
from rag.ui.taking_in import failure_id

FIRST_FAILURES: Final = 3
"""Failed files that are shown; the others unfold."""
_UNREAD = (PageStatus.FAILED, PageStatus.IMAGE_ONLY)


def matching(documents: Sequence[Document], words: str) -> list[Document]:
    """The documents whose title, name, kind or language holds every one of the words."""
    wanted = words.casefold().split()
    return [document for document in documents if all(word in _searched(document) for word in wanted)]


def table_html(documents: Sequence[Document], *, now: float, open_id: str) -> str:
    """The table of documents; pressing a title opens the document. On a phone each row is a small card."""
    heads = (
        strings.TITLE,
        strings.KIND,
        strings.PAGES,
        strings.LANGUAGE,
        strings.ADDED,
        strings.STATE,
    )
    head = "".join(f'<th scope="col">{text(one)}</th>' for one in heads)
    rows = "".join(_row(document, now, document.id == open_id) for document in documents)
    return f'<table class="documents"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def card_html(document: Document, pages: Sequence[Page], places: Sequence[str], *, now: float) -> str:
    """A document's report card: what it is, what was read of it, where it lies, what to know."""
    unread = sum(page.status in _UNREAD for page in pages)
    facts = [
        (strings.STATE, f'<span class="{"warned" if unread else ""}">{text(state(unread))}</span>'),
        (strings.KIND, text(f"{strings.kind(document.media_type)}, {strings.size(document.size)}")),
        (strings.PAGES, text(strings.number(document.pages))),
        (strings.PASSAGES, text(strings.number(document.chunks))),
        (strings.LANGUAGE, text(strings.language(document.language))),
        (strings.ADDED, text(strings.date(document.added_at, now))),
    ]
    if places:
        facts.append((strings.PLACES, "<br>".join(f"<bdi>{text(place)}</bdi>" for place in places)))
    if document.warnings:
        items = "".join(f'<p class="line" dir="auto">{text(warning)}</p>' for warning in document.warnings)
        facts.append((strings.WARNINGS, items))
    rows = "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in facts)
    return f'<section class="card" aria-label="{text(strings.REPORT_CARD)}"><dl>{rows}</dl></section>'


def failures_html(failures: Sequence[Failure]) -> str:
    """What could not be added, with its reason and remedy; scans apart, since nothing is wrong with them."""
    scans = [failure for failure in failures if failure.code == NoText.code]
    others = [failure for failure in failures if failure.code != NoText.code]
    return _failed(others, strings.failed_files(len(others)), "failed") + _failed(
        scans, strings.scanned_files(len(scans)), "failed scans"
    )


def _failed(failures: Sequence[Failure], title: str, classes: str) -> str:
    if not failures:
        return ""
    items = [_failure(failure) for failure in failures]
    first, rest = "".join(items[:FIRST_FAILURES]), "".join(items[FIRST_FAILURES:])
    more = f"<details><summary>{text(strings.SHOW_MORE)}</summary><ul>{rest}</ul></details>" if rest else ""
    return f'<div class="{classes}"><h3>{text(title)}</h3><ul>{first}</ul>{more}</div>'


def _failure(failure: Failure) -> str:
    name = PurePath(failure.path).name
    remove = button(
        "remove", failure_id(failure), text(strings.REMOVE), label=f"{strings.REMOVE}: {name}", classes="quiet"
    )
    return (
        f"<li><strong><bdi>{text(name)}</bdi></strong> "
        f'<span class="reason">{text(failure.message)} {text(failure.hint)}</span>{remove}</li>'
    )


def progress_html(progress: Mapping[str, Any], *, waiting: bool, stopping: bool) -> str:
    """How far a run of reading is: a bar, files, pages, rate and the time left."""
    done, total = int(progress.get("files_done", 0)), int(progress.get("files_total", 0))
    current = PurePath(str(progress.get("current", ""))).name
    title = strings.STOPPING if stopping else strings.WAITING if waiting else strings.READING
    facts = []
    if total:
        facts.append(strings.progress(done, total))
    pages = int(progress.get("pages_done", 0))
    if pages:
        facts.append(strings.counted(pages, "page"))
    rate = strings.page_rate(pages, float(progress.get("seconds_elapsed", 0)))
    if rate:
        facts.append(rate)
    left = progress.get("seconds_left")
    if left is not None and not stopping:
        facts.append(strings.time_left(float(left)))
    value = f' value="{done}" max="{total}"' if total else ""
    name = f'<p class="muted line"><bdi>{text(current)}</bdi></p>' if current else ""
    return (
        f'<div role="status"><p class="line"><strong>{text(title)}</strong> '
        f'<span class="muted">{text(" · ".join(facts))}</span></p>'
        f'<progress aria-label="{text(title)}"{value}></progress>{name}</div>'
    )


def state(unread: int) -> str:
    """A document's state in a word or two."""
    return strings.unread_pages(unread) if unread else strings.READY


def _searched(document: Document) -> str:
    words = (document.title, document.name, strings.kind(document.media_type), strings.language(document.language))
    return " ".join(words).casefold()


def _row(document: Document, now: float, is_open: bool) -> str:
    title = document.title or document.name
    file = f'<span class="file muted" dir="auto">{text(document.name)}</span>' if document.name != title else ""
    notes = f'<span class="warned">{text(strings.notes(len(document.warnings)))}</span>' if document.warnings else ""
    name = button("open", f"{document.id}:1", f'<span dir="auto">{text(title)}</span>', classes="title")
    cells = (
        f"<td>{name}{file}</td>"
        f'<td class="fact">{text(strings.kind(document.media_type))}</td>'
        f'<td class="fact number" data-unit="{text(strings.PAGES)}">{strings.number(document.pages)}</td>'
        f'<td class="fact">{text(strings.language(document.language))}</td>'
        f'<td class="fact">{text(strings.date(document.added_at, now))}</td>'
        f'<td class="fact">{notes or text(strings.READY)}</td>'
    )
    return f'<tr class="open" aria-current="true">{cells}</tr>' if is_open else f"<tr>{cells}</tr>"
