"""What made the vectors of an index."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decides whether vectors can be compared: two indexes match only if every field matches."""

    embedder: str
    digest: str
    """sha256 of the weights, or what the provider gives as a version."""
    dimension: int
    query_prompt: str
    document_prompt: str
    precision: str
    chunker: str
    """Name and settings, e.g. "structure:240"."""
