"""A document's report card: what it is, how well it was read, where it lies, what to know before trusting it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rag.core.report import ReportCard
from rag.core.types import Document
from rag.ui import strings
from rag.ui.markup import button, text


def card_html(
    document: Document,
    places: Sequence[str],
    *,
    now: float,
    versions: Iterable[tuple[str, str]] = (),
    edit: bool = False,
) -> str:
    """The report card as a list of facts; a fact that is as it should be and says nothing more is left out.

    Args:
        document: with its report.
        places: where it was read from.
        now: seconds since the epoch.
        versions: further facts with their markup, see `rag.ui.versions_view.facts`.
        edit: with a button to say more of it.
    """
    facts = [*_what_it_is(document, now), *versions, *_how_it_was_read(document.report, document.chunks)]
    if document.report.orders:
        facts.insert(0, (strings.ORDERS, _orders(document.report)))
    if places:
        facts.append((strings.PLACES, "<br>".join(f"<bdi>{text(place)}</bdi>" for place in places)))
    for title, lines in ((strings.SKIPPED, document.report.skipped), (strings.WARNINGS, document.warnings)):
        if lines:
            facts.append((title, "".join(f'<p class="line" dir="auto">{text(line)}</p>' for line in lines)))
    rows = "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in facts)
    change = button("edit", document.id, text(strings.EDIT), classes="quiet") if edit else ""
    return f'<section class="card" aria-label="{text(strings.REPORT_CARD)}"><dl>{rows}</dl>{change}</section>'


def unread(report: ReportCard) -> int:
    """Pages of which nothing could be read though something is on them."""
    return report.pages_failed + report.pages_image_only


def _what_it_is(document: Document, now: float) -> Iterator[tuple[str, str]]:
    missing = unread(document.report)
    words = strings.unread_pages(missing) if missing else strings.READY
    yield strings.STATE, f'<span class="{"warned" if missing else ""}">{text(words)}</span>'
    yield strings.KIND, text(f"{strings.kind(document.media_type)}, {strings.size(document.size)}")
    if document.dated:
        yield strings.DATED, text(strings.day(document.dated))
    yield strings.ADDED, text(strings.date(document.added_at, now))


def _orders(report: ReportCard) -> str:
    quoted = "".join(
        f'<p class="line" dir="auto">{text(strings.order(order.page, order.kind, order.quote))}</p>'
        for order in report.orders
    )
    return f'<p class="line warned">{text(strings.ORDERS_TEXT)}</p>{quoted}'


def _how_it_was_read(report: ReportCard, chunks: int) -> Iterator[tuple[str, str]]:
    yield strings.PAGES, text(strings.pages_read(report.pages, report.pages_empty))
    if report.pages_ocr:
        yield strings.RECOGNISED, text(strings.recognised(report.pages_ocr, report.ocr_confidence, report.ocr_engine))
    yield strings.PASSAGES, text(strings.number(chunks))
    if report.tables:
        yield strings.TABLES, text(strings.number(report.tables))
    if report.languages:
        yield strings.LANGUAGES_FOUND, text(strings.language_shares(report.languages))
    if report.encoding and report.encoding != "utf-8":
        yield strings.ENCODING, text(report.encoding)
    if report.chunks_cut:
        yield strings.CUT, f'<span class="warned">{text(strings.chunks_cut(report.chunks_cut))}</span>'
