"""Ten conversations at once with a model server that fails now and then: nothing lost or mixed, and how long it takes.

python -m benchmarks crowd 120        # seconds; a minute without it
"""

from __future__ import annotations

import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.measure import ROOT, Row, machine, percentile, resident_mb, show
from rag.build import Kitabu, open_kitabu
from rag.core.config import Settings
from rag.core.events import Completed, Token, Waiting
from rag.core.types import Turn
from rag.testing.behaviours import Behaviour, breaking, cutting, dropping, failing, garbling, hanging, saying
from rag.testing.replay import ReplayServer, Reply

PEOPLE: Final = 10
SECONDS: Final = 60.0
MODEL: Final = "smollm2:135m"
DELAY: Final = 0.005
"""Seconds between two pieces of a reply."""
FAULT_SHARE: Final = 0.3
"""Of the requests to the model; far worse than a server that people would keep."""
WARM_SHARE: Final = 0.2
"""Of the time, after which memory is first measured: libraries are loaded and caches filled by then."""
REMEMBERED: Final = 3
_WARD: Final = re.compile(r"ward (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Crowd:
    """What became of all questions. Each one is whole, kept in part, quoted instead, lost or mixed."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    first_words: list[float] = field(default_factory=list)
    waited: int = 0
    """Questions that were told how many are before them."""
    faults: int = 0
    megabytes: tuple[float, float] = (0.0, 0.0)
    """In memory when it was warm, and at the end."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def questions(self) -> int:
        """All that were asked."""
        return self.outcomes.total()


def main(arguments: Sequence[str]) -> int:
    """Run it for so many seconds and print the table."""
    seconds = float(arguments[0]) if arguments else SECONDS
    sys.stdout.write(f"{machine()}\n\n")
    show(f"{PEOPLE} conversations at once for {seconds:.0f} seconds", run(seconds))
    return 0


def run(seconds: float = SECONDS) -> list[Row]:
    """One row."""
    crowd = ask_all(seconds)
    took = sorted(crowd.seconds)
    return [
        {
            "questions": str(crowd.questions),
            "faults met": str(crowd.faults),
            **{name: str(crowd.outcomes[name]) for name in ("whole", "in part", "quoted", "lost", "mixed")},
            "saw a place": str(crowd.waited),
            "p50 s": percentile(took, 50),
            "p95 s": percentile(took, 95),
            "first word p50 s": percentile(crowd.first_words, 50),
            "MB warm": crowd.megabytes[0],
            "MB at the end": crowd.megabytes[1],
        }
    ]


def ask_all(seconds: float, people: int = PEOPLE) -> Crowd:
    """Let so many people ask one question after the other, each in a conversation of their own."""
    crowd = Crowd()
    with TemporaryDirectory(prefix="kitabu-crowd-") as folder, ReplayServer(_recordings()) as server:
        server.script("/api/chat", _failing_now_and_then(crowd))
        wards = Path(folder) / "wards.md"
        wards.write_text("".join(f"# Ward {n}\n\n{_beds(n)}.\n\n" for n in range(people * 3)), encoding="utf-8")
        limits = {"connect_timeout": 5.0, "first_token_timeout": 20.0, "token_timeout": 2.0}
        given = {"data": Path(folder) / "data", "model": f"ollama:{MODEL}", "ollama_url": server.url, **limits}
        with open_kitabu(Settings.model_validate(given)) as kitabu:
            kitabu.pipeline.ingest([wards])
            kitabu.engine.answer(_question(0), model="none")
            began = time.monotonic()
            with ThreadPoolExecutor(people + 1) as pool:
                asked = [pool.submit(_converse, kitabu, crowd, person, began + seconds) for person in range(people)]
                time.sleep(seconds * WARM_SHARE)
                warm = resident_mb()[0]
                for future in asked:
                    future.result()
            crowd.megabytes = warm, resident_mb()[0]
    return crowd


def _converse(kitabu: Kitabu, crowd: Crowd, person: int, until: float) -> None:
    chosen = random.Random(person)
    turns: list[Turn] = []
    while time.monotonic() < until:
        ward = person * 3 + chosen.randrange(3)
        question = f"And in ward {ward}?" if turns and chosen.random() < 0.3 else _question(ward)
        began, first, waited, text = time.monotonic(), 0.0, False, ""
        outcome = "lost"
        for event in kitabu.engine.ask(question, history=turns[-REMEMBERED:]):
            if isinstance(event, Token):
                first = first or time.monotonic() - began
            elif isinstance(event, Waiting):
                waited = waited or bool(event.ahead)
            elif isinstance(event, Completed):
                text = event.answer.text
                outcome = _outcome(event, ward)
        took = time.monotonic() - began
        turns.append(Turn(question, text))
        with crowd.lock:
            crowd.outcomes[outcome] += 1
            crowd.seconds.append(took)
            crowd.first_words.append(first or took)
            crowd.waited += waited


def _outcome(event: Completed, ward: int) -> str:
    answer = event.answer
    if answer.model != "none":
        if any(int(number) != ward for number in _WARD.findall(answer.text)):
            return "mixed"
        if not answer.notices:
            return "whole" if f"{ward + 20} beds" in answer.text else "lost"
        return "in part"
    return "quoted" if answer.notices and (answer.sentences or answer.refusal) else "lost"


def _failing_now_and_then(crowd: Crowd) -> Behaviour:
    chosen = random.Random(7)
    faults: Sequence[Behaviour] = (
        failing(503, "server busy, please try again. maximum pending requests exceeded"),
        failing(500, "llama runner process has terminated"),
        dropping(),
        dropping(after=4),
        cutting(after=4),
        breaking(0, "model runner has crashed"),
        breaking(4, "model runner has crashed"),
        garbling(after=4),
        hanging(after=4),
    )

    def behave(reply: Reply) -> None:
        said = _beds(int(_WARD.findall(reply.request.body["messages"][-1]["content"])[-1])) + " [1]."
        with crowd.lock:
            fault = chosen.choice(faults) if chosen.random() < FAULT_SHARE else None
            crowd.faults += fault is not None
        if fault is None:
            saying(said, delay=DELAY)(reply)
            return
        reply.say(said)
        fault(reply)

    return behave


def _beds(ward: int) -> str:
    return f"In ward {ward} there are {ward + 20} beds for patients"


def _question(ward: int) -> str:
    return f"How many beds for patients are there in ward {ward}?"


def _recordings() -> Path:
    return ROOT / "tests" / "fixtures" / "ollama-wire"
