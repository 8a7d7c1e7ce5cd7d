"""`kitabu advice`."""

from __future__ import annotations

from rag.advising import Measured, advice_for, measure
from rag.build import ModelChooser
from rag.cli.console import Console, duration
from rag.cli.failures import DONE
from rag.cli.overview import chosen_model, embedder_name, open_catalog
from rag.core.config import Settings
from rag.models.advice import Choice, gigabytes
from rag.models.hardware import Hardware
from rag.models.ollama import OllamaServer
from rag.store.catalog import Catalog


def advice(settings: Settings, measured: bool, console: Console) -> int:
    """Show what was found and what suits it; with `measured`, how long answers and embedding take."""
    server = OllamaServer(settings.ollama_url, settings.connect_timeout)
    chooser = ModelChooser(settings, server, lambda: chosen_model(settings))
    with open_catalog(settings) as catalog:
        found = _measure(settings, chooser, catalog, console) if measured else None
        console.passing("Looking at this machine")
        given = advice_for(settings, chooser, catalog, found)
    console.end()
    console.result({**given.to_json(), "measured": found.to_json() if found else None})
    for line in hardware_lines(given.hardware):
        console.line(line)
    console.line()
    if given.first is None:
        console.line(f"Quote without a model. {given.why_none}")
    else:
        _show("Take", given.first, console)
    for choice in given.alternatives:
        _show("Or", choice, console)
    for note in (given.freed, *given.notes):
        if note:
            console.line(note)
    if found is not None:
        _show_measured(found, console)
    elif given.first is not None:
        console.line("How fast it is here: kitabu advice --measure, once a model is there.")
    return DONE


def hardware_lines(hardware: Hardware) -> list[str]:
    """What was found, a line each."""
    given = " given to this process" if hardware.limited else ""
    lines = [f"memory     {gigabytes(hardware.memory)}{given}, {gigabytes(hardware.free)} free"]
    lines.append(f"processor  {hardware.cores} cores{_kind(hardware.features)}")
    for gpu in hardware.gpus:
        free = "" if gpu.free is None else f", {gigabytes(gpu.free)} free"
        own = "shares the memory" if gpu.vendor == "Apple" else f"{gigabytes(gpu.memory)}{free}"
        lines.append(f"graphics   {gpu.name}, {own}")
    if not hardware.gpus:
        lines.append("graphics   none that models can run on was found")
    return lines


def _kind(features: frozenset[str]) -> str:
    widest = next((name for name in ("avx512f", "avx2", "avx", "asimd") if name in features), "")
    return f", {widest}" if widest else ""


def _show(word: str, choice: Choice, console: Console) -> None:
    console.line(f"{word} {choice.model.name}")
    for reason in choice.reasons:
        console.line(f"   {reason}")
    console.line(f"   ollama pull {choice.model.name}  ({gigabytes(choice.model.download)})")


def _measure(settings: Settings, chooser: ModelChooser, catalog: Catalog | None, console: Console) -> Measured:
    from rag.models.embedding import load_embedder

    console.passing("Measuring")
    try:
        return measure(
            chooser,
            catalog,
            load_embedder(embedder_name(settings), OllamaServer(settings.ollama_url, settings.connect_timeout)),
        )
    finally:
        console.end()


def _show_measured(found: Measured, console: Console) -> None:
    console.line()
    if found.speed is not None:
        read, written = found.speed.prompt_rate, found.speed.answer_rate
        console.line(f"measured   {found.speed.model} reads {read:,.1f} and writes {written:,.1f} tokens a second")
    else:
        console.line(f"measured   no model: {found.problem}")
    console.line(f"measured   {found.embedded:,.1f} passages embedded a second")
    if found.chunks:
        console.line(f"forecast   {duration(found.hours * 3600)} to embed the library's {found.chunks:,} passages anew")
