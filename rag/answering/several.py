"""The answer to a question that asks several things: a quotation for each of them, or that nothing was found for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

import regex

from rag.answering.asked_cell import BOUNDS, counted_measures
from rag.answering.claims import take_apart
from rag.answering.evidence import EvidenceRanker, RankedUnit, giving_first
from rag.answering.expectation import Kind, expected
from rag.answering.extract import quoted_places, told_above
from rag.answering.fitness import gives_expected
from rag.answering.measures import in_base
from rag.answering.named_row import weighed
from rag.answering.question import Question, naming
from rag.answering.refusal import answerable
from rag.answering.rewrite import CLEAR_TERMS, completed, stands_alone
from rag.answering.units import Unit
from rag.core.config import Caution
from rag.core.language import ALL_CAPITALISED
from rag.core.messages import messages
from rag.core.text import content_terms, terms
from rag.core.types import Sentence, Span, Support

_Key = tuple[str, Span]

_NAME: Final = regex.compile(r"\d|(?<=\S\s)\p{Lu}")
"""A number, a code or a name: what is asked next is asked of it."""
_NUMBER: Final = regex.compile(r"\d")
"""The same where all nouns have capital letters."""
_OF_PERSONS: Final = frozenset({"kg", "year", "month"})
FEWEST_WORDS: Final = 2
"""Content words of a part that may be asked alone, where it asks for nothing that is measured of a thing."""


class Part(NamedTuple):
    """One of the things that a question asks."""

    said: str
    """As the question says it."""
    question: Question
    ranked: Sequence[RankedUnit] = ()
    """What answers it, best first; nothing where the documents do not."""


def answered_parts(
    pieces: Sequence[str],
    language: str,
    ranker: EvidenceRanker,
    rank: Callable[[Question], Sequence[RankedUnit]],
    caution: Caution,
) -> list[Part]:
    """Each piece of a question with what answers it.

    Args:
        pieces: as `parts_to_answer` gives them.
        language: of the whole question.
        rank: gives the units that may be quoted for a question, best first.
    """
    answered: list[Part] = []
    for number, piece in enumerate(pieces):
        questions = [ranker.ask(text, language) for text in wordings(pieces, number, language)]
        named = _is_named(pieces[:number], language)
        answered.append(_answered(questions, piece, ranker, rank, caution, named=named))
    return answered


def _answered(
    questions: Sequence[Question],
    said: str,
    ranker: EvidenceRanker,
    rank: Callable[[Question], Sequence[RankedUnit]],
    caution: Caution,
    *,
    named: bool,
) -> Part:
    for question in questions:
        ranked = rank(question)
        alone = question is not questions[-1]
        if not ranked or (alone and named and not _is_general(question, ranked[0])):
            continue
        ranked = giving_first(question, ranked, partial(_gives, question))
        evidence = weighed(ranker, question, ranked)
        if counted_measures(question) and _gives(question, ranked[0].unit):
            evidence = replace(evidence, lacking=0.0)
        if answerable(evidence, caution):
            return Part(said, naming(question, said), ranked)
    return Part(said, questions[-1])


def wordings(parts: Sequence[str], number: int, language: str) -> list[str]:
    """The ways to ask a part by itself, the first that is answered counts: alone, and behind the words of those before.

    Alone only where it says enough by itself: "who signs the monthly report?". The warranty that answers "how long is
    the warranty?" may be another lamp's, and no dose is asked for without the medicine.

    Args:
        parts: all parts, as `parts_to_answer` gives them.
        number: which of them, from 0.
    """
    part, before = parts[number], parts[:number]
    fewest = CLEAR_TERMS if expected(part) else FEWEST_WORDS
    alone = stands_alone(part, language, fewest) and not any(Kind.DOSE in expected(other) for other in parts)
    return list(dict.fromkeys([*([part] if alone else ()), completed(part, before, language)]))


def _is_named(parts: Sequence[str], language: str) -> bool:
    """Whether parts of a question name something that the next one may be asked of."""
    name = _NUMBER if language in ALL_CAPITALISED else _NAME
    return any(name.search(part) for part in parts)


def _is_general(question: Question, best: RankedUnit) -> bool:
    """Whether a unit that has all words of the question names nothing that they are said of: no other lamp."""
    language = best.unit.passage.document.language
    name = _NUMBER if language in ALL_CAPITALISED else _NAME
    return question.weights.keys() <= best.matched and not name.search(best.unit.readable())


def compose_parts(parts: Sequence[Part], language: str) -> list[Sentence]:
    """The best place for each part in their order, none told twice; of a part without any, that nothing was found."""
    composed: list[Sentence] = []
    last: set[_Key] = set()
    for part in parts:
        place = quoted_places(part.question, part.ranked)[0] if part.ranked else []
        told = {_key(sentence) for sentence in composed}
        new = [sentence for sentence in place if _key(sentence) not in told]
        if not new and not (place and _speaks_of(part, part.ranked[0].unit)):
            _join(composed, [Sentence(messages(language).part_not_found.format(part=part.said), Support.SUPPORTED)])
            continue
        composed = _with_marks(composed, place)
        if new:
            # Further rows of a table that was just quoted go on below it; elsewhere they need what they hang on.
            goes_on = len(new) < len(place) and {_key(sentence) for sentence in place if sentence not in new} <= last
            _join(
                composed,
                new if goes_on else [*told_above(part.question, part.ranked), *place],
                "\n" if goes_on else "\n\n",
            )
            last = {_key(sentence) for sentence in place}
    return composed


def _join(composed: list[Sentence], more: Sequence[Sentence], separator: str = "\n\n") -> None:
    if composed:
        composed[-1] = replace(composed[-1], separator=separator)
    composed += more


def _key(sentence: Sentence) -> _Key:
    """What is quoted."""
    return (sentence.citations[0].key, sentence.citations[0].span) if sentence.citations else ("", Span(0, 0, 0))


def _with_marks(composed: Sequence[Sentence], more: Sequence[Sentence]) -> list[Sentence]:
    """What was told, with the marks that the same quotations have as the answer to another part."""
    marks = {sentence.text: sentence.emphasis for sentence in more}
    return [
        replace(sentence, emphasis=_merged(sentence.emphasis, marks.get(sentence.text, ()))) for sentence in composed
    ]


def _merged(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((*one, *other)):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _gives(question: Question, unit: Unit) -> bool:
    """Whether a unit holds what is asked for: of "how often", a number of times or a span."""
    counted = counted_measures(question)
    return not counted.isdisjoint(_measures(unit)) if counted else gives_expected(question, unit)


def _measures(unit: Unit) -> set[str]:
    """The base units of the amounts in a unit and its lead; "from 3 months on" and "10 to 19 kg" say only for whom."""
    said = take_apart(f"{unit.lead} {unit.readable()}", unit.passage.document.language)
    return {
        in_base(amount.quantity.unit)[0]
        for amount in said.amounts
        if amount.quantity.unit not in _OF_PERSONS or not (amount.edge or amount.sense in BOUNDS)
    }


def _speaks_of(part: Part, unit: Unit) -> bool:
    """Whether what answers another part says something of this one: a word that is its own, or what it counts."""
    language = unit.passage.document.language
    own = set(content_terms(part.said, part.question.language))
    spoken = set(terms(f"{unit.text} {unit.context}", language))
    return not own.isdisjoint(spoken) or not counted_measures(part.question).isdisjoint(_measures(unit))
