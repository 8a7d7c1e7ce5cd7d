"""What the check of a generated answer says of its sentences, in the reader's language.

They stand beside the messages, in the table `checks` of `rag/core/data/messages/<code>.toml`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from rag.core.messages import file_of, read_sentences


class Verdicts(NamedTuple):
    """The sentences of one language. What each is for is said in `rag/core/data/messages/en.toml`."""

    nothing: str
    words: str
    differs: str
    reversed: str
    elsewhere: str
    negated: str
    condition: str
    withheld: str
    removed: str
    repaired: str
    ordered: str
    address: str
    wordless: str
    numberless: str
    too_long: str


def verdicts(language: str) -> Verdicts:
    """What the check says in a language, by its ISO 639-1 code, in English where there is nothing in it.

    Raises:
        ValueError: see `read_sentences`.
    """
    return _read(file_of(language))


@cache
def _read(path: Path) -> Verdicts:
    return read_sentences(path, "checks", Verdicts)
