"""Part of the quality page: the runs so far, and two of them held against each other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import streamlit as st

from rag.core.errors import ConfigError
from rag.core.golden import KeptQuestion
from rag.evaluation.compare import Comparison, compare
from rag.evaluation.kept import comparable
from rag.store.runs import Run
from rag.ui import strings
from rag.ui.labels import distinct
from rag.ui.markup import text
from rag.ui.runs_view import comparison_html, model_name, plot_html, runs_html
from rag.ui.services import Services
from rag.ui.widgets import reading

LISTED: Final = 30
"""Runs that are looked at, the newest of them."""


def show_runs(app: Services, questions: Sequence[KeptQuestion]) -> None:
    """Draw the part.

    Args:
        app: the services.
        questions: as they are kept now.
    """
    runs = app.kitabu.library.runs.recent(LISTED)
    if not runs:
        html = f"<h2>{text(strings.NO_RUNS)}</h2><p>{text(strings.NO_RUNS_TEXT)}</p>"
        reading(html, key="no-runs", classes="reading")
        return
    now = time.time()
    plot = plot_html(runs[::-1], app.kitabu.library.golden.targets(), now)
    reading(f"<h2>{text(strings.HISTORY)}</h2>{plot}{runs_html(runs, now)}", key="history", classes="wide")
    if len(runs) > 1:
        _comparison(app, runs, questions, now)


def _comparison(app: Services, runs: list[Run], questions: Sequence[KeptQuestion], now: float) -> None:
    reading(f"<h2>{text(strings.COMPARE_RUNS)}</h2>", key="compare-title", classes="reading")
    by_id = {run.id: run for run in runs}
    names = distinct(
        by_id,
        lambda one: f"{strings.moment(by_id[one].started_at, now)}, {model_name(by_id[one])}",
        lambda one: f"{strings.moment(by_id[one].started_at, now, seconds=True)}, {model_name(by_id[one])}",
    )
    with st.container(horizontal=True, key="compared"):
        first = _choice(strings.EARLIER_RUN, names, 1, "compare-first")
        second = _choice(strings.LATER_RUN, names, 0, "compare-second")
    ours, theirs = by_id[first], by_id[second]
    try:
        comparison = _compared(app, ours, theirs, questions)
    except ConfigError:
        reading(f'<p class="muted">{text(strings.NOTHING_COMPARABLE)}</p>', key="comparison", classes="reading")
        return
    reading(comparison_html(comparison, ours, theirs), key="comparison", classes="reading")


def _choice(label: str, names: dict[int, str], index: int, key: str) -> int:
    return st.selectbox(label, list(names), index=index, format_func=lambda one: names[one], key=key)


def _compared(app: Services, first: Run, second: Run, questions: Sequence[KeptQuestion]) -> Comparison:
    results = app.kitabu.library.runs.results
    return compare(
        comparable(strings.EARLIER_RUN, first, results(first.id), questions),
        comparable(strings.LATER_RUN, second, results(second.id), questions),
    )
