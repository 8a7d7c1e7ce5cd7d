"""Configurations that are to be compared: what they have different, and a run with each in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rag.core.config import ENV_PREFIX, Settings, load_settings
from rag.core.errors import ConfigError
from rag.evaluation.compare import Run

CLEARING_UP: Final = 30.0
"""Seconds that a run has to end when it is stopped."""
_CONFIG: Final = f"{ENV_PREFIX}CONFIG"
_THE_APPS: Final = frozenset({"host", "port"})
_USER: Final = re.compile(r"//[^/@]*@")


def check_configuration(config: Path) -> Settings:
    """The settings of a configuration, as its run will have them: one that is wrong is told before any is asked.

    Args:
        config: a `kitabu.toml`.

    Raises:
        ConfigError: the file is not there, or what it says is not allowed.
    """
    if not config.is_file():
        raise ConfigError(f"The configuration file {config} does not exist.", "Check the path.")
    before = os.environ.get(_CONFIG)
    os.environ[_CONFIG] = str(config.absolute())
    try:
        return load_settings()
    except ConfigError as error:
        raise ConfigError(f"{config} cannot be asked with: {error.message}", error.hint) from error
    finally:
        if before is None:
            del os.environ[_CONFIG]
        else:
            os.environ[_CONFIG] = before


def differing(settings: Sequence[Settings]) -> dict[str, list[Any]]:
    """The settings that are not the same in all configurations, each with all its values.

    Of a key it is told that there is another one, and of an address no user and no password: the report is passed on.
    """
    different = {}
    for name in Settings.model_fields:
        values = [getattr(each, name) for each in settings]
        if name not in _THE_APPS and any(value != values[0] for value in values):
            different[name] = [_told(each, name) for each in settings]
    return different


def _told(settings: Settings, name: str) -> Any:
    value = settings.model_dump(mode="json", include={name})[name]
    return _USER.sub("//", value) if isinstance(value, str) else value


def run_configuration(config: Path, arguments: Sequence[str]) -> Run:
    """Ask the questions with a configuration, in a process of its own: its memory and its start are its own, too.

    Args:
        config: a `kitabu.toml`.
        arguments: of `kitabu eval answers`, without `--json`.

    Raises:
        ConfigError: the run failed; says why.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "rag", "eval", "answers", *arguments, "--json"],
        env={**os.environ, _CONFIG: str(config.absolute()), "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            told, _ = process.communicate()
        except KeyboardInterrupt:
            _let_end(process)
            raise
    try:
        report = json.loads(told)
    except ValueError as error:
        raise ConfigError(f"The run of {config} ended with status {process.returncode} and told nothing.") from error
    if "error" in report:
        raise ConfigError(f"The run of {config} failed: {report['error']['message']}", report["error"]["hint"])
    return Run(str(config), report)


def _let_end(process: subprocess.Popen[str]) -> None:
    """Ctrl+C reaches the run, too: it removes the library that it made for itself, if nobody kills it before."""
    try:
        process.wait(CLEARING_UP)
    except subprocess.TimeoutExpired:
        process.terminate()
