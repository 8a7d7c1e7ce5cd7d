"""What `kitabu models` and its commands do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rag.build import AUTO, QUOTING, ModelChooser
from rag.cli.console import Console, duration, megabytes
from rag.cli.failures import DONE, INTERRUPTED
from rag.cli.overview import open_catalog
from rag.core.config import Settings
from rag.core.errors import KitabuError, ModelNotPulled, ServerUnreachable
from rag.core.trials import ModelTrial
from rag.models.card import About, describe
from rag.models.chat import load_chat_model
from rag.models.diagnosis import Diagnosis, diagnose, surroundings
from rag.models.ollama import OllamaServer, ServerStatus
from rag.models.pulling import Pull, PullProgress, PullStage
from rag.models.pulling import remove as delete
from rag.models.trial import run_trial
from rag.store.models import Models

STAGES = {PullStage.LOOKING: "looking it up", PullStage.CHECKING: "checking what came", PullStage.DONE: "there"}


def overview(settings: Settings, console: Console) -> int:
    """List the server's models; status 6 when it cannot be reached, with the likely cause."""
    console.passing("Looking for the model server")
    with _models(settings) as kept:
        trials, chosen = (kept.trials(), kept.chosen()) if kept else ({}, "")
    chooser = ModelChooser(settings, _server(settings), lambda: chosen)
    status = chooser.status()
    if not status.reachable:
        console.passing("Looking for the cause")
        found = diagnose(settings.ollama_url, settings.connect_timeout, surroundings())
        console.end()
        console.result({**_server_json(status), "models": [], "diagnosis": asdict(found)})
        _show_diagnosis(status, found, console)
        return ServerUnreachable.exit_code
    console.end()
    answering = chooser.resolve()
    rows = [_entry(status, model.name, trials, answering) for model in status.models]
    console.result({**_server_json(status), "answering": answering, "models": rows})
    console.line(f"Ollama {status.version} at {status.url}; answering: {answering.removeprefix('ollama:')}")
    if not status.models:
        console.line(f"{status.problem} Get one: kitabu models pull NAME")
        return DONE
    console.line()
    table: list[tuple[str, ...]] = [("name", "size", "parameters", "window", "in memory", "measured here", "")]
    table += [_row(status, entry) for entry in rows]
    console.table(table, right=(1, 2, 3))
    return DONE


def show(settings: Settings, name: str, console: Console) -> int:
    """Show a model's card.

    Raises:
        ModelError: unreachable, or it is not there.
    """
    server = _server(settings)
    about = describe(name, server.show(name), server.status().local(name))
    console.result(_about_json(about))
    for label, words in _facts(about):
        console.line(f"{label:12}  {words}")
    if about.licence.warning:
        console.line()
        console.line(about.licence.warning)
    if about.licence.given:
        console.line()
        console.text(f"{about.licence.given}\n")
    return DONE


def pull(settings: Settings, name: str, console: Console) -> int:
    """Get a model; Ctrl-C stops, and what has come is kept.

    Raises:
        ModelError: see `Pull.follow`.
    """
    progress = PullProgress(PullStage.LOOKING)
    try:
        for progress in Pull(_server(settings), name).follow():
            console.passing(f"{name}: {_how_far(progress)}")
    except KeyboardInterrupt:
        console.end()
        come = f" {_gigabytes(progress.completed)} of {_gigabytes(progress.total)} are there;" if progress.total else ""
        console.note(f"Stopped.{come} `kitabu models pull {name}` goes on from there.")
        return INTERRUPTED
    finally:
        console.end()
    console.result({"model": name, "bytes": progress.total})
    console.line(f"{name} is there ({_gigabytes(progress.total)}). What it is: kitabu models show {name}")
    return DONE


def remove_model(settings: Settings, name: str, console: Console) -> int:
    """Delete a model.

    Raises:
        ModelError: unreachable, or it is not there.
    """
    delete(_server(settings), name)
    console.result({"model": name, "removed": True})
    console.line(f"{name} was removed.")
    return DONE


def test(settings: Settings, name: str, console: Console) -> int:
    """Ask a test question, show the figures, and remember them where there is a library.

    Raises:
        ModelError: unreachable, not there, or it failed on the way.
    """
    server = _server(settings)
    status = server.status()
    local = status.local(name)
    if status.reachable and local is None:
        raise ModelNotPulled(f"The model server at {server.url} does not have '{name}'.", f"kitabu models pull {name}")
    console.passing(f"Asking {name} a test question")
    trial = run_trial(
        server, load_chat_model(f"ollama:{local.name if local else name}", settings), local.digest if local else ""
    )
    console.end()
    assert trial is not None, "nobody stopped it"
    with _models(settings) as kept:
        if kept:
            kept.keep(trial)
    console.result({**_trial_json(trial), "remembered": kept is not None})
    for line in _trial_lines(trial):
        console.line(line)
    if kept is None:
        console.note(f"Not remembered: there is no library in {settings.data}.")
    return DONE


def use(settings: Settings, name: str, console: Console) -> int:
    """Choose the model that answers for everybody.

    Raises:
        ModelError: the server does not have it, or cannot be reached.
        KitabuError: there is no library, or the settings name a model.
    """
    if settings.model != AUTO:
        raise KitabuError(
            f"The settings name the model: {settings.model}.", 'Set model = "auto" there, then choose one here.'
        )
    chosen = name if name in (AUTO, QUOTING) else f"ollama:{_there(settings, name)}"
    with _models(settings) as kept:
        if kept is None:
            raise KitabuError(f"There is no library in {settings.data}.", "Add documents first: kitabu ingest PATH")
        kept.choose("" if chosen == AUTO else chosen)
    console.result({"model": chosen})
    words = {AUTO: "The model is chosen by itself again.", QUOTING: "Answers are quoted, without a model."}
    console.line(words.get(chosen, f"{chosen.removeprefix('ollama:')} answers for everybody who asks this library."))
    return DONE


def _there(settings: Settings, name: str) -> str:
    status = _server(settings).status()
    if not status.reachable:
        raise ServerUnreachable(status.problem, status.remedy)
    local = status.local(name)
    if local is None:
        raise ModelNotPulled(f"The model server at {status.url} does not have '{name}'.", f"kitabu models pull {name}")
    return local.name


def _server(settings: Settings) -> OllamaServer:
    return OllamaServer(settings.ollama_url, settings.connect_timeout)


@contextmanager
def _models(settings: Settings) -> Iterator[Models | None]:
    """What is kept of models; None where there is no library."""
    with open_catalog(settings) as catalog:
        yield Models(catalog) if catalog else None


def _server_json(status: ServerStatus) -> dict[str, Any]:
    return {"url": status.url, "reachable": status.reachable, "version": status.version or None}


def _entry(status: ServerStatus, name: str, trials: dict[str, ModelTrial], answering: str) -> dict[str, Any]:
    local, running = status.local(name), status.running(name)
    assert local is not None
    trial = trials.get(name)
    return {
        **asdict(local),
        "answers": answering.removeprefix("ollama:") == name,
        "loaded": {**asdict(running), "gpu_share": running.gpu_share} if running else None,
        # A model that was got anew may be another one.
        "measured": _trial_json(trial) if trial and trial.digest == local.digest else None,
    }


def _row(status: ServerStatus, entry: dict[str, Any]) -> tuple[str, ...]:
    running, trial = status.running(entry["name"]), entry["measured"]
    memory = ""
    if running:
        memory = f"{_gigabytes(running.size)}, {running.gpu_share:.0%} on the GPU, window {running.context_length:,}"
    speed = (
        f"{trial['tokens_per_second']:.1f} tokens/s, first word {trial['first_token_seconds']:.1f} s" if trial else ""
    )
    window = f"{entry['context_length']:,}" if entry["context_length"] else ""
    size = _gigabytes(entry["size"])
    return entry["name"], size, entry["parameters"], window, memory, speed, "answers" if entry["answers"] else ""


def _show_diagnosis(status: ServerStatus, found: Diagnosis, console: Console) -> None:
    console.line(status.problem)
    console.line()
    console.line("Tried:")
    for one in found.attempts:
        console.line(f"  {one.address}: {one.outcome}")
    console.line()
    console.line(found.cause)
    for step in found.steps:
        console.line(step.words)
        if step.command:
            console.line(f"    {step.command}")


def _facts(about: About) -> Sequence[tuple[str, str]]:
    licence = ", ".join(about.licence.names) or ("not recognised, see below" if about.licence.given else "none given")
    rows = [
        ("name", about.name),
        ("licence", f"{licence} ({about.licence.permission})"),
        ("made by", about.maker),
        ("trained on", about.training),
        ("languages", about.languages),
        ("size", ", ".join(part for part in (about.parameters, about.quantization, _gigabytes(about.size)) if part)),
        ("window", f"{about.window:,} tokens"),
        ("can", ", ".join(about.capabilities)),
        ("digest", about.digest),
        ("source", f"{about.source.address}, {about.source.as_of}" if about.source else ""),
    ]
    return [(label, words or "not known") for label, words in rows]


def _about_json(about: About) -> dict[str, Any]:
    told = asdict(about)
    told["licence"] |= {"warning": about.licence.warning}
    if about.source:
        told["source"]["as_of"] = about.source.as_of.isoformat()
    return told


def _trial_json(trial: ModelTrial) -> dict[str, Any]:
    return {**asdict(trial), "tokens_per_second": round(trial.tokens_per_second, 2)}


def _trial_lines(trial: ModelTrial) -> Sequence[str]:
    read = f" after reading {trial.prompt_tokens:,} tokens" if trial.prompt_tokens else ""
    lines = [
        f"in memory    after {duration(trial.load_seconds)}",
        f"first word   after {trial.first_token_seconds:.1f} s{read}",
        f"writes       {trial.tokens_per_second:.1f} tokens a second",
    ]
    if trial.memory:
        where = f"{trial.gpu_share:.0%} of it on the GPU"
        lines.append(f"memory       {_gigabytes(trial.memory)}, {where}, window {trial.window:,} tokens")
    return lines


def _how_far(progress: PullProgress) -> str:
    if progress.stage is not PullStage.LOADING:
        return STAGES[progress.stage]
    parts = [f"{_gigabytes(progress.completed)} of {_gigabytes(progress.total)}"]
    if progress.seconds_left is not None:
        parts += [f"{megabytes(int(progress.rate))} a second", f"about {duration(progress.seconds_left)} left"]
    return ", ".join(parts)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else megabytes(size) if size else ""
