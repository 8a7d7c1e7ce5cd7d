"""What the readers can do on this machine: a file that failed with other readers may be tried once more."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

READERS_VERSION: Final = 2
"""Raised when a format is added, or when a reader comes to read what it refused before."""
_ANSWER_SECONDS: Final = 10.0


def readers_mark(own: Mapping[str, str]) -> str:
    """The readers' version, and what there is of the programs that some of them need.

    Args:
        own: readers of one's own, see `Source.own`.

    It starts tesseract (some milliseconds): asked once for a run over many files.
    """
    parts = [str(READERS_VERSION)]
    tesseract = shutil.which("tesseract")
    if tesseract:
        # Every language is a package of its own: one more is a reason to try again.
        version = _answer(tesseract, "--version")[:1]
        parts.append("+".join((*version, *sorted(_answer(tesseract, "--list-langs")[1:]))))
    if shutil.which("soffice") or shutil.which("libreoffice"):
        parts.append("libreoffice")
    return ", ".join((*parts, *(f"{ending} {path}" for ending, path in sorted(own.items()))))


def _answer(program: str, question: str) -> list[str]:
    try:
        answer = subprocess.run(
            [program, question], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return (answer.stdout or answer.stderr).splitlines()
