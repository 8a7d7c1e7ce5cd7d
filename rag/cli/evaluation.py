"""`kitabu eval`: how good search and answers are, measured on one's own questions, with the engine of the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from rag.cli.console import Console
from rag.cli.options import AS_JSON, settings_of

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group("eval")
def evaluation() -> None:
    """Measure search and answers on questions of your own."""


_CORPUS = click.option(
    "--corpus", type=_FILE, metavar="FILE", help="Ask these documents, given as JSON lines in BEIR's format."
)
_LIBRARY = click.option(
    "--library", type=_FOLDER, metavar="DIR", help="Ask this library. Default: KITABU_DATA, kitabu.toml, or data/ here."
)


def _questions_file(*, required: bool) -> Callable[[Callable[..., int]], Callable[..., int]]:
    words = "The questions, a JSON object on each line."
    return click.option("--questions", type=_FILE, required=required, metavar="FILE", help=words)


_QUESTIONS = _questions_file(required=True)
_KEEP = click.option(
    "--keep", type=_FOLDER, metavar="DIR", help="Keep the library that is made from the corpus here and use it again."
)


@evaluation.command()
@click.option("--corpus", type=_FILE, required=True, metavar="FILE", help="Documents: corpus.jsonl in BEIR's format.")
@click.option("--queries", type=_FILE, required=True, metavar="FILE", help="Queries: queries.jsonl.")
@click.option("--qrels", type=_FILE, required=True, metavar="FILE", help="Which documents are relevant: qrels.tsv.")
@click.option(
    "-k",
    "--k",
    "k",
    metavar="K",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Places that count.",
)
@_KEEP
@AS_JSON
def retrieval(corpus: Path, queries: Path, qrels: Path, k: int, keep: Path | None, as_json: bool) -> int:
    """Measure the search: nDCG, recall, reciprocal rank and latency on a collection with judgements."""
    from rag.cli import measuring

    return measuring.retrieval(settings_of(), corpus, queries, qrels, k, keep, Console(as_json=as_json))


@evaluation.command()
@_questions_file(required=False)
@click.option(
    "--golden",
    is_flag=True,
    help="Ask the golden questions kept in the library, and keep the run: see the app's Quality.",
)
@_LIBRARY
@_CORPUS
@_KEEP
@click.option(
    "--model", metavar="M", help='Answering model: "none" quotes the documents, "ollama:NAME", "gguf:PATH", or "auto".'
)
@AS_JSON
def answers(
    questions: Path | None,
    golden: bool,
    library: Path | None,
    corpus: Path | None,
    keep: Path | None,
    model: str | None,
    as_json: bool,
) -> int:
    """Measure the answers: right, cited, supported, and rightly refused, by language, with latency and tokens."""
    from rag.cli import measuring

    if golden is (questions is not None):
        raise click.UsageError("Give either --questions or --golden.")
    if golden and corpus is not None:
        raise click.UsageError("--golden asks a library, not a --corpus.")
    _one_source(library, corpus, keep)
    settings = settings_of(data=library and library.absolute(), model=model)
    console = Console(as_json=as_json)
    if questions is None:
        return measuring.golden(settings, console)
    return measuring.answers(settings, questions, corpus, keep, console)


@evaluation.command()
@click.argument("configurations", nargs=-1, required=True, type=_FILE, metavar="A.toml B.toml...")
@_QUESTIONS
@_LIBRARY
@_CORPUS
@click.option("--html", type=_FILE, metavar="FILE", help="Also write a report as one HTML file.")
@AS_JSON
def compare(
    configurations: tuple[Path, ...],
    questions: Path,
    library: Path | None,
    corpus: Path | None,
    html: Path | None,
    as_json: bool,
) -> int:
    """Compare configurations, each a kitabu.toml, on the same questions; the others with the first.

    Each is asked in a process of its own. What is set by KITABU_ variables holds for all of them.
    """
    from rag.cli import comparing

    if len(configurations) < 2:
        raise click.UsageError("Name two configurations or more.")
    _one_source(library, corpus, None)
    return comparing.compare(configurations, questions, library, corpus, html, Console(as_json=as_json))


@evaluation.command()
@click.option(
    "--from", "library", type=_FOLDER, required=True, metavar="LIBRARY", help="Folder that holds the library."
)
@click.option(
    "--per-document", metavar="N", type=click.IntRange(1, 1000), default=20, show_default=True,
    help="Answerable questions drafted for each document, at most.",
)  # fmt: skip
@click.option(
    "--model", metavar="M", default="none", show_default=True,
    help='Model that writes them: "ollama:NAME" or "auto"; "none" takes headings, tables and FAQ questions.',
)  # fmt: skip
def questions(library: Path, per_document: int, model: str) -> int:
    """Draft questions from the documents of a library, as JSON lines for a person to accept.

    Accepted is a question by deleting "draft": true from its line; drafts are not asked.
    """
    from rag.cli import drafting

    return drafting.questions(settings_of(data=library.absolute(), model=model), per_document, Console(as_json=False))


def _one_source(library: Path | None, corpus: Path | None, keep: Path | None) -> None:
    if library is not None and corpus is not None:
        raise click.UsageError("Give either --library or --corpus.")
    if keep is not None and corpus is None:
        raise click.UsageError("--keep is for a library made from a --corpus.")
