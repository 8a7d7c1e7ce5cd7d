"""What answers say of themselves, in the reader's language.

The interface's own strings stand in `rag/ui/strings`; these are part of answers, wherever they are shown. One file a
language stands in `rag/core/data/messages`; what every sentence is for is said in the English one. A file is read when
its sentences are first asked for.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from rag.core.language_files import check_names, languages_in, load

FOLDER: Final = Path(__file__).parent / "data" / "messages"
TABLES: Final = frozenset({"answers", "checks"})
"""Of a file: `Messages`, and `Verdicts` of `rag/core/checking.py`."""

Sentences = TypeVar("Sentences", bound=NamedTuple)


class Messages(NamedTuple):
    """The sentences of one language. What each is for is said in `rag/core/data/messages/en.toml`."""

    not_in_documents: str
    empty_library: str
    nearest: str
    searched: str
    thousands: str
    nothing_searched: str
    what_to_do: str
    several: str
    could_mean: str
    also: str
    language_name: str
    quoted_instead: str
    not_complete: str
    left_out: str
    older_version: str
    superseded: str
    not_yet: str
    review_due: str
    disagree: str
    address_left_out: str
    told_across: str
    by_words: str
    more_there: str
    part_not_found: str
    nowhere: str


def messages(language: str) -> Messages:
    """The messages of a language, by its ISO 639-1 code, in English where there are none.

    Raises:
        ValueError: see `read_sentences`.
    """
    return _read(file_of(language))


def languages() -> tuple[str, ...]:
    """The languages that there are messages in, as ISO 639-1 codes, in alphabetical order."""
    return languages_in(FOLDER)


def file_of(language: str) -> Path:
    """The file of a language, the English one where it has none."""
    return FOLDER / f"{language if language in languages() else 'en'}.toml"


def read_sentences(path: Path, table: str, kind: type[Sentences]) -> Sentences:
    """The sentences in a table of a file.

    Raises:
        ValueError: it is no TOML, a table or sentence is missing or not known, or a sentence is no text.
    """
    found = load(path)
    check_names(found.keys(), TABLES, str(path), "table")
    said = found[table]
    if not isinstance(said, dict):
        raise ValueError(f"{path}: {table} must be a table.")
    check_names(said.keys(), set(kind._fields), f"{path}: {table}", "sentence")
    for name, sentence in said.items():
        if not isinstance(sentence, str) or not sentence:
            raise ValueError(f"{path}: {table}.{name} must be a text.")
    return kind._make(said[name] for name in kind._fields)


@cache
def _read(path: Path) -> Messages:
    return read_sentences(path, "answers", Messages)
