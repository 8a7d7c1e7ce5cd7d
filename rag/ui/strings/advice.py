"""Words of the advice which model suits this machine."""

from __future__ import annotations

from typing import Final

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
    return f"{total}{' given to this process' if limited else ''}, {free} free"


def processor(cores: int) -> str:
    """Cores, in words."""
    return "1 core" if cores == 1 else f"{cores} cores"


def graphics(name: str, total: str, *, shared: bool) -> str:
    """One graphics processor, in words."""
    return f"{name}, shares the memory" if shared else f"{name}, {total}"


def facts(parameters: float, download: str, licence: str, released: str) -> str:
    """What a model is, in a line."""
    return f"{parameters:g} billion parameters · {download} to download · {licence} · {released}"


def speed(model: str, read: float, written: float) -> str:
    """How fast a model was."""
    return f"{model} reads {read:,.0f} and writes {written:,.0f} tokens a second here."


def embedding(rate: float, chunks: int, took: str) -> str:
    """How fast the embedder was, and how long the library takes."""
    known = f" All {chunks:,} of the library would take {took}." if chunks else ""
    return f"{rate:,.0f} passages are embedded in a second.{known}"


def no_speed(problem: str) -> str:
    """Why no model was measured."""
    return f"No model was measured: {problem}"
