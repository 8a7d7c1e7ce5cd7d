"""What a reader is given: the file, what people call it, and the limits it has to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.readers.builder import one_line


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. Whoever exceeds one is refused with `TooLarge`, or read in part with a warning."""

    pages: int = 10_000
    """Pages of one document; a PDF may claim a million in a file of a few kilobytes."""
    unpacked: int = 2 * 1024**3
    """Bytes that a compressed file may unpack to, all that lies within it counted."""
    members: int = 10_000
    """Files within an archive or attached to a message, those within those counted."""
    depth: int = 4
    """Containers within containers: a mail in a mail in an archive."""


@dataclass(slots=True)
class Spent:
    """What a file has cost so far, all that lies within it counted: held against its limits."""

    unpacked: int = 0
    members: int = 0


def _nobody(done: int, total: int) -> None:
    """The `progress` of a reading that nobody watches."""
    del done, total


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read. A member of an archive or an attachment is spooled to disk and is a source of its own."""

    path: Path
    """Where its bytes lie."""
    name: str = ""
    """What people call it; the path's name when not given."""
    limits: Limits = field(default_factory=Limits)
    depth: int = 0
    """How many containers it lies in."""
    ocr: str = "auto"
    """Text recognition: "auto" (the best engine there is), "tesseract", "rapidocr" or "off"."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Readers of one's own: by name ending, in lower case with its dot, the dotted path of a `ports.Reader`."""
    progress: Callable[[int, int], None] = _nobody
    """Readers for which a page takes long call it with the pages done and their total: it shows that they live."""
    spent: Spent = field(default_factory=Spent, compare=False)
    """Shared by a file and all that lies within it."""

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.path.name)

    @property
    def suffix(self) -> str:
        """The name's ending in lower case, with its dot."""
        return Path(self.name).suffix.lower()

    @property
    def title(self) -> str:
        """A title for a document that has none: the name without its ending."""
        return one_line(Path(self.name).stem)
