"""Files into exact page texts and structure: `read` tells the format by content and picks the reader."""

from ingest.readers.detect import READABLE, SUFFIXES, Detected, detect
from ingest.readers.registry import read

__all__ = ["READABLE", "SUFFIXES", "Detected", "detect", "read"]
