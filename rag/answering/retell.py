"""Answers told in another language than the documents': what of them can be checked, and saying so.

Words cannot be compared across languages without a model that knows both. Numbers with their units can, and whether
something is negated: the parts of which a mistake does most harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from rag.answering.citations import check
from rag.answering.claims import Amount, take_apart
from rag.answering.extract import cite
from rag.answering.units import Unit, cut
from rag.core.checking import verdicts
from rag.core.messages import messages
from rag.core.types import Passage, Sentence, Support

_ONE: Final = regex.compile(r"(?<!\d)[1１١۱१๑](?!\d)")
"""Written as a digit."""


def told_notice(language: str, passages: Sequence[Passage]) -> str:
    """What the reader of an answer in `language` must know where the passages have another; else ""."""
    return messages(language).told_across if _across(language, passages) else ""


def check_retold(text: str, keys: Sequence[str], passages: Sequence[Passage], language: str) -> Sentence:
    """Hold a sentence in `language` against the passages: as any other, and by numbers where theirs is another.

    Across languages a sentence is supported when one unit of a passage, of the cited ones first, has all its numbers
    with their units, and both or neither are negated. One without a number is not supported: nothing was compared.

    Args:
        text: the sentence without its citation marks.
        keys: the citation keys that the model wrote; unknown keys count for nothing.
    """
    held = check(text, keys, passages, language)
    if held.supported or not _across(language, [one for one in passages if one.key in keys] or passages):
        return held
    said = take_apart(text, language)
    # "Un flacon" is one vial and "a vial" is none: an article is no number.
    amounts = [amount for amount in said.amounts if amount.quantity.number != "1" or _ONE.search(text)]
    if not amounts:
        return Sentence(text, Support.NOT_FOUND, reason=verdicts(language).wordless)
    cited = sorted(passages, key=lambda passage: passage.key not in keys)
    same = [unit for passage in cited for unit in cut(passage) if _has_all(amounts, unit)]
    agreeing = [unit for unit in same if _negated(unit) == said.negated]
    if agreeing:
        return Sentence(text, Support.SUPPORTED, (cite(agreeing[0]),))
    if same:
        return Sentence(text, Support.CONTRADICTED, (cite(same[0]),), verdicts(language).negated)
    return Sentence(text, Support.NOT_FOUND, reason=verdicts(language).numberless)


def _across(language: str, passages: Sequence[Passage]) -> bool:
    return bool(language) and all(passage.document.language != language for passage in passages)


def _has_all(amounts: Sequence[Amount], unit: Unit) -> bool:
    around = " ".join((unit.lead, *unit.head, unit.readable()))
    theirs = take_apart(around, unit.passage.document.language).amounts
    return all(any(_agree(ours, other) for other in theirs) for ours in amounts)


def _agree(ours: Amount, other: Amount) -> bool:
    """Whether number and measure agree; a word that is no known measure is a noun, which has another name here."""
    if ours.measured and other.measured:
        return ours.quantity.agrees(other.quantity)
    return ours.quantity.equals(other.quantity)


def _negated(unit: Unit) -> bool:
    return take_apart(unit.readable(), unit.passage.document.language).negated
