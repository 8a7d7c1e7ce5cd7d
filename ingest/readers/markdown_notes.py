"""Footnotes in Markdown: "[^1]" in the text, and "[^1]: What it says." on a line of its own."""

from __future__ import annotations

import re
from typing import Final

from ingest.readers.note_marks import reference

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_DEFINITION: Final = re.compile(r" {0,3}\[\^([^\]\s]{1,60})\]:[ \t]*(.*)")
_REFERENCE: Final = re.compile(r"\[\^([^\]\s]{1,60})\]")
_INDENTED: Final = re.compile(r" {2}|\t")
_BLOCK: Final = re.compile(r" {0,3}(?:[#>|<]|[-*+] |\d{1,9}[.)] )")


class Notes:
    """The notes of one document, numbered in the order in which they are referred to."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    def taken_out(self, text: str) -> str:
        """The text with blank lines in the place of its notes, which are kept here. In code there are none."""
        kept: list[str] = []
        fence = label = ""
        blank = False
        for line in text.splitlines():
            marks = _FENCE.match(line)
            found = None if fence else _DEFINITION.match(line)
            if fence:
                closes = marks is not None and marks[1].startswith(fence) and not line.strip(" \t`~")
                fence = "" if closes else fence
            elif marks:
                fence, label = marks[1], ""
            elif found:
                label, blank = found[1], False
                # What is said twice of one mark is kept: as it stands it would be no text, but a link's address.
                self._texts[label], line = f"{self._texts.get(label, '')} {found[2]}", ""
            elif label and (not line.strip() or _INDENTED.match(line) or not (blank or _BLOCK.match(line))):
                blank = blank or not line.strip()
                self._texts[label], line = f"{self._texts[label]} {line.strip()}", ""
            else:
                label = ""
            kept.append(line)
        return "\n".join(kept) if self._texts else text

    def marked(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """Text with the marks of notes in it, and these notes: mark and Markdown of each."""
        found: list[tuple[str, str]] = []

        def mark(match: re.Match[str]) -> str:
            label = match[1]
            if label not in self._texts:
                return match[0]
            number = str(self._numbers.setdefault(label, len(self._numbers) + 1))
            found.append((number, self._texts[label]))
            return reference(number)

        return _REFERENCE.sub(mark, text), found

    def left(self) -> list[str]:
        """The Markdown of the notes that nothing refers to."""
        return [text for label, text in self._texts.items() if label not in self._numbers]
