"""Golden sets: questions with the answers, documents and pages that they should find."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.core.errors import ConfigError
from rag.core.types import Turn


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """One question with what a right answer looks like."""

    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    document: str | None
    """Name of the document that answers; None when none does."""
    pages: tuple[int, ...]
    """Pages any of which is right."""
    language: str
    history: tuple[Turn, ...]
    split: str
    """"tune" or "test"."""


def load_questions(path: Path, split: str | None = None) -> list[GoldenQuestion]:
    """Read a golden set from JSON lines, all of it or one split.

    Raises:
        ConfigError: the file is missing or a line is not a golden question; names the line.
    """
    try:
        # Not splitlines: JSON strings may hold U+2028 and other breaks that are no ends of lines here.
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise ConfigError(f"The golden set {path} cannot be read: {error.strerror}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"The golden set {path} is not UTF-8 text.", "Save it as UTF-8.") from error
    questions = list(_parse(path, lines))
    return [question for question in questions if split is None or question.split == split]


def _parse(path: Path, lines: Iterable[str]) -> Iterable[GoldenQuestion]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            page = entry.get("page")
            if not isinstance(entry["answers"], list) or not isinstance(entry["answerable"], bool):
                raise TypeError("answers must be a list, answerable true or false")
            yield GoldenQuestion(
                id=entry["id"],
                question=entry["question"],
                answers=tuple(entry["answers"]),
                answerable=entry["answerable"],
                document=entry.get("document"),
                pages=tuple(entry.get("pages") or ([page] if page else [])),
                language=entry.get("language", "und"),
                history=tuple(Turn(turn["question"], turn["answer"]) for turn in entry.get("history", [])),
                split=entry.get("split", "test"),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"Line {number} of {path} is not a golden question: {error!r}.",
                "Each line is an object with id, question, answers and answerable.",
            ) from error
