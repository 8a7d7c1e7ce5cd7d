"""Rows of tables: whether an amount stands in the column that a sentence names, and what a "no" in a cell denies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache

import regex

from rag.answering.claims import Amount, take_apart
from rag.answering.measures import in_base
from rag.answering.normal import normal
from rag.answering.polarity import denied_alone, negations
from rag.answering.units import Unit
from rag.answering.wording import is_said
from rag.core.text import content_terms, fold, stem, tokens
from rag.core.words import all_words, words_of


def misplaced(said: Sequence[Amount], content: frozenset[str], row: Unit, language: str) -> tuple[str, str] | None:
    """(what the row gives there, the sentence's amount) where an amount stands under another head than the named one.

    A head is named when the sentence has all words that tell it from the other heads: "Pro" of "Nuru Mini | Nuru Pro".

    Args:
        said: the sentence's amounts.
        content: its content terms.
        language: of the document.
    """
    if len(row.head) != len(row.cells):
        return None
    cells = [
        take_apart(f"{head}: {cell}" if head else cell, language).amounts
        for head, cell in zip(row.head, row.cells, strict=True)
    ]
    heads = _head_terms(row.head, language)
    named = _named(heads, content, language)
    for amount in said:
        holders = {
            place for place, held in enumerate(cells) if any(amount.quantity.equals(other.quantity) for other in held)
        }
        if not holders or not named.isdisjoint(holders):
            continue
        for place in sorted(named):
            given = any(one.quantity.equals(other.quantity) for one in said for other in cells[place])
            rival = any(_comparable(amount, other) for other in cells[place])
            # "Nuru Mini | Nuru Home": what the Mini has is not what the Home has, also where that has none.
            alike = any(heads[place] & heads[holder] for holder in holders)
            if not given and (rival or alike):
                return row.cells[place], amount.written
    return None


def denied(content: frozenset[str], row: Unit, language: str) -> bool:
    """Whether the row denies something that a sentence names: a "no" under a named head, or a head that negates."""
    if len(row.head) != len(row.cells):
        return False
    named = _named(_head_terms(row.head, language), content, language)
    return any(
        (place in named and _no().fullmatch(fold(cell)))
        or (_negates(head, language) and _touches(cell, content, language))
        for place, (head, cell) in enumerate(zip(row.head, row.cells, strict=True))
    )


def told(content: frozenset[str], row: Unit, language: str) -> str:
    """The row as a person reads it, without cells under a head that denies, "Not for", that the sentence leaves alone.

    Args:
        content: content terms of the sentence.
        language: of the document.
    """
    if len(row.head) != len(row.cells):
        return row.readable()
    pairs = [(head, cell) for head, cell in zip(row.head, row.cells, strict=True) if cell]
    kept = [pair for pair in pairs if not _denies(pair[0], language) or _touches(pair[1], content, language)]
    return "; ".join(f"{head}: {cell}" if head else cell for head, cell in kept)


def limited(said: Sequence[Amount], words: frozenset[str], row: Unit, language: str) -> str:
    """The cell with its head, "maximum dose: 4 g", of an amount that the sentence gives without the "maximum".

    Args:
        said: the sentence's amounts.
        words: all its terms.
        language: of the document.
    """
    if len(row.head) != len(row.cells):
        return ""
    for amount in said:
        holders = [
            (head, cell)
            for head, cell in zip(row.head, row.cells, strict=True)
            if any(amount.quantity.equals(other.quantity) for other in take_apart(cell, language).amounts)
        ]
        lacking = [bool(amount.sense is None and _limits(head, language) - words) for head, _ in holders]
        if lacking and all(lacking):
            return ": ".join(holders[0])
    return ""


def _limits(head: str, language: str) -> set[str]:
    words = frozenset(map(fold, words_of(language).limiting))
    return {stem(token.text, language) for token in tokens(head) if token.text in words}


@cache
def _no() -> regex.Pattern[str]:
    """A folded cell that is empty or says no, in any language."""
    words = "|".join(fold(word) for listed in all_words() for word in listed.no_cells)
    return regex.compile(rf"\W*|(?:{words})\b(?: \p{{L}}+)?\W*")


def _negates(head: str, language: str) -> bool:
    return bool(negations(normal(head, language), language))


def _denies(head: str, language: str) -> bool:
    return _negates(head, language) or denied_alone(normal(head, language), "", language)


def _touches(cell: str, content: frozenset[str], language: str) -> bool:
    return bool(cell.strip()) and any(is_said(term, content, language) for term in content_terms(cell, language))


@lru_cache(maxsize=1024)
def _head_terms(heads: tuple[str, ...], language: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(content_terms(head, language)) if head.strip() else frozenset() for head in heads)


def _named(heads: Sequence[frozenset[str]], content: frozenset[str], language: str) -> set[int]:
    """Places of the heads whose own words the sentence has."""
    shared = Counter(term for found in heads for term in found)
    own = [{term for term in found if shared[term] == 1} for found in heads]
    return {
        place for place, found in enumerate(own) if found and all(is_said(term, content, language) for term in found)
    }


def _comparable(amount: Amount, other: Amount) -> bool:
    ours, theirs = amount.quantity.unit, other.quantity.unit
    return not amount.quantity.equals(other.quantity) and (
        not ours or not theirs or in_base(ours)[0] == in_base(theirs)[0]
    )
