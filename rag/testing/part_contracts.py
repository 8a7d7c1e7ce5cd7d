"""Contract suites for readers and chunkers; those for embedders and indexes are in `contracts`.

A part's test subclasses a suite and overrides its fixtures:

    class TestSubtitles(ReaderContract):
        @pytest.fixture
        def reader(self):
            return Subtitles()

        @pytest.fixture
        def file(self, tmp_path):
            ...
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from ingest.embedding_text import embedded_text
from ingest.readers.builder import DocumentBuilder, clean
from rag.core.ports import Chunker, Reader
from rag.core.types import SPAN_SEPARATOR, BlockKind, ParsedDocument

TokenCounter = Callable[[Sequence[str]], list[int]]


class ReaderContract:
    """What `rag.core.ports.Reader` promises."""

    @pytest.fixture
    def reader(self) -> Reader:
        """Override: the reader."""
        raise NotImplementedError

    @pytest.fixture
    def file(self) -> Path:
        """Override: a file with text that it reads."""
        raise NotImplementedError

    @pytest.fixture
    def parsed(self, reader: Reader, file: Path) -> ParsedDocument:
        """What it makes of the file."""
        return reader.read(file)

    def test_text_and_structure(self, parsed: ParsedDocument) -> None:
        """There is a title, a kind, a page, and text."""
        assert parsed.title
        assert "/" in parsed.media_type
        assert any(block.kind is not BlockKind.FURNITURE for block in parsed.blocks)

    def test_pages_are_numbered_from_one(self, parsed: ParsedDocument) -> None:
        """In their order."""
        assert [page.number for page in parsed.pages] == list(range(1, len(parsed.pages) + 1))

    def test_blocks_lie_in_their_pages(self, parsed: ParsedDocument) -> None:
        """In reading order, none over another, none without text."""
        reached = (0, 0)
        for block in parsed.blocks:
            assert parsed.slice(block.span).strip()
            assert (block.span.page, block.span.start) >= reached
            assert block.span.end <= len(parsed.pages[block.span.page - 1].text)
            reached = (block.span.page, block.span.end)

    def test_the_same_again(self, reader: Reader, file: Path, parsed: ParsedDocument) -> None:
        """A file read twice is the same document: quotations keep their place."""
        assert reader.read(file) == parsed

    def test_it_can_be_sent(self, parsed: ParsedDocument) -> None:
        """Files are read in a process of their own, and what was read is sent from there."""
        assert pickle.loads(pickle.dumps(parsed)) == parsed


class ChunkerContract:
    """What `rag.core.ports.Chunker` promises. A word is a token here, and two special ones are counted."""

    max_tokens: ClassVar[int] = 64

    @pytest.fixture
    def make(self) -> Callable[[TokenCounter, int], Chunker]:
        """Override: the class, or a function that makes the chunker."""
        raise NotImplementedError

    @pytest.fixture
    def chunker(self, make: Callable[[TokenCounter, int], Chunker]) -> Chunker:
        """A chunker for `max_tokens`."""
        return make(count_words, self.max_tokens)

    def test_spans_are_exact(self, chunker: Chunker) -> None:
        """A chunk's text is its spans' slices; ids are its own; ordinals count from 0."""
        parsed = sample_document()
        chunks = chunker.chunk("d" * 64, parsed)
        assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
        assert len({chunk.id for chunk in chunks}) == len(chunks)
        for chunk in chunks:
            assert chunk.document_id == "d" * 64
            assert chunk.text.strip()
            assert chunk.text == SPAN_SEPARATOR.join(parsed.slice(span) for span in chunk.spans)

    def test_nothing_is_lost(self, chunker: Chunker) -> None:
        """Every word of every block but the furniture's is in a chunk."""
        parsed = sample_document()
        found = " ".join(chunk.text for chunk in chunker.chunk("d" * 64, parsed)).split()
        for block in parsed.blocks:
            if block.kind is not BlockKind.FURNITURE:
                assert set(parsed.slice(block.span).split()) <= set(found)

    def test_chunks_are_no_longer_than_the_embedder_reads(self, chunker: Chunker) -> None:
        """Title and headings, which are embedded with them, counted."""
        parsed = sample_document()
        texts = [embedded_text(parsed.title, chunk) for chunk in chunker.chunk("d" * 64, parsed)]
        assert max(count_words(texts)) <= self.max_tokens

    def test_the_same_again(self, chunker: Chunker) -> None:
        """The same document gives the same chunks; another one's have other ids."""
        parsed = sample_document()
        first = chunker.chunk("d" * 64, parsed)
        assert chunker.chunk("d" * 64, parsed) == first
        assert not {chunk.id for chunk in first} & {chunk.id for chunk in chunker.chunk("e" * 64, parsed)}

    def test_its_name_tells_its_settings(self, make: Callable[[TokenCounter, int], Chunker]) -> None:
        """A library is marked with the name: passages of another length are told by another name."""
        assert make(count_words, 64).name == make(count_words, 64).name
        assert make(count_words, 64).name != make(count_words, 128).name


def count_words(texts: Sequence[str]) -> list[int]:
    """Words of each text and two special tokens."""
    return [len(text.split()) + 2 for text in texts]


def sample_document() -> ParsedDocument:
    """Two pages with headings, a long paragraph, a list, a table and a running foot."""
    builder = DocumentBuilder("text/plain")
    builder.title = "The handbook"
    first, second = builder.new_page(), builder.new_page()
    first.add(BlockKind.HEADING, "Fridges", level=1)
    first.add(BlockKind.PARAGRAPH, clean(" ".join(f"Sentence {number} tells of fridges." for number in range(60))))
    first.add(BlockKind.FURNITURE, "foot")
    second.add(BlockKind.HEADING, "Boats", level=1)
    items, table = builder.new_group(), builder.new_group()
    for number in range(5):
        second.add(BlockKind.LIST_ITEM, f"boat {number} leaves at {number} o'clock", group=items)
    second.add(BlockKind.TABLE_HEAD, "boat | seats", group=table)
    for number in range(5):
        second.add(BlockKind.TABLE_ROW, f"boat {number} | {number * 10}", group=table)
    return builder.build("file")
