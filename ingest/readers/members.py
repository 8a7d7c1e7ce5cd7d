"""What readers of archives and messages share: members spooled to disk within limits, merged into one document."""

from __future__ import annotations

import errno
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, one_line
from ingest.readers.formats import SUFFIXES
from ingest.readers.source import Source
from rag.core.errors import IngestError, NoText, TooLarge, UnsupportedFormat
from rag.core.types import Block, BlockKind, Page, ParsedDocument, Span

_PIECE: Final = 1024**2
_MOST_WARNINGS: Final = 30
_MOST_ENDINGS: Final = 5
_HEADINGS: Final = (BlockKind.TITLE, BlockKind.HEADING)
_PICTURES: Final = frozenset(ending for ending, kind in SUFFIXES.items() if kind.startswith("image/"))


@contextmanager
def spooled(member: Source, stream: IO[bytes]) -> Iterator[Source]:
    """A member with its bytes in a temporary folder, which is gone afterwards.

    Args:
        member: as it is to be read, its path still the container's. Nothing of its name but a plain ending gets into
            a path.
        stream: its bytes.

    Raises:
        TooLarge: the container unpacks to more than its limits allow, or than the disk has room for.
    """
    ending = member.suffix
    with tempfile.TemporaryDirectory(prefix="kitabu-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"member{ending if re.fullmatch(r'[.][a-z0-9]{1,8}', ending) else ''}"
        try:
            with path.open("wb") as file:
                while piece := stream.read(_PIECE):
                    member.spent.unpacked += len(piece)
                    refuse_overspent(member)
                    file.write(piece)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise TooLarge(
                f"There is no room on the disk to unpack {member.name}.",
                "Make room, or unpack it elsewhere and add the files within.",
            ) from error
        yield replace(member, path=path)


def refuse_overspent(source: Source, coming: int = 0) -> None:
    """Raise `TooLarge` where a file and all within it have cost more than its limits allow.

    Args:
        source: the file.
        coming: bytes that it says it will unpack to. Where they are too many they count as spent: what it lies in
            is refused too.
    """
    if source.spent.unpacked + coming > source.limits.unpacked:
        source.spent.unpacked += coming
    limits, spent = source.limits, source.spent
    if spent.unpacked > limits.unpacked:
        raise TooLarge(
            f"{source.name} unpacks to more than {limits.unpacked // 1024**2:,} MB.",
            "Unpack it and add the files within, if you know where it comes from.",
        )
    if spent.members > limits.members:
        raise TooLarge(
            f"{source.name} holds more than {limits.members:,} files, those within its files counted.",
            "Unpack it and add the files within, if you know where it comes from.",
        )


class Merger:
    """One document put together from pages of its own and from members, in the order they come."""

    def __init__(self, source: Source, document: DocumentBuilder) -> None:
        """Begin with what `document` holds so far; members follow it."""
        self.source = source
        self._own = document
        self._pages: list[Page] = []
        self._blocks: list[Block] = []
        self._groups = 0
        self._warnings: list[str] = []
        self._skipped: list[str] = []
        self._unread: Counter[str] = Counter()
        self._pictures = 0
        self._left = 0
        self._engine = ""
        self._failures: list[IngestError] = []
        started = document.build("")
        if any(page.text for page in started.pages):
            self._take(started)

    @property
    def full(self) -> bool:
        """Whether the document has as many pages as its limits allow."""
        return len(self._pages) >= self.source.limits.pages

    @property
    def failures(self) -> list[IngestError]:
        """Why members could not be read."""
        return self._failures

    @property
    def passed_over(self) -> int:
        """Members that no reader reads, and pictures without text."""
        return sum(self._unread.values()) + self._pictures

    def read(self, name: str, stream: IO[bytes], *, title: str = "") -> None:
        """Read a member that is a file and append its pages; one that cannot be read leaves a warning.

        Args:
            name: of the file, for people.
            stream: its bytes.
            title: to stand above its pages; its own when not given.

        Raises:
            TooLarge: the limits of the container, or of the one it lies in, are spent.
        """

        def parse(member: Source) -> ParsedDocument:
            from ingest.readers.registry import read

            with spooled(member, stream) as spooled_member:
                return read(spooled_member)

        self.read_with(name, parse, title=title)

    def read_with(self, name: str, parse: Callable[[Source], ParsedDocument], *, title: str = "") -> bool:
        """Like `read` for a member that is no file: `parse` makes a document of it. Gives whether it was appended.

        Its source has the container's path, its own name, and what the container's limits leave to it.
        """
        name = one_line(name) or "unnamed"
        if self.full:
            self._left += 1
            return False
        self.source.spent.members += 1
        refuse_overspent(self.source)
        try:
            if self.source.depth >= self.source.limits.depth:
                raise TooLarge(
                    f"{name} lies within {self.source.depth + 1} files that hold other files.",
                    "Unpack them and add what lies within.",
                )
            left = replace(self.source.limits, pages=self.source.limits.pages - len(self._pages))
            parsed = parse(replace(self.source, name=name, limits=left, depth=self.source.depth + 1))
        except IngestError as error:
            refuse_overspent(self.source)
            self.fail(name, error)
            return False
        self.append(name, parsed, title)
        return True

    def fail(self, name: str, error: IngestError) -> None:
        """Note that a member was not read, and why."""
        ending = Path(name).suffix.lower()
        if isinstance(error, UnsupportedFormat) and ending not in SUFFIXES:
            self._unread[ending or "(no ending)"] += 1
        elif isinstance(error, NoText) and ending in _PICTURES:
            self._pictures += 1
        else:
            self._failures.append(error)
            self.warn(f"Not read: {error}")

    def warn(self, text: str) -> None:
        """Add a warning of the whole document."""
        self._warnings.append(text)

    def skip(self, text: str) -> None:
        """Add to what was not read."""
        self._skipped.append(text)

    def append(self, name: str, parsed: ParsedDocument, title: str = "") -> None:
        """Append a member's pages under a heading with its title, its own headings one level down."""
        title = one_line(title or parsed.title) or name
        pages = [
            replace(page, label=_label(name, page, len(parsed.pages)))
            for page in parsed.pages[: self.source.limits.pages - len(self._pages)]
        ]
        if len(pages) < len(parsed.pages):
            self._left += 1
        self._take(
            _headed(replace(parsed, pages=tuple(pages), blocks=_within(parsed.blocks, len(pages))), title),
        )
        self._warnings += [f"{name}: {warning}" for warning in parsed.warnings]
        self._skipped += [f"{name}: {text}" for text in parsed.skipped]
        self._engine = self._engine or parsed.ocr_engine

    def append_own(self, parsed: ParsedDocument) -> None:
        """Append pages of the document itself, as they are: one of a mailbox's messages."""
        self._take(parsed)
        self._warnings += parsed.warnings
        self._skipped += parsed.skipped

    def build(self, fallback_title: str) -> ParsedDocument:
        """The document with all that was appended; its title is the own one, else `fallback_title`."""
        own = self._own.build(fallback_title)
        return replace(
            own,
            pages=tuple(self._pages),
            blocks=tuple(self._blocks),
            warnings=(*own.warnings, *self._all_warnings()),
            skipped=(*own.skipped, *self._all_skipped()),
            ocr_engine=self._engine,
        )

    def _all_warnings(self) -> list[str]:
        warnings = self._warnings[:_MOST_WARNINGS]
        if len(self._warnings) > len(warnings):
            warnings.append(f"{len(self._warnings) - len(warnings):,} more warnings like these.")
        if self._left:
            warnings.append(
                f"Read in part: the first {self.source.limits.pages:,} pages. {self._left:,} files in it were not read "
                "or not to their end."
            )
        return warnings

    def _all_skipped(self) -> list[str]:
        skipped = self._skipped[:_MOST_WARNINGS]
        if len(self._skipped) > len(skipped):
            skipped.append(f"{len(self._skipped) - len(skipped):,} more")
        if self._pictures:
            skipped.append(f"{self._pictures} {'picture' if self._pictures == 1 else 'pictures'} without text")
        if self._unread:
            total = sum(self._unread.values())
            common = [f"{count} {ending}" for ending, count in self._unread.most_common(_MOST_ENDINGS)]
            more = " ..." if len(self._unread) > _MOST_ENDINGS else ""
            files = "file that cannot" if total == 1 else "files that cannot"
            skipped.append(f"{total} {files} be read ({', '.join(common)}{more})")
        return skipped

    def _take(self, parsed: ParsedDocument) -> None:
        before = len(self._pages)
        highest = max((block.group for block in parsed.blocks), default=0)
        self._pages += [replace(page, number=before + place) for place, page in enumerate(parsed.pages, 1)]
        self._blocks += [
            replace(
                block,
                span=replace(block.span, page=before + block.span.page),
                group=block.group + self._groups if block.group else 0,
            )
            for block in parsed.blocks
        ]
        self._groups += highest


def _label(name: str, page: Page, pages: int) -> str:
    if page.label:
        return f"{name}, {page.label}"
    return f"{name}, page {page.number}" if pages > 1 else name


def _within(blocks: tuple[Block, ...], pages: int) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.span.page <= pages)


def _headed(parsed: ParsedDocument, title: str) -> ParsedDocument:
    """`parsed` with a first heading of level 1 above its text, its own headings one level down.

    A member that begins with its title gets no second heading.
    """
    lowered = [
        replace(block, kind=BlockKind.HEADING, level=max(1, block.level) + 1) if block.kind in _HEADINGS else block
        for block in parsed.blocks
    ]
    first = next((index for index, block in enumerate(lowered) if block.kind is not BlockKind.FURNITURE), None)
    if first is None:
        return replace(parsed, blocks=tuple(lowered))
    if lowered[first].kind is BlockKind.HEADING and one_line(parsed.slice(lowered[first].span)) == title:
        lowered[first] = replace(lowered[first], level=1)
        return replace(parsed, blocks=tuple(lowered))
    number = lowered[first].span.page
    heading = PageBuilder(number)
    heading.add(BlockKind.HEADING, title, level=1)
    above = len(title) + 2
    page = parsed.pages[number - 1]
    headed = replace(
        page,
        text=f"{title}\n\n{page.text}",
        words=tuple(word._replace(start=word.start + above, end=word.end + above) for word in page.words),
    )
    pages = (*parsed.pages[: number - 1], headed, *parsed.pages[number:])
    moved = [
        replace(block, span=Span(number, block.span.start + above, block.span.end + above))
        if block.span.page == number
        else block
        for block in lowered
    ]
    earlier = sum(block.span.page < number for block in moved)
    return replace(parsed, pages=pages, blocks=(*moved[:earlier], *heading.blocks, *moved[earlier:]))


def refuse_nothing_read(merger: Merger, kind: str) -> None:
    """Raise where no page came of a container, with the reason that its members share, if they do."""
    source = merger.source
    if merger.failures:
        first = merger.failures[0]
        same = all(type(error) is type(first) for error in merger.failures)
        reasons = " ".join(error.message for error in merger.failures[:3])
        more = f" And {len(merger.failures) - 3:,} more." if len(merger.failures) > 3 else ""
        raise (type(first) if same else NoText)(f"Nothing in {source.name} can be read: {reasons}{more}", first.hint)
    raise NoText(
        f"{source.name} is {kind} with nothing in it that can be read"
        + (f": {merger.passed_over:,} files of other kinds or without text." if merger.passed_over else "."),
        "Add the documents themselves.",
    )
