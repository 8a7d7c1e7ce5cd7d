"""Puts pages and blocks together so that every span slices back to its exact text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ingest.readers.raised import fractions_on_line, marks_apart
from ingest.readers.remarks import counted
from ingest.readers.symbols import UNKNOWN
from rag.core import cells as rows
from rag.core.types import Block, BlockKind, Page, PageStatus, ParsedDocument, Span

_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_BLANKS = re.compile(r"[^\S\n]+")
# Characters that carry no text: controls, soft hyphen, zero-width space, word joiner, byte order mark, direction marks,
# halves of surrogate pairs (they cannot be stored as UTF-8) and what Unicode says is no character. The zero-width
# joiners stay: Urdu, Persian and Hindi are spelled with them.
_NOISE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufffe\uffff\ud800-\udfff\ufff9-\ufffb]"
)
# Forms that stand for how letters are drawn: Latin ligatures, Arabic and Hebrew presentation forms.
_FORMS = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]+")
# Symbol and Wingdings bullets that word processors write into the private use area.
_BULLETS = str.maketrans(dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf06e\uf0a8\uf071", "•"))


def clean(text: str) -> str:
    """Text in composed form, without control characters, drawn ligatures and runs of blanks; line breaks stay."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # most lines: there is nothing to clean
    text = _BREAKS.sub("\n", text).translate(_BULLETS)
    text = _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = unicodedata.normalize("NFC", _NOISE.sub("", marks_apart(text)))
    text = fractions_on_line(_BLANKS.sub(" ", text))
    return re.sub(r" ?\n ?", "\n", text).strip()


def one_line(text: str) -> str:
    """`clean` with every line break turned into a blank."""
    return clean(text).replace("\n", " ")


def join_cells(cells: Iterable[str]) -> str:
    """One table row as a line of page text, see `rag.core.cells`."""
    return rows.join_cells(map(one_line, cells))


def has_text(parsed: ParsedDocument) -> bool:
    """Whether anything could be read but running heads and the like."""
    return any(block.kind is not BlockKind.FURNITURE for block in parsed.blocks)


class PageBuilder:
    """Collects one page's blocks and their text."""

    def __init__(self, number: int, label: str = "") -> None:
        self.number = number
        self.label = label
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._length = 0

    def add(self, kind: BlockKind, text: str, *, level: int = 0, group: int = 0) -> None:
        """Append a block. `text` must be clean already; an empty one is left out."""
        if not text:
            return
        if self.blocks:
            last = self.blocks[-1]
            separator = "\n" if group and last.group == group else "\n\n"
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self.blocks.append(Block(kind, Span(self.number, start, self._length), level, group))

    def page(self, status: PageStatus = PageStatus.TEXT) -> Page:
        """The page as it stands; a page without text that is said to have some is EMPTY."""
        text = "".join(self._parts)
        if not text and status is PageStatus.TEXT:
            status = PageStatus.EMPTY
        return Page(self.number, text, status, self.label)


class DocumentBuilder:
    """Collects a document's pages. Tables and lists ask it for their group numbers."""

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        self.title = ""
        self.warnings: list[str] = []
        self.skipped: list[str] = []
        self.struck_out = 0
        """Places where struck-out text was left out."""
        self.encoding = ""
        self.dated = ""
        self._pages: list[tuple[PageBuilder, PageStatus]] = []
        self._groups = 0

    def new_page(self, label: str = "", status: PageStatus = PageStatus.TEXT) -> PageBuilder:
        """Begin the next page."""
        page = PageBuilder(len(self._pages) + 1, label)
        self._pages.append((page, status))
        return page

    def new_group(self) -> int:
        """A number for a new table or list."""
        self._groups += 1
        return self._groups

    def first(self, kinds: Sequence[BlockKind]) -> str:
        """Text of the document's first block of one of `kinds`, or ""."""
        for page, _ in self._pages:
            text = page.page().text
            for block in page.blocks:
                if block.kind in kinds:
                    return text[block.span.start : block.span.end]
        return ""

    def build(self, fallback_title: str) -> ParsedDocument:
        """The document. Its title is the one set, else the first title or heading, else `fallback_title`."""
        heading = self.first([BlockKind.TITLE, BlockKind.HEADING])
        pages = tuple(page.page(status) for page, status in self._pages)
        unknown = sum(page.text.count(UNKNOWN) for page in pages)
        struck_out = [f"struck-out text in {counted(self.struck_out, 'place')}"] if self.struck_out else []
        unread = [f"Not every sign could be read: {counted(unknown, 'sign')} shown as {UNKNOWN}."] if unknown else []
        return ParsedDocument(
            media_type=self.media_type,
            title=sensible_title(self.title) or sensible_title(heading) or fallback_title,
            pages=pages,
            blocks=tuple(block for page, _ in self._pages for block in page.blocks),
            warnings=(*self.warnings, *unread),
            encoding=self.encoding,
            skipped=(*self.skipped, *struck_out),
            dated=self.dated,
        )


_FILE_NAME = re.compile(r"\.(docx?|xlsx?|pptx?|pdf|html?|md|txt|indd|qxd|tex|dvi|odt|rtf|wpd|pub)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(untitled|sans titre|unbenannt|documento? ?\d*|document ?\d*|slide ?\d*|title|titre|microsoft word\b.*|"
    r"\(?anonymous\)?|unspecified|[^\s_]*_\S*|powerpoint presentation|presentation ?\d*|new document.*|\W*|\d+)",
    re.IGNORECASE,
)


def sensible_title(text: str, limit: int = 150) -> str:
    """`text` as a title on one line, or "" where it is a placeholder, a file name or has no letters."""
    title = one_line(text)
    if not any(char.isalpha() for char in title) or _PLACEHOLDER.fullmatch(title) or _FILE_NAME.search(title):
        return ""
    if len(title) <= limit:
        return title
    return title[:limit].rsplit(" ", 1)[0].rstrip() + " …"
