"""The numbers and bullets of OpenDocument lists and numbered headings; the file holds only rules for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.readers.docx_numbering import formed
from ingest.readers.odf import STYLE, TEXT

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

OUTLINE: Final = "(outline)"
"""The name of the list that headings are numbered by."""
_FORMS: Final = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    """"bullet", "" for no number, or a form that `formed` knows."""
    prefix: str = ""
    suffix: str = ""
    shown: int = 1
    start: int = 1


class ListStyles:
    """Counts list items in document order.

    Args:
        roots: of the parts that define list styles; a later one goes first.
    """

    def __init__(self, roots: Iterable[Element | None]) -> None:
        self._styles: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for root in roots:
            for style in root.iter(f"{TEXT}list-style", f"{TEXT}outline-style") if root is not None else ():
                name = style.get(f"{STYLE}name", "") if style.tag == f"{TEXT}list-style" else OUTLINE
                self._styles[name] = dict(_level(level) for level in style if isinstance(level.tag, str))

    def begin(self, name: str) -> None:
        """A list starts from its first number."""
        self._counts.pop(name, None)

    def marker(self, name: str, depth: int, start: str | None = None) -> str:
        """The next item's bullet or number with a blank behind, "" for none.

        Args:
            name: of the list's style; `OUTLINE` for headings.
            depth: from 0.
            start: the item's own number, where it says one.
        """
        levels = self._styles.get(name, {})
        level = levels.get(depth)
        if level is None:
            return "" if name == OUTLINE else "• "
        if level.form in ("bullet", ""):
            return "• " if level.form else ""
        counts = self._counts.setdefault(name, {})
        counts[depth] = int(start) if start and start.isdigit() else counts.get(depth, level.start - 1) + 1
        for deeper in [place for place in counts if place > depth]:
            del counts[deeper]
        figures = [
            formed(counts.get(place, above.start), above.form)
            for place in range(max(0, depth - level.shown + 1), depth + 1)
            if (above := levels.get(place)) is not None and above.form not in ("bullet", "")
        ]
        return f"{level.prefix}{'.'.join(figures)}{level.suffix}".strip() + " "


def _level(element: Element) -> tuple[int, _Level]:
    depth = _int(element.get(f"{TEXT}level"), 1) - 1
    if element.tag not in (f"{TEXT}list-level-style-number", f"{TEXT}outline-level-style"):
        # A bullet of no width or sign is how programs store a paragraph without one.
        sign = element.get(f"{TEXT}bullet-char", "•")
        return depth, _Level("bullet" if sign.strip("\u200b ") else "")
    return depth, _Level(
        _FORMS.get(element.get(f"{STYLE}num-format", ""), ""),
        element.get(f"{STYLE}num-prefix", ""),
        element.get(f"{STYLE}num-suffix", ""),
        _int(element.get(f"{TEXT}display-levels"), 1),
        _int(element.get(f"{TEXT}start-value"), 1),
    )


def _int(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default
