"""HTML from words that people, documents and models wrote: everything is escaped, nothing can load or run.

Only what this package itself writes becomes markup. Text from outside passes through `text` alone, so an answer that
holds an image, a link or a script shows its characters.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

ICONS: Final = {
    "close": "M6 6l12 12M18 6L6 18",
    "left": "M15 5l-7 7 7 7",
    "right": "M9 5l7 7-7 7",
    "plus": "M12 5v14M5 12h14",
    "minus": "M5 12h14",
    "down": "M12 4v15M5 12l7 7 7-7",
    "save": "M12 4v11M7 11l5 5 5-5M5 20h14",
    "thumb_up": "M7 11v9H4v-9zm0 0 4-7c1.8 0 2.5 1.3 2.2 3l-.6 3H18c1.4 0 2.3 1.2 2 2.5l-1.4 6c-.2.9-1 1.5-2 1.5H7",
    "thumb_down": "M17 13V4h3v9zm0 0-4 7c-1.8 0-2.5-1.3-2.2-3l.6-3H6c-1.4 0-2.3-1.2-2-2.5l1.4-6c.2-.9 1-1.5 2-1.5H17",
}
"""Paths of 24 by 24 line icons."""

_BULLET = re.compile(r"\s*(?:[-*•–]\s+|(\d{1,3})[.)]\s+)")
_LONGEST_WORD = 24
"""Characters kept on one line with a chip, where a script has no spaces between words."""
_MARKER = re.compile(r"\s?\[\d{0,2}(?:\]|$)")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


class Run(NamedTuple):
    """A piece of a line: its words as written, and how they are set."""

    raw: str
    emphasis: tuple[tuple[int, int], ...] = ()
    before: str = ""
    """Markup of our own that opens the piece."""
    chips: str = ""
    """Markup of our own that stays with the piece's last word."""
    after: str = ""
    """Markup of our own that closes the piece (a word about its support)."""


def text(raw: str) -> str:
    """Words from outside, safe between tags and within quoted attributes."""
    # Names of files may hold bytes that are no text; they come as lone surrogates, which cannot be sent.
    return html.escape(raw.encode("utf-8", "replace").decode("utf-8"), quote=True)


def without_markers(words: str) -> str:
    """A model's words without its citations "[1]", also a half come one; chips take their place once checked."""
    return _MARKER.sub("", words)


def icon(name: str) -> str:
    """A line icon that screen readers pass over."""
    return (
        '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{ICONS[name]}"/></svg>'
    )


def button(act: str, value: str, inner: str, *, label: str = "", classes: str = "", disabled: bool = False) -> str:
    """A real button; `act` and `value` reach Python when it is pressed. `inner` is markup."""
    attributes = f' aria-label="{text(label)}" title="{text(label)}"' if label else ""
    attributes += f' class="{classes}"' if classes else ""
    attributes += " disabled" if disabled else ""
    return f'<button type="button" data-act="{text(act)}" data-value="{text(value)}"{attributes}>{inner}</button>'


def lines(runs: Iterable[tuple[Run, str]]) -> list[list[Run]]:
    """Runs, each with the separator after it, as lines; an empty line stands between paragraphs."""
    rows: list[list[Run]] = [[]]
    for run, separator in runs:
        offset = 0
        pieces = run.raw.split("\n")
        for position, piece in enumerate(pieces):
            if position:
                rows.append([])
            within = tuple(
                (max(start - offset, 0), min(end - offset, len(piece)))
                for start, end in run.emphasis
                if start < offset + len(piece) and end > offset
            )
            last = position == len(pieces) - 1
            kept = (run.chips, run.after) if last else ("", "")
            rows[-1].append(Run(piece, within, run.before if position == 0 else "", *kept))
            offset += len(piece) + 1
        for _ in range(separator.count("\n")):
            rows.append([])
    return rows


def flow(rows: Sequence[Sequence[Run]], *, strong: bool = False) -> str:
    """Paragraphs and simple lists. `strong` sets `**words**` in bold, as models write them."""
    out: list[str] = []
    paragraph: list[str] = []
    items: list[str] = []
    ordered = False

    def close() -> None:
        if paragraph:
            out.append(f'<p dir="auto">{"<br>".join(paragraph)}</p>')
            paragraph.clear()
        if items:
            tag = "ol" if ordered else "ul"
            out.append(f'<{tag} dir="auto">{"".join(items)}</{tag}>')
            items.clear()

    for row in rows:
        bullet = _BULLET.match(row[0].raw) if row else None
        if not any(run.raw.strip() or run.after for run in row):
            if not items:
                close()
        elif bullet:
            if paragraph or (items and ordered != bool(bullet[1])):
                close()
            ordered = bool(bullet[1])
            at = f' value="{bullet[1]}"' if bullet[1] else ""
            items.append(f'<li dir="auto"{at}>{_line([_cut(row[0], bullet.end()), *row[1:]], strong)}</li>')
        else:
            if items:
                close()
            paragraph.append(_line(row, strong))
    close()
    return "".join(out)


def _cut(run: Run, count: int) -> Run:
    emphasis = tuple((max(start - count, 0), end - count) for start, end in run.emphasis if end > count)
    return run._replace(raw=run.raw[count:], emphasis=emphasis)


def _line(row: Sequence[Run], strong: bool) -> str:
    return " ".join(f"{run.before}{_with_chips(run, strong)}{run.after}" for run in row if run.raw.strip() or run.after)


def _with_chips(run: Run, strong: bool) -> str:
    if not run.chips:
        return _set(run, strong)
    words = run.raw.rstrip()
    at = max(words.rfind(" "), words.rfind("\u00a0"), len(words) - _LONGEST_WORD) + 1
    head = run._replace(raw=words[:at], emphasis=tuple((a, min(b, at)) for a, b in run.emphasis if a < at))
    tail = _cut(run._replace(raw=words), at)
    gap = " " if words[at - 1 : at].isspace() else ""
    return f'{_set(head, strong)}{gap}<span class="keep">{_set(tail, strong)}{run.chips}</span>'


def _set(run: Run, strong: bool) -> str:
    out, at = [], 0
    for start, end in sorted(run.emphasis):
        if start < at:
            continue
        out.append(f"{text(run.raw[at:start])}<strong>{text(run.raw[start:end])}</strong>")
        at = end
    out.append(text(run.raw[at:]))
    joined = "".join(out).strip()
    return _STRONG.sub(r"<strong>\1</strong>", joined) if strong else joined
