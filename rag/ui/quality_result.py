"""The first part of the quality page: what the last run came to, what is asked for, and the run that is under way."""

from __future__ import annotations

import time
from functools import partial
from typing import Final

import streamlit as st

from rag.build import AUTO, QUOTING
from rag.core.golden import GoldenQuestion
from rag.evaluation.kept import changed, judged, library_digest, reached, settings_of
from rag.evaluation.places import missing_places
from rag.evaluation.verdict import TARGETS, is_wrong
from rag.store.runs import Run, RunResult
from rag.ui import strings
from rag.ui.golden_view import wrong_html
from rag.ui.markup import text
from rag.ui.measuring import Measurement
from rag.ui.quality_questions import pressed_question, show_ways_in
from rag.ui.quality_view import progress_html, verdict_html
from rag.ui.services import Services
from rag.ui.widgets import guarded, reading, say, show_error

REFRESH: Final = 0.7
"""Seconds between two looks at a run that is under way."""


def show_result(app: Services, questions: list[GoldenQuestion]) -> None:
    """Draw the part.

    Args:
        app: the services.
        questions: those that are asked.
    """
    last = next(iter(app.kitabu.library.runs.recent(1)), None)
    if last is not None:
        _last(app, last, questions)
    elif questions:
        reading(f"<h2>{text(strings.NOT_MEASURED)}</h2>", key="not-measured", classes="reading")
    else:
        html = f"<h2>{text(strings.NO_QUESTIONS)}</h2><p>{text(strings.NO_QUESTIONS_TEXT)}</p>"
        reading(html, key="no-questions", classes="reading")
        show_ways_in(app)
    _measure(app, questions)
    if last is not None or questions:
        _targets(app)


def _last(app: Services, run: Run, questions: list[GoldenQuestion]) -> None:
    library = app.kitabu.library
    results = library.runs.results(run.id)
    counted, targets = reached(run, results), library.golden.targets()
    html = verdict_html(
        run,
        counted,
        targets,
        judged(run, results, targets),
        when=strings.moment(run.started_at, time.time()),
        notes=_notes(app, run, results, questions),
    )
    reading(html, key="verdict", classes="reading")
    now = {question.id: question for question in questions}
    wrong = [
        (now[one.question_id], one)
        for one in results
        if one.question_id in now and now[one.question_id].digest() == one.digest and is_wrong(one.figures)
    ]
    if wrong:
        reading(wrong_html(wrong), key="wrong", classes="reading", on_press=pressed_question)


def _notes(app: Services, run: Run, results: list[RunResult], questions: list[GoldenQuestion]) -> list[str]:
    """What makes the run speak of something else than there is now."""
    notes = [] if run.complete else [strings.stopped_run(run.asked, run.wanted)]
    if run.figures["quoted_instead"]:
        notes.append(strings.quoted_instead(run.figures["quoted_instead"]))
    if run.library != library_digest(app.kitabu.library.catalog):
        notes.append(strings.CHANGED_LIBRARY)
    asked, now = {(one.question_id, one.digest) for one in results}, {(q.id, q.digest()) for q in questions}
    # What came of a question goes with it when it is deleted.
    if run.complete and (asked != now or len(results) < run.asked):
        notes.append(strings.CHANGED_QUESTIONS)
    missing = missing_places(questions, app.kitabu.library.catalog.documents())
    if missing:
        notes.append(strings.places_missing(len(missing)))
    if changed(run.settings, settings_of(app.kitabu.settings, _model_now(app, run), app.kitabu.library.catalog)):
        notes.append(strings.CHANGED_SETTINGS)
    return notes


def _model_now(app: Services, run: Run) -> str:
    """Which model would answer, as far as the bar knows: no page waits for a model server."""
    wanted = app.kitabu.chooser.wanted()
    if wanted != AUTO:
        return wanted
    seen = app.model.current()
    if seen is None:
        return str(run.settings["model"])
    return QUOTING if seen.name == QUOTING else f"ollama:{seen.name}"


def _measure(app: Services, questions: list[GoldenQuestion]) -> None:
    measurement = app.measurements.current()
    if measurement is not None:
        progress = measurement.progress()
        if not progress.done:
            _running(measurement)
            return
        if progress.error is not None:
            show_error(progress.error, key="failed-run", log=app.log_path)
    if questions:
        st.button(
            strings.ask_all(len(questions)),
            icon=":material/play_arrow:",
            type="primary",
            key="measure",
            on_click=guarded(partial(app.measurements.start, app.kitabu, questions)),
        )


@st.fragment(run_every=REFRESH)
def _running(measurement: Measurement) -> None:
    progress = measurement.progress()
    if progress.done:
        st.rerun()
    html = progress_html(progress.asked, progress.wanted, progress.seconds_left, stopping=progress.stopping)
    reading(html, key="measuring", classes="reading")
    if not progress.stopping:
        st.button(strings.STOP, icon=":material/stop_circle:", key="stop-measuring", on_click=guarded(measurement.stop))


def _targets(app: Services) -> None:
    golden = app.kitabu.library.golden
    now = golden.targets()
    with (
        st.expander(strings.TARGETS_TITLE, icon=":material/flag:", key="targets"),
        st.form("targets-form", border=False),
    ):
        st.caption(strings.TARGETS_TEXT)
        least = {
            name: st.number_input(
                strings.FIGURES[name],
                min_value=1,
                max_value=100,
                value=round(100 * now[name]) if name in now else None,
                step=1,
                key=f"target-{name}",
            )
            for name in TARGETS
        }
        saved = st.form_submit_button(strings.SAVE_QUESTION, key="save-targets")
    if saved:
        golden.set_targets({name: value / 100 for name, value in least.items() if value is not None})
        say(strings.TARGETS_SAVED)
        st.rerun()
