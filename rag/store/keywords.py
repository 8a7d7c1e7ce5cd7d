"""Keyword search: BM25 by tantivy over tokens of our own."""

from __future__ import annotations

import json
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

import regex

from rag.core.errors import LibraryLocked, StoreUnavailable
from rag.core.ports import KeywordEntry, Scored
from rag.core.text import Token, content_words, stem, tokens

if TYPE_CHECKING:
    from tantivy import Index, IndexWriter, Query, Schema, Searcher

T = TypeVar("T")
FORMAT: Final = "4"
"""Grows when tokens or fields change, so that an index of an older version is built anew."""
AROUND: Final = 0.3
"""Share of a word's weight that comes from the chunk and its neighbours taken as one text; the rest comes from the
chunk alone. Chosen on the first half of XQuAD's and SQuAD's articles (docs/decisions/0006)."""
_HEAP: Final = 50_000_000
"""Bytes the writer gathers before it writes a segment."""
_SLICE: Final = 1000
"""Chunks written again in one commit."""
_ROUNDS: Final = 3
"""A merge that runs beside the writing may make one more segment with deleted chunks."""
_LONGEST_PIECE: Final = 40
"""Signs of what stands between two blanks: anything longer is rare, or a text without blanks, and not remembered."""
_PIECES: Final = 65_536
"""Analysed pieces that are remembered, about 20 MB. Nine of ten words of a text have been met before."""
_LINES: Final = 256
"""Analysed lines that are remembered: those of a chunk come again as those of its neighbours' surroundings."""
_CHINESE: Final = regex.compile(r"^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々〇]{2,}$")
_SEPARATORS: Final = regex.compile(r"[\-/]")


def _forms(found: Sequence[Token]) -> Iterator[str]:
    """What a text can be found by, beside stems: its words; parts of codes and ranges; single Chinese characters."""
    for token in found:
        yield token.text
        if _CHINESE.match(token.text):
            yield from token.text
        elif len(parts := _SEPARATORS.split(token.text)) > 1:
            yield from parts
            yield "".join(parts)


def _analyse(piece: str, language: str) -> tuple[str, str]:
    found = tokens(piece)
    return " ".join(_forms(found)), " ".join(stem(token.text, language) for token in found)


_remembered: Final = lru_cache(_PIECES)(_analyse)


def analysed(text: str, language: str) -> tuple[str, str]:
    """What a text is found by, as the fields `surface` and `stem`: forms joined by blanks.

    No token reaches over a blank, so that the pieces between them can be taken one by one, and remembered.
    """
    lines = [_line(line, language) for line in text.split("\n")]
    return " ".join(surface for surface, _ in lines if surface), " ".join(stems for _, stems in lines if stems)


@lru_cache(_LINES)
def _line(line: str, language: str) -> tuple[str, str]:
    pieces = [
        _remembered(piece, language) if len(piece) <= _LONGEST_PIECE else _analyse(piece, language)
        for piece in line.split()
    ]
    return " ".join(surface for surface, _ in pieces if surface), " ".join(stems for _, stems in pieces if stems)


class _Counted(Protocol):
    """What a search that counts gives back; tantivy's own declarations leave it out."""

    count: int


class TantivyIndex:
    """A tantivy index with the fields `surface` (folded words), `stem`, and `around` (stems, also of the neighbours).

    It is opened at the first call, so that a damaged folder can still be cleared. With `read_only` it follows the
    commits of the process that writes, and an index that is not there yet is empty.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._folder = folder / FORMAT
        self._read_only = read_only
        self._lock = threading.RLock()
        self._index: Index | None = None
        self._writer: IndexWriter | None = None
        self._seen: tuple[int, int] | None = None

    def add(self, chunks: Sequence[KeywordEntry]) -> None:
        """Add or replace. Durable on return."""
        with self._lock:
            writer = self._writing()

            def work() -> None:
                self._put(writer, chunks)
                self._commit(writer)

            self._guarded(work)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Take chunks out; unknown ids are no error. Durable on return."""
        with self._lock:
            writer = self._writing()

            def work() -> None:
                for chunk_id in chunk_ids:
                    writer.delete_documents_by_term("id", chunk_id)
                self._commit(writer)

            self._guarded(work)

    def search(self, question: str, language: str, k: int, within: Sequence[str] | None = None) -> list[Scored]:
        """The `k` best by BM25, best first. Any of the question's words may occur; stop words are left out.

        A word counts once, by its own form or its stem, whichever is rarer; and by its stem in what stands around the
        chunk, itself included: a paragraph that was divided, or whose first sentence names what the next ones speak of,
        is found by all its words.

        Args:
            within: ids of the chunks that are looked at; None for all.
        """
        words = content_words(question, language)
        searcher = self._searcher()
        if not words or searcher is None or k < 1:
            return []
        from tantivy import Occur, Query

        schema = self._schema()

        def clauses(word: str) -> list[Query]:
            stemmed = stem(word, language)
            forms = [
                Query.term_query(schema, "surface", word, "freq"),
                Query.term_query(schema, "stem", stemmed, "freq"),
            ]
            return [
                Query.boost_query(Query.disjunction_max_query(forms), 1 - AROUND),
                Query.boost_query(Query.term_query(schema, "around", stemmed, "freq"), AROUND),
            ]

        def work() -> list[Scored]:
            query = Query.boolean_query([(Occur.Should, clause) for word in words for clause in clauses(word)])
            if within is not None:
                kept = Query.const_score_query(Query.term_set_query(schema, "id", list(within)), 0.0)
                query = Query.boolean_query([(Occur.Must, query), (Occur.Must, kept)])
            hits = searcher.search(query, k, count=False).hits
            return [Scored(searcher.doc(address)["id"][0], float(score)) for score, address in hits]

        return self._guarded(work)

    def having(self, words: Sequence[str], k: int) -> list[str]:
        """Up to `k` chunks that have every one of the words, in this form, those first that have them most."""
        searcher = self._searcher()
        if not words or searcher is None or k < 1:
            return []
        from tantivy import Occur, Query

        schema = self._schema()

        def work() -> list[str]:
            every = [(Occur.Must, Query.term_query(schema, "surface", word, "freq")) for word in words]
            hits = searcher.search(Query.boolean_query(every), k, count=False).hits
            return [searcher.doc(address)["id"][0] for _, address in hits]

        return self._guarded(work)

    def document_frequency(self, terms: Sequence[str]) -> list[int]:
        """In how many chunks each term occurs, as a stem or as the word itself."""
        searcher = self._searcher()
        if searcher is None:
            return [0] * len(terms)
        from tantivy import Query

        schema = self._schema()

        def count(field: str, term: str) -> int:
            # Not `doc_freq`: until segments are merged it counts deleted chunks too.
            found = searcher.search(Query.term_query(schema, field, term, "basic"), 1, count=True)
            return cast("_Counted", found).count

        return self._guarded(lambda: [max(count("stem", term), count("surface", term)) for term in terms])

    def count(self) -> int:
        """How many chunks it holds."""
        searcher = self._searcher()
        return searcher.num_docs if searcher else 0

    def holds(self, chunk_ids: Sequence[str]) -> int:
        """How many of the chunks it holds."""
        searcher = self._searcher()
        if searcher is None:
            return 0
        from tantivy import Query

        schema = self._schema()
        ids = [Query.term_query(schema, "id", chunk_id, "basic") for chunk_id in chunk_ids]
        found = self._guarded(lambda: [searcher.search(query, 1, count=True) for query in ids])
        return sum(cast("_Counted", one).count for one in found)

    def erase(
        self,
        texts: Callable[[Sequence[str]], Sequence[KeywordEntry]],
        go_on: Callable[[], bool],
        most: int | None = None,
    ) -> bool:
        """Write the segments anew that hold deleted chunks: a chunk's words stay in a segment's files until then.

        A segment goes when every chunk in it has been deleted; so those that live are added again. That takes about as
        long as adding them did; what is left in the middle is done again another time. Searches go on meanwhile.

        Args:
            texts: of chunks, as for `add`; those it does not give are deleted.
            go_on: asked between slices; a segment is written whole or not at all.
            most: leave it when so many chunks or more would have to be written.

        Returns:
            Whether nothing is left of deleted chunks.

        Raises:
            StoreUnavailable: the index cannot be written.
        """
        with self._lock:
            writer = self._writing()
            for _ in range(_ROUNDS):
                stale = self._beside_deleted()
                if most is not None and sum(map(len, stale)) >= most:
                    return False
                for ids in stale:
                    # In one commit: else the new segments are merged with the old one before it is empty.
                    for start in range(0, len(ids), _SLICE):
                        if not go_on():
                            self._guarded(writer.rollback)
                            return False
                        some = ids[start : start + _SLICE]
                        for chunk_id in some:
                            writer.delete_documents_by_term("id", chunk_id)
                        chunks = texts(some)
                        self._guarded(partial(self._put, writer, chunks))
                    self._guarded(partial(self._commit, writer))
                if not any(deleted for _, deleted in self._segments()):
                    break
                # A segment without a living chunk goes with a commit; a merge that ended meanwhile may have made one.
                self._guarded(partial(self._commit, writer))
            self._guarded(writer.garbage_collect_files)
            return not any(deleted for _, deleted in self._segments())

    def _put(self, writer: IndexWriter, chunks: Sequence[KeywordEntry]) -> None:
        from tantivy import Document

        for chunk_id, text, language, *neighbours in chunks:
            surface, stems = analysed(text, language)
            around = " ".join([stems, *(analysed(neighbour, language)[1] for neighbour in neighbours)])
            writer.delete_documents_by_term("id", chunk_id)
            writer.add_document(Document(id=chunk_id, surface=surface, stem=stems, around=around))

    def _segments(self) -> list[tuple[int, int]]:
        """How many chunks live in each segment, and how many deleted ones it holds."""
        try:
            listed = json.loads((self._folder / "meta.json").read_text(encoding="utf-8"))["segments"]
            counts = [(one["max_doc"], (one["deletes"] or {}).get("num_deleted_docs", 0)) for one in listed]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unusable(error) from error
        return [(size - deleted, deleted) for size, deleted in counts]

    def _beside_deleted(self) -> list[list[str]]:
        """The ids of the chunks that share a segment with a deleted one, segment by segment."""
        from tantivy import Query

        segments = self._segments()
        if not any(deleted for _, deleted in segments):
            return []

        def work() -> list[list[str]]:
            index = self._opened()
            index.reload()
            searcher = index.searcher()
            hits = searcher.search(Query.all_query(), max(searcher.num_docs, 1), count=False).hits
            found: list[list[str]] = [[] for _ in range(searcher.num_segments)]
            living = Counter(address.segment_ord for _, address in hits)
            # The searcher has the order of the list; a merge may have changed the list since, then all count as stale.
            told = [living[order] for order in range(searcher.num_segments)] == [count for count, _ in segments]
            for _, address in hits:
                if not told or segments[address.segment_ord][1]:
                    found[address.segment_ord].append(searcher.doc(address)["id"][0])
            return [ids for ids in found if ids]

        return self._guarded(work)

    def clear(self) -> None:
        """Empty it, also when what is on disk is damaged."""
        with self._lock:
            self._require_writable()
            self.close()
            # With those of older formats: they hold words that nobody would take out of them any more.
            for folder in (self._folder, *(self._folder.parent / str(older) for older in range(1, int(FORMAT)))):
                shutil.rmtree(folder, ignore_errors=True)
            self._writing()

    def close(self) -> None:
        """Release the folder."""
        with self._lock:
            writer, self._writer, self._index, self._seen = self._writer, None, None, None
            if writer is not None:
                self._guarded(writer.wait_merging_threads)

    def _require_writable(self) -> None:
        if self._read_only:
            raise LibraryLocked(
                "Another process owns this library, so its index cannot be changed from here.",
                "Close the running app, or make the change in it.",
            )

    def _writing(self) -> IndexWriter:
        self._require_writable()
        if self._writer is None:
            index = self._opened()
            # One thread: a commit then writes one segment, and embedding needs the other cores.
            writer = self._guarded(lambda: index.writer(heap_size=_HEAP, num_threads=1))
            # What a killed process wrote and did not commit would stand in the way of files of the same name.
            self._guarded(writer.garbage_collect_files)
            self._writer = writer
        return self._writer

    def _commit(self, writer: IndexWriter) -> None:
        writer.commit()
        self._opened().reload()

    def _opened(self) -> Index:
        if self._index is None:
            from tantivy import Index

            def work() -> Index:
                self._folder.mkdir(parents=True, exist_ok=True)
                index = Index(self._schema(), path=str(self._folder), reuse=True)
                index.config_reader("manual")
                index.reload()
                return index

            self._index = self._guarded(work)
        return self._index

    def _searcher(self) -> Searcher | None:
        # Searching does not wait for writing.
        if not self._read_only and (index := self._index) is not None:
            return self._guarded(index.searcher)
        with self._lock:
            if not self._read_only:
                return self._guarded(self._opened().searcher)
            try:
                status = (self._folder / "meta.json").stat()
            except OSError:
                return None
            # Every commit replaces this file.
            if self._seen != (seen := (status.st_ino, status.st_mtime_ns)):
                self._index = None
                self._seen = seen
            return self._guarded(self._opened().searcher)

    def _schema(self) -> Schema:
        from tantivy import SchemaBuilder

        builder = SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        # Our own tokens, joined by spaces.
        builder.add_text_field("surface", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("stem", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("around", tokenizer_name="whitespace", index_option="freq")
        return builder.build()

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        # tantivy's errors come as ValueError, a failing disk as OSError.
        except (ValueError, OSError, RuntimeError) as error:
            raise self._unusable(error) from error

    def _unusable(self, reason: object) -> StoreUnavailable:
        return StoreUnavailable(
            f"The keyword index in {self._folder} cannot be used ({reason}).",
            "It is rebuilt at the next start. If that fails, check the disk's space and permissions.",
        )
