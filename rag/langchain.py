"""Kitabu inside a LangChain program: a retriever, and a runnable that answers.

engine = rag.open(data="data")
documents = as_retriever(engine).invoke("vaccine storage")
answer = as_runnable(engine).invoke("How cold must vaccines be kept?")
for piece in as_runnable(engine).stream("How cold must vaccines be kept?"): ...

Importing this module turns LangSmith tracing off for the process: it would send questions and documents elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict, cast

from rag.models.loading import disable_tracing

disable_tracing()

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict

from rag.core.errors import InvalidFilter, InvalidQuestion
from rag.core.events import Completed, PassagesFound, Token
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

    `stream` gives {"answer": piece} while the answer is written, and {"result": the whole} in the end.
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


class AnswerRunnable(Runnable[Question, dict[str, Any]]):
    """`Runnable` over an engine; the typed events stay inside."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def invoke(self, input: Question, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Answer a question.

        Raises:
            InvalidQuestion: empty, too long, or no question in the mapping.
            InvalidFilter: `within` is no filter, or leaves no document.
            StoreError: the library cannot be read.
        """
        return self._call_with_config(self._answer, input, config, **kwargs)

    def stream(
        self, input: Question, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> Iterator[dict[str, Any]]:
        """Answer a question piece by piece; raises as `invoke` does."""
        yield from self.transform(iter([input]), config, **kwargs)

    def transform(
        self, input: Iterator[Question], config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> Iterator[dict[str, Any]]:
        """Answer the questions of a stream, one after the other."""
        yield from self._transform_stream_with_config(input, self._pieces, config, **kwargs)

    def _answer(self, given: Question) -> dict[str, Any]:
        question, options = _parse(given)
        return answer_to_json(self._engine.answer(question, **options))

    def _pieces(self, inputs: Iterator[Question]) -> Iterator[dict[str, Any]]:
        for given in inputs:
            question, options = _parse(given)
            for event in self._engine.ask(question, **options):
                if isinstance(event, Token):
                    yield {"answer": event.text}
                elif isinstance(event, Completed):
                    yield {"result": answer_to_json(event.answer)}


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
    history = [Turn(turn["question"], turn["answer"]) for turn in given.get("history", ())]
    return question, {"history": history, "model": cast("str | None", given.get("model")), "within": within}


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
