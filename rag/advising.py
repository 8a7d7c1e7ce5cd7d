"""The advice for this installation: its machine, its library's languages, its model server, its measured speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from rag.build import ModelChooser
from rag.core.config import Settings
from rag.core.errors import NoModel
from rag.core.ports import ChatModel, Embedder
from rag.models.advice import GPU, PROCESSOR, Advice, Place, Speed, advise, embedding_hours
from rag.models.budget import with_loaded
from rag.models.chat import GGUF
from rag.models.hardware import look
from rag.models.ollama import THIS_COMPUTER, ServerStatus, is_here
from rag.models.speed import TRIED, measure_chat, measure_embedder
from rag.models.usual import bits, usual_models
from rag.store.catalog import Catalog

_UNITS: Final = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a short try came to."""

    speed: Speed | None
    """None where no model answers here."""
    problem: str
    """Why there is no speed; else empty."""
    embedded: float
    """Passages a second."""
    chunks: int
    """Passages of the library."""
    here: bool = True
    """Whether the model answers on this computer."""

    @property
    def hours(self) -> float:
        """To embed this library anew."""
        return embedding_hours(self.chunks, self.embedded)

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        speed = self.speed
        return {
            "model": speed.model if speed else None,
            "runs_on": speed.place if speed else None,
            "tokens_read_per_second": round(speed.prompt_rate, 2) if speed else None,
            "tokens_written_per_second": round(speed.answer_rate, 2) if speed else None,
            "problem": self.problem,
            "passages_embedded_per_second": round(self.embedded, 2),
            "passages": self.chunks,
            "hours_to_embed": round(self.hours, 3),
        }


def advice_for(
    settings: Settings,
    chooser: ModelChooser,
    catalog: Catalog | None,
    measured: Measured | None = None,
    names: Mapping[str, str] | None = None,
) -> Advice:
    """Which model suits this machine and library.

    Takes up to the connect timeout, and a few seconds more where a graphics driver is asleep.

    Args:
        catalog: the library; None where there is none yet.
        measured: what `measure` found.
        names: of languages by code.
    """
    status = chooser.status()
    here = is_here(status.url)
    hardware = with_loaded(look(), status.loaded if here else ())
    languages = catalog.languages() if catalog is not None else {}
    speed = measured.speed if measured is not None and measured.here else None
    given = advise(hardware, languages, settings.window, speed, names)
    if here:
        return given
    host = urlsplit(status.url).hostname
    note = f"Models run on another machine, {host}. This advice is for the computer that Kitabu runs on."
    return replace(given, notes=(*given.notes, note))


def measure(chooser: ModelChooser, catalog: Catalog | None, embedder: Embedder) -> Measured:
    """Try the model in use and the embedder: seconds on a graphics processor, up to minutes on an old computer.

    Raises:
        ModelError: the model failed.
    """
    texts = [entry.chunk.text for entry in next(catalog.iter_chunks(TRIED), [])] if catalog else []
    embedded = measure_embedder(embedder, texts)
    chunks = catalog.chunk_count() if catalog is not None else 0
    chat = chooser.chat(None)
    if chat is None:
        problem = chooser.in_use().problem or NoModel().message
        return Measured(None, problem, embedded, chunks)
    rates = measure_chat(chat)
    chooser.forget_status()
    status = chooser.status()
    active = _active(chooser.resolve(), chat, status)
    if active is None:
        return Measured(None, f"How large '{chat.name}' is, is not known.", embedded, chunks)
    loaded = status.running(chat.name)
    place: Place = GPU if loaded is not None and loaded.size_vram >= loaded.size > 0 else PROCESSOR
    here = chooser.in_use().where.startswith(THIS_COMPUTER)
    return Measured(Speed(chat.name, active, place, rates.read, rates.written), "", embedded, chunks, here)


def _active(wanted: str, chat: ChatModel, status: ServerStatus) -> float | None:
    """Billions of parameters that a token passes through; None where nobody tells."""
    name = chat.name.removesuffix(":latest")
    known = next((model for model in usual_models() if model.name == name), None)
    if known is not None:
        return known.active
    if wanted.startswith(f"{GGUF}:"):
        size = Path(wanted.partition(":")[2]).expanduser().stat().st_size
        return size * 8 / bits()["Q4_K_M"] / 1e9
    local = status.local(chat.name)
    told = local.parameters if local else ""
    number, unit = told[:-1], told[-1:]
    try:
        return float(number) * _UNITS[unit]
    except (ValueError, KeyError):
        return None
