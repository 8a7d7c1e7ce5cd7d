"""Checking a generated sentence against the passages: is all that it says there, numbers and negations included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rag.answering.extract import cite
from rag.answering.quantities import Quantity, absent, quantities
from rag.answering.units import Unit, cut
from rag.core.text import content_terms, terms, tokens
from rag.core.types import BlockKind, Passage, Sentence, Support

SUPPORTED_COVERAGE: Final = 0.6
"""Share of a sentence's content words that must stand in the span that supports it."""
SAME_TOPIC_COVERAGE: Final = 0.5
"""From this share on, a differing number or negation contradicts the sentence; below it, nothing was found."""

_NEGATIONS: Final = frozenset(
    (
        "not no never none nor neither without cannot "  # English
        "ne pas jamais aucun aucune sans "  # French
        "ni nunca sin ningun ninguna tampoco nao sem nem "  # Spanish, Portuguese
        "nicht kein keine keinen nie ohne "  # German
        "hapana si sio bila kamwe hakuna "  # Swahili
        "nu fara niciodata degil yok asla khong chua "  # Romanian, Turkish, Vietnamese
        "не нет без никогда нельзя δεν μη μην ποτε χωρις "  # Russian, Greek
        "لا ليس لم لن غير بدون نہیں مت نہ بغیر नहीं मत न बिना ไม่ 不 没 無 无"  # Arabic, Urdu, Hindi, Thai, Chinese
    ).split()
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence taken apart."""

    content: frozenset[str]
    quantities: frozenset[Quantity]
    names: frozenset[str]
    negated: bool


@dataclass(frozen=True, slots=True)
class _Judgement:
    support: Support
    coverage: float
    unit: Unit | None = None
    reason: str = ""


def check(text: str, keys: Sequence[str], passages: Sequence[Passage], language: str) -> Sentence:
    """Hold one generated sentence against its cited passages, then against all.

    Args:
        text: the sentence without its citation marks.
        keys: the citation keys that the model wrote, e.g. ("[1]",); unknown keys count for nothing.
        language: the answer's language.

    Returns:
        The sentence with the span that supports or contradicts it as its citation, or none.
    """
    claim = _take_apart(text, language)
    cited = [passage for passage in passages if passage.key in keys]
    judgement = _judge(claim, cited, language)
    if judgement.support is not Support.SUPPORTED:
        others = [passage for passage in passages if passage.key not in keys]
        elsewhere = _judge(claim, others, language)
        if elsewhere.support is Support.SUPPORTED or judgement.support is Support.NOT_FOUND:
            judgement = elsewhere
    citations = (cite(judgement.unit),) if judgement.unit else ()
    return Sentence(text=text, support=judgement.support, citations=citations, reason=judgement.reason)


def _judge(claim: _Claim, passages: Sequence[Passage], language: str) -> _Judgement:
    best = _Judgement(Support.NOT_FOUND, 0.0, reason="Nothing in the documents says this.")
    contradiction: _Judgement | None = None
    for passage in passages:
        for unit, text in _windows(cut(passage)):
            verdict = _compare(claim, unit, text, language)
            if verdict.support is Support.SUPPORTED and (best.unit is None or verdict.coverage > best.coverage):
                best = verdict
            elif verdict.support is Support.CONTRADICTED and (
                contradiction is None or verdict.coverage > contradiction.coverage
            ):
                contradiction = verdict
    if best.unit is None and contradiction is not None:
        return contradiction
    return best


def _windows(units: Sequence[Unit]) -> list[tuple[Unit, str]]:
    """Each unit alone, and each sentence with the next one of its paragraph: a generated sentence often joins two.

    Rows and list items are never joined, or one row's dose would support another's; nor are two sentences of
    which one is negated, or the one's "not" would pass for the other's.
    """
    alone = [(unit, unit.readable()) for unit in units]
    pairs = [
        (one, f"{one.readable()} {other.readable()}")
        for one, other in pairwise(units)
        if one.kind is BlockKind.PARAGRAPH and one.block == other.block and _negated(one.text) == _negated(other.text)
    ]
    return alone + pairs


def _compare(claim: _Claim, unit: Unit, text: str, language: str) -> _Judgement:
    context = f"{unit.context} {text}"
    source_language = unit.passage.document.language
    words = set(terms(context, source_language)) | set(terms(context, language))
    coverage = sum(term in words for term in claim.content) / len(claim.content) if claim.content else 0.0
    if coverage < SAME_TOPIC_COVERAGE:
        return _Judgement(Support.NOT_FOUND, coverage)
    missing = absent(claim.quantities, quantities(context))
    if missing:
        found = sorted(quantities(text))
        if not found:
            return _Judgement(Support.NOT_FOUND, coverage)
        reason = f"The document has {_listed(found)}, not {_listed(missing)}."
        return _Judgement(Support.CONTRADICTED, coverage, unit, reason)
    if claim.negated != _negated(text):
        reason = "The document says the opposite: only one of the two is negated."
        return _Judgement(Support.CONTRADICTED, coverage, unit, reason)
    if not claim.names <= {token.text for token in tokens(context)}:
        return _Judgement(Support.NOT_FOUND, coverage)
    if coverage < SUPPORTED_COVERAGE:
        return _Judgement(Support.NOT_FOUND, coverage)
    return _Judgement(Support.SUPPORTED, coverage, unit)


def _listed(found: Iterable[Quantity]) -> str:
    return ", ".join(map(str, found))


def _take_apart(text: str, language: str) -> _Claim:
    return _Claim(
        content=frozenset(content_terms(text, language)) - _NEGATIONS,
        quantities=quantities(text),
        names=frozenset(_names(text)),
        negated=_negated(text),
    )


def _negated(text: str) -> bool:
    return any(token.text in _NEGATIONS for token in tokens(text)) or "n't" in text.replace("’", "'").casefold()


def _names(text: str) -> Iterable[str]:
    """Words written with a capital inside a sentence, and codes such as SL-200, folded."""
    for position, token in enumerate(tokens(text)):
        written = text[token.start : token.end]
        code = any(char.isdigit() for char in written) and any(char.isalpha() for char in written)
        if code or (position > 0 and written[0].isupper() and not _starts_sentence(text, token.start)):
            yield token.text


def _starts_sentence(text: str, position: int) -> bool:
    before = text[:position].rstrip(" \n\t\"'“‘(«")
    return not before or before[-1] in ".!?:;•"
