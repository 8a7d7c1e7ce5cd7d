"""Passages made from a few lines, for tests of whatever works on passages."""

from __future__ import annotations

from collections.abc import Sequence

from rag.core.types import SPAN_SEPARATOR, Block, BlockKind, Document, Passage, Span


def make_document(name: str = "handbook.pdf", *, title: str = "Handbook", language: str = "en") -> Document:
    """A document that is in no catalog."""
    return Document(
        id=f"{name:0<64}"[:64],
        name=name,
        media_type="text/plain",
        title=title,
        language=language,
        pages=1,
        chunks=1,
        size=1,
        added_at=0.0,
    )


def make_passage(
    blocks: Sequence[tuple[BlockKind, str]],
    *,
    key: str = "[1]",
    document: Document | None = None,
    heading_path: tuple[str, ...] = (),
    page: int = 1,
    similarity: float = 0.5,
) -> Passage:
    """A passage of one span whose page text is the blocks' texts, one on each line.

    Consecutive list items form one list, consecutive table rows one table.
    """
    built: list[Block] = []
    offset = 0
    group = 0
    previous: BlockKind | None = None
    for kind, text in blocks:
        joined = previous is not None and {previous, kind} <= {BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW}
        if not joined and kind is not previous:
            group += 1
        grouped = kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)
        built.append(Block(kind, Span(page, offset, offset + len(text)), group=group if grouped else 0))
        offset += len(text) + len(SPAN_SEPARATOR)
        previous = kind
    text = SPAN_SEPARATOR.join(text for _, text in blocks)
    return Passage(
        key=key,
        document=document or make_document(),
        heading_path=heading_path,
        spans=(Span(page, 0, len(text)),),
        text=text,
        blocks=tuple(built),
        score=1.0,
        similarity=similarity,
        chunk_ids=("chunk",),
    )


def said_in(text: str, language: str = "en") -> Passage:
    """A passage of one paragraph, without title or headings."""
    return make_passage([(BlockKind.PARAGRAPH, text)], document=make_document(title="", language=language))
