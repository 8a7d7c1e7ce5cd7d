"""Data that stands in one TOML file a language, named by its ISO 639-1 code."""

from __future__ import annotations

import tomllib
from collections.abc import Set
from functools import cache
from pathlib import Path
from typing import Any


@cache
def languages_in(folder: Path) -> tuple[str, ...]:
    """The languages that have a file in a folder, in alphabetical order."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load(path: Path) -> dict[str, Any]:
    """What a file holds.

    Raises:
        ValueError: it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error


def check_names(found: Set[str], known: Set[str], where: str, called: str) -> None:
    """Hold the names in a file against those that every file has.

    Args:
        where: the file, or a table of it.
        called: what is named so, in the singular.

    Raises:
        ValueError: a name is not known or missing.
    """
    if unknown := found - known:
        raise ValueError(f"{where}: no {called} is called {', '.join(sorted(unknown))}. Those of en.toml are.")
    if missing := known - found:
        raise ValueError(f"{where}: {', '.join(sorted(missing))} is missing.")
