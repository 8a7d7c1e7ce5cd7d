"""Checking a generated sentence against the passages: is all that it says there, numbers and negations included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import regex

from rag.answering.claims import Amount, Statement, take_apart
from rag.answering.extract import cite
from rag.answering.measures import in_base, spellings
from rag.answering.polarity import Relation, Sense, is_negation, relation
from rag.answering.quantities import CLOCK, Quantity
from rag.answering.units import Unit, cut
from rag.core.text import content_terms, stem, terms, tokens
from rag.core.types import BlockKind, Passage, Sentence, Support

SUPPORTED_COVERAGE: Final = 0.6
"""Share of a sentence's content words that must stand in the span that supports it."""
SAME_TOPIC_COVERAGE: Final = 0.5
"""From this share on, a differing number or negation contradicts the sentence; below it, nothing was found."""

FREE_COVERAGE: Final = 0.75
"""Share of a sentence's content words that must stand outside the negated part of a span, to support it unnegated."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence taken apart."""

    text: str
    content: frozenset[str]
    names: frozenset[str]
    said: Statement
    language: str


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
        if one.kind is BlockKind.PARAGRAPH and one.block == other.block and _negated(one) == _negated(other)
    ]
    return alone + pairs


def _compare(claim: _Claim, unit: Unit, text: str, language: str) -> _Judgement:
    context = f"{unit.context} {text}"
    source_language = unit.passage.document.language
    words = set(terms(context, source_language)) | set(terms(context, language))
    coverage = sum(term in words for term in claim.content) / len(claim.content) if claim.content else 0.0
    if coverage < SAME_TOPIC_COVERAGE:
        return _Judgement(Support.NOT_FOUND, coverage)
    own = take_apart(text, source_language)
    periods = take_apart(unit.context, source_language).rates
    around = tuple(
        amount
        for part in (unit.lead, *unit.head, *unit.passage.heading_path, unit.passage.document.title)
        if part
        for amount in take_apart(part, source_language).amounts
    )
    verdicts = [
        _statements(said, source, around, words, periods, claim)
        for said in _forms(claim.said)
        for source in _forms(own)
    ]
    support, reason = min(verdicts, key=lambda verdict: _ORDER.index(verdict[0]))
    if support is Support.SUPPORTED and (
        coverage < SUPPORTED_COVERAGE
        or not claim.names <= {token.text for token in tokens(context)}
        or _renamed(claim.text, context)
    ):
        support = Support.NOT_FOUND
    if support is Support.NOT_FOUND:
        return _Judgement(support, coverage)
    return _Judgement(support, coverage, unit, reason)


_ORDER: Final = (Support.SUPPORTED, Support.NOT_FOUND, Support.CONTRADICTED)
_Verdict = tuple[Support, str]


def _forms(said: Statement) -> list[Statement]:
    """The statement, and "not more than 4" read as "at most 4"."""
    if not said.flipped:
        return [said]
    turned = {Sense.ABOVE: Sense.AT_MOST, Sense.BELOW: Sense.AT_LEAST}
    amounts = tuple(
        replace(amount, sense=turned.get(amount.sense, amount.sense) if amount.sense else None)
        for amount in said.amounts
    )
    every = said.negated_terms | said.unnegated_terms
    return [said, replace(said, amounts=amounts, negated=False, unnegated_terms=every, negated_terms=frozenset())]


def _statements(
    said: Statement, source: Statement, around: Sequence[Amount], words: Set[str], periods: Set[str], claim: _Claim
) -> _Verdict:
    """Hold what a sentence says against what a span says: amounts, negation, turning words."""
    verdicts = [_amount(amount, source, around, words, claim) for amount in said.amounts]
    verdicts += [_negation(said, source, claim), _turns(said, source)]
    if source.rates and said.rates - source.rates - periods:
        verdicts.append((Support.NOT_FOUND, ""))
    return max(verdicts, key=lambda verdict: _ORDER.index(verdict[0]))


def _amount(amount: Amount, source: Statement, around: Sequence[Amount], words: Set[str], claim: _Claim) -> _Verdict:
    agreeing = [other for other in source.amounts if _agree(amount, other, words, claim)]
    elsewhere = [other for other in around if _agree(amount, other, words, claim)]
    if not agreeing and not elsewhere:
        rivals = [other.quantity for other in source.amounts if _comparable(amount, other)]
        if not rivals:
            return Support.NOT_FOUND, ""
        return Support.CONTRADICTED, f"The document has {_listed(sorted(rivals))}, not {amount.quantity}."
    relations = {_relation(amount, other) for other in (*agreeing, *elsewhere)}
    if Relation.AGREE not in relations:
        if Relation.OPPOSITE in relations:
            return Support.CONTRADICTED, f"The document says the opposite of “{_said(amount)}”."
        return Support.NOT_FOUND, ""
    if agreeing and not _bound(
        amount, [other for other in agreeing if _relation(amount, other) is Relation.AGREE], source
    ):
        return Support.CONTRADICTED, f"The document says {amount.quantity} of something else."
    return Support.SUPPORTED, ""


def _said(amount: Amount) -> str:
    return f"{amount.sense} {amount.quantity}" if amount.sense else str(amount.quantity)


def _agree(amount: Amount, other: Amount, words: Set[str], claim: _Claim) -> bool:
    """Whether the numbers and units agree; a unit that one side lacks must stand nearby, or its clause must match."""
    ours, theirs = amount.quantity, other.quantity
    if ours.agrees(theirs):
        needed = ours.unit and not theirs.unit and amount.measured and ours.unit != CLOCK
        return not needed or bool(words & spellings(ours.unit, claim.language))
    # "12 solar lamps" and "12 lamps": the word beside the number is no measure, the noun stands further on.
    loose = not amount.measured and not other.measured
    if loose and ours._replace(unit="").agrees(theirs._replace(unit="")):
        return stem(ours.unit, claim.language) in other.near or stem(theirs.unit, claim.language) in amount.near
    return False


def _comparable(amount: Amount, other: Amount) -> bool:
    """Whether two amounts that differ speak of the same kind of thing: the same number, or the same measure."""
    if amount.quantity._replace(unit="").agrees(other.quantity._replace(unit="")):
        return amount.measured and other.measured
    same = in_base(amount.quantity.unit)[0] == in_base(other.quantity.unit)[0]
    return same or not amount.quantity.unit or not other.quantity.unit


def _relation(amount: Amount, other: Amount) -> Relation:
    ours, theirs = _sense(amount), _sense(other)
    if amount.edge and other.edge:
        return Relation.AGREE if amount.edge == other.edge else Relation.OPPOSITE
    if other.edge and ours is None:
        return Relation.AGREE
    if amount.quantity.unit in _LASTING and Sense.ABOVE in (ours, theirs) and None in (ours, theirs):
        # "over 4 hours" may mean during them.
        return Relation.AGREE
    return relation(ours, theirs)


_LASTING: Final = frozenset({"s", "min", "h"})


def _sense(amount: Amount) -> Sense | None:
    """An end of a range is a bound: "10 to 15 kg" is at least 10 and at most 15."""
    if amount.edge:
        return Sense.AT_LEAST if amount.edge == "low" else Sense.AT_MOST
    return amount.sense


def _bound(amount: Amount, agreeing: Sequence[Amount], source: Statement) -> bool:
    """Whether the number belongs to the same words in both: no rival's clause shares more of the sentence's clause.

    Of "Zinc is 10 mg and ORS is 20 mg", 20 mg is bound to ORS: "Zinc is 20 mg" shares a word with its rival only.
    """
    base = in_base(amount.quantity.unit)[0]
    rivals = [
        other
        for other in source.amounts
        if other not in agreeing and in_base(other.quantity.unit)[0] == base and other.quantity != amount.quantity
    ]
    if not rivals or not agreeing:
        return True
    common = frozenset.intersection(*(other.near for other in (*agreeing, *rivals)))
    shared = max(len((amount.near & other.near) - common) for other in agreeing)
    beaten = [rival.near - common for rival in rivals if len((amount.near & rival.near) - common) > shared]
    # "the Mini needs 5 hours of sun, the Home 7 hours": all that the later clause says itself is enough.
    whole = any(other.near - common and other.near - common <= amount.near for other in agreeing)
    if not whole and any(rival.near - common and rival.near - common <= amount.near for rival in rivals):
        return False
    return not beaten or (whole and not any(rival <= amount.near for rival in beaten))


def _negation(said: Statement, source: Statement, claim: _Claim) -> _Verdict:
    contradicted = Support.CONTRADICTED, "The document says the opposite: only one of the two is negated."
    if said.negated and not source.negated:
        return contradicted
    if said.negated:
        # The negated words themselves must be negated there too.
        strange = said.negated_terms & source.unnegated_terms - source.negated_terms
        return (
            contradicted if len(strange) > len(said.negated_terms & source.negated_terms) else (Support.SUPPORTED, "")
        )
    if source.negated:
        only_negated = source.negated_terms - source.unnegated_terms
        words = {term for term in claim.content if not any(char.isdigit() for char in term)}
        covered = len(words & source.unnegated_terms) >= FREE_COVERAGE * len(words)
        return (Support.SUPPORTED, "") if covered and not claim.content & only_negated else contradicted
    return Support.SUPPORTED, ""


def _turns(said: Statement, source: Statement) -> _Verdict:
    """Each "before", "only", "unless" of the sentence must stand by the same words in the span."""
    worst: _Verdict = Support.SUPPORTED, ""
    for turn in said.turns:
        if turn.sense not in _TURNING:
            continue
        beside = [other for other in source.turns if other.sense in _TURNING and set(turn.near) & set(other.near)]
        held = {relation(turn.sense, other.sense) for other in beside or source.turns}
        held |= {relation(turn.sense, a.sense) for a in source.amounts if a.sense and not beside}
        if Relation.AGREE in held:
            continue
        if Relation.OPPOSITE in held:
            return Support.CONTRADICTED, f"The document does not say “{turn.sense}” here, but the opposite."
        if turn.sense is not Sense.IF:
            worst = Support.NOT_FOUND, ""
    return worst


_TURNING: Final = frozenset({Sense.BEFORE, Sense.AFTER, Sense.ONLY, Sense.EXCEPT, Sense.IF})


def _listed(found: Iterable[Quantity]) -> str:
    return ", ".join(map(str, found))


def _take_apart(text: str, language: str) -> _Claim:
    content = frozenset(term for term in content_terms(text, language) if not is_negation(term, language))
    return _Claim(text, content, frozenset(_names(text)), take_apart(text, language), language)


def _negated(unit: Unit) -> bool:
    return take_apart(unit.readable(), unit.passage.document.language).negated


def _names(text: str) -> Iterable[str]:
    """Words written with a capital inside a sentence, and codes such as SL-200, folded."""
    for position, token in enumerate(tokens(text)):
        written = text[token.start : token.end]
        code = any(char.isdigit() for char in written) and any(char.isalpha() for char in written)
        if code or (position > 0 and written[0].isupper() and not _starts_sentence(text, token.start)):
            yield token.text


def _renamed(text: str, source: str) -> bool:
    """Whether a name that begins the sentence differs from the source's: "Peter Otero" for "Halima Otero"."""
    pair = _FULL_NAME.match(text)
    if pair is None or pair[1].casefold() in source.casefold():
        return False
    return any(match[2] == pair[2] for match in _FULL_NAME.finditer(source, overlapped=True))


_FULL_NAME: Final = regex.compile(r"\b(\p{Lu}\p{Ll}+) (\p{Lu}\p{Ll}+)\b")


def _starts_sentence(text: str, position: int) -> bool:
    before = text[:position].rstrip(" \n\t\"'“‘(«")
    return not before or before[-1] in ".!?:;•"
