"""Finds running heads, page numbers and contents lists: what is printed to find one's way, not to be read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.readers.pdf_grids import within_tables
from ingest.readers.pdf_layout import Line, PageSegments, Segment, lines_of

# Shares of the page's height at either end: within the narrow zone a repeated line is furniture, within the wide one
# only where most pages have it (a table's head repeated at the top of two pages is none).
_NARROW_ZONE: Final = 0.085
_WIDE_ZONE: Final = 0.14
_MOST_PAGES: Final = 0.6
# Rows of a table stand closer than this, in multiples of the font size; their cells are level within so many points.
_APART: Final = 2.5
_ALIGNED: Final = 3.0
_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|seite|página|pagina|p\.|pg\.?|ukurasa|صفحہ|صفحة|पृष्ठ|стр\.?)\s*)?"
    r"(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von|de|sur|di|من|از)\s*\d{1,4})?[\W_]*",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:[.·…_]\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,6})?\s*$", re.IGNORECASE)
_ENDS_IN_NUMBER = re.compile(r".*\D\s+(\d{1,4}|[ivxlc]{1,6})$", re.IGNORECASE)
_CONTENTS_TITLE = re.compile(
    r"(table of |list of )?(contents|tables|figures)|table des matières|sommaire|inhalt(sverzeichnis)?|"
    r"índice( general)?|"
    r"contenido|sumário|indice|spis treści|inhoud(sopgave)?|yaliyomo|المحتويات|فهرس(ت)?|فہرست|विषय[ -]?सूची|"
    r"目录|目次|оглавление|содержание",
    re.IGNORECASE,
)
_FEWEST_CONTENTS_LINES: Final = 4


def find_furniture(sheets: Sequence[PageSegments | None]) -> list[set[int]]:
    """For each page the `order` of the segments that are running heads or page numbers."""
    heights = [sheet.height if sheet else 0.0 for sheet in sheets]
    pages = [sheet.upright if sheet else [] for sheet in sheets]
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for index, segments in enumerate(pages):
        for segment in segments:
            if _zone(segment, heights[index]) < _WIDE_ZONE:
                seen[_key(segment)].add(index)
    with_text = sum(1 for segments in pages if segments)
    found: list[set[int]] = []
    for index, segments in enumerate(pages):
        marked = set()
        for segment in segments:
            zone = _zone(segment, heights[index])
            if zone >= _WIDE_ZONE:
                continue
            repeated = len(seen[_key(segment)])
            often = repeated >= 3 and repeated >= _MOST_PAGES * with_text
            number = _NUMBER.fullmatch(segment.text) is not None and with_text > 1
            numbered = number and repeated >= 2 and _alone(segment, segments)
            if often or numbered or (zone < _NARROW_ZONE and (repeated >= 2 or (number and _alone(segment, segments)))):
                marked.add(segment.order)
        marked |= _beside(segments, marked, heights[index])
        marked = _set_apart(segments, marked, heights[index])
        sheet = sheets[index]
        if marked and sheet is not None and sheet.rules:
            marked -= within_tables(segments, sheet.rules)
        found.append(marked)
    kept = sum(len(each.text) for each, marks in _with_marks(pages, found) if each.order not in marks)
    # Pages that are nothing but repetition (forms, labels) are the text themselves.
    return found if 2 * kept >= sum(len(each.text) for each, _ in _with_marks(pages, found)) else [set() for _ in pages]


def _set_apart(segments: Sequence[Segment], marked: set[int], height: float) -> set[int]:
    """Without rows of tables: a head that is repeated on each page, the last line of the last row."""
    kept = set(marked)
    # From the text outwards: once a row belongs to the table, the next one may.
    for row in sorted(
        lines_of(each for each in segments if each.order in marked), key=lambda line: -_zone(line, height)
    ):
        width = 0.7 * (row.x1 - row.x0)
        inner = [
            each
            for each in segments
            if each.order not in kept and each.x1 - each.x0 < width and _follows(each, row, height)
        ]
        aligned = sum(any(_aligned(segment, other) for other in inner) for segment in row.segments)
        if aligned > 1:
            kept.difference_update(segment.order for segment in row.segments)
    return kept


def _follows(segment: Segment, row: Line, height: float) -> bool:
    """Whether a text stands next to a line at a page's end, towards its middle."""
    below = row.middle < height / 2
    gap = segment.top - row.bottom if below else row.top - segment.bottom
    return abs(gap) < _APART * row.size and (segment.middle > row.middle) == below


def _aligned(first: Segment, second: Segment) -> bool:
    edges = first.x0 - second.x0, first.x1 - second.x1, (first.x0 + first.x1 - second.x0 - second.x1) / 2
    return min(abs(edge) for edge in edges) < _ALIGNED


def _with_marks(pages: Sequence[Sequence[Segment]], found: Sequence[set[int]]) -> Iterator[tuple[Segment, set[int]]]:
    for segments, marks in zip(pages, found, strict=True):
        for segment in segments:
            yield segment, marks


def _zone(segment: Segment | Line, height: float) -> float:
    """Distance from the nearer end of the page, as a share of its height."""
    return min(segment.middle, height - segment.middle) / max(1.0, height)


def _key(segment: Segment) -> tuple[str, int]:
    """What a repeated line has in common: its words without digits, and its height on the page."""
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", segment.text.casefold()), round(segment.middle / 6)


def _alone(segment: Segment, segments: Sequence[Segment]) -> bool:
    """Whether nothing of the page's text stands further out."""
    middle = segment.middle
    return all(other.middle >= middle - 2 for other in segments) or all(
        other.middle <= middle + 2 for other in segments
    )


def _beside(segments: Sequence[Segment], marked: set[int], height: float) -> set[int]:
    """What stands on one line with a running head: a chapter's name that only this page has."""
    middles = [segment.middle for segment in segments if segment.order in marked]
    return {
        segment.order
        for segment in segments
        if _zone(segment, height) < _NARROW_ZONE and any(abs(segment.middle - middle) < 2 for middle in middles)
    }


def contents_lines(segments: Sequence[Segment], titles: frozenset[str]) -> set[int]:
    """The `order` of the segments that make up a contents list on this page.

    Args:
        segments: the page's text without running heads.
        titles: the outline's titles, as `squeeze` makes them.
    """
    lines = lines_of(segments)
    hits = [_is_entry(line, titles) for line in lines]
    if sum(hits) < _FEWEST_CONTENTS_LINES:
        return set()
    first, last = hits.index(True), len(hits) - 1 - hits[::-1].index(True)
    found: set[int] = set()
    for index, line in enumerate(lines):
        # A line between two entries is an entry too long for one line, or a part's name.
        within = first <= index <= last and (hits[index] or hits[index - 1] or hits[min(index + 1, last)])
        title = index < first and _CONTENTS_TITLE.fullmatch(line.text.strip(" :."))
        if within or title:
            found.update(segment.order for segment in line.segments)
    return found


def squeeze(text: str) -> str:
    """Letters and digits only, folded: what two spellings of a title have in common."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _is_entry(line: Line, titles: frozenset[str]) -> bool:
    text = line.text.strip()
    if _LEADERS.search(text):
        return True
    if not _ENDS_IN_NUMBER.match(text):
        return False
    return squeeze(re.sub(r"\s+\S+$", "", text)) in titles or squeeze(text) in titles
