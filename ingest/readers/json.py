"""JSON and JSON Lines: objects as "key: value" lines under headings, arrays of flat objects as tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, join_cells, one_line, sensible_title
from ingest.readers.encoding import read_text
from ingest.readers.formats import JSON
from ingest.readers.source import Source
from ingest.readers.text import fill
from rag.core.types import BlockKind, ParsedDocument

# Levels that are shown by headings; what lies deeper is written as JSON on one line.
_DEEPEST: Final = 12
_MOST_VALUES: Final = 500_000
_MOST_COLUMNS: Final = 50
_LONGEST_CELL: Final = 300
# An object within an object with at most so many values is written as lines of the outer one.
_FEW: Final = 12
# Rows of numbers longer than this are measurements, not text; nor is a string this long without a blank.
_MOST_NUMBERS: Final = 100
_LONGEST_WORD: Final = 1000
_TITLES: Final = ("title", "name", "label", "heading", "subject")
_QUESTIONS: Final = ("question", "q", "prompt")
_ANSWERS: Final = ("answer", "a", "response", "reply")


def read(source: Source) -> ParsedDocument:
    """Read JSON, or a JSON value on each line. What does not parse is read as plain text, with a warning.

    Raises:
        UnsupportedFormat: the bytes are no text.
    """
    text, encoding, warnings = read_text(source)
    document = DocumentBuilder(JSON)
    document.encoding = encoding
    document.warnings += warnings
    page = document.new_page()
    title = ""
    try:
        value = _parsed(text)
        write_value(document, page, value)
        if isinstance(value, Mapping):
            title = next((str(value[key]) for key in _TITLES if isinstance(value.get(key), str)), "")
    except (ValueError, RecursionError) as error:
        reason = "It is nested too deeply" if isinstance(error, RecursionError) else f"It is not valid JSON ({error})"
        document.warnings.append(f"{reason}; read as plain text.")
        fill(document, page, re.sub(r"[\[\]{}]{2,}", " ", text))
    return replace(document.build(source.title), title=sensible_title(title) or source.title)


def _parsed(text: str) -> object:
    """The value of a JSON text; of JSON Lines, a list of the lines' values."""
    try:
        value: object = json.loads(text, object_hook=_simplified)
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        try:
            return [json.loads(line, object_hook=_simplified) for line in lines]
        except ValueError:
            raise error from None
    return value


def _simplified(value: dict[str, object]) -> dict[str, object]:
    """A place of GeoJSON (RFC 7946) as its properties and, of a point, its coordinates; all else as it is."""
    properties = value.get("properties")
    if value.get("type") != "Feature" or not isinstance(properties, dict):
        return value
    geometry = value.get("geometry")
    if isinstance(geometry, dict) and geometry.get("type") == "Point" and isinstance(geometry.get("coordinates"), list):
        return {**properties, "coordinates": _joined(geometry["coordinates"])}
    return properties


def write_value(document: DocumentBuilder, page: PageBuilder, value: object) -> None:
    """Write a value to a page: what `json.loads` gives, or the like of it."""
    writer = _Writer(document, page)
    writer.value("", value, 1)
    if writer.left:
        document.warnings.append(f"Read in part: the first {_MOST_VALUES:,} values. Split it into smaller files.")
    if writer.numbers:
        document.skipped.append(f"{writer.numbers:,} numbers in long rows")
    if writer.binary:
        document.skipped.append(f"{writer.binary:,} long values without words")


class _Writer:
    """Writes values as blocks."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder) -> None:
        self.document = document
        self.page = page
        self.left = False
        self.numbers = 0
        self.binary = 0
        self._values = 0

    def value(self, key: str, value: object, level: int) -> None:
        """One value under its key; `level` is that of a heading for it."""
        if self._spent(1):
            return
        if level > _DEEPEST and isinstance(value, Mapping | list):
            self._lines([self._line(key, json.dumps(value, ensure_ascii=False))])
        elif isinstance(value, Mapping):
            self._heading(_words(key), level)
            self._object(value, level + bool(key))
        elif isinstance(value, list):
            self._array(key, value, level)
        else:
            self._lines([self._line(key, _scalar(value))])

    def _spent(self, values: int) -> bool:
        self._values += values
        self.left |= self._values > _MOST_VALUES
        return self.left

    def _line(self, key: str, text: str) -> str:
        text = clean(text)
        if len(text) > _LONGEST_WORD and not re.search(r"\s", text):
            self.binary += 1
            return ""
        name = _words(key)
        return f"{name}: {text}" if name and text else text

    def _lines(self, lines: Sequence[str]) -> None:
        self.page.add(BlockKind.PARAGRAPH, "\n".join(line for line in lines if line))

    def _heading(self, text: str, level: int) -> None:
        self.page.add(BlockKind.HEADING, one_line(text), level=level)

    def _object(self, value: Mapping[str, object], level: int) -> None:
        """The values of an object: first those that are lines, which would else stand under a heading of the others."""
        pair = _asked(value)
        if pair:
            self._heading(pair[0], level)
            self.page.add(BlockKind.PARAGRAPH, clean(pair[1]))
            value = {name: own for name, own in value.items() if own not in pair}
            level += 1
        simple = {name: own for name, own in value.items() if _is_few(own)}
        self._lines(self._own_lines("", simple))
        for name, own in value.items():
            if name not in simple:
                self.value(name, own, level)

    def _own_lines(self, above: str, value: Mapping[str, object]) -> list[str]:
        lines: list[str] = []
        for name, own in value.items():
            if self._spent(1):
                break
            path = f"{above}, {name}" if above and name else above or name
            if isinstance(own, Mapping):
                lines += self._own_lines(path, own)
            else:
                lines.append(self._line(path, _joined(own) if isinstance(own, list) else _scalar(own)))
        return lines

    def _array(self, key: str, value: list[object], level: int) -> None:
        if not value:
            return
        if len(value) > _MOST_NUMBERS and all(isinstance(each, int | float) for each in value):
            self.numbers += len(value)
            return
        self._heading(_words(key), level)
        level += bool(key)
        columns = _columns(value)
        if columns:
            self._table(columns, value)
        elif all(isinstance(each, list) and _is_flat(each) and each for each in value):
            self._rows(value)
        elif _is_flat(value):
            group = self.document.new_group()
            for each in value:
                if self._spent(1):
                    break
                text = one_line(self._line("", _scalar(each)))
                self.page.add(BlockKind.LIST_ITEM, f"• {text}" if text else "", group=group)
        else:
            self._entries(key, value, level)

    def _entries(self, key: str, value: list[object], level: int) -> None:
        """Objects one below the other. Each has a heading where one has: else it would stand under that."""
        headed = any(not _is_few(each, most=10 * _FEW) for each in value) and not any(map(_asked, value))
        for number, each in enumerate(value, 1):
            if self.left:
                return
            if headed and isinstance(each, Mapping):
                self._heading(_title(each) or f"{_words(key) or 'Entry'} {number}", level)
                self._object(each, level + 1)
            elif isinstance(each, Mapping):
                self._object(each, level)
            else:
                self.value("", each, level)

    def _table(self, columns: Sequence[str], rows: Sequence[object]) -> None:
        group = self.document.new_group()
        self.page.add(BlockKind.TABLE_HEAD, join_cells(map(_words, columns)), group=group)
        for row in rows:
            if isinstance(row, Mapping) and not self._spent(len(row)):
                cells = join_cells(_cell(row.get(name)) for name in columns)
                self.page.add(BlockKind.TABLE_ROW, cells, group=group)

    def _rows(self, rows: Sequence[object]) -> None:
        group = self.document.new_group()
        for row in rows:
            if isinstance(row, list) and not self._spent(len(row)):
                self.page.add(BlockKind.TABLE_ROW, join_cells(map(_cell, row)), group=group)


def _title(value: Mapping[str, object]) -> str:
    found = next((value[name] for name in _TITLES if isinstance(value.get(name), str)), "")
    return str(found) if len(str(found)) <= _LONGEST_CELL else ""


def _asked(value: object) -> tuple[str, str] | None:
    """Question and answer of an entry of a FAQ."""
    if not isinstance(value, Mapping):
        return None
    lowered = {name.lower(): own for name, own in value.items()}
    question = next((lowered[name] for name in _QUESTIONS if name in lowered), None)
    answer = next((lowered[name] for name in _ANSWERS if name in lowered), None)
    if isinstance(question, str) and isinstance(answer, str) and question.strip() and answer.strip():
        return question, answer
    return None


def _columns(rows: Sequence[object]) -> list[str]:
    """The keys of a list of objects that reads as a table: flat and short, with mostly the same keys; else none."""
    names: dict[str, int] = {}
    if len(rows) < 2:
        return []
    for row in rows:
        if not isinstance(row, Mapping) or _asked(row) or len(row) > _MOST_COLUMNS:
            return []
        if not all(_is_flat(own) and len(_cell(own)) <= _LONGEST_CELL for own in row.values()):
            return []
        for name in row:
            names[name] = names.get(name, 0) + 1
        if len(names) > _MOST_COLUMNS:
            return []
    return list(names) if len(names) > 1 and sum(names.values()) >= len(names) * len(rows) / 2 else []


def _is_flat(value: object) -> bool:
    """Whether a value is a string or number, or a list of some."""
    if isinstance(value, list):
        return not any(isinstance(each, Mapping | list) for each in value)
    return not isinstance(value, Mapping)


def _is_few(value: object, most: int = _FEW, depth: int = 3) -> bool:
    """Whether a value reads as a line, or a few."""
    if isinstance(value, Mapping):
        return len(value) <= most and depth > 0 and all(_is_few(own, most, depth - 1) for own in value.values())
    return _is_flat(value) and (
        not isinstance(value, list) or len(_joined(value[: _MOST_NUMBERS + 1])) <= _LONGEST_CELL
    )


def _cell(value: object) -> str:
    return one_line(_joined(value) if isinstance(value, list) else _scalar(value))


def _joined(values: Sequence[object]) -> str:
    return ", ".join(_scalar(value) for value in values)


def _scalar(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _words(key: str) -> str:
    """A key as people write it: "opening_hours" is "opening hours"."""
    return one_line(key.replace("_", " ")) or one_line(key)
