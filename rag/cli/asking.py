"""`kitabu ask` and `kitabu search`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.build import open_kitabu
from rag.cli.console import Console
from rag.cli.failures import DONE
from rag.core.config import Settings
from rag.core.types import Answer, Citation, Completed, Event, Notice, PassagesFound, Searching, Token
from rag.shapes import answer_to_json, hits_to_json

QUOTE_SHOWN = 200
"""Characters of a quote in the list of sources."""


def ask(settings: Settings, question: str, console: Console) -> int:
    """Answer `question`: the words as they come, then the sources."""
    console.passing("Starting")
    with open_kitabu(settings) as kitabu:
        answer, streamed = _follow(kitabu.engine.ask(question), console)
    console.result(answer_to_json(answer))
    if answer.refusal is None:
        console.text("" if streamed.endswith("\n") else "\n")
        _sources(answer, console)
    else:
        # What a model streamed before the refusal was recognised stays on the screen, on a line of its own.
        console.text("\n\n" if streamed.strip() else "")
        _refusal(answer, console)
    return DONE


def search(settings: Settings, question: str, count: int, console: Console) -> int:
    """Show the `count` best passages for `question`."""
    console.passing("Starting")
    with open_kitabu(settings) as kitabu:
        result = kitabu.engine.search(question, count)
        found = hits_to_json(result.hits, kitabu.library.catalog, result.timings)
    console.end()
    console.result(found)
    for hit in found["hits"]:
        place = " > ".join([f"{hit['document']}, page {hit['page']}", *hit["heading_path"]])
        console.line(f"{hit['rank']}. {place}")
        console.line(f"   {_shortened(hit['text'], 3 * QUOTE_SHOWN)}")
    if not found["hits"]:
        console.line("Nothing was found.")
    return DONE


def _follow(events: Iterator[Event], console: Console) -> tuple[Answer, str]:
    streamed: list[str] = []
    answer: Answer | None = None
    for event in events:
        match event:
            case Searching(chunks=chunks):
                console.passing(f"Searching {chunks:,} passages")
            case PassagesFound(passages=passages):
                documents = len({passage.document.id for passage in passages})
                console.passing(f"Reading {len(passages)} passages from {documents} documents")
            case Notice(message=message):
                console.note(message)
            case Token(text=text):
                if not streamed:
                    console.end()
                streamed.append(text)
                console.text(text)
            case Completed(answer=completed):
                answer = completed
            case _:
                pass
    console.end()
    assert answer is not None, "the last event is Completed"
    return answer, "".join(streamed)


def _sources(answer: Answer, console: Console) -> None:
    unsupported = [sentence for sentence in answer.sentences if not sentence.supported]
    if unsupported:
        console.line()
        console.line("Not confirmed by the documents:")
        for sentence in unsupported:
            console.line(f"  ! {sentence.text.strip()}  ({sentence.reason})")
    if answer.citations:
        console.line()
        console.line("Sources")
        _quotes(answer.citations, console)
    console.line()
    by = "quoted without a model" if answer.model == "none" else answer.model
    console.line(f"({by}, {answer.timings.get('total', 0.0):.1f} s)")


def _refusal(answer: Answer, console: Console) -> None:
    assert answer.refusal is not None
    console.line(answer.refusal.message)
    if answer.refusal.nearest:
        console.line()
        console.line("What came nearest")
        _quotes(answer.refusal.nearest, console)


def _quotes(citations: Sequence[Citation], console: Console) -> None:
    for citation in citations:
        console.line(f"  {citation.key} {citation.document}, page {citation.page}")
        console.line(f"      “{_shortened(citation.quote, QUOTE_SHOWN)}”")


def _shortened(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"
