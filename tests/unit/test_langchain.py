from __future__ import annotations

import asyncio
import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.runnables import Runnable, RunnableGenerator

import rag
from ingest.waiting import submit_and_wait
from ingest.worker import INGEST
from rag.build import Kitabu, open_kitabu
from rag.core.config import load_settings
from rag.core.errors import ConfigError, InvalidQuestion, NoModel
from rag.langchain import as_retriever, as_runnable
from rag.store.library import Library
from rag.store.ownership import in_use
from tests.places import ROOT

TEXT = (
    "# Water\n\nThe tank is cleaned on the first Monday of each month.\n\n# Power\n\nThe generator runs from 18:00.\n"
)
QUESTION = "When is the tank cleaned?"


@pytest.fixture(scope="module")
def kitabu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitabu]:
    folder = tmp_path_factory.mktemp("langchain")
    (folder / "water.md").write_text(TEXT)
    with open_kitabu(load_settings(data=folder / "data", model="none")) as opened:
        opened.pipeline.ingest([folder / "water.md"])
        yield opened


def test_retriever_gives_documents_that_say_where_they_stand(kitabu: Kitabu) -> None:
    documents = as_retriever(kitabu.engine).invoke(QUESTION)
    first = documents[0]
    assert "first Monday" in first.page_content
    assert (first.metadata["document"], first.metadata["page"]) == ("water.md", 1)
    assert first.metadata["document_id"] == kitabu.library.catalog.documents()[0].id
    assert {"heading_path", "score"} <= set(first.metadata)
    page = kitabu.library.catalog.page(first.metadata["document_id"], 1).text
    assert "\n".join(page[start:end] for _, start, end in first.metadata["spans"]) == first.page_content


def test_runnable_answers_as_the_command_line_does(kitabu: Kitabu) -> None:
    runnable = as_runnable(kitabu.engine)
    answer = runnable.invoke(QUESTION)
    assert "first Monday" in answer["answer"]
    assert answer["citations"][0]["document"] == "water.md"
    given = {"question": "And when does the generator run?", "history": [{"question": QUESTION, "answer": "Monday"}]}
    assert "18:00" in runnable.invoke(given)["answer"]


def test_runnable_streams_pieces_and_ends_with_the_whole(kitabu: Kitabu) -> None:
    pieces = list(as_runnable(kitabu.engine).stream(QUESTION))
    result = pieces[-1]["result"]
    assert result["answer"].strip() == "".join(piece["answer"] for piece in pieces[:-1]).strip()


def in_a_loop(begin: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine on a thread of its own: browser tests leave their event loop running on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(begin())).result()


def test_runnable_streams_in_an_event_loop_too(kitabu: Kitabu) -> None:
    async def pieces() -> list[dict[str, Any]]:
        return [piece async for piece in as_runnable(kitabu.engine).astream(QUESTION)]

    given = in_a_loop(pieces)
    assert [set(piece) for piece in given] == [{"answer"}] * (len(given) - 1) + [{"result"}]
    assert "first Monday" in given[-1]["result"]["answer"]


def test_a_stream_that_is_ended_early_stops_the_answer(kitabu: Kitabu) -> None:
    async def first() -> dict[str, Any]:
        stream = cast("AsyncGenerator[dict[str, Any]]", as_runnable(kitabu.engine).astream(QUESTION))
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                return piece
        raise AssertionError

    assert "answer" in in_a_loop(first)
    for thread in threading.enumerate():
        if thread.name.startswith("answering"):
            thread.join(10)
            assert not thread.is_alive()


def test_a_later_step_gets_the_whole_whether_it_is_streamed_or_not(kitabu: Kitabu) -> None:
    chain = as_runnable(kitabu.engine) | (lambda answer: (answer["answer"], answer["citations"][0]["page"]))
    assert list(chain.stream(QUESTION)) == [chain.invoke(QUESTION)]


def test_a_question_that_comes_in_pieces_is_one_question(kitabu: Kitabu) -> None:
    def asked(_: Iterator[str]) -> Iterator[str]:
        yield from ("When is ", "the tank ", "cleaned?")

    chain: Runnable[str, dict[str, Any]] = RunnableGenerator(asked) | as_runnable(kitabu.engine)
    (*_, last) = chain.stream("in other words")
    assert last["result"]["question"] == QUESTION


def test_runnable_goes_into_a_chain(kitabu: Kitabu) -> None:
    chain = as_runnable(kitabu.engine) | (lambda answer: answer["citations"][0]["page"])
    assert chain.invoke(QUESTION) == 1
    assert chain.batch([QUESTION, QUESTION]) == [1, 1]


@pytest.mark.parametrize(
    "given",
    [
        "",
        {},
        {"question": 7},
        {"question": QUESTION, "model": 7},
        {"question": QUESTION, "history": [("human", "When?")]},
        {"question": QUESTION, "history": [{"question": "When?"}]},
    ],
)
def test_what_is_no_question_is_an_error(kitabu: Kitabu, given: str) -> None:
    with pytest.raises(InvalidQuestion):
        as_runnable(kitabu.engine).invoke(given)


def test_open_takes_settings_by_name_and_holds_the_library(tmp_path: Path) -> None:
    engine = rag.open(data=tmp_path / "data", model="none")
    gc.collect()
    assert engine.answer(QUESTION).refusal is not None
    events = engine.ask(QUESTION)
    del engine
    gc.collect()
    assert list(events), "an answer in the making holds the library open"
    with pytest.raises(ConfigError, match="modle"):
        rag.open(data=tmp_path / "data", modle="none")


def test_errors_go_to_other_processes() -> None:
    error = pickle.loads(pickle.dumps(NoModel()))
    assert (error.message, error.hint) == (NoModel().message, NoModel().hint)


SPY = """
import os, sys
class Spy:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("langchain", "langsmith")) and os.environ["LANGSMITH_TRACING"] != "false":
            sys.exit(f"{name} is imported with tracing on")
sys.meta_path.insert(0, Spy())
import rag.langchain
assert "langchain_core" in sys.modules
"""


def test_tracing_is_off_before_langchain_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPY],
        env={**os.environ, "LANGSMITH_TRACING": "true"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_opened_engine_does_what_others_ask_of_its_library_and_can_be_closed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "water.md").write_text("# Water\n\nThe tank is cleaned on the first Monday of the month.\n")
    with rag.open(data=data, model="none") as engine:
        with closing(Library.open(data, dimension=384)) as beside:
            assert not beside.owner
            payload = {"paths": [str(tmp_path / "water.md")], "sync": False}
            assert submit_and_wait(beside, INGEST, payload, timeout=60)["counts"]["indexed"] == 1
        assert engine.search(QUESTION).hits
        assert in_use(data)
    assert not in_use(data)
    engine.close()
    with rag.open(data=data, model="none") as again:
        assert "first Monday" in again.answer(QUESTION).text
