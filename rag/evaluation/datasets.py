"""Golden sets: questions with the answers, documents and pages that they should find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rag.core.errors import InvalidDataset, InvalidQuestion
from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.question import clean_question
from rag.core.types import Turn
from rag.evaluation.lines import json_lines, json_objects, lines_of

_WHAT: Final = "golden set"
_HINT: Final = "Each line is an object with id, question, answers and answerable."


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """The questions of a file."""

    questions: tuple[GoldenQuestion, ...]
    drafts: int = 0
    """Questions that were left out because nobody has accepted them yet."""


def load_questions(path: Path, split: str | None = None) -> list[GoldenQuestion]:
    """Read a golden set from JSON lines, all of it or one split, drafts left out.

    Raises:
        InvalidDataset: the file is missing or a line is not a golden question; names the line.
    """
    return [question for question in load_set(path).questions if split is None or question.split == split]


def load_set(path: Path) -> GoldenSet:
    """Read a golden set from JSON lines: questions, and how many drafts among them were left out.

    Raises:
        InvalidDataset: the file is missing or a line is not a golden question; names the line.
    """
    found = _kept(json_lines(path, _WHAT, _HINT), path)
    return GoldenSet(tuple(one.golden for one in found if not one.draft), sum(one.draft for one in found))


def read_kept(content: bytes, name: str) -> list[KeptQuestion]:
    """The golden set that a file holds, drafts among it.

    Args:
        content: of the file.
        name: of the file, for errors.

    Raises:
        InvalidDataset: a line is not a golden question; names the line.
    """
    return _kept(json_objects(lines_of(content, name, _WHAT), name, _HINT), name)


def to_line(kept: KeptQuestion) -> dict[str, Any]:
    """A question as a line of a golden set holds it."""
    golden = kept.golden
    line = {
        "id": golden.id,
        "question": golden.question,
        "answers": list(golden.answers),
        "answerable": golden.answerable,
        "document": golden.document,
        "page": golden.pages[0] if golden.pages else None,
        "language": golden.language,
        "history": [{"question": turn.question, "answer": turn.answer} for turn in golden.history],
        "split": golden.split,
        "source": kept.source.value,
    }
    if len(golden.pages) > 1:
        line["pages"] = list(golden.pages)
    return {**line, "draft": True} if kept.draft else line


def _kept(lines: Iterable[tuple[int, Mapping[str, Any]]], path: Path | str) -> list[KeptQuestion]:
    found: list[KeptQuestion] = []
    first: dict[str, int] = {}
    for number, entry in lines:
        try:
            question = _question(entry)
        except (ValueError, KeyError, TypeError, InvalidQuestion) as error:
            wrong = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise InvalidDataset(f"Line {number} of {path} is not a golden question: {wrong}.", _HINT) from error
        if question.id in first:
            raise InvalidDataset(
                f"Line {number} of {path} has the id {question.id!r} of line {first[question.id]}.",
                "Give each question an id of its own.",
            )
        first[question.id] = number
        named = entry.get("source")
        source = Source(named) if named in list(Source) else Source.PERSON
        found.append(KeptQuestion(question, entry.get("draft", False), source))
    return found


def _question(entry: Mapping[str, Any]) -> GoldenQuestion:
    answers, answerable, page = entry["answers"], entry["answerable"], entry.get("page")
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise TypeError("answers must be a list of texts")
    if not isinstance(answerable, bool) or not isinstance(entry.get("draft", False), bool):
        raise TypeError("answerable and draft must be true or false, without quotation marks")
    if type(entry["id"]) not in (str, int) or not str(entry["id"]).strip() or not isinstance(entry["question"], str):
        raise TypeError("id and question must be texts")
    for name in ("document", "language", "split"):
        if not isinstance(entry.get(name), str | None):
            raise TypeError(f"{name} must be a text")
    clean_question(entry["question"])
    named = entry.get("document") or ""
    pages = entry.get("pages") or ([] if page is None else [page])
    if not isinstance(pages, list) or not all(type(each) is int and each > 0 for each in pages):
        raise TypeError("page must be a number from 1, without quotation marks, and pages a list of them")
    return GoldenQuestion(
        id=str(entry["id"]),
        question=entry["question"],
        answers=tuple(answers),
        answerable=answerable,
        document=named if named.strip() else None,
        pages=tuple(pages),
        language=(entry.get("language") or "").strip().lower() or "und",
        history=_history(entry.get("history") or []),
        split=entry.get("split") or "test",
    )


def _history(turns: object) -> tuple[Turn, ...]:
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise TypeError("history must be a list of turns")
    if not all(isinstance(turn.get(key), str) for turn in turns for key in ("question", "answer")):
        raise TypeError("each turn of the history must have a question and an answer")
    return tuple(Turn(turn["question"], turn["answer"]) for turn in turns)
