"""Quality on public sets without a model: `python -m benchmarks.public FOLDER [scifact squad xquad]`.

FOLDER holds scifact/ (BEIR's files), squad_v2/dev-v2.0.json and xquad/xquad.*.json. Nothing is set on any of them here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.measure import Row, machine, show
from benchmarks.public_sets import squad
from rag.answering.refusal import THRESHOLDS
from rag.core.config import Caution, Settings
from rag.evaluation.answers import Scored, ask_each, report
from rag.evaluation.beir import load_corpus, load_judgements, load_queries
from rag.evaluation.corpus import CorpusLibrary, corpus_library
from rag.evaluation.datasets import load_questions
from rag.evaluation.metrics import mean
from rag.evaluation.retrieval import run_retrieval

EVERY: Final = 3
"""Of SQuAD's questions that are reported on, so many take one: answers to all take half an hour on two cores."""
_PARTS: Final = (
    "marked_exact_match", "marked_f1", "f1", "answer_in_text", "page_hit", "citation_precision", "citation_recall",
    "answered", "refusal_precision", "refusal_recall", "refusal_auroc",
)  # fmt: skip


def scifact(folder: Path) -> list[Row]:
    """The search on SciFact."""
    with _library(folder / "corpus.jsonl") as library:
        return [_retrieval("SciFact", folder, library, 10)]


def squad_v2(folder: Path) -> list[Row]:
    """The search on all paragraphs, and the answers to a part of the questions."""
    with TemporaryDirectory(prefix="kitabu-squad-") as temporary:
        made = Path(temporary)
        squad(folder / "dev-v2.0.json", made)
        with _library(made / "corpus.jsonl") as library:
            show("SQuAD 2.0: search", [_retrieval("SQuAD 2.0 paragraphs", made, library, 5)])
            near = _answers("its own unanswerable questions", made / "questions.jsonl", library)
        with _library(made / "corpus-half.jsonl") as library:
            return [near, _answers("half of the articles taken out", made / "questions-half.jsonl", library)]


def xquad(folder: Path) -> list[Row]:
    """The search in each language with its own paragraphs."""
    rows: list[Row] = []
    for file in sorted(folder.glob("xquad.*.json")):
        language = file.name.split(".")[1]
        with TemporaryDirectory(prefix="kitabu-xquad-") as temporary:
            made = Path(temporary)
            squad(file, made, language)
            with _library(made / "corpus.jsonl") as library:
                rows.append(_retrieval(language, made, library, 5))
    recalls = [float(row["recall"]) for row in rows]
    show("XQuAD, worst over best", [{"recall@5": min(recalls) / max(recalls)}])
    return rows


SETS: Final[dict[str, tuple[str, str, Callable[[Path], list[Row]]]]] = {
    "scifact": ("SciFact", "scifact", scifact),
    "squad": ("SQuAD 2.0: answers", "squad_v2", squad_v2),
    "xquad": ("XQuAD: search, Recall@5", "xquad", xquad),
}


@contextmanager
def _library(corpus: Path) -> Iterator[CorpusLibrary]:
    settings = Settings.model_validate({"data": corpus.parent / "unused", "model": "none"})
    with corpus_library(settings, load_corpus(corpus)) as library:
        for failure in library.failed:
            sys.stderr.write(f"Not in the library: {failure.path}: {failure.error}\n")
        yield library


def _retrieval(name: str, folder: Path, library: CorpusLibrary, k: int) -> Row:
    queries = load_queries(folder / "queries.jsonl")
    judged = load_judgements(folder / "qrels.tsv", queries)
    figures = run_retrieval(library.kitabu.engine, queries, judged, library.records, k).to_json()
    return {
        "set": name,
        "documents": str(sum(map(len, library.records.values()))),
        "queries": str(figures["queries"]),
        "k": str(k),
        "ndcg": f"{figures[f'ndcg@{k}']:.3f}",
        "recall": f"{figures[f'recall@{k}']:.3f}",
        "mrr": f"{figures[f'mrr@{k}']:.3f}",
        "p50 ms": figures["latency_p50"] * 1000,
        "p95 ms": figures["latency_p95"] * 1000,
        "ingest s": library.seconds,
    }


def _answers(name: str, questions: Path, library: CorpusLibrary) -> Row:
    began = time.perf_counter()
    asked = load_questions(questions, split="test")[::EVERY]
    scored = list(ask_each(library.kitabu.engine, asked, model="none", records=library.records))
    figures: dict[str, Any] = report(scored, time.perf_counter() - began)
    show(f"Refusing, {name}", [_operating_point(caution, scored) for caution in THRESHOLDS])
    row: dict[str, str | float] = {
        "unanswerable are": name,
        "answerable": str(figures["answerable"]),
        "unanswerable": str(figures["unanswerable"]),
    }
    row |= {part.replace("_", " "): f"{figures['metrics'][part]:.3f}" for part in _PARTS}
    return {**row, "p50 ms": figures["latency"]["p50"] * 1000, "p95 ms": figures["latency"]["p95"] * 1000}


def _operating_point(caution: Caution, scored: Sequence[Scored]) -> Row:
    """What the setting would answer and refuse, by the evidence for each question."""
    least = THRESHOLDS[caution]
    answered = [one.probability >= least for one in scored if one.question.answerable]
    refused = [one.probability < least for one in scored if not one.question.answerable]
    return {
        "caution": caution,
        "answerable and answered": f"{mean(answered):.3f}",
        "unanswerable and refused": f"{mean(refused):.3f}",
    }


def main(arguments: Sequence[str]) -> int:
    """Run the sets named, or all; 2 when the arguments are wrong."""
    folder, names = Path(arguments[0] if arguments else ""), arguments[1:] or list(SETS)
    if not arguments or not folder.is_dir() or any(name not in SETS for name in names):
        sys.stderr.write(f"python -m benchmarks.public FOLDER [{' '.join(SETS)}]\n")
        return 2
    results: dict[str, object] = {"machine": machine()}
    for name in names:
        title, place, run = SETS[name]
        rows = run(folder / place)
        show(title, rows)
        results[name] = rows
    sys.stdout.write(json.dumps(results) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
