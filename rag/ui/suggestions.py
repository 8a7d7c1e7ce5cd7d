"""Questions that the library's own documents ask and answer: drawn from their headings and question lists."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from typing import Final

from rag.core.types import Block, BlockKind, Document
from rag.store.catalog import Catalog
from rag.store.library import Library

MOST_DOCUMENTS: Final = 12
"""Documents looked into, the newest first: enough for variety. Further ones only while too little is found."""
FURTHEST: Final = 200
"""Documents looked into at most: a fraction of a second."""
MOST_PAGES: Final = 20
"""Pages looked at in each, from the first."""
SHORTEST: Final = 12
LONGEST: Final = 110
"""Characters of a question that reads well on a button."""
_MARKS: Final = ("?", "؟", "？", "॥?")
_KINDS: Final = (BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)


class Suggestions:
    """Remembers the questions until the library has changed and come to rest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = -1
        self._questions: list[str] = []

    def of(self, library: Library, most: int = 4) -> list[str]:
        """At most `most` questions, from as many documents as possible."""
        with self._lock:
            revision = library.catalog.revision()
            # While documents are being read, every one of them is a new revision.
            known = revision == self._revision or (self._questions and library.jobs.recent(1, open_only=True))
            if not known:
                self._questions = _suggested(library.catalog, most)
                self._revision = revision
            return self._questions


def _suggested(catalog: Catalog, most: int) -> list[str]:
    newest = sorted(catalog.documents(), key=lambda document: document.added_at, reverse=True)
    first: list[str] = []
    further: list[str] = []
    for looked, document in enumerate(newest[:FURTHEST]):
        if looked >= MOST_DOCUMENTS and len({*first, *further}) >= most:
            break
        found = list(islice(_questions(catalog, document), most))
        first += found[:1]
        further += found[1:]
        if len(set(first)) >= most:
            break
    return list(dict.fromkeys([*first, *further]))[:most]


def _questions(catalog: Catalog, document: Document) -> Iterator[str]:
    blocks = catalog.blocks(document.id, range(1, min(document.pages, MOST_PAGES) + 1))
    texts: dict[int, str] = {}
    # A question that is a heading has its answer below it; one in running text may be rhetorical.
    for block in sorted(blocks, key=lambda block: block.kind is not BlockKind.HEADING):
        if block.kind not in _KINDS or block.span.end - block.span.start > 2 * LONGEST:
            continue
        page = block.span.page
        if page not in texts:
            texts[page] = catalog.page(document.id, page).text
        words = _words(block, texts[page])
        if words.endswith(_MARKS) and SHORTEST <= len(words) <= LONGEST:
            yield words


def _words(block: Block, page: str) -> str:
    words = " ".join(page[block.span.start : block.span.end].split())
    head, _, rest = words.partition(" ")
    # "Q: ", "3. " and the like stand before the question, they are not part of it.
    return rest if len(head) <= 3 and head[-1:] in ":.)" else words
