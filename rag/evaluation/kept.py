"""Golden questions and runs of a library: where questions come from, and what is kept of a run."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from rag.core.config import Settings
from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.text import detect_language
from rag.evaluation.answers import Scored, ask_each, report
from rag.evaluation.compare import Run
from rag.evaluation.drafts import Draft
from rag.evaluation.verdict import Count, Verdict, counts, judge_run
from rag.store.catalog import Catalog
from rag.store.conversations import StoredTurn
from rag.store.golden import GoldenQuestions
from rag.store.runs import Run as KeptRun
from rag.store.runs import RunResult

if TYPE_CHECKING:
    from rag.build import Kitabu

NOT_ABOUT_ANSWERS: Final = frozenset(
    {
        "data", "ollama_url", "openai_url", "openai_key", "at_once",
        "store", "connect_timeout", "first_token_timeout", "token_timeout", "max_file_mb", "ocr",
        "max_pages", "max_unpacked_mb", "read_memory_mb", "host", "port",
    }
)  # fmt: skip
"""Settings that change where and how fast, not what is answered; all others are kept with a run."""
_TEXTS: Final = frozenset({"id", "question", "accepted", "answer", "marked"})
"""Of a result, what may be a document's words: kept apart, or not at all."""


def settings_of(settings: Settings, model: str, catalog: Catalog) -> dict[str, Any]:
    """The settings that answers depend on, with the model that answers and the embedder that the library has."""
    made = catalog.made_with()
    embedder = settings.embedder if made is None else made.embedder
    dumped = settings.model_dump(mode="json", exclude=set(NOT_ABOUT_ANSWERS))
    return {**dumped, "model": model, "embedder": embedder}


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether settings kept with a run are others now; those that came with later versions tell nothing of it."""
    return any(now.get(name) != value for name, value in before.items())


def library_digest(catalog: Catalog) -> str:
    """Tells whether two runs were asked of the same documents."""
    ids = sorted(document.id for document in catalog.documents())
    return hashlib.sha256("".join(ids).encode()).hexdigest()[:16]


def ask_and_keep(
    kitabu: Kitabu,
    questions: Iterable[GoldenQuestion],
    wanted: int,
    scored: list[Scored],
    on_scored: Callable[[Scored], None] = lambda _scored: None,
) -> tuple[int, KeptRun, list[RunResult]] | None:
    """Ask golden questions of a library and keep the run, also as far as it came when one of them fails.

    Args:
        kitabu: the library.
        questions: may end before all that are wanted were asked.
        wanted: how many there are.
        scored: what each brought is added to it at once.
        on_scored: called after each.

    Returns:
        The run's number, the run, and what each question brought; None when no question was asked.

    Raises:
        KitabuError: a question could not be answered; those before it are kept.
    """
    library, started_at, began = kitabu.library, time.time(), time.monotonic()
    model = kitabu.chooser.resolve()
    asked_with, documents = settings_of(kitabu.settings, model, library.catalog), library_digest(library.catalog)
    kept = None
    try:
        for one in ask_each(kitabu.engine, questions, model=model):
            scored.append(one)
            on_scored(one)
    finally:  # what was asked before one question failed has cost as much as any other
        if scored:
            run, results = run_of(
                scored,
                wanted=wanted,
                started_at=started_at,
                seconds=time.monotonic() - began,
                settings=asked_with,
                library=documents,
            )
            kept = library.runs.keep(run, results), run, results
    return kept


def run_of(
    scored: Sequence[Scored], *, wanted: int, started_at: float, seconds: float, settings: Mapping[str, Any],
    library: str,
) -> tuple[KeptRun, list[RunResult]]:  # fmt: skip
    """What is kept of a run.

    Args:
        scored: of the questions that were asked.
        wanted: how many there were.
        started_at: seconds since the epoch.
        seconds: what asking took.
        settings: what `settings_of` gave when it began.
        library: what `library_digest` gave when it began.
    """
    told = report(scored, seconds)
    # Questions may be deleted, and what came of them with them: what the run came to stays.
    figures = {**told, "counts": {name: asdict(count) for name, count in counts(told.pop("results")).items()}}
    results = [_result(one) for one in scored]
    return KeptRun(started_at, wanted, len(scored), figures, settings, library), results


def reached(run: KeptRun, results: Iterable[RunResult]) -> dict[str, Count]:
    """What a kept run came to, as counts.

    Args:
        run: with its figures.
        results: what is kept of its questions: a run that was asked before counts were kept is counted by them.
    """
    kept = run.figures.get("counts")
    if kept is None:
        return counts(one.figures for one in results)
    return {name: Count(**count) for name, count in kept.items()}


def judged(run: KeptRun, results: Iterable[RunResult], targets: Mapping[str, float]) -> Verdict | None:
    """Whether a kept run reaches what is asked for; None when nothing is."""
    whole = run.complete and not run.figures["quoted_instead"]
    return judge_run(reached(run, results), targets, whole=whole)


def comparable(name: str, run: KeptRun, results: Iterable[RunResult], questions: Iterable[KeptQuestion]) -> Run:
    """A kept run as `compare` takes it.

    Args:
        name: what it is called.
        run: with its figures.
        results: of that run.
        questions: as they are kept now; those that were changed since the run was asked are left out.
    """
    now = {kept.golden.id: kept.golden for kept in questions}
    listed = [
        {
            **one.figures,
            "id": one.question_id,
            "question": now[one.question_id].question,
            "accepted": list(now[one.question_id].answers),
            "answer": one.answer,
        }
        for one in results
        if one.question_id in now and now[one.question_id].digest() == one.digest
    ]
    return Run(name, {**run.figures, "results": listed})


def from_turn(turn: StoredTurn) -> KeptQuestion:
    """A question that was answered badly or not at all, as a draft that lacks the right answer.

    A follow-up is taken as it was searched: it has to be understood without what was said before.
    """
    refused = turn.answer is not None and turn.answer.refusal is not None
    question = asked_in(turn)
    golden = GoldenQuestion(new_id(), question, (), True, None, (), detect_language(question), (), "test")
    return KeptQuestion(golden, draft=True, source=Source.REFUSAL if refused else Source.FEEDBACK)


def asked_in(turn: StoredTurn) -> str:
    """A turn's question as it was searched, which is understood without what was said before it."""
    return (turn.answer.searched_question if turn.answer else "") or turn.question


def asks_the_same(turn: StoredTurn, other: StoredTurn) -> bool:
    """Whether two turns ask one question: it is looked at once, however often it was asked."""
    return asked_in(turn).casefold() == asked_in(other).casefold()


def add_drafts(golden: GoldenQuestions, drafts: Iterable[Draft], most: int) -> int:
    """Keep drafts that ask something that no kept question asks; returns how many.

    Args:
        golden: the kept questions.
        drafts: in order of preference.
        most: how many are added at most; more than a person looks through helps nobody.
    """
    asked = {kept.golden.question.casefold() for kept in golden.all()}
    added: list[tuple[KeptQuestion, tuple[str, ...]]] = []
    for draft in drafts:
        if len(added) == most:
            break
        if draft.question.casefold() not in asked:
            asked.add(draft.question.casefold())
            added.append((draft.kept(new_id()), draft.made_of))
    golden.put_all(added)
    return len(added)


def new_id() -> str:
    """An id for a question that has none: the day, and what no other has."""
    return f"{time.strftime('%Y-%m-%d')}-{secrets.token_hex(4)}"


def _result(scored: Scored) -> RunResult:
    values = scored.to_json()
    answer = scored.answer
    documents = {passage.document.id for passage in answer.passages}
    documents |= {citation.document_id for citation in answer.citations}
    return RunResult(
        scored.question.id,
        scored.question.digest(),
        answer.text,
        {key: value for key, value in values.items() if key not in _TEXTS},
        # A refusal says nothing of the documents.
        frozenset() if scored.refused else frozenset(documents),
    )
