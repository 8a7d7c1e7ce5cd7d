"""Runs as they are read: how the figures went, a line for each run, and what one changed against another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rag.evaluation.bootstrap import Difference
from rag.evaluation.compare import Comparison, fate, is_better
from rag.evaluation.verdict import REFUSED, RIGHT_PAGE
from rag.store.runs import Run
from rag.ui import strings
from rag.ui.markup import text
from rag.ui.quality_view import table

PLOTTED: Final = (RIGHT_PAGE, REFUSED)
"""What the plot shows: finding, and not inventing."""
SHOWN: Final = 100
"""Questions that went another way, listed at most."""
_SECONDS: Final = "seconds"


def plot_html(runs: Sequence[Run], targets: Mapping[str, float], now: float) -> str:
    """A line for each figure over the runs.

    The lines stretch with the page, while words and marks keep their size, so that it reads on a phone, too.

    Args:
        runs: the oldest first.
        targets: what is asked for, as broken lines.
        now: seconds since the epoch.
    """
    lines, marks, legend = [], [], []
    for name in PLOTTED:
        points = [
            (place, share) for place, run in enumerate(runs) if (share := run.figures["metrics"][name]) is not None
        ]
        if not points:
            continue
        at = [(_across(index, len(runs)), 100 - 100 * share, runs[index], share) for index, share in points]
        corners = " ".join(f"{x:.2f},{y:.2f}" for x, y, *_ in at)
        lines.append(f'<polyline class="{name}" points="{corners}"/>')
        if name in targets:
            y = 100 - 100 * targets[name]
            lines.append(f'<line class="{name} wanted" x1="0" y1="{y:.2f}" x2="100" y2="{y:.2f}"/>')
        for x, y, run, share in at:
            place, said = f"left:{x:.2f}%;top:{y:.2f}%", text(_said(name, run, share, now))
            marks.append(f'<span class="mark {name}" style="{place}" title="{said}"></span>')
        legend.append(f'<li><span class="mark {name}" aria-hidden="true"></span> {text(strings.FIGURES[name])}</li>')
    if any(name in targets for name in PLOTTED):
        legend.append(f'<li><span class="dashes" aria-hidden="true"></span> {text(strings.WANTED_LINE)}</li>')
    first, last = (strings.date(run.started_at, now) for run in (runs[0], runs[-1]))
    if first == last:
        first, last = (strings.moment(run.started_at, now) for run in (runs[0], runs[-1]))
    ends = f"<span>{text(first)}</span><span>{text(last)}</span>" if len(runs) > 1 else f"<span>{text(last)}</span>"
    return (
        f'<figure class="history" role="img" aria-label="{text(strings.HISTORY_PLOT)}">'
        '<div class="scale" aria-hidden="true"><span>100%</span><span>50%</span><span>0%</span></div>'
        '<div class="area"><svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<line class="half" x1="0" y1="50" x2="100" y2="50"/>{"".join(lines)}</svg>{"".join(marks)}</div>'
        f'<div class="ends muted">{ends}</div></figure><ul class="legend">{"".join(legend)}</ul>'
    )


def runs_html(runs: Iterable[Run], now: float) -> str:
    """A line for each run, in the order given."""
    heads = [strings.RUN, strings.MODEL, strings.QUESTIONS, *(strings.SHORT_FIGURES[name] for name in PLOTTED)]
    rows = []
    for run in runs:
        asked = strings.number(run.asked)
        asked = asked if run.complete else f"{asked} ({strings.RUN_STOPPED})"
        shares = (strings.per_cent(run.figures["metrics"][name]) for name in PLOTTED)
        rows.append([strings.moment(run.started_at, now), model_name(run), asked, *shares])
    return table(heads, rows, "runs")


def model_name(run: Run) -> str:
    """Which model answered, as people call it."""
    model = str(run.settings.get("model", ""))
    return strings.QUOTATION if model == "none" else model.removeprefix("ollama:")


def comparison_html(comparison: Comparison, first: Run, second: Run) -> str:
    """What the later run changed: settings, figures with whether it is more than chance, and question by question.

    Args:
        comparison: of the two.
        first: the earlier run.
        second: the later one.
    """
    before, after = first.settings, second.settings
    changed = [
        strings.changed_setting(name, str(before.get(name, "–")), str(after.get(name, "–")))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]
    said = "; ".join(changed) if changed else strings.SAME_SETTINGS
    # Figures that differ may be the documents' doing.
    said = said if first.library == second.library else f"{said.rstrip('.')}. {strings.CHANGED_BETWEEN}"
    heads = ["", strings.DIFFERENCE, "", strings.INTERVAL, strings.BY_CHANCE, strings.QUESTIONS]
    rows = [
        [
            strings.COMPARED[name],
            _value(name, one.mean),
            strings.VERDICTS[is_better(name, one)],
            f"{_value(name, one.low)} … {_value(name, one.high)}",
            f"{one.p:.3f}",
            strings.number(one.questions),
        ]
        for name, one in comparison.differences.items()
    ]
    return (
        f'<p class="muted">{text(said)}</p><ul class="reached">{"".join(_plain(comparison.differences))}</ul>'
        f"<details><summary>{text(strings.TERMS_TITLE)}</summary>{table(heads, rows)}</details>"
        f"<h3>{text(strings.labelled(strings.WENT_ANOTHER_WAY, strings.number(len(comparison.changed))))}</h3>"
        f'<ul class="recent">{"".join(_changed(*pair) for pair in comparison.changed[:SHOWN])}</ul>'
    )


def _plain(differences: Mapping[str, Difference]) -> Iterable[str]:
    for name in ("right_decision", "page_cited", _SECONDS):
        one = differences.get(name)
        if one is None:
            continue
        changed = strings.faster(one.mean) if name == _SECONDS else strings.more(round(one.mean * one.questions))
        verdict = strings.VERDICTS[is_better(name, one)]
        yield f"<li>{text(strings.labelled(strings.COMPARED[name], changed))}, <strong>{text(verdict)}</strong></li>"


def _changed(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    fates = f"{strings.FATES[fate(one)]} → {strings.FATES[fate(other)]}"
    answers = "".join(
        f'<p class="line muted">{text(name)}</p><p dir="auto">{text(result["answer"] or strings.ANSWER_GONE)}</p>'
        for name, result in ((strings.EARLIER_RUN, one), (strings.LATER_RUN, other))
    )
    head = f'<span dir="auto">{text(one["question"])}</span> <span class="muted">{text(fates)}</span>'
    return f"<li><details><summary>{head}</summary>{answers}</details></li>"


def _value(name: str, value: float) -> str:
    return f"{value:+.2f} s" if name == _SECONDS else strings.points(value)


def _across(place: int, total: int) -> float:
    return 100 * place / (total - 1) if total > 1 else 50.0


def _said(name: str, run: Run, share: float, now: float) -> str:
    return f"{strings.per_cent(share)} {strings.FIGURES[name]}, {strings.moment(run.started_at, now)}"
