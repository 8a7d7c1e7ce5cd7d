"""Parsed documents into chunks: one file per strategy."""

from ingest.chunkers.structure import StructureChunker

__all__ = ["StructureChunker"]
