"""An answer in the making: what is known of it so far, and how it becomes whole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rag.answering.extract import plain_text
from rag.core.dialogue import PLAIN, Clarification, Telling, WindowUse
from rag.core.errors import ModelError
from rag.core.events import Completed, Notice, Waiting
from rag.core.filters import EVERYTHING, Filter
from rag.core.messages import messages
from rag.core.turns import Turn as Place
from rag.core.types import Answer, Citation, Passage, Refusal, Sentence, Usage

WAITING_SECONDS: Final = 1.0
"""Between two events of a question that waits for the model: so long goes unnoticed that nobody wants it any more."""


@dataclass(slots=True)
class AnswerDraft:
    """What is known of the answer so far."""

    question: str
    searched: str
    language: str
    started: float
    model: str = "none"
    passages: tuple[Passage, ...] = ()
    sentences: list[Sentence] = field(default_factory=list)
    refusal: Refusal | None = None
    usage: Usage = field(default_factory=Usage)
    timings: dict[str, float] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    rivals: list[Citation] = field(default_factory=list)
    telling: Telling = PLAIN
    clarification: Clarification | None = None
    window: WindowUse | None = None
    thoughts: str = ""
    within: Filter = EVERYTHING
    also_searched: tuple[str, ...] = ()

    @property
    def told_in(self) -> str:
        """The answer's language where the documents' may be another; "" where it is theirs."""
        return self.telling.language or (self.language if self.also_searched else "")

    def notice(self, message: str) -> Notice:
        """Keep a notice, and give it as an event."""
        self.notices.append(message)
        return Notice(message)

    def waited(self, place: Place) -> Iterator[Waiting]:
        """Wait until the model is free for this question; nothing happens where it is."""
        begun = time.perf_counter()
        if place.wait(0):
            return
        yield Waiting(place.ahead)
        while not place.wait(WAITING_SECONDS):
            yield Waiting(place.ahead)
        self.timings["waiting"] = self.timings.get("waiting", 0.0) + time.perf_counter() - begun
        yield Waiting(0)

    def fell_back(self, error: ModelError) -> Notice:
        """The notice that the answer is quoted because of `error`; nothing is said of the model any more."""
        self.telling, self.window, self.thoughts = PLAIN, None, ""
        return self.notice(f"{error} {messages(self.language).quoted_instead}")

    def finish(self) -> Completed:
        """The whole answer."""
        self.timings["total"] = time.perf_counter() - self.started
        return Completed(
            Answer(
                question=self.question,
                searched_question=self.searched,
                language=self.language,
                text=self._text(),
                sentences=tuple(self.sentences),
                citations=tuple(dict.fromkeys(citation for s in self.sentences for citation in s.citations)),
                passages=self.passages,
                refusal=self.refusal,
                model=self.model,
                usage=self.usage,
                timings=dict(self.timings),
                notices=tuple(self.notices),
                rivals=tuple(self.rivals),
                telling=self.telling,
                clarification=self.clarification,
                window=self.window,
                thoughts=self.thoughts,
                within=self.within,
                also_searched=self.also_searched,
            )
        )

    def _text(self) -> str:
        if self.refusal:
            return self.refusal.message
        if self.clarification:
            return self.clarification.text
        return plain_text(self.sentences)
