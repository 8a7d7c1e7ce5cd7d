"""What becomes of sentences that the documents do not support: marked, removed, or the whole answer withheld."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answering.extract import plain_text
from rag.answering.refusal import NEAREST, refuse
from rag.core.checking import verdicts
from rag.core.events import Checked, Event, Token
from rag.core.types import Passage, Refusal, Sentence, Unsupported


@dataclass(frozen=True, slots=True)
class Policy:
    """The setting `unsupported`, as it decides what is shown and when.

    Marked: words are shown as they come. Removed: a sentence once it holds. Strict: nothing before all is checked.
    """

    unsupported: Unsupported

    def words(self, text: str) -> Iterator[Event]:
        """What is shown of the model's words as they come."""
        if self.unsupported == "marked":
            yield Token(text)

    def sentence(self, sentence: Sentence) -> Iterator[Event]:
        """What is shown of a sentence when it has been checked."""
        if self.unsupported == "marked":
            yield Checked(sentence)
        elif self.unsupported == "removed" and sentence.supported:
            yield from _whole(sentence)

    @property
    def marks(self) -> bool:
        """Whether sentences that do not hold are shown."""
        return self.unsupported == "marked"

    def kept(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """The sentences of the final answer; none when it is withheld."""
        if self.unsupported == "marked":
            return list(sentences)
        holding = [sentence for sentence in sentences if sentence.supported]
        return holding if self.unsupported == "removed" or len(holding) == len(sentences) else []

    def released(self, sentences: Sequence[Sentence]) -> Iterator[Event]:
        """What is shown in the end, when nothing was before."""
        if self.unsupported == "strict":
            for sentence in sentences:
                yield from _whole(sentence)


def withheld(language: str, sentences: Sequence[Sentence], passages: Sequence[Passage], searched: int) -> Refusal:
    """The refusal in place of an answer that does not hold, with the quotations that its sentences were held against.

    Args:
        searched: chunks that were searched.
    """
    quoted = tuple(dict.fromkeys(citation for sentence in sentences for citation in sentence.citations))[:NEAREST]
    nearest = quoted or refuse(language, passages, searched).nearest
    return Refusal("unsupported", verdicts(language).withheld, nearest, searched)


def _whole(sentence: Sentence) -> Iterator[Event]:
    yield Token(plain_text([sentence]) + sentence.separator)
    yield Checked(sentence)
