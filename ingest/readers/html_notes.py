"""Footnotes of an HTML page: each behind the paragraph, list or table that refers to it, beginning with its mark."""

from __future__ import annotations

import re
from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Final

from ingest.readers.html_elements import BLOCKS, is_backlink, is_note, mark_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# What stands in these goes on after them: a note is no row, and no item.
_TABLES: Final = frozenset("table thead tbody tfoot tr td th caption".split())
_LISTS: Final = frozenset("ul ol li dl dt dd".split())
_NOTE_TAGS: Final = frozenset("li p div aside dd".split())
_LONGEST_NOTE: Final = 2_000
"""Characters; anything longer is a part of the page."""
_MOST_TIMES: Final = 20
"""Places that a note is repeated at."""
# An encyclopaedia's sources are no notes on what is said.
_SOURCES: Final = re.compile(r"(?:^|\s)(?:references?|reflist|bibliography|citations?)(?:$|\s)", re.IGNORECASE)
_STOP: Final = re.compile(r"[.):\]]\s*|\s+")


def place_notes(root: HtmlElement) -> None:
    """Move the footnotes below `root` to where they are referred to, with their marks in brackets before them.

    A note that several paragraphs refer to is repeated for each.
    """
    links = [link for link in root.iter("a") if _aim(link) and mark_of(link)]
    if not links:
        return
    order = {each: place for place, each in enumerate(root.iter())}
    named = {name: each for each in reversed(order) for name in (each.get("name"), each.get("id")) if name}
    last: dict[HtmlElement, HtmlElement] = {}
    placed: Counter[HtmlElement] = Counter()
    seen: set[tuple[HtmlElement, HtmlElement]] = set()
    for link in links:
        target, block = named.get(_aim(link)), _block(link)
        note = _note(target) if target is not None and order[target] > order[link] else None
        if note is None or block is None or (block, note) in seen or placed[note] == _MOST_TIMES:
            continue
        if block is note or note in block.iterancestors() or block in note.iterancestors():
            continue
        if placed[note]:
            shown = deepcopy(note)
        elif _is_pair(link, note):
            shown = note
            _begin(note, mark_of(link))
        else:
            continue
        _put_behind(last.get(block, block), shown)
        last[block] = shown
        seen.add((block, note))
        placed[note] += 1


def _aim(link: HtmlElement) -> str:
    """The name that a link within the page leads to, "" for any other link."""
    address = link.get("href") or ""
    return address[1:] if address.startswith("#") else ""


def _note(target: HtmlElement) -> HtmlElement | None:
    """The block that a link to a note leads to."""
    found = next(target.iterancestors(*BLOCKS), None) if target.tag not in BLOCKS else target
    if found is None or found.tag not in _NOTE_TAGS or found.getparent() is None:
        return None
    return found if len(str(found.text_content())) <= _LONGEST_NOTE else None


def _block(link: HtmlElement) -> HtmlElement | None:
    """What a note is written behind: the paragraph of its reference, or the whole of its list or table."""
    block = next(link.iterancestors(*BLOCKS), None)
    while block is not None and block.tag in _TABLES | _LISTS:
        above = block.getparent()
        if block.tag in ("table", "ul", "ol", "dl") and (above is None or above.tag not in _LISTS | _TABLES):
            break
        if above is not None and above.tag in ("td", "th") and _is_layout(above):
            break
        block = above
    return block if block is not None and block.getparent() is not None else None


def _is_layout(cell: HtmlElement) -> bool:
    table = next(cell.iterancestors("table"), None)
    return table is not None and (table.get("role") in ("presentation", "none") or table.find(".//table") is not None)


def _is_pair(link: HtmlElement, note: HtmlElement) -> bool:
    """Whether a block is the note of a link: it says so, or leads back to it."""
    around = [note, *note.iterancestors()]
    if any(_SOURCES.search(each.get("class") or "") for each in around):
        return False
    if any(map(is_note, around)):
        return True
    names = {each.get(name) for each in _near(link) for name in ("id", "name")} - {None}
    return any(_aim(each) in names for each in note.iter("a"))


def _near(link: HtmlElement) -> list[HtmlElement]:
    parent = link.getparent()
    return [link, *link.iterchildren(), *([parent] if parent is not None else [])]


def _begin(note: HtmlElement, mark: str) -> None:
    """Set a note's mark before it, in the place of its own, and make one line of it; some open only when asked for."""
    for name in ("hidden", "aria-hidden", "style"):
        note.attrib.pop(name, None)
    for link in list(note.iter("a")):
        if is_backlink(link) or mark_of(link) == mark:
            link.drop_tree()
    for inner in note.iterdescendants("p", "div"):
        inner.tag, inner.tail = "span", f" {inner.tail or ''}"
    note.tag = "div"
    first = note
    while not (first.text or "").strip() and len(first):
        first = first[0]
    said = (first.text or "").lstrip()
    if said.startswith(mark) and (stop := _STOP.match(said, len(mark))):
        said = said[stop.end() :]
    first.text = said
    note.text = f"[{mark}] {note.text or ''}"


def _put_behind(block: HtmlElement, note: HtmlElement) -> None:
    tail, before, parent = note.tail or "", note.getprevious(), note.getparent()
    if before is not None:
        before.tail = f"{before.tail or ''}{tail}"
    elif parent is not None:
        parent.text = f"{parent.text or ''}{tail}"
    note.tail = None
    block.addnext(note)
