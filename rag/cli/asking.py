"""`kitabu ask` and `kitabu search`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.build import Kitabu, open_kitabu
from rag.cli.console import Console
from rag.cli.failures import DONE
from rag.cli.naming import find
from rag.core.config import Settings
from rag.core.dialogue import Clarification, Telling
from rag.core.events import (
    Completed,
    Event,
    Notice,
    PassagesFound,
    Repaired,
    Repairing,
    Searching,
    Thinking,
    Token,
    Waiting,
    Withdrawn,
)
from rag.core.filters import Filter
from rag.core.messages import messages
from rag.core.types import Answer, Citation
from rag.shapes import answer_to_json, hits_to_json

QUOTE_SHOWN = 200
"""Characters of a quote in the list of sources."""


def ask(settings: Settings, question: str, telling: Telling, within: Mapping[str, Any], console: Console) -> int:
    """Answer `question`: the words as they come, then the sources.

    Args:
        telling: how a model is to tell it.
        within: what the search is kept to, as the options give it.
    """
    console.passing("Starting")
    repaired: list[Repaired] = []
    with open_kitabu(settings) as kitabu:
        events = kitabu.engine.ask(question, telling=telling, within=_filter(kitabu, within))
        answer, streamed = _follow(events, console, repaired)
    console.result(answer_to_json(answer))
    if answer.clarification is not None:
        _clarification(answer.clarification, console)
    elif answer.refusal is None:
        console.text("" if streamed.endswith("\n") else "\n")
        _corrected(repaired, console)
        _sources(answer, console)
    else:
        # What a model streamed before the refusal was recognised stays on the screen, on a line of its own.
        console.text("\n\n" if streamed.strip() else "")
        _refusal(answer, console)
    return DONE


def search(settings: Settings, question: str, count: int, within: Mapping[str, Any], console: Console) -> int:
    """Show the `count` best passages for `question`; `within` as for `ask`."""
    console.passing("Starting")
    with open_kitabu(settings) as kitabu:
        result = kitabu.engine.search(question, count, within=_filter(kitabu, within))
        found = hits_to_json(result.hits, kitabu.library.catalog, result.timings)
        names = {other: kitabu.library.catalog.document(other).name for hit in result.hits for other in hit.copies}
    console.end()
    if result.problem:
        console.note(result.problem)
    console.result(found)
    for hit in found["hits"]:
        place = " > ".join([f"{hit['document']}, page {hit['page']}", *hit["heading_path"]])
        console.line(f"{hit['rank']}. {place}")
        console.line(f"   {_shortened(hit['text'], 3 * QUOTE_SHOWN)}")
        if hit["copies"]:
            console.line(f"   The same in {', '.join(names[other] for other in hit['copies'])}")
    if not found["hits"]:
        console.line("Nothing was found.")
    return DONE


def _filter(kitabu: Kitabu, given: Mapping[str, Any]) -> Filter:
    """Raises DocumentNotFound where a document that is named is not there, InvalidFilter where a day is no date."""
    return Filter(
        documents=tuple(find(kitabu.library.catalog, name).id for name in given["documents"]),
        languages=tuple(code.lower() for code in given["languages"]),
        since=given["since"],
        until=given["until"],
        folders=tuple(os.path.realpath(Path(folder).expanduser()) for folder in given["folders"]),
    )


def _follow(events: Iterator[Event], console: Console, repaired: list[Repaired]) -> tuple[Answer, str]:
    streamed: list[str] = []
    answer: Answer | None = None
    for event in events:
        match event:
            case Searching(chunks=chunks):
                console.passing(f"Searching {chunks:,} passages")
            case Waiting(ahead=ahead) if ahead != 0:
                console.passing("The model server is busy; waiting" if ahead is None else f"Waiting behind {ahead}")
            case PassagesFound(passages=passages):
                documents = len({passage.document.id for passage in passages})
                console.passing(f"Reading {len(passages)} passages from {documents} documents")
            case Notice(message=message):
                console.note(message)
            case Thinking():
                console.passing("The model is thinking")
            case Token(text=text):
                if not streamed:
                    console.end()
                streamed.append(text)
                console.text(text)
            case Withdrawn():
                console.text("\n\n")
                console.note("The words above were what the model thought. Its answer:")
                streamed.clear()
            case Repairing(sentences=count):
                console.passing(f"Correcting {count} sentences")
            case Repaired():
                repaired.append(event)
            case Completed(answer=completed):
                answer = completed
            case _:
                pass
    console.end()
    assert answer is not None, "the last event is Completed"
    return answer, "".join(streamed)


def _corrected(repaired: Sequence[Repaired], console: Console) -> None:
    """What stands in the answer now, where the words on the screen are others."""
    if repaired:
        console.line()
        console.line("Corrected from the documents:")
        for change in repaired:
            console.line(f"  - {change.old.text.strip()}")
            console.line(f"  + {change.new.text.strip()}")


def _sources(answer: Answer, console: Console) -> None:
    unsupported = [sentence for sentence in answer.sentences if not sentence.supported]
    if unsupported:
        console.line()
        console.line("Not confirmed by the documents:")
        for sentence in unsupported:
            console.line(f"  ! {sentence.text.strip()}  ({sentence.reason})")
            if sentence.nearest:
                quote = _shortened(sentence.nearest.quote, QUOTE_SHOWN)
                console.line(f"      nearest: {sentence.nearest.document}, page {sentence.nearest.page}: “{quote}”")
    if answer.citations:
        console.line()
        console.line("Sources")
        _quotes(answer.citations, console)
    console.line()
    by = "quoted without a model" if answer.model == "none" else answer.model
    console.line(f"({by}, {answer.timings.get('total', 0.0):.1f} s)")


def _clarification(clarification: Clarification, console: Console) -> None:
    console.line(clarification.message)
    for meaning in clarification.meanings:
        console.line(f"  - {meaning.label}")
        console.line(f"      kitabu ask {shlex.quote(meaning.question)}")


def _refusal(answer: Answer, console: Console) -> None:
    assert answer.refusal is not None
    console.line(answer.refusal.message)
    if answer.refusal.nearest:
        console.line()
        console.line(messages(answer.language).nearest)
        _quotes(answer.refusal.nearest, console)


def _quotes(citations: Sequence[Citation], console: Console) -> None:
    for citation in citations:
        console.line(f"  {citation.key} {citation.document}, page {citation.page}")
        console.line(f"      “{_shortened(citation.quote, QUOTE_SHOWN)}”")


def _shortened(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"
