"""Files into exact page texts and structure: `read` tells the format by content and picks the reader."""

from ingest.readers.detect import Detected, detect
from ingest.readers.formats import READABLE, SUFFIXES
from ingest.readers.registry import load_own, read
from ingest.readers.source import Limits, Source
from ingest.readers.version import READERS_VERSION, readers_mark

__all__ = [
    "READABLE",
    "READERS_VERSION",
    "SUFFIXES",
    "Detected",
    "Limits",
    "Source",
    "detect",
    "load_own",
    "read",
    "readers_mark",
]
