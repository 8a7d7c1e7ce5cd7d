"""What a conversation adds to question and answer: ways of telling, questions back, what a model's window held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Telling:
    """How a model is asked to tell an answer."""

    simply: bool = False
    """In everyday words, for people without training."""
    language: str = ""
    """ISO 639-1 code of the language to tell it in; "" for the question's own."""

    @property
    def plain(self) -> bool:
        """Whether nothing particular is asked for."""
        return not self.simply and not self.language


PLAIN: Final = Telling()


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a vague question could mean."""

    label: str
    """Where the documents speak of it: a title or a heading."""
    question: str
    """The question made clear, to be asked instead."""
    document_id: str


@dataclass(frozen=True, slots=True)
class Clarification:
    """A question back, in the question's language: it fits several things about equally well."""

    message: str
    meanings: tuple[Meaning, ...]
    """Two to four, best first."""

    @property
    def text(self) -> str:
        """The question back with what could be meant, as text."""
        return "\n- ".join((self.message, *(meaning.label for meaning in self.meanings)))


@dataclass(frozen=True, slots=True)
class WindowUse:
    """What a model's window held for one answer, in tokens as they were estimated (on the high side) beforehand."""

    window: int
    """The context window that was asked for."""
    instructions: int
    """The rules, and the marks that the model's template puts around the messages."""
    question: int
    passages: int
    turns: int
    """Earlier turns of the conversation."""
    room: int
    """Kept free for the answer."""
    turns_held: int = 0
    """How many earlier turns went in, the most recent ones."""
    turns_left_out: int = 0
    passages_left_out: int = 0

    @property
    def free(self) -> int:
        """Tokens that nothing was put into."""
        return max(0, self.window - self.instructions - self.question - self.passages - self.turns - self.room)
