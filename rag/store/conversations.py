"""Conversations that outlive a reload: turns with their answers, and what people thought of them."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from rag.core.errors import DocumentNotFound
from rag.core.serialise import from_json, to_json
from rag.core.text import tokens
from rag.core.types import Answer, Citation, Sentence
from rag.store import rows

if TYPE_CHECKING:
    from rag.store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of an answer: `value` is 1 or -1."""

    turn_id: str
    value: int
    comment: str
    created_at: float


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question and what was answered. `answer` is None while, or when, only part of it came: that is `text`."""

    id: str
    question: str
    text: str
    answer: Answer | None
    created_at: float
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; its id cannot be guessed and is all that is needed to read it."""

    id: str
    title: str
    created_at: float
    model: str = ""
    """The model that answers in it, as the setting `model` writes it; "" for the one that answers everywhere."""


class Conversations:
    """Conversations, turns and feedback in the catalog's file. Any process may write here."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database

    def create(self, title: str = "", model: str = "") -> Conversation:
        """Begin a conversation."""
        conversation = Conversation(secrets.token_urlsafe(16), rows.storable(title), time.time(), model)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO conversations (id, title, created_at, model) VALUES (?, ?, ?, ?)",
                (conversation.id, conversation.title, conversation.created_at, conversation.model),
            )
        return conversation

    def get(self, conversation_id: str) -> Conversation | None:
        """The conversation, or None when there is none of that id."""
        found = self._all("SELECT id, title, created_at, model FROM conversations WHERE id = ?", (conversation_id,))
        return Conversation(*found[0]) if found else None

    def recent(self, limit: int = 50) -> list[Conversation]:
        """The newest conversations first."""
        sql = "SELECT id, title, created_at, model FROM conversations ORDER BY number DESC LIMIT ?"
        return [Conversation(*row) for row in self._all(sql, (limit,))]

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE conversations SET title = ? WHERE id = ?", (rows.storable(title), conversation_id)
            )

    def set_model(self, conversation_id: str, model: str) -> None:
        """Have a model answer in this conversation; "" takes that back."""
        with self._database.writing() as connection:
            connection.execute("UPDATE conversations SET model = ? WHERE id = ?", (model, conversation_id))

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation with its turns and their feedback."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))

    def add_turn(self, conversation_id: str, question: str) -> str:
        """Note a question before its answer is there; returns the turn's id.

        Raises:
            DocumentNotFound: there is no such conversation.
        """
        turn_id = secrets.token_urlsafe(16)
        with self._database.writing() as connection:
            if not connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone():
                raise DocumentNotFound("This conversation does not exist any more.", "Begin a new one.")
            connection.execute(
                "INSERT INTO turns (id, conversation_id, question, text, created_at) VALUES (?, ?, ?, '', ?)",
                (turn_id, conversation_id, rows.storable(question), time.time()),
            )
        return turn_id

    def save_partial(self, turn_id: str, text: str) -> None:
        """Keep what has come of an answer so far. Does nothing when the whole answer is there."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE turns SET text = ? WHERE id = ? AND answer IS NULL", (rows.storable(text), turn_id)
            )

    def save_answer(self, turn_id: str, answer: Answer) -> None:
        """Keep the whole answer, and which documents it quotes; not what it quotes of documents deleted meanwhile."""
        documents = {passage.document.id for passage in answer.passages}
        documents |= {citation.document_id for citation in answer.quotations}
        with self._database.writing() as connection:
            for document_id in set(documents):
                if not connection.execute(_QUOTABLE, (document_id, document_id)).fetchone():
                    documents.remove(document_id)
                    answer = _without(answer, document_id)
            text = json.dumps(to_json(answer), ensure_ascii=True)
            changed = connection.execute(
                "UPDATE turns SET answer = ?, text = ? WHERE id = ?", (text, rows.storable(answer.text), turn_id)
            ).rowcount
            if changed:
                connection.execute("DELETE FROM turn_documents WHERE turn_id = ?", (turn_id,))
                connection.executemany(
                    "INSERT INTO turn_documents VALUES (?, ?)", [(turn_id, document) for document in documents]
                )

    def turns(self, conversation_id: str) -> list[StoredTurn]:
        """The turns of a conversation in order."""
        return [
            _turn(row) for row in self._all(f"{_TURNS} WHERE conversation_id = ? ORDER BY number", (conversation_id,))
        ]

    def turn(self, turn_id: str) -> StoredTurn | None:
        """One turn, or None."""
        found = self._all(f"{_TURNS} WHERE turns.id = ?", (turn_id,))
        return _turn(found[0]) if found else None

    def set_feedback(self, turn_id: str, value: int, comment: str = "") -> None:
        """Note thumbs up (1) or down (-1); 0 takes it back.

        Raises:
            ValueError: another value.
        """
        if value not in (-1, 0, 1):
            raise ValueError(f"feedback {value}")
        with self._database.writing() as connection:
            connection.execute("DELETE FROM feedback WHERE turn_id = ?", (turn_id,))
            if value:
                connection.execute(
                    "INSERT INTO feedback SELECT id, ?, ?, ? FROM turns WHERE id = ?",
                    (value, rows.storable(comment), time.time(), turn_id),
                )

    def feedback(self, limit: int = 1000) -> list[tuple[StoredTurn, Feedback]]:
        """The newest feedback first, with the turn it is about."""
        sql = f"{_TURNS} WHERE feedback.value IS NOT NULL ORDER BY feedback.created_at DESC LIMIT ?"
        turns = [_turn(row) for row in self._all(sql, (limit,))]
        return [(turn, turn.feedback) for turn in turns if turn.feedback]

    def unhelpful(self, limit: int) -> list[StoredTurn]:
        """Turns whose answer did not help somebody or was a refusal, newest first, until they are handled."""
        sql = f"""{_TURNS} LEFT JOIN handled_turns ON handled_turns.turn_id = turns.id
                  WHERE handled_turns.turn_id IS NULL AND answer IS NOT NULL
                  AND (value = -1 OR json_extract(answer, '$.refusal') IS NOT NULL) ORDER BY number DESC LIMIT ?"""
        return [_turn(row) for row in self._all(sql, (limit,))]

    def set_handled(self, turn_id: str) -> None:
        """Note that somebody looked at a turn that was not helpful; it is not given back by `unhelpful` any more."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO handled_turns SELECT id FROM turns WHERE id = ?", (turn_id,))

    def _all(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        with self._database.reading() as connection:
            return connection.execute(sql, parameters).fetchall()


_TURNS = """SELECT turns.id, question, text, answer, turns.created_at, value, comment, feedback.created_at
            FROM turns LEFT JOIN feedback ON feedback.turn_id = turns.id"""


_QUOTABLE = "SELECT 1 FROM documents WHERE id = ? UNION ALL SELECT 1 FROM superseded WHERE earlier_id = ?"

_QUOTATION: Final = 5
"""So many words in a row that a document has, too, are its words."""
DELETED: Final = "(This part quoted a document that has been deleted.)"
"""Stands as a sentence in a kept answer where one was taken out: it says nothing that could be checked."""


def _turn(row: Sequence[Any]) -> StoredTurn:
    answer = from_json(Answer, json.loads(row[3])) if row[3] is not None else None
    feedback = Feedback(row[0], row[5], row[6], row[7]) if row[5] is not None else None
    return StoredTurn(row[0], row[1], row[2], answer, row[4], feedback)


def forget_document(connection: sqlite3.Connection, document_id: str) -> None:
    """Take a document's words out of every kept answer, within the caller's transaction.

    Its quotes and passages go, the sentences that cite it or say the same in its words give way to a note, and notices
    that name it are left out. Feedback on such an answer goes. What there is of an answer that never became whole says
    not what it quotes: it gives way as well.
    """
    connection.execute("UPDATE turns SET text = ? WHERE answer IS NULL AND text <> ''", (DELETED,))
    sql = "SELECT id, answer FROM turns JOIN turn_documents ON turn_id = id WHERE document_id = ?"
    for turn_id, text in connection.execute(sql, (document_id,)).fetchall():
        answer = _without(from_json(Answer, json.loads(text)), document_id)
        connection.execute(
            "UPDATE turns SET answer = ?, text = ? WHERE id = ?",
            (json.dumps(to_json(answer), ensure_ascii=True), rows.storable(answer.text), turn_id),
        )
        connection.execute("DELETE FROM feedback WHERE turn_id = ?", (turn_id,))
    connection.execute("DELETE FROM turn_documents WHERE document_id = ?", (document_id,))


def _without(answer: Answer, document_id: str) -> Answer:
    def kept(citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
        return tuple(citation for citation in citations if citation.document_id != document_id)

    quoted = {run for text in _quoted(answer, document_id) for run in _runs(text)}
    sentences: list[Sentence] = []
    for sentence in answer.sentences:
        uncited = not sentence.citations and not quoted.isdisjoint(_runs(sentence.text) | _runs(sentence.reason))
        if kept(sentence.citations) == sentence.citations and not uncited:
            looked_up = sentence.nearest is not None and sentence.nearest.document_id == document_id
            sentences.append(replace(sentence, nearest=None) if looked_up else sentence)
        elif not sentences or sentences[-1].text != DELETED:
            sentences.append(Sentence(DELETED, sentence.support, separator=sentence.separator))
    names = {citation.document for citation in answer.quotations if citation.document_id == document_id}
    names |= {passage.document.name for passage in answer.passages if passage.document.id == document_id}
    changed = tuple(sentences) != answer.sentences and answer.refusal is None  # else the text is the refusal's own
    asked = answer.clarification
    if asked is not None:
        left = tuple(meaning for meaning in asked.meanings if meaning.document_id != document_id)
        asked = replace(asked, meanings=left)
    return replace(
        answer,
        text=asked.text if asked else _text(sentences) if changed else answer.text,
        citations=kept(answer.citations),
        sentences=tuple(sentences),
        passages=tuple(passage for passage in answer.passages if passage.document.id != document_id),
        refusal=replace(answer.refusal, nearest=kept(answer.refusal.nearest)) if answer.refusal else None,
        notices=tuple(notice for notice in answer.notices if not any(name in notice for name in names)),
        rivals=kept(answer.rivals),
        clarification=asked,
        thoughts="",  # they may say anything that the passages say
    )


def _quoted(answer: Answer, document_id: str) -> list[str]:
    """All that an answer holds of a document's words."""
    texts = [passage.text for passage in answer.passages if passage.document.id == document_id]
    return texts + [citation.quote for citation in answer.quotations if citation.document_id == document_id]


def _runs(text: str) -> set[tuple[str, ...]]:
    """The runs of words of which one is enough to call it a quotation."""
    words = [token.text for token in tokens(text)]
    return {tuple(words[at : at + _QUOTATION]) for at in range(len(words) - _QUOTATION + 1)}


def _text(sentences: Sequence[Sentence]) -> str:
    """The answer as text: what is left of it, each sentence followed by the keys of its citations."""
    parts: list[str] = []
    for sentence in sentences:
        keys = "".join(dict.fromkeys(citation.key for citation in sentence.citations))
        parts += [f"{sentence.text} {keys}".rstrip(), sentence.separator]
    return "".join(parts[:-1])
