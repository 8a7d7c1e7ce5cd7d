"""HTML within Markdown: what only looks like it stays text, where a browser would take all that follows for a tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

# CommonMark 0.31, 4.6: what begins HTML that goes on over blank lines; a document type apart, which ends within lines.
_LONG: Final = re.compile(r"<(!--|\?|!(?:\[CDATA\[|(?!doctype)[a-z])|(?:script|pre|style|textarea)(?=[\s>]|$))", re.I)
_ENDS: Final = {"!--": "-->", "?": "?>"}
_MARKUP: Final = re.compile(
    r"<(?:(?P<comment>!--)|(?P<hidden>(?:\?(?=[^<>]*[?/]>)|!doctype\b|!\[(?:if|endif)\b)[^<>]*+>)|[!?]"
    # Bounds keep it linear.
    r"|(?P<slash>/?)(?P<name>[a-z][\w:-]*+)"
    r"(?P<rest>(?:[^<>\"']++|\"[^\"]{0,300}+\"|'[^']{0,300}+'){0,40}+>|[^<>]*+>)?)",
    re.IGNORECASE,
)
# Their content is not read as HTML, or is shown by some programs only.
_RAW: Final = frozenset("iframe noembed noframes noscript plaintext textarea title xmp".split())
_CODE: Final = frozenset({"script", "style"})
_CLOSES: Final = re.compile(r"-->|</script|</style", re.IGNORECASE)


def only_closed(reader: MarkdownIt) -> None:
    """Let HTML that has no end begin none: a line "<!-- note" would hide all the rest of a document."""
    reader.block.ruler.at("html_block", _html_block, {"alt": ["paragraph", "reference", "blockquote"]})


def _html_block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    from markdown_it.rules_block import html_block

    line = state.src[state.bMarks[first] + state.tShift[first] : state.eMarks[first]]
    opened = None if silent else _LONG.match(line)
    if opened is None:
        return html_block(state, first, last, silent)
    mark = opened[1].lower()
    # Lines before this one hold no end: without it, each of many lines would look through all that follow.
    unclosed: dict[str, int] = state.env.setdefault("unclosed", {})
    if (mark[0] == "!" and mark not in _ENDS) or first < unclosed.get(mark, 0):
        return False
    if not html_block(state, first, last, silent):
        return False
    if _ENDS.get(mark, f"</{mark}>") in state.tokens[-1].content.lower():
        return True
    state.tokens.pop()
    unclosed[mark] = state.line
    state.line = first
    return False


def legible(html: str) -> str:
    """HTML with what is no tag made text, and elements whose content is not shown by all programs made plain ones."""
    ends = {closes.group().lower(): closes.start() for closes in _CLOSES.finditer(html)}

    def read(markup: re.Match[str]) -> str:
        name = (markup["name"] or "").lower()
        commented = markup["comment"] and ends.get("-->", -1) > markup.start()
        if not (commented or markup["rest"] or markup["hidden"]):
            return "&lt;" + markup.group()[1:]
        if name in _RAW:
            return f"<{markup['slash']}div>"
        return "" if name in _CODE and ends.get(f"</{name}", -1) < markup.start() else markup.group()

    return _MARKUP.sub(read, html)
