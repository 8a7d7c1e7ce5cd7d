"""Whether what a sentence says and what a span says agree: amounts, negation, "before" and "only"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from rag.answering.claims import Amount, Statement, take_apart
from rag.answering.measures import in_base, spellings, units
from rag.answering.normal import normal
from rag.answering.polarity import Relation, Sense, is_negation, relation, without_comparators
from rag.answering.quantities import CLOCK, without_measures
from rag.answering.ranges import lies_within
from rag.answering.wording import is_said, joined
from rag.core.checking import Verdicts, verdicts
from rag.core.text import content_terms, fold, stem, tokens
from rag.core.types import Support
from rag.core.words import words_of

FREE_COVERAGE: Final = 0.75
"""Share of a sentence's content words that must stand outside the negated part of a span, to support it unnegated."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence taken apart."""

    text: str
    content: tuple[str, ...]
    """Its content terms without negations and comparators, distinct, in order."""
    stated: tuple[str, ...]
    """Those of them that stand outside its amounts, which are held against amounts."""
    names: frozenset[str]
    """Words written with a capital inside it, and codes; folded."""
    said: Statement
    language: str
    reasons: Verdicts
    """In the language of the answer."""


ORDER: Final = (Support.SUPPORTED, Support.NOT_FOUND, Support.CONTRADICTED)
"""From the best to the worst."""
Verdict = tuple[Support, str]
"""With the reason, in words for a person; "" where it is supported."""


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
    plain = replace(
        said,
        amounts=amounts,
        negated=False,
        unnegated_terms=every,
        negated_terms=none,
        denied_terms=none,
        denied_words=none,
    )
    return [said, plain]


class Findings(NamedTuple):
    """What a sentence says against what a span says."""

    amounts: Verdict
    logic: Verdict
    """Of negation and of turning words."""

    @property
    def worst(self) -> Verdict:
        """The one that counts for the sentence."""
        return max(self, key=_severity)


@dataclass(frozen=True, slots=True)
class Source:
    """The span that a sentence is held against."""

    said: Statement
    above: tuple[Statement, ...]
    """What it stands under: title, headings, its lead, a table's head."""
    words: frozenset[str]
    """The terms of all of these."""
    row: bool
    """It is a row of a table."""


def held_against(claim: Claim, source: Source) -> Findings:
    """Hold a sentence against a span: amounts, negation, turning words."""
    found = [
        _statements(said, replace(source, said=own), claim)
        for said in _forms(claim.said)
        for own in _forms(source.said)
    ]
    return min(found, key=lambda findings: _severity(findings.worst))


def _statements(said: Statement, source: Source, claim: Claim) -> Findings:
    amounts = [_amount(amount, source, claim) for amount in said.amounts]
    rates = source.said.rates.union(*(above.rates for above in source.above))
    counted = any(amount.quantity.unit == "time" for amount in said.amounts)
    # "Twice" is less than "twice a day".
    if said.rates - rates or (counted and source.said.rates and not said.rates):
        amounts.append((Support.NOT_FOUND, claim.reasons.nothing))
    logic = _negation(said, source.said, claim), _turns(said, source.said, claim)
    return Findings(max(amounts, key=_severity, default=(Support.SUPPORTED, "")), max(logic, key=_severity))


def _severity(verdict: Verdict) -> int:
    return ORDER.index(verdict[0])


def _amount(amount: Amount, source: Source, claim: Claim) -> Verdict:
    own, words = source.said.amounts, source.words
    if source.row and amount.sense is Sense.AFTER and "when" in words and "after" not in words:
        # "When stitches are taken out", says the table: "Face | 5 days".
        amount = replace(amount, sense=None)
    agreeing = [other for other in own if _agree(amount, other, words, claim)]
    elsewhere = [other for said in source.above for other in said.amounts if _agree(amount, other, words, claim)]
    if not agreeing and not elsewhere:
        if source.row and lies_within(amount, own):
            return Support.SUPPORTED, ""
        rivals = [other.written for other in own if _comparable(amount, other)]
        if not rivals:
            return Support.NOT_FOUND, claim.reasons.words.format(words=amount.written)
        found = ", ".join(dict.fromkeys(rivals))
        return Support.CONTRADICTED, claim.reasons.differs.format(found=found, said=amount.written)
    denied = claim.said.negated and source.said.negated
    relations = {_relation(amount, other, denied=denied) for other in (*agreeing, *elsewhere)}
    if Relation.AGREE not in relations:
        if Relation.OPPOSITE in relations:
            return Support.CONTRADICTED, claim.reasons.reversed.format(said=amount.written)
        return Support.NOT_FOUND, claim.reasons.words.format(words=amount.written)
    if agreeing and not _bound(
        amount, [other for other in agreeing if _relation(amount, other, denied=denied) is Relation.AGREE], source.said
    ):
        return Support.CONTRADICTED, claim.reasons.elsewhere.format(said=amount.written)
    return Support.SUPPORTED, ""


def _agree(amount: Amount, other: Amount, words: Set[str], claim: Claim) -> bool:
    """Whether the numbers and units agree; a unit that one side lacks must stand nearby, or its clause must match."""
    ours, theirs = amount.quantity, other.quantity
    if ours.agrees(theirs):
        needed = ours.unit and not theirs.unit and amount.measured and ours.unit != CLOCK
        return not needed or bool(words & spellings(ours.unit, claim.language))
    # "12 solar lamps" and "12 lamps": the word beside the number is no measure, the noun stands further on.
    loose = not amount.measured and not other.measured
    if loose and ours.equals(theirs):
        return stem(ours.unit, claim.language) in other.near or stem(theirs.unit, claim.language) in amount.near
    return False


def _comparable(amount: Amount, other: Amount) -> bool:
    """Whether two amounts that differ speak of the same kind of thing: the same number, or the same measure."""
    if amount.quantity.equals(other.quantity):
        return amount.measured and other.measured
    same = in_base(amount.quantity.unit)[0] == in_base(other.quantity.unit)[0]
    return same or not amount.quantity.unit or not other.quantity.unit


def _relation(amount: Amount, other: Amount, *, denied: bool) -> Relation:
    """How the comparators stand to each other.

    Args:
        denied: both statements are negated: not to drive for 24 hours is not to drive within them.
    """
    ours, theirs = _sense(amount), _sense(other)
    if denied and {ours, theirs} == {Sense.LASTING, Sense.WITHIN}:
        return Relation.AGREE
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


def _negation(said: Statement, source: Statement, claim: Claim) -> Verdict:
    contradicted = Support.CONTRADICTED, claim.reasons.negated
    if said.negated and not source.negated:
        return contradicted
    if said.negated and (_leaves_out(said, source) or _leaves_out(source, said)):
        return contradicted
    if said.negated:
        # The negated words themselves must be negated there too.
        strange = said.negated_terms & source.unnegated_terms - source.negated_terms
        return (
            contradicted if len(strange) > len(said.negated_terms & source.negated_terms) else (Support.SUPPORTED, "")
        )
    if source.negated:
        only_negated = source.negated_terms - source.unnegated_terms
        words = [term for term in claim.content if not any(char.isdigit() for char in term)]
        if not any(is_said(term, only_negated, claim.language) for term in words):
            free = sum(is_said(term, source.unnegated_terms, claim.language) for term in words)
            covered = free >= FREE_COVERAGE * len(words)
            return (Support.SUPPORTED, "") if covered else (Support.NOT_FOUND, claim.reasons.nothing)
        # "If the date has not passed, the vial has been kept cold ...": that it is kept cold may or may not be denied.
        meant, touched = (
            sum(is_said(term, terms, claim.language) for term in words)
            for terms in (source.denied_terms, source.negated_terms)
        )
        return contradicted if 2 * meant >= touched else (Support.NOT_FOUND, claim.reasons.nothing)
    return Support.SUPPORTED, ""


def _leaves_out(some: Statement, more: Statement) -> bool:
    """Whether a statement says all that another denies, and denies less of it.

    Of "A patient without fever is not given it" one of two negations is left out. "Not opened or moved" denies both.
    """
    lacking = more.denied_words - some.denied_words
    said = some.negated_terms | some.unnegated_terms
    every = all(any(_same_word(word, other) for other in said) for word in more.denied_words)
    return some.denied_words < more.denied_words and every and not lacking <= some.listed_words


def _same_word(one: str, other: str) -> bool:
    """Whether two terms are one word: an order to "give" is read as "given"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= len("giv") and long.startswith(short) and len(long) - len(short) <= len("en"))


def _turns(said: Statement, source: Statement, claim: Claim) -> Verdict:
    """Each "before", "only", "unless" of the sentence must stand by the same words in the span."""
    worst: Verdict = Support.SUPPORTED, ""
    for turn in said.turns:
        if turn.sense not in _TURNING or (turn.event and not _ordered(source)):
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


def _ordered(source: Statement) -> bool:
    return any(other.sense in (Sense.BEFORE, Sense.AFTER) for other in source.turns)


_TURNING: Final = frozenset({Sense.BEFORE, Sense.AFTER, Sense.ONLY, Sense.EXCEPT, Sense.IF})


def read(text: str, language: str) -> Claim:
    """Take a sentence apart."""
    plain = joined(normal(text, language), language)
    # Vietnamese tells its function words from others by marks that folding drops.
    bare = text if language == "vi" else without_comparators(plain, language)
    said = take_apart(text, language)
    beside = _beside_amounts(said, language)
    content = tuple(term for term in _content(bare, language) if term not in beside)
    stated = tuple(term for term in _content(without_measures(bare, language), language) if term not in beside)
    # A month within a date is no name any more.
    names = {token.text for token in tokens(plain)}.intersection(_names(text)).difference(units(language))
    return Claim(text, content, stated, frozenset(names), said, language, verdicts(language))


def _beside_amounts(said: Statement, language: str) -> frozenset[str]:
    """Terms that only say of what its amounts are: the "age" of "under 12 years of age", the "between" of a range."""
    words = words_of(language)
    personal = words.of_amounts if any(amount.quantity.unit in _PERSONAL for amount in said.amounts) else ()
    ranging = words.between if any(amount.edge for amount in said.amounts) else ()
    return frozenset(stem(fold(word), language) for word in (*personal, *ranging))


_PERSONAL: Final = frozenset({"kg", "day", "week", "month", "year"})


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


def _starts_sentence(text: str, position: int) -> bool:
    before = text[:position].rstrip(" \n\t\"'“‘(«")
    return not before or before[-1] in ".!?:;•"
