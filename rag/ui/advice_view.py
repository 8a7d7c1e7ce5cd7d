"""Which model suits this machine: what was found, the choice with its reasons, and a measurement on request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import streamlit as st

from rag.advising import Measured, advice_for, measure
from rag.build import Kitabu
from rag.models.advice import Advice, Choice, gigabytes
from rag.models.hardware import Hardware
from rag.ui import strings
from rag.ui.markup import text
from rag.ui.services import Services
from rag.ui.strings import advice as words
from rag.ui.widgets import guarded, reading, show_error

REFRESH: Final = 1.0
"""Seconds between two looks at work in the background."""


class Look:
    """The advice and the measurement, made in plain threads so that no page waits for a driver or a model."""

    def __init__(self) -> None:
        self.advice: Advice | None = None
        self.measured: Measured | None = None
        self.error: Exception | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.measuring = False

    @property
    def busy(self) -> bool:
        """Whether something is being looked at."""
        return self._thread is not None and self._thread.is_alive()

    def refresh(self, kitabu: Kitabu) -> None:
        """Look at the machine again; does nothing while something is under way."""
        self._start(lambda: self._advise(kitabu), measuring=False)

    def measure(self, kitabu: Kitabu) -> None:
        """Measure, then advise with what was measured; does nothing while something is under way."""
        self._start(lambda: self._measure(kitabu), measuring=True)

    def wait(self, seconds: float) -> None:
        """Wait for what is under way, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _start(self, work: Callable[[], None], *, measuring: bool) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - a thread's boundary: the page shows it
                self.error = error

        with self._lock:
            if not self.busy:
                self.error, self.measuring = None, measuring
                self._thread = threading.Thread(target=run, name="advice", daemon=True)
                self._thread.start()

    def _measure(self, kitabu: Kitabu) -> None:
        self.measured = measure(kitabu.chooser, kitabu.library.catalog, kitabu.embedder)
        self._advise(kitabu)

    def _advise(self, kitabu: Kitabu) -> None:
        catalog, names = kitabu.library.catalog, strings.LANGUAGES
        self.advice = advice_for(kitabu.settings, kitabu.chooser, catalog, self.measured, names)


@st.cache_resource(show_spinner=False)
def _look() -> Look:
    return Look()


def show_advice(app: Services) -> None:
    """Draw it, wherever on a page. The first look is made in the background and shown when it is there."""
    look = _look()
    if look.advice is None and look.error is None and not look.busy:
        look.refresh(app.kitabu)
        look.wait(0.5)  # most machines are looked at in a few milliseconds
    if look.busy:
        _under_way(look)
    if look.error is not None:
        show_error(look.error, key="advice-error", log=app.log_path)
    if look.advice is not None:
        reading(advice_html(look.advice, look.measured), key="advice", classes="reading")
        st.button(
            words.MEASURE,
            key="advice-measure",
            help=words.MEASURE_HELP,
            icon=":material/speed:",
            disabled=look.busy,
            on_click=guarded(look.measure),
            args=(app.kitabu,),
        )


@st.fragment(run_every=REFRESH)
def _under_way(look: Look) -> None:
    if not look.busy:
        st.rerun()
    st.caption(words.MEASURING if look.measuring else words.LOOKING)


def advice_html(advice: Advice, measured: Measured | None) -> str:
    """The choice, the alternatives, what was found and what was measured."""
    parts = [f"<h2>{text(words.TITLE)}</h2>"]
    if advice.first is None:
        parts.append(f"<p><strong>{text(words.QUOTE)}</strong></p><p>{text(advice.why_none)}</p>")
    else:
        parts.append(_choice_html(words.FIRST, advice.first))
    parts += [_choice_html(words.OR, choice) for choice in advice.alternatives]
    parts += [f'<p class="muted">{text(note)}</p>' for note in (advice.freed, *advice.notes) if note]
    if measured is not None:
        parts += [f"<p>{text(line)}</p>" for line in _measured(measured)]
    found = "".join(f"<li>{text(line)}</li>" for line in _found(advice.hardware))
    parts.append(f"<details><summary>{text(words.FOUND)}</summary><ul>{found}</ul></details>")
    return "".join(parts)


def _choice_html(word: str, choice: Choice) -> str:
    model = choice.model
    facts = words.facts(model.parameters, gigabytes(model.download), model.licence, model.released)
    reasons = "".join(f"<li>{text(reason)}</li>" for reason in choice.reasons)
    return (
        f"<section><p>{text(word)} <strong>{text(model.name)}</strong></p>"
        f'<p class="muted">{text(facts)} · {text(words.SOURCE)}: {text(model.source)}</p><ul>{reasons}</ul>'
        f"<p>{text(words.TERMINAL)} <code>ollama pull {text(model.name)}</code></p></section>"
    )


def _found(hardware: Hardware) -> list[str]:
    memory = words.memory(gigabytes(hardware.memory), gigabytes(hardware.free), limited=hardware.limited)
    gpus = [words.graphics(gpu.name, gigabytes(gpu.memory), shared=gpu.vendor == "Apple") for gpu in hardware.gpus]
    return [memory, words.processor(hardware.cores), *(gpus or [words.NO_GRAPHICS])]


def _measured(measured: Measured) -> list[str]:
    speed = measured.speed
    told = words.speed(speed.model, speed.prompt_rate, speed.answer_rate) if speed else words.no_speed(measured.problem)
    took = strings.duration(measured.hours * 3600) if measured.chunks else ""
    return [told, words.embedding(measured.embedded, measured.chunks, took)]
