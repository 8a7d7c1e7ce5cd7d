"""Kitabu inside a LangChain program: a retriever, and a runnable that answers.

engine = rag.open(data="data")
documents = as_retriever(engine).invoke("vaccine storage")
answer = as_runnable(engine).invoke("How cold must vaccines be kept?")
for piece in as_runnable(engine).stream("How cold must vaccines be kept?"): ...

Importing this module turns LangSmith tracing off for the process: it would send questions and documents elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict, cast

from rag.models.loading import disable_tracing

disable_tracing()

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict

from rag.core.errors import InvalidFilter, InvalidQuestion
from rag.core.events import Completed, Event, PassagesFound, Token
from rag.core.filters import EVERYTHING, Filter
from rag.core.types import Passage, Turn
from rag.engine import Engine
from rag.shapes import answer_to_json

Question = str | Mapping[str, Any]
"""A question, or {"question": str, "history": [{"question", "answer"}, ...], "model": str, "within": Filter}."""


def as_retriever(engine: Engine, within: Filter = EVERYTHING) -> BaseRetriever:
    """The passages that `engine` would answer from, of the documents that `within` leaves, as LangChain documents.

    Their metadata: document, document_id, page, heading_path, score, and spans, a list of (page, start, end).
    """
    return PassageRetriever(engine=engine, within=within)


def as_runnable(engine: Engine) -> Runnable[Question, dict[str, Any]]:
    """Answers as dictionaries, in the shape of `kitabu ask --json`.

    `stream` and `astream` give {"answer": piece} while the answer is written, and {"result": the whole} in the end. A
    later step of a chain that waits for the end gets all of the whole, as from `invoke`, and "result" beside it.
    """
    return AnswerRunnable(engine)


class PassageRetriever(BaseRetriever):
    """`BaseRetriever` over an engine."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    engine: Engine
    within: Filter = EVERYTHING

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        # The passages an answer is made from come before the answer: the rest of `ask` is not run.
        for event in self.engine.ask(query, model="none", within=self.within):
            if isinstance(event, PassagesFound):
                return [_document(passage) for passage in event.passages]
        return []


class AnswerPiece(dict[str, Any]):
    """A piece of a streamed answer. Pieces that are added give the text so far, and with the last one the whole."""

    def __add__(self, other: Mapping[str, Any]) -> AnswerPiece:
        if "result" in other:
            # Not the sum: sentences that did not hold may have been mended or left out since they were streamed.
            return AnswerPiece({**other["result"], **other})
        return AnswerPiece({**self, "answer": self.get("answer", "") + other["answer"]})


class AnswerRunnable(Runnable[Question, dict[str, Any]]):
    """`Runnable` over an engine; the typed events stay inside."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def invoke(self, input: Question, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Answer a question.

        Raises:
            InvalidQuestion: empty, too long, or no question, history or model in the mapping.
            InvalidFilter: `within` is no filter, or leaves no document.
            StoreError: the library cannot be read.
        """
        return self._call_with_config(self._answer, input, config, **kwargs)

    def stream(
        self, input: Question, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> Iterator[dict[str, Any]]:
        """Answer a question piece by piece; raises as `invoke` does."""
        yield from self._transform_stream_with_config(iter([input]), self._pieces, config, **kwargs)

    async def astream(
        self, input: Question, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> AsyncIterator[dict[str, Any]]:
        """As `stream`, without holding up the event loop. Ending it early stops the model."""

        async def given() -> AsyncIterator[Question]:
            yield input

        async for piece in self._atransform_stream_with_config(given(), self._pieces_apart, config, **kwargs):
            yield piece

    def _answer(self, given: Question) -> dict[str, Any]:
        question, options = _parse(given)
        return answer_to_json(self._engine.answer(question, **options))

    def _events(self, given: Question) -> Iterator[Event]:
        question, options = _parse(given)
        yield from self._engine.ask(question, **options)

    def _pieces(self, inputs: Iterator[Question]) -> Iterator[dict[str, Any]]:
        for given in inputs:
            yield from filter(None, map(_piece, self._events(given)))

    async def _pieces_apart(self, inputs: AsyncIterator[Question]) -> AsyncIterator[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        async for given in inputs:
            events = cast("Generator[Event]", self._events(given))
            # One thread for one answer: what ends it waits for the event that is on its way.
            thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answering")
            try:
                while (event := await loop.run_in_executor(thread, next, events, None)) is not None:
                    if piece := _piece(event):
                        yield piece
            finally:
                await loop.run_in_executor(thread, events.close)
                thread.shutdown(wait=False)


def _piece(event: Event) -> AnswerPiece | None:
    """What is streamed of an event, if anything."""
    if isinstance(event, Token):
        return AnswerPiece(answer=event.text)
    if isinstance(event, Completed):
        return AnswerPiece(result=answer_to_json(event.answer))
    return None


class _Options(TypedDict):
    history: list[Turn]
    model: str | None
    within: Filter


def _parse(given: Question) -> tuple[str, _Options]:
    if isinstance(given, str):
        return given, {"history": [], "model": None, "within": EVERYTHING}
    question, within = given.get("question"), given.get("within", EVERYTHING)
    if not isinstance(question, str):
        raise InvalidQuestion("The input has no question.", 'Give a string, or {"question": "..."}.')
    if not isinstance(within, Filter):
        raise InvalidFilter("What the search is kept to is no Filter.", "Give a rag.core.filters.Filter as 'within'.")
    model = given.get("model")
    if not (model is None or isinstance(model, str)):
        raise InvalidQuestion("The model is no name.", 'Give a string as "model", such as "ollama:qwen3:4b".')
    try:
        history = [Turn(str(turn["question"]), str(turn["answer"])) for turn in given.get("history") or ()]
    except (KeyError, TypeError) as error:
        raise InvalidQuestion(
            "The history is no list of turns.", 'Give "history" as [{"question": "...", "answer": "..."}].'
        ) from error
    return question, {"history": history, "model": model, "within": within}


def _document(passage: Passage) -> Document:
    return Document(
        page_content=passage.text,
        metadata={
            "document": passage.document.name,
            "document_id": passage.document.id,
            "page": passage.page,
            "heading_path": list(passage.heading_path),
            "score": passage.score,
            "spans": [(span.page, span.start, span.end) for span in passage.spans],
        },
    )
