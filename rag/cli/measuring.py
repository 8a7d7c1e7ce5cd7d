"""`kitabu eval retrieval` and `kitabu eval answers`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from rag.build import Kitabu, open_kitabu
from rag.cli.console import Console, duration
from rag.cli.failures import DONE, INTERRUPTED, NO_GO, PARTLY_FAILED
from rag.cli.wording import show_progress
from rag.core.config import Settings
from rag.core.errors import InvalidDataset, StoreUnavailable
from rag.core.golden import GoldenQuestion
from rag.evaluation.answers import Scored, ask_each, report
from rag.evaluation.beir import Record, load_corpus, load_judgements, load_queries
from rag.evaluation.corpus import CorpusLibrary, corpus_library
from rag.evaluation.datasets import load_set
from rag.evaluation.kept import ask_and_keep, judged
from rag.evaluation.places import missing_places
from rag.evaluation.retrieval import run_retrieval
from rag.store.catalog import FILE_NAME

FIGURES: Final[Mapping[str, str]] = {
    "exact_match": "exact match, whole answer",
    "f1": "F1, whole answer",
    "marked_exact_match": "exact match, marked part",
    "marked_f1": "F1, marked part",
    "squad_exact_match": "exact match, marked part, with refusals (SQuAD 2.0)",
    "squad_f1": "F1, marked part, with refusals (SQuAD 2.0)",
    "answer_in_text": "accepted answer in the text",
    "page_hit": "right page among the passages",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall: right page cited",
    "answered": "answerable and answered",
    "refusal_precision": "refusal precision",
    "refusal_recall": "refusal recall",
    "refusal_auroc": "refusal AUROC",
    "unsupported": "unsupported sentences",
}
"""The metrics in words, in the order of the table."""


def retrieval(
    settings: Settings, corpus: Path, queries: Path, qrels: Path, k: int, keep: Path | None, console: Console
) -> int:
    """Search a collection for judged queries and show the figures."""
    asked = load_queries(queries)
    judged = load_judgements(qrels, asked)
    if not any(grade > 0 for grades in judged.values() for grade in grades.values()):
        raise InvalidDataset(f"No document is relevant by {qrels}.", "Each grade is 0 or less; 1 is relevant.")
    records = load_corpus(corpus)
    known = {record.id for record in records}
    missing = sum(document not in known for grades in judged.values() for document in grades)
    with _collection(settings, records, keep, console) as library:
        tell = _counter(console, len(judged), "queries")
        done = run_retrieval(library.kitabu.engine, asked, judged, library.records, k, on_result=tell)
    console.end()
    if missing:
        console.note(f"{missing} judged documents are not in the corpus; they count as not found.")
    figures = {"documents": len(records), "documents_failed": len(library.failed), "judged_missing": missing}
    console.result({**figures, **done.to_json(), "ingest_seconds": round(library.seconds, 3)})
    console.table(
        [
            ("figure", "value"),
            *((name, _shown(value)) for name, value in done.to_json().items() if "latency" not in name),
            *((f"{name} ms", f"{value * 1000:.1f}") for name, value in done.to_json().items() if "latency" in name),
            ("ingest", duration(library.seconds)),
        ],
        right=[1],
    )
    return DONE


def answers(settings: Settings, questions: Path, corpus: Path | None, keep: Path | None, console: Console) -> int:
    """Ask a library, or a collection, every question and show the figures."""
    asked = load_set(questions)
    if asked.drafts:
        console.note(f'{asked.drafts} drafts were left out. Accept them by deleting "draft": true from their lines.')
    if not asked.questions:
        raise InvalidDataset(f"There are no questions in {questions}.", "Add some, or accept its drafts.")
    records = load_corpus(corpus) if corpus else []
    scored: list[Scored] = []
    stopped = False
    with _kitabu(settings, records, keep, console) as (kitabu, names):
        missing = _note_missing(asked.questions, kitabu, names, console)
        began = time.perf_counter()
        tell = _counter(console, len(asked.questions), "questions")
        try:
            for one in ask_each(kitabu.engine, asked.questions, records=names):
                scored.append(one)
                tell(one)
        except KeyboardInterrupt:
            if not scored:
                raise
            # What was asked has cost as much as any other.
            stopped = True
    console.end()
    figures = report(scored, time.perf_counter() - began)
    _note_failures(figures, console)
    if stopped:
        console.note(f"Stopped after {len(scored)} of {len(asked.questions)} questions, of which the figures are.")
    console.result({**figures, "drafts_left_out": asked.drafts, "places_missing": len(missing), "stopped": stopped})
    _show(figures, console)
    return INTERRUPTED if stopped else _status(figures)


def golden(settings: Settings, console: Console) -> int:
    """Ask the golden questions that the library keeps, keep the run, and say whether it reaches what is asked for."""
    require_library(settings.data)
    console.passing("Starting")
    with open_kitabu(settings) as kitabu:
        kept = kitabu.library.golden.all()
        questions = [one.golden for one in kept if not one.draft]
        if not questions:
            raise InvalidDataset("The library keeps no golden questions.", "Add some on the app's page Quality.")
        missing = _note_missing(questions, kitabu, {}, console)
        scored: list[Scored] = []
        told_each = _counter(console, len(questions), "questions")
        done = ask_and_keep(kitabu, questions, len(questions), scored, told_each)
        assert done is not None
        number, run, results = done
        targets = kitabu.library.golden.targets()
    console.end()
    verdict = judged(run, results, targets)
    _note_failures(run.figures, console)
    told = {
        "results": [one.to_json() for one in scored],
        "drafts_left_out": len(kept) - len(questions),
        "places_missing": len(missing),
        "stopped": False,
        "run": number,
        "targets": targets,
        "go": None if verdict is None else verdict.go,
    }
    console.result({**run.figures, **told})
    _show(run.figures, console)
    if verdict is not None:
        console.line(
            "go: it reaches all that is asked for" if verdict.go else "no-go: it does not reach what is asked for"
        )
    # Where the model failed, the figures are not its own: that comes first.
    if verdict is not None and not verdict.go and not run.figures["quoted_instead"]:
        return NO_GO
    return _status(run.figures)


def _status(figures: Mapping[str, Any]) -> int:
    return PARTLY_FAILED if figures["quoted_instead"] else DONE


def _note_failures(figures: Mapping[str, Any], console: Console) -> None:
    if figures["quoted_instead"]:
        console.note(f"The model failed on {figures['quoted_instead']} questions; they were answered by quoting.")


def require_library(folder: Path) -> None:
    """Opening would make a library where there is none.

    Raises:
        StoreUnavailable: there is none.
    """
    if not (folder / FILE_NAME).is_file():
        raise StoreUnavailable(f"There is no library in {folder}.", "Name one with --library.")


def _note_missing(
    questions: Sequence[GoldenQuestion], kitabu: Kitabu, names: Mapping[str, tuple[str, ...]], console: Console
) -> Mapping[str, str]:
    missing = missing_places(questions, kitabu.library.catalog.documents(), names)
    if missing:
        some = "; ".join(f"{key}: {place}" for key, place in list(missing.items())[:3])
        name = "1 question names" if len(missing) == 1 else f"{len(missing)} questions name"
        console.note(f"{name} a document or page that the library does not have ({some}): that counts as not found.")
    return missing


@contextmanager
def _kitabu(
    settings: Settings, records: list[Record], keep: Path | None, console: Console
) -> Iterator[tuple[Kitabu, Mapping[str, tuple[str, ...]]]]:
    """The library that is asked, with further names of its documents."""
    if records:
        with _collection(settings, records, keep, console) as library:
            yield library.kitabu, library.records
        return
    require_library(settings.data)
    console.passing("Starting")
    with open_kitabu(settings) as kitabu:
        yield kitabu, {}


@contextmanager
def _collection(
    settings: Settings, records: list[Record], keep: Path | None, console: Console
) -> Iterator[CorpusLibrary]:
    console.passing("Writing the documents")
    with corpus_library(settings, records, keep, partial(show_progress, console)) as library:
        console.end()
        for failure in library.failed[:3]:
            why = failure.error.message if failure.error else ""
            console.note(f"Not in the library: {Path(failure.path).name}. {why}")
        if library.failed:
            console.note(f"{len(library.failed)} of {len(records)} documents are not in the library.")
        yield library


def _counter(console: Console, total: int, what: str) -> Callable[[object], None]:
    began, done = time.monotonic(), 0

    def tell(_result: object) -> None:
        nonlocal done
        done += 1
        left = (time.monotonic() - began) / done * (total - done)
        console.passing(f"{done} of {total} {what}, about {duration(left)} left")

    return tell


def _show(figures: Mapping[str, Any], console: Console) -> None:
    languages = figures["languages"] if len(figures["languages"]) > 1 else {}
    ratios = figures["worst_over_best"]
    columns = ["all", *languages, *(["worst/best"] if languages else [])]
    rows = [["", *columns]]
    for name, words in FIGURES.items():
        values = [figures["metrics"][name], *(part[name] for part in languages.values())]
        rows.append([words, *map(_shown, values), *([_shown(ratios.get(name))] if languages else [])])
    counts = f"{figures['questions']} questions: {figures['answerable']} that the documents answer, "
    console.line(f"{counts}{figures['unanswerable']} that they do not")
    console.line()
    console.table(rows, right=range(1, len(columns) + 1))
    console.line()
    latency, tokens = figures["latency"], figures["tokens"]
    console.line(f"latency    p50 {latency['p50'] * 1000:.0f} ms, p95 {latency['p95'] * 1000:.0f} ms")
    console.line(f"tokens     {tokens['prompt']:,} read, {tokens['answer']:,} written")
    console.line(f"answered by {', '.join(f'{name} ({count})' for name, count in figures['models'].items())}")
    if figures["peak_memory_mb"] is not None:
        console.line(f"memory     {figures['peak_memory_mb']:,.0f} MB at most")


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
