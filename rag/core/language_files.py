"""Data that stands in one TOML file a language, named by its ISO 639-1 code."""

from __future__ import annotations

import tomllib
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
