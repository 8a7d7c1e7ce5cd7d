"""The report card of a file: what its reading came to, counted from what the reader made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from rag.core.orders import find_orders, quote
from rag.core.report import FoundOrder, ReportCard
from rag.core.text import detect_language
from rag.core.types import BlockKind, PageStatus, ParsedDocument

LANGUAGE_SAMPLE: Final = 20_000
"""Characters a document's language is told from."""
MOST_ORDERS: Final = 20
"""Orders to a program that are kept of one document: a warning with its first quotations is enough."""
_PAGE_SAMPLE: Final = 600
"""Characters a page's language is told from."""
_MOST_SAMPLES: Final = 100
"""Pages whose language is told; of a longer document as many, evenly spread."""


def report_card(parsed: ParsedDocument, *, chunks_cut: int) -> ReportCard:
    """Count up what was read.

    Args:
        parsed: what the reader made of the file.
        chunks_cut: chunks whose embedded text was longer than the embedder reads.
    """
    statuses = Counter(page.status for page in parsed.pages)
    recognised = [page for page in parsed.pages if page.confidence is not None]
    weight = sum(len(page.text) for page in recognised)
    summed = sum((page.confidence or 0.0) * len(page.text) for page in recognised)
    tables = {block.group for block in parsed.blocks if block.kind is BlockKind.TABLE_ROW}
    return ReportCard(
        pages=len(parsed.pages),
        pages_ocr=statuses[PageStatus.OCR],
        ocr_confidence=round(summed / weight, 3) if weight else None,
        ocr_engine=parsed.ocr_engine,
        pages_empty=statuses[PageStatus.EMPTY],
        pages_image_only=statuses[PageStatus.IMAGE_ONLY],
        pages_failed=statuses[PageStatus.FAILED],
        tables=len(tables),
        languages=_languages(parsed),
        chunks_cut=chunks_cut,
        encoding=parsed.encoding,
        skipped=parsed.skipped,
        orders=tuple(islice(_orders(parsed), MOST_ORDERS)),
    )


def main_language(parsed: ParsedDocument) -> str:
    """The language of the document as a whole, told from its beginning."""
    sample = ""
    for page in parsed.pages:
        sample += page.text + "\n"
        if len(sample) >= LANGUAGE_SAMPLE:
            break
    return detect_language(sample[:LANGUAGE_SAMPLE])


def _orders(parsed: ParsedDocument) -> Iterator[FoundOrder]:
    for page in parsed.pages:
        for order in find_orders(page.text):
            yield FoundOrder(page.number, order.kind.value, quote(page.text, order))


def _languages(parsed: ParsedDocument) -> dict[str, float]:
    pages = [page for page in parsed.pages if page.text]
    step = max(1, -(-len(pages) // _MOST_SAMPLES))
    lengths: Counter[str] = Counter()
    for page in pages[::step]:
        # From the middle: a page begins with running heads, often in another language than its text.
        middle = max(0, len(page.text) // 2 - _PAGE_SAMPLE // 2)
        lengths[detect_language(page.text[middle : middle + _PAGE_SAMPLE])] += len(page.text)
    total = sum(lengths.values())
    return {language: round(length / total, 3) for language, length in lengths.most_common()} if total else {}
