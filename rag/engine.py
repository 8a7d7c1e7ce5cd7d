"""Asking and searching: the way of a question through retrieval, answering, checking and refusing."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from rag.answering.citations import check
from rag.answering.context import pack
from rag.answering.evidence import Evidence, EvidenceRanker, Question
from rag.answering.extract import compose, plain_text
from rag.answering.generate import SentenceAssembler, generate
from rag.answering.refusal import answerable, hopeless, refuse
from rag.answering.rewrite import rewrite
from rag.core.errors import InvalidQuestion, ModelError
from rag.core.messages import messages
from rag.core.ports import ChatModel
from rag.core.text import detect_language
from rag.core.types import (
    Answer,
    Checked,
    Completed,
    Event,
    Notice,
    Passage,
    PassagesFound,
    Refusal,
    Searching,
    Sentence,
    Token,
    Turn,
    Usage,
)
from rag.retrieval.passages import build_passages
from rag.retrieval.retriever import Retriever, SearchResult
from rag.store.catalog import Catalog

MAX_QUESTION: Final = 4_000
"""Characters. Longer texts are documents, not questions: they would not fit a small model's window either."""
HITS_PER_PASSAGE: Final = 3
"""Hits fetched per passage wanted: neighbours among them are merged."""


@dataclass(slots=True)
class _Draft:
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

    def notice(self, message: str) -> Notice:
        self.notices.append(message)
        return Notice(message)

    def fell_back(self, error: ModelError) -> Notice:
        return self.notice(f"{error} {messages(self.language).quoted_instead}")

    def finish(self) -> Completed:
        self.timings["total"] = time.perf_counter() - self.started
        citations = tuple(dict.fromkeys(citation for s in self.sentences for citation in s.citations))
        text = self.refusal.message if self.refusal else plain_text(self.sentences)
        return Completed(
            Answer(
                question=self.question,
                searched_question=self.searched,
                language=self.language,
                text=text,
                sentences=tuple(self.sentences),
                citations=citations,
                passages=self.passages,
                refusal=self.refusal,
                model=self.model,
                usage=self.usage,
                timings=dict(self.timings),
                notices=tuple(self.notices),
            )
        )


class Engine:
    """Answers questions from one library.

    Args:
        chat: gives the chat model for a configured or asked-for name (None: the configured one), or None for
            the quoting answerer.
        guard: raises `FingerprintMismatch` when the index was made by another embedder or chunker.
        passages: how many passages an answer is made from.
        window: the largest context window asked of a model, in tokens.
        answer_tokens: the longest answer asked of a model, in tokens.
    """

    def __init__(
        self,
        catalog: Catalog,
        retriever: Retriever,
        ranker: EvidenceRanker,
        chat: Callable[[str | None], ChatModel | None],
        guard: Callable[[], None],
        *,
        passages: int,
        window: int,
        answer_tokens: int,
    ) -> None:
        self._catalog = catalog
        self._retriever = retriever
        self._ranker = ranker
        self._chat = chat
        self._guard = guard
        self._passages = passages
        self._window = window
        self._answer_tokens = answer_tokens

    def search(self, question: str, k: int = 10) -> SearchResult:
        """The `k` best chunks.

        Raises:
            InvalidQuestion: empty or too long.
            StoreError: an index cannot be read.
        """
        cleaned = clean_question(question)
        self._guard()
        return self._retriever.search(cleaned, k)

    def answer(self, question: str, *, history: Sequence[Turn] = (), model: str | None = None) -> Answer:
        """`ask` without the events on the way."""
        for event in self.ask(question, history=history, model=model):
            if isinstance(event, Completed):
                return event.answer
        raise AssertionError("ask always ends with Completed")

    def ask(self, question: str, *, history: Sequence[Turn] = (), model: str | None = None) -> Iterator[Event]:
        """Answer a question; the last event is `Completed`.

        A model that fails before its first word is replaced by quoting, with a notice; one that fails later
        keeps what came, with a notice. Closing the iterator stops the model.

        Args:
            history: earlier turns of the conversation, oldest first.
            model: overrides the configured model; "none" quotes.

        Raises:
            InvalidQuestion: empty or too long; before the first event.
            StoreError: the library cannot be read.
        """
        cleaned = clean_question(question)
        self._guard()
        return self._ask(cleaned, history, model)

    def evidence(self, question: str) -> Evidence | None:
        """What speaks for the documents answering a self-contained question; None when nothing was found."""
        found = self.search(question, self._passages * HITS_PER_PASSAGE)
        passages = build_passages(self._catalog, found.hits, self._passages)
        prepared = self._ranker.prepare(found.question, found.language, found.question_vector)
        ranked = self._ranker.rank(prepared, passages)
        return self._ranker.weigh(prepared, ranked[0]) if ranked else None

    def _ask(self, question: str, history: Sequence[Turn], model: str | None) -> Iterator[Event]:
        started = time.perf_counter()
        draft = _Draft(question, question, detect_language(question), started)
        chunks = self._catalog.chunk_count()
        # Before the model server is looked at and asked to rewrite, which may take its time.
        yield Searching(question, chunks)
        chat: ChatModel | None = None
        try:
            chat = self._chat(model)
        except ModelError as error:
            yield draft.fell_back(error)
        draft.searched, failure = rewrite(question, history, chat, self._window)
        draft.timings["rewrite"] = time.perf_counter() - started
        if failure is not None:
            # A server that did not answer now would be waited for once more.
            chat = None
            yield draft.fell_back(failure)
        if draft.searched != question:
            yield Searching(draft.searched, chunks)
        found = self._retriever.search(draft.searched, self._passages * HITS_PER_PASSAGE)
        draft.passages = build_passages(self._catalog, found.hits, self._passages)
        draft.timings["search"] = found.timings["total"]
        yield PassagesFound(draft.passages)
        prepared = self._ranker.prepare(draft.searched, found.language, found.question_vector)
        if hopeless(prepared, draft.passages, lambda: self._ranker.coverage(prepared, draft.passages)):
            draft.refusal = refuse(draft.language, draft.passages, chunks)
        elif chat is not None:
            yield from self._generated(draft, chat, chunks)
        if not draft.sentences and draft.refusal is None:
            yield from self._quoted(draft, prepared, chunks)
        yield draft.finish()

    def _quoted(self, draft: _Draft, question: Question, chunks: int) -> Iterator[Event]:
        begun = time.perf_counter()
        ranked = self._ranker.rank(question, draft.passages)
        if not ranked or not answerable(self._ranker.weigh(question, ranked[0])):
            draft.refusal = refuse(draft.language, draft.passages, chunks, ranked)
            return
        draft.sentences = compose(question, ranked)
        draft.timings["answer"] = time.perf_counter() - begun
        for sentence in draft.sentences:
            yield Token(plain_text([sentence]) + sentence.separator)
            yield Checked(sentence)

    def _generated(self, draft: _Draft, chat: ChatModel, chunks: int) -> Iterator[Event]:
        begun = time.perf_counter()
        assembler = SentenceAssembler()
        try:
            packed = pack(
                question=draft.searched,
                language=messages(draft.language).language_name,
                passages=draft.passages,
                model=chat,
                max_window=self._window,
                answer_tokens=self._answer_tokens,
            )
            if packed.left_out:
                yield draft.notice(messages(draft.language).left_out.format(count=len(packed.left_out)))
            draft.passages = packed.passages
            for chunk in generate(chat, packed, self._answer_tokens):
                if chunk.usage is not None:
                    draft.usage = chunk.usage
                if chunk.text:
                    draft.timings.setdefault("first_token", time.perf_counter() - begun)
                    yield Token(chunk.text)
                for text, keys in assembler.feed(chunk.text):
                    yield self._checked(draft, text, keys)
        except ModelError as error:
            if not assembler.started:
                yield draft.fell_back(error)
                return
            yield draft.notice(f"{messages(draft.language).not_complete} {error}")
        draft.model = chat.name
        for text, keys in assembler.finish():
            yield self._checked(draft, text, keys)
        if assembler.refused:
            draft.refusal = refuse(draft.language, draft.passages, chunks)
        draft.timings["answer"] = time.perf_counter() - begun

    def _checked(self, draft: _Draft, text: str, keys: Sequence[str]) -> Checked:
        sentence = check(text, keys, draft.passages, draft.language)
        draft.sentences.append(sentence)
        return Checked(sentence)


def clean_question(question: str) -> str:
    """The question without control characters and surplus white space.

    Raises:
        InvalidQuestion: nothing is left, or it is longer than `MAX_QUESTION`.
    """
    if len(question) > MAX_QUESTION:
        raise InvalidQuestion(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION:,} are read.",
            "Ask in a few sentences. To search a long text, add it to the library as a document.",
        )
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in question)
    cleaned = " ".join(visible.split())
    if not any(char.isalnum() for char in cleaned):
        raise InvalidQuestion("The question is empty.", "Type a question in words.")
    return cleaned
