"""How far a statement reaches: of all or some, must or may, and under which condition. A sentence that reaches further
than its source says more than the source does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Final

import regex

from rag.answering.claims import Amount, Statement, clauses_of, take_apart
from rag.answering.measures import number_words, spellings
from rag.answering.normal import normal
from rag.answering.polarity import Sense, negations, without_comparators
from rag.answering.ranges import lies_within
from rag.answering.wording import is_said
from rag.core.text import as_whole_words, content_terms, fold, stem, terms, tokens
from rag.core.words import words_of

REACH: Final = 2
"""Content words behind "some" or "most" that it may be said of."""


class Extent(StrEnum):
    """Of how many, how often, or how bindingly something is said."""

    ALL = "all"
    MOST = "most"
    SOME = "some"
    MUST = "must"
    MAY = "may"


# Measures of a person or a place that a statement may hold for: weight, age, temperature.
_CONDITIONAL: Final = frozenset({"kg", "year", "month", "°c"})
_WORD: Final = regex.compile(r"[\p{L}\p{M}]+")
_BOUNDS: Final = frozenset({Sense.BELOW, Sense.ABOVE, Sense.AT_LEAST, Sense.AT_MOST})


def widened(claim: str, language: str, source: str, source_language: str) -> tuple[str, str] | None:
    """(what the source says, the sentence's word or "") where the sentence says it of more, or more bindingly.

    Args:
        claim: the sentence.
        source: the span it is held against.
    """
    ours, theirs = dict(_extents(claim, language)), list(_extents(source, source_language))
    content = frozenset(content_terms(claim, language))
    for extent, (word, near) in theirs:
        narrow = extent in (Extent.SOME, Extent.MOST) and not content.isdisjoint(near)
        if narrow and Extent.SOME not in ours and extent not in ours:
            return " ".join((word, *near)), ours[Extent.ALL][0] if Extent.ALL in ours else ""
    said = {extent for extent, _ in theirs}
    happening = {stem(word, source_language) for word in words_of(source_language).happening}
    for extent, (word, near) in theirs:
        told = extent is Extent.MAY and happening.intersection(near[:1]) and is_said(near[0], content, language)
        if told and not {Extent.MAY, Extent.SOME} & ours.keys():
            return " ".join((word, *near)), ""
    if Extent.MAY not in ours and (limit := _limit(claim, source, source_language)):
        return limit, ""
    if Extent.MUST in ours and Extent.MAY not in ours and Extent.MAY in said and Extent.MUST not in said:
        return next(found[0] for extent, found in theirs if extent is Extent.MAY), ours[Extent.MUST][0]
    if Extent.MAY in ours and Extent.MUST not in ours and Extent.MUST in said and Extent.MAY not in said:
        return next(found[0] for extent, found in theirs if extent is Extent.MUST), ours[Extent.MAY][0]
    return _spared(claim, language, source, source_language)


def _spared(claim: str, language: str, source: str, source_language: str) -> tuple[str, str] | None:
    """ "Need not", which the source says, and the "not" that the claim makes of it; None where it makes none."""
    freeing = _need_not(source_language)
    said = freeing.search(normal(source, source_language)) if freeing else None
    own, denied = _need_not(language), normal(claim, language)
    forbids = negations(denied, language)
    if said is None or not forbids or (own and own.search(denied)):
        return None
    return said[0], denied[forbids[0] :].split()[0]


@cache
def _need_not(language: str) -> regex.Pattern[str] | None:
    patterns = words_of(language).need_not
    return regex.compile(as_whole_words("|".join(map(fold, patterns)))) if patterns else None


def _limit(claim: str, source: str, language: str) -> str:
    """The "maximum" of the source beside a word that the claim has alone, without any comparator; "" where none is.

    Where its clause has an amount, the claim must have that: of "a loading dose of 4 tablets and then 2 tablets a day",
    the second dose is not meant.
    """
    limits, said = words_of(language).limiting, set(terms(claim, language))
    own = take_apart(claim, language)
    if not limits or any(amount.sense in _BOUNDS for amount in own.amounts):
        return ""
    for clause in clauses_of(source, language):
        amounts = take_apart(clause, language).amounts
        if amounts and not _any_named(amounts, own.amounts):
            continue
        for one, other in pairwise(match[0] for match in _WORD.finditer(normal(clause, language))):
            limit, limited = (one, other) if language == "en" else (other, one)
            if limit in limits and stem(limited, language) in said and stem(limit, language) not in said:
                return f"{one} {other}"
    return ""


def _extents(text: str, language: str) -> Iterator[tuple[Extent, tuple[str, tuple[str, ...]]]]:
    """Each extent with its word, and the content terms behind it."""
    pattern, meanings = _pattern(language)
    if pattern is None:
        return
    folded = without_comparators(normal(text, language), language)
    for match in pattern.finditer(folded):
        behind = regex.split(r"[.;:!?]", folded[match.end() :])[0]
        near = tuple(content_terms(behind, language)[:REACH]) if behind.strip() else ()
        yield meanings[match[0]], (match[0], near)


@cache
def _pattern(language: str) -> tuple[regex.Pattern[str] | None, dict[str, Extent]]:
    meanings: dict[str, Extent] = {}
    for extent, words in words_of(language).extents.items():
        meanings |= {fold(word): Extent(extent) for word in words}
    if not meanings:
        return None, meanings
    pattern = "|".join(map(regex.escape, sorted(meanings, key=len, reverse=True)))
    return regex.compile(pattern if language == "zh" else as_whole_words(pattern)), meanings


def part_left_out(said: Statement, source: Statement, content: Set[str], text: str, language: str) -> str:
    """The part that the source gives, "half of the members", and that the sentence names without a number; "" if none.

    Args:
        content: content terms of the sentence.
        text: the sentence.
        language: of the sentence.
    """
    named = {amount.quantity.unit for amount in said.amounts}
    numbers = {amount.quantity.number for amount in said.amounts}
    words = number_words(language)
    numbers.update(words[token.text][0] for token in tokens(text) if token.text in words)
    for part in source.amounts:
        unit, size = part.quantity.unit, part.quantity.size()
        if size is None or size >= 1 or (part.measured and unit not in _DIVIDED) or part.quantity.number in numbers:
            continue
        written = spellings(unit, language) if part.measured else {stem(unit, language)}
        if unit not in named and not written.isdisjoint(content):
            return part.written
    return ""


_DIVIDED: Final = frozenset({"tablet", "capsule", "sachet", "spoon", "cup", "vial", "ampoule", "dose"})


def left_out(said: Statement, source: Statement, content: frozenset[str], language: str, *, row: bool) -> str:
    """The condition under which the source says it and which the sentence leaves out, as written; "" where none is.

    A condition is an "if" or "unless" of which the sentence has no word, or a bound on a weight, an age or a
    temperature that stands in the clause which the sentence repeats.

    Args:
        content: content terms of the sentence.
        language: of the sentence.
        row: the source is a row of a table: any one of its ranges will do, and it stands for the whole row.
    """
    conditional = {Sense.IF, Sense.EXCEPT}
    if not any(turn.sense in conditional for turn in said.turns):
        for turn in source.turns:
            reached = 2 * len(content & turn.beyond) <= len(content)
            said_too = _all_said(turn.near, content, language)
            # What is excepted is not meant, named or not.
            if turn.near and reached and (turn.sense is Sense.EXCEPT or (turn.sense is Sense.IF and not said_too)):
                return f"{turn.written} {' '.join(turn.near)}"
    bounds = [amount for amount in source.amounts if _is_bound(amount)]
    within = row and any(lies_within(amount, bounds) for amount in said.amounts)
    named = [bound for bound in bounds if within or _named(bound, said.amounts)]
    if row:
        others = [amount for amount in source.amounts if amount not in bounds]
        return "" if named or not bounds or not _any_named(others, said.amounts) else bounds[0].written
    for bound in bounds:
        if bound not in named and _concerns(bound, source.amounts, said.amounts, content):
            return bound.written
    return ""


def _all_said(near: Sequence[str], content: frozenset[str], language: str) -> bool:
    """Of "if a patient refuses", a sentence on patients has not said the condition."""
    return all(is_said(term, content, language) for term in near)


def _is_bound(amount: Amount) -> bool:
    bounded = amount.sense in _BOUNDS or (amount.edge and amount.quantity.unit != "°c")
    return amount.quantity.unit in _CONDITIONAL and bool(bounded)


def _named(amount: Amount, said: Sequence[Amount]) -> bool:
    return any(other.quantity.agrees(amount.quantity) for other in said)


def _any_named(amounts: Sequence[Amount], said: Sequence[Amount]) -> bool:
    return any(_named(amount, said) for amount in amounts)


def _concerns(bound: Amount, source: Sequence[Amount], said: Sequence[Amount], content: Set[str]) -> bool:
    """Whether the bound stands in the clause that the sentence repeats: beside an amount that it gives, or, where it
    gives none, beside half of its words."""
    if said:
        beside = [other for other in source if other.near == bound.near and not _is_bound(other)]
        return _any_named(beside, said)
    return bool(content) and 2 * len(bound.near & content) >= len(content)
