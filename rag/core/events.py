"""What happens while a question is answered: the events of `Engine.ask`, in the order in which they come."""

from __future__ import annotations

from dataclasses import dataclass

from rag.core.types import Answer, Passage, Sentence


@dataclass(frozen=True, slots=True)
class Searching:
    """What is searched for, among this many chunks; comes again when the question was made self-contained."""

    question: str
    chunks: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model answers others first. Comes again, at least every second, while that lasts."""

    ahead: int | None
    """Questions of this program that are before this one; 0 once, when it is its turn; None while the model server
    itself has no room, which does not say for how many."""


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The passages that the answer will be made from."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader must know now."""

    message: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """The next piece of a thinking model's thoughts, before or between the pieces of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Token:
    """The next piece of the answer's text. The pieces joined are the text as streamed."""

    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """All tokens and checked sentences so far were the model's thinking, as `Thinking` says behind this; the answer
    begins anew."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence was completed and checked."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Repairing:
    """The model is asked to write so many sentences again that do not hold."""

    sentences: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """One of them gave way to a sentence that holds. Comes only where the old one was shown."""

    position: int
    """Its place among the sentences checked so far, from 0."""
    old: Sentence
    new: Sentence


@dataclass(frozen=True, slots=True)
class Completed:
    """The last event of every `ask`."""

    answer: Answer


Event = (
    Searching
    | Waiting
    | PassagesFound
    | Notice
    | Thinking
    | Token
    | Withdrawn
    | Checked
    | Repairing
    | Repaired
    | Completed
)
