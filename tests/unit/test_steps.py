"""No document is "indexed" with zero chunks, and one that the chunker cannot stand does not end the run."""

from pathlib import Path

import pytest

from ingest.chunkers import StructureChunker
from ingest.steps import Maker, hash_file
from rag.core.errors import Damaged, NoText, TooLarge, Unreadable
from rag.core.types import Block, BlockKind, Page, PageStatus, ParsedDocument, Span
from rag.testing.embedding import HashEmbedder


def maker() -> Maker:
    embedder = HashEmbedder()
    return Maker(embedder, StructureChunker(embedder.count_tokens, embedder.max_tokens))


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ((), "no pages"),
        ((Page(1, "", PageStatus.EMPTY), Page(2, "", PageStatus.EMPTY)), "no text on its 2 pages"),
        ((Page(1, "", PageStatus.EMPTY), Page(2, "", PageStatus.IMAGE_ONLY)), "only pictures"),
        ((Page(1, "", PageStatus.FAILED),), "Page 1 is broken."),
    ],
)
def test_nothing_to_chunk_says_why(pages: tuple[Page, ...], reason: str) -> None:
    warnings = ("Page 1 is broken.",) if pages and pages[0].status is PageStatus.FAILED else ()
    parsed = ParsedDocument("application/pdf", "Doses", pages, (), warnings)
    with pytest.raises(NoText, match=reason) as caught:
        maker().chunks("ab" * 32, "doses.pdf", parsed)
    assert "doses.pdf" in caught.value.message
    assert caught.value.hint


def test_document_that_breaks_the_chunker_is_that_files_failure() -> None:
    block = Block(BlockKind.PARAGRAPH, Span(7, 0, 5))  # there is no page 7
    parsed = ParsedDocument("text/plain", "Doses", (Page(1, "Doses"),), (block,))
    with pytest.raises(Damaged, match=r"doses\.txt"):
        maker().chunks("ab" * 32, "doses.txt", parsed)


def test_hash_is_that_of_the_bytes_and_minds_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert hash_file(str(path), 3) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(TooLarge):
        hash_file(str(path), 2)
    with pytest.raises(Unreadable, match=r"none\.txt"):
        hash_file(str(tmp_path / "none.txt"), 3)
