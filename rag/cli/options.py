"""Options that many commands have, and the settings that they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from rag.core.config import Settings

DATA: Final = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder that holds the library. Default: KITABU_DATA, kitabu.toml, or data/ here.",
)
AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")


def settings_of(**given: Any) -> Settings:
    """The settings in force, what was given on the command line before all others.

    Raises:
        ConfigError: a key is unknown or a value not allowed.
    """
    from rag.core.config import load_settings

    return load_settings(**given)
