"""Plain text: paragraphs at empty lines, lists, and headings as typed (underlined, numbered, in capitals)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, join_cells, one_line
from ingest.readers.encoding import read_text
from ingest.readers.formats import TEXT
from ingest.readers.hyphens import join_lines, words_of
from ingest.readers.lists import BULLET, ENUMERATOR, NUMBERED_HEADING, heading_depth, is_item
from ingest.readers.source import Source
from ingest.readers.tables import looks_like_head
from ingest.readers.text_tables import may_begin, table_at
from rag.core.types import BlockKind, ParsedDocument

_UNDERLINE = re.compile(r"(={3,}|-{3,}|~{3,}|\*{3,}|#{3,})$")
_RULE = re.compile(r"[\W_]{3,}$")
_LONGEST_HEADING = 90
_MOST_WORDS = 9
# Lines of one group at which a table is looked for in vain.
_MOST_TRIES = 20


def read(source: Source) -> ParsedDocument:
    """Read plain text in any usual encoding.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    text, encoding, warnings = read_text(source)
    parsed = parse(text, fallback_title=source.title)
    return replace(parsed, encoding=encoding, warnings=(*warnings, *parsed.warnings))


def parse(text: str, fallback_title: str) -> ParsedDocument:
    """The structure of plain text."""
    document = DocumentBuilder(TEXT)
    fill(document, document.new_page(), text)
    return document.build(fallback_title)


def fill(document: DocumentBuilder, page: PageBuilder, text: str) -> None:
    """Append plain text to a page of `document`."""
    stanzas = list(_stanzas(text))
    widths = sorted(len(line.strip()) for lines in stanzas for line in lines)
    # The width at which the text is wrapped; one very long line (a paragraph without line breaks) says nothing.
    width = min(widths[len(widths) * 9 // 10], 80) if widths else 0
    words = words_of(line for lines in stanzas for line in lines)
    writer = _Writer(document, page, width, words)
    for index, lines in enumerate(stanzas):
        writer.stanza(lines, stanzas[index + 1] if index + 1 < len(stanzas) else [])


def _stanzas(text: str) -> Iterator[list[str]]:
    """Groups of lines between empty lines, each with its indentation."""
    lines: list[str] = []
    for line in re.split(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]", text):
        if clean(line):
            lines.append(line.expandtabs(4).rstrip())
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


class _Writer:
    """Writes stanzas as blocks."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, width: int, words: frozenset[str]) -> None:
        self.document = document
        self.page = page
        self.width = width
        self.words = words

    def stanza(self, lines: list[str], following: list[str]) -> None:
        """One group of lines; `following` is the next group."""
        first = place = tries = 0
        while place < len(lines):
            begins = tries < _MOST_TRIES and may_begin(lines[place])
            count, rows = table_at(lines[place:]) if begins else (0, [])
            tries += begins and not count
            if count:
                self._text(lines[first:place], lines[place:])
                self._table(rows)
                first = place + count
            place += count or 1
        self._text(lines[first:], following)

    def _text(self, lines: list[str], following: list[str]) -> None:
        """A group of lines that are no table, or what of one stands before or behind a table."""
        if not lines:
            return
        title = not self.page.blocks
        taken, level = _underlined(lines)
        if not taken and _opens(lines, following, self.width, title):
            depth = heading_depth(lines[0].strip())
            taken, level = 1, depth + 1 if depth else (1 if title or _in_capitals(lines[0]) else 2)
        if taken:
            text = lines[1] if taken == 3 else lines[0]
            self.page.add(BlockKind.HEADING, one_line(text), level=level)
        self._body(lines[taken:])

    def _table(self, rows: list[list[str]]) -> None:
        group = self.document.new_group()
        head = looks_like_head(rows[0], rows[1:])
        for index, row in enumerate(rows):
            kind = BlockKind.TABLE_HEAD if head and not index else BlockKind.TABLE_ROW
            self.page.add(kind, join_cells(row), group=group)

    def _body(self, lines: list[str]) -> None:
        paragraph: list[str] = []
        margins: list[int] = []
        group = 0
        for line in [*lines, None]:
            bare = line.strip() if line is not None else ""
            # A dash or number after an unfinished full line belongs to that line's sentence.
            runs_on = bool(paragraph) and len(paragraph[-1].strip()) > 0.85 * self.width and bare[:1] in "-–—*"
            item = is_item(bare) and not (runs_on and not margins and paragraph[-1].rstrip()[-1] not in ".:;!?")
            if paragraph and (line is None or item or _RULE.fullmatch(bare)):
                joined = one_line(join_lines([each.strip() for each in paragraph], self.words))
                if margins:
                    self.page.add(BlockKind.LIST_ITEM, joined, level=len(margins) - 1, group=group)
                else:
                    self.page.add(BlockKind.PARAGRAPH, joined)
                paragraph = []
            if line is None or (_RULE.fullmatch(bare) and not item):
                continue
            if item:
                group = group or self.document.new_group()
                indent = len(line) - len(line.lstrip())
                margins = [*(margin for margin in margins if margin < indent), indent]
            paragraph.append(line)


def _underlined(lines: list[str]) -> tuple[int, int]:
    """Lines that a heading with drawn rules takes, and its level; (0, 0) where there is none."""
    if len(lines) >= 2 and _UNDERLINE.fullmatch(lines[1].strip()) and len(lines[0]) <= _LONGEST_HEADING:
        return 2, 1 if lines[1].strip()[0] in "=#*" else 2
    if len(lines) >= 3 and _RULE.fullmatch(lines[0].strip()) and _RULE.fullmatch(lines[2].strip()):
        return 3, 1
    return 0, 0


def _in_capitals(line: str) -> bool:
    letters = [char for char in line if char.isalpha()]
    return len(letters) >= 3 and all(char.isupper() for char in letters)


def _opens(lines: list[str], following: list[str], width: int, title: bool) -> bool:
    """Whether the first line is a heading: short, unfinished, and what comes below is text or a list."""
    line = lines[0].strip()
    below = (lines[1:] or following)[:1]
    if len(line) > _LONGEST_HEADING or line[-1] in ".,;:!…।。" or sum(char.isalpha() for char in line) < 3 or not below:
        return False
    if _in_capitals(line):
        return not _in_capitals(below[0])
    if BULLET.match(line) or line[0].islower() or line[0] in "\"'([|<":
        return False
    numbered = NUMBERED_HEADING.match(line)
    under = below[0].strip()
    if numbered and is_item(under) and ENUMERATOR.match(under):
        return False  # one of several numbered lines: a list
    if not numbered and len(line.split()) > _MOST_WORDS:
        return False
    if len(lines) == 1:
        return title or len(following) > 1 or len(under) > 1.5 * len(line) or is_item(under)
    # A wrapped paragraph's first line fills the width.
    filled = len(line) > 0.7 * width
    return not filled and (bool(BULLET.match(under)) or (len(under) >= 0.75 * width and not under[0].islower()))
