"""Mailboxes in MBOX format: each message's pages, then those of its attachments, in the order they were received."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.formats import EML, MBOX
from ingest.readers.mail import Letter, attach, opened, write
from ingest.readers.members import Merger
from ingest.readers.source import Source
from rag.core.errors import Damaged
from rag.core.types import ParsedDocument

# RFC 4155: a line "From sender date" before each message; in the text such lines were marked with ">".
_SEPARATOR: Final = re.compile(rb"From \S+.{0,80}?\d{1,2}:\d\d.{0,60}\r?\n")
_MARKED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_LONGEST_LINE: Final = 64 * 1024
# A message beyond this, attachments included, is more than any mail server takes.
_LONGEST_MESSAGE: Final = 256 * 1024**2


def read(source: Source) -> ParsedDocument:
    """Read all messages; of a long mailbox as many as the limits allow, with a warning.

    Raises:
        TooLarge: what is attached unpacks to more than the limits allow.
        Damaged: a message is longer than any mail server takes.
    """
    document = DocumentBuilder(MBOX)
    merger = Merger(source, document)
    size = max(1, source.path.stat().st_size)
    newest = ""
    left = 0
    with source.path.open("rb") as file:
        for data in _messages(source, file):
            if merger.full:
                left += 1
                continue
            letter = opened(data)
            newest = max(newest, letter.dated)
            source.progress(file.tell(), size)
            _append(merger, letter)
    if left:
        merger.warn(f"{left:,} messages beyond the first {source.limits.pages:,} pages were not read.")
    document.dated = newest
    return merger.build(source.title)


def _append(merger: Merger, letter: Letter) -> None:
    single = DocumentBuilder(EML)
    write(single, single.new_page(letter.subject), letter)
    merger.append_own(single.build(letter.subject))
    attach(merger, letter)


def _messages(source: Source, file: IO[bytes]) -> Iterator[bytes]:
    """Each message's bytes, without the marks before "From " in its text."""
    lines: list[bytes] = []
    length = 0
    blank = True
    while line := file.readline(_LONGEST_LINE):
        if blank and _SEPARATOR.fullmatch(line):
            if lines:
                yield _MARKED.sub(rb"\1", b"".join(lines))
            lines, length = [], 0
            continue
        blank = not line.strip()
        length += len(line)
        if length > _LONGEST_MESSAGE:
            raise Damaged(
                f"{source.name} holds a message of more than {_LONGEST_MESSAGE // 1024**2} MB.",
                "Export the mailbox again.",
            )
        lines.append(line)
    if lines:
        yield _MARKED.sub(rb"\1", b"".join(lines))
