"""Finds running heads, page numbers and contents lists: what is printed to find one's way, not to be read."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from ingest.readers.pdf_grids import within_tables
from ingest.readers.pdf_layout import Line, PageSegments, Segment, is_right_to_left, lines_of

_COUNT: Final = r"(?P<count>\d{1,4}|[ivxlc]{1,6})"
# A row of leaders is looked at once, from its first one: a search from each of them takes quadratic time.
LEADERS: Final = re.compile(rf"(?<![.·…_])(?<![.·…_]\s)(?:[.·…_]\s?){{4,}}+\s*{_COUNT}\s*$", re.IGNORECASE)
"""Leaders and the number at a line's end that they lead to."""

LARGER: Final = 1.1
"""A heading is set larger than the body by this factor, or in bold at no less than the body's size."""

# Shares of the page's height at either end: within the narrow zone a repeated line is furniture, within the wide one
# only where most pages have it (a table's head repeated at the top of two pages is none).
_NARROW_ZONE: Final = 0.085
_WIDE_ZONE: Final = 0.14
_MOST_PAGES: Final = 0.6
# Two pages that begin with "1 ml" and "2 ml" number nothing.
_FEWEST_NUMBERED: Final = 3
# Rows of a table stand closer than this, in multiples of the font size; their cells are level within so many points.
_APART: Final = 2.5
_ALIGNED: Final = 3.0
# Lines of one text stand no further apart than this, in multiples of their usual distance, and are of one size.
_NEXT_LINE: Final = 1.5
_ONE_SIZE: Final = 0.6
_PAGE_NUMBER: Final = (
    r"(?:(?:page|seite|página|pagina|p\.|pg\.?|ukurasa|صفحہ|صفحة|पृष्ठ|стр\.?)\s*)?"
    rf"{_COUNT}(?:\s*(?:/|of|von|de|sur|di|من|از)\s*\d{{1,4}})?"
)
_NUMBER = re.compile(rf"[\W_]*{_PAGE_NUMBER}[\W_]*", re.IGNORECASE)
# Between dashes, or after one that no range and no minus is written with. Of a line's text, "4" and "≤ 4" may be left.
_DASHED_NUMBER = re.compile(rf"(?:—|[-–](?=.*[-–—]$))\s*{_PAGE_NUMBER}\s*[-–—]?", re.IGNORECASE)
# The last figures of "2.5" are no number of their own.
_BESIDE_TEXT: Final = (
    re.compile(rf"[\W_]*{_PAGE_NUMBER}(?![.,:/]\d)(?P<text>[\W_].*)", re.IGNORECASE),
    re.compile(rf"(?P<text>.*?[\W_])(?<!\d[.,:/]){_PAGE_NUMBER}[\W_]*", re.IGNORECASE),
)
_ROMAN: Final = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ENDS_IN_NUMBER = re.compile(rf".*\D(?=\s+{_COUNT}$)", re.IGNORECASE)
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
                for key in (_key(segment), *_numbered_keys(segment, index)):
                    seen[key].add(index)
    with_text = sum(1 for segments in pages if segments)
    body = _body_style(pages)
    found: list[set[int]] = []
    for index, segments in enumerate(pages):
        marked = set()
        for segment in segments:
            zone = _zone(segment, heights[index])
            if zone >= _WIDE_ZONE:
                continue
            narrow = zone < _NARROW_ZONE
            repeated = len(seen[_key(segment)])
            if _NUMBER.fullmatch(segment.text) and with_text > 1:
                alone = _alone(segment, segments)
                head = (repeated >= 2 and (narrow or alone)) or (narrow and alone)
            elif _is_set_as_heading(segment, body):
                head = False
            else:
                numbered = max((len(seen[key]) for key in _numbered_keys(segment, index)), default=0)
                numbers = numbered >= _FEWEST_NUMBERED and (narrow or numbered >= _MOST_PAGES * with_text)
                head = numbers or (narrow and repeated >= 2)
            if head or (repeated >= 3 and repeated >= _MOST_PAGES * with_text):
                marked.add(segment.order)
        marked |= _beside(segments, marked, heights[index])
        if marked:
            lines = lines_of(segments)
            marked = _set_apart(segments, lines, marked, heights[index])
            marked -= _within_text(lines, marked, heights[index])
        sheet = sheets[index]
        if marked and sheet is not None and sheet.rules:
            marked -= within_tables(segments, sheet.rules)
        found.append(marked)
    kept = sum(len(each.text) for each, marks in _with_marks(pages, found) if each.order not in marks)
    # Pages that are nothing but repetition (forms, labels) are the text themselves.
    return found if 2 * kept >= sum(len(each.text) for each, _ in _with_marks(pages, found)) else [set() for _ in pages]


def _set_apart(segments: Sequence[Segment], lines: Sequence[Line], marked: set[int], height: float) -> set[int]:
    """Without rows of tables: a head that is repeated on each page, the last line of the last row."""
    kept = set(marked)
    # A row's other cells may be like nothing on other pages, and are still its cells.
    rows = [row for row in lines if any(each.order in marked for each in row.segments)]
    # From the text outwards: once a row belongs to the table, the next one may.
    for row in sorted(rows, key=lambda line: -_zone(line, height)):
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


def _within_text(lines: Sequence[Line], marked: set[int], height: float) -> set[int]:
    """What belongs to lines that the text goes on with, line by line, from outside the zones to the page's ends."""
    usual = _usual_distance(lines)
    text: list[Segment] = []
    for line in sorted(lines, key=lambda line: -_zone(line, height)):
        free = _zone(line, height) >= _WIDE_ZONE
        if free or _goes_on(text, line, usual):
            text.extend(line.segments)
    return marked.intersection(segment.order for segment in text)


def _goes_on(text: Sequence[Segment], line: Line, usual: float) -> bool:
    """Whether a line stands to a piece of the text as the lines of one text do."""
    dashed = _DASHED_NUMBER.fullmatch(line.text.strip()) is not None
    reach = _NEXT_LINE * (usual or 1.3 * line.size)
    for segment in text:
        if abs(segment.middle - line.middle) > reach:
            continue
        if abs(segment.size - line.size) >= _ONE_SIZE or segment.bold != line.bold:
            continue
        if dashed:
            begin = segment.x1 - line.x1 if is_right_to_left(segment.text) else segment.x0 - line.x0
            level = abs(begin) < _ALIGNED
        else:
            level = segment.x0 < line.x1 and line.x0 < segment.x1
        if level:
            return True
    return False


def _usual_distance(lines: Sequence[Line]) -> float:
    """From line to line of a page's text, in points; 0 where no two stand together."""
    near = sorted(
        lower.middle - upper.middle
        for upper, lower in pairwise(lines)
        if abs(lower.size - upper.size) < _ONE_SIZE and lower.middle - upper.middle < _APART * lower.size
    )
    # Where most paragraphs have one line, the median is the distance of paragraphs.
    return near[len(near) // 4] if near else 0.0


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
    """What a repeated line has in common: its words and its height on the page; a page number has no more than that."""
    number = _NUMBER.fullmatch(segment.text)
    return "#" if number else segment.text.casefold(), round(segment.middle / 6)


def _numbered_keys(segment: Segment, index: int) -> list[tuple[str, int]]:
    """What a line with a page number before or after its words has in common with those of other pages.

    The number must go with the page: a dose that differs from page to page is no page number.
    """
    _, height = _key(segment)
    found = [pattern.fullmatch(segment.text) for pattern in _BESIDE_TEXT]
    return [
        (f"{place} {_count(match['count']) - index} {match['text'].casefold()}", height)
        for place, match in enumerate(found)
        if match
    ]


def _count(text: str) -> int:
    """The value of a number in digits of any script or in Roman ones."""
    if text.isdecimal():
        return int(text)
    values = [_ROMAN.get(digit, 0) for digit in text.casefold()]
    return sum(-value if value < after else value for value, after in pairwise([*values, 0]))


def _body_style(pages: Sequence[Sequence[Segment]]) -> tuple[float, bool]:
    """Size in half points and boldness of most of the text."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for segments in pages:
        for segment in segments:
            sizes[(round(segment.size * 2) / 2, segment.bold)] += len(segment.text)
    return max(sizes, key=lambda style: sizes[style], default=(10.0, False))


def _is_set_as_heading(segment: Segment, body: tuple[float, bool]) -> bool:
    size, bold = body
    return segment.size >= LARGER * size or (segment.bold and not bold and segment.size >= size - 0.25)


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


class _Entry(NamedTuple):
    """A line that may be one of a contents list."""

    place: int
    """Among the page's lines."""
    title: str
    """As `squeeze` makes it."""
    number: tuple[bool, int]
    """Whether it is in digits (Roman numbers come first), and its value."""


def find_contents(
    sheets: Sequence[PageSegments | None], furniture: Sequence[set[int]], titles: frozenset[str]
) -> list[set[int]]:
    """For each page the `order` of the segments that make up a contents list.

    Lines that end in numbers are one only where the numbers never fall and where it says so above them, where they go
    on with the page before, or where the numbers lead to the pages that have the titles: a price list is none.

    Args:
        sheets: the pages; None where one could not be read.
        furniture: for each page the segments that are running heads, as `find_furniture` gives them.
        titles: the outline's titles, as `squeeze` makes them.
    """
    pages = [
        lines_of(each for each in sheet.upright if each.order not in marks) if sheet else []
        for sheet, marks in zip(sheets, furniture, strict=True)
    ]
    entries = [_entries(lines, titles) for lines in pages]
    found: list[set[int]] = [set() for _ in pages]
    if all(len(each) < _FEWEST_CONTENTS_LINES for each in entries):
        return found
    places: dict[str, set[int]] = defaultdict(set)
    for index, lines in enumerate(pages):
        for line in lines:
            places[squeeze(line.text)].add(index)
    before: _Entry | None = None
    for index, (lines, listed) in enumerate(zip(pages, entries, strict=True)):
        if len(listed) < _FEWEST_CONTENTS_LINES:
            before = None
            continue
        headed = [place for place, line in enumerate(lines) if _is_contents_title(line.text)]
        sheet = sheets[index]
        running = sheet is not None and any(
            _is_contents_title(each.text) for each in sheet.upright if each.order in furniture[index]
        )
        titled = running or any(place < listed[0].place for place in headed)
        goes_on = before is not None and before.number <= listed[0].number
        if _never_falls(listed, headed) and (titled or goes_on or _leads_to_titles(listed, places)):
            found[index] = _list_of(lines, [entry.place for entry in listed], headed)
            before = listed[-1]
        else:
            before = None
    return found


def _list_of(lines: Sequence[Line], places: Sequence[int], headed: Sequence[int]) -> set[int]:
    """The segments of a page's contents list: its title, its entries, and what stands between two of these.

    A line between two entries is an entry too long for one line, or a part's name.
    """
    hits = set(places)
    return {
        segment.order
        for place, line in enumerate(lines)
        if (places[0] <= place <= places[-1] and hits & {place - 1, place, place + 1})
        or (place < places[0] and place in headed)
        for segment in line.segments
    }


def _never_falls(entries: Sequence[_Entry], headed: Sequence[int]) -> bool:
    """Whether the numbers rise or stay; after the title of another list they begin anew."""
    return all(
        upper.number <= lower.number or any(upper.place < place < lower.place for place in headed)
        for upper, lower in pairwise(entries)
    )


def _leads_to_titles(entries: Sequence[_Entry], places: Mapping[str, set[int]]) -> bool:
    """Whether at least half of the entries, counted from one first page, have their titles on the pages they name."""
    firsts = Counter(
        first
        for title, (in_digits, value) in ((entry.title, entry.number) for entry in entries)
        if in_digits
        for first in {page - value for page in places.get(title, ())}
    )
    return 2 * max(firsts.values(), default=0) >= len(entries)


def _is_contents_title(text: str) -> bool:
    return _CONTENTS_TITLE.fullmatch(text.strip(" :.")) is not None


def squeeze(text: str) -> str:
    """Letters and digits only, folded: what two spellings of a title have in common."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _entries(lines: Sequence[Line], titles: frozenset[str]) -> list[_Entry]:
    """The lines that end in a number, after leaders or after a title of the outline."""
    found = []
    for place, line in enumerate(lines):
        text = line.text.strip()
        leaders = LEADERS.search(text)
        match = leaders or _ENDS_IN_NUMBER.match(text)
        if match is None:
            continue
        title = squeeze(text[: leaders.start()] if leaders else match.group())
        if leaders or title in titles:
            number = match["count"]
            found.append(_Entry(place, title, (number.isdecimal(), _count(number))))
    return found
