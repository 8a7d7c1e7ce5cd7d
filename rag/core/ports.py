"""The seams: one small Protocol per role. What stands behind each is chosen in `rag.build`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.core.fingerprint import Fingerprint
from rag.core.turns import Turns
from rag.core.types import Chunk, ParsedDocument, Usage

Vector = NDArray[np.float32]
"""Shape (dimension,), length 1."""
Matrix = NDArray[np.float32]
"""Shape (n, dimension), rows of length 1."""


class Scored(NamedTuple):
    """A chunk's id and a score that ranks within one search; higher is better."""

    chunk_id: str
    score: float


KeywordEntry = tuple[str, str, str] | tuple[str, str, str, str]
"""A chunk's id, its text to index, its language, and, where it has neighbours, their text."""


class Embedder(Protocol):
    """Turns text into unit vectors, queries apart from documents."""

    name: str
    dimension: int
    max_tokens: int
    """Longest text, in its own tokens with the special ones, that it reads whole."""

    def encode_query(self, text: str) -> Vector:
        """Embed a question."""
        ...

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Embed texts of documents, in the order given."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included, never cut."""
        ...

    def fingerprint(self, chunker: str) -> Fingerprint:
        """What an index made with this embedder and that chunker is marked with."""
        ...


class Reading(NamedTuple):
    """Where a text answers a question."""

    start: int
    end: int
    """Characters of the text that answer, [start, end)."""
    score: float
    """How far they are preferred to "no answer", as a logit: above 0 the text answers more likely than not."""


class AnswerReader(Protocol):
    """Reads texts beside a question."""

    def trust(self, language: str) -> float:
        """How far its readings are trusted in a language (ISO 639-1), 0 to 1."""
        ...

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Reading]:
        """The words of each text that answer best, in the order given.

        Args:
            texts: what stands before each text, which is read but holds no answer, and the text.
        """
        ...


class Index(Protocol):
    """A derived index over chunks: dense or keyword. It can always be rebuilt from the catalog."""

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Take chunks out; ids that are not there are no error. Durable on return."""
        ...

    def count(self) -> int:
        """How many chunks it holds."""
        ...

    def clear(self) -> None:
        """Empty it, also when what is on disk is damaged."""
        ...

    def close(self) -> None:
        """Release files and locks."""
        ...


class VectorIndex(Index, Protocol):
    """Nearest neighbours by cosine."""

    def add(self, chunk_ids: Sequence[str], vectors: Matrix) -> None:
        """Add or replace (same id, same chunk). Durable on return."""
        ...

    def search(self, vector: Vector, k: int) -> list[Scored]:
        """The `k` nearest, best first, scored by cosine."""
        ...


class KeywordIndex(Index, Protocol):
    """BM25 over tokens made by `rag.core.text`."""

    def add(self, chunks: Sequence[KeywordEntry]) -> None:
        """Add or replace. Durable on return."""
        ...

    def search(self, question: str, language: str, k: int, within: Sequence[str] | None = None) -> list[Scored]:
        """The `k` best by BM25, best first; empty when no term is known. What stands around a chunk counts too.

        Args:
            within: ids of the chunks that are looked at; None for all.
        """
        ...

    def having(self, words: Sequence[str], k: int) -> list[str]:
        """Up to `k` chunks that have every one of the folded words in this form, those first that have them most."""
        ...

    def document_frequency(self, terms: Sequence[str]) -> list[int]:
        """In how many chunks each term (as `rag.core.text.terms` makes them) occurs."""
        ...


class Reranker(Protocol):
    """Reads question and passage together: dearer than the search, and better."""

    name: str

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, higher is better, comparable within one question.

        Raises:
            ModelError: it failed.
        """
        ...


class Reader(Protocol):
    """Turns one file into exact page texts and structure."""

    def read(self, path: Path) -> ParsedDocument:
        """Read the file.

        Raises:
            IngestError: the file cannot be read, with a hint.
        """
        ...


class Chunker(Protocol):
    """Cuts a parsed document into chunks with exact spans."""

    name: str
    """Name and settings as they enter the fingerprint."""

    def chunk(self, document_id: str, parsed: ParsedDocument) -> list[Chunk]:
        """The document's chunks in reading order."""
        ...


class ChatMessage(NamedTuple):
    """One message to a chat model. `role` is "system", "user" or "assistant"."""

    role: str
    content: str


class ChatChunk(NamedTuple):
    """A piece of a streamed reply. The last one has `usage` set."""

    text: str
    usage: Usage | None = None
    thought: str = ""
    """A piece of the model's thinking, which is no part of the reply."""
    waiting: bool = False
    """Nothing came yet: the server has no room, and is asked again. Such pieces come at least every second."""
    withdrawn: bool = False
    """All text of the pieces before this one was thinking, and comes again as the `thought` of this one."""

    @property
    def silent(self) -> bool:
        """Whether it only says that nothing came for a second: the chance to end the stream."""
        return not (self.text or self.thought or self.waiting or self.usage)


class ChatModel(Protocol):
    """Streams a reply. The one seam to language models; LangChain's chat models are adapted to it."""

    name: str
    turns: Turns
    """The queue before its server. `stream` does not look at it: whoever asks several things in a row lines up once."""

    def window(self) -> int:
        """The largest context window that may be asked for, in tokens."""
        ...

    def count_tokens(self, text: str) -> int:
        """An estimate of tokens that errs on the high side."""
        ...

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        """Stream a reply. While nothing comes, silent pieces do, so that it can be ended at any time by closing it.

        Args:
            patience: seconds for the first word, where they are fewer than the model's own limit; a model without
                limits ignores it.

        Raises:
            ModelError: unreachable, not pulled, busy, timed out, overflow; `Truncated` when the stream broke off, or
                reached `max_tokens`, after text had come.
        """
        ...
