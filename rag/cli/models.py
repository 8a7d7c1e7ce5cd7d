"""`kitabu models`: the models of the Ollama server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from rag.cli.console import Console
from rag.cli.options import AS_JSON, DATA, settings_of


@click.group("models", invoke_without_command=True)
@AS_JSON
@click.pass_context
def models(context: click.Context, as_json: bool) -> int:
    """Show the models of the Ollama server, and what is in memory; get, remove and try them.

    When no server answers, say what was tried, what the likely cause is and what to do.
    """
    if context.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(
                f"--json stands behind the command: kitabu models {context.invoked_subcommand} --json"
            )
        return 0
    from rag.cli import model_care

    return model_care.overview(settings_of(), Console(as_json=as_json))


def _named(command: Callable[..., int]) -> Callable[..., int]:
    return click.argument("name")(AS_JSON(command))


@models.command()
@_named
def show(name: str, as_json: bool) -> int:
    """Show a model's card: its licence and what that permits, who made it, its training data, size and window."""
    from rag.cli import model_care

    return model_care.show(settings_of(), name, Console(as_json=as_json))


@models.command()
@_named
def pull(name: str, as_json: bool) -> int:
    """Get a model from Ollama's library, such as qwen3:4b. Ctrl+C stops; getting it again goes on from there."""
    from rag.cli import model_care

    return model_care.pull(settings_of(), name, Console(as_json=as_json))


@models.command()
@_named
def remove(name: str, as_json: bool) -> int:
    """Delete a model from the server's disk."""
    from rag.cli import model_care

    return model_care.remove_model(settings_of(), name, Console(as_json=as_json))


@models.command()
@_named
@DATA
def test(name: str, data: Path | None, as_json: bool) -> int:
    """Ask a model a test question and measure it here: first word, tokens per second, memory. Remembered."""
    from rag.cli import model_care

    return model_care.test(settings_of(data=data), name, Console(as_json=as_json))


@models.command()
@_named
@DATA
def use(name: str, data: Path | None, as_json: bool) -> int:
    """Have a model answer for everybody who asks this library; "auto" takes that back, "none" quotes.

    A model that the settings name wins over it.
    """
    from rag.cli import model_care

    return model_care.use(settings_of(data=data), name, Console(as_json=as_json))
