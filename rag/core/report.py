"""How well a file was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """Text of a document that gives orders to a program that reads it, see `rag.core.orders`."""

    page: int
    kind: str
    """A value of `rag.core.orders.OrderKind`."""
    quote: str
    """Its words on one line, cut where they are long."""


@dataclass(frozen=True, slots=True)
class ReportCard:
    """How well a file was read: what a person needs to know before trusting that "it is in the library"."""

    pages: int = 0
    pages_ocr: int = 0
    ocr_confidence: float | None = None
    """Mean over the recognised pages, 0 to 1, weighed by their length; None without any."""
    ocr_engine: str = ""
    pages_empty: int = 0
    pages_image_only: int = 0
    """Pages that show a picture of which no text could be recognised."""
    pages_failed: int = 0
    tables: int = 0
    languages: Mapping[str, float] = field(default_factory=dict)
    """Share of the pages' characters by language (ISO 639-1, or "und"), most first; adds up to 1."""
    chunks_cut: int = 0
    """Chunks longer than the embedder reads, so that their ends were not embedded. Should be none."""
    encoding: str = ""
    skipped: tuple[str, ...] = ()
    orders: tuple[FoundOrder, ...] = ()
    """The first of them, in reading order."""
