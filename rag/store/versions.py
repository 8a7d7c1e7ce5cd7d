"""Versions of documents: which are nearly the same, what people say of them, and which is the one to go by."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from rag.core.errors import DocumentNotFound, InvalidEdit
from rag.core.types import Chunk, Standing
from rag.store import rows
from rag.store.contents import Contents

_IN_BAND: Final = 200
"""Documents of one band that are looked at, the newest first: a form that thousands filled in must not slow down
each further one."""


class Signed(NamedTuple):
    """A document's signature as the catalog keeps it; `rag.core.shingles` makes and reads it."""

    document_id: str
    shingles: int
    minhash: bytes
    bands: Sequence[int] = ()
    """Signed 64-bit numbers; two documents that share one may be nearly the same. Not read back."""


class Twin(NamedTuple):
    """Another version of a document, nearly the same."""

    document_id: str
    share: float
    """Share of the document's text, 0 to 1, that stands in this version of it, too."""


class State(NamedTuple):
    """How a document stands among its versions. Ids are in order of preference, best first."""

    standing: Standing
    newer: tuple[str, ...]
    """Documents to go by before it; none for the current one."""
    others: tuple[str, ...]
    """All other versions of it: those nearly the same, and those that took its place."""


class _Known(NamedTuple):
    document_id: str
    name: str
    effective: str
    dated: str
    added_at: float
    successor: str

    def age(self) -> tuple[str, list[int], float]:
        """What orders versions: the date; where it is the same, the numbers in the name; then when it was added."""
        day = self.effective or self.dated or time.strftime("%Y-%m-%d", time.localtime(self.added_at))
        return day, [int(number) for number in re.findall(r"\d{1,18}", self.name)], self.added_at


class Versions(Contents):
    """The part of the catalog that concerns versions."""

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction that changes the library."""
        raise NotImplementedError

    # --- what people say ------------------------------------------------------------------------------------------

    def describe(
        self,
        document_id: str,
        *,
        effective: str | None = None,
        review: str | None = None,
        superseded_by: str | None = None,
    ) -> None:
        """Note what somebody says of a document. None leaves a thing as it is, "" takes it back.

        Args:
            effective: from when on it holds, as YYYY-MM-DD.
            review: when it should be looked through again, as YYYY-MM-DD.
            superseded_by: id of the document that took its place.

        Raises:
            DocumentNotFound: one of the documents is not in the catalog.
            InvalidEdit: no date, or the document would take its own place.
            LibraryLocked: the catalog was opened for reading.
        """
        given = {"effective": effective, "review": review, "superseded_by": superseded_by}
        for day in (effective, review):
            if day:
                _check_date(day)
        with self.writing() as connection:
            if superseded_by:
                _check_successor(connection, document_id, superseded_by)
            for column, value in given.items():
                if value is None:
                    continue
                stored = None if column == "superseded_by" and not value else value
                changed = connection.execute(
                    f"UPDATE documents SET {column} = ? WHERE id = ?", (stored, document_id)
                ).rowcount
                if not changed:
                    raise _not_there(document_id)

    def said_before(self, document_id: str) -> tuple[str, str]:
        """Effective and review date that were said of the version whose place this document took; "" where none was.

        Only where they were not carried over, see `carry_over`.
        """
        sql = "SELECT max(effective), max(review) FROM superseded WHERE document_id = ?"
        ((effective, review),) = self._all(sql, (document_id,))
        return effective or "", review or ""

    # --- which are nearly the same --------------------------------------------------------------------------------

    def unsigned(self, limit: int) -> list[str]:
        """Ids of documents that have no signature yet, the first added first."""
        # Counting first: each signature is of a document, and asking each document took 7 ms of ten thousand.
        sql = """SELECT documents.id FROM documents LEFT JOIN signatures ON document_id = documents.id
                 WHERE (SELECT count(*) FROM documents) > (SELECT count(*) FROM signatures)
                 AND key IS NULL ORDER BY added_at, documents.id LIMIT ?"""
        return [row[0] for row in self._all(sql, (limit,))]

    def sharing_bands(self, bands: Sequence[int], limit: int) -> list[Signed]:
        """The signed documents that share most of these bands, most first."""
        shared: dict[int, int] = {}
        sql = "SELECT key FROM signature_bands WHERE band = ? ORDER BY key DESC LIMIT ?"
        with self.database.reading() as connection:
            for band in bands:
                for (key,) in connection.execute(sql, (band, _IN_BAND)):
                    shared[key] = shared.get(key, 0) + 1
        best = sorted(shared, key=lambda key: (-shared[key], -key))[:limit]
        found = self._all_in("SELECT key, document_id, shingles, minhash FROM signatures WHERE key IN ({})", best)
        by_key = {key: Signed(*rest) for key, *rest in found}
        return [by_key[key] for key in best if key in by_key]

    def sign(self, signed: Signed, pairs: Iterable[tuple[str, float, float]]) -> None:
        """Keep a document's signature, and which documents it is nearly the same as. What was found before goes.

        Does nothing when the document has gone meanwhile.

        Args:
            signed: with its bands.
            pairs: of each other document its id, the share of this one's text that stands in it, and the share of its
                text that stands in this one.
        """
        own = signed.document_id
        with self.writing() as connection:
            connection.execute("DELETE FROM signatures WHERE document_id = ?", (own,))
            connection.execute("DELETE FROM versions WHERE document_id = ? OR other_id = ?", (own, own))
            key = connection.execute(
                "INSERT INTO signatures (document_id, shingles, minhash) SELECT id, ?, ? FROM documents WHERE id = ?",
                (signed.shingles, signed.minhash, own),
            )
            if not key.rowcount:
                return
            connection.executemany(
                "INSERT OR IGNORE INTO signature_bands VALUES (?, ?)", [(band, key.lastrowid) for band in signed.bands]
            )
            for other, ours, theirs in pairs:
                for one, two, share in ((own, other, ours), (other, own, theirs)):
                    connection.execute(
                        "INSERT INTO versions SELECT ?, ?, ? FROM documents WHERE id = ?", (one, two, share, other)
                    )

    def twins(self, document_id: str) -> list[Twin]:
        """The documents that are nearly the same, the most alike first."""
        sql = "SELECT other_id, share FROM versions WHERE document_id = ? ORDER BY share DESC, other_id"
        return [Twin(*row) for row in self._all(sql, (document_id,))]

    def nearest_chunks(self, document_id: str, chunk_ids: Sequence[str], k: int) -> list[Chunk]:
        """The chunks of a document that are among the `k` nearest, by their vectors, to each of the given chunks."""
        given = self._all_in(
            "SELECT dimension, vector FROM chunks JOIN vectors USING (key) WHERE id IN ({})", chunk_ids
        )
        if not given:
            return []
        dimension = given[0][0]
        sql = "SELECT id, vector FROM chunks JOIN vectors USING (key) WHERE document_id = ? AND dimension = ?"
        found = self._all(sql, (document_id, dimension))
        sought = rows.matrix_of([blob for size, blob in given if size == dimension], dimension)
        cosines = sought @ rows.matrix_of([blob for _, blob in found], dimension).T
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :k].T.ravel()
        ids = list(dict.fromkeys(found[place][0] for place in nearest))
        chunks = self.chunks(ids)
        return [chunks[chunk_id] for chunk_id in ids if chunk_id in chunks]

    # --- which to go by -------------------------------------------------------------------------------------------

    def states(self, document_ids: Collection[str] | None = None, *, today: str = "") -> dict[str, State]:
        """How documents stand among their versions; only those of which there is something to say.

        The newest version in force is the current one: by its effective date where somebody named one, else by the
        file's date, else by when it was added. Versions of the same date go by the numbers in their names.

        Args:
            document_ids: None for all.
            today: as YYYY-MM-DD; "" for the day it is.
        """
        today = today or time.strftime("%Y-%m-%d")
        wanted = self._with_relations(document_ids, today)
        if not wanted:
            return {}
        near, known = self._around(wanted)
        orders: dict[str, list[_Known]] = {}
        for group in _components(near):
            order = _ordered([known[document_id] for document_id in group if document_id in known], today)
            orders |= dict.fromkeys(group, order)
        return {
            document_id: _state(known[document_id], orders.get(document_id, [known[document_id]]), known, today)
            for document_id in wanted
            if document_id in known
        }

    def _with_relations(self, document_ids: Collection[str] | None, today: str) -> list[str]:
        """Those of the documents that are in any way not the only one of their kind."""
        given = list(document_ids) if document_ids is not None else []
        among = f"IN ({', '.join('?' * len(given))})" if document_ids is not None else "IS NOT NULL"
        sql = f"""SELECT document_id FROM versions WHERE document_id {among}
                  UNION SELECT id FROM documents WHERE id {among} AND (superseded_by IS NOT NULL OR effective > ?)"""
        return [row[0] for row in self._all(sql, (*given, *given, today))]

    def _around(self, wanted: Sequence[str]) -> tuple[dict[str, set[str]], dict[str, _Known]]:
        """Who is nearly the same as whom among the documents that are related to the `wanted`, and what is known."""
        near: dict[str, set[str]] = {}
        known: dict[str, _Known] = {}
        ahead = set(wanted)
        while ahead:
            some = sorted(ahead)
            near.update((document_id, set()) for document_id in some)
            sql = "SELECT document_id, other_id FROM versions WHERE document_id IN ({})"
            for document_id, other in self._all_in(sql, some):
                near[document_id].add(other)
            sql = "SELECT id, name, effective, dated, added_at, superseded_by FROM documents WHERE id IN ({})"
            for *rest, successor in self._all_in(sql, some):
                known[rest[0]] = _Known._make((*rest, successor or ""))
            ahead = {other for document_id in some for other in near[document_id]}
            ahead |= {known[document_id].successor for document_id in some if document_id in known}
            ahead -= {*near, ""}
        return near, known


def carry_over(connection: sqlite3.Connection, earlier: str, now: str) -> None:
    """What was said of a document whose file was replaced, as far as it holds for the document that lies there now.

    Dates are said of a text. They go over where the text is the same (the file was only saved again); where it
    differs, the effective date would date the new text wrongly and the review may just have been done: they are kept
    beside, for the report to tell. That a document was superseded, and which ones it superseded, is said of its role
    and holds for its next version too. What is said of the present document itself is never changed.
    """
    connection.execute(
        "UPDATE superseded SET document_id = ?, effective = '', review = '' WHERE document_id = ?", (now, earlier)
    )
    effective, review, successor = connection.execute(
        "SELECT effective, review, superseded_by FROM documents WHERE id = ?", (earlier,)
    ).fetchone()
    if (effective or review) and _text(connection, earlier) == _text(connection, now):
        connection.execute(
            """UPDATE documents SET effective = CASE effective WHEN '' THEN ? ELSE effective END,
               review = CASE review WHEN '' THEN ? ELSE review END WHERE id = ?""",
            (effective, review, now),
        )
        effective = review = ""
    connection.execute("INSERT INTO superseded VALUES (?, ?, ?, ?)", (earlier, now, effective, review))
    connection.execute(
        "UPDATE documents SET superseded_by = ? WHERE superseded_by = ? AND id <> ?", (now, earlier, now)
    )
    if successor not in (None, now):
        connection.execute(
            "UPDATE documents SET superseded_by = coalesce(superseded_by, ?) WHERE id = ?", (successor, now)
        )


def _text(connection: sqlite3.Connection, document_id: str) -> list[str]:
    pages = connection.execute("SELECT text FROM pages WHERE document_id = ? ORDER BY number", (document_id,))
    return [word for (text,) in pages for word in text.split()]


def _check_date(written: str) -> None:
    try:
        if date.fromisoformat(written).isoformat() == written:
            return
    except ValueError:
        pass
    raise InvalidEdit(f"'{written}' is not a date.", "Write dates as year, month and day: 2025-03-01.")


def _check_successor(connection: sqlite3.Connection, document_id: str, successor: str) -> None:
    seen, step = [document_id], successor
    while step:
        if step in seen:
            raise InvalidEdit(
                "A document cannot take its own place, not by way of others either.", "Name the newest of them."
            )
        seen.append(step)
        found = connection.execute("SELECT superseded_by FROM documents WHERE id = ?", (step,)).fetchone()
        if found is None:
            raise _not_there(step)
        step = found[0]


def _not_there(document_id: str) -> DocumentNotFound:
    return DocumentNotFound(f"No document {document_id} is in the library.", "See `kitabu list`.")


def _components(near: Mapping[str, set[str]]) -> list[set[str]]:
    """The groups of documents that hang together by being nearly the same, each of two or more."""
    groups: list[set[str]] = []
    left = {document_id for document_id, others in near.items() if others}
    while left:
        group: set[str] = set()
        ahead = {left.pop()}
        while ahead:
            group |= ahead
            ahead = {other for document_id in ahead for other in near.get(document_id, ())} - group
        groups.append(group)
        left -= group
    return groups


def _ordered(group: Sequence[_Known], today: str) -> list[_Known]:
    """Versions in order of preference: those in force, those that will be, those superseded, each newest first."""
    in_force = [one for one in group if not one.successor and one.effective <= today]
    waiting = [one for one in group if not one.successor and one.effective > today]
    replaced = [one for one in group if one.successor]
    return [one for some in (in_force, waiting, replaced) for one in sorted(some, key=_Known.age, reverse=True)]


def _state(own: _Known, order: Sequence[_Known], known: Mapping[str, _Known], today: str) -> State:
    better = order[: order.index(own)]
    heirs: list[_Known] = []
    step = known.get(own.successor)
    while step is not None and step not in heirs and step is not own:
        heirs.append(step)
        step = known.get(step.successor)
    # The end of a line of successors is the one that holds.
    newer = _distinct([*reversed(heirs), *better])
    others = _distinct([*reversed(heirs), *(one for one in order if one is not own)])
    if own.successor:
        return State(Standing.SUPERSEDED, newer, others)
    if own.effective > today:
        return State(Standing.NOT_YET, newer, others)
    return State(Standing.OLDER if newer else Standing.CURRENT, newer, others)


def _distinct(found: Iterable[_Known]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.document_id for one in found))
