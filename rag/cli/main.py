"""The commands of `kitabu` and their options. The rest is imported when one is run: `--help` loads nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rag.cli.console import Console
from rag.cli.failures import guarded

if TYPE_CHECKING:
    from rag.core.config import Settings

MAX_STDIN: Final = 1_000_000
"""Bytes of a question read from standard input: enough to tell that it is too long."""

_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


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
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Folder that holds the library. Default: KITABU_DATA, kitabu.toml, or data/ here.",
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
    return data(as_json(command))


_MODEL = click.option(
    "--model", metavar="M", help='Answering model: "none" quotes the documents, "ollama:NAME", or "auto".'
)


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="kitabu", message="kitabu %(version)s")
def cli() -> None:
    """Ask your organisation's own documents, on your own computer."""


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--sync", is_flag=True, help="Also take out documents whose files are gone from the folders given.")
@_common
def ingest(paths: tuple[Path, ...], sync: bool, data: Path | None, as_json: bool) -> int:
    """Read files and folders into the library."""
    from rag.cli import library

    return library.ingest(_settings(data=data), paths, sync, Console(as_json=as_json))


@cli.command()
@click.argument("question")
@_MODEL
@_common
def ask(question: str, model: str | None, data: Path | None, as_json: bool) -> int:
    """Answer a question from the documents. QUESTION "-" reads it from standard input."""
    from rag.cli import asking

    return asking.ask(_settings(data=data, model=model), _question(question), Console(as_json=as_json))


@cli.command()
@click.argument("question")
@click.option(
    "-k", "count", metavar="K", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many passages."
)
@_common
def search(question: str, count: int, data: Path | None, as_json: bool) -> int:
    """Show the passages that a question finds. QUESTION "-" reads it from standard input."""
    from rag.cli import asking

    return asking.search(_settings(data=data), _question(question), count, Console(as_json=as_json))


@cli.command()
@_common
def status(data: Path | None, as_json: bool) -> int:
    """Show what the library holds and who uses it."""
    from rag.cli import overview

    return overview.status(_settings(data=data), Console(as_json=as_json))


@cli.command("list")
@_common
def list_documents(data: Path | None, as_json: bool) -> int:
    """List the documents."""
    from rag.cli import overview

    return overview.list_documents(_settings(data=data), Console(as_json=as_json))


@cli.command()
@click.argument("document")
@_common
def delete(document: str, data: Path | None, as_json: bool) -> int:
    """Take a document, given by name, path or id, out of the library.

    A file that was uploaded in the app is deleted with its document. Files elsewhere stay where they are.
    """
    from rag.cli import library

    return library.delete(_settings(data=data), document, Console(as_json=as_json))


@cli.command()
@_common
def reindex(data: Path | None, as_json: bool) -> int:
    """Make chunks and vectors anew from the stored pages, after the embedder has changed."""
    from rag.cli import library

    return library.reindex(_settings(data=data), Console(as_json=as_json))


@cli.command()
@_common
def doctor(data: Path | None, as_json: bool) -> int:
    """Check the installation, the library and the model server, and say what to do."""
    from rag.cli import doctor as checks

    return checks.doctor(_settings(data=data), Console(as_json=as_json))


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

    settings = _settings(data=data, model=model, host=host, port=port)
    return serving.serve(settings, samples=samples, browser=not no_browser, console=Console(as_json=as_json))


def _settings(**given: Any) -> Settings:
    from rag.core.config import load_settings

    return load_settings(**given)


def _question(given: str) -> str:
    if given != "-":
        return given
    return sys.stdin.buffer.read(MAX_STDIN).decode("utf-8", "replace")
