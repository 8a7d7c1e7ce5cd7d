"""Keyword search: BM25 by tantivy over tokens of our own."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

import regex

from rag.core.errors import LibraryLocked, StoreUnavailable
from rag.core.ports import Scored
from rag.core.text import Token, content_words, stem, tokens

if TYPE_CHECKING:
    from tantivy import Index, IndexWriter, Query, Schema, Searcher

T = TypeVar("T")
FORMAT: Final = "1"
"""Grows when tokens or fields change, so that an index of an older version is built anew."""
_HEAP: Final = 50_000_000
"""Bytes the writer gathers before it writes a segment."""
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


class _Counted(Protocol):
    """What a search that counts gives back; tantivy's own declarations leave it out."""

    count: int


class TantivyIndex:
    """A tantivy index with the fields `surface` (folded words) and `stem`.

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

    def add(self, chunks: Sequence[tuple[str, str, str]]) -> None:
        """Add or replace (chunk id, text, language). Durable on return."""
        from tantivy import Document

        with self._lock:
            writer = self._writing()

            def work() -> None:
                for chunk_id, text, language in chunks:
                    found = tokens(text)
                    writer.delete_documents_by_term("id", chunk_id)
                    writer.add_document(
                        Document(
                            id=chunk_id,
                            surface=" ".join(_forms(found)),
                            stem=" ".join(stem(token.text, language) for token in found),
                        )
                    )
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

    def search(self, question: str, language: str, k: int) -> list[Scored]:
        """The `k` best by BM25, best first. Any of the question's words may occur; stop words are left out.

        A word counts once, by its own form or its stem, whichever is rarer.
        """
        words = content_words(question, language)
        searcher = self._searcher()
        if not words or searcher is None or k < 1:
            return []
        from tantivy import Occur, Query

        schema = self._schema()

        def clause(word: str) -> Query:
            forms = [
                Query.term_query(schema, "surface", word, "freq"),
                Query.term_query(schema, "stem", stem(word, language), "freq"),
            ]
            return Query.disjunction_max_query(forms)

        def work() -> list[Scored]:
            query = Query.boolean_query([(Occur.Should, clause(word)) for word in words])
            hits = searcher.search(query, k, count=False).hits
            return [Scored(searcher.doc(address)["id"][0], float(score)) for score, address in hits]

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

    def clear(self) -> None:
        """Empty it, also when what is on disk is damaged."""
        with self._lock:
            self._require_writable()
            self.close()
            shutil.rmtree(self._folder, ignore_errors=True)
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
        return builder.build()

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        # tantivy's errors come as ValueError, a failing disk as OSError.
        except (ValueError, OSError, RuntimeError) as error:
            raise StoreUnavailable(
                f"The keyword index in {self._folder} cannot be used ({error}).",
                "It is rebuilt at the next start. If that fails, check the disk's space and permissions.",
            ) from error
