"""The steps that runs share: hashing a file, chunking a document, keeping the indexes up to date."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.embedding_text import embedded_text
from ingest.report_card import main_language, report_card
from ingest.similarity import sign_new
from rag.core.errors import Damaged, ModelError, NoText, TooLarge, Unreadable
from rag.core.ports import Chunker, Embedder
from rag.core.report import ReportCard
from rag.core.types import Chunk, PageStatus, ParsedDocument
from rag.store.library import Library

log = logging.getLogger(__name__)

INDEX_CHUNKS: Final = 500
INDEX_SECONDS: Final = 2.0
"""The indexes take in what was acknowledged after so many chunks or seconds: a commit of theirs is not cheap."""
_BLOCK: Final = 1 << 20


def never() -> bool:
    """The `stop` of a run that nobody stops."""
    return False


def hash_file(path: str, limit: int) -> str:
    """The sha256 of a file's bytes, in hex.

    Raises:
        TooLarge: it has more than `limit` bytes.
        Unreadable: it cannot be opened or read.
    """
    digest = hashlib.sha256()
    size = 0
    try:
        with Path(path).open("rb") as file:
            while block := file.read(_BLOCK):
                size += len(block)
                if size > limit:
                    raise too_large(path, limit)
                digest.update(block)
    except OSError as error:
        raise Unreadable(
            f"{Path(path).name} cannot be opened: {error.strerror or error}.",
            "Check that the file is still there and that you may read it, then add it again.",
        ) from error
    return digest.hexdigest()


def too_large(path: str, limit: int) -> TooLarge:
    """The error for a file of more than `limit` bytes."""
    return TooLarge(
        f"{Path(path).name} is larger than {limit / 1e6:,.0f} MB.",
        "Split it into smaller files, or raise the setting max_file_mb.",
    )


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was read and chunked, ready to be embedded."""

    parsed: ParsedDocument
    chunks: Sequence[Chunk]
    texts: Sequence[str]
    """Of each chunk what is embedded."""
    lengths: Sequence[int]
    """Of each text its tokens."""
    language: str
    report: ReportCard


class Maker:
    """Makes of what was read what the embedder and the catalog want."""

    def __init__(self, embedder: Embedder, chunker: Chunker) -> None:
        self.embedder = embedder
        self.chunker = chunker

    def make(self, document_id: str, name: str, parsed: ParsedDocument) -> Made:
        """The document's chunks, at least one, and all that is told from its text.

        Raises:
            NoText: there is nothing to chunk; says why.
            Damaged: the chunker failed on it.
        """
        chunks = self.chunks(document_id, name, parsed)
        texts, lengths = self.texts(parsed.title, chunks)
        cut = sum(length > self.embedder.max_tokens for length in lengths)
        return Made(parsed, chunks, texts, lengths, main_language(parsed), report_card(parsed, chunks_cut=cut))

    def chunks(self, document_id: str, name: str, parsed: ParsedDocument) -> list[Chunk]:
        """The document's chunks, at least one.

        Raises:
            NoText: there is nothing to chunk; says why.
            Damaged: the chunker failed on it.
            ModelError: the embedder cannot count tokens now.
        """
        try:
            chunks = self.chunker.chunk(document_id, parsed)
        except ModelError:  # tokens are counted by the embedder, whose server may be away: that is not the document's
            raise
        except Exception as error:  # worker boundary: one strange document must not end the batch
            log.exception("chunking failed")
            raise Damaged(
                f"{name} could not be divided into passages ({type(error).__name__}: {error}).",
                "Please report this with the file, if it may be shown.",
            ) from error
        if not chunks:
            raise _no_text(name, parsed)
        return chunks

    def texts(self, title: str, chunks: Sequence[Chunk]) -> tuple[list[str], list[int]]:
        """Of each chunk the text that is embedded, title and headings included, and its tokens."""
        texts = [embedded_text(title, chunk) for chunk in chunks]
        return texts, self.embedder.count_tokens(texts)


class Indexing:
    """Has the indexes take in what the catalog acknowledged, now and then and at the end."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._waiting = 0
        self._applied_at = time.monotonic()

    def acknowledged(self, chunks: int) -> None:
        """A document with so many chunks went into the catalog."""
        self._waiting += chunks
        if self._waiting >= INDEX_CHUNKS or time.monotonic() - self._applied_at >= INDEX_SECONDS:
            self.apply()

    def apply(self) -> None:
        """Bring the indexes up to date."""
        self._library.apply_pending()
        sign_new(self._library.catalog)
        self._waiting = 0
        self._applied_at = time.monotonic()


def _no_text(name: str, parsed: ParsedDocument) -> NoText:
    statuses = [page.status for page in parsed.pages]
    if not statuses:
        return NoText(f"{name} has no pages.", "Check the file in another program.")
    if PageStatus.IMAGE_ONLY in statuses:
        return NoText(
            f"{name} has only pictures of text on its {len(statuses)} pages.",
            "Run text recognition (OCR) over it, or add the file it was printed from.",
        )
    if PageStatus.FAILED in statuses:
        reasons = " ".join(parsed.warnings)
        return NoText(
            f"None of the pages of {name} could be read. {reasons}".strip(), "Open the file and save it again."
        )
    return NoText(f"{name} has no text on its {len(statuses)} pages.", "Check the file in another program.")
