"""The commands of `kitabu` and their options. The rest is imported when one is run: `--help` loads nothing heavy."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from rag.cli.console import Console
from rag.cli.evaluation import evaluation
from rag.cli.failures import guarded
from rag.cli.models import models
from rag.cli.options import AS_JSON, DATA, settings_of
from rag.core.dialogue import Telling
from rag.core.messages import languages

MAX_STDIN: Final = 1_000_000
"""Bytes of a question read from standard input: enough to tell that it is too long."""

_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    status = run(sys.argv[1:] if arguments is None else arguments)
    # All is closed and durable by now. The threads that Chroma, torch and Streamlit leave behind are not: one that runs
    # native code while the interpreter is taken down can end the process with a segmentation fault.
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a reader that has gone away
            stream.flush()
    os._exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit status; no exception leaves it."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape instead of ending the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def work() -> int:
        with cli.make_context("kitabu", list(arguments)) as context:
            return int(cli.invoke(context) or 0)

    return guarded(work, arguments)


def _common(command: Callable[..., int]) -> Callable[..., int]:
    """The options of every command: the data folder, and JSON."""
    return DATA(AS_JSON(command))


_MODEL = click.option(
    "--model", metavar="M", help='Answering model: "none" quotes the documents, "ollama:NAME", "gguf:PATH", or "auto".'
)


def _within(command: Callable[..., int]) -> Callable[..., int]:
    """The options that keep a search to some documents."""
    for option in (
        click.option("--folder", "folders", multiple=True, metavar="DIR", help="Only files in this folder."),
        click.option("--to", "until", metavar="DATE", default="", help="Only documents of this day or older."),
        click.option("--from", "since", metavar="DATE", default="", help="Only documents of this day or newer."),
        click.option(
            "--language", "languages", multiple=True, metavar="CODE", help="Only documents in it, such as fr."
        ),
        click.option("--document", "documents", multiple=True, metavar="NAME", help="Only this document."),
    ):
        command = option(command)
    return command


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="kitabu", message="kitabu %(version)s")
def cli() -> None:
    """Ask your organisation's own documents, on your own computer."""


cli.add_command(evaluation)
cli.add_command(models)


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--sync", is_flag=True, help="Also take out documents whose files are gone from the folders given.")
@_common
def ingest(paths: tuple[Path, ...], sync: bool, data: Path | None, as_json: bool) -> int:
    """Read files and folders into the library."""
    from rag.cli import library

    return library.ingest(settings_of(data=data), paths, sync, Console(as_json=as_json))


@cli.command()
@click.argument("question")
@click.option("--simply", is_flag=True, help="In everyday words. Needs a model.")
@click.option(
    "--in", "told_in", metavar="CODE", type=click.Choice(languages()), help="Told in this language. Needs a model."
)
@_MODEL
@_within
@_common
def ask(
    question: str, simply: bool, told_in: str | None, model: str | None, data: Path | None, as_json: bool, **within: Any
) -> int:
    """Answer a question from the documents. QUESTION "-" reads it from standard input."""
    from rag.cli import asking

    telling = Telling(simply=simply, language=told_in or "")
    settings, console = settings_of(data=data, model=model), Console(as_json=as_json)
    return asking.ask(settings, _question(question), telling, within, console)


@cli.command()
@click.argument("question")
@click.option(
    "-k", "count", metavar="K", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many passages."
)
@_within
@_common
def search(question: str, count: int, data: Path | None, as_json: bool, **within: Any) -> int:
    """Show the passages that a question finds. QUESTION "-" reads it from standard input."""
    from rag.cli import asking

    return asking.search(settings_of(data=data), _question(question), count, within, Console(as_json=as_json))


@cli.command()
@_common
def status(data: Path | None, as_json: bool) -> int:
    """Show what the library holds and who uses it."""
    from rag.cli import overview

    return overview.status(settings_of(data=data), Console(as_json=as_json))


@cli.command("list")
@_common
def list_documents(data: Path | None, as_json: bool) -> int:
    """List the documents."""
    from rag.cli import overview

    return overview.list_documents(settings_of(data=data), Console(as_json=as_json))


@cli.command()
@click.argument("document")
@_common
def delete(document: str, data: Path | None, as_json: bool) -> int:
    """Take a document, given by name, path or id, out of the library.

    A file that was uploaded in the app is deleted with its document. Files elsewhere stay where they are.
    """
    from rag.cli import library

    return library.delete(settings_of(data=data), document, Console(as_json=as_json))


@cli.command()
@click.argument("document")
@click.option("--effective", metavar="DATE", help="From when on it holds, such as 2025-03-01.")
@click.option("--review", metavar="DATE", help="When it is to be looked through again.")
@click.option("--superseded-by", metavar="DOCUMENT", help="The document that took its place.")
@click.option(
    "--clear",
    multiple=True,
    type=click.Choice(["effective", "review", "superseded-by"]),
    help="Take back what was said; can be given several times.",
)
@_common
def edit(
    document: str,
    effective: str | None,
    review: str | None,
    superseded_by: str | None,
    clear: tuple[str, ...],
    data: Path | None,
    as_json: bool,
) -> int:
    """Say from when on a document, given by name, path or id, holds, or what took its place."""
    from rag.cli import documents

    given = {"effective": effective, "review": review, "superseded_by": superseded_by}
    if not clear and not any(given.values()):
        raise click.UsageError("Say what to change: --effective, --review, --superseded-by or --clear.")
    return documents.edit(settings_of(data=data), document, given, clear, Console(as_json=as_json))


@cli.command()
@click.argument("action", type=click.Choice(["show", "use", "back", "forget", "probe"]), default="show")
@click.argument("name", required=False)
@_common
def embedder(action: str, name: str | None, data: Path | None, as_json: bool) -> int:
    """Show what makes the library's vectors, or put another embedder in its place.

    "use NAME" makes a new index beside the old one, from the stored pages, while that goes on answering; then it is
    compared on the golden questions, if there are any, and takes the old one's place. It can be stopped and goes on
    when it is run again. Without NAME: the embedder of the settings, for example after its weights or the passages'
    division have changed. "back" puts the earlier one in place again, "forget" removes it. "probe" measures in which of
    the library's languages it finds passages by their meaning; the app does that by itself.
    """
    from rag.cli import embedding

    if name and action != "use":
        raise click.UsageError(f"kitabu embedder {action} takes no name.")
    settings, console = settings_of(data=data), Console(as_json=as_json)
    return embedding.embedder(settings, action, name or "", console)


@cli.command()
@click.argument("action", type=click.Choice(["list", "stop", "pause", "resume"]), default="list")
@click.argument("number", type=click.IntRange(1), required=False)
@_common
def jobs(action: str, number: int | None, data: Path | None, as_json: bool) -> int:
    """Show the work that waits, runs or ran lately; stop, pause or resume a job by its number.

    Without a number, "pause" and "resume" are for the whole queue. A job that goes on keeps what it had finished.
    """
    from rag.cli import jobs as queue

    return queue.jobs(settings_of(data=data), action, number, Console(as_json=as_json))


@cli.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER...]")
@DATA
def watch(folders: tuple[Path, ...], data: Path | None) -> int:
    """Read folders into the library and keep them in step, until Ctrl+C.

    New, changed, moved and deleted files are followed. Without a FOLDER, those watched already are kept in step; the
    app does so, too, while it runs.
    """
    from rag.cli import watching

    return watching.watch(settings_of(data=data), folders, Console(as_json=False))


@cli.command()
@click.argument("action", type=click.Choice(["list", "remove"]), default="list")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--documents", is_flag=True, help="With remove: take out its documents, too. Files stay where they are.")
@_common
def folders(action: str, folder: Path | None, documents: bool, data: Path | None, as_json: bool) -> int:
    """Show the watched folders, or stop watching one."""
    from rag.cli import watching

    settings, console = settings_of(data=data), Console(as_json=as_json)
    if action == "list":
        return watching.folders(settings, console)
    if folder is None:
        raise click.UsageError("Name the folder: kitabu folders remove FOLDER")
    return watching.remove(settings, folder, documents, console)


@cli.command()
@_common
def doctor(data: Path | None, as_json: bool) -> int:
    """Check the installation, the library and the model server, and say what to do."""
    from rag.cli import doctor as checks

    return checks.doctor(settings_of(data=data), Console(as_json=as_json))


@cli.command()
@click.option("--measure", is_flag=True, help="Try the model in use and the embedder: takes up to some minutes.")
@_MODEL
@_common
def advice(measure: bool, model: str | None, data: Path | None, as_json: bool) -> int:
    """Say which answering model suits this machine and the library's languages."""
    from rag.cli import advice as advising

    return advising.advice(settings_of(data=data, model=model), measure, Console(as_json=as_json))


@cli.command()
@_MODEL
@_common
def privacy(model: str | None, data: Path | None, as_json: bool) -> int:
    """Say what happens to your data: who is talked to, what is stored where, for how long, how to delete it.

    Status 1 when something leaves this computer or can be reached from others.
    """
    from rag.cli import privacy as disclosing

    return disclosing.privacy(settings_of(data=data, model=model), Console(as_json=as_json))


@cli.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on. Default: this computer only.")
@click.option("--port", metavar="PORT", type=click.IntRange(1, 65535), help="Port to listen on. Default: 8501.")
@click.option("--samples", is_flag=True, help="Load the sample documents into an empty library.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@_MODEL
@_common
def serve(
    host: str | None,
    port: int | None,
    samples: bool,
    no_browser: bool,
    model: str | None,
    data: Path | None,
    as_json: bool,
) -> int:
    """Start the app."""
    from rag.cli import serving

    settings = settings_of(data=data, model=model, host=host, port=port)
    return serving.serve(settings, samples=samples, browser=not no_browser, console=Console(as_json=as_json))


def _question(given: str) -> str:
    if given != "-":
        return given
    return sys.stdin.buffer.read(MAX_STDIN).decode("utf-8", "replace")
