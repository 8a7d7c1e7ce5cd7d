"""Where a quotation stands on a page that was read by text recognition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ingest.readers.pdf_view import Mark
from rag.core.types import Span, WordBox

# Words whose heights overlap by this share of the lower one stand on one line.
_SAME_LINE: Final = 0.5
# A gap wider than this many heights parts the boxes of two cells.
_CELL_GAP: Final = 3.0


def marks_of(words: Sequence[WordBox], span: Span) -> list[Mark]:
    """Boxes of the lines (and table cells) that `span` stands on, in the order of the page's text.

    Args:
        words: of the page that `span` names, as `Page.words` has them.
        span: into that page's text; a word that it cuts is marked whole.
    """
    return _merged((word.x0, word.top, word.x1, word.bottom) for word in words if _touches(word, span))


def _touches(word: WordBox, span: Span) -> bool:
    return word.start < span.end and word.end > span.start


def _merged(boxes: Iterable[Mark]) -> list[Mark]:
    found: list[Mark] = []
    for box in boxes:
        if found and _joins(found[-1], box):
            last = found[-1]
            found[-1] = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            found.append(box)
    return found


def _joins(last: Mark, box: Mark) -> bool:
    height = min(last[3] - last[1], box[3] - box[1])
    if min(last[3], box[3]) - max(last[1], box[1]) < _SAME_LINE * height:
        return False
    return max(box[0] - last[2], last[0] - box[2]) <= _CELL_GAP * max(last[3] - last[1], box[3] - box[1])
