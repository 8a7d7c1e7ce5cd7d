"""Words of the advice which model suits this machine."""

from __future__ import annotations

from typing import Final

from rag.ui.strings.general import counted, decimal, number
from rag.ui.strings.translation import said, translate, writing

TITLE: Final = "Which model for this machine"
LOOKING: Final = "Looking at this machine"
FIRST: Final = "Take"
OR: Final = "Or"
QUOTE: Final = "Quote without a model"
FOUND: Final = "What was found"
MEASURE: Final = "Measure here"
MEASURE_HELP: Final = (
    "Has the model in use read a page, and embeds some passages. Seconds, or minutes on an old computer."
)
MEASURING: Final = "Measuring. The page can be left meanwhile."
NO_GRAPHICS: Final = "none that models can run on was found"
TERMINAL: Final = "Open a terminal and run:"
SOURCE: Final = "source"


def memory(total: str, free: str, *, limited: bool) -> str:
    """Memory, in words."""
    if limited:
        return said("{total} given to this process, {free} free", total=total, free=free)
    return said("{total}, {free} free", total=total, free=free)


def processor(cores: int) -> str:
    """Cores, in words."""
    return counted(cores, "{n} core", "{n} cores")


def graphics(name: str, total: str, *, shared: bool) -> str:
    """One graphics processor, in words."""
    return said("{name}, shares the memory", name=name) if shared else f"{name}, {total}"


def facts(parameters: float, download: str, licence: str, released: str) -> str:
    """What a model is, in a line."""
    billions = f"{parameters:g}".replace(".", writing().decimal)
    size = said("{n} billion parameters · {size} to download", n=billions, size=download)
    return f"{size} · {licence} · {released}"


def speed(model: str, read: float, written: float) -> str:
    """How fast a model was."""
    rates = {"read": decimal(read, 0), "written": decimal(written, 0)}
    return said("{model} reads {read} and writes {written} tokens a second here.", model=model, **rates)


def embedding(rate: float, chunks: int, took: str) -> str:
    """How fast the embedder was, and how long the library takes."""
    fast = said("{n} passages are embedded in a second.", n=decimal(rate, 0))
    if not chunks:
        return fast
    return f"{fast} {said('All {n} of the library would take {time}.', n=number(chunks), time=took)}"


def no_speed(problem: str) -> str:
    """Why no model was measured."""
    return said("No model was measured: {problem}", problem=problem)


translate(__name__)
