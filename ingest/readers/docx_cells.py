"""Tables of a Word document: which elements are rows and cells, what cells span, and what is told of those within."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import one_line
from ingest.readers.docx_numbering import W
from ingest.readers.tables import looks_like_head

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
WRAPPERS: Final = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body", "txbxContent")
)
"""Around blocks whose content counts as the body's own."""


def children_of(parent: Element, tag: str) -> Iterator[Element]:
    """Children of one tag, also within content controls."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS:
            yield from children_of(child, tag)


def spans(cell: Element) -> tuple[int, bool]:
    """Columns a cell spans, and whether it goes on with the cell above."""
    properties = cell.find(f"{W}tcPr")
    if properties is None:
        return 1, False
    across, down = properties.find(f"{W}gridSpan"), properties.find(f"{W}vMerge")
    width = across.get(f"{W}val", "1") if across is not None else "1"
    columns = min(int(width), 100) if width.isdigit() and int(width) > 0 else 1
    return columns, down is not None and down.get(f"{W}val", "continue") != "restart"


def columns_before(row: Element) -> int:
    """Columns that a row leaves out at its start."""
    skipped = row.find(f"{W}trPr/{W}gridBefore")
    value = skipped.get(f"{W}val", "0") if skipped is not None else "0"
    return min(int(value), 100) if value.isdigit() else 0


def frames_tables(table: Element) -> bool:
    """Whether most of a table's text stands in tables within it."""
    inner = whole = 0
    for text in table.iter(f"{W}t"):
        length = len(text.text or "")
        whole += length
        inner += length * (next(text.iterancestors(f"{W}tbl"), table) is not table)
    return 2 * inner > whole


def cell_texts(parent: Element, text_of: Callable[[Element], str]) -> Iterator[str]:
    """Text of the paragraphs of a cell, text boxes included; a table within as one line, its heads with its cells."""
    for child in parent:
        if child.tag == f"{W}p":
            yield text_of(child)
            for box in text_boxes(child):
                yield from cell_texts(box, text_of)
        elif child.tag == f"{W}tbl":
            yield _told(child, text_of)
        elif child.tag != FALLBACK:
            yield from cell_texts(child, text_of)


def _told(table: Element, text_of: Callable[[Element], str]) -> str:
    rows = [
        [one_line(" ".join(cell_texts(cell, text_of))) for cell in children_of(row, f"{W}tc")]
        for row in children_of(table, f"{W}tr")
    ]
    rows = [row for row in rows if any(row)]
    if len(rows) > 1 and looks_like_head(rows[0], rows[1:]) and all(len(row) == len(rows[0]) for row in rows):
        heads, *rows = rows
        rows = [
            [f"{head}: {cell}" if head else cell for head, cell in zip(heads, row, strict=True) if cell] for row in rows
        ]
    return "; ".join(", ".join(filter(None, row)) for row in rows)


def within(element: Element, tag: str) -> bool:
    """Whether an element stands in one of that tag."""
    return any(parent.tag == tag for parent in element.iterancestors())


def text_boxes(paragraph: Element) -> Iterator[Element]:
    """The contents of text boxes anchored in a paragraph, each once (older programs get a copy as a fallback)."""
    for box in paragraph.iter(f"{W}txbxContent"):
        nested = any(parent.tag == f"{W}txbxContent" for parent in box.iterancestors())
        if not nested and not within(box, FALLBACK):
            yield box
