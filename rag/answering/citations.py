"""Checking a generated sentence against the passages: is all that it says there, numbers and negations included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

import regex

from rag.answering.claims import Amount, Statement, take_apart
from rag.answering.extract import cite
from rag.answering.measures import in_base, spellings
from rag.answering.polarity import Relation, Sense, is_negation, relation, without_comparators
from rag.answering.quantities import CLOCK, normal, without_measures
from rag.answering.scope import left_out, widened
from rag.answering.spans import Window, copied, windows
from rag.answering.units import Unit
from rag.answering.wording import unsaid
from rag.core.checking import Verdicts, verdicts
from rag.core.text import content_terms, content_words, stem, terms, tokens
from rag.core.types import Passage, Sentence, Support

SAME_TOPIC_COVERAGE: Final = 0.5
"""From this share on, a differing number or negation contradicts the sentence; below it, nothing was found."""

FREE_COVERAGE: Final = 0.75
"""Share of a sentence's content words that must stand outside the negated part of a span, to support it unnegated."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence taken apart."""

    text: str
    content: tuple[str, ...]
    """Its content terms without negations and comparators, distinct, in order."""
    stated: tuple[str, ...]
    """Those of them that stand outside its amounts, which are held against amounts."""
    names: frozenset[str]
    said: Statement
    language: str
    reasons: Verdicts


@dataclass(frozen=True, slots=True)
class _Judgement:
    support: Support
    coverage: float
    unit: Unit | None = None
    reason: str = ""


def check(text: str, keys: Sequence[str], passages: Sequence[Passage], language: str) -> Sentence:
    """Hold one generated sentence against its cited passages, then against all.

    Lines of a sentence (rows of a table that a model copied) are held against the passages one by one, and all must
    hold.

    Args:
        text: the sentence without its citation marks.
        keys: the citation keys that the model wrote, e.g. ("[1]",); unknown keys count for nothing.
        language: the answer's language; the reason is in it.

    Returns:
        The sentence with the span that supports or contradicts it, or says it of fewer, as its citation, or none.
    """
    lines = [line for line in text.splitlines() if any(map(str.isalnum, line))] or [text]
    judged = [_hold(line, keys, passages, language) for line in lines]
    worst = max(judged, key=lambda judgement: _ORDER.index(judgement.support))
    kept = judged if worst.support is Support.SUPPORTED else [worst]
    citations = tuple(dict.fromkeys(cite(judgement.unit) for judgement in kept if judgement.unit))
    return Sentence(text=text, support=worst.support, citations=citations, reason=worst.reason)


def _hold(text: str, keys: Sequence[str], passages: Sequence[Passage], language: str) -> _Judgement:
    if unit := copied(text, passages):
        return _Judgement(Support.SUPPORTED, 1.0, unit)
    claim = _take_apart(_INTRODUCTION.sub("", text), language)
    cited = _judge(claim, [passage for passage in passages if passage.key in keys])
    if cited.support is Support.SUPPORTED:
        return cited
    elsewhere = _judge(claim, [passage for passage in passages if passage.key not in keys])
    if cited.support is elsewhere.support is Support.CONTRADICTED:
        return cited
    return max(cited, elsewhere, key=_strength)


# "Answer: ...", "The correct answer is that ...": what small models put before a sentence.
_INTRODUCTION: Final = regex.compile(
    r"^\s*(?:(?:\d{1,2}[.)]|[-*•])\s+)?(?:the (?:correct )?answer(?: to (?:this|the) question)? is(?:\s*:| that)?\s"
    r"|(?:answer|sentence|premise|step|note|réponse|respuesta|antwort|jibu|उत्तर|جواب|الجواب)(?: \d{1,2})?\s*:)\s*",
    regex.IGNORECASE,
)


def _judge(claim: _Claim, passages: Sequence[Passage]) -> _Judgement:
    """What the nearest span makes of the claim: one that supports it, else one that contradicts it."""
    nothing = _Judgement(Support.NOT_FOUND, 0.0, reason=claim.reasons.nothing)
    judged = (_compare(claim, window) for passage in passages for window in windows(passage))
    return max(judged, key=_strength, default=nothing)


def _strength(judgement: _Judgement) -> tuple[int, float]:
    """A span that supports counts for most, then one that says something else of the same."""
    return 2 if judgement.support is Support.SUPPORTED else int(judgement.unit is not None), judgement.coverage


def _compare(claim: _Claim, window: Window) -> _Judgement:
    context = " ".join((*window.above, window.text))
    words = set(terms(context, window.language)) | set(terms(context, claim.language))
    coverage = sum(term in words for term in claim.content) / len(claim.content) if claim.content else 0.0
    if coverage < SAME_TOPIC_COVERAGE or not window.says(frozenset(claim.content)):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.nothing)
    own = take_apart(window.text, window.language)
    above = [take_apart(part, window.language) for part in window.above if part]
    around = tuple(amount for said in above for amount in said.amounts)
    periods = frozenset(period for said in above for period in said.rates)
    judged = [
        _statements(said, source, around, words, periods, claim)
        for said in _forms(claim.said)
        for source in _forms(own)
    ]
    support, reason = min(judged, key=lambda verdict: _ORDER.index(verdict[0]))
    if support is Support.SUPPORTED:
        support, reason = _wording(claim, context, words)
    if support is Support.SUPPORTED:
        # A span that says it of fewer is shown as well.
        support, reason = _reach(claim, window, own)
        return _Judgement(support, coverage, window.unit, reason)
    return _Judgement(support, coverage, window.unit if support is Support.CONTRADICTED else None, reason)


def _wording(claim: _Claim, context: str, words: Set[str]) -> _Verdict:
    """Whether every word and name of the sentence stands in the span or in what it stands under."""
    missing = unsaid(claim.stated, words, claim.language)
    strange = claim.names - {token.text for token in tokens(context)}
    if not missing and not strange and not _renamed(claim.text, context):
        return Support.SUPPORTED, ""
    written = [word for word in content_words(claim.text, claim.language) if stem(word, claim.language) in missing]
    lacking = ", ".join(dict.fromkeys((*written, *sorted(strange))))
    reasons = claim.reasons
    return Support.NOT_FOUND, reasons.words.format(words=lacking) if lacking else reasons.nothing


def _reach(claim: _Claim, window: Window, source: Statement) -> _Verdict:
    """Whether the sentence says it of no more than the span does, and under the same condition."""
    wider = widened(claim.text, claim.language, window.text, window.language)
    if wider is not None:
        found, said = wider
        reason = claim.reasons.differs if said else claim.reasons.condition
        return Support.NOT_FOUND, reason.format(found=found, said=said)
    if condition := left_out(claim.said, source, frozenset(claim.content), row=window.row):
        return Support.NOT_FOUND, claim.reasons.condition.format(found=condition)
    return Support.SUPPORTED, ""


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
    none = frozenset[str]()
    plain = replace(said, amounts=amounts, negated=False, unnegated_terms=every, negated_terms=none, denied_terms=none)
    return [said, plain]


def _statements(
    said: Statement, source: Statement, around: Sequence[Amount], words: Set[str], periods: Set[str], claim: _Claim
) -> _Verdict:
    """Hold what a sentence says against what a span says: amounts, negation, turning words."""
    judged = [_amount(amount, source, around, words, claim) for amount in said.amounts]
    judged += [_negation(said, source, claim), _turns(said, source, claim)]
    if said.rates - source.rates - periods:
        judged.append((Support.NOT_FOUND, claim.reasons.nothing))
    return max(judged, key=lambda verdict: _ORDER.index(verdict[0]))


def _amount(amount: Amount, source: Statement, around: Sequence[Amount], words: Set[str], claim: _Claim) -> _Verdict:
    agreeing = [other for other in source.amounts if _agree(amount, other, words, claim)]
    elsewhere = [other for other in around if _agree(amount, other, words, claim)]
    if not agreeing and not elsewhere:
        rivals = [other.written for other in source.amounts if _comparable(amount, other)]
        if not rivals:
            return Support.NOT_FOUND, claim.reasons.words.format(words=amount.written)
        found = ", ".join(dict.fromkeys(rivals))
        return Support.CONTRADICTED, claim.reasons.differs.format(found=found, said=amount.written)
    relations = {_relation(amount, other) for other in (*agreeing, *elsewhere)}
    if Relation.AGREE not in relations:
        if Relation.OPPOSITE in relations:
            return Support.CONTRADICTED, claim.reasons.reversed.format(said=amount.written)
        return Support.NOT_FOUND, claim.reasons.words.format(words=amount.written)
    if agreeing and not _bound(
        amount, [other for other in agreeing if _relation(amount, other) is Relation.AGREE], source
    ):
        return Support.CONTRADICTED, claim.reasons.elsewhere.format(said=amount.written)
    return Support.SUPPORTED, ""


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
        if other not in agreeing
        and in_base(other.quantity.unit)[0] == base
        # What a patient weighs is no rival of a dose.
        and (other.quantity.unit == "kg") is (amount.quantity.unit == "kg")
        and other.quantity != amount.quantity
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
    contradicted = Support.CONTRADICTED, claim.reasons.negated
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
        if covered and only_negated.isdisjoint(claim.content):
            return Support.SUPPORTED, ""
        # "If the date has not passed, the vial has been kept cold ...": that it is kept cold may or may not be denied.
        meant, touched = (len(words & terms) for terms in (source.denied_terms, source.negated_terms))
        return contradicted if 2 * meant >= touched else (Support.NOT_FOUND, claim.reasons.nothing)
    return Support.SUPPORTED, ""


def _turns(said: Statement, source: Statement, claim: _Claim) -> _Verdict:
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
            return Support.CONTRADICTED, claim.reasons.reversed.format(said=turn.written)
        if turn.sense is not Sense.IF:
            worst = Support.NOT_FOUND, claim.reasons.words.format(words=turn.written)
    return worst


_TURNING: Final = frozenset({Sense.BEFORE, Sense.AFTER, Sense.ONLY, Sense.EXCEPT, Sense.IF})


def _take_apart(text: str, language: str) -> _Claim:
    plain = normal(text, language)
    # Vietnamese tells its function words from others by marks that folding drops.
    bare = text if language == "vi" else without_comparators(plain, language)
    content = _content(bare, language)
    stated = _content(without_measures(bare, language), language)
    said = take_apart(text, language)
    # A month within a date is no name any more.
    names = {token.text for token in tokens(plain)}.intersection(_names(text))
    return _Claim(text, content, stated, frozenset(names), said, language, verdicts(language))


def _content(text: str, language: str) -> tuple[str, ...]:
    words = content_terms(text, language) if text.strip() else []
    return tuple(term for term in words if not is_negation(term, language))


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
