"""Collections in BEIR's format: documents, queries, and which document is relevant to which query.

Thakur et al., "BEIR: a heterogeneous benchmark for zero-shot evaluation of information retrieval models"
(NeurIPS 2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rag.core.errors import InvalidDataset, InvalidQuestion
from rag.core.question import clean_question
from rag.evaluation.lines import json_lines, text_lines

_RECORD: Final = (
    'Each line is an object such as {"_id": "d1", "title": "...", "text": "..."}; the title may be left out.'
)
_QUERY: Final = 'Each line is an object such as {"_id": "q1", "text": "..."}.'
_JUDGEMENT: Final = "Each line has a query's id, a document's id and a whole number, with tabs between them."

Judgements = Mapping[str, Mapping[str, int]]
"""Grade by document, by query."""


@dataclass(frozen=True, slots=True)
class Record:
    """One document of a collection."""

    id: str
    title: str
    text: str


def load_corpus(path: Path) -> list[Record]:
    """The documents of a `corpus.jsonl`.

    Raises:
        InvalidDataset: it cannot be read, or a line is not a document; names the line.
    """
    records: dict[str, Record] = {}
    for number, entry in json_lines(path, "corpus", _RECORD):
        key = _id(entry, number, path, records, _RECORD)
        title, text = entry.get("title") or "", entry.get("text")
        if not isinstance(text, str) or not isinstance(title, str):
            raise InvalidDataset(f"Line {number} of {path} has no text, or it is not a text.", _RECORD)
        records[key] = Record(key, title, text)
    if not records:
        raise InvalidDataset(f"The corpus {path} holds no documents.", _RECORD)
    return list(records.values())


def load_queries(path: Path) -> dict[str, str]:
    """The queries of a `queries.jsonl` by their ids.

    Raises:
        InvalidDataset: it cannot be read, or a line is not a query; names the line.
    """
    queries: dict[str, str] = {}
    for number, entry in json_lines(path, "file of queries", _QUERY):
        key = _id(entry, number, path, queries, _QUERY)
        text = entry.get("text")
        if not isinstance(text, str):
            raise InvalidDataset(f"Line {number} of {path} has no text, or it is not a text.", _QUERY)
        try:
            queries[key] = clean_question(text)
        except InvalidQuestion as error:
            raise InvalidDataset(f"Line {number} of {path} cannot be asked: {error.message}", _QUERY) from error
    return queries


def load_judgements(path: Path, queries: Mapping[str, str]) -> Judgements:
    """The judgements of a `qrels.tsv`, whose first line may be its head.

    Raises:
        InvalidDataset: it cannot be read, a line is not a judgement, contradicts an earlier one, or names a query that
            is not there.
    """
    judged: dict[str, dict[str, int]] = {}
    for place, (number, line) in enumerate(text_lines(path, "file of judgements")):
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != 3:
            raise InvalidDataset(f"Line {number} of {path} has {len(fields)} columns, not 3.", _JUDGEMENT)
        query, document, grade = fields
        try:
            value = int(grade)
        except ValueError as error:
            if place == 0 and query not in queries:  # the head; a grade such as 1.0 makes a line none
                continue
            raise InvalidDataset(f"Line {number} of {path} has the grade {grade!r}.", _JUDGEMENT) from error
        if query not in queries:
            raise InvalidDataset(f"Line {number} of {path} judges the query {query!r}, which is not among the queries.")
        if judged.setdefault(query, {}).setdefault(document, value) != value:
            raise InvalidDataset(
                f"Line {number} of {path} gives {document!r} another grade for {query!r} than an earlier line.",
                "Keep one of the two lines.",
            )
    if not judged:
        raise InvalidDataset(f"The file of judgements {path} is empty.", _JUDGEMENT)
    return judged


def _id(entry: Mapping[str, Any], number: int, path: Path, known: Mapping[str, object], hint: str) -> str:
    key = entry.get("_id")
    if not isinstance(key, str | int) or isinstance(key, bool) or not str(key).strip():
        raise InvalidDataset(f"Line {number} of {path} has no _id.", hint)
    if str(key) in known:
        raise InvalidDataset(f"Line {number} of {path} has the _id {key!r} of an earlier line.", hint)
    return str(key)
