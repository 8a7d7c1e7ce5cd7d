"""The usual recipe for questions on PDFs, step by step as its packages do it, to measure against.

PyPDFLoader, RecursiveCharacterTextSplitter(1000, 200), HuggingFaceEmbeddings and Chroma.from_documents are thin
classes around pypdf, a loop, sentence-transformers and chromadb. Here are the same calls without the classes: their
packages are not needed for anything else in Kitabu, and what they add is not measurable beside the work.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from rag.models.minilm import PACKAGE

CHUNK_SIZE: Final = 1000
CHUNK_OVERLAP: Final = 200
_SEPARATORS: Final = ("\n\n", "\n", " ", "")


class Recipe:
    """The recipe with its model loaded."""

    def __init__(self) -> None:
        import importlib.util

        from sentence_transformers import SentenceTransformer

        spec = importlib.util.find_spec(PACKAGE)
        assert spec is not None
        assert spec.origin is not None
        self._model: Any = SentenceTransformer(str(Path(spec.origin).parent / "model"), device="cpu")
        self._model.encode(["Warm-up."])

    def run(self, files: Sequence[Path], folder: Path) -> dict[str, float]:
        """Take PDFs into a new Chroma folder; seconds of each step, and the number of chunks."""
        began = time.perf_counter()
        pages = [page for file in files for page in _load(file)]
        read = time.perf_counter()
        chunks = [(chunk, metadata) for text, metadata in pages for chunk in split(text)]
        cut = time.perf_counter()
        # As HuggingFaceEmbeddings.embed_documents: line breaks replaced, in batches of 32, vectors as lists.
        vectors = self._model.encode([text.replace("\n", " ") for text, _ in chunks], show_progress_bar=False).tolist()
        embedded = time.perf_counter()
        _store(folder, chunks, vectors)
        stored = time.perf_counter()
        steps = {"read": read - began, "split": cut - read, "embed": embedded - cut, "store": stored - embedded}
        return {**steps, "all": stored - began, "chunks": len(chunks)}


def _load(file: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    """As PyPDFLoader: a document for each page."""
    from pypdf import PdfReader

    reader = PdfReader(str(file))
    for number, page in enumerate(reader.pages):
        yield page.extract_text(), {"source": str(file), "page": number, "total_pages": len(reader.pages)}


def _store(folder: Path, chunks: Sequence[tuple[str, dict[str, Any]]], vectors: Sequence[Sequence[float]]) -> None:
    """As Chroma.from_documents with a folder: random ids, texts and metadata stored, the default space."""
    from chromadb.api.client import Client
    from chromadb.config import Settings

    client = Client(settings=Settings(is_persistent=True, persist_directory=str(folder), anonymized_telemetry=False))
    collection = client.get_or_create_collection("langchain", embedding_function=None)
    size = client.get_max_batch_size()
    for start in range(0, len(chunks), size):
        some = chunks[start : start + size]
        collection.upsert(
            ids=[str(uuid.uuid4()) for _ in some],
            embeddings=list(vectors[start : start + size]),
            documents=[text for text, _ in some],
            metadatas=[metadata for _, metadata in some],
        )
    client.close()


def split(text: str, separators: Sequence[str] = _SEPARATORS) -> list[str]:
    """As RecursiveCharacterTextSplitter.split_text with its default separators, which stay at a piece's beginning."""
    here = next((index for index, one in enumerate(separators) if one in text), len(separators) - 1)
    separator, finer = separators[here], separators[here + 1 :]
    parts = text.split(separator) if separator else list(text)
    pieces = [parts[0], *(separator + part for part in parts[1:])] if separator else parts
    done: list[str] = []
    short: list[str] = []
    for piece in filter(None, pieces):
        if len(piece) < CHUNK_SIZE:
            short.append(piece)
            continue
        done += _merge(short)
        short = []
        done += split(piece, finer) if finer else [piece]
    return done + _merge(short)


def _merge(pieces: Sequence[str]) -> list[str]:
    chunks: list[str] = []
    current: list[str] = []
    length = 0
    for piece in pieces:
        if current and length + len(piece) > CHUNK_SIZE:
            chunks.append("".join(current).strip())
            while length > CHUNK_OVERLAP or (length and length + len(piece) > CHUNK_SIZE):
                length -= len(current.pop(0))
        current.append(piece)
        length += len(piece)
    if current:
        chunks.append("".join(current).strip())
    return [chunk for chunk in chunks if chunk]
