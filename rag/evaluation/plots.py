"""Small plots as inline SVG, in the colours of the page that they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from rag.evaluation.bootstrap import Difference
from rag.evaluation.metrics import quantile

_COLOURS: Final = ("var(--a)", "var(--b)", "var(--c)", "var(--d)")
_VERDICTS: Final = {"better": "var(--better)", "worse": "var(--worse)"}
_WIDTH: Final = 860
_LABELS: Final = 330
_ROW: Final = 28
_MARGIN: Final = 32
"""Half of the widest number under an axis stands beyond its end."""
_STEPS: Final = 50


def interval_plot(rows: Sequence[tuple[str, Difference, str]]) -> str:
    """Differences with their intervals around a line at 0.

    Args:
        rows: what was measured, the difference, and "better", "worse" or anything else.
    """
    reach = max((abs(end) for _, one, _ in rows for end in (one.low, one.high)), default=0.0) or 1.0
    middle, half = (_LABELS + _WIDTH) / 2, (_WIDTH - _LABELS) / 2 - _MARGIN

    def place(value: float) -> float:
        return middle + value / reach * half

    height = _ROW * len(rows) + 26
    shapes = [_line(middle, 0, middle, height - 22, "var(--line)")]
    for number, (name, one, verdict) in enumerate(rows):
        y = _ROW * number + _ROW / 2
        colour = _VERDICTS.get(verdict, "var(--soft)")
        shapes += [
            _text(0, y + 4, name),
            _line(place(one.low), y, place(one.high), y, colour, 3),
            f'<circle cx="{place(one.mean):.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>',
        ]
    for value in (-reach, 0.0, reach):
        shapes.append(_text(place(value), height - 6, f"{value:+.3f}" if value else "0", "middle"))
    return _svg(height, "Differences with their 95 % intervals", shapes)


def latency_plot(runs: Sequence[tuple[str, Sequence[float]]]) -> str:
    """The share of questions answered within a time, a line for each run; times in seconds."""
    longest = max((quantile(seconds, 0.99) for _, seconds in runs), default=0.0) or 1.0
    left, top, bottom = 50, 10, 200
    right = _WIDTH - 20
    shapes = [
        _line(left, bottom, right, bottom, "var(--line)"),
        _line(left, top, left, bottom, "var(--line)"),
        _text(left - 8, top + 8, "100 %", "end"),
        _text(left - 8, bottom, "0", "end"),
        _text(right, bottom + 18, f"{longest * 1000:,.0f} ms", "end"),
        _text(left, bottom + 18, "0 ms"),
    ]
    for number, (name, seconds) in enumerate(runs):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(
            f"{left + min(quantile(seconds, step / _STEPS) / longest, 1) * (right - left):.1f},"
            f"{bottom - step / _STEPS * (bottom - top):.1f}"
            for step in range(1, _STEPS + 1)
        )
        y = bottom + 38 + 20 * number
        shapes += [
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>',
            _line(left, y, left + 24, y, colour, 3),
            _text(left + 32, y + 4, name),
        ]
    return _svg(bottom + 38 + 20 * len(runs), "Share of questions answered within a time", shapes)


def _svg(height: float, title: str, shapes: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" height="{height:.0f}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>{"".join(shapes)}</svg>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
