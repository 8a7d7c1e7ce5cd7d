"""What Kitabu adds to a stream: one replayed reply through the bare ollama client and through `Engine.ask`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from benchmarks.library import golden_questions, sample_library
from benchmarks.measure import ROOT, Row
from rag.build import Kitabu
from rag.core.events import Token
from rag.testing.replay import ReplayServer

MODEL = "smollm2:135m"
ROUNDS = 15
DELAY = 0.01
"""Seconds between two pieces: a model of 100 pieces a second, faster than small machines have."""
REPLY = "The documents say this in one place [1]. They say that in another place [1]. " * 4


def run() -> list[Row]:
    """One row per way, medians over the rounds."""
    with ReplayServer(ROOT / "tests" / "fixtures" / "ollama-wire") as server:
        server.say(REPLY, delay=DELAY)
        questions = golden_questions(answerable_in="en")[: ROUNDS + 1]
        with sample_library(model=f"ollama:{MODEL}", ollama_url=server.url) as kitabu:
            asked = [_timed(_ask(kitabu, question)) for question in questions][1:]
            # Asked in other words, so that nothing of it is remembered.
            searches = [kitabu.engine.search(f"{question} ?").timings["total"] for question in questions][1:]
        bare = [_timed(_bare(server.url, question)) for question in questions][1:]
    rows = [_row("bare ollama client", bare), _row("Engine.ask", asked)]
    first = median(a[0] for a in asked) - median(b[0] for b in bare)
    rate = float(rows[1]["characters/s"]) / float(rows[0]["characters/s"])
    return [
        *rows,
        {"way": "added (of it the search)", "first piece ms": first * 1000, "characters/s": rate},
        {"way": "search alone", "first piece ms": median(searches) * 1000, "characters/s": 0.0},
    ]


def _ask(kitabu: Kitabu, question: str) -> Iterator[str]:
    return (event.text for event in kitabu.engine.ask(question) if isinstance(event, Token))


def _bare(url: str, question: str) -> Iterator[str]:
    from ollama import Client

    stream = Client(host=url).chat(model=MODEL, messages=[{"role": "user", "content": question}], stream=True)
    return (chunk.message.content or "" for chunk in stream)


def _timed(pieces: Iterator[str]) -> tuple[float, float]:
    """Seconds to the first piece, and characters per second from it to the last one."""
    began = time.perf_counter()
    came = [(time.perf_counter() - began, len(piece)) for piece in pieces if piece]
    (first, _), (last, _) = came[0], came[-1]
    return first, sum(length for _, length in came[1:]) / (last - first)


def _row(way: str, timed: list[tuple[float, float]]) -> Row:
    return {
        "way": way,
        "first piece ms": median(first for first, _ in timed) * 1000,
        "characters/s": median(rate for _, rate in timed),
    }
