"""What is said of a document's text recognition: what was hard to read, what is to be installed, why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ingest.ocr import languages
from ingest.ocr.engines import hint_for_nothing_read
from ingest.ocr.recogniser import Recogniser
from ingest.readers.builder import has_text
from ingest.readers.source import Source
from rag.core.errors import NoText
from rag.core.types import PageStatus, ParsedDocument

HARD_TO_READ: Final = 0.75
"""Mean confidence below which a page is named. Of clean pages it is 0.88 to 0.97, of one whose words are half wrong
(Urdu in Nastaliq) 0.64 to 0.66."""


def warnings_of(recogniser: Recogniser, confidences: Mapping[int, float]) -> list[str]:
    """What people should know of a document that was read by text recognition.

    Args:
        recogniser: what read it.
        confidences: of the recognised pages, by page number.
    """
    found = []
    hard = [number for number, confidence in sorted(confidences.items()) if confidence < HARD_TO_READ]
    if hard:
        found.append(f"Hard to read and probably full of mistakes: {pages_in_words(hard)}. Compare with the picture.")
    for code in missing_languages(recogniser):
        count = recogniser.missing[code]
        pages = "1 page seems" if count == 1 else f"{count} pages seem"
        found.append(f"{pages} to be in {languages.name_of(code)}. {languages.how_to_install([code])}")
    found.extend(f"Text recognition: {trouble}." for trouble in recogniser.trouble)
    return found


def missing_languages(recogniser: Recogniser) -> list[str]:
    """Codes of the languages that are to be installed, that of most pages first."""
    return sorted(recogniser.missing, key=lambda code: -recogniser.missing[code])


def refuse_unread(source: Source, parsed: ParsedDocument, recogniser: Recogniser) -> None:
    """Refuse a document that shows pictures only, of which nothing could be recognised.

    Raises:
        NoText: it is such a document; the hint says what was tried, or what is to be installed.
    """
    if has_text(parsed):
        return
    if any(page.status is PageStatus.IMAGE_ONLY for page in parsed.pages):
        raise NoText(
            f"{source.name} shows pictures only: there is no text in it.",
            hint_for_nothing_read(source.ocr, recogniser.tried, missing_languages(recogniser)),
        )


def pages_in_words(numbers: Sequence[int]) -> str:
    """Sorted page numbers: [2] is "page 2", [2, 5, 6, 7] is "pages 2, 5-7"."""
    return f"page{'' if len(numbers) == 1 else 's'} {ranges(numbers)}"


def ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers in words: [2, 5, 6, 7] is "2, 5-7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
