"""Markdown: the text that is shown, without its marks, with headings, lists, tables and quotations told apart."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ingest.readers import html
from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, join_cells, one_line
from ingest.readers.encoding import read_text
from ingest.readers.formats import MARKDOWN
from ingest.readers.html_elements import BLOCKS
from ingest.readers.markdown_html import legible, only_closed
from ingest.readers.markdown_marks import show_marks
from ingest.readers.markdown_notes import Notes
from ingest.readers.note_marks import noted
from ingest.readers.raised import without_marks
from ingest.readers.source import Source
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_TAG: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<text>.*)\]\]>|</?(?P<name>[a-zA-Z][a-zA-Z0-9-]*)[^<>]*>", re.DOTALL
)
_TABLE_TAG: Final = re.compile(r"<(/?)(table|caption|t[dhr])\b", re.IGNORECASE)
_TABLE_PART: Final = re.compile(r"\s*</?(table|caption|thead|tbody|tfoot|t[dhr])\b", re.IGNORECASE)


def read(source: Source) -> ParsedDocument:
    """Read Markdown (CommonMark with tables and strikethrough).

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    text, encoding, warnings = read_text(source)
    parsed = parse(text, fallback_title=source.title)
    return replace(parsed, encoding=encoding, warnings=(*warnings, *parsed.warnings))


def parse(text: str, fallback_title: str) -> ParsedDocument:
    """The structure of Markdown."""
    from markdown_it import MarkdownIt

    document = DocumentBuilder(MARKDOWN)
    front = _FRONT_MATTER.match(text)
    if front and ":" in front.group(1):
        text = text[front.end() :]
        title = _FRONT_TITLE.search(front.group(1))
        document.title = title.group(1).strip("'\"") if title else ""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    only_closed(reader)
    notes = Notes()
    tokens = _with_whole_tables(reader, reader.parse(notes.taken_out(text)))
    document.struck_out += show_marks(tokens)
    walk = _Walk(document, document.new_page(), reader, notes)
    walk.blocks(tokens)
    walk.end()
    return document.build(fallback_title)


class _Walk:
    """Goes over the token stream once; lists and tables are stacks of what is open."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, reader: MarkdownIt, notes: Notes) -> None:
        self.document = document
        self.page = page
        self._reader = reader
        self._notes = notes
        self._pending: list[tuple[str, str]] = []
        self.lists: list[tuple[int, int | None]] = []
        """Open lists: group and the next number, None for bullets."""
        self.marker = ""
        self.group = 0
        self.cells: list[str] = []
        self.in_head = False
        self.table = 0
        self.heading_level = 0

    def blocks(self, tokens: list[Token]) -> None:
        for index, token in enumerate(tokens):
            if token.type in ("bullet_list_open", "ordered_list_open"):
                group = self.lists[0][0] if self.lists else self.document.new_group()
                number = int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else None
                self.lists.append((group, number))
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self.lists.pop()
                self._write_notes()
            elif token.type == "list_item_open":
                self._item()
            elif token.type == "inline":
                self._inline(token, tokens[index - 1])
            elif token.type in ("fence", "code_block"):
                self.page.add(BlockKind.PARAGRAPH, clean(token.content))
            elif token.type == "html_block":
                self.heading_level = html.fill(self.document, self.page, legible(token.content), self.heading_level)
            else:
                self._table(token)

    def end(self) -> None:
        """Write the notes that nothing refers to."""
        self._pending.extend(("", text) for text in self._notes.left())
        self._write_notes()

    def _write_notes(self) -> None:
        """Notes come after the paragraph, list or table that refers to them."""
        pending, self._pending = ([], self._pending) if self.lists or self.table else (self._pending, [])
        for mark, text in pending:
            tokens = self._reader.parseInline(text.strip())
            self.document.struck_out += show_marks(tokens)
            self.page.add(BlockKind.PARAGRAPH, noted(mark, one_line("".join(map(_shown, tokens)))))

    def _item(self) -> None:
        group, number = self.lists[-1]
        self.marker = "• " if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = (group, number + 1)

    def _inline(self, token: Token, before: Token) -> None:
        for child in token.children or []:
            if child.type == "text":
                child.content, found = self._notes.marked(child.content)
                self._pending.extend(note for note in found if note not in self._pending)
        shown = _shown(token)
        text = one_line(shown)
        if before.type == "heading_open":
            self.heading_level = int(before.tag[1:])
            self.page.add(BlockKind.HEADING, one_line(without_marks(shown)), level=self.heading_level)
        elif before.type in ("th_open", "td_open"):
            self.cells.append(text)
        elif self.lists:
            kind = BlockKind.LIST_ITEM if self.marker else BlockKind.PARAGRAPH
            group = self.lists[-1][0]
            self.page.add(kind, self.marker + text if text else "", level=len(self.lists) - 1, group=group)
            self.marker = ""
        else:
            self.page.add(BlockKind.PARAGRAPH, clean(shown))
        self._write_notes()

    def _table(self, token: Token) -> None:
        if token.type == "table_open":
            self.table = self.document.new_group()
        elif token.type in ("thead_open", "thead_close"):
            self.in_head = token.type == "thead_open"
        elif token.type == "tr_open":
            self.cells = []
        elif token.type == "tr_close":
            kind = BlockKind.TABLE_HEAD if self.in_head else BlockKind.TABLE_ROW
            self.page.add(kind, join_cells(self.cells), group=self.table)
        elif token.type == "table_close":
            self.table = 0
            self._write_notes()


def _shown(token: Token) -> str:
    """The characters of an inline token that a reader of the page sees."""
    parts = []
    for child in token.children or []:
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type == "html_inline":
            # Only what is a tag here: an escaped "\<or = 3\>", or one in code, is text.
            parts.append(_without_tags(child.content))
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts)


def _without_tags(text: str) -> str:
    return _TAG.sub(_instead, text)


def _instead(tag: re.Match[str]) -> str:
    """What an inline tag is to the text around it: cells and blocks within a line stay apart."""
    if tag["text"]:
        return tag["text"]
    name = (tag["name"] or "").lower()
    return "\n" if name == "br" else " " if name in BLOCKS else ""


def _with_whole_tables(reader: MarkdownIt, tokens: list[Token]) -> list[Token]:
    """The tokens with each HTML table in one of them: blank lines cut it, and its cells may hold Markdown."""
    whole: list[Token] = []
    done = 0
    for first, last in _cut_tables(tokens):
        pieces = [_with_images_told(token) for token in tokens[first : last + 1]]
        table = replace(tokens[first], content=reader.renderer.render(pieces, reader.options, {}))
        whole += [*tokens[done:first], table]
        done = last + 1
    return [*whole, *tokens[done:]]


def _with_images_told(token: Token) -> Token:
    """A token whose images are the text that stands for them, which HTML has in an attribute only."""
    children = token.children and [
        replace(child, type="text") if child.type == "image" else child for child in token.children
    ]
    return replace(token, children=children)


def _cut_tables(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Index of the first and the last token of each HTML table that has several."""
    first = depth = 0
    in_cell = False
    for index, token in enumerate(tokens):
        if depth and token.level < tokens[first].level:
            depth = 0  # what it stands in ends before it
        if depth and not in_cell and not _TABLE_PART.match(token.content if token.type == "html_block" else ""):
            depth = 0  # text between the cells of a table is none of its cells
        if token.type != "html_block" or (depth and token.level > tokens[first].level):
            continue
        first = first if depth else index
        for closes, name in _TABLE_TAG.findall(token.content):
            if name.lower() == "table":
                depth = max(0, depth + (-1 if closes else 1))
                in_cell = bool(closes)
            else:
                in_cell = not closes and name.lower() != "tr"
        if not depth and first < index:
            yield first, index
