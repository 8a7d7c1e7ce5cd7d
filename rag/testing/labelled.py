"""Generated sentences that people labelled, and how well the check tells the true ones from the others.

A folder holds `passages.jsonl` ({"id", "passage"}, the passage as `rag.core.serialise` writes it) and files of
sentences ({"text", "keys", "passages": ids, "language", "supported", "number", "reason"}).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.answering.citations import check
from rag.core.serialise import from_json
from rag.core.types import Passage, Sentence


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence, the passages it was held against, and what a person found."""

    text: str
    keys: tuple[str, ...]
    passages: tuple[Passage, ...]
    language: str
    supported: bool
    """The passages say all that it says."""
    number: bool
    """It is not supported, and a number, unit, date or time is what is wrong with it, or among it."""
    reason: str

    @property
    def half(self) -> str:
        """ "tune" or "test", by the text's digest: the checker is mended by the one and reported on the other."""
        return "tune" if hashlib.sha256(self.text.encode()).digest()[0] % 2 else "test"

    def checked(self) -> Sentence:
        """What the check finds."""
        return check(self.text, self.keys, self.passages, self.language)


@dataclass(frozen=True, slots=True)
class Figures:
    """How a number of sentences were judged. Flagging the false ones is what is looked for."""

    false: int
    flagged: int
    """Of the false ones, those that were flagged."""
    true: int
    in_peace: int
    """Of the true ones, those that were not."""

    @property
    def recall(self) -> float:
        """Share of the false sentences that were flagged; 1 where there are none."""
        return self.flagged / self.false if self.false else 1.0

    @property
    def precision(self) -> float:
        """Share of the flagged sentences that are false; 1 where none was flagged."""
        every = self.flagged + self.true - self.in_peace
        return self.flagged / every if every else 1.0

    @property
    def peace(self) -> float:
        """Share of the true sentences that were left in peace; 1 where there are none."""
        return self.in_peace / self.true if self.true else 1.0


def load_labelled(folder: Path, name: str) -> list[Labelled]:
    """The sentences of `folder/name`.

    Raises:
        ValueError: a line is not of that shape.
        KeyError: a passage that a sentence names is not there.
    """
    passages = {entry["id"]: from_json(Passage, entry["passage"]) for entry in _lines(folder / "passages.jsonl")}
    return [
        Labelled(
            entry["text"],
            tuple(entry["keys"]),
            tuple(passages[one] for one in entry["passages"]),
            entry["language"],
            entry["supported"],
            entry["number"],
            entry["reason"],
        )
        for entry in _lines(folder / name)
    ]


def figures(sentences: Iterable[Labelled]) -> Figures:
    """Check the sentences and count."""
    judged = [(sentence.supported, sentence.checked().supported) for sentence in sentences]
    return Figures(
        false=sum(not true for true, _ in judged),
        flagged=sum(not true and not held for true, held in judged),
        true=sum(true for true, _ in judged),
        in_peace=sum(true and held for true, held in judged),
    )


def misjudged(sentences: Sequence[Labelled]) -> list[tuple[Labelled, Sentence]]:
    """Those of which the check says something else than the person, with what it says."""
    checked = [(sentence, sentence.checked()) for sentence in sentences]
    return [(sentence, found) for sentence, found in checked if sentence.supported is not found.supported]


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
