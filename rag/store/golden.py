"""Golden questions kept in the catalog, and the least figures that the organisation wants of a run."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.types import Turn
from rag.store import rows

if TYPE_CHECKING:
    from rag.store.catalog import Catalog

_COLUMNS: Final = "id, question, answers, answerable, document, pages, language, history, split, draft, source"


class GoldenQuestions:
    """Questions and wanted figures in the catalog's file. Any process may write here."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def all(self) -> list[KeptQuestion]:
        """All questions, drafts among them, in the order in which they came."""
        return [_kept(row) for row in self._all(f"SELECT {_COLUMNS} FROM golden_questions ORDER BY number", ())]

    def accepted(self) -> list[GoldenQuestion]:
        """The questions that are asked, in the order in which they came."""
        return [kept.golden for kept in self.all() if not kept.draft]

    def get(self, question_id: str) -> KeptQuestion | None:
        """The question, or None when there is none of that id."""
        found = self._all(f"SELECT {_COLUMNS} FROM golden_questions WHERE id = ?", (question_id,))
        return _kept(found[0]) if found else None

    def put(self, kept: KeptQuestion, made_of: Collection[str] = ()) -> None:
        """Add a question, or replace the one with its id, which keeps its place.

        Args:
            kept: the question.
            made_of: ids of the documents whose words it has: it goes with them. One that is there keeps its own.
        """
        self.put_all([(kept, made_of)])

    def put_all(self, questions: Iterable[tuple[KeptQuestion, Collection[str]]]) -> None:
        """`put`, for several in one transaction."""
        now = time.time()
        with self._database.writing() as connection:
            for kept, made_of in questions:
                connection.execute(
                    f"""INSERT INTO golden_questions ({_COLUMNS}, changed_at) VALUES ({"?, " * 11}?)
                    ON CONFLICT (id) DO UPDATE SET question = excluded.question, answers = excluded.answers,
                    answerable = excluded.answerable, document = excluded.document, pages = excluded.pages,
                    language = excluded.language, history = excluded.history, split = excluded.split,
                    draft = excluded.draft, source = excluded.source, changed_at = excluded.changed_at""",
                    (*_row(kept), now),
                )
                connection.executemany(
                    "INSERT OR IGNORE INTO golden_documents VALUES (?, ?)",
                    [(kept.golden.id, document) for document in made_of],
                )

    def delete(self, question_ids: Iterable[str]) -> None:
        """Delete questions, with what runs say of each; ids that are not there are no error."""
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM golden_questions WHERE id = ?", [(one,) for one in question_ids])

    def targets(self) -> dict[str, float]:
        """The figures that a run should reach, 0 to 1, by their names."""
        return dict(self._all("SELECT figure, value FROM targets", ()))

    def set_targets(self, targets: Mapping[str, float]) -> None:
        """Say which figures a run should reach; what is left out is not asked for."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM targets")
            connection.executemany("INSERT INTO targets VALUES (?, ?)", list(targets.items()))

    def _all(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        with self._database.reading() as connection:
            return connection.execute(sql, parameters).fetchall()


def forget_document(connection: sqlite3.Connection, document_id: str, name: str) -> None:
    """Take a document's words out of the golden questions, within the caller's transaction.

    Questions made of its words go. Those that somebody else worded stay, without what the document answered, as drafts:
    a person has to say whether another document answers them now, or none. They name it by its file's name: while
    another document has that name, they stay as they are.
    """
    connection.execute(
        "DELETE FROM golden_questions WHERE id IN (SELECT question_id FROM golden_documents WHERE document_id = ?)",
        (document_id,),
    )
    connection.execute(
        """UPDATE golden_questions SET answers = '[]', document = NULL, pages = '[]', history = '[]', draft = 1,
           source = ?, changed_at = ?
           WHERE document = ? AND NOT EXISTS (SELECT 1 FROM documents WHERE name = ? AND id != ?)""",
        (Source.ORPHAN, time.time(), name, name, document_id),
    )


def _row(kept: KeptQuestion) -> tuple[object, ...]:
    golden = kept.golden
    return (
        golden.id,
        rows.storable(golden.question),
        rows.dump(golden.answers),
        golden.answerable,
        golden.document,
        rows.dump(golden.pages),
        golden.language,
        rows.dump([(turn.question, turn.answer) for turn in golden.history]),
        golden.split,
        kept.draft,
        kept.source,
    )


def _kept(row: Sequence[Any]) -> KeptQuestion:
    key, question, answers, answerable, document, pages, language, history, split, draft, source = row
    golden = GoldenQuestion(
        key,
        question,
        tuple(json.loads(answers)),
        bool(answerable),
        document,
        tuple(json.loads(pages)),
        language,
        tuple(Turn(asked, answered) for asked, answered in json.loads(history)),
        split,
    )
    return KeptQuestion(golden, bool(draft), Source(source))
