"""Checking a generated sentence against the passages: is all that it says there, numbers and negations included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import regex

from rag.answering.agreement import ORDER, Claim, Findings, Source, Verdict, held_against, read
from rag.answering.claims import Statement, clause_with, take_apart
from rag.answering.columns import denied, limited, misplaced, told
from rag.answering.extract import cite
from rag.answering.joins import exchanged
from rag.answering.narrowed import widened_persons
from rag.answering.normal import normal
from rag.answering.opening import affirmed, is_bare, says_nothing, without_introduction, without_source
from rag.answering.order import turned_round
from rag.answering.polarity import Sense, denied_alone
from rag.answering.qualified import left_unqualified, other_schedule
from rag.answering.scope import left_out, part_left_out, widened
from rag.answering.spans import Window, copied, windows
from rag.answering.units import Unit
from rag.answering.wording import is_said, may_differ, said_something, terms_as_said, unsaid
from rag.core.checking import verdicts
from rag.core.text import QUESTION_MARKS, content_words, is_stopword, stem, terms
from rag.core.types import Passage, Sentence, Support

LONGEST: Final = 1000
"""Characters of a line; a model that writes longer ones is running in circles, and comparing them takes seconds."""
LOOKED_UP: Final = 0.4
"""Share of a sentence's content words from which the nearest span is worth a look."""
SAME_TOPIC_COVERAGE: Final = 0.5
"""From this share on, a differing number or negation contradicts the sentence; below it, nothing was found."""


@dataclass(frozen=True, slots=True)
class _Judgement:
    support: Support
    coverage: float
    unit: Unit | None = None
    reason: str = ""
    nearest: Unit | None = None
    """What comes nearest, whatever came of it; None where nothing is worth a look."""


def check(text: str, keys: Sequence[str], passages: Sequence[Passage], language: str) -> Sentence:
    """Hold one generated sentence against its cited passages, then against all.

    Lines of a sentence (rows of a table that a model copied) are held against the passages one by one, and all must
    hold.

    Args:
        text: the sentence without its citation marks.
        keys: the citation keys that the model wrote, e.g. ("[1]",); unknown keys count for nothing.
        language: the answer's language; the reason is in it.

    Returns:
        The sentence with the span that supports or contradicts it, or says it of fewer, as its citation; else with the
        one that comes nearest.
    """
    lines = [line for line in text.splitlines() if any(map(str.isalnum, line))] or [text]
    judged = [_hold(line, keys, passages, language) for line in lines]
    worst = max(judged, key=lambda judgement: ORDER.index(judgement.support))
    kept = judged if worst.support is Support.SUPPORTED else [worst]
    citations = tuple(dict.fromkeys(cite(judgement.unit) for judgement in kept if judgement.unit))
    near = cite(worst.nearest) if worst.nearest and not citations else None
    return Sentence(text=text, support=worst.support, citations=citations, reason=worst.reason, nearest=near)


def check_answer(text: str, question: str, hold: Callable[[str], Sentence], language: str) -> Sentence:
    """Hold a sentence of an answer, one that is no more than an amount ("250 mg") together with its question.

    By itself an amount stands wherever the documents have it, for another weight as well.

    Args:
        question: self-contained.
        hold: checks a text.
    """
    if len(text) > LONGEST:
        return hold(text)
    bare = without_introduction(text, language)
    claim = read(bare, language)
    if not claim.said.amounts or claim.names or said_something(claim.stated, language):
        return hold(text)
    asked = question.rstrip("".join((*QUESTION_MARKS, " ")))
    held = replace(hold(f"{asked}: {bare}"), text=text)
    said = verdicts(language)
    if held.citations and held.reason in {said.elsewhere.format(said=amount.written) for amount in claim.said.amounts}:
        # "How long must the lamp charge?": which lamp's hours these are is not said, and so they are not of another.
        nearest = held.citations[0]
        return replace(held, support=Support.NOT_FOUND, citations=(), reason=said.nothing, nearest=nearest)
    return held


def _hold(text: str, keys: Sequence[str], passages: Sequence[Passage], language: str) -> _Judgement:
    nothing = _Judgement(Support.NOT_FOUND, 0.0, reason=verdicts(language).nothing)
    if is_bare(text):
        return nothing
    if unit := copied(text, passages):
        return _Judgement(Support.SUPPORTED, 1.0, unit)
    if len(text) > LONGEST:
        return replace(nothing, reason=verdicts(language).too_long)
    said = without_introduction(without_source(text, passages), language)
    if is_bare(said) or says_nothing(said, language):
        return nothing
    answered = affirmed(said, language)
    if answered is None:
        return _weigh(read(said, language), keys, passages)
    claim = read(without_introduction(answered.text, language), language)
    judged = _weigh(claim, keys, passages)
    limited = any(turn.sense in (Sense.ONLY, Sense.EXCEPT) for turn in claim.said.turns)
    # "Yes, it is not given": which of the two is meant is not known here.
    fits = answered.affirmed is not claim.said.negated or limited
    return judged if fits else nothing


def _weigh(claim: Claim, keys: Sequence[str], passages: Sequence[Passage]) -> _Judgement:
    cited = _judge(claim, [passage for passage in passages if passage.key in keys])
    if cited.support is Support.SUPPORTED:
        return cited
    elsewhere = _judge(claim, [passage for passage in passages if passage.key not in keys])
    if cited.support is elsewhere.support is Support.CONTRADICTED:
        return cited
    return max(cited, elsewhere, key=_strength)


def _judge(claim: Claim, passages: Sequence[Passage]) -> _Judgement:
    """What the nearest span makes of the claim: one that supports it, else one that contradicts it."""
    nothing = _Judgement(Support.NOT_FOUND, 0.0, reason=claim.reasons.nothing)
    held = [(_compare(claim, window), window.unit) for passage in passages for window in windows(passage)]
    if not held:
        return nothing
    nearest, place = max(held, key=lambda pair: pair[0].coverage)
    # A row of another item does not contradict: only the span that comes nearest does.
    heard = [one for one, _ in held if one.support is not Support.CONTRADICTED or one.coverage >= nearest.coverage]
    return replace(max(heard, key=_strength), nearest=place if nearest.coverage >= LOOKED_UP else None)


def _strength(judgement: _Judgement) -> tuple[int, float]:
    """A span that supports counts for most, then one that says something else of the same."""
    return 2 if judgement.support is Support.SUPPORTED else int(judgement.unit is not None), judgement.coverage


def _compare(claim: Claim, window: Window) -> _Judgement:
    """Hold the claim against one span."""
    words = _words(window, claim.language)
    said_there = [term for term in claim.content if is_said(term, words, claim.language)]
    if len(claim.content) == 1:
        # Of a sentence that broke off, "And the batter", an inflection would be enough.
        said_there = [term for term in said_there if term in words]
    coverage = len(said_there) / len(claim.content) if claim.content else 0.0
    if coverage < SAME_TOPIC_COVERAGE or not window.says(
        frozenset(claim.content), claim.language, compound=claim.said.compound
    ):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.nothing)
    text = told(frozenset(claim.content), window.unit, window.language) if window.row else window.text
    own = take_apart(text, window.language)
    above = tuple(take_apart(part, window.language) for part in window.above if part)
    findings = held_against(claim, Source(own, above, words, window.row))
    if window.row:
        findings = _in_row(claim, window, findings)
    if any(window.parts_amount(amount, claim.content, claim.language) for amount in claim.said.amounts):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.nothing)
    if not claim.said.negated and denied_alone(
        normal(text, window.language), normal(claim.text, claim.language), window.language
    ):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.nothing)
    support, reason = findings.worst
    missing = unsaid(claim.stated, words, claim.language, row=window.row)
    if reason == claim.reasons.negated and missing and not window.takes_up:
        # "Withheld" beside "not given" may say the same: it is the opposite only where nothing else differs, but for
        # what "It does not ..." takes up.
        return _Judgement(Support.NOT_FOUND, coverage, reason=_lacking(claim, missing, ()))
    if support is not Support.SUPPORTED:
        return _Judgement(support, coverage, window.unit if support is Support.CONTRADICTED else None, reason)
    strange = sorted(name for name in claim.names if stem(name, claim.language) not in words)
    if len(window.parts) == 1 and may_differ(missing, claim.language):
        # In two sentences the word could be missing in the one and be replaced by the other's.
        missing = []
    if missing or strange or _renamed(claim.text, window):
        return _Judgement(Support.NOT_FOUND, coverage, reason=_lacking(claim, missing, strange))
    if not window.row and turned_round(claim.text, claim.language, window.text, window.language):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.nothing)
    if exchanged(claim.text, claim.language, window.text, window.language):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.nothing)
    if other := other_schedule(claim.text, window.text):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.words.format(words=other))
    if window.asks and not claim.text.rstrip().endswith(QUESTION_MARKS):
        return _Judgement(Support.NOT_FOUND, coverage, reason=claim.reasons.nothing)
    # A span that says it of fewer is shown as well.
    support, reason = _reach(claim, window, own)
    return _Judgement(support, coverage, window.unit, reason)


def _lacking(claim: Claim, missing: Sequence[str], strange: Sequence[str]) -> str:
    """The reason, with the words that stand neither in the span nor in what it stands under."""
    written = [word for word in content_words(claim.text, claim.language) if stem(word, claim.language) in missing]
    lacking = ", ".join(dict.fromkeys((*written, *strange)))
    return claim.reasons.words.format(words=lacking) if lacking else claim.reasons.nothing


def _in_row(claim: Claim, window: Window, findings: Findings) -> Findings:
    """What a row's columns add to the findings."""
    content = frozenset(claim.content)
    if other := misplaced(claim.said.amounts, content, window.unit, window.language):
        found, amount = other
        reason = claim.reasons.differs.format(found=found, said=amount)
        return findings._replace(amounts=(Support.CONTRADICTED, reason))
    if limit := limited(claim.said.amounts, frozenset(terms(claim.text, claim.language)), window.unit, window.language):
        return findings._replace(amounts=(Support.NOT_FOUND, claim.reasons.condition.format(found=limit)))
    if not claim.said.negated and denied(content, window.unit, window.language):
        return findings._replace(logic=(Support.CONTRADICTED, claim.reasons.negated))
    return findings


def _words(window: Window, language: str) -> frozenset[str]:
    """The terms of a span and of what it stands under, stemmed as in its language and the sentence's."""
    parts = (*window.above, window.text)
    return frozenset().union(*(terms_as_said(part, window.language, language) for part in parts))


def _reach(claim: Claim, window: Window, source: Statement) -> Verdict:
    """Whether the sentence says it of no more than the span does, and under the same condition."""
    # "Half of the board is new, and the board meets in May": the second clause stands alone.
    wanted = frozenset(claim.content) & frozenset(terms(window.text, window.language))
    alone = clause_with(wanted, window.text, window.language)
    wider = widened(claim.text, claim.language, alone, window.language)
    if wider is not None:
        found, said = wider
        reason = claim.reasons.differs if said else claim.reasons.condition
        return Support.NOT_FOUND, reason.format(found=found, said=said)
    if persons := widened_persons(claim.text, claim.language, window.text, window.language):
        return Support.NOT_FOUND, claim.reasons.condition.format(found=persons)
    if claim.language == window.language and (
        limit := left_unqualified(claim.text, alone, claim.language, row=window.row)
    ):
        return Support.NOT_FOUND, claim.reasons.condition.format(found=limit)
    stated = take_apart(alone, window.language)
    if part := part_left_out(claim.said, stated, frozenset(claim.content), claim.text, claim.language):
        return Support.NOT_FOUND, claim.reasons.condition.format(found=part)
    if condition := left_out(claim.said, source, frozenset(claim.content), claim.language, row=window.row):
        return Support.NOT_FOUND, claim.reasons.condition.format(found=condition)
    return Support.SUPPORTED, ""


def _renamed(text: str, window: Window) -> bool:
    """Whether a name differs from the span's in one of its two words, "Peter Otero" for "Halima Otero", or in its
    letter, "penicillin G" for "penicillin V"."""
    if _lettered(text) - _lettered(" ".join((*window.above, window.text))):
        return True
    said, own = _full_names(text), _full_names(window.text)
    above = _full_names(" ".join(window.above))
    for first, last in said - own:
        surname = any(other[1] == last and (first, last) not in above for other in own | above)
        # "Nuru Home" in the heading is not what "the Nuru Mini" in the span speaks of.
        if surname or any(other[0] == first and other not in said for other in own):
            return True
    return False


def _full_names(text: str) -> set[tuple[str, str]]:
    return {
        (match[1].casefold(), match[2].casefold())
        for match in _FULL_NAME.finditer(text, overlapped=True)
        if not is_stopword(match[1], "en")
    }


_FULL_NAME: Final = regex.compile(r"\b(\p{Lu}\p{Ll}+) (\p{Lu}\p{Ll}+)\b")


def _lettered(text: str) -> set[str]:
    """Capital letters that stand alone inside a sentence, other than a measure behind its number ("5 L", "8 °C")."""
    return set(_LETTER.findall(text))


_LETTER: Final = regex.compile(r"(?<=[\p{L}\p{M},:|&(/-][ (]?)(?<!\p{Nd}-?)((?!I)\p{Lu})(?![\p{L}\p{M}\p{N}'’.])")
