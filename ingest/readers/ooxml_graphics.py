"""What charts and diagrams (SmartArt) in Word, Excel and PowerPoint files say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, join_cells, one_line
from ingest.readers.drawing_runs import show_runs
from ingest.readers.number_format import from_serial, is_date_format, shown
from rag.core.types import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DGM: Final = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
# What a reference begins with: Data!$B$2:$B$3, or 'Data of 2026'!$B$2.
_SHEET: Final = re.compile(r"(?:'((?:[^']|'')+)'|([^'!\[\]]+))!")
# A chart of more points shows a curve; its figures are in the sheet it is drawn from.
_MOST_POINTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's title and its figures: the first row names the series, the first column the categories."""

    title: str
    rows: list[list[str]]


def add_chart(document: DocumentBuilder, page: PageBuilder, root: Element, sheets: Sequence[str] = ()) -> None:
    """Write a chart part as its title and a table of its figures, unless all of them are in `sheets` too."""
    document.struck_out += show_runs(root)
    chart = _chart(root)
    page.add(BlockKind.PARAGRAPH, chart.title)
    if _is_drawn_from(root, sheets):
        return
    group = document.new_group()
    for index, row in enumerate(chart.rows):
        page.add(BlockKind.TABLE_ROW if index else BlockKind.TABLE_HEAD, join_cells(row), group=group)


def add_diagram(document: DocumentBuilder, page: PageBuilder, root: Element) -> None:
    """Write a diagram's data part as a list."""
    document.struck_out += show_runs(root)
    group = document.new_group()
    for level, text in _diagram(root):
        page.add(BlockKind.LIST_ITEM, f"• {text}", level=level, group=group)


def is_chart(root: Element) -> bool:
    """Whether a part is a chart of the kind that all programs know; newer kinds have a form of their own."""
    return bool(root.tag == f"{_C}chartSpace")


def _chart(root: Element) -> Chart:
    title = root.find(f"{_C}chart/{_C}title")
    series = list(root.iter(f"{_C}ser"))
    columns = [_points(one.find(f"{_C}val"), one.find(f"{_C}yVal")) for one in series]
    names = [_label(one.find(f"{_C}tx")) for one in series]
    labels: dict[int, str] = {}
    for one in series:
        labels = labels or _points(one.find(f"{_C}cat"), one.find(f"{_C}xVal"))
    places = sorted({place for column in (labels, *columns) for place in column})[:_MOST_POINTS]
    rows = [[labels.get(place, ""), *(column.get(place, "") for column in columns)] for place in places]
    head = ["", *names]
    return Chart(_label(title), [head, *rows] if rows else [])


def _is_drawn_from(root: Element, sheets: Sequence[str]) -> bool:
    """Whether all series of a chart refer to cells of these sheets."""
    values = [each for series in root.iter(f"{_C}ser") for each in series.iter(f"{_C}val", f"{_C}yVal")]
    names = [_SHEET.match(each.findtext(f".//{_C}f") or "") for each in values]
    return bool(names) and all(name is not None and (name[1] or name[2]).replace("''", "'") in sheets for name in names)


def _label(element: Element | None) -> str:
    """Text of a title or series name, whether typed or taken from a cell."""
    if element is None:
        return ""
    typed = " ".join("".join(run.text or "" for run in line.iter(f"{A}t")) for line in element.iter(f"{A}p"))
    return one_line(typed) or one_line(" ".join(value.text or "" for value in element.iter(f"{_C}v")))


def _points(*sources: Element | None) -> dict[int, str]:
    """Stored points by their index, as they are shown."""
    source = next((each for each in sources if each is not None), None)
    if source is None:
        return {}
    levels = [list(level.iter(f"{_C}pt")) for level in source.iter(f"{_C}lvl")]
    if levels:
        return _joined([{_index(point): _value(point) for point in level} for level in levels])
    number_format = next((each.text or "" for each in source.iter(f"{_C}formatCode")), "General")
    numeric = next(source.iter(f"{_C}numCache", f"{_C}numLit"), None) is not None
    return {
        _index(point): _figure(_value(point), number_format) if numeric else _value(point)
        for point in source.iter(f"{_C}pt")
    }


def _joined(levels: list[dict[int, str]]) -> dict[int, str]:
    """Categories of several levels, the innermost given first; an outer one holds until the next."""
    joined = dict(levels[0])
    for level in levels[1:]:
        outer = ""
        for place in sorted(joined):
            outer = level.get(place, outer)
            joined[place] = f"{outer} {joined[place]}".strip()
    return joined


def _index(point: Element) -> int:
    value = point.get("idx", "0")
    return int(value) if value.isdigit() else 0


def _value(point: Element) -> str:
    return one_line(point.findtext(f"{_C}v") or "")


def _figure(text: str, number_format: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    return shown(from_serial(value) if is_date_format(number_format) else value, number_format)


def _diagram(root: Element) -> Iterator[tuple[int, str]]:
    """A diagram's texts with their depth, from 0, in order."""
    texts: dict[str, str] = {}
    for element in root.iter(f"{_DGM}pt"):
        words = ("".join(run.text or "" for run in line.iter(f"{A}t")) for line in element.iter(f"{A}p"))
        texts[element.get("modelId", "")] = one_line(" ".join(words))
    below: dict[str, list[tuple[int, str]]] = {}
    children: set[str] = set()
    for link in root.iter(f"{_DGM}cxn"):
        if link.get("type", "parOf") == "parOf":
            order = link.get("srcOrd", "0")
            child = link.get("destId", "")
            below.setdefault(link.get("srcId", ""), []).append((int(order) if order.isdigit() else 0, child))
            children.add(child)
    seen: set[str] = set()
    waiting = [(0, point) for point in reversed(texts) if point not in children]
    while waiting:
        level, point = waiting.pop()
        if point in seen:
            continue
        seen.add(point)
        text = texts.get(point, "")
        if text:
            yield level, text
        # The root of the tree has no text of its own.
        deeper = level + 1 if text else level
        waiting.extend((deeper, child) for _, child in sorted(below.get(point, []), reverse=True))
