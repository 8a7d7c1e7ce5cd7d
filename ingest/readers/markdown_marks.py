"""Inline Markdown as it is shown: raised and lowered figures, fonts of signs, struck-out text; by ~~ and by HTML."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.readers.html_elements import single_element
from ingest.readers.html_marks import Look, is_struck

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.token import Token

_TAG: Final = re.compile(r"<(/?)(a|abbr|b|cite|del|em|font|i|ins|mark|q|s|small|span|strike|strong|sub|sup|u)\b")
_TEXTS: Final = frozenset({"text", "code_inline", "text_special", "image"})


class _Open(NamedTuple):
    """An element that text stands in."""

    tag: str
    look: Look
    struck: bool


def show_marks(tokens: Iterable[Token]) -> int:
    """Change the text of inline tokens into what it shows, struck-out text into nothing.

    Returns:
        Places where text was struck out.
    """
    return sum(_show(token.children or []) for token in tokens if token.type == "inline")


def _show(children: list[Token]) -> int:
    places = 0
    going_on = False
    opened = [_Open("", Look(), struck=False)]
    tags: Counter[str] = Counter()
    for child in children:
        if child.type == "s_open":
            opened.append(opened[-1]._replace(tag="~~", struck=True))
            tags["~~"] += 1
        elif child.type == "s_close":
            _close(opened, tags, "~~")
        elif child.type == "html_inline":
            tag = _TAG.match(child.content.lower())
            if tag and tag[1]:
                _close(opened, tags, tag[2])
            elif tag:
                opened.append(_within(opened[-1], tag[2], child.content))
                tags[tag[2]] += 1
        elif child.type in _TEXTS and child.content.strip():
            struck = opened[-1].struck
            places += struck and not going_on
            going_on = struck
            child.content = "" if struck else opened[-1].look.shown(child.content)
    return places


def _within(around: _Open, tag: str, html: str) -> _Open:
    element = single_element(html)
    return _Open(tag, around.look.within(element), around.struck or is_struck(element))


def _close(opened: list[_Open], tags: Counter[str], tag: str) -> None:
    """Close the innermost element of that name and those within; one that was not opened closes nothing."""
    # To look through all that is open for what is not takes quadratic time.
    while tags[tag]:
        closed = opened.pop().tag
        tags[closed] -= 1
        if closed == tag:
            break
