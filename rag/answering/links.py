"""Addresses (of pages, of people) in what a model wrote: one that nobody gave it is not shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import regex

# Known endings only: "e.g.this" and "2.5.ml" are no addresses.
_ENDINGS: Final = (
    r"(?:com|org|net|info|biz|xyz|site|online|shop|top|app|dev|cloud|link|click|edu|gov|int|ngo|"
    r"io|ai|co|uk|ke|tz|ug|rw|ng|za|et|pk|bd|np|lk|fr|es|pt|de|nl|ru|cn|br|mx|eu|ch|us|ca|au)"
)
_HOST: Final = rf"(?:[\p{{L}}\p{{N}}](?:[\p{{L}}\p{{N}}-]*[\p{{L}}\p{{N}}])?\.)+{_ENDINGS}(?![\p{{L}}\p{{N}}])"
_REST: Final = r"[^\s<>\"“”«»()\[\]{}]*[^\s<>\"“”«»()\[\]{}.,;:!?'’*_]"
_ADDRESS: Final = regex.compile(
    rf"(?:[a-z][a-z0-9+.-]{{1,15}}://|www\.|mailto:|data:[a-z]+/)(?:{_REST})|"
    rf"[\p{{L}}\p{{N}}._%+-]+@[\p{{L}}\p{{N}}.-]+\.\p{{L}}{{2,}}|"
    rf"{_HOST}(?:[/?#](?:{_REST})?)?",
    regex.IGNORECASE,
)
_MARKUP: Final = regex.compile(r"!?\[(?P<words>[^\]\n]*)\]\(\s*(?P<address>[^)\s]*)[^)\n]*\)?")
"""A link or image as Markdown writes it, also one that breaks off."""
_SCHEME: Final = regex.compile(r"^(?:[a-z][a-z0-9+.-]*://|mailto:)?(?:www\.)?", regex.IGNORECASE)


def foreign(text: str, sources: Iterable[str]) -> list[str]:
    """The addresses in `text` that stand in none of `sources`, in order; "www." and the scheme are not compared."""
    found = [match[0] for match in _ADDRESS.finditer(text)]
    known = {_bare(match[0]) for source in sources for match in _ADDRESS.finditer(source)} if found else set()
    return [address for address in found if _bare(address) not in known]


def without_foreign(text: str, sources: Iterable[str], mark: str) -> str:
    """`text` with `mark` in the place of each foreign address; of Markdown's links and images only their words stay."""
    given = list(sources)
    opened = _MARKUP.sub(lambda match: f"{match['words']} {match['address']}".strip(), text)
    strange = set(foreign(opened, given))
    if not strange and opened == text:
        return text
    return _ADDRESS.sub(lambda match: mark if match[0] in strange else match[0], opened)


def _bare(address: str) -> str:
    return _SCHEME.sub("", address).casefold().rstrip("/")
