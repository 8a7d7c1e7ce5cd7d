"""Questions that the library's own documents ask and answer: drawn from their headings and question lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final

import streamlit as st

from rag.core.types import Block, BlockKind, Document
from rag.ui.services import Services

MOST_DOCUMENTS: Final = 40
"""Documents looked into, the newest first: enough for variety, and quick in a library of thousands."""
SHORTEST: Final = 12
LONGEST: Final = 110
"""Characters of a question that reads well on a button."""
_MARKS: Final = ("?", "؟", "？", "॥?")
_KINDS: Final = (BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)


def suggested(services: Services, most: int = 4) -> list[str]:
    """At most `most` questions, from as many documents as possible."""
    return _suggested(services, services.kitabu.library.catalog.revision(), most)


@st.cache_data(max_entries=4, show_spinner=False)
def _suggested(_services: Services, revision: int, most: int) -> list[str]:
    del revision  # only the cache needs it
    catalog = _services.kitabu.library.catalog
    newest = sorted(catalog.documents(), key=lambda document: document.added_at, reverse=True)[:MOST_DOCUMENTS]
    by_document = [list(_questions(_services, document)) for document in newest]
    found = _in_turn(by_document)
    return list(dict.fromkeys(found))[:most]


def _questions(services: Services, document: Document) -> Iterator[str]:
    catalog = services.kitabu.library.catalog
    texts = {page.number: page.text for page in catalog.pages(document.id)}
    # A question that is a heading has its answer below it; one in running text may be rhetorical.
    for block in sorted(catalog.blocks(document.id), key=lambda block: block.kind is not BlockKind.HEADING):
        words = _words(block, texts)
        if block.kind in _KINDS and words.endswith(_MARKS) and SHORTEST <= len(words) <= LONGEST:
            yield words


def _words(block: Block, texts: dict[int, str]) -> str:
    words = " ".join(texts[block.span.page][block.span.start : block.span.end].split())
    head, _, rest = words.partition(" ")
    # "Q: ", "3. " and the like stand before the question, they are not part of it.
    return rest if len(head) <= 3 and head[-1:] in ":.)" else words


def _in_turn(lists: Iterable[list[str]]) -> Iterator[str]:
    for row in zip_longest(*lists):
        yield from (words for words in row if words)
