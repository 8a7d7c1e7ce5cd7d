"""Answers in the making: each in a plain thread that outlives reruns, reloads and closed tabs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from rag.core.dialogue import PLAIN, Telling
from rag.core.events import (
    Checked,
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
from rag.core.filters import EVERYTHING, Filter
from rag.core.types import Answer, Passage, Sentence, Support, Usage
from rag.ui import strings
from rag.ui.markup import without_markers
from rag.ui.strings.translation import current, speaking

log = logging.getLogger(__name__)

KEEP_SECONDS: Final = 2.0
"""Between two writes of the words that have come; each is a transaction."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What can be shown of an answer in the making."""

    question: str
    stage: str
    words: str
    sentences: tuple[Sentence, ...]
    """Those of the words that have been checked."""
    notices: tuple[str, ...]
    done: bool
    error: Exception | None
    """Why there is no answer; the job is done then."""


@dataclass(slots=True)
class _State:
    searched: str = ""
    stage: str = field(default_factory=lambda: strings.STARTING)
    passages: tuple[Passage, ...] = ()
    words: list[str] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    ended: bool = False
    """Nothing more is taken in; the answer may still be on its way to the store."""
    error: Exception | None = None


class AnswerJob:
    """One answer in the making.

    Args:
        turn: id of the turn it answers.
        question: as it was asked.
        ask: starts the answering; its iterator is closed when the job is stopped.
        keep: stores the answer, complete or not; called once, on the job's thread or on that of `stop`.
        keep_words: stores the words that have come, every `KEEP_SECONDS`, in case the process dies.
        telling: how the answer is told.
        within: what its search is kept to.
    """

    def __init__(
        self,
        turn: str,
        question: str,
        ask: Callable[[], Iterator[Event]],
        keep: Callable[[Answer], None],
        keep_words: Callable[[str], None],
        telling: Telling = PLAIN,
        within: Filter = EVERYTHING,
    ) -> None:
        self.turn = turn
        self.telling = telling
        self._within = within
        self._question = question
        self._ask = ask
        self._keep = keep
        self._keep_words = keep_words
        self._kept_at = time.monotonic()
        # What it says, it says in the language of whoever asked.
        self._language = current()
        self._state = _State()
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._started = time.perf_counter()
        self._thread = threading.Thread(target=self._run, name="answer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End now and keep what has come; the model is let go of within a second."""
        with speaking(self._language):
            self._finish(self._partial(strings.STOPPED))

    def wait(self, seconds: float) -> bool:
        """Wait until the job is done, at most so long; whether it is."""
        return self._finished.wait(seconds)

    def progress(self) -> Progress:
        """Where it stands. Once `done`, the answer is in the store."""
        done = self._finished.is_set()
        with self._lock:
            state = self._state
            words, sentences, notices = "".join(state.words), tuple(state.sentences), tuple(state.notices)
            return Progress(self._question, state.stage, words, sentences, notices, done, state.error)

    def _run(self) -> None:
        with speaking(self._language):
            self._answer()

    def _answer(self) -> None:
        events: Iterator[Event] | None = None
        try:
            events = self._ask()
            for event in events:
                if isinstance(event, Completed):
                    self._finish(event.answer)
                elif not self._take(event):
                    break
                elif time.monotonic() - self._kept_at > KEEP_SECONDS:
                    self._keep_words(self.progress().words)
                    self._kept_at = time.monotonic()
            if not self._finished.is_set():
                self._finish(self._partial(strings.INTERRUPTED))
        except Exception as error:  # noqa: BLE001  a thread's boundary: whatever it is, the page must say that it ended
            self._fail(error)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _take(self, event: Event) -> bool:
        with self._lock:
            state = self._state
            if state.ended:
                return False
            match event:
                case Searching(question, chunks):
                    state.searched, state.stage = question, strings.searching(chunks)
                case Waiting(0):
                    # Its turn has come, or the model is still at the next word.
                    state.stage = state.stage if state.stage == strings.THINKING else _at_work(state)
                case Waiting(ahead):
                    state.stage = strings.waiting(ahead)
                case PassagesFound(passages):
                    state.passages = passages
                    state.stage = _reading(passages)
                case Notice(message):
                    state.notices.append(message)
                case Thinking(thought):
                    state.thoughts.append(thought)
                    state.stage = strings.THINKING
                case Token(words):
                    state.words.append(words)
                    state.stage = _reading(state.passages)
                case Withdrawn():
                    state.words, state.sentences = [], []
                case Checked(sentence):
                    state.sentences.append(sentence)
                case Repairing(sentences):
                    state.stage = strings.repairing(sentences)
                case Repaired(position, old, new):
                    state.sentences[position] = new
                    # A mark may stand within the old sentence: "9 hours [1]."
                    state.words = [without_markers("".join(state.words)).replace(old.text, new.text, 1)]
                case Completed():
                    pass
            return True

    def _partial(self, notice: str) -> Answer:
        with self._lock:
            state = self._state
            sentences = (*state.sentences, *_unchecked("".join(state.words), state.sentences))
            return Answer(
                question=self._question,
                searched_question=state.searched or self._question,
                language="und",
                text="".join(state.words),
                sentences=sentences,
                citations=tuple(dict.fromkeys(citation for one in sentences for citation in one.citations)),
                passages=state.passages,
                refusal=None,
                model="",
                usage=Usage(),
                timings={"total": time.perf_counter() - self._started},
                notices=(*state.notices, notice),
                telling=self.telling,
                thoughts="".join(state.thoughts),
                within=self._within,
            )

    def _finish(self, answer: Answer) -> None:
        with self._lock:
            if self._state.ended:
                return
            self._state.ended = True
        try:
            self._keep(answer)
        except Exception as error:  # noqa: BLE001  see `_run`: a full disk must not leave the page waiting
            self._set_error(error)
        self._finished.set()

    def _fail(self, error: Exception) -> None:
        with self._lock:
            if self._state.ended:
                return
            came = bool(self._state.words)
        if came:
            self._finish(self._partial(f"{strings.INTERRUPTED} {error}"))
            log.error("the answer broke off", exc_info=error)
            return
        with self._lock:
            self._state.ended = True
        self._set_error(error)
        self._finished.set()

    def _set_error(self, error: Exception) -> None:
        with self._lock:
            self._state.error = error


class AnswerJobs:
    """The answers in the making, one per conversation at most."""

    def __init__(self) -> None:
        self._jobs: dict[str, AnswerJob] = {}
        self._lock = threading.Lock()

    def start(self, conversation: str, job: AnswerJob) -> None:
        """Begin an answer."""
        with self._lock:
            # Finished jobs are kept only for what they failed with: they must not pile up.
            self._jobs = {key: old for key, old in self._jobs.items() if not old.progress().done}
            self._jobs[conversation] = job
        job.start()

    def running(self, conversation: str) -> bool:
        """Whether the conversation has an answer in the making."""
        job = self.of(conversation)
        return job is not None and not job.progress().done

    def of(self, conversation: str) -> AnswerJob | None:
        """The conversation's job: in the making, or the last one until another begins anywhere."""
        with self._lock:
            return self._jobs.get(conversation)

    def stop_all(self) -> None:
        """End every answer and keep what came (the server is going down)."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()


def _at_work(state: _State) -> str:
    return _reading(state.passages) if state.passages else strings.STARTING


def _reading(passages: Sequence[Passage]) -> str:
    return strings.reading(len(passages), len({passage.document.id for passage in passages}))


def _unchecked(words: str, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The words after the last checked sentence, as a sentence of their own."""
    read = without_markers(words)
    at = read.rfind(sentences[-1].text) if sentences else 0
    rest = read[at + len(sentences[-1].text) if sentences else 0 :].strip() if at >= 0 else ""
    return (Sentence(rest, Support.NOT_FOUND, reason=strings.NOT_CHECKED),) if rest else ()
