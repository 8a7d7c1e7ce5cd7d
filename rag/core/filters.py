"""What a search may be kept to: some documents, languages, dates or folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from rag.core.errors import InvalidFilter


@dataclass(frozen=True, slots=True)
class Filter:
    """What a search is kept to. All that is given must hold; of several values of one field, one.

    Raises:
        InvalidFilter: `since` or `until` is no date, or the one lies after the other.
    """

    documents: tuple[str, ...] = ()
    """Ids of documents."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes, as `Document.language` has them."""
    since: str = ""
    """YYYY-MM-DD, that day included, as `until`. They are held against `Document.date`; a document without one is left
    out."""
    until: str = ""
    folders: tuple[str, ...] = ()
    """Absolute paths, links resolved: a watched folder, or any folder that a document's file lies in at any depth."""

    def __post_init__(self) -> None:
        for day in filter(None, (self.since, self.until)):
            try:
                valid = date.fromisoformat(day).isoformat() == day
            except ValueError:
                valid = False
            if not valid:
                raise InvalidFilter(f"'{day}' is not a date.", "Write dates as year, month and day: 2025-03-01.")
        if self.since and self.until and self.since > self.until:
            raise InvalidFilter(
                f"No document is from {self.since} or later and from {self.until} or earlier.",
                "Exchange the two dates.",
            )

    def __bool__(self) -> bool:
        """Whether it keeps anything out."""
        return self != EVERYTHING

    def __str__(self) -> str:
        """What it keeps to, in words."""
        days = (f"from {self.since}" if self.since else "", f"to {self.until}" if self.until else "")
        given = (
            f"{len(self.documents)} documents named" if self.documents else "",
            f"in {' or '.join(self.languages)}" if self.languages else "",
            " ".join(filter(None, days)),
            f"in the folder {' or '.join(self.folders)}" if self.folders else "",
        )
        return ", ".join(filter(None, given))


EVERYTHING: Final = Filter()
"""Keeps nothing out."""
