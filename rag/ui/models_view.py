"""Models as they are read: the table, a card, a pull that is under way, and why no server is reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from rag.core.trials import ModelTrial
from rag.models.card import About
from rag.models.diagnosis import Diagnosis
from rag.models.ollama import LoadedModel, LocalModel, ServerStatus
from rag.models.pulling import PullProgress, PullStage
from rag.ui import strings
from rag.ui.markup import button, text
from rag.ui.strings import models as words

DIGITS: Final = 12
"""Of a digest, as Ollama itself shows it."""


def table_html(
    status: ServerStatus, trials: Mapping[str, ModelTrial], notes: Mapping[str, str], *, open_name: str
) -> str:
    """The server's models; pressing a name opens its card. On a phone each row is a small card.

    Args:
        status: with the models.
        trials: what was measured, by name.
        notes: what a model is in use for, by name.
        open_name: of the model whose card is open, or "".
    """
    heads = (words.MODEL, words.SIZE, words.WINDOW, words.IN_MEMORY, words.MEASURED)
    head = "".join(f'<th scope="col">{text(one)}</th>' for one in heads)
    rows = "".join(
        _row(model, status.running(model.name), trials.get(model.name), notes.get(model.name, ""), open_name)
        for model in status.models
    )
    return f'<table class="documents"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(
    model: LocalModel, running: LoadedModel | None, trial: ModelTrial | None, note: str, open_name: str
) -> str:  # fmt: skip
    size = " · ".join(part for part in (model.parameters, model.quantization, strings.size(model.size)) if part)
    said = f'<span class="file in-use">{text(note)}</span>' if note else ""
    memory = words.loaded(running, _clock(running.expires_at)) if running else words.NOT_LOADED
    cells = (
        f"<td>{button('open', model.name, f'<span>{text(model.name)}</span>', classes='title')}{said}</td>"
        f'<td class="fact">{text(size)}</td>'
        f'<td class="fact" data-unit="{text(words.WINDOW)}">{text(words.tokens(model.context_length))}</td>'
        f'<td class="fact">{text(memory)}</td>'
        f'<td class="fact">{text(words.speed(trial) if trial else words.NOT_MEASURED)}</td>'
    )
    return f'<tr class="open" aria-current="true">{cells}</tr>' if model.name == open_name else f"<tr>{cells}</tr>"


def card_html(about: About, running: LoadedModel | None, measured: str) -> str:
    """A model's card.

    Args:
        about: what is known of it.
        running: how it lies in memory; None where it does not.
        measured: what a test question came to, in words; "" where none was asked.
    """
    licence = about.licence
    facts = [
        (words.LICENCE, words.licence(licence.names, licence.permission, bool(licence.given))),
        (words.MADE_BY, about.maker),
        (words.TRAINED_ON, about.training),
        (words.LANGUAGES, about.languages),
        (words.SIZE, ", ".join(part for part in (about.parameters, strings.size(about.size)) if part)),
        (words.QUANTISATION, about.quantization),
        (words.WINDOW, words.tokens(about.window)),
        (words.IN_MEMORY, words.loaded(running, _clock(running.expires_at)) if running else words.NOT_LOADED),
        (words.MEASURED, measured or words.NOT_MEASURED),
        (words.DIGEST, about.digest[:DIGITS]),
    ]
    if about.source:
        facts.append((words.SOURCE, words.source(about.source.address, strings.day(about.source.as_of.isoformat()))))
    rows = "".join(f"<dt>{text(label)}</dt><dd>{text(said or words.NOT_KNOWN)}</dd>" for label, said in facts)
    warning = f'<p class="notice" role="note">{text(licence.warning)}</p>' if licence.warning else ""
    whole = ""
    if licence.given:
        whole = (
            f'<details class="muted"><summary>{text(words.LICENCE_TEXT)}</summary>'
            f'<div class="plain licence" tabindex="0" dir="auto">{text(licence.given)}</div></details>'
        )
    return f"<h3>{text(about.name)}</h3>{warning}<div class='card'><dl>{rows}</dl></div>{whole}"


def pull_html(name: str, progress: PullProgress) -> str:
    """A pull that is under way: a bar, bytes, the rate, the time left."""
    at_work = progress.stage is PullStage.LOADING and progress.total
    value = f' value="{progress.completed}" max="{progress.total}"' if at_work else ""
    title = text(words.getting(name))
    return (
        f'<div class="job"><p class="line"><strong>{title}</strong></p>'
        f'<progress aria-label="{title}"{value}></progress>'
        f'<p class="muted line" role="status">{text(words.how_far(progress))}</p></div>'
    )


def tried_html(found: Diagnosis) -> str:
    """The addresses that were tried, and the likely cause."""
    rows = "".join(
        f'<li><bdi class="path">{text(one.address)}</bdi>: {text(one.outcome)}</li>' for one in found.attempts
    )
    return f"<h3>{text(words.TRIED)}</h3><ul>{rows}</ul><h3>{text(words.LIKELY)}</h3><p>{text(found.cause)}</p>" + (
        f"<h3>{text(words.WHAT_TO_DO)}</h3>" if found.steps else ""
    )


def _clock(moment: str) -> str:
    """The time of day, here, of a moment as RFC 3339 writes it; "" where it is none, or over a day away."""
    try:
        # Go writes nanoseconds, of which Python 3.11 reads no more than six digits.
        parsed = datetime.fromisoformat(moment[:19] + moment[19:].lstrip(".0123456789"))
    except ValueError:
        return ""
    far = abs((parsed - datetime.now(UTC)).total_seconds()) > 86_400 if parsed.tzinfo else True
    return "" if far else f"{parsed.astimezone():%H:%M}"
