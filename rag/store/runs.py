"""Runs over the golden questions: the figures of each, and what every question brought."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rag.store import rows

if TYPE_CHECKING:
    from rag.store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Run:
    """One run over the golden questions. `figures` and `settings` are JSON objects."""

    started_at: float
    """Seconds since the epoch."""
    wanted: int
    """Questions that there were."""
    asked: int
    """Questions that were asked: fewer when the run was stopped."""
    figures: Mapping[str, Any]
    settings: Mapping[str, Any]
    """With which it was asked, the model among them."""
    library: str
    """Digest of the documents that were there."""
    id: int = 0
    """Given by the catalog."""

    @property
    def complete(self) -> bool:
        """Whether every question was asked."""
        return self.asked == self.wanted


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one question brought in a run."""

    question_id: str
    digest: str
    """Of the question as it was asked, see `GoldenQuestion.digest`."""
    answer: str
    """Its text; "" when a document was deleted since that the answer was made from."""
    figures: Mapping[str, Any]
    documents: frozenset[str] = frozenset()
    """Ids of the documents that the answer was made from; not given back by `Runs.results`."""


_COLUMNS: Final = "started_at, wanted, asked, figures, settings, library, id"


class Runs:
    """Runs in the catalog's file. Any process may write here."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def keep(self, run: Run, results: Sequence[RunResult]) -> int:
        """Keep a run that is over; returns its id.

        Results of questions that were deleted meanwhile are left out, as are the texts of answers made from documents
        that were.
        """
        with self._database.writing() as connection:
            added = connection.execute(
                "INSERT INTO runs (started_at, wanted, asked, figures, settings, library) VALUES (?, ?, ?, ?, ?, ?)",
                (run.started_at, run.wanted, run.asked, rows.dump(run.figures), rows.dump(run.settings), run.library),
            ).lastrowid
            for result in results:
                _keep_result(connection, int(added or 0), result)
        return int(added or 0)

    def recent(self, limit: int) -> list[Run]:
        """The newest runs first."""
        sql = f"SELECT {_COLUMNS} FROM runs ORDER BY id DESC LIMIT ?"
        return [
            Run(started_at, wanted, asked, json.loads(figures), json.loads(settings), library, run_id)
            for started_at, wanted, asked, figures, settings, library, run_id in self._all(sql, (limit,))
        ]

    def results(self, run_id: int) -> list[RunResult]:
        """What each question brought, in the order in which they were asked."""
        sql = "SELECT question_id, digest, answer, figures FROM run_results WHERE run_id = ? ORDER BY number"
        return [
            RunResult(question_id, digest, answer, json.loads(figures))
            for question_id, digest, answer, figures in self._all(sql, (run_id,))
        ]

    def _all(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        with self._database.reading() as connection:
            return connection.execute(sql, parameters).fetchall()


def forget_document(connection: sqlite3.Connection, document_id: str) -> None:
    """Take a document's words out of the answers that runs kept, within the caller's transaction; figures stay."""
    connection.execute(
        "UPDATE run_results SET answer = '' WHERE number IN (SELECT result FROM run_documents WHERE document_id = ?)",
        (document_id,),
    )
    connection.execute("DELETE FROM run_documents WHERE document_id = ?", (document_id,))


def _keep_result(connection: sqlite3.Connection, run_id: int, result: RunResult) -> None:
    if not connection.execute("SELECT 1 FROM golden_questions WHERE id = ?", (result.question_id,)).fetchone():
        return
    there = all(
        connection.execute("SELECT 1 FROM documents WHERE id = ?", (document,)).fetchone()
        for document in result.documents
    )
    number = connection.execute(
        "INSERT INTO run_results (run_id, question_id, digest, answer, figures) VALUES (?, ?, ?, ?, ?)",
        (
            run_id,
            result.question_id,
            result.digest,
            rows.storable(result.answer) if there else "",
            rows.dump(result.figures),
        ),
    ).lastrowid
    if there:
        connection.executemany(
            "INSERT INTO run_documents VALUES (?, ?)", [(number, document) for document in result.documents]
        )
